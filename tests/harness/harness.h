/**
 * @file harness.h
 * @brief What checkers are written with.
 *
 * A checker is one C file beside its lab's other rooms: the one in
 * tests/04-messages judges the lab of that name in labs/04-messages.  It holds
 * cases and nothing else; this harness brings main(), the options and the
 * verdict.  docs/checkers.md shows a whole one, and how it is proved.
 *
 * Everything happens in one thread.  The program under test (the subject)
 * moves only while a function of this header waits for it; between two of
 * them it stands still at its next watched call.  So what is armed after
 * start() and before the first wait is in force from the first call on; what
 * is armed later, from the call after the one it then stands in.
 *
 * Strings that these functions return live until the checker ends, unless
 * their sentence says otherwise; subjects, faults and records of calls live
 * until the case ends.  Nobody frees any of them.  Sockets are descriptors of
 * the checker's, times are milliseconds, sizes bytes, and an address is numeric
 * and without brackets: "127.0.0.1", "::1".  A function that cannot do what it
 * promises ends the case with a verdict and does not return, unless its
 * sentence says otherwise.  In each `why` is a printf format: the reason that
 * teaches, shown when it fails.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

/** @name Cases (case.c)
 * Cases run in the order of the file, each on a fresh subject.
 * @{ */

/** One case: static data first, so that it can be listed without a run. */
struct labcase {
    const char *id;       /**< [a-z][a-z0-9-]*, at most 30, for ever */
    const char *title;    /**< what a correct program does */
    const char *read;     /**< anchor in the lab's chapter */
    const char *hints[3]; /**< a nudge, the call to look at, nearly all */
    const char *formerly; /**< the id this case had before, or NULL */
    bool exhaustive;      /**< replay it with every legal fault */
    bool retries_eintr;   /**< the contract says EINTR is retried */
    bool random_faults;   /**< repeat it with random schedules of faults */
    bool shows_wire;      /**< the trail tells of packets as well */
    int line;             /**< where it stands: the order of cases */
    void (*run)(void);
    struct labcase *next;
};

/** Begins a case; its body follows in braces. */
#define CASE(id, title, ...) CASE_(__COUNTER__, id, title, __VA_ARGS__)
/** The heading of the chapter that explains it (GitHub's anchor). */
#define READ(anchor) .read = (anchor)
/** Three tiers of help: a nudge, the call to look at, nearly the answer. */
#define HINTS(nudge, call, nearly) .hints = {nudge, call, nearly}
/** The id under which the case was known before. */
#define FORMERLY(id) .formerly = (id)
/** Replays the case once for each legal fault at each recorded call that has
 * returned before the case ends. */
#define EXHAUSTIVE .exhaustive = true
/** EINTR may come from any call: the contract says that it is retried. */
#define RETRIES_EINTR .retries_eintr = true
/** Repeats the case, once it has passed, with faults at random calls: short
 * counts, EAGAIN where a descriptor is non-blocking, ECONNABORTED from
 * accept(), EINTR if the case RETRIES_EINTR.  Each schedule has a number, which
 * is the seed of its dice, and the verdict names it; some have few faults, some
 * one at every second call.  A checker tries the first four, `--schedules N`
 * the first N and `--schedules N-M` those from N to M, then of these cases
 * only; the test random.LAB tries sixty on the solution.  Neither short counts
 * nor EAGAIN come to a program that has asked epoll for EPOLLET, which it would
 * tell when there is something again, nor on a pipe of the program's own.
 *
 * What the case wants must hold whatever is delayed, cut or tried again: bytes
 * in the order of each sender, the end, what is left open, no order between
 * clients.  Faults of its own, hold() too, come first.  A message of a datagram
 * or seqpacket socket is never cut, nor is it by an EXHAUSTIVE case. */
#define RANDOM_FAULTS .random_faults = true
/** The trail has a third voice, "wire": each segment that means something to
 * a learner (SYN, data, FIN, RST, what comes again, a window that closes), at
 * the time at which it arrived.  A call's line stands where it returned, so
 * what it has sent comes before it.  For cases about what TCP does; it costs a
 * check some 20 ms, once, and each case half a one.  Without a private network
 * the trail says that it is not seen.  The verdict must not rest on it.  Only
 * sockets made by peer_...() are known to be the checker's. */
#define SHOWS_WIRE .shows_wire = true

/** Ends the case with a verdict against the subject.  wanted and got may be
 * NULL when `why` says it all. */
