/* The checker of labs/07-shutdown/pump.c: two directions, each of which may
 * be slow, stuck, ended or broken while the other goes on. */
#define _GNU_SOURCE
#include "harness.h"

#include "../05-nonblocking/spurious.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum {
    NAP_MS = 3,
    WINDOW = 1 << 16,     /* a size that does not grow by itself */
    PIECE = 1 << 18,      /* of stdin, at a time */
    MOST = 16 << 20,      /* that is sent to fill all buffers */
    PLENTY = 1 << 18,     /* more than pipe and program can hold */
    UNEVEN = 1003,        /* bytes: no part of any buffer's size */
    MOST_KEPT = 64 << 10, /* that the contract allows */
    ENOUGH_CALLS = 3000,  /* for what there is to do at once */
    ENOUGH_US = 150000,   /* of CPU time, for the same */
    CALM_MS = 15,
    CALM_CALLS = 6,
    MOST_NAPS = 5,
    MORE_CALLS = 60 /* the kernel may find a little more room */
};

/* A program that pumps between us and us: our end of its connection, what was
 * fed to its stdin, and what our end has sent. */
struct visit {
    struct subject *s;
    int lfd, fd;
    size_t fed, said;
};

/* Starts it; faults are armed before it is let in. */
static struct visit set_out(void)
{
    struct visit v = {.lfd = peer_listen("127.0.0.1")};

    set_limits((struct limits){.cpu_ms = 250});
    peer_window(v.lfd, WINDOW);
    v.s = start("127.0.0.1", peer_port(v.lfd), NULL);
    return v;
}

static struct visit let_in(struct visit v)
{
    const int yes = 1;

    v.fd = peer_accept(v.lfd, "It begins with connect().");
    /* What it sends is acknowledged at once: that is waited for. */
    setsockopt(v.fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
    return v;
}

/* It can do nothing, and sleeps.  Who spins is told by what it does: on a
 * busy machine it takes long until a process has its turn. */
static void expect_rest(struct subject *s)
{
    size_t calls = count_calls(s, CALL_ANY);
    uint64_t cpu = cpu_us(s);

    while (!wait_settled_within(s, ENOUGH_CALLS))
        if (count_calls(s, CALL_ANY) - calls > ENOUGH_CALLS ||
            cpu_us(s) - cpu > ENOUGH_US)
            fail_case("a program that sleeps",
                      "it goes on making calls, or computing",
                      "It can do nothing at the moment, and does not come to "
                      "rest. Who asks poll() about a descriptor with which "
                      "nothing is to be done is told at once that it is ready, "
                      "again and again.");
}

/* It has connected, and waits for whoever speaks first. */
static struct visit arrive(void)
{
    struct visit v = let_in(set_out());

