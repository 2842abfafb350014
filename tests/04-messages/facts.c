/* What chapters/04-messages.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LARGE = 16 << 20 /* more than the buffers of two ends hold */
};

static char large[LARGE], room[LARGE];

/* The two ends of a conversation. */
struct talk {
    int client, server;
};

static const char *last_error(void)
{
    return strerrorname_np(errno);
}

static void set_option(int fd, int level, int name, int value)
{
    must(setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    must(getsockopt(fd, level, name, &value, &len), "getsockopt");
    return value;
}

/* Two connected sockets; the client's segments hold at most mss bytes, or as
 * many as the kernel likes when it is 0. */
static struct talk start_talk_of(int mss)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof addr;
    struct talk t;
    int lfd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(lfd, (struct sockaddr *)&addr, sizeof addr), "bind");
    must(listen(lfd, 1), "listen");
    must(getsockname(lfd, (struct sockaddr *)&addr, &len), "getsockname");
    t.client = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (mss != 0)
        set_option(t.client, IPPROTO_TCP, TCP_MAXSEG, mss);
    must(connect(t.client, (struct sockaddr *)&addr, sizeof addr), "connect");
    t.server = must(accept(lfd, NULL, NULL), "accept");
    close(lfd);
    return t;
}

static struct talk start_talk(void)
{
    return start_talk_of(0);
}

static void say(int fd, const char *words)
{
    must((int)send(fd, words, strlen(words), MSG_NOSIGNAL), "send");
}

static int waiting_bytes(int fd)
{
    int n = 0;

    must(ioctl(fd, FIONREAD, &n), "FIONREAD");
    return n;
}

/* Returns when n bytes wait to be received. */
static void see_arrived(int fd, int n)
{
    while (waiting_bytes(fd) < n)
        sched_yield();
}

/* How many bytes this end has taken and not yet sent. */
static int held_back(int fd)
{
    int n = -1;

    must(ioctl(fd, SIOCOUTQNSD, &n), "SIOCOUTQNSD");
    return n;
}

static struct tcp_info tcp_info(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    return info;
}

/* Returns when the connection is gone at this end. */
static void see_gone(int fd)
{
    while (tcp_info(fd).tcpi_state != 7 /* TCP_CLOSE */)
        sched_yield();
}

/* Closes with RST instead of FIN. */
static void reset(int fd)
{
    struct linger at_once = {1, 0};

    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
         "setsockopt");
    close(fd);
}

static long recv_now(int fd, void *buf, size_t n)
{
    return recv(fd, buf, n, MSG_DONTWAIT);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* --- Signals and children ------------------------------------------------ */

static void do_nothing(int signal)
{
    (void)signal;
}

static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    must(sigaction(signal, &action, NULL), "sigaction");
}

/* The letter that says what a process does: R, S, Z, ... */
static char state_of(pid_t pid)
{
    char path[64], line[512], *end = NULL;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof line, f) != NULL)
        end = strrchr(line, ')');
    fclose(f);
    return end != NULL ? end[2] : 0;
}

static void see_asleep(pid_t pid)
{
    while (state_of(pid) != 'S')
        sched_yield();
}