_Noreturn void fail_case(const char *wanted, const char *got, const char *why,
                         ...) PRINTF_LIKE(3, 4);
/** Fails unless `ok`; see fail_case(). */
void expect(bool ok, const char *wanted, const char *got, const char *why, ...)
    PRINTF_LIKE(4, 5);
/** Ends the case without a verdict: this system cannot show it. */
_Noreturn void skip_case(const char *reason, ...) PRINTF_LIKE(1, 2);
/** Adds a line of the checker's own to the trail. */
void note(const char *format, ...) PRINTF_LIKE(1, 2);
/** @} */

/** @name The subject (subject.c)
 * @{ */

/** The program under test, with all that it has forked. */
struct subject;

/** Starts the program with these arguments (the last one is NULL; the
 * program's name is none of them).  Its stdin is a pipe (feed()), its directory
 * an empty one of its own.  Returns the subject, which has not made a call
 * yet. */
struct subject *start(const char *argument, ...) __attribute__((sentinel));
/** The same from an array, ended by NULL. */
struct subject *start_argv(const char *const *arguments);
/** The array of a program that takes none. */
extern const char *const no_arguments[];
/** The next start() gives it no stdin at all: descriptor 0 is free, and the
 * first socket will get it. */
void without_stdin(void);
/** The next start() finds all descriptors below `first` in use, those above
 * stderr by /dev/null, as another program may have left them: its own have
 * large numbers.  set_limits() has to allow as many. */
void descriptors_begin_at(int first);
/** The next start() gives it this umask, in place of 022. */
void umask_begins_at(mode_t mask);
/** The next start() gives it a file with these bytes as its stdin, in place of
 * a pipe. */
void stdin_from_file(const void *bytes, size_t n);
/** The next start() gives it a stdin that has these status flags already, as
 * its shell might have left it: O_APPEND, O_NONBLOCK. */
void stdin_with_flags(int flags);
/** The same of its stdout. */
void stdout_with_flags(int flags);
/** The next start() gives it a pipe as stdin that holds so many bytes, where
 * the system allows it: a single read() may get more than the usual 64 KiB. */
void stdin_holds(int bytes);
/** The next start() gives it an empty file as its stdout, in place of a pipe;
 * what it has printed there is seen when it has ended. */
void stdout_to_file(void);
/** The next start() gives it one and the same socket as stdin and stdout, as
 * inetd does: one open file description, as a terminal is in a shell. */
void stdout_is_stdin(void);

/** Gives bytes to its stdin, of which a copy is kept; what does not fit yet is
 * given later. */
void feed(struct subject *s, const void *bytes, size_t n);
/** Gives a string to its stdin. */
void feed_text(struct subject *s, const char *string);
/** Ends its stdin, once all that was fed has been taken. */
void feed_end(struct subject *s);
/** From now on nobody reads its stdout, until take_output(), or until it has
 * ended: the pipe fills up. */
void leave_output(struct subject *s);
/** Reads its stdout again. */
void take_output(struct subject *s);
/** Its stdout has no reader any more: what it writes there is answered by
 * EPIPE and SIGPIPE. */
void close_output(struct subject *s);
/** The status flags (F_GETFL) of its stdin or stdout, 0 or 1, as they are, or
 * were when it ended.  They belong to the open file description, which its
 * shell has as well. */
int status_flags(struct subject *s, int fd);

/** Replaces /etc/hosts by these lines, as hosts(5) has them, and has names
 * looked up there only. */
void give_hosts(struct subject *s, const char *hosts);
/** The path of its working directory, which is empty at the start and removed
 * at the end. */
const char *subject_directory(struct subject *s);
/** Sends a signal to its first process. */
void send_signal(struct subject *s, int signal);

/** What it may use before containment steps in.  0 keeps the default. */
struct limits {
    unsigned tasks;   /**< processes and threads at once (default 32) */
    unsigned cpu_ms;  /**< CPU time of all of them (default 2000) */
    unsigned wall_ms; /**< a case's time on the clock (default 10000) */
    unsigned files;   /**< descriptors, RLIMIT_NOFILE (default 256) */
};
/** Sets the limits of the subjects that this case starts from now on. */
void set_limits(struct limits limits);

/** Waits until its first process has ended; its exit status, or 128 + the
 * signal that has ended it. */
int wait_exit(struct subject *s);
/** What it has printed to stdout so far, with a NUL behind it; `n`, which may
 * be NULL, is told how many bytes that is.  It holds until the subject moves
 * again. */
const char *output(struct subject *s, size_t *n);
/** The same of stderr. */
const char *errors(struct subject *s, size_t *n);

