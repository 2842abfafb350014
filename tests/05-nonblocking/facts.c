/* What chapters/05-nonblocking.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LARGE = 16 << 20, /* more than the buffers of two ends hold */
    PATIENCE = 8000   /* ms for what must happen, on a busy machine */
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

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool has_flag(int fd, int flag)
{
    return (must(fcntl(fd, F_GETFL), "F_GETFL") & flag) != 0;
}

static void add_flag(int fd, int flag)
{
    int flags = must(fcntl(fd, F_GETFL), "F_GETFL");

    must(fcntl(fd, F_SETFL, flags | flag), "F_SETFL");
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

static int pending_error(int fd)
{
    return option(fd, SOL_SOCKET, SO_ERROR);
}

static void set_limit(int fd, int name, long ms)
{
    struct timeval limit = {ms / 1000, ms % 1000 * 1000};

    must(setsockopt(fd, SOL_SOCKET, name, &limit, sizeof limit), "a limit");
}

static struct tcp_info tcp_info(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    return info;
}

/* How many bytes this end has taken and not yet sent. */
static int unsent(int fd)
{
    int n = -1;

    must(ioctl(fd, SIOCOUTQNSD, &n), "SIOCOUTQNSD");
    return n;
}

/* How many bytes this end has taken and the other has not acknowledged. */
static int queued(int fd)
{
    int n = -1;

    must(ioctl(fd, SIOCOUTQ, &n), "SIOCOUTQ");
    return n;
}

/* --- Ends ---------------------------------------------------------------- */

static int new_socket(int flags)
{
    return must(socket(AF_INET, SOCK_STREAM | flags, 0), "socket");
}

static struct sockaddr_in address_of(int fd)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;

    must(getsockname(fd, (struct sockaddr *)&addr, &len), "getsockname");
    return addr;
}

/* A socket at a port of the loopback that does not listen. */
static int bound(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int fd = new_socket(0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(fd, (struct sockaddr *)&addr, sizeof addr), "bind");
    return fd;
}

static int listener(int backlog)
{
    int lfd = bound();

    must(listen(lfd, backlog), "listen");
    return lfd;
}

static int connect_to(int fd, int lfd)
{
    struct sockaddr_in addr = address_of(lfd);

    return connect(fd, (struct sockaddr *)&addr, sizeof addr);
}

/* A listener whose queue is full: it does not answer. */
static int mute_listener(void)
{
    int lfd = listener(0), fd = new_socket(0);

    must(connect_to(fd, lfd), "connect");
    while (tcp_info(lfd).tcpi_unacked != 1) /* its queue */
        sched_yield();
    return lfd;
}

static struct talk start_talk(void)
{
    int lfd = listener(1);
    struct talk t = {.client = new_socket(0)};

    must(connect_to(t.client, lfd), "connect");
    t.server = must(accept(lfd, NULL, NULL), "accept");
    close(lfd);
    return t;
}

static void say(int fd, const char *words)
{
    must((int)send(fd, words, strlen(words), MSG_NOSIGNAL), "send");
}

/* Closes with RST instead of FIN. */
static void reset(int fd)
{
    struct linger at_once = {1, 0};

    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
         "setsockopt");
    close(fd);
}

/* What poll() says of fd within ms: revents, or 0. */
static int ready(int fd, int events, int ms)
{
    struct pollfd p = {fd, (short)events, 0};

    must(poll(&p, 1, ms), "poll");
    return p.revents;
}

