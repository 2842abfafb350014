/* What chapters/06-select.md claims, proved on this machine. */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE /* FD_SET() is tried beyond the set */
#include "fact.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    IN = 1, /* the three sets */
    OUT = 2,
    EXTRA = 4,
    ALL = IN | OUT | EXTRA,
    PATIENCE = 8000 /* ms for what must happen, on a busy machine */
};

static char room[65536];

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

static struct timeval span(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static fd_set set_of(int fd)
{
    fd_set set;

    FD_ZERO(&set);
    if (fd != -1)
        FD_SET(fd, &set);
    return set;
}

/* In which of the sets that are asked for select() leaves fd, within ms. */
static int ready(int fd, int asked, int ms)
{
    fd_set in = set_of(asked & IN ? fd : -1);
    fd_set out = set_of(asked & OUT ? fd : -1);
    fd_set extra = set_of(asked & EXTRA ? fd : -1);
    struct timeval limit = span(ms);

    must(select(fd + 1, &in, &out, &extra, &limit), "select");
    return (FD_ISSET(fd, &in) ? IN : 0) | (FD_ISSET(fd, &out) ? OUT : 0) |
           (FD_ISSET(fd, &extra) ? EXTRA : 0);
}

/* The same of all three sets, once it is in one of those that are awaited. */
static int ready_once(int fd, int awaited)
{
    ready(fd, awaited, PATIENCE);
    return ready(fd, ALL, 0);
}

/* --- Ends ---------------------------------------------------------------- */

static int new_socket(int flags)
{
    return must(socket(AF_INET, SOCK_STREAM | flags, 0), "socket");
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
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;

    must(getsockname(lfd, (struct sockaddr *)&addr, &len), "getsockname");
    return connect(fd, (struct sockaddr *)&addr, sizeof addr);
}

static int call(int lfd)
{
    int fd = new_socket(0);

    must(connect_to(fd, lfd), "connect");
    return fd;
}

/* A listener whose queue is full: it does not answer. */
static int mute_listener(void)
{
    struct tcp_info info = {0};
    int lfd = listener(0);

    call(lfd);
    while (info.tcpi_unacked != 1) { /* its queue */
        socklen_t len = sizeof info;
        must(getsockopt(lfd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    }
    return lfd;
}

static struct talk start_talk(void)
{
    int lfd = listener(1);
    struct talk t = {.client = call(lfd)};

    t.server = must(accept(lfd, NULL, NULL), "accept");
    close(lfd);
    return t;
}

static void say(int fd, const char *words, int flags)
{
    must((int)send(fd, words, strlen(words), flags | MSG_NOSIGNAL), "send");
}

/* Closes with RST instead of FIN. */
static void reset(int fd)
{
    struct linger at_once = {1, 0};

    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
         "setsockopt");
    close(fd);
}

static int pending_error(int fd)
{
    int value = -1;
    socklen_t len = sizeof value;

    must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len), "SO_ERROR");
    return value;
}

/* A socket that was refused, after EINPROGRESS. */
static int refused(void)
{
    int fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, bound()), EINPROGRESS);
    return fd;
}

/* The same thing as fd, by a number that is at least this one. */
static int moved(int fd, int number)
{
    struct rlimit files;

    must(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
    if (files.rlim_cur <= (rlim_t)number) {
        files.rlim_cur = (rlim_t)number + 64;
        if (files.rlim_cur > files.rlim_max)
            skip("there may be no descriptor %d here", number);
        must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    }
    return must(fcntl(fd, F_DUPFD, number), "F_DUPFD");
}

/* --- Signals, children, threads ------------------------------------------ */

static volatile sig_atomic_t handled;
static int self_pipe[2];

static void note(int signal)
{
    (void)signal;
    handled++;
}

static void write_byte(int signal)
{
    int saved = errno;

    (void)signal;
    if (write(self_pipe[1], "x", 1) == -1)
        handled = errno;
    errno = saved;
}

static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    must(sigaction(signal, &action, NULL), "sigaction");
}

/* Blocks a signal, and returns the mask as it was. */
static sigset_t block(int signal)
{
    sigset_t mask, old;

    sigemptyset(&mask);
    sigaddset(&mask, signal);
    must(sigprocmask(SIG_BLOCK, &mask, &old), "sigprocmask");
    return old;
}