/** The next bytes of its stdout are `want`. */
void expect_prints(struct subject *s, const char *want, const char *why, ...)
    PRINTF_LIKE(3, 4);
/** It ends, and its whole stdout was these bytes. */
void expect_output(struct subject *s, const void *want, size_t n,
                   const char *why, ...) PRINTF_LIKE(4, 5);
/** It ends with this status. */
void expect_exit(struct subject *s, int status, const char *why, ...)
    PRINTF_LIKE(3, 4);
/** It has not ended: lets it come to rest, and looks. */
void expect_alive(struct subject *s, const char *why, ...) PRINTF_LIKE(2, 3);
/** It ends with status 2, having printed its usage to stderr: something. */
void expect_usage(struct subject *s, const char *why, ...) PRINTF_LIKE(2, 3);
/** It ends, having said one line on stderr that contains `part` (NULL: any
 * line that is not empty). */
void expect_complaint(struct subject *s, const char *part, const char *why, ...)
    PRINTF_LIKE(3, 4);
/** @} */

/** @name The same source on a machine of the other byte order (emulated.c)
 * A lab whose line in CMakeLists.txt says BIG_ENDIAN is built a second time,
 * statically and with UBSan, for s390x, a machine that keeps the most
 * significant byte first: PROGRAM.s390x lies beside PROGRAM.  The emulator
 * qemu-s390x runs it here.  Its char is unsigned, by the way.
 *
 * Such a subject has stdin, output, status, limits and containment like any
 * other (start() to expect_complaint() above); it is "s390x" in the story, and
 * may use ten times the CPU time.  But the calls that can be seen are the
 * emulator's, so those of the program are not told, nor counted, and no fault
 * is done to them: nothing in "The calls" and "Faults" is of use for it,
 * wait_settled() excepted, and EXHAUSTIVE passes over it.
 *
 * Starting it costs some 25 ms, so have it do much at a time.
 * @{ */

/** start(), of the program that was built for s390x.  Where that or the
 * emulator is missing, the case is skipped, with the command that brings
 * them. */
struct subject *start_big_endian(const char *argument, ...)
    __attribute__((sentinel));
/** The same from an array, as start_argv() takes it. */
struct subject *start_big_endian_argv(const char *const *arguments);
/** Skips the case where start_big_endian() would: before other steps. */
void need_big_endian(void);
/** @} */

/** @name A subject that listens (server.c)
 * @{ */

/** start(), and waits until it has said "listening on ADDR:PORT"; that line
 * must be true.  It is consumed: expect_prints() goes on behind it. */
struct subject *start_listening(const char *argument, ...)
    __attribute__((sentinel));
/** The same of a server that has no connections: the line must be true of a UDP
 * socket, which is bound. */
struct subject *start_bound(const char *argument, ...)
    __attribute__((sentinel));
/** The numeric address at which it listens, without brackets. */
const char *listening_address(struct subject *s);
/** The port at which it listens, in digits. */
const char *listening_port(struct subject *s);
/** Connects to the listening subject; returns the socket, without waiting for
 * the subject to accept. */
int peer_connect(struct subject *s);
/** Connects to a numeric address and a port, whoever is there.  Returns the
 * socket, or -errno without a verdict: -ECONNREFUSED, or -ETIMEDOUT when the
 * call was dropped at a full queue, or was not answered for 300 ms. */
int peer_connect_to(const char *address, const char *port);
/** @} */

/** @name Neighbours: sockets with a path or a name (server.c, neighbours.c)
 * WHERE is as the subject has it on its command line: a name behind "@" is an
 * abstract one, all else a path, which begins in the subject's directory
 * unless a slash stands at its head.  What is to be there before the program
 * looks is put there between start() and the first wait: by then it has not
 * begun.  Without a private network abstract names are everybody's: make them
 * with chance_word().  peer_accept() and all that moves bytes do as with TCP;
 * a peer that closes with bytes unread resets (ECONNRESET).
 * @{ */

/** Waits until it has said "listening on WHERE" and listens.  The line is
 * consumed; peer_connect() calls WHERE from now on. */
void expect_listening_at(struct subject *s, const char *where);
/** Calls whoever listens at WHERE, without waiting.  Returns the socket, or
 * -errno without a verdict: -ECONNREFUSED, -EAGAIN when the queue is full. */
int peer_connect_at(struct subject *s, const char *where);
/** The same from another process, whose number is told (SO_PEERCRED); it has
 * ended when this returns, the connection has not.  Its user is the
 * checker's, geteuid(). */