/* A child that does not outlive this process. */
static pid_t start_child(void)
{
    pid_t pid = must(fork(), "fork");

    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static int wait_for(pid_t pid)
{
    int status;

    must(waitpid(pid, &status, 0), "waitpid");
    return status;
}

/* Starts a child that sends this process the signal once it sleeps. */
static pid_t start_disturber(int signal)
{
    pid_t me = getpid(), pid = start_child();

    if (pid == 0) {
        see_asleep(me);
        kill(me, signal);
        _exit(0);
    }
    return pid;
}

/* Sends, and is disturbed whenever it sleeps, until a call has taken nothing.
 * Returns what that call returned. */
static long send_until_full(int fd)
{
    long n;

    handle(SIGUSR1, do_nothing, 0);
    do {
        pid_t pid = start_disturber(SIGUSR1);
        n = send(fd, large, sizeof large, 0);
        int error = errno;
        wait_for(pid);
        errno = error;
    } while (n > 0);
    return n;
}

/* Starts a child that does this to fd once this process sleeps. */
static void start_helper(int fd, void (*act)(int))
{
    pid_t me = getpid();

    if (start_child() == 0) {
        see_asleep(me);
        act(fd);
        _exit(0);
    }
}

/* Receives all that comes, in pieces, until the end of the stream. */
static void drain(int fd)
{
    while (recv(fd, room, 65536, 0) > 0)
        continue;
}

static void send_x(int fd)
{
    say(fd, "x");
}

/* --- A stream ------------------------------------------------------------ */

FACT(sends_are_glued, "what two send() have sent comes out of one recv()")
{
    struct talk t = start_talk();
    char buf[64];

    say(t.client, "hello ");
    say(t.client, "world");
    see_arrived(t.server, 11);
    long n = recv_now(t.server, buf, sizeof buf);
    HOLDS(n == 11 && memcmp(buf, "hello world", 11) == 0, "%ld bytes", n);
}

FACT(send_is_cut, "what one send() has sent comes out of several recv(), none "
                  "of which says where it ended")
{
    struct talk t = start_talk();
    char buf[4];
    long want[] = {4, 4, 3};

    say(t.client, "hello world");
    see_arrived(t.server, 11);
    for (int i = 0; i < 3; i++) {
        long n = recv_now(t.server, buf, sizeof buf);
        HOLDS(n == want[i], "call %d gives %ld bytes", i, n);
    }
    FAILS(recv_now(t.server, buf, sizeof buf), EAGAIN);
}

FACT(one_send_many_packets, "one send() goes in as many packets as it takes")
{
    struct talk t = start_talk_of(600);
    unsigned before = tcp_info(t.client).tcpi_data_segs_out;

    must((int)send(t.client, large, 6000, 0), "send");
    see_arrived(t.server, 6000);
    unsigned n = tcp_info(t.client).tcpi_data_segs_out - before;
    HOLDS(n >= 10, "%u packets", n);
}

FACT(send_needs_a_socket, "send() on a pipe fails with ENOTSOCK; write() works "
                          "on both")
{
    struct talk t = start_talk();
    int fd[2];

    must(pipe(fd), "pipe");
    FAILS(send(fd[1], "x", 1, 0), ENOTSOCK);
    HOLDS(write(fd[1], "x", 1) == 1, "the pipe: %s", last_error());
    HOLDS(write(t.client, "x", 1) == 1, "the socket: %s", last_error());
}

FACT(peek_leaves_them, "recv() with MSG_PEEK leaves what it gives")
{
    struct talk t = start_talk();
    char a[8] = "", b[8] = "";

    say(t.client, "hello");
    see_arrived(t.server, 5);
    long n = recv(t.server, a, sizeof a, MSG_PEEK);
    HOLDS(n == 5 && recv_now(t.server, b, sizeof b) == 5, "%ld bytes", n);
    HOLDS(memcmp(a, b, 5) == 0, "they differ");
}

/* --- Sending ------------------------------------------------------------- */

FACT(sent_is_not_received, "send() takes bytes that the other program never "
                           "gets; a later call says so, if there is one")
{
    struct talk t = start_talk();

    HOLDS(send(t.client, "hello", 5, 0) == 5, "%s", last_error());
    see_arrived(t.server, 5);
    close(t.server);
    see_gone(t.client);
    HOLDS(option(t.client, SOL_SOCKET, SO_ERROR) == ECONNRESET,
          "the reset came with another error");
}

FACT(blocking_send_takes_all, "a blocking send() of 16 MiB waits for the "
                              "reader until all of it is taken")
{
    struct talk t = start_talk();

    start_helper(t.server, drain);
    long n = send(t.client, large, sizeof large, 0);
    HOLDS(n == LARGE, "%ld bytes", n);
}

FACT(handler_cuts_send, "a signal's handler cuts a send() that has taken a "
                        "part: it returns the part, SA_RESTART or not")
{
    for (int i = 0; i < 2; i++) {
        struct talk t = start_talk();

        handle(SIGUSR1, do_nothing, i == 0 ? 0 : SA_RESTART);
        pid_t pid = start_disturber(SIGUSR1);
        long n = send(t.client, large, sizeof large, 0);
        HOLDS(n > 0 && n < LARGE, "%ld bytes", n);
        wait_for(pid);
    }
}

FACT(time_limit_cuts_send,
     "with SO_SNDTIMEO send() returns a part, and when it "
     "can take nothing, -1 with EAGAIN")
{
    struct talk t = start_talk();
    struct timeval limit = {0, 20000};

    must(setsockopt(t.client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit),
         "SO_SNDTIMEO");
    long n = send(t.client, large, sizeof large, 0);
    HOLDS(n > 0 && n < LARGE, "%ld bytes", n);
    while (n > 0)
        n = send(t.client, large, sizeof large, 0);
    FAILS(n, EAGAIN);
}

FACT(nonblocking_send_is_short, "send() that may not wait takes what there is "
                                "room for")
{
    struct talk t = start_talk();

    long n = send(t.client, large, sizeof large, MSG_DONTWAIT);
    HOLDS(n > 0 && n < LARGE, "%ld bytes", n);
}

FACT(reset_cuts_send, "a reset cuts a send() that has taken a part: it returns "
                      "the part, the next one says ECONNRESET, then EPIPE")
{
    struct talk t = start_talk();

    pid_t me = getpid(), pid = start_child();
    if (pid == 0) {
        close(t.client);
        see_asleep(me);
        reset(t.server);
        _exit(0);
    }
    close(t.server);
    long n = send(t.client, large, sizeof large, MSG_NOSIGNAL);
    HOLDS(n > 0 && n < LARGE, "%ld bytes", n);
    FAILS(send(t.client, "x", 1, MSG_NOSIGNAL), ECONNRESET);
    FAILS(send(t.client, "x", 1, MSG_NOSIGNAL), EPIPE);
}

FACT(zero_bytes_are_nothing, "send() of 0 bytes returns 0, and nothing comes")
{
    struct talk t = start_talk();
    char byte;

    HOLDS(send(t.client, "", 0, 0) == 0, "%s", last_error());
    say(t.client, "x");
    see_arrived(t.server, 1);
    HOLDS(recv_now(t.server, &byte, 1) == 1 && byte == 'x', "not the x");
    FAILS(recv_now(t.server, &byte, 1), EAGAIN);
}

/* A conversation whose other end has gone, and has said so. */
static int left_alone(void)
{
    struct talk t = start_talk();

    close(t.server);
    say(t.client, "x");
    see_gone(t.client);
    return t.client;
}

FACT(first_send_succeeds, "after the peer has closed, the first send() "
                          "succeeds; once its RST has come, -1 and EPIPE")
{
    struct talk t = start_talk();
    char byte;

    close(t.server);
    HOLDS(recv(t.client, &byte, 1, 0) == 0, "no end of stream");
    HOLDS(send(t.client, "x", 1, MSG_NOSIGNAL) == 1, "%s", last_error());
    see_gone(t.client);
    FAILS(send(t.client, "x", 1, MSG_NOSIGNAL), EPIPE);
}

/* How a child ends that does this to a connection whose other end has gone. */
static int end_of_one_who(void (*act)(int))
{
    int fd = left_alone();

    pid_t pid = start_child();
    if (pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        act(fd);
        _exit(0);
    }
    return wait_for(pid);
}

static void plain_send(int fd)
{
    send(fd, "x", 1, 0);
}

static void plain_write(int fd)
{
    must(write(fd, "x", 1) == -1 ? 0 : -1, "write");
}

static void send_file(int fd)
{
    int from = must(open("/proc/self/exe", O_RDONLY), "open");

    sendfile(fd, from, NULL, 100);
}

static void quiet_send(int fd)
{
    send(fd, "x", 1, MSG_NOSIGNAL);
}

FACT(sigpipe_ends_the_process,
     "without more, sending where nobody is ends the "
     "process by SIGPIPE: send(), write(), sendfile()")
{
    void (*const acts[])(int) = {plain_send, plain_write, send_file};

    for (int i = 0; i < 3; i++) {
        int status = end_of_one_who(acts[i]);
        HOLDS(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE,
              "way %d ends with %#x", i, (unsigned)status);
    }
}

FACT(nosignal_is_an_error_only, "with MSG_NOSIGNAL, or SIGPIPE ignored, there "
                                "is EPIPE and no signal")
{
    int fd = left_alone();

    HOLDS(end_of_one_who(quiet_send) == 0, "MSG_NOSIGNAL did not help");
    FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
    signal(SIGPIPE, SIG_IGN);
    FAILS(send(fd, "x", 1, 0), EPIPE);
    FAILS(write(fd, "x", 1), EPIPE);
}

/* --- Receiving ----------------------------------------------------------- */

FACT(recv_gives_what_is_there, "recv() waits for one byte, not for as many as "
                               "there is room for")
{
    struct talk t = start_talk();

    start_helper(t.client, send_x);
    long n = recv(t.server, room, sizeof room, 0);
    HOLDS(n == 1, "%ld bytes", n);
}

FACT(no_room_says_zero, "recv() into 0 bytes of room returns 0 while bytes "
                        "wait")
{
    struct talk t = start_talk();
    char byte;

    say(t.client, "x");
    see_arrived(t.server, 1);
    HOLDS(recv_now(t.server, &byte, 0) == 0, "%s", last_error());
    HOLDS(recv_now(t.server, &byte, 1) == 1, "%s", last_error());
}

FACT(end_is_said_again, "at the end of the stream recv() says 0, each time")
{
    struct talk t = start_talk();
    char byte;

    say(t.client, "x");
    shutdown(t.client, SHUT_WR);
    HOLDS(recv(t.server, &byte, 1, 0) == 1, "%s", last_error());
    for (int i = 0; i < 3; i++)
        HOLDS(recv(t.server, &byte, 1, 0) == 0, "%s", last_error());
}

FACT(end_is_one_direction, "after recv() has said 0, what one sends still "
                           "arrives")
{
    struct talk t = start_talk();
    char byte;

    shutdown(t.client, SHUT_WR);
    HOLDS(recv(t.server, &byte, 1, 0) == 0, "no end");
    say(t.server, "x");
    HOLDS(recv(t.client, &byte, 1, 0) == 1 && byte == 'x', "%s", last_error());
}

static void send_in_pieces(int fd)
{
    for (int i = 0; i < 64; i++) {
        say(fd, "x");
        sched_yield();
    }
}

FACT(waitall_waits, "with MSG_WAITALL recv() waits until all the room is "
                    "filled")
{
    struct talk t = start_talk();

    set_option(t.client, IPPROTO_TCP, TCP_NODELAY, 1);
    start_helper(t.client, send_in_pieces);
    long n = recv(t.server, room, 64, MSG_WAITALL);
    HOLDS(n == 64, "%ld bytes", n);
}

FACT(waitall_cut_by_a_handler, "a signal's handler cuts recv() with "
                               "MSG_WAITALL, SA_RESTART or not")
{
    for (int i = 0; i < 2; i++) {
        struct talk t = start_talk();

        handle(SIGUSR1, do_nothing, i == 0 ? 0 : SA_RESTART);
        say(t.client, "hello");
        see_arrived(t.server, 5);
        pid_t pid = start_disturber(SIGUSR1);
        long n = recv(t.server, room, 64, MSG_WAITALL);
        HOLDS(n == 5, "%ld bytes", n);
        wait_for(pid);
    }
}

FACT(waitall_cut_by_the_end, "the end of the stream and a time limit cut "
                             "recv() with MSG_WAITALL, too")
{
    struct talk t = start_talk();
    struct timeval limit = {0, 20000};

    must(setsockopt(t.server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit),
         "SO_RCVTIMEO");
    say(t.client, "hello");
    see_arrived(t.server, 5);
    long n = recv(t.server, room, 64, MSG_WAITALL);
    HOLDS(n == 5, "%ld bytes within the limit", n);
    say(t.client, "end");
    shutdown(t.client, SHUT_WR);
    see_arrived(t.server, 3);
    n = recv(t.server, room, 64, MSG_WAITALL);
    HOLDS(n == 3, "%ld bytes before the end", n);
}

FACT(recv_is_interrupted, "a handler without SA_RESTART makes a waiting recv() "
                          "fail with EINTR, and nothing is lost")
{
    struct talk t = start_talk();
    char byte;

    handle(SIGUSR1, do_nothing, 0);
    pid_t pid = start_disturber(SIGUSR1);
    FAILS(recv(t.server, &byte, 1, 0), EINTR);
    wait_for(pid);
    say(t.client, "x");
    HOLDS(recv(t.server, &byte, 1, 0) == 1 && byte == 'x', "%s", last_error());
}

FACT(send_is_interrupted, "a send() that has taken nothing yet fails with "
                          "EINTR")
{
    struct talk t = start_talk();

    FAILS(send_until_full(t.client), EINTR);
}

/* Sends this process a signal, then the byte that it waits for. */
static void disturb_then_send(int fd)
{
    kill(getppid(), SIGUSR1);
    see_asleep(getppid());
    say(fd, "x");
}

FACT(restart_goes_on, "with SA_RESTART recv() goes on waiting by itself")
{
    struct talk t = start_talk();
    char byte;

    handle(SIGUSR1, do_nothing, SA_RESTART);
    start_helper(t.client, disturb_then_send);
    long n = recv(t.server, &byte, 1, 0);
    HOLDS(n == 1, "%ld, %s", n, last_error());
}

FACT(no_handler_no_eintr, "a signal that is ignored interrupts nothing")
{
    struct talk t = start_talk();
    char byte;

    signal(SIGUSR1, SIG_IGN);
    start_helper(t.client, disturb_then_send);
    long n = recv(t.server, &byte, 1, 0);
    HOLDS(n == 1, "%ld, %s", n, last_error());
}

/* --- Messages ------------------------------------------------------------ */

FACT(strtol_is_lenient, "strtol() takes blanks, a sign and what is no digit")
{
    static const char *const words[] = {"+0005", "    5", "\t\n  5", "5xxxx"};

    for (int i = 0; i < 4; i++)
        HOLDS(strtol(words[i], NULL, 10) == 5, "\"%s\" is %ld", words[i],
              strtol(words[i], NULL, 10));
    HOLDS(strtol("-0001", NULL, 10) == -1, "-0001 is another number");
    HOLDS((size_t)strtol("-0001", NULL, 10) > 65536, "it is small as a size");
}

FACT(sscanf_is_lenient, "sscanf() with %5d takes blanks and a sign, too")
{
    static const char *const words[] = {"+0005", "    5", "5xxxx"};
    int n;

    for (int i = 0; i < 3; i++)
        HOLDS(sscanf(words[i], "%5d", &n) == 1 && n == 5, "\"%s\" is %d",
              words[i], n);
}

/* --- stdio --------------------------------------------------------------- */

static FILE *open_stream(int fd, const char *mode)
{
    FILE *f = fdopen(fd, mode);

    must(f == NULL ? -1 : 0, "fdopen");
    return f;
}

static bool is_readable(int fd)
{
    struct pollfd p = {fd, POLLIN, 0};

    return must(poll(&p, 1, 0), "poll") == 1;
}

FACT(stdio_hides_a_line, "a line in stdio's buffer is not seen by poll(), and "
                         "is there all the same")
{
    struct talk t = start_talk();
    FILE *in = open_stream(t.server, "r");
    char line[64];

    say(t.client, "one\ntwo\n");
    see_arrived(t.server, 8);
    HOLDS(fgets(line, sizeof line, in) != NULL && strcmp(line, "one\n") == 0,
          "the first line is %s", line);
    HOLDS(!is_readable(t.server), "the socket is readable");
    HOLDS(fgets(line, sizeof line, in) != NULL && strcmp(line, "two\n") == 0,
          "the second line is %s", line);
}

FACT(stdio_keeps_until_flush, "what fprintf() writes to a socket goes when it "
                              "is flushed")
{
    struct talk t = start_talk();
    FILE *out = open_stream(t.client, "w");

    fprintf(out, "hello\n");
    say(dup(t.server), "x"); /* the other way, to let time pass */
    see_arrived(t.client, 1);
    HOLDS(waiting_bytes(t.server) == 0, "it has come");
    HOLDS(fflush(out) == 0, "%s", last_error());
    see_arrived(t.server, 6);
}

FACT(stdio_does_not_retry, "getc() gives up at EINTR, and sets the error mark")
{
    struct talk t = start_talk();
    FILE *in = open_stream(t.server, "r");

    handle(SIGUSR1, do_nothing, 0);
    pid_t pid = start_disturber(SIGUSR1);
    HOLDS(getc(in) == EOF && ferror(in) && errno == EINTR, "%s", last_error());
    wait_for(pid);
}

FACT(getline_counts, "getline() counts a zero byte like any other; strlen() of "
                     "its line ends there")
{
    struct talk t = start_talk();
    FILE *in = open_stream(t.server, "r");
    char *line = NULL;
    size_t size = 0;

    must((int)send(t.client, "a\0b\n", 4, 0), "send");
    long n = getline(&line, &size, in);
    HOLDS(n == 4 && strlen(line) == 1, "%ld and %zu", n, strlen(line));
}

/* --- Small pieces -------------------------------------------------------- */

enum {
    ROUNDS = 8
};

/* How a question in two pieces, and the answer to it, went. */
struct round {
    int held;          /* bytes of the second piece that were held back */
    unsigned segments; /* that the client needed */
    double ms;
};

/* The client asks in two send(), the server answers. */
static struct round ask(struct talk t, bool quick)
{
    unsigned before = tcp_info(t.client).tcpi_data_segs_out;
    double start = now();
    struct round r;

    if (quick)
        set_option(t.server, IPPROTO_TCP, TCP_QUICKACK, 1);
    say(t.client, "head");
    say(t.client, "body");
    r.held = held_back(t.client);
    must((int)recv(t.server, room, 8, MSG_WAITALL), "recv");
    r.segments = tcp_info(t.client).tcpi_data_segs_out - before;
    say(t.server, "answer");
    must((int)recv(t.client, room, 6, MSG_WAITALL), "recv");
    r.ms = now() - start;
    return r;
}

/* How many of some rounds took longer than 20 ms, and, in *held, in how many
 * the second piece was held back. */
static int count_slow(struct talk t, bool quick, int *held)
{
    int slow = 0;

    *held = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct round r = ask(t, quick);
        slow += r.ms > 20;
        *held += r.held > 0;
    }
    return slow;
}