    expect_rest(v.s);
    return v;
}

/* The same with small buffers in the kernel, where a network of our own lets
 * us have them: they are sooner full. */
static struct visit arrive_narrow(void)
{
    prefer_setting("net.ipv4.tcp_wmem", "4096 16384 16384");
    return arrive();
}

/* Numbered lines of eight bytes: what is lost, doubled or out of order shows.
 * At least n bytes of them are made. */
static const char *pattern_of(size_t n)
{
    static char lines[MOST + 1];
    static size_t made;

    for (; made < n && made < MOST; made += 8) {
        char *line = lines + made;
        size_t left = made / 8;
        for (int at = 6; at >= 0; at--, left /= 10)
            line[at] = (char)('0' + left % 10);
        line[7] = '\n';
    }
    return lines;
}

static const char *pattern(void)
{
    return pattern_of(2 * PLENTY);
}

/* What it keeps, when what it took with one kind of calls it gives away with
 * another.  What splice() moves it does not keep. */
static size_t kept(struct subject *s, enum call in, enum call out)
{
    const struct call_record *r;
    size_t bytes = 0;

    for (r = NULL; (r = next_call(s, in, r)) != NULL;)
        if (r->finished && r->result > 0 && r->nr != SYS_splice)
            bytes += (size_t)r->result;
    size_t given = bytes_moved(s, out);
    return bytes > given ? bytes - given : 0;
}

static void expect_bounded(struct subject *s)
{
    static const enum call in[] = {CALL_READ, CALL_RECV},
                           out[] = {CALL_SEND, CALL_WRITE};

    for (int i = 0; i < 2; i++) {
        size_t n = kept(s, in[i], out[i]);
        expect(n <= MOST_KEPT,
               text("at most %d bytes of %s kept in the program", MOST_KEPT,
                    i == 0 ? "stdin" : "what the peer sent"),
               text("%zu bytes", n),
               "It goes on reading what it cannot pass on, and has to keep it. "
               "The other end can be slow for ever, and no memory is large "
               "enough: do not read while something is still to be written. "
               "The kernel's buffers fill up then, and the sender has to "
               "wait.");
    }
}

/* Whether something that was fed cannot be sent for good: the kernel may find
 * a little more room a moment later. */
static bool is_stuck(const struct visit *v)
{
    size_t before;

    expect_rest(v->s);
    do {
        before = bytes_moved(v->s, CALL_SEND);
        if (before == v->fed)
            return false;
        let_run(NAP_MS);
    } while (bytes_moved(v->s, CALL_SEND) != before);
    return true;
}

/* The peer receives nothing; feeds it until it cannot send, and then so much
 * that its stdin does not run dry. */
static void fill_up(struct visit *v)
{
    do {
        if (v->fed + 3 * PIECE > MOST)
            skip_case("the kernel takes %zu bytes that nobody reads", v->fed);
        feed(v->s, pattern_of(v->fed + 3 * PIECE) + v->fed, PIECE);
        v->fed += PIECE;
    } while (!is_stuck(v));
    feed(v->s, pattern() + v->fed, 2 * PIECE);
    v->fed += 2 * PIECE;
}

/* Nobody takes its stdout; the peer sends more than the pipe and the program
 * may hold: the kernel has the rest.  What is in the pipe first makes it
 * uneven: its last room is not what a buffer holds. */
static void fill_down(struct visit *v)
{
    leave_output(v->s);
    peer_send(v->fd, pattern(), UNEVEN);
    expect_rest(v->s);
    v->said = UNEVEN + peer_fill(v->fd, pattern() + UNEVEN, PLENTY, PLENTY);
    expect_rest(v->s);
}

/* It ends with 0, and all that it has printed was this. */
static void expect_printed(struct subject *s, const void *bytes, size_t n,
                           const char *why)
{
    expect_output(s, bytes, n, "%s", why);
    expect_exit(s, 0, "%s", why);
}

/* This came on stdin, and is with the peer at once.  The kernel needs no time
 * for it, unless the machine is busy. */
static void expect_here(struct visit v, const char *bytes)
{
    char got;

    wait_settled(v.s);
    for (int i = 0; i < MOST_NAPS; i++)
        if (recv(v.fd, &got, 1, MSG_PEEK) == -1)
            let_run(NAP_MS);
    expect(recv(v.fd, &got, 1, MSG_PEEK) == 1, quoted(bytes, 1, 1),
           "nothing yet",
           "One byte came on stdin, and the program sleeps, but the peer has "
           "nothing: it is held back (TCP_CORK and MSG_MORE ask the kernel to "
           "wait for more). What comes is passed on at once.");
    expect_text(v.fd, bytes, "One byte came on stdin.");
}

/* Both ends end; so does it. */
static void part(struct visit v, const char *printed)
{
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended, and all of it was sent.");
    peer_end(v.fd);
    expect_printed(v.s, printed, strlen(printed),
                   "Both directions have ended, and all is passed on.");
}

/* An error, which is told. */
static void expect_error(struct subject *s, const char *part_of_it,
                         const char *why)
{
    expect_exit(s, 1, "%s", why);
    expect_complaint(s, part_of_it, "The reason is told on stderr.");
}

/* A connection that is broken, and why.  Who has it from shutdown() alone only
 * knows that there is none any more. */
static void expect_broken(struct subject *s, const char *why)
{
    static const int reasons[] = {ECONNRESET, EPIPE, ENOTCONN};
    bool is_told = false;

    expect_error(s, NULL, why);
    const char *said = errors(s, NULL);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        is_told |= strstr(said, strerror(reasons[i])) != NULL;
    expect(is_told,
           "the reason: \"Connection reset by peer\" or \"Broken pipe\"",
           quoted(said, strlen(said), 80),
           "The sentence on stderr does not say why. errno has the reason when "
           "a call has failed, and only until the next call: keep it. SO_ERROR "
           "of getsockopt() tells it once.");
}

/* stdin and stdout are as they were when it began. */
static void expect_flags_kept(struct subject *s, int flags, const char *how)
{
    static const int looked_at[] = {O_NONBLOCK, O_APPEND};

    for (int fd = 0; fd <= 1; fd++)
        for (int i = 0; i < 2; i++)
            expect((status_flags(s, fd) & looked_at[i]) ==
                       (fd == 0 ? flags & looked_at[i] : 0),
                   text("the status flags of descriptor %d as they were", fd),
                   text("%s is another", i == 0 ? "O_NONBLOCK" : "O_APPEND"),
                   "It has ended: %s. The flags belong to the open file "
                   "description, which the shell has as well: whoever "
                   "changes them gives them back on each way out, or leaves "
                   "them alone.",
                   how);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
}

CASE("no-server", "a server that is not there is told, with the reason",
     READ("pump"),
     HINTS("What does connect() return when nobody listens?",
           "See connect(2): ECONNREFUSED.",
           "err(1, ...) while errno has the reason."))
{
    int fd = peer_refuse("127.0.0.1");

    expect_error(start("127.0.0.1", peer_port(fd), NULL), "Connection refused",
                 "Nobody listens there.");
}

CASE("question", "stdin goes to the peer, and its answer to stdout",
     READ("half-closed"),
     HINTS("Where do the bytes of stdin go, and what comes after them?",
           "See read(2), write(2), shutdown(2).",
           "Send what read() has given; at its 0, shutdown(fd, SHUT_WR); then "
           "write what comes from the socket, until its 0."))
{
    static const char question[] = "two\nlines\0 and more";
    static const char answer[] = "an\0answer";
    struct visit v = set_out();

    feed(v.s, question, sizeof question);
    feed_end(v.s);
    v = let_in(v);
    expect_bytes(v.fd, question, sizeof question,
                 "stdin goes out as it is, NUL bytes and all.");
    expect_end(v.fd, "stdin has ended: it half-closes. poll() tells the end of "
                     "a pipe by POLLHUP, without POLLIN: read() is to be asked "
                     "then, too, and says 0.");
    peer_send(v.fd, answer, sizeof answer);
    expect_rest(v.s);
    peer_end(v.fd);
    expect_printed(v.s, answer, sizeof answer,
                   "The answer came after the end of stdin. It is printed as "
                   "it is, NUL bytes and all.");
}

CASE("conversation", "either may speak at any time",
     READ("both-directions-at-once"),
     HINTS("stdin is silent. Who hears the peer?",
           "poll(2) waits for several descriptors at once.",
           "Wait for stdin and for the socket together, and read from what "
           "revents name."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, "login: ");
    expect_prints(v.s, "login: ",
                  "The peer speaks first, half a line, and stdin is silent. A "
                  "read() of stdin sleeps until somebody types, and hears "
                  "nothing else.");
    feed_text(v.s, "one\ntwo\nthr");
    expect_text(v.fd, "one\ntwo\nthr",
                "Two lines and a half came on stdin at once. What stdio keeps "
                "in its buffer is no longer in the pipe: poll() sees nothing "
                "there, and sleeps.");
    peer_send_text(v.fd, "who?\n");
    expect_prints(v.s, "who?\n", "The peer speaks again.");
    feed_text(v.s, "ee\n");
    expect_text(v.fd, "ee\n", "Then came the rest of the line.");
    peer_send_text(v.fd, "!");
    expect_prints(v.s, "!",
                  "The peer has said one byte. It does not wait for "
                  "company: what comes is passed on at once.");
    feed_text(v.s, "y");
    expect_here(v, "y");
    expect_calm(v.s, CALM_MS, CALM_CALLS,
                "Nobody speaks, and it asks again and again. Who asks whether "
                "the socket is writable is told so at once, nearly always: "
                "ask only while there is something to write.");
    part(v, "login: who?\n!");
}

CASE("half-closes", "at the end of stdin it half-closes, and hears the answer",
     READ("half-closed"),
     HINTS("stdin has ended. Is the conversation over?",
           "See SHUT_WR in shutdown(2).",
           "shutdown(fd, SHUT_WR), once; never ask for stdin again; go on "
           "until the socket's read() says 0."),
     SHOWS_WIRE)
{
    enum {
        SIZE = 200000
    };
    struct visit v = arrive();

    feed_text(v.s, "tell me all\n");
    expect_text(v.fd, "tell me all\n", "stdin is sent.");
    feed_end(v.s);
    expect_end(v.fd,
               "stdin has ended, and the peer has to know: it waits for the "
               "end of the question.");
    expect_rest(v.s);
    expect_calm(v.s, CALM_MS, CALM_CALLS,
                "stdin has ended, and the peer is silent. The end is readable, "
                "for ever: who asks for stdin still is told so each time.");
    expect_alive(v.s, "stdin has ended, and the peer has not: the answer is "
                      "still to come.");
    expect_answer(v.fd, pattern(), SIZE, "", 0, "The answer is long.");
    expect_rest(v.s);
    peer_send(v.fd, pattern() + SIZE, 8);
    expect_rest(v.s);
    peer_end(v.fd);
    expect_printed(v.s, pattern(), SIZE + 8,
                   "A long answer came after the end of stdin, and then its "
                   "end. All of it is printed, to the last byte.");
}

CASE("peer-ends-first", "when the peer ends its side, stdin is still sent",
     READ("half-closed"),
     HINTS("The peer has said its last word. Has it heard yours?",
           "recv(2) says 0: the peer sends no more. Whether it receives is "
           "another question.",
           "End only when both directions have ended; leave the socket out "
           "of what you wait to read."),
     SHOWS_WIRE)
{
    struct visit v = arrive();

    peer_send_text(v.fd, "send it all\n");
    peer_end(v.fd);
    expect_prints(v.s, "send it all\n", "That came before the end.");
    expect_calm(v.s, CALM_MS, CALM_CALLS,
                "The peer has ended its side, and stdin is silent. The end of "
                "a stream is readable, for ever (and POLLRDHUP is told as long "
                "as it is asked for): who asks for it still is told so each "
                "time.");
    expect_alive(v.s, "The peer has ended its side and still receives; stdin "
                      "has not ended.");
    for (int i = 0; i < 3; i++) {
        feed(v.s, pattern() + i * 50000, 50000);
        expect_bytes(v.fd, pattern() + i * 50000, 50000,
                     "The peer has half-closed: it says no more, but it "
                     "hears all. What comes on stdin is for it.");
    }
    expect_rest(v.s);
    feed(v.s, pattern(), 200000);
    expect_rest(v.s);
    feed_end(v.s);
    expect_rest(v.s);
    expect_bytes(v.fd, pattern(), 200000,
                 "stdin has ended, and the peer receives the last bytes only "
                 "now. What fits into the kernel's buffer is sent after "
                 "close(), too, and after the end of the program, unless it is "
                 "told not to (SO_LINGER).");
    expect_end(v.fd, "stdin has ended.");
    expect_printed(v.s, "send it all\n", 12,
                   "Both directions have ended, and all is passed on.");
}

CASE("end-behind-the-rest", "stdin's end is told behind its last byte",
     READ("shutdown"),
     HINTS("stdin has ended. What is still unread, what still unsent?",
           "POLLHUP may stand beside POLLIN: poll(2). After SHUT_WR, send(2) "
           "says EPIPE.",
           "read() until it says 0, and shutdown() when all that was read is "
           "sent."))
{
    enum {
        SIZE = 50000
    };
    struct visit v = set_out();

    only_if(inject_errno(v.s, CALL_SEND, (struct times){1, 4}, EAGAIN),
            may_say_eagain, NULL);
    feed(v.s, pattern(), SIZE);
    feed_end(v.s);
    v = let_in(v);
    expect_bytes(v.fd, pattern(), SIZE,
                 "%d bytes were in stdin, and behind them its end; and nothing "
                 "could be sent for a while. All of it is read, and all that "
                 "was read is sent, before the end is told.",
                 SIZE);
    part(v, "");
}

CASE("slow-peer", "a peer that does not receive is still heard",
     READ("both-directions-at-once"),
     HINTS("The socket is writable. Does all of it fit?",
           "See EAGAIN in send(2), and O_NONBLOCK in fcntl(2).",
           "Make the socket non-blocking. What write() did not take is "
           "written when poll() says so; meanwhile print what comes."))
{
    struct visit v = arrive_narrow();

    fill_up(&v);
    peer_send_text(v.fd, "slow down\n");
    expect_prints(v.s, "slow down\n",
                  "The peer does not receive for a while, but it speaks. Who "
                  "sleeps in send() does not hear it. When the peer does not "
                  "receive until it is heard, both wait for ever.");
    size_t half = v.fed / 2;
    expect_bytes(v.fd, pattern(), half, "The peer receives again.");
    fill_up(&v);
    peer_send_text(v.fd, "all of it?\n");
    expect_prints(v.s, "all of it?\n", "It is heard again.");
    expect_bytes(v.fd, pattern() + half, v.fed - half,
                 "The peer stopped twice. Each byte comes once, in order: "
                 "what did not fit is sent when it does.");
    part(v, "slow down\nall of it?\n");
}

CASE("slow-stdout", "a stdout that nobody takes from does not stop stdin",
     READ("both-directions-at-once"),
     HINTS("The pipe behind stdout is full. What does write() do?",
           "pipe(7): a pipe that is writable has room for PIPE_BUF bytes; a "
           "write() of more waits until there is room for all.",
           "Wait for POLLOUT of stdout, and write no more than PIPE_BUF at a "
           "time; or let write() not wait at all, and give the flag back."))
{
    struct visit v = arrive_narrow();

    fill_down(&v);
    feed_text(v.s, "are you there?\n");
    expect_text(v.fd, "are you there?\n",
                "Nobody takes what it prints for a while, so what the peer "
                "sends has to wait. What comes on stdin has not: who sleeps "
                "in write() does not see it.");
    expect_bounded(v.s);
    take_output(v.s);
    expect_prints(v.s, text("%.*s", (int)v.said, pattern()),
                  "stdout is taken from again. Each byte of the peer comes "
                  "once, in order, to the last.");
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended.");
    peer_end(v.fd);
    expect_printed(v.s, pattern(), v.said,
                   "Both directions have ended, and all is passed on.");
}

CASE("both-stuck", "both directions may be stuck at once, each for itself",
     READ("both-directions-at-once"),
     HINTS("Nothing can be read, nothing written. What does it do?",
           "poll(2) sleeps until one of the descriptors is ready.",
           "A buffer for each direction; ask for what each can do next, and "
           "nothing else."))
{
    static const char why[] =
        "The peer does not receive and nobody takes what is printed, so "
        "nothing can be done. That may last for ever: it sleeps until "
        "something fits.";
    struct visit v = arrive_narrow();

    fill_down(&v);
    fill_up(&v);
    expect_calm(v.s, CALM_MS, MORE_CALLS, "%s", why);
    expect_bounded(v.s);
    expect_alive(v.s, "%s", why);
    take_output(v.s);
    expect_prints(v.s, text("%.*s", (int)v.said, pattern()),
                  "stdout is taken from again, and the peer does not receive "
                  "before it has said all it has to say. Who does not receive "
                  "until it has sent waits for the peer, and the peer for it: "
                  "for ever.");
    expect_bytes(v.fd, pattern(), v.fed,
                 "The peer receives again, and gets all of stdin.");
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended, and all of it was sent.");
    peer_end(v.fd);
    expect_printed(v.s, pattern(), v.said,
                   "Both directions were stuck at once, and both go on. Each "
                   "byte comes once, in order.");
}

CASE("stdout-closed", "a stdout that nobody reads any more is told",
     READ("when-the-peer-has-gone"),
     HINTS("What does write() do when the reader of a pipe is gone?",
           "See EPIPE in write(2), and SIGPIPE in signal(7).",
           "signal(SIGPIPE, SIG_IGN), and err(1, \"stdout\") for -1."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, "first\n");
    expect_prints(v.s, "first\n", "That is printed.");
    close_output(v.s);
    expect_rest(v.s);
    feed_text(v.s, "still there\n");
    expect_text(v.fd, "still there\n",
                "Who read its stdout has ended, but nothing is to be written "
                "there: that hurts nobody yet, and what comes on stdin is "
                "still for the peer.");
    peer_send_text(v.fd, "second\n");
    expect_error(v.s, "Broken pipe",
                 "Who read its stdout has ended (as `head -1' does), and the "
                 "peer sends more. write() makes the kernel send SIGPIPE, "
                 "which ends a program that does not expect it without a "
                 "word; and it has no MSG_NOSIGNAL.");

    v = arrive();
    fill_down(&v);
    close_output(v.s);
    expect_error(v.s, "Broken pipe",
                 "Who should read its stdout has never done so, and ends. "
                 "What waits to be written will not be taken any more.");
}

CASE("reset", "a reset is told, after what came before it", READ("fin-and-rst"),
     HINTS("The connection is broken. Is there still something to read?",
           "read(2) and write(2): ECONNRESET, EPIPE. What had come can still "
           "be received.",
           "After an error of sending go on receiving, until there is nothing "
           "more; print all that, then tell the reason."),
     SHOWS_WIRE)
{
    struct visit v = arrive();

    peer_reset(v.fd);
    expect_broken(v.s,
                  "The connection was reset. That is no end: nobody knows what "
                  "else was to come.");

    v = arrive();
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended.");
    peer_send_text(v.fd, "half an ans");
    expect_prints(v.s, "half an ans", "That is printed as it comes.");
    peer_reset(v.fd);
    expect_broken(v.s,
                  "It had ended its side, and was reset while it waited for "
                  "the rest of the answer.");

    v = arrive();
    hold(v.s, CALL_SEND, NTH(1));
    feed_text(v.s, "another\n");
    wait_held(v.s, "stdin spoke: it sends.");
    peer_send_text(v.fd, "your line is bad\n");
    peer_reset(v.fd);
    release(v.s);
    expect_output(v.s, "your line is bad\n", 17,
                  "The peer said why, and broke off, just as stdin had more "
                  "for it. Who sends first learns of the reset from send(); "
                  "what the peer said is there all the same, and is what the "
                  "user needs to know.");
    expect_broken(v.s, "The connection was reset.");
}

CASE("reset-unread", "what came before a reset is read to its end",
     READ("fin-and-rst"),
     HINTS("The connection is broken. Is there still something to read?",
           "poll(2): POLLERR and POLLHUP stand beside POLLIN.",
           "Whatever revents says, read() until it says 0 or -1."),
     SHOWS_WIRE)
{
    enum {
        SIZE = 100000
    };
    struct visit v = arrive();

    leave_output(v.s);
    for (; v.said < SIZE; v.said += SIZE / 5) {
        peer_send(v.fd, pattern() + v.said, SIZE / 5);
        expect_rest(v.s);
    }
    peer_reset(v.fd);
    expect_rest(v.s);
    take_output(v.s);
    expect_output(v.s, pattern(), SIZE,
                  "While nobody took from stdout the peer said all that, and "
                  "then broke off. When it can be printed again, poll() says "
                  "POLLIN, POLLERR and POLLHUP of the socket, all at once: the "
                  "connection is broken, and there is still something to read. "
                  "Only read() says when there is no more.");
    expect_broken(v.s, "The connection was reset.");
}

CASE("reset-stuck", "a reset while all is stuck is told, and loses nothing",
     READ("fin-and-rst"),
     HINTS("What has come is not printed yet. When may it give up?",
           "poll(2): POLLERR and POLLHUP come unasked.",
           "Forget what cannot be sent any more; print what has come; then "
           "tell the reason."))
{
    struct visit v = arrive_narrow();

    leave_output(v.s);
    for (; v.said < 100000; v.said += 20000) {
        peer_send(v.fd, pattern() + v.said, 20000);
        expect_rest(v.s);
    }
    fill_up(&v);
    size_t came = bytes_moved(v.s, CALL_RECV);
    peer_reset(v.fd);
    expect_calm(v.s, CALM_MS, MORE_CALLS,
                "The connection is broken, and nobody takes what is printed. "
                "poll() says POLLERR and POLLHUP about that socket at once, "
                "whatever was asked for: do not ask about a socket with which "
                "nothing can be done.");
    take_output(v.s);
    expect_broken(v.s, "The connection was reset.");
    size_t n;
    const char *got = output(v.s, &n);
    expect(n >= came && n <= v.said && memcmp(got, pattern(), n) == 0,
           text("the %zu bytes on stdout that it had received", came),
           text("%zu bytes", n),
           "The peer had sent them before it broke off, and they were there: "
           "only nobody took them from stdout. The end of the connection is "
           "not the end of what is to be written.");
}

CASE("peer-gone", "a peer that has closed is no signal, and not a success",
     READ("when-the-peer-has-gone"),
     HINTS("Half-closed or closed: when do you learn which?",
           "See EPIPE in write(2), ENOTCONN in shutdown(2), SO_ERROR in "
           "socket(7).",
           "Look at what shutdown() returns, too."),
     SHOWS_WIRE)
{
    struct visit v = arrive();

    peer_close(v.fd);
    feed_text(v.s, "anybody?\n");
    wait_settled(v.s);
    feed_text(v.s, "hello?\n");
    expect_broken(v.s,
                  "The peer closed. The first bytes were sent, and answered by "
                  "RST; the next ones make the kernel say EPIPE, and send "
                  "SIGPIPE, which ends a program that does not expect it, "
                  "without a word.");

    v = arrive();
    peer_close(v.fd);
    feed_text(v.s, "the only line\n");
    wait_settled(v.s);
    feed_end(v.s);
    expect_broken(v.s,
                  "The peer had closed, so what was sent to it was answered by "
                  "RST, and then stdin ended. Nothing more was to be sent; but "
                  "shutdown() failed, since there is no connection any more. "
                  "What was sent has not arrived, so this is no success.");
}

CASE("flags", "it leaves the status flags of stdin and stdout as they were",
     READ("pump"),
     HINTS("Whose are stdin and stdout?",
           "See F_SETFL in fcntl(2), and atexit(3), which err() runs as well.",
           "Never change them; or note both before you change either, and "
           "give them back from a function that atexit() knows, and from a "
           "handler for SIGINT and SIGTERM."))
{
    stdin_with_flags(O_APPEND);
    struct visit v = arrive();
    part(v, "");
    expect_flags_kept(v.s, O_APPEND, "its work was done");

    stdin_with_flags(O_APPEND | O_NONBLOCK);
    v = arrive();
    feed_text(v.s, "late\n");
    expect_text(v.fd, "late\n", "stdin was non-blocking from the start.");
    peer_reset(v.fd);
    expect_broken(v.s, "The connection was reset.");
    expect_flags_kept(v.s, O_APPEND | O_NONBLOCK, "the connection was reset");

    v = arrive();
    peer_reset(v.fd);
    expect_broken(v.s, "The connection was reset.");
    expect_flags_kept(v.s, 0, "the connection was reset");

    static const int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        v = arrive();
        send_signal(v.s, signals[i]);
        wait_exit(v.s);
        expect_flags_kept(v.s, 0,
                          i == 0 ? "somebody has typed Ctrl-C (SIGINT)"
                                 : "somebody has ended it (SIGTERM)");
    }
}