int peer_connect_from(struct subject *s, const char *where, pid_t *pid);
/** Another process's server at WHERE, which must be free; its type is
 * SOCK_STREAM, SOCK_SEQPACKET, or SOCK_DGRAM, which does not listen.  Returns
 * its socket. */
int peer_listen_at(struct subject *s, const char *where, int type);
/** Leaves a socket at a path where nobody listens any more. */
void leave_stale_path(struct subject *s, const char *path);
/** Which file is there now, links not followed: its number (inode), 0 for
 * none; and its type and mode, unless `mode` is NULL. */
uint64_t file_at(struct subject *s, const char *path, mode_t *mode);
/** @} */

/** @name The other end (peer.c)
 * Sockets of the checker, never blocking; fds are closed when a case ends.
 * @{ */

/** Listens on a port of the kernel's choice at a numeric address, or at a
 * path when `where` has a slash.  Returns the socket that listens. */
int peer_listen(const char *where);
/** Listens on a given port: only in a private network is it sure to be
 * free. */
int peer_listen_port(const char *where, const char *port);
/** Takes one port at two addresses: at the first callers are refused, at the
 * second it listens.  Returns the socket that listens. */
int peer_refuse_and_listen(const char *refusing, const char *listening);
/** Takes a port at this address and listens nowhere: callers are refused.
 * Returns a socket for peer_port(). */
int peer_refuse(const char *where);
/** The local port of a peer's socket, in digits. */
const char *peer_port(int fd);
/** Leaves a port of this address in TIME_WAIT, where SO_REUSEADDR was set;
 * the port in digits. */
const char *peer_time_wait(const char *where);
/** Makes the receive buffers of a socket, and of those that it accepts, as
 * small as so many bytes (SO_RCVBUF, which Linux doubles): a slow reader's
 * window is soon closed. */
void peer_window(int fd, int bytes);
/** The host of this socket is gone: nothing reaches it any more, so what the
 * subject sends is never acknowledged, and calls to a socket that listens are
 * never answered.  What is here already can still be received.  Skips the case
 * where the system refuses. */
void peer_vanish(int fd);
/** Answers one of the calls to a socket that listens and has vanished, at the
 * moment that the case chooses: it calls the caller in turn, from the same
 * port, and calls that cross become one connection (RFC 9293, simultaneous
 * open).  Returns the peer's end of it, or -1 when nobody is calling any more.
 * Only at addresses of IPv4. */
int peer_answer_late(int lfd);
/** Has a router say of one of the calls to a socket that listens and has
 * vanished that there is no way there (ICMP): its caller learns EHOSTUNREACH.
 * False, without a verdict, when it knows of no such call, and where there is
 * no private network.  Only at addresses of IPv4. */
bool peer_is_unreachable(int lfd);
/** Waits for the subject to connect; returns the socket of the connection. */
int peer_accept(int lfd, const char *why, ...) PRINTF_LIKE(2, 3);
/** Whether a caller is waiting at this moment; never waits. */
bool peer_is_called(int lfd);
/** The address from which the subject has connected, without its port. */
const char *peer_caller(int fd);
/** The port from which the subject has connected, in digits. */
const char *peer_caller_port(int fd);
/** Its own end as ADDR:PORT, "[::1]:PORT". */
const char *peer_name(int fd);
/** @} */

/** @name Bytes both ways (traffic.c)
 * @{ */

/** Sends n bytes; ends early, without a verdict, when the subject is gone.
 * Returns how many were taken. */
size_t peer_send(int fd, const void *bytes, size_t n);
/** Sends n bytes, at most some ten thousand, and ends its side, in one segment:
 * who sees the bytes sees the end behind them. */
void peer_send_last(int fd, const void *bytes, size_t n);
/** Sends a string; see peer_send(). */
size_t peer_send_text(int fd, const char *string);
/** Sends n bytes over and over and receives nothing, until the connection
 * takes no more while the subject is at rest, or `most` bytes are sent.
 * Returns how many were taken; the last n of them may be cut. */
size_t peer_fill(int fd, const void *bytes, size_t n, size_t most);
/** No more is coming: shutdown(SHUT_WR), which sends FIN. */
void peer_end(int fd);
/** Closes the socket; with bytes that have not been received, that resets the
 * connection. */
void peer_close(int fd);
/** Resets the connection: the subject's next call meets RST. */
void peer_reset(int fd);

/** Receives until the string `end` has been seen, and maybe more behind it;
 * returns all that came, with a NUL behind it. */