/* Sends until there is no room, and returns how much was taken. */
static long fill(int fd)
{
    long n, all = 0;

    while ((n = send(fd, large, 65536, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
        all += n;
    must(errno == EAGAIN ? 0 : -1, "send");
    return all;
}

/* Fills both ends' buffers until nothing moves any more: all that was sent is
 * acknowledged, and the rest may not be sent.  Returns how much was taken. */
static long fill_all(int fd)
{
    long n, all = 0;

    for (;;) {
        all += n = fill(fd);
        struct tcp_info info = tcp_info(fd);
        if (n == 0 && info.tcpi_unacked == 0 && unsent(fd) > 0)
            return all;
        sched_yield();
    }
}

/* Receives n bytes. */
static void drain(int fd, long n)
{
    while (n > 0) {
        size_t piece = n < 65536 ? (size_t)n : 65536;
        n -= must((int)recv(fd, room, piece, 0), "recv");
    }
}

/* --- Signals and children ------------------------------------------------ */

static void do_nothing(int signal)
{
    (void)signal;
}

static void handle(int signal, int flags)
{
    struct sigaction action = {.sa_handler = do_nothing, .sa_flags = flags};

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

static void wait_for(pid_t pid)
{
    int error = errno;

    must(waitpid(pid, NULL, 0), "waitpid");
    errno = error;
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

/* Starts a child that does this to fd once this process sleeps. */
static pid_t start_helper(int fd, void (*act)(int))
{
    pid_t me = getpid(), pid = start_child();

    if (pid == 0) {
        see_asleep(me);
        act(fd);
        _exit(0);
    }
    return pid;
}

static void set_nonblocking(int fd)
{
    add_flag(fd, O_NONBLOCK);
}

/* Lets a child that is not waited for do this to fd, and end. */
static void in_a_child(int fd, void (*act)(int))
{
    pid_t pid = start_child();

    if (pid == 0) {
        act(fd);
        _exit(0);
    }
    wait_for(pid);
}

static double processor_ms(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_stime.tv_sec + use.ru_utime.tv_sec) * 1e3 +
           (double)(use.ru_stime.tv_usec + use.ru_utime.tv_usec) / 1e3;
}

/* --- What blocks --------------------------------------------------------- */

static int asleep_fd;

static void call_accept(void)
{
    accept(asleep_fd, NULL, NULL);
}

static void call_recv(void)
{
    recv(asleep_fd, room, 1, 0);
}

static void call_send(void)
{
    send(asleep_fd, large, LARGE, 0);
}

static int mute;

static void call_connect(void)
{
    connect_to(asleep_fd, mute);
}

/* Whether a child that makes this call falls asleep in it. */
static bool sleeps_in(void (*call)(void), int fd)
{
    asleep_fd = fd;
    pid_t pid = start_child();
    if (pid == 0) {
        call();
        _exit(0);
    }
    char state;
    do {
        sched_yield();
        state = state_of(pid);
    } while (state == 'R' || state == 'D');
    kill(pid, SIGKILL);
    wait_for(pid);
    return state == 'S';
}

FACT(four_calls_sleep, "accept() without a caller, recv() without a byte, "
                       "send() without room and connect() without an answer "
                       "sleep, and with O_NONBLOCK they do not")
{
    struct talk t = start_talk();
    int lfd = listener(1), fd = new_socket(0);

    mute = mute_listener();
    HOLDS(sleeps_in(call_accept, lfd), "accept() does not");
    HOLDS(sleeps_in(call_recv, t.server), "recv() does not");
    HOLDS(sleeps_in(call_send, t.client), "send() does not");
    HOLDS(sleeps_in(call_connect, fd), "connect() does not");
    fd = new_socket(SOCK_NONBLOCK);
    add_flag(lfd, O_NONBLOCK);
    add_flag(t.server, O_NONBLOCK);
    add_flag(t.client, O_NONBLOCK);
    FAILS(accept(lfd, NULL, NULL), EAGAIN);
    long n;
    do
        n = send(t.client, large, LARGE, 0);
    while (n > 0);
    FAILS(n, EAGAIN);
    FAILS(connect_to(fd, mute), EINPROGRESS);
    FAILS(recv(t.client, room, 1, 0), EAGAIN);
}

FACT(unanswered_connect_gives_up, "a connect() that nobody answers fails with "
                                  "ETIMEDOUT after its SYNs are used up: one "
                                  "and a repetition take three seconds")
{
    int fd = new_socket(0), lfd = mute_listener();

    set_option(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
    double start = now();
    FAILS(connect_to(fd, lfd), ETIMEDOUT);
    HOLDS(now() - start > 2500, "after %.0f ms", now() - start);
}

/* How long it takes to close a socket with bytes that nobody receives. */
static double ms_of_close(int seconds, int flag)
{
    struct linger linger = {seconds > 0, seconds};
    struct talk t = start_talk();

    fill_all(t.client);
    add_flag(t.client, flag);
    must(setsockopt(t.client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger),
         "SO_LINGER");
    double start = now();
    must(close(t.client), "close");
    return now() - start;
}

FACT(close_lingers, "close() with unsent bytes returns at once, and with "
                    "SO_LINGER waits so many seconds, O_NONBLOCK or not")
{
    double ms = ms_of_close(0, 0);

    HOLDS(ms < 900, "%.0f ms without SO_LINGER", ms);
    ms = ms_of_close(1, 0);
    HOLDS(ms > 900, "%.0f ms", ms);
    ms = ms_of_close(1, O_NONBLOCK);
    HOLDS(ms > 900, "%.0f ms with O_NONBLOCK", ms);
}

FACT(files_are_not_asked, "a regular file is read as always, O_NONBLOCK or "
                          "not, and poll() calls it ready")
{
    int fd = must(open("/proc/self/exe", O_RDONLY | O_NONBLOCK), "open");

    HOLDS(ready(fd, POLLIN | POLLOUT, 0) == (POLLIN | POLLOUT), "not ready");
    HOLDS(read(fd, room, 4096) == 4096, "%s", last_error());
    lseek(fd, 0, SEEK_END);
    HOLDS(ready(fd, POLLIN, 0) == POLLIN, "not ready at its end");
    HOLDS(read(fd, room, 1) == 0, "%s", last_error());
}

/* --- The flag ------------------------------------------------------------ */

FACT(flag_alone_drops_others, "F_SETFL with O_NONBLOCK alone takes the other "
                              "flags away: what was appended to a file "
                              "overwrites it")
{
    char path[] = "/tmp/fact-XXXXXX";
    int first = must(mkstemp(path), "mkstemp");
    int fd = must(open(path, O_WRONLY | O_APPEND), "open");

    unlink(path);
    must((int)write(first, "yesterday\n", 10), "write");
    must(fcntl(fd, F_SETFL, O_NONBLOCK), "F_SETFL");
    HOLDS(!has_flag(fd, O_APPEND), "O_APPEND is on");
    must((int)write(fd, "today\n", 6), "write");
    long n = pread(first, room, 64, 0);
    HOLDS(n == 10 && memcmp(room, "today\nday\n", 10) == 0, "%.*s", (int)n,
          room);
}

FACT(ored_keeps_others, "F_SETFL with what F_GETFL gave and O_NONBLOCK keeps "
                        "them")
{
    int fd = must(memfd_create("log", 0), "memfd_create");

    add_flag(fd, O_APPEND);
    add_flag(fd, O_NONBLOCK);
    HOLDS(has_flag(fd, O_APPEND) && has_flag(fd, O_NONBLOCK), "flags are %#x",
          (unsigned)fcntl(fd, F_GETFL));
}

FACT(fionbio_is_the_same_flag, "FIONBIO sets and clears the flag that F_GETFL "
                               "shows, and no other")
{
    struct talk t = start_talk();
    int on = 1, off = 0;

    add_flag(t.client, O_ASYNC);
    must(ioctl(t.client, FIONBIO, &on), "FIONBIO");
    HOLDS(has_flag(t.client, O_NONBLOCK), "it is off");
    FAILS(recv(t.client, room, 1, 0), EAGAIN);
    must(ioctl(t.client, FIONBIO, &off), "FIONBIO");
    HOLDS(!has_flag(t.client, O_NONBLOCK), "it is on");
    HOLDS(has_flag(t.client, O_ASYNC), "O_ASYNC is off");
}

FACT(born_with_the_flag, "socket() with SOCK_NONBLOCK and accept4() give a "
                         "socket that has it; an accepted one has it only by "
                         "accept4()")
{
    int lfd = listener(4);
    int one = new_socket(SOCK_NONBLOCK), other = new_socket(0);

    HOLDS(has_flag(one, O_NONBLOCK), "socket() gives none");
    add_flag(lfd, O_NONBLOCK);
    connect_to(one, lfd);
    must(connect_to(other, lfd), "connect");
    ready(lfd, POLLIN, PATIENCE);
    int cfd = must(accept4(lfd, NULL, NULL, SOCK_NONBLOCK), "accept4");
    HOLDS(has_flag(cfd, O_NONBLOCK), "accept4() gives none");
    ready(lfd, POLLIN, PATIENCE);
    cfd = must(accept(lfd, NULL, NULL), "accept");
    HOLDS(!has_flag(cfd, O_NONBLOCK), "accept() gives one");
}

FACT(dontwait_is_for_one_call, "MSG_DONTWAIT makes one call return, and leaves "
                               "the socket as it was")
{
    struct talk t = start_talk();

    FAILS(recv(t.client, room, 1, MSG_DONTWAIT), EAGAIN);
    HOLDS(!has_flag(t.client, O_NONBLOCK), "the flag is on");
    HOLDS(sleeps_in(call_recv, t.client), "the next recv() does not sleep");
}

FACT(dup_shares_the_flag, "a dup()'ed descriptor has the flag as soon as the "
                          "other has; FD_CLOEXEC each has for itself")
{
    int fd = new_socket(0), copy = must(dup(fd), "dup");

    add_flag(copy, O_NONBLOCK);
    HOLDS(has_flag(fd, O_NONBLOCK), "the first has it not");
    must(fcntl(copy, F_SETFD, FD_CLOEXEC), "F_SETFD");
    HOLDS(fcntl(fd, F_GETFD) == 0, "the first has FD_CLOEXEC, too");
}

FACT(child_sets_it_for_the_parent, "a child's O_NONBLOCK changes the parent's "
                                   "descriptor, and stays when it has ended")
{
    struct talk t = start_talk();

    HOLDS(sleeps_in(call_recv, t.client), "it does not sleep before");
    in_a_child(t.client, set_nonblocking);
    HOLDS(has_flag(t.client, O_NONBLOCK), "the parent's is as it was");
    FAILS(recv(t.client, room, 1, 0), EAGAIN);
}

static void exec_a_setter(int fd)
{
    dup2(fd, STDIN_FILENO);
    execl("/bin/sh", "sh", "-c", "exec dd iflag=nonblock of=/dev/null", NULL);
    _exit(127);
}

FACT(program_leaves_it_behind, "a program that was started and has ended "
                               "leaves O_NONBLOCK on the stdin that it shared")
{
    int fd[2];

    must(pipe(fd), "pipe");
    must((int)write(fd[1], "x", 1), "write");
    must(dup2(must(open("/dev/null", O_WRONLY), "open"), STDERR_FILENO),
         "dup2");
    in_a_child(fd[0], exec_a_setter);
    HOLDS(has_flag(fd[0], O_NONBLOCK), "it is off");
    FAILS(read(fd[0], room, 2), EAGAIN);
}

/* A new terminal; *master is its other side. */
static int open_terminal(int *master)
{
    *master = must(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");
    must(grantpt(*master), "grantpt");
    must(unlockpt(*master), "unlockpt");
    return must(open(ptsname(*master), O_RDWR | O_NOCTTY), "open");
}

FACT(terminal_is_one, "stdin, stdout and stderr at a terminal are one open "
                      "file: O_NONBLOCK on one is on all, and write() says "
                      "EAGAIN")
{
    int master, fd = open_terminal(&master);

    must(dup2(fd, STDIN_FILENO), "dup2"); /* as a shell gets them */
    must(dup2(fd, STDOUT_FILENO), "dup2");
    add_flag(STDIN_FILENO, O_NONBLOCK);
    bool shared = has_flag(STDOUT_FILENO, O_NONBLOCK);
    long n;
    while ((n = write(STDOUT_FILENO, large, 4096)) > 0)
        continue;
    int error = errno;
    HOLDS(shared, "stdout is as it was");
    HOLDS(n == -1 && error == EAGAIN, "%ld, %s", n, strerrorname_np(error));
}

FACT(opened_anew_is_apart, "a file that is opened once more has flags of its "
                           "own")
{
    int fd[2];
    char path[64];

    must(pipe(fd), "pipe");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd[0]);
    int other = must(open(path, O_RDONLY | O_NONBLOCK), "open");
    HOLDS(!has_flag(fd[0], O_NONBLOCK), "the first has it");
    FAILS(read(other, room, 1), EAGAIN);
}

FACT(one_flag_two_names, "O_NDELAY is another name of O_NONBLOCK here")
{
    HOLDS(O_NDELAY == O_NONBLOCK, "they are %#x and %#x", O_NDELAY, O_NONBLOCK);
}

/* --- EAGAIN -------------------------------------------------------------- */

FACT(one_error_two_names, "EWOULDBLOCK is another name of EAGAIN here")
{
    HOLDS(EWOULDBLOCK == EAGAIN, "they are %d and %d", EWOULDBLOCK, EAGAIN);
}

FACT(nothing_yet_is_not_the_end, "recv() says EAGAIN when nothing is there, "
                                 "what is there when something is, and 0 at "
                                 "the end")
{
    struct talk t = start_talk();

    add_flag(t.server, O_NONBLOCK);
    FAILS(recv(t.server, room, 9, 0), EAGAIN);
    say(t.client, "hello");
    must(ready(t.server, POLLIN, PATIENCE) != 0 ? 0 : -1, "poll");
    HOLDS(recv(t.server, room, 9, 0) == 5, "%s", last_error());
    FAILS(recv(t.server, room, 9, 0), EAGAIN);
    shutdown(t.client, SHUT_WR);
    must(ready(t.server, POLLIN, PATIENCE) != 0 ? 0 : -1, "poll");
    HOLDS(recv(t.server, room, 9, 0) == 0, "%s", last_error());
}

FACT(eagain_has_taken_nothing, "when send() says EAGAIN it has taken nothing: "
                               "what arrives is the sum of what it returned")
{
    struct talk t = start_talk();
    long n, all = 0, got = 0;

    while ((n = send(t.client, large, 65536, MSG_DONTWAIT)) > 0)
        all += n;
    FAILS(n, EAGAIN);
    shutdown(t.client, SHUT_WR);
    while ((n = recv(t.server, room, 65536, 0)) > 0)
        got += n;
    HOLDS(got == all, "%ld of %ld bytes", got, all);
}

FACT(busy_loop_costs_all, "to ask again and again for 100 ms costs thousands "
                          "of calls and the processor; poll() costs one call "
                          "and next to nothing")
{
    struct talk t = start_talk();
    long calls = 0;
    double start = now(), cost = processor_ms();

    while (now() - start < 100 && recv(t.client, room, 1, MSG_DONTWAIT) == -1)
        calls++;
    double busy = processor_ms() - cost;
    cost = processor_ms();
    ready(t.client, POLLIN, 100);
    double calm = processor_ms() - cost;
    HOLDS(calls > 1000, "%ld calls", calls);
    HOLDS(calm * 10 < busy, "%.2f ms and %.2f ms", calm, busy);
}

/* --- poll() -------------------------------------------------------------- */

static void send_x(int fd)
{
    say(fd, "x");
}

FACT(poll_waits_for_one, "poll() sleeps until its descriptor is ready, and "
                         "says 1; when the time is over, 0")
{
    struct talk t = start_talk();
    struct pollfd p = {t.server, POLLIN, 0};

    HOLDS(poll(&p, 1, 0) == 0 && p.revents == 0, "%d", p.revents);
    start_helper(t.client, send_x);
    HOLDS(poll(&p, 1, PATIENCE) == 1 && p.revents == POLLIN, "%d", p.revents);
}

FACT(poll_is_not_early, "poll() waits for the whole time that it is given")
{
    struct talk t = start_talk();
    double start = now();

    HOLDS(ready(t.client, POLLIN, 30) == 0, "it is ready");
    HOLDS(now() - start >= 30, "it was back after %.3f ms", now() - start);
}

FACT(poll_is_never_restarted, "a handler interrupts poll(), SA_RESTART or not")
{
    struct talk t = start_talk();
    struct pollfd p = {t.client, POLLIN, 0};

    for (int i = 0; i < 2; i++) {
        handle(SIGUSR1, i == 0 ? 0 : SA_RESTART);
        pid_t pid = start_disturber(SIGUSR1);
        FAILS(poll(&p, 1, -1), EINTR);
        wait_for(pid);
    }
}

FACT(poll_leaves_out_negatives, "poll() leaves out a negative descriptor; for "
                                "a closed one it says POLLNVAL, and 1")
{
    struct pollfd p = {-1, POLLIN, 0x7f};

    HOLDS(poll(&p, 1, 0) == 0 && p.revents == 0, "%d", p.revents);
    p.fd = new_socket(0);
    close(p.fd);
    HOLDS(poll(&p, 1, PATIENCE) == 1 && p.revents == POLLNVAL, "%d", p.revents);
}

FACT(bits_come_together, "after a reset revents has the bit that was asked for "
                         "and POLLERR and POLLHUP beside it")
{
    struct talk t = start_talk();

    reset(t.client);
    must(ready(t.server, 0, PATIENCE) != 0 ? 0 : -1, "poll");
    int bits = ready(t.server, POLLIN, 0);
    HOLDS(bits == (POLLIN | POLLERR | POLLHUP), "%#x", (unsigned)bits);
    FAILS(recv(t.server, room, 1, 0), ECONNRESET);
}

FACT(errors_come_unasked, "with no bit in events poll() returns all the same "
                          "at a reset")
{
    struct talk t = start_talk();

    HOLDS(ready(t.server, 0, 0) == 0, "before");
    reset(t.client);
    int bits = ready(t.server, 0, PATIENCE);
    HOLDS(bits == (POLLERR | POLLHUP), "%#x", (unsigned)bits);
}

FACT(end_is_readable, "at the end of the stream poll() says POLLIN and not "
                      "POLLHUP")
{
    struct talk t = start_talk();

    close(t.client);
    int bits = ready(t.server, POLLIN, PATIENCE);
    HOLDS(bits == POLLIN, "%#x", (unsigned)bits);
    HOLDS(recv(t.server, room, 1, 0) == 0, "%s", last_error());
}

FACT(unconnected_is_hung_up, "poll() on a socket that was never connected "
                             "returns at once: POLLOUT and POLLHUP")
{
    int bits = ready(new_socket(0), POLLOUT, PATIENCE);

    HOLDS(bits == (POLLOUT | POLLHUP), "%#x", (unsigned)bits);
}

static void receive_one(int fd)
{
    must((int)recv(fd, room, 1, 0), "recv");
}

FACT(ready_for_somebody_else, "what poll() has seen another process may take "
                              "first: recv() would wait")
{
    struct talk t = start_talk();

    say(t.client, "x");
    HOLDS(ready(t.server, POLLIN, PATIENCE) == POLLIN, "not ready");
    in_a_child(t.server, receive_one);
    FAILS(recv(t.server, room, 1, MSG_DONTWAIT), EAGAIN);
}

FACT(writable_is_not_room_for_all, "after POLLOUT a blocking send() of more "
                                   "than there is room for sleeps")
{
    struct talk t = start_talk();

    HOLDS(ready(t.client, POLLOUT, 0) == POLLOUT, "not ready");
    HOLDS(sleeps_in(call_send, t.client), "it took all");
}

/* --- A slow reader ------------------------------------------------------- */

FACT(writable_after_a_good_part, "a full socket is not writable when a byte "
                                 "was received, nor ten thousand, but when a "
                                 "good part of its buffer is free")
{
    struct talk t = start_talk();
    long all = fill_all(t.client), drained = 10000;
    int full = queued(t.client);

    drain(t.server, 1);
    HOLDS(ready(t.client, POLLOUT, 20) == 0, "1 byte of %ld is gone", all);
    drain(t.server, drained - 1);
    HOLDS(ready(t.client, POLLOUT, 20) == 0, "%ld bytes of %ld are gone",
          drained, all);
    while (ready(t.client, POLLOUT, 5) == 0 && drained + 4096 <= all) {
        drain(t.server, 4096);
        drained += 4096;
    }
    HOLDS(ready(t.client, POLLOUT, PATIENCE) == POLLOUT, "it never is");
    int left = queued(t.client);
    HOLDS(left < full / 5 * 4, "%d of %d are left", left, full);
}

FACT(unix_waits_for_more, "an AF_UNIX socket is writable again when three "
                          "quarters of its buffer are free; send() takes "
                          "something before")
{
    int fd[2];

    must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), "socketpair");
    long n, all = 0, drained = 0;
    while ((n = send(fd[0], large, 1024, MSG_DONTWAIT)) > 0)
        all += n;
    HOLDS(ready(fd[0], POLLOUT, 0) == 0, "it is writable when it is full");
    drain(fd[1], 1024);
    HOLDS(ready(fd[0], POLLOUT, 0) == 0, "1024 bytes of %ld are gone", all);
    HOLDS(send(fd[0], large, 1024, MSG_DONTWAIT) == 1024, "%s", last_error());
    while (ready(fd[0], POLLOUT, 0) == 0) {
        drain(fd[1], 1024);
        drained += 1024;
    }
    HOLDS(drained > all / 2 && drained < all, "after %ld of %ld", drained, all);
}

FACT(nothing_fits_for_long, "once it is writable again, it takes a good part "
                            "at once")
{
    struct talk t = start_talk();
    long all = fill_all(t.client);

    drain(t.server, all);
    HOLDS(ready(t.client, POLLOUT, PATIENCE) == POLLOUT, "it never is");
    long n = send(t.client, large, LARGE, MSG_DONTWAIT);
    HOLDS(n > 65536, "%ld bytes", n);
}

/* --- connect() ----------------------------------------------------------- */

FACT(connect_is_under_way, "a non-blocking connect() says EINPROGRESS, and the "
                           "connection comes about by itself")
{
    int lfd = listener(1), fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, lfd), EINPROGRESS);
    HOLDS(ready(fd, POLLOUT, PATIENCE) == POLLOUT, "it is not writable");
    HOLDS(pending_error(fd) == 0, "SO_ERROR is not 0");
    HOLDS(accept(lfd, NULL, NULL) != -1, "%s", last_error());
    HOLDS(send(fd, "x", 1, 0) == 1, "%s", last_error());
}

FACT(no_route_is_told_at_once, "an address to which no way leads is told by "
                               "connect() at once, not under way")
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(7)};
    int fd = new_socket(SOCK_NONBLOCK);

    if (!has_private_network())
        skip("there is no network without routes here");
    addr.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 */
    FAILS(connect(fd, (struct sockaddr *)&addr, sizeof addr), ENETUNREACH);
}