/* A round here and there may be quick or slow by chance, when the machine is
 * busy; most are not. */
FACT(nagle_meets_delayed_ack, "send, send, recv waits some 40 ms in round "
                              "after round, and with TCP_NODELAY never")
{
    struct talk t = start_talk();
    int late;

    ask(t, false);
    int slow = count_slow(t, false, &late);
    HOLDS(slow > ROUNDS / 2, "%d of %d were slow", slow, ROUNDS);
    HOLDS(late > ROUNDS / 2, "%d of %d were held back", late, ROUNDS);
    set_option(t.client, IPPROTO_TCP, TCP_NODELAY, 1);
    slow = count_slow(t, false, &late);
    HOLDS(slow < ROUNDS / 2, "%d of %d were slow", slow, ROUNDS);
    HOLDS(late == 0, "%d of %d were held back", late, ROUNDS);
}

FACT(one_small_piece_goes, "with nothing on the way a small piece goes at once")
{
    struct talk t = start_talk();

    for (int i = 0; i < ROUNDS; i++) {
        say(t.client, "question");
        HOLDS(held_back(t.client) == 0, "this is round %d", i);
        must((int)recv(t.server, room, 8, MSG_WAITALL), "recv");
        say(t.server, "answer");
        HOLDS(held_back(t.server) == 0, "this is round %d", i);
        must((int)recv(t.client, room, 6, MSG_WAITALL), "recv");
    }
}