CASE("one-stream", "stdin and stdout may be one open file description",
     READ("pump"),
     HINTS("What are stdin and stdout at a terminal?",
           "dup(2): both descriptors refer to one open file description, with "
           "one set of flags.",
           "Note the flags of both before you change those of either."))
{
    stdout_is_stdin();
    struct visit v = arrive();

    peer_send_text(v.fd, "hello\n");
    expect_prints(v.s, "hello\n", "The peer speaks.");
    feed_text(v.s, "hi\n");
    expect_text(v.fd, "hi\n", "stdin speaks.");
    part(v, "hello\n");
    expect_flags_kept(v.s, 0,
                      "its work was done. stdin and stdout were the same, as "
                      "at a terminal: who sets O_NONBLOCK on one and notes "
                      "the flags of the other after that, finds it there and "
                      "gives it back");
}

CASE("files", "stdin and stdout may be files", READ("pump"),
     HINTS("Does your way to wait work with a file?",
           "poll(2) calls a file ready at any time; epoll_ctl(2) says EPERM.",
           "Read it piece by piece, whenever the piece before is sent."))
{
    enum {
        SIZE = 300000
    };

    stdin_from_file(pattern(), SIZE);
    stdout_to_file();
    struct visit v = let_in(set_out());
    expect_answer(v.fd, pattern(), SIZE, pattern(), SIZE,
                  "stdin is a file of %d bytes.", SIZE);
    expect_end(v.fd, "The file has ended.");
    expect_rest(v.s);
    peer_end(v.fd);
    expect_printed(v.s, pattern(), SIZE, "stdout is a file.");
}