FACT(close_ends_the_attempt, "a connection that was under way when its socket "
                             "was closed does not come about")
{
    int lfd = mute_listener(), fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, lfd), EINPROGRESS);
    close(fd);
    must(accept(lfd, NULL, NULL), "accept"); /* the next SYN would find room */
    HOLDS(ready(lfd, POLLIN, 1500) == 0, "it has come");
}

FACT(send_waits_for_connect, "while the connection is under way it is not "
                             "writable, and send() and recv() say EAGAIN")
{
    int fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, mute_listener()), EINPROGRESS);
    HOLDS(ready(fd, POLLIN | POLLOUT, 0) == 0, "it is ready");
    FAILS(send(fd, "x", 1, 0), EAGAIN);
    FAILS(recv(fd, room, 1, 0), EAGAIN);
}

FACT(refused_is_writable, "a non-blocking connect() that is refused says "
                          "EINPROGRESS; then the socket is writable, with "
                          "POLLERR and POLLHUP, and SO_ERROR says why")
{
    int fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, bound()), EINPROGRESS);
    int bits = ready(fd, POLLOUT, PATIENCE);
    HOLDS(bits == (POLLOUT | POLLERR | POLLHUP), "%#x", (unsigned)bits);
    int error = pending_error(fd);
    HOLDS(error == ECONNREFUSED, "%s", strerrorname_np(error));
}