/* How many packets eight small sends become, behind one that is answered
 * late. */
static unsigned packets_of_eight(struct talk t)
{
    ask(t, false);
    unsigned before = tcp_info(t.client).tcpi_data_segs_out;
    for (int i = 0; i < 8; i++)
        say(t.client, "x");
    must((int)recv(t.server, room, 8, MSG_WAITALL), "recv");
    return tcp_info(t.client).tcpi_data_segs_out - before;
}

FACT(nagle_joins_pieces, "eight small pieces go in two packets, or some more "
                         "if they are slow, and with TCP_NODELAY in eight")
{
    struct talk t = start_talk();

    unsigned n = packets_of_eight(t);
    HOLDS(n <= 4, "%u packets", n);
    set_option(t.client, IPPROTO_TCP, TCP_NODELAY, 1);
    n = packets_of_eight(t);
    HOLDS(n == 8, "%u packets", n);
}

FACT(quickack_acks_at_once, "with TCP_QUICKACK set before each round nothing "
                            "waits for the acknowledgement")
{
    struct talk t = start_talk();
    int late;

    ask(t, false);
    int slow = count_slow(t, true, &late);
    HOLDS(slow < ROUNDS / 2, "%d of %d were slow", slow, ROUNDS);
}

FACT(quickack_is_not_kept, "TCP_QUICKACK that was set once is off after some "
                           "questions and answers")
{
    struct talk t = start_talk();
    int rounds = 0;

    set_option(t.server, IPPROTO_TCP, TCP_QUICKACK, 1);
    HOLDS(option(t.server, IPPROTO_TCP, TCP_QUICKACK) == 1, "it is off");
    do
        ask(t, false);
    while (option(t.server, IPPROTO_TCP, TCP_QUICKACK) == 1 && ++rounds < 50);
    HOLDS(rounds < 50, "%d rounds leave it on", rounds);
}