const char *peer_read_until(int fd, const char *end, const char *why, ...)
    PRINTF_LIKE(3, 4);
/** The next bytes that arrive are these. */
void expect_bytes(int fd, const void *want, size_t n, const char *why, ...)
    PRINTF_LIKE(4, 5);
/** The next bytes that arrive are this string. */
void expect_text(int fd, const char *want, const char *why, ...)
    PRINTF_LIKE(3, 4);
/** Sends n bytes, and receives m at the same time; these must arrive. */
void expect_answer(int fd, const void *bytes, size_t n, const void *want,
                   size_t m, const char *why, ...) PRINTF_LIKE(6, 7);
/** The subject ends its side: end of stream, and nothing before it. */
void expect_end(int fd, const char *why, ...) PRINTF_LIKE(2, 3);
/** The connection ends, be it by end of stream or by a reset, and nothing
 * comes before that. */
void expect_closed(int fd, const char *why, ...) PRINTF_LIKE(2, 3);
/** Sends one datagram to a socket address of `tolen` bytes, as recvfrom() gave
 * it. */
void peer_send_to(int fd, const void *bytes, size_t n, const void *to,
                  size_t tolen);
/** Waits for one datagram; returns its size, at most n, for what does not fit
 * is lost.  The sender's socket address is written to `from`; `fromlen` says
 * how much room is there, and is told how much was used. */
size_t peer_recv_from(int fd, void *bytes, size_t n, void *from,
                      size_t *fromlen, const char *why, ...) PRINTF_LIKE(6, 7);
/** @} */

/** @name Descriptors that travel (passing.c)
 * @{ */

/** What came with one message over a socket of AF_UNIX. */
struct passed {
    char bytes[64]; /**< its first bytes */
    size_t n;       /**< how many of them; 0: the end of the stream */
    int fds[8];     /**< its first descriptors; closed when the case ends */
    size_t count;   /**< how many there were */
};
/** Sends n bytes over a socket of AF_UNIX, and with them copies of descriptors
 * (SCM_RIGHTS), at most 253; 0: a message without any. */
void peer_pass(int fd, const void *bytes, size_t n, const int *fds,
               size_t count);
/** Receives one message, and the descriptors that come with it.  Their flags
 * are left alone: they may be the subject's as well. */
struct passed peer_take_passed(int fd, const char *why, ...) PRINTF_LIKE(2, 3);
/** Descriptors of all its processes that are open on what this one of the
 * checker's is open on: a socket, or a pipe at either end. */
int count_copies(struct subject *s, int fd);
/** How many of them are not close-on-exec. */
int count_inheritable_copies(struct subject *s, int fd);
/** @} */

/** @name Datagrams (datagram.c)
 * @{ */

/** One that a peer has received. */
struct datagram {
    char bytes[65536];
    size_t n;                /**< of them; 0 is a datagram as well */
    unsigned char from[112]; /**< the sender's socket address */
    size_t fromlen;          /**< its length */
    const char *sender;      /**< the same as ADDR:PORT, "[::1]:PORT" */
};

/** A datagram socket bound to a port of the kernel's choice at this
 * address. */
int peer_datagram(const char *where);
/** The same with a given port: only in a private network is it sure to be
 * free. */
int peer_datagram_port(const char *where, const char *port);
/** Two of them, at two addresses, that have the same port: for an answer that
 * comes from elsewhere.  Returns the one at `where`, and gives the other. */
int peer_datagram_twins(const char *where, const char *other, int *twin);
/** Has a port at this address where nobody is: what is sent there is answered
 * by ICMP, so that a connected sender meets ECONNREFUSED.  Returns a socket for
 * peer_port() and peer_take_datagrams(). */
int peer_refuse_datagrams(const char *where);
/** From now on somebody is there: the socket that has this port instead. */
int peer_take_datagrams(int refusing);
/** Whether a datagram is waiting at this moment; never waits. */
bool peer_is_sent(int fd);
/** Waits for a datagram, and returns it; it lives as strings do. */
const struct datagram *peer_receive(int fd, const char *why, ...)
    PRINTF_LIKE(2, 3);
/** The next datagram that arrives holds these bytes, and no others; returns
 * it. */
const struct datagram *expect_datagram(int fd, const void *want, size_t n,
                                       const char *why, ...) PRINTF_LIKE(4, 5);
/** Sends a datagram to who has sent another. */
void peer_answer(int fd, const struct datagram *asked, const void *bytes,
                 size_t n);