/* The letter that says what a process or thread does: R, S, Z, ... */
static char state_of(pid_t pid, pid_t tid)
{
    char path[64], line[512], *end = NULL;

    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
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
    while (state_of(pid, pid) != 'S')
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

/* Starts a child that says a byte once this process sleeps. */
static void start_speaker(int fd)
{
    pid_t me = getpid();

    if (start_child() == 0) {
        see_asleep(me);
        say(fd, "x", 0);
        _exit(0);
    }
}

/* Whether a child that receives from fd falls asleep over it. */
static bool recv_sleeps(int fd)
{
    pid_t pid = start_child();
    char state;

    if (pid == 0) {
        recv(fd, room, sizeof room, 0);
        _exit(0);
    }
    do {
        sched_yield();
        state = state_of(pid, pid);
    } while (state == 'R' || state == 'D');
    kill(pid, SIGKILL);
    must(waitpid(pid, NULL, 0), "waitpid");
    return state == 'S';
}

/* --- The call ------------------------------------------------------------ */

FACT(select_leaves_what_is_ready, "select() returns how many are ready, and "
                                  "leaves those in the set and no others")
{
    struct talk one = start_talk(), other = start_talk();
    fd_set set = set_of(one.server);

    FD_SET(other.server, &set);
    start_speaker(one.client);
    int n = select(other.server + 1, &set, NULL, NULL, NULL);
    HOLDS(n == 1, "it says %d", n);
    HOLDS(FD_ISSET(one.server, &set), "the one that spoke is not in it");
    HOLDS(!FD_ISSET(other.server, &set), "the other is in it still");
}

FACT(select_counts_bits, "a descriptor that is ready in two sets counts twice")
{
    struct talk t = start_talk();
    struct timeval none = {0, 0};

    say(t.client, "x", 0);
    must(ready(t.server, IN, PATIENCE) == IN ? 0 : -1, "select");
    fd_set in = set_of(t.server), out = in;
    int n = select(t.server + 1, &in, &out, NULL, &none);
    HOLDS(n == 2, "it says %d", n);
}

FACT(one_too_few, "with nfds equal to a descriptor, that one is not looked at")
{
    struct talk t = start_talk();
    struct timeval none = {0, 0};

    say(t.client, "x", 0);
    must(ready(t.server, IN, PATIENCE) == IN ? 0 : -1, "select");
    fd_set in = set_of(t.server);
    HOLDS(select(t.server, &in, NULL, NULL, &none) == 0, "it was");
    in = set_of(t.server);
    HOLDS(select(t.server + 1, &in, NULL, NULL, &none) == 1, "nor plus one");
}

FACT(an_old_set_is_deaf, "when the time is over the sets are empty, and "
                         "select() with the same set does not see what comes")
{
    struct talk t = start_talk();
    struct timeval none = {0, 0};
    fd_set in = set_of(t.server);

    HOLDS(select(t.server + 1, &in, NULL, NULL, &none) == 0, "it is ready");
    HOLDS(!FD_ISSET(t.server, &in), "it is in the set");
    say(t.client, "x", 0);
    must(ready(t.server, IN, PATIENCE) == IN ? 0 : -1, "select");
    HOLDS(select(t.server + 1, &in, NULL, NULL, &none) == 0, "it sees it");
}

FACT(linux_changes_the_timeout, "select() leaves in its timeout what was left "
                                "of it: 0 when it is over")
{
    struct talk t = start_talk();
    struct timeval limit = span(30), more = span(PATIENCE);
    fd_set in = set_of(t.server);

    HOLDS(select(0, NULL, NULL, NULL, &limit) == 0, "%s", last_error());
    HOLDS(limit.tv_sec == 0 && limit.tv_usec == 0, "%ld us are left",
          (long)limit.tv_usec);
    start_speaker(t.client);
    HOLDS(select(t.server + 1, &in, NULL, NULL, &more) == 1, "not ready");
    HOLDS(more.tv_sec < PATIENCE / 1000, "it is as it was");
}

FACT(select_is_not_early, "select() without descriptors sleeps, and not for "
                          "less than it was told")
{
    struct timeval limit = span(30);
    double start = now();

    HOLDS(select(0, NULL, NULL, NULL, &limit) == 0, "%s", last_error());
    HOLDS(now() - start >= 30, "after %.3f ms", now() - start);
}

FACT(timeouts_below_zero, "a timeout below 0 is EINVAL; a second may have more "
                          "than a million microseconds")
{
    struct timeval below = {-1, 0}, long_second = {0, 1500000};
    struct talk t = start_talk();
    fd_set out = set_of(t.client);

    FAILS(select(0, NULL, NULL, NULL, &below), EINVAL);
    HOLDS(select(t.client + 1, NULL, &out, NULL, &long_second) == 1, "%s",
          last_error());
}

FACT(select_is_not_restarted,
     "select() says EINTR, also after a handler with SA_RESTART")
{
    struct timeval late = span(PATIENCE);

    handle(SIGUSR1, note, SA_RESTART);
    start_disturber(SIGUSR1);
    FAILS(select(0, NULL, NULL, NULL, &late), EINTR);
}

FACT(sets_stay_after_an_error, "after EINTR what was in the set is in it "
                               "still, though nothing is ready")
{
    struct talk t = start_talk();
    fd_set in = set_of(t.server);

    handle(SIGUSR1, note, 0);
    start_disturber(SIGUSR1);
    FAILS(select(t.server + 1, &in, NULL, NULL, NULL), EINTR);
    HOLDS(FD_ISSET(t.server, &in), "it is not");
    FAILS(recv(t.server, room, 1, MSG_DONTWAIT), EAGAIN);
}

/* --- What ready means ---------------------------------------------------- */

FACT(bytes_are_readable, "a socket is readable when there are bytes, and as "
                         "long as any are left")
{
    struct talk t = start_talk();

    HOLDS(ready(t.server, IN, 0) == 0, "it is readable before");
    say(t.client, "xy", 0);
    HOLDS(ready(t.server, IN, PATIENCE) == IN, "it is not readable");
    must((int)recv(t.server, room, 1, 0), "recv");
    HOLDS(ready(t.server, IN, 0) == IN, "the second byte does not count");
    must((int)recv(t.server, room, 1, 0), "recv");
    HOLDS(ready(t.server, IN, 0) == 0, "it is readable when it is empty");
}

FACT(end_is_readable, "the end of the stream is readable, however often it "
                      "was read")
{
    struct talk t = start_talk();

    close(t.client);
    for (int i = 0; i < 3; i++) {
        int sets = ready_once(t.server, IN);
        HOLDS(sets == (IN | OUT), "%d", sets);
        HOLDS(recv(t.server, room, 1, 0) == 0, "%s", last_error());
    }
}

FACT(reset_is_in_two_sets, "after a reset a socket is readable and writable, "
                           "select() says 2, and recv() tells of it, once")
{
    struct talk t = start_talk();
    struct timeval none = {0, 0};

    reset(t.client);
    int sets = ready_once(t.server, IN);
    HOLDS(sets == (IN | OUT), "%d", sets);
    fd_set in = set_of(t.server), out = in, extra = in;
    int n = select(t.server + 1, &in, &out, &extra, &none);
    HOLDS(n == 2, "select() says %d", n);
    FAILS(recv(t.server, room, 1, 0), ECONNRESET);
    HOLDS(recv(t.server, room, 1, 0) == 0, "then %s", last_error());
    FAILS(send(t.server, "x", 1, MSG_NOSIGNAL), EPIPE);
}

FACT(caller_is_readable, "a listener is readable while a caller is in its "
                         "queue, and never writable")
{
    int lfd = listener(4);

    HOLDS(ready(lfd, ALL, 0) == 0, "it is ready before");
    call(lfd);
    call(lfd);
    for (int left = 2; left > 0; left--) {
        int sets = ready_once(lfd, IN);
        HOLDS(sets == IN, "%d", sets);
        must(accept(lfd, NULL, NULL), "accept");
    }
    HOLDS(ready(lfd, ALL, 0) == 0, "it is ready afterwards");
}

FACT(shut_is_ready, "a direction that was shut down is ready: recv() says 0, "
                    "send() EPIPE")
{
    struct talk t = start_talk();

    shutdown(t.client, SHUT_RD);
    HOLDS(ready(t.client, IN, 0) == IN, "it is not readable");
    HOLDS(recv(t.client, room, 1, 0) == 0, "%s", last_error());
    shutdown(t.client, SHUT_WR);
    HOLDS(ready(t.client, OUT, 0) == OUT, "it is not writable");
    FAILS(send(t.client, "x", 1, MSG_NOSIGNAL), EPIPE);
}

FACT(fresh_socket_is_ready, "a socket that was never connected is readable "
                            "and writable")
{
    int fd = new_socket(0);
    int sets = ready(fd, ALL, 0);

    HOLDS(sets == (IN | OUT), "%d", sets);
    FAILS(recv(fd, room, 1, 0), ENOTCONN);
    FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

FACT(room_is_writable, "a connected socket is writable as long as there is "
                       "room, so nearly always, and not when it is full")
{
    struct talk t = start_talk();

    HOLDS(ready(t.client, ALL, 0) == OUT, "it is not when nothing was sent");
    say(t.client, "x", 0);
    HOLDS(ready(t.client, ALL, 0) == OUT, "it is not when a byte was sent");
    while (send(t.client, room, sizeof room, MSG_DONTWAIT) > 0)
        continue;
    must(errno == EAGAIN ? 0 : -1, "send");
    while (ready(t.client, OUT, 60) == OUT) /* the other end's buffer */
        while (send(t.client, room, sizeof room, MSG_DONTWAIT) > 0)
            continue;
    HOLDS(ready(t.client, ALL, 0) == 0, "it is when it is full");
}

FACT(under_way_is_in_no_set, "while a connection is under way its socket is "
                             "in no set")
{
    int fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, mute_listener()), EINPROGRESS);
    HOLDS(ready(fd, ALL, 0) == 0, "it is");
}