FACT(one_call_one_packet, "head and body in one writev() are one packet")
{
    struct talk t = start_talk();
    struct iovec parts[] = {{(char[]){"head"}, 4}, {(char[]){"body"}, 4}};
    unsigned before = tcp_info(t.client).tcpi_data_segs_out;

    HOLDS(writev(t.client, parts, 2) == 8, "%s", last_error());
    see_arrived(t.server, 8);
    unsigned n = tcp_info(t.client).tcpi_data_segs_out - before;
    HOLDS(n == 1, "%u packets", n);
}

FACT(more_waits_for_the_rest, "what MSG_MORE announces is held back and goes "
                              "with the next send(), in one packet")
{
    struct talk t = start_talk();
    unsigned before = tcp_info(t.client).tcpi_data_segs_out;

    must((int)send(t.client, "head", 4, MSG_MORE), "send");
    int late = held_back(t.client);
    say(t.client, "body");
    see_arrived(t.server, 8);
    unsigned n = tcp_info(t.client).tcpi_data_segs_out - before;
    if (n == 2 && late == 0)
        skip("this process was not run for 200 ms");
    HOLDS(late == 4 && n == 1, "%d bytes held, %u packets", late, n);
}

FACT(cork_is_pulled, "with TCP_CORK nothing goes that fills no packet, until "
                     "it is taken off")
{
    struct talk t = start_talk();

    set_option(t.client, IPPROTO_TCP, TCP_CORK, 1);
    double start = now();
    say(t.client, "head");
    say(t.client, "body");
    int late = held_back(t.client);
    if (now() - start > 150)
        skip("this process was not run for 150 ms");
    HOLDS(late == 8, "%d bytes held", late);
    set_option(t.client, IPPROTO_TCP, TCP_CORK, 0);
    HOLDS(held_back(t.client) == 0, "it is still there");
}