/** Sends a datagram to a subject of start_bound(). */
void peer_tell(int fd, struct subject *s, const void *bytes, size_t n);
/** @} */

/** @name A network that loses (loss.c)
 * Between a subject that asks and the peer that answers: by a plan that comes
 * of the case's seed it loses, delays, doubles, reorders, forges and mangles
 * the answers.  Each kind of trouble comes at least once, so that a program
 * which cannot bear one of them fails with every seed.  Nothing hangs on the
 * clock: what is slow comes once the subject has asked anew, and the double of
 * an answer when the next question has been asked, before that is answered. The
 * verdict shows what was on the way as a time line of datagrams.
 * @{ */

/** What becomes of the answer to one asking. */
enum fate {
    FATE_LOST,           /**< nothing comes */
    FATE_ARRIVES,        /**< it comes at once */
    FATE_DOUBLED,        /**< and once more, during the next question */
    FATE_DELAYED,        /**< it comes when the same question is asked anew */
    FATE_REORDERED,      /**< it comes during the next question */
    FATE_FORGED_PORT,    /**< in its place a forged one, from another port */
    FATE_FORGED_ADDRESS, /**< the same, from another address */
    FATE_MANGLED         /**< it comes, and is no answer any more */
};

/** The server behind that network. */
struct server {
    int fd;     /**< it receives here, and answers */
    int beside; /**< at the same address, with another port: forges */
    int twin;   /**< at another address, with the same port: forges */
    /** Which question this is, from 0 on, however often it is asked; -1: it is
     * none, and is passed over. */
    int (*which)(const struct datagram *asking, void *data);
    /** Writes what is sent, at most 65507 bytes: by the fate, the answer
     * (FATE_ARRIVES and all that are not named here), a forged one
     * (FATE_FORGED_...) or a mangled one (FATE_MANGLED).  Returns how many. */
    size_t (*answer)(const struct datagram *asking, enum fate fate, char *bytes,
                     void *data);
    void *data;
};

/** Serves a subject that asks so many questions, 4 to 16, one after the other;
 * each is answered within three askings and a fourth at most.  Returns,
 * without a verdict, when it has ended, or nothing moves any more. */
void serve_by_plan(struct subject *s, const struct server *server,
                   int questions);
/** @} */

/** @name The calls (calls.c)
 * Kinds of calls, under the names of the sockets API, whatever system call
 * stands behind: write() on a socket is CALL_SEND.
 * @{ */

/** What is watched of the subject; calls that are not named here are made
 * without the checker. */
enum call {
    CALL_ANY, /**< all kinds together */
    CALL_SOCKET,
    CALL_SOCKETPAIR,
    CALL_BIND,
    CALL_LISTEN,
    CALL_ACCEPT,
    CALL_CONNECT,
    CALL_SEND,  /**< send, sendto, sendmsg, sendfile; write on a socket */
    CALL_RECV,  /**< recv, recvfrom, recvmsg; read on a socket */
    CALL_WRITE, /**< write on anything else: stdout, a pipe */
    CALL_READ,  /**< read on a pipe or a terminal; files are not watched */
    CALL_SHUTDOWN,
    CALL_CLOSE, /**< close of a socket */
    CALL_SETSOCKOPT,
    CALL_GETSOCKOPT,
    CALL_GETSOCKNAME,
    CALL_GETPEERNAME,
    CALL_SELECT, /**< select, poll, epoll_wait and their kin */
    CALL_EPOLL,  /**< epoll_create, epoll_ctl */
    CALL_FCNTL,
    CALL_IOCTL,
    CALL_DUP,
    CALL_PIPE,
    CALL_SLEEP,
    CALL_TIMER,
    CALL_SIGNAL, /**< kill and its kin */
    CALL_OPEN,
    CALL_HANDLER, /**< sigaction with a handler */
    CALL_FORK,    /**< fork, clone: a new process or thread */
    CALL_EXEC,    /**< execve: another program; see `path` */
    CALL_KINDS
};