FACT(so_error_is_read_once, "SO_ERROR is 0 the second time")
{
    int fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, bound()), EINPROGRESS);
    must(ready(fd, POLLOUT, PATIENCE) != 0 ? 0 : -1, "poll");
    HOLDS(pending_error(fd) == ECONNREFUSED, "the first was another");
    HOLDS(pending_error(fd) == 0, "it is there still");
}

FACT(send_takes_the_error, "send() on a socket whose connect() was refused "
                           "says ECONNREFUSED, and SO_ERROR is 0 then")
{
    int fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, bound()), EINPROGRESS);
    must(ready(fd, POLLOUT, PATIENCE) != 0 ? 0 : -1, "poll");
    FAILS(send(fd, "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
    HOLDS(pending_error(fd) == 0, "it is there still");
    FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

FACT(so_error_has_no_answer_yet, "while the connection is under way SO_ERROR "
                                 "is 0, too")
{
    int fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, mute_listener()), EINPROGRESS);
    HOLDS(pending_error(fd) == 0, "it is not");
}

FACT(connect_again, "connect() called again says EALREADY while it is under "
                    "way, then 0, once, then EISCONN")
{
    int lfd = mute_listener(), fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, lfd), EINPROGRESS);
    FAILS(connect_to(fd, lfd), EALREADY);
    FAILS(connect_to(fd, lfd), EALREADY);
    must(accept(lfd, NULL, NULL), "accept"); /* the next SYN finds room */
    HOLDS(ready(fd, POLLOUT, PATIENCE) == POLLOUT, "it is never writable");
    HOLDS(connect_to(fd, lfd) == 0, "%s", last_error());
    FAILS(connect_to(fd, lfd), EISCONN);
}