CASE("no-stdin", "the socket is not taken for stdin", READ("pump"),
     HINTS("stdin is closed. Which descriptor does socket() give?",
           "The lowest that is free: see open(2).",
           "open_standard_streams() sees to it, before connect_any()."))
{
    without_stdin();
    struct visit v = let_in(set_out());

    expect_end(v.fd, "It was started without a stdin (as by `<&-' in a shell): "
                     "that counts as an empty one. The lowest free descriptor "
                     "is 0, and a socket gets it when nothing else has: what "
                     "is read from 0 comes from the peer then.");
    peer_send_text(v.fd, "hello\n");
    expect_rest(v.s);
    peer_end(v.fd);
    expect_printed(v.s, "hello\n", 6, "What the peer says is printed.");
}

CASE("short-calls", "however little a call moves, each byte goes once",
     READ("pump"),
     HINTS("What does write() return?", "See RETURN VALUE in write(2).",
           "Go on from where the call stopped, until all n bytes are taken."))
{
    struct visit v = set_out();

    inject_short(v.s, CALL_SEND, ALWAYS, 700);
    inject_short(v.s, CALL_WRITE, ALWAYS, 500);
    feed(v.s, pattern(), 6000);
    feed_end(v.s);
    v = let_in(v);
    expect_bytes(v.fd, pattern(), 6000,
                 "700 bytes were taken each time, and the program was told. "
                 "The rest is to be sent still, from where it stopped.");
    expect_end(v.fd, "stdin has ended.");
    peer_send_last(v.fd, pattern(), 4000);
    expect_printed(v.s, pattern(), 4000,
                   "write() took 500 bytes each time and said so; and the "
                   "peer had ended by then.");
}