/** One call that the subject has made. */
struct call_record {
    enum call call;
    long nr;         /**< the system call's number */
    pid_t tid;       /**< who made it */
    long args[6];    /**< as it made them, before any fault */
    long result;     /**< what it was told, or -errno */
    bool finished;   /**< false while it is still inside */
    bool is_message; /**< sent or received by a datagram or seqpacket socket */
    bool hidden;     /**< not counted: the C library's, looking up a name; or
                      * made by another program, after execve() */
    uint64_t began;  /**< CLOCK_MONOTONIC, ns */
    uint64_t ended;
    const char *who;         /**< "you", "child 1", "thread 2" */
    const char *fault;       /**< what was done to it, or NULL */
    const char *path;        /**< the program, of execve; else NULL */
    uint64_t flags;          /**< of clone(2); else 0 */
    unsigned char head[48];  /**< first bytes sent or received; what setsockopt
                              * has set, and what SO_ERROR and SO_PEERCRED have
                              * told; the time limit of ppoll */
    size_t headlen;          /**< how many of them are valid */
    unsigned char addr[112]; /**< the socket address it named or was told */
    size_t addrlen;          /**< its length; 0: none */
    int passed[4];           /**< the first descriptors that went or came with
                              * it (SCM_RIGHTS) */
    size_t npassed;          /**< how many of them there were */
    bool is_cut;             /**< more came than there was room for:
                              * MSG_CTRUNC */
};

/** How many calls of a kind it has made (CALL_ANY: of all kinds).  Those of
 * other programs, which it executes, are not its own: they are neither counted
 * nor told, and no fault is done to them. */
size_t count_calls(struct subject *s, enum call call);
/** The nth call of a kind, from 1; NULL when there is none. */
const struct call_record *nth_call(struct subject *s, enum call call, size_t n);
/** The first call of a kind behind this one, or of all when it is NULL; NULL
 * when there is none.  For those who look at thousands. */
const struct call_record *next_call(struct subject *s, enum call call,
                                    const struct call_record *after);
/** How many bytes it has moved in calls of a kind, those that are still inside
 * not counted. */
size_t bytes_moved(struct subject *s, enum call call);
/** Waits until it sleeps inside a call of this kind. */
void wait_blocked(struct subject *s, enum call call, const char *why, ...)
    PRINTF_LIKE(3, 4);
/** Lets it run until done(data) says so, which is asked whenever something has
 * moved, and must not wait; false when that can no longer come. */
bool wait_until(bool (*done)(void *), void *data);
/** Lets it run for so many milliseconds, for what only time can show; false,
 * and sooner, when everybody sleeps for good. */
bool let_run(int ms);
/** Lets it run until all its threads sleep or have ended, and what was sent to
 * it has arrived; false when it does not come to rest. */
bool wait_settled(struct subject *s);
/** The same; false as well as soon as it has made more than so many calls, all
 * kinds together: who spins is told sooner. */
bool wait_settled_within(struct subject *s, size_t calls);
/** @} */

/** @name Faults (fault.c)
 * What the kernel could do to that very program, done on purpose.
 * @{ */

/** Which calls of a kind: counted from 1, from when the fault is armed. */
struct times {
    int from; /**< the first of them */
    int to;   /**< the last of them */
};
/** Every call of a kind. */
#define ALWAYS ((struct times){1, 1 << 30})
/** The nth call of a kind, and no other. */
#define NTH(n) ((struct times){n, n})
/** The nth call of a kind, and all behind it. */
#define FROM(n) ((struct times){n, 1 << 30})

/** A fault that was armed, for only_if() and times_done(). */
struct fault;

/** The call is not made; it fails with this errno. */
struct fault *inject_errno(struct subject *s, enum call call, struct times t,
                           int error);
/** The call is made with at most `most` bytes: a true short read or write. */
struct fault *inject_short(struct subject *s, enum call call, struct times t,
                           size_t most);
/** The call begins `ms` milliseconds later. */
struct fault *inject_delay(struct subject *s, enum call call, struct times t,
                           int ms);
/** A signal is waiting as the call begins: EINTR, or a restart. */
struct fault *inject_signal(struct subject *s, enum call call, struct times t,
                            int signal);
/** A signal comes just before the call, behind all that the program looks at
 * before it: a handler has run when the call begins.  Where it is blocked, it
 * is waiting as the call begins.  Not for ALWAYS: the call is made anew. */
struct fault *inject_signal_before(struct subject *s, enum call call,
                                   struct times t, int signal);
/** The call is made and does its work, and then is reported to have failed
 * with this errno (connect and EINTR). */
struct fault *inject_report(struct subject *s, enum call call, struct times t,
                            int error);
/** The caller of AF_UNIX about whom the subject asks (SO_PEERCRED) is told to
 * have been this process of this user; its group has another number.  For
 * CALL_GETSOCKOPT; others of its calls are left alone, though counted. */
struct fault *inject_caller(struct subject *s, struct times t, pid_t pid,
                            uid_t uid);