FACT(connect_again_refused, "connect() called again says ECONNREFUSED once it "
                            "was refused, ECONNABORTED if SO_ERROR has been "
                            "read, and the call after that tries anew")
{
    int fd = new_socket(SOCK_NONBLOCK), other = new_socket(SOCK_NONBLOCK);
    int deaf = bound();

    FAILS(connect_to(fd, deaf), EINPROGRESS);
    FAILS(connect_to(other, deaf), EINPROGRESS);
    must(ready(fd, POLLOUT, PATIENCE) != 0 ? 0 : -1, "poll");
    must(ready(other, POLLOUT, PATIENCE) != 0 ? 0 : -1, "poll");
    FAILS(connect_to(fd, deaf), ECONNREFUSED);
    FAILS(connect_to(fd, deaf), EINPROGRESS);
    HOLDS(pending_error(other) == ECONNREFUSED, "the first was another");
    FAILS(connect_to(other, deaf), ECONNABORTED);
    FAILS(connect_to(other, deaf), EINPROGRESS);
}

FACT(interrupted_connect_goes_on, "a connect() that was interrupted goes on: "
                                  "it is awaited with poll(), or with "
                                  "connect() again, which sleeps and says 0")
{
    for (int i = 0; i < 2; i++) {
        int lfd = mute_listener(), fd = new_socket(0);

        handle(SIGUSR1, 0);
        pid_t pid = start_disturber(SIGUSR1);
        FAILS(connect_to(fd, lfd), EINTR);
        wait_for(pid);
        must(accept(lfd, NULL, NULL), "accept");
        if (i == 0)
            HOLDS(ready(fd, POLLOUT, PATIENCE) == POLLOUT &&
                      pending_error(fd) == 0,
                  "it is not connected");
        else
            HOLDS(connect_to(fd, lfd) == 0, "%s", last_error());
        HOLDS(send(fd, "x", 1, MSG_NOSIGNAL) == 1, "%s", last_error());
    }
}