FACT(cork_gives_up, "what TCP_CORK holds goes by itself after a while")
{
    struct talk t = start_talk();

    set_option(t.client, IPPROTO_TCP, TCP_CORK, 1);
    double start = now();
    say(t.client, "head");
    see_arrived(t.server, 4);
    HOLDS(now() - start > 100, "after %.1f ms", now() - start);
}

FACT(nodelay_may_wait, "TCP_NODELAY changes nothing about waiting: O_NONBLOCK "
                       "is off, and O_NDELAY is another name for that")
{
    struct talk t = start_talk();

    set_option(t.client, IPPROTO_TCP, TCP_NODELAY, 1);
    HOLDS((fcntl(t.client, F_GETFL) & O_NONBLOCK) == 0, "it is on");
    HOLDS(O_NDELAY == O_NONBLOCK, "they are %#x and %#x", O_NDELAY, O_NONBLOCK);
    FAILS(send_until_full(t.client), EINTR); /* it has slept */
}

/* --- sendfile() ---------------------------------------------------------- */

static int large_file(void)
{
    int fd = must(memfd_create("large", 0), "memfd_create");

    must(ftruncate(fd, LARGE), "ftruncate");
    return fd;
}

FACT(sendfile_sends, "sendfile() sends from a file, and moves the offset that "
                     "it is given, or the file's own")
{
    struct talk t = start_talk();
    int from = large_file();
    off_t at = 10;

    must((int)pwrite(from, "hello world", 11, 10), "pwrite");
    HOLDS(sendfile(t.client, from, &at, 5) == 5 && at == 15, "%s",
          last_error());
    HOLDS(lseek(from, 0, SEEK_CUR) == 0, "the file's own has moved");
    lseek(from, at, SEEK_SET);
    HOLDS(sendfile(t.client, from, NULL, 6) == 6, "%s", last_error());
    HOLDS(lseek(from, 0, SEEK_CUR) == 21, "the file's own has not moved");
    see_arrived(t.server, 11);
    recv_now(t.server, room, 11);
    HOLDS(memcmp(room, "hello world", 11) == 0, "other bytes");
}

FACT(sendfile_may_take_less, "sendfile() may send less than it is told, like "
                             "send()")
{
    struct talk t = start_talk();
    int from = large_file();

    handle(SIGUSR1, do_nothing, 0);
    pid_t pid = start_disturber(SIGUSR1);
    long n = sendfile(t.client, from, NULL, LARGE);
    HOLDS(n > 0 && n < LARGE, "%ld bytes, %s", n, last_error());
    wait_for(pid);
}

static double processor_ms(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_stime.tv_sec + use.ru_utime.tv_sec) * 1e3 +
           (double)(use.ru_stime.tv_usec + use.ru_utime.tv_usec) / 1e3;
}