/** The thread is held before the call, until release(). */
struct fault *hold(struct subject *s, enum call call, struct times t);
/** The call is made, and the thread is held before what it does next. */
struct fault *hold_after(struct subject *s, enum call call, struct times t);
/** Each thread and process that it makes from now on is held before its first
 * step; release() ends that. */
void hold_newborns(struct subject *s);
/** Waits until a thread is held. */
void wait_held(struct subject *s, const char *why, ...) PRINTF_LIKE(2, 3);
/** Lets all held threads go on. */
void release(struct subject *s);
/** Limits a fault to the calls for which match(record, data) says so; others
 * are not counted by its `times`. */
void only_if(struct fault *f, bool (*match)(const struct call_record *, void *),
             void *data);
/** How often a fault was done so far. */
int times_done(const struct fault *f);
/** @} */

/** @name Looking at it (inspect.c)
 * @{ */

/** Open descriptors of its first process. */
int count_descriptors(struct subject *s);
/** Open sockets of its first process; two descriptors of one are one. */
int count_sockets(struct subject *s);
/** Sockets that its first process still had open as it ended. */
int sockets_at_exit(struct subject *s);
/** Open sockets of all its processes: one that two of them hold is two. */
int count_sockets_of_all(struct subject *s);
/** Its processes that hold a TCP socket that listens, as long as its first
 * process lives. */
int count_listeners(struct subject *s);
/** Threads and processes that are alive. */
int count_tasks(struct subject *s);
/** Threads that are alive beside the first one of each process. */
int count_threads(struct subject *s);
/** Processes that have ended and that nobody has waited for. */
int count_zombies(struct subject *s);
/** Bytes of address space that its first process has in use: what a thread's
 * stack takes, too, though hardly a page of it is touched. */
size_t address_space(struct subject *s);
/** CPU time of all its processes so far, in microseconds. */
uint64_t cpu_us(struct subject *s);
/** It makes no call and uses no CPU time for `ms` milliseconds: judged by
 * both. */
void expect_idle(struct subject *s, int ms, const char *why, ...)
    PRINTF_LIKE(3, 4);
/** It makes at most so many calls in a row that move no byte and take no
 * caller, and uses hardly any CPU time for `ms`: it may look again, with
 * pauses, but must not spin.  What it has to do first it may do: of four such
 * spells one has to be calm. */
void expect_calm(struct subject *s, int ms, size_t most, const char *why, ...)
    PRINTF_LIKE(4, 5);
/** @} */

/** @name The world (world.c)
 * @{ */

/** Whether this run has a network of its own, where all ports are free. */
bool has_private_network(void);
/** Skips the case without one. */
void need_private_network(void);
/** Gives the private network a setting of its own for this case: its name as
 * sysctl(8) has it, such as "net.core.somaxconn", and its value in digits.
 * Skips the case where that is refused. */
void need_setting(const char *name, const char *value);
/** The same, for cases that can do without: false where it is refused, and
 * where there is no private network. */
bool prefer_setting(const char *name, const char *value);
/** Skips the case where ::1 cannot be used. */
void need_ipv6(void);
/** @} */

/** @name Chance (chance.c)
 * Random data, repeated by the case's seed.
 * @{ */

/** A number from 0 to n - 1; n is not 0. */
uint32_t chance_below(uint32_t n);
/** Fills n bytes. */
void chance_bytes(void *bytes, size_t n);
/** n small letters and digits, and a NUL behind them. */
const char *chance_word(size_t n);
/** @} */

/** @name Text (text.c)
 * @{ */

/** printf into a string that lives until the checker ends. */
const char *text(const char *format, ...) PRINTF_LIKE(1, 2);
/** Bytes as a C string literal, quotation marks included, of which at most
 * `most` are shown: safe on a terminal. */
const char *quoted(const void *bytes, size_t n, size_t most);
/** @} */

/* How CASE() becomes a function and a record. */
void add_case(struct labcase *);
#define CASE_(n, id_, title_, ...) CASE__(n, id_, title_, __VA_ARGS__)
#define CASE__(n, id_, title_, ...)                                            \
    static void case_run_##n(void);                                            \
    __attribute__((constructor)) static void case_add_##n(void)                \
    {                                                                          \
        static struct labcase c = {.id = id_,                                  \
                                   .title = title_,                            \
                                   .line = __LINE__,                           \
                                   .run = case_run_##n,                        \
                                   __VA_ARGS__};                               \
        add_case(&c);                                                          \
    }                                                                          \
    static void case_run_##n(void)

#endif