static void disturb_then_accept(int lfd)
{
    kill(getppid(), SIGUSR1);
    see_asleep(getppid());
    must(accept(lfd, NULL, NULL), "accept");
}

FACT(restart_covers_connect, "with SA_RESTART connect() goes on waiting by "
                             "itself")
{
    int lfd = mute_listener(), fd = new_socket(0);

    handle(SIGUSR1, SA_RESTART);
    start_helper(lfd, disturb_then_accept);
    HOLDS(connect_to(fd, lfd) == 0, "%s", last_error());
}

/* An AF_UNIX socket at a name that only this process uses, or one that calls
 * it. */
static int unix_end(bool listens, int backlog)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int n = snprintf(addr.sun_path + 1, sizeof addr.sun_path - 1, "fact.%d",
                     (int)getpid());
    socklen_t len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    int fd = must(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");

    if (listens) {
        must(bind(fd, (struct sockaddr *)&addr, len), "bind");
        must(listen(fd, backlog), "listen");
        return fd;
    }
    int rc = connect(fd, (struct sockaddr *)&addr, len);
    return rc == 0 ? fd : rc;
}

FACT(unix_connects_at_once, "a non-blocking connect() of AF_UNIX returns 0 at "
                            "once; when the queue is full it says EAGAIN")
{
    unix_end(true, 0);
    HOLDS(unix_end(false, 0) != -1, "%s", last_error());
    FAILS(unix_end(false, 0), EAGAIN);
}