FACT(connected_is_writable, "once connected it is writable, and readable as "
                            "well when the other side speaks first")
{
    int lfd = listener(1), fd = new_socket(SOCK_NONBLOCK);

    FAILS(connect_to(fd, lfd), EINPROGRESS);
    int sets = ready_once(fd, OUT);
    HOLDS(sets == OUT, "%d", sets);
    int server = must(accept(lfd, NULL, NULL), "accept");
    say(server, "hello", 0);
    sets = ready_once(fd, IN);
    HOLDS(sets == (IN | OUT), "%d", sets);
    HOLDS(pending_error(fd) == 0, "there is an error");
}

FACT(refused_is_in_two_sets, "a refused connect() is readable and writable; "
                             "recv(), send() or SO_ERROR says why, once")
{
    int fd = refused(), one = refused(), other = refused();
    int sets = ready_once(fd, OUT);

    HOLDS(sets == (IN | OUT), "%d", sets);
    HOLDS(pending_error(fd) == ECONNREFUSED, "it was another reason");
    HOLDS(pending_error(fd) == 0, "it is there still");
    sets = ready(fd, ALL, 0);
    HOLDS(sets == (IN | OUT), "then it is in %d", sets);
    ready(one, OUT, PATIENCE);
    FAILS(recv(one, room, 1, 0), ECONNREFUSED);
    ready(other, OUT, PATIENCE);
    FAILS(send(other, "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
}

FACT(oob_is_exceptional, "out-of-band data puts a socket into the third set, "
                         "until it is received, and not into the first")
{
    struct talk t = start_talk();

    say(t.client, "!", MSG_OOB);
    int sets = ready_once(t.server, EXTRA);
    HOLDS(sets == (OUT | EXTRA), "%d", sets);
    HOLDS(recv(t.server, room, 1, MSG_OOB) == 1 && room[0] == '!', "%s",
          last_error());
    HOLDS(ready(t.server, EXTRA, 0) == 0, "it is in it still");
    say(t.client, "before", 0);
    say(t.client, "?", MSG_OOB);
    must(ready(t.server, EXTRA, PATIENCE) == EXTRA ? 0 : -1, "select");
    HOLDS(recv(t.server, room, 1, MSG_OOB) == 1 && room[0] == '?', "%s",
          last_error());
    HOLDS(recv(t.server, room, 99, 0) == 6, "%s", last_error());
}

FACT(errors_are_not_exceptional, "neither a reset, nor a refusal, nor the end "
                                 "of a stream, nor a descriptor of a broken "
                                 "pipe is in the third set")
{
    struct talk one = start_talk(), other = start_talk();
    int fd = refused(), ends[2];

    reset(one.client);
    close(other.client);
    must(pipe(ends), "pipe");
    close(ends[0]);
    HOLDS((ready_once(one.server, IN) & EXTRA) == 0, "a reset is");
    HOLDS((ready_once(other.server, IN) & EXTRA) == 0, "an end is");
    HOLDS((ready_once(fd, OUT) & EXTRA) == 0, "a refusal is");
    HOLDS((ready_once(ends[1], OUT) & EXTRA) == 0, "a broken pipe is");
}

FACT(pipes_tell_of_their_other_end, "a pipe without a writer is readable: 0; "
                                    "one without a reader is writable: EPIPE")
{
    int one[2], other[2];

    must(pipe(one), "pipe");
    must(pipe(other), "pipe");
    HOLDS(ready(one[0], IN, 0) == 0, "an empty one is readable");
    close(one[1]);
    HOLDS(ready(one[0], IN, 0) == IN, "it is not readable");
    HOLDS(read(one[0], room, 1) == 0, "%s", last_error());
    close(other[0]);
    HOLDS(ready(other[1], OUT, 0) == OUT, "it is not writable");
    signal(SIGPIPE, SIG_IGN);
    FAILS(write(other[1], "x", 1), EPIPE);
}

FACT(files_are_always_ready, "a regular file is readable and writable, also "
                             "at its end, where read() says 0")
{
    int fd = must(memfd_create("file", 0), "memfd_create");

    HOLDS(read(fd, room, 1) == 0, "%s", last_error());
    int sets = ready(fd, ALL, 0);
    HOLDS(sets == (IN | OUT), "%d", sets);
}

FACT(terminals_give_lines, "a terminal is readable when a whole line was "
                           "typed")
{
    int typist = must(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");

    must(grantpt(typist), "grantpt");
    must(unlockpt(typist), "unlockpt");
    int fd = must(open(ptsname(typist), O_RDWR | O_NOCTTY), "open");
    must((int)write(typist, "hel", 3), "write");
    HOLDS(ready(fd, IN, 60) == 0, "half a line is readable");
    must((int)write(typist, "lo\n", 3), "write");
    HOLDS(ready(fd, IN, PATIENCE) == IN, "a line is not");
}

FACT(one_recv_does_not_sleep, "after select() one recv() on a blocking socket "
                              "gives what is there; a second one sleeps")
{
    struct talk t = start_talk();

    say(t.client, "x", 0);
    HOLDS(ready(t.server, IN, PATIENCE) == IN, "it is not readable");
    HOLDS(recv(t.server, room, sizeof room, 0) == 1, "%s", last_error());
    HOLDS(recv_sleeps(t.server), "the second does not");
}

/* --- Servers ------------------------------------------------------------- */

FACT(refused_caller_stays_readable, "when accept() says EMFILE the caller "
                                    "stays, and the listener is readable, "
                                    "each time")
{
    int lfd = listener(4);
    struct rlimit few = {.rlim_cur = 0, .rlim_max = 0};

    call(lfd);
    must(setrlimit(RLIMIT_NOFILE, &few), "setrlimit");
    for (int i = 0; i < 3; i++) {
        HOLDS(ready(lfd, IN, PATIENCE) == IN, "it is not");
        FAILS(accept(lfd, NULL, NULL), EMFILE);
    }
}

FACT(number_comes_back, "the number of a closed descriptor goes to the next "
                        "caller, and an old set has it still")
{
    int lfd = listener(4), first = call(lfd);
    int fd = must(accept(lfd, NULL, NULL), "accept");

    say(first, "x", 0);
    must(ready(fd, IN, PATIENCE) == IN ? 0 : -1, "select");
    fd_set in = set_of(fd);
    HOLDS(select(fd + 1, &in, NULL, NULL, NULL) == 1, "%s", last_error());
    call(lfd);
    close(fd);
    int next = must(accept(lfd, NULL, NULL), "accept");
    HOLDS(next == fd, "it is %d, and was %d", next, fd);
    HOLDS(FD_ISSET(next, &in), "it is not in the set");
    FAILS(recv(next, room, 1, MSG_DONTWAIT), EAGAIN);
}

static int to_be_closed;
static bool sleeps_on;
static struct talk to_wake;

static void *close_then_wake(void *unused)
{
    see_asleep(getpid());
    close(to_be_closed);
    poll(NULL, 0, 60);
    sleeps_on = state_of(getpid(), getpid()) == 'S';
    say(to_wake.client, "x", 0);
    return unused;
}

FACT(close_wakes_nobody, "a select() that sleeps does not wake when another "
                         "thread closes one of its descriptors")
{
    struct talk t = start_talk();
    pthread_t thread;

    to_wake = start_talk();
    to_be_closed = t.server;
    fd_set in = set_of(t.server);
    FD_SET(to_wake.server, &in);
    int error = pthread_create(&thread, NULL, close_then_wake, NULL);
    must(error == 0 ? 0 : -1, "pthread_create");
    int n = select(to_wake.server + 1, &in, NULL, NULL, NULL);
    HOLDS(sleeps_on, "it wakes");
    HOLDS(n > 0 && FD_ISSET(to_wake.server, &in), "%d, %s", n, last_error());
}

/* --- Room for 1024 ------------------------------------------------------- */

FACT(a_set_is_1024_bits, "an fd_set has 1024 bits")
{
    HOLDS(FD_SETSIZE == 1024, "FD_SETSIZE is %d", FD_SETSIZE);
    HOLDS(sizeof(fd_set) == 128, "it has %zu bytes", sizeof(fd_set));
}

static struct {
    fd_set set;
    long neighbour;
} house;

FACT(beyond_is_the_neighbour, "FD_SET() of 1024 changes what lies behind the "
                              "set, and FD_ISSET() reads it")
{
    fd_set *volatile set = &house.set;
    volatile long *neighbour = &house.neighbour;
    volatile int fd = 1024;

    FD_SET(fd, set);
    HOLDS(*neighbour == 1, "it is %ld", *neighbour);
    *neighbour = 0;
    HOLDS(!FD_ISSET(fd, set), "it is set");
}

/* A program with a set that has a neighbour in its struct, or, when it is given
 * an argument, one that stands alone. */
static const char tenant[] =
    "#include <stdlib.h>\n#include <sys/select.h>\n"
    "struct { fd_set set; long neighbour; } house; fd_set alone;\n"
    "int main(int argc, char **argv) { (void)argv;\n"
    "if (argc > 1) { FD_SET(atoi(\"1024\"), &alone); return 42; }\n"
    "FD_SET(atoi(\"1024\"), &house.set);\n"
    "return *(volatile long *)&house.neighbour == 1 ? 42 : 43; }\n";

/* Runs a command that reads from `in` and says nothing.  Returns its status as
 * waitpid() has it, or -1 when it was stopped after so many ms. */
static int run(char *const argv[], int in, int ms)
{
    double end = now() + ms;
    int status = -1;
    pid_t pid = start_child();

    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        setpgid(0, 0);
        setenv("ASAN_OPTIONS", "symbolize=0:detect_leaks=0", 1); /* quick */
        dup2(in, STDIN_FILENO);
        dup2(null, STDERR_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    while (must(waitpid(pid, &status, WNOHANG), "waitpid") == 0) {
        if (now() > end) {
            kill(-pid, SIGKILL);
            must(waitpid(pid, NULL, 0), "waitpid");
            return -1;
        }
        poll(NULL, 0, 5);
    }
    return status;
}

/* How the program ends: once as it is, and once with an argument. */
struct outcome {
    int plain, with_argument;
};

/* Builds it with two options, and runs it. */
static struct outcome build_and_run(char *one, char *other)
{
    char path[] = "/tmp/fact-XXXXXX", dash[] = "-", x[] = "-x", c[] = "c",
         cc[] = "cc", o[] = "-o", no[] = "-U_FORTIFY_SOURCE";
    char *build[] = {cc, no, one, other, x, c, dash, o, path, NULL};
    char *plain[] = {path, NULL}, *with_argument[] = {path, x, NULL};
    int source = must(memfd_create("tenant.c", 0), "memfd_create");

    must((int)write(source, tenant, strlen(tenant)), "write");
    lseek(source, 0, SEEK_SET);
    close(must(mkstemp(path), "mkstemp"));
    int status = run(build, source, 5500);
    struct outcome ends = {-1, -1};
    if (status == 0) {
        ends.plain = run(plain, source, 2000);
        ends.with_argument = run(with_argument, source, 2000);
    }
    unlink(path);
    if (status != 0 || ends.plain == -1 || ends.with_argument == -1)
        skip("cc does not do it here, or not in time");
    return ends;
}

static bool goes_on(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

FACT(fortify_aborts, "with -D_FORTIFY_SOURCE=2 and -O1 FD_SET() of 1024 ends "
                     "the program")
{
    char one[] = "-O1", other[] = "-D_FORTIFY_SOURCE=2";
    int status = build_and_run(one, other).plain;

    HOLDS(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "%#x",
          (unsigned)status);
}

FACT(fortify_needs_optimizing, "with -D_FORTIFY_SOURCE=2 and -O0 FD_SET() of "
                               "1024 changes the neighbour")
{
    char one[] = "-O0", other[] = "-D_FORTIFY_SOURCE=2";
    int status = build_and_run(one, other).plain;

    HOLDS(goes_on(status), "%#x", (unsigned)status);
}

FACT(ubsan_reports, "-fsanitize=undefined sees FD_SET() of 1024, in a struct "
                    "and alone")
{
    char one[] = "-fsanitize=undefined";
    char other[] = "-fsanitize-undefined-trap-on-error";
    struct outcome o = build_and_run(one, other);

    HOLDS(WIFSIGNALED(o.plain), "not in a struct");
    HOLDS(WIFSIGNALED(o.with_argument), "not alone");
}

FACT(asan_sees_no_neighbour, "-fsanitize=address is silent when a struct goes "
                             "on behind the set, and reports a set that "
                             "stands alone")
{
    char one[] = "-fsanitize=address", other[] = "-O0";
    struct outcome o = build_and_run(one, other);

    HOLDS(goes_on(o.plain), "%#x", (unsigned)o.plain);
    HOLDS(!goes_on(o.with_argument), "it is silent");
}

FACT(kernel_takes_more, "select() itself takes larger sets: descriptor 1500 "
                        "with nfds 1501; and so does poll()")
{
    struct talk t = start_talk();
    int fd = moved(t.server, 1500);
    union {
        fd_set sets[2];
        unsigned char bytes[sizeof(fd_set[2])];
    } large = {.bytes = {0}};
    struct timeval none = {0, 0};

    say(t.client, "x", 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    HOLDS(poll(&p, 1, PATIENCE) == 1 && p.revents == POLLIN, "poll(): %s",
          last_error());
    large.bytes[fd / 8] = (unsigned char)(1U << fd % 8);
    int n = select(fd + 1, large.sets, NULL, NULL, &none);
    HOLDS(n == 1, "%d, %s", n, last_error());
    HOLDS(large.bytes[fd / 8] == 1U << fd % 8, "it is not in the set");
}

/* --- Bad descriptors ----------------------------------------------------- */

FACT(closed_is_ebadf, "with a closed descriptor in a set select() says EBADF "
                      "at once, though another one is ready, and leaves the "
                      "sets")
{
    struct talk t = start_talk();
    int fd = new_socket(0);
    fd_set in = set_of(fd);

    say(t.client, "x", 0);
    must(ready(t.server, IN, PATIENCE) == IN ? 0 : -1, "select");
    FD_SET(t.server, &in);
    close(fd);
    FAILS(select(fd + 1, &in, NULL, NULL, NULL), EBADF);
    HOLDS(FD_ISSET(fd, &in) && FD_ISSET(t.server, &in), "they are changed");
}

FACT(beyond_the_table_stays, "a number that the process's table of descriptors "
                             "has no room for is not noticed: select() says "
                             "0, and leaves it in the set")
{
    struct timeval none = {0, 0};
    fd_set in = set_of(1000);

    int n = select(1001, &in, NULL, NULL, &none);
    if (n == -1 && errno == EBADF)
        skip("the table has room for 1000 here");
    HOLDS(n == 0, "%d, %s", n, last_error());
    HOLDS(FD_ISSET(1000, &in), "it is not in the set");
}

FACT(fcntl_finds_it, "fcntl() with F_GETFD says EBADF for the one that is "
                     "closed and 0 for others, and select() of each alone "
                     "finds the same")
{
    struct talk t = start_talk();
    struct timeval none = {0, 0};

    close(t.client);
    FAILS(fcntl(t.client, F_GETFD), EBADF);
    HOLDS(fcntl(t.server, F_GETFD) == 0, "%s", last_error());
    fd_set in = set_of(t.client);
    FAILS(select(t.client + 1, &in, NULL, NULL, &none), EBADF);
}

/* --- What it does not see ------------------------------------------------ */

FACT(stdio_hides_a_line, "fgets() of one line takes two from the pipe: "
                         "select() calls it empty, and stdio has the second")
{
    int ends[2];

    must(pipe(ends), "pipe");
    FILE *f = fdopen(ends[0], "r");
    must((int)write(ends[1], "one\ntwo\n", 8), "write");
    HOLDS(fgets(room, sizeof room, f) != NULL, "%s", last_error());
    HOLDS(strcmp(room, "one\n") == 0, "it gave %s", room);
    HOLDS(ready(ends[0], IN, 0) == 0, "it is readable");
    HOLDS(fgets(room, sizeof room, f) != NULL, "%s", last_error());
    HOLDS(strcmp(room, "two\n") == 0, "then it gave %s", room);
}

/* --- Signals ------------------------------------------------------------- */

FACT(early_signal_is_missed, "a signal that comes before select() does not "
                             "interrupt it")
{
    struct timeval limit = span(50);

    handle(SIGUSR1, note, 0);
    raise(SIGUSR1);
    HOLDS(handled == 1, "the handler has not run");
    HOLDS(select(0, NULL, NULL, NULL, &limit) == 0, "%s", last_error());
}

FACT(pselect_has_no_gap, "a blocked signal that has come interrupts pselect(), "
                         "whose mask lets it through")
{
    struct timespec late = {PATIENCE / 1000, 0};

    handle(SIGUSR1, note, 0);
    sigset_t old = block(SIGUSR1);
    raise(SIGUSR1);
    HOLDS(handled == 0, "the handler has run before");
    FAILS(pselect(0, NULL, NULL, NULL, &late, &old), EINTR);
    HOLDS(handled == 1, "the handler has not run");
    HOLDS(late.tv_sec == PATIENCE / 1000, "the timeout is changed");
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    HOLDS(sigismember(&mask, SIGUSR1), "it is not blocked again");
}

FACT(pselect_serves_descriptors_first, "while a descriptor is ready pselect() "
                                       "says so, and the signal waits")
{
    struct talk t = start_talk();
    struct timespec late = {PATIENCE / 1000, 0};

    handle(SIGUSR1, note, 0);
    sigset_t old = block(SIGUSR1);
    raise(SIGUSR1);
    for (int i = 0; i < 3; i++) {
        fd_set out = set_of(t.client);
        int n = pselect(t.client + 1, NULL, &out, NULL, &late, &old);
        HOLDS(n == 1, "%d, %s", n, last_error());
        HOLDS(handled == 0, "the handler has run");
    }
}

FACT(self_pipe_is_not_missed, "a handler that writes into a pipe leaves it "
                              "readable: select() sees a signal that came "
                              "before")
{
    must(pipe2(self_pipe, O_NONBLOCK | O_CLOEXEC), "pipe2");
    handle(SIGUSR1, write_byte, 0);
    raise(SIGUSR1);
    HOLDS(ready(self_pipe[0], IN, PATIENCE) == IN, "it is not readable");
}

FACT(full_self_pipe_does_no_harm, "when the pipe is full, a non-blocking "
                                  "write() says EAGAIN, and it is readable")
{
    must(pipe2(self_pipe, O_NONBLOCK | O_CLOEXEC), "pipe2");
    while (write(self_pipe[1], room, 4096) > 0)
        continue;
    handle(SIGUSR1, write_byte, 0);
    raise(SIGUSR1);
    HOLDS(handled == EAGAIN, "%s", strerrorname_np(handled));
    HOLDS(ready(self_pipe[0], IN, 0) == IN, "it is not readable");
}

/* --- poll() and epoll ---------------------------------------------------- */

FACT(poll_and_epoll_keep_the_question, "poll() does not change events, and "
                                       "epoll is told once")
{
    struct talk t = start_talk();
    struct pollfd p = {.fd = t.server, .events = POLLIN};
    struct epoll_event e = {.events = EPOLLIN, .data.fd = t.server};
    int ep = must(epoll_create1(0), "epoll_create1");

    must(epoll_ctl(ep, EPOLL_CTL_ADD, t.server, &e), "epoll_ctl");
    say(t.client, "x", 0);
    for (int i = 0; i < 2; i++) {
        HOLDS(poll(&p, 1, PATIENCE) == 1, "%s", last_error());
        HOLDS(epoll_wait(ep, &e, 1, PATIENCE) == 1, "%s", last_error());
    }
    HOLDS(p.events == POLLIN, "%#x", (unsigned)p.events);
}