/* What it costs to send the file, by sendfile() or by read() and send(). */
static double cost_of(int from, bool by_sendfile)
{
    struct talk t = start_talk();
    long n;
    pid_t pid = start_child();

    if (pid == 0) {
        close(t.client);
        drain(t.server);
        _exit(0);
    }
    lseek(from, 0, SEEK_SET);
    double start = processor_ms();
    if (by_sendfile)
        while (sendfile(t.client, from, NULL, LARGE) > 0)
            continue;
    else
        while ((n = read(from, room, 65536)) > 0)
            must((int)send(t.client, room, (size_t)n, 0), "send");
    double cost = processor_ms() - start;
    kill(pid, SIGKILL);
    wait_for(pid);
    close(t.client);
    close(t.server);
    return cost;
}

FACT(sendfile_costs_less, "sendfile() takes less processor time than read() "
                          "and send()")
{
    double a = 1e9,
           b = 1e9; /* the least of many: others use the machine, too */
    int from = large_file();

    must((int)pwrite(from, large, LARGE, 0), "pwrite"); /* no holes */
    for (int i = 0; i < 25; i++) {
        double one = cost_of(from, true), other = cost_of(from, false);
        a = one < a ? one : a;
        b = other < b ? other : b;
    }
    HOLDS(a < b, "%.2f ms and %.2f ms", a, b);
}

/* --- Programs for others ------------------------------------------------- */

/* Runs a program with its stdout in a pipe; what must be so in the child is
 * done by `prepare`.  Returns what it has written. */