CASE("not-ready", "EAGAIN is neither an error nor the end", READ("pump"),
     HINTS("What does EAGAIN say about the stream?",
           "See BUGS in select(2): ready is not a promise.",
           "Back to poll(): what was not written is still there."))
{
    const struct times some = {1, 3};

    stdin_with_flags(O_NONBLOCK);
    struct visit v = set_out();
    only_if(inject_errno(v.s, CALL_RECV, some, EAGAIN), may_say_eagain, NULL);
    only_if(inject_errno(v.s, CALL_SEND, some, EAGAIN), may_say_eagain, NULL);
    only_if(inject_errno(v.s, CALL_READ, some, EAGAIN), may_say_eagain, NULL);
    only_if(inject_errno(v.s, CALL_WRITE, some, EAGAIN), may_say_eagain, NULL);
    v = let_in(v);
    feed_text(v.s, "first\n");
    expect_text(v.fd, "first\n",
                "A read() or write() that does not wait said EAGAIN, though "
                "poll() had called it ready. That is no error, and nothing was "
                "taken: try again when poll() says so.");
    peer_send_text(v.fd, "second\n");
    expect_prints(v.s, "second\n",
                  "Nothing is there at the moment, or nothing fits: that is "
                  "neither the end nor an error, and loses nothing.");
    part(v, "second\n");
}