/* --- Time limits --------------------------------------------------------- */

FACT(rcvtimeo_says_eagain, "with SO_RCVTIMEO recv() and accept() give up with "
                           "EAGAIN")
{
    struct talk t = start_talk();
    int lfd = listener(1);
    double start = now();

    set_limit(t.server, SO_RCVTIMEO, 30);
    set_limit(lfd, SO_RCVTIMEO, 30);
    FAILS(recv(t.server, room, 1, 0), EAGAIN);
    HOLDS(now() - start >= 25, "after %.3f ms", now() - start);
    FAILS(accept(lfd, NULL, NULL), EAGAIN);
}

FACT(rcvtimeo_defeats_restart, "with SO_RCVTIMEO a handler interrupts recv() "
                               "in spite of SA_RESTART")
{
    struct talk t = start_talk();

    handle(SIGUSR1, SA_RESTART);
    set_limit(t.server, SO_RCVTIMEO, PATIENCE);
    pid_t pid = start_disturber(SIGUSR1);
    FAILS(recv(t.server, room, 1, 0), EINTR);
    wait_for(pid);
}

static void limit_it(int fd)
{
    set_limit(fd, SO_RCVTIMEO, 30);
}

FACT(limit_is_shared, "a child's SO_RCVTIMEO holds for the parent's "
                      "descriptor, too")
{
    struct talk t = start_talk();

    in_a_child(t.server, limit_it);
    FAILS(recv(t.server, room, 1, 0), EAGAIN);
}