static const char *output_of(const char *const argv[4], void (*prepare)(int),
                             int fd)
{
    static char text[4096];
    size_t n = 0;
    int ends[2];
    long got;

    must(pipe(ends), "pipe");
    if (start_child() == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (prepare != NULL)
            prepare(fd);
        execl(argv[0], argv[0], argv[1], argv[2], argv[3], NULL);
        _exit(127);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    return text;
}

FACT(exec_reads_no_words, "execve() passes its arguments as they are; a shell "
                          "runs what is in them")
{
    char word[] = "x; echo $((6*7))";
    const char *const plain[4] = {"/bin/echo", word};
    char line[] = "echo x; echo $((6*7))";
    const char *const shell[4] = {"/bin/sh", "-c", line};

    const char *text = output_of(plain, NULL, 0);
    HOLDS(strcmp(text, "x; echo $((6*7))\n") == 0, "it prints %s", text);
    text = output_of(shell, NULL, 0);
    HOLDS(strcmp(text, "x\n42\n") == 0, "the shell prints %s", text);
}

/* Whether a program that is started has descriptor fd. */
static bool is_inherited(int fd, void (*prepare)(int))
{
    char path[32];
    const char *const argv[4] = {"/bin/sh", "-c", "[ -e $0 ] && echo yes",
                                 path};

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return strcmp(output_of(argv, prepare, fd), "yes\n") == 0;
}

static void dup_to_itself(int fd)
{
    dup2(fd, fd);
}

static void dup_elsewhere(int fd)
{
    dup2(fd, 9);
    dup2(9, fd);
}

FACT(dup2_clears_cloexec, "the copy that dup2() makes has no FD_CLOEXEC; a "
                          "copy to the same number is none, and keeps it")
{
    int fd = must(open("/dev/null", O_RDONLY | O_CLOEXEC), "open");

    HOLDS(!is_inherited(fd, NULL), "it is inherited");
    HOLDS(is_inherited(fd, dup_elsewhere), "the copy is not inherited");
    HOLDS(!is_inherited(fd, dup_to_itself), "it is inherited after all");
}

static void block_and_ignore(int fd)
{
    sigset_t set;

    (void)fd;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    handle(SIGHUP, do_nothing, 0);
}

FACT(ignored_and_blocked_are_passed_on, "a program that is started inherits "
                                        "which signals are ignored and "
                                        "blocked, and no handler")
{
    const char *const argv[4] = {"/bin/grep", "-E", "^Sig(Blk|Ign|Cgt)",
                                 "/proc/self/status"};
    unsigned long blocked = 0, ignored = 0, caught = 1;

    const char *text = output_of(argv, block_and_ignore, 0);
    sscanf(text, "SigBlk: %lx SigIgn: %lx SigCgt: %lx", &blocked, &ignored,
           &caught);
    HOLDS(blocked >> (SIGTERM - 1) & 1, "%s", text);
    HOLDS(ignored >> (SIGPIPE - 1) & 1, "%s", text);
    HOLDS((caught >> (SIGHUP - 1) & 1) == 0, "%s", text);
}

FACT(one_pipe_keeps_the_order,
     "stdout and stderr in one pipe come in the order "
     "in which they were written")
{
    char line[] = "exec 2>&1; echo a; echo b >&2; echo c; echo d >&2";
    const char *const argv[4] = {"/bin/sh", "-c", line};

    const char *text = output_of(argv, NULL, 0);
    HOLDS(strcmp(text, "a\nb\nc\nd\n") == 0, "it is %s", text);
}

FACT(full_pipe_blocks, "a pipe that nobody reads holds less than a mebibyte, "
                       "and then its writer waits")
{
    int fd[2];
    long n, all = 0;

    must(pipe2(fd, O_NONBLOCK), "pipe2");
    while ((n = write(fd[1], large, 4096)) > 0)
        all += n;
    FAILS(n, EAGAIN);
    HOLDS(all > 0 && all < 1 << 20, "%ld bytes", all);
}

FACT(pipe_ends_with_the_last, "a pipe ends when the last who can write has "
                              "closed it, also one who was only started by the "
                              "program")
{
    int fd[2], go[2];
    char byte;

    must(pipe(fd), "pipe");
    must(pipe(go), "pipe");
    pid_t pid = start_child();
    if (pid == 0) {
        if (fork() == 0) {
            close(go[1]);
            must((int)read(go[0], &byte, 1), "read");
        }
        _exit(0);
    }
    close(fd[1]);
    wait_for(pid);
    must(fcntl(fd[0], F_SETFL, O_NONBLOCK), "fcntl");
    FAILS(read(fd[0], &byte, 1), EAGAIN);
    close(go[1]); /* now it ends */
    must(fcntl(fd[0], F_SETFL, 0), "fcntl");
    HOLDS(read(fd[0], &byte, 1) == 0, "%s", last_error());
}

static int reading_end;

static void let_it_not_wait(int signal)
{
    (void)signal;
    fcntl(reading_end, F_SETFL, O_NONBLOCK);
}

FACT(flag_ends_the_wait, "a handler that sets O_NONBLOCK ends a read() that "
                         "waits at an empty pipe: EAGAIN, with SA_RESTART")
{
    int fd[2];
    char byte;

    must(pipe(fd), "pipe");
    reading_end = fd[0];
    handle(SIGUSR1, let_it_not_wait, SA_RESTART);
    pid_t pid = start_disturber(SIGUSR1);
    FAILS(read(fd[0], &byte, 1), EAGAIN);
    wait_for(pid);
    must((int)write(fd[1], "x", 1), "write");
    HOLDS(read(fd[0], &byte, 1) == 1, "%s", last_error());
}

/* Starts a child in a group of its own that has a child of its own; both wait
 * for ever, the second out of the group if it leaves.  The pipe ends when both
 * have ended. */
static pid_t start_family(int ends[2], bool leaves, pid_t *grandchild)
{
    int ready[2];

    must(pipe(ends), "pipe");
    must(pipe(ready), "pipe");
    pid_t pid = start_child();
    if (pid == 0) {
        setpgid(0, 0);
        pid_t own = fork();
        if (own == 0 && leaves)
            setsid();
        if (own == 0) {
            own = getpid();
            must((int)write(ready[1], &own, sizeof own), "write");
        }
        for (;;)
            pause();
    }
    close(ends[1]);
    must((int)read(ready[0], grandchild, sizeof *grandchild), "read");
    return pid;
}

/* Whether the pipe's writers have all ended, after those who were killed. */
static bool all_have_ended(int ends[2], pid_t pid)
{
    char byte;

    wait_for(pid);
    must(fcntl(ends[0], F_SETFL, O_NONBLOCK), "fcntl");
    return read(ends[0], &byte, 1) == 0;
}

FACT(kill_reaches_one, "kill() with a process's number leaves its children")
{
    int ends[2];
    pid_t other, pid = start_family(ends, false, &other);

    kill(pid, SIGKILL);
    HOLDS(!all_have_ended(ends, pid), "its child has ended");
    kill(-pid, SIGKILL);
}

FACT(group_kill_reaches_all, "kill() with the negative number of a group ends "
                             "all that is in it")
{
    int ends[2];
    char byte;
    pid_t other, pid = start_family(ends, false, &other);

    kill(-pid, SIGKILL);
    HOLDS(read(ends[0], &byte, 1) == 0, "%s", last_error());
}

FACT(setsid_leaves_the_group, "a process that has called setsid() is in the "
                              "group no more, and is not reached")
{
    int ends[2];
    pid_t other, pid = start_family(ends, true, &other);

    kill(-pid, SIGKILL);
    bool ended = all_have_ended(ends, pid);
    kill(other, SIGKILL);
    HOLDS(!ended, "it has ended");
}

FACT(setpgid_comes_too_late, "setpgid() for a child that has called execve() "
                             "fails with EACCES")
{
    int ends[2];
    char byte;

    must(pipe2(ends, O_CLOEXEC), "pipe2");
    pid_t pid = start_child();
    if (pid == 0) {
        execl("/bin/sleep", "sleep", "9", NULL);
        _exit(127);
    }
    close(ends[1]);
    must((int)read(ends[0], &byte, 1), "read"); /* 0 once it is executed */
    FAILS(setpgid(pid, pid), EACCES);
    kill(pid, SIGKILL);
}

FACT(limits_are_passed_on, "what setrlimit() sets holds for the program that "
                           "is started")
{
    char line[] = "ulimit -t";
    const char *const argv[4] = {"/bin/sh", "-c", line};
    struct rlimit limit = {7, 7};

    must(setrlimit(RLIMIT_CPU, &limit), "setrlimit");
    const char *text = output_of(argv, NULL, 0);
    HOLDS(strcmp(text, "7\n") == 0, "it is %s", text);
}