CASE("bad-stdin", "an error of stdin is not its end", READ("pump"),
     HINTS("What does read() return when it fails?", "See read(2): -1.",
           "err(1, \"stdin\")."))
{
    struct visit v = arrive();

    inject_errno(v.s, CALL_READ, FROM(2), EIO);
    feed_text(v.s, "half of it");
    expect_text(v.fd, "half of it", "What came before is sent.");
    wait_settled(v.s);
    feed_text(v.s, "rest");
    expect_error(v.s, "Input/output error",
                 "read() of stdin said -1 with EIO. Who takes that for the end "
                 "tells the peer that half of it was all.");
}

CASE("any-weather", "random faults change nothing", READ("pump"), RANDOM_FAULTS,
     RETRIES_EINTR,
     HINTS("Which call was cut, refused or interrupted before it went wrong?",
           "See read(2), write(2), poll(2).",
           "One step at a time, each from where the last one stopped; what is "
           "not ready now is asked for again."))
{
    static const char why[] =
        "Calls were interrupted, cut short, or refused with EAGAIN, at random. "
        "Each byte still comes once, in order, and each end behind the last of "
        "them.";
    enum {
        ROUNDS = 2,
        UP = 1000,
        DOWN = 700
    };
    struct visit v = let_in(set_out());

    for (int i = 0; i < ROUNDS; i++) {
        feed(v.s, pattern() + i * UP, UP);
        expect_answer(v.fd, pattern() + i * DOWN, DOWN, pattern() + i * UP, UP,
                      "%s", why);
    }
    peer_end(v.fd);
    feed(v.s, pattern() + ROUNDS * UP, UP);
    expect_bytes(v.fd, pattern() + ROUNDS * UP, UP, "%s", why);
    expect_rest(v.s);
    feed_end(v.s);
    expect_end(v.fd, "%s", why);
    expect_printed(v.s, pattern(), ROUNDS * DOWN, why);
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("pump"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls. poll() is never "
           "restarted.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    static const char why[] =
        "A call was interrupted or moved less than was asked for. Nothing is "
        "lost by that: make it again, from where it stopped. After a poll() "
        "that said -1 nothing is known to be ready.";
    struct visit v = set_out();

    feed_text(v.s, "hello\n");
    feed_end(v.s);
    v = let_in(v);
    expect_text(v.fd, "hello\n", why);
    expect_end(v.fd, why);
    peer_send_last(v.fd, "welcome\n", 8);
    expect_printed(v.s, "welcome\n", 8, why);
}