static void drip(int fd)
{
    for (;;) {
        poll(NULL, 0, 50);
        if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
            _exit(0);
    }
}

FACT(limit_starts_anew, "SO_RCVTIMEO counts from the beginning at each recv(): "
                        "a peer that drips is never late")
{
    struct talk t = start_talk();
    double start = now();

    set_limit(t.server, SO_RCVTIMEO, 1000);
    start_helper(t.client, drip);
    while (now() - start < 1200)
        HOLDS(recv(t.server, room, 1, 0) == 1, "%s", last_error());
}

FACT(sndtimeo_bounds_connect, "with SO_SNDTIMEO connect() gives up with "
                              "EINPROGRESS, and goes on")
{
    int lfd = mute_listener(), fd = new_socket(0);

    set_limit(fd, SO_SNDTIMEO, 30);
    double start = now();
    FAILS(connect_to(fd, lfd), EINPROGRESS);
    HOLDS(now() - start < 900, "after %.0f ms", now() - start);
    must(accept(lfd, NULL, NULL), "accept");
    HOLDS(ready(fd, POLLOUT, PATIENCE) == POLLOUT, "it has not gone on");
    HOLDS(pending_error(fd) == 0, "it has failed");
}

FACT(a_second_has_a_million, "a limit with a million microseconds or more is "
                             "EDOM, and one of 0 is none")
{
    struct talk t = start_talk();
    struct timeval bad = {0, 1500000};

    FAILS(setsockopt(t.client, SOL_SOCKET, SO_RCVTIMEO, &bad, sizeof bad),
          EDOM);
    set_limit(t.client, SO_RCVTIMEO, 0);
    HOLDS(sleeps_in(call_recv, t.client), "0 is a limit");
}

FACT(poll_has_its_own_limit, "SO_RCVTIMEO does not end a poll()")
{
    struct talk t = start_talk();
    double start = now();

    set_limit(t.client, SO_RCVTIMEO, 10);
    HOLDS(ready(t.client, POLLIN, 60) == 0, "it is ready");
    HOLDS(now() - start >= 60, "after %.3f ms", now() - start);
}

FACT(early_signal_interrupts_nothing, "a signal that comes before the call "
                                      "interrupts nothing")
{
    struct talk t = start_talk();

    handle(SIGALRM, 0);
    raise(SIGALRM);
    start_helper(t.client, send_x);
    HOLDS(recv(t.server, room, 1, 0) == 1, "%s", last_error());
}

FACT(alarm_interrupts, "alarm() ends a recv() with EINTR, if the handler has "
                       "no SA_RESTART")
{
    struct talk t = start_talk();
    struct itimerval soon = {.it_value = {0, 200000}};

    handle(SIGALRM, 0);
    must(setitimer(ITIMER_REAL, &soon, NULL), "setitimer"); /* alarm(0.2) */
    FAILS(recv(t.server, room, 1, 0), EINTR);
}

FACT(nobody_sets_the_monotonic_clock, "CLOCK_MONOTONIC cannot be set")
{
    struct timespec t = {0};

    FAILS(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
}

static int to_be_set;

static void set_then_send(int fd)
{
    set_nonblocking(to_be_set);
    see_asleep(getppid());
    say(fd, "x");
}

FACT(fcntl_wakes_nobody, "O_NONBLOCK that is set while a recv() sleeps does "
                         "not wake it")
{
    struct talk t = start_talk();

    to_be_set = t.server;
    start_helper(t.client, set_then_send);
    HOLDS(recv(t.server, room, 1, 0) == 1, "%s", last_error());
}
