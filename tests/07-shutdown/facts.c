/* What chapters/07-shutdown.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LARGE = 16 << 20, /* more than the buffers of two ends hold */
    PATIENCE = 8000,  /* ms for what must happen, on a busy machine */
    A_WHILE = 50      /* ms in which nothing may happen */
};

static char large[LARGE], room[LARGE];

/* The two ends of a conversation. */
struct talk {
    int client, server;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

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

static int pending_error(int fd)
{
    return option(fd, SOL_SOCKET, SO_ERROR);
}

static struct tcp_info tcp_info(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    return info;
}

static int state_of(int fd)
{
    return tcp_info(fd).tcpi_state;
}

/* Waits until the connection is in this state at this end. */
static void see(int fd, int state)
{
    while (state_of(fd) != state)
        sched_yield();
}

/* How many bytes this end has taken and the other has not acknowledged. */
static int queued(int fd)
{
    int n = -1;

    must(ioctl(fd, SIOCOUTQ, &n), "SIOCOUTQ");
    return n;
}

/* How many bytes this end has taken and not yet sent. */
static int unsent(int fd)
{
    int n = -1;

    must(ioctl(fd, SIOCOUTQNSD, &n), "SIOCOUTQNSD");
    return n;
}

/* Waits until n bytes can be received. */
static void see_bytes(int fd, int n)
{
    int there = 0;

    while (there < n) {
        must(ioctl(fd, SIOCINQ, &there), "SIOCINQ");
        sched_yield();
    }
}

/* What poll() says of fd within ms: revents, or 0. */
static int ready(int fd, int events, int ms)
{
    struct pollfd p = {fd, (short)events, 0};

    must(poll(&p, 1, ms), "poll");
    return p.revents;
}

/* --- Ends ---------------------------------------------------------------- */

static int new_socket(void)
{
    return must(socket(AF_INET, SOCK_STREAM, 0), "socket");
}

static struct sockaddr_in address_of(int fd)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;

    must(getsockname(fd, (struct sockaddr *)&addr, &len), "getsockname");
    return addr;
}

static int listener(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int lfd = new_socket();

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(lfd, (struct sockaddr *)&addr, sizeof addr), "bind");
    must(listen(lfd, 8), "listen");
    return lfd;
}

static int call_to(int lfd)
{
    struct sockaddr_in addr = address_of(lfd);
    int fd = new_socket();

    must(connect(fd, (struct sockaddr *)&addr, sizeof addr), "connect");
    return fd;
}

static struct talk start_talk(void)
{
    int lfd = listener();
    struct talk t = {.client = call_to(lfd)};

    t.server = must(accept(lfd, NULL, NULL), "accept");
    close(lfd);
    return t;
}

static struct talk start_unix_talk(void)
{
    int ends[2];

    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    return (struct talk){ends[0], ends[1]};
}

static void say(int fd, const char *words)
{
    must((int)send(fd, words, strlen(words), MSG_NOSIGNAL), "send");
}

static long try_send(int fd)
{
    return send(fd, "x", 1, MSG_NOSIGNAL);
}

static long try_recv(int fd)
{
    return recv(fd, room, LARGE, MSG_DONTWAIT);
}

static void set_linger(int fd, int on, int seconds)
{
    struct linger linger = {on, seconds};

    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger),
         "SO_LINGER");
}

/* Closes with RST instead of FIN. */
static void reset(int fd)
{
    set_linger(fd, 1, 0);
    must(close(fd), "close");
}

/* From now on this end hears nothing and acknowledges nothing, as if the cable
 * were cut: a filter drops what comes before TCP sees it. */
static void cut_off(int fd)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {.len = 1, .filter = &nothing};

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) ==
        -1)
        skip("a filter cannot be attached: %s", strerror(errno));
}

static void mend(int fd)
{
    set_option(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
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
        if (n == 0 && tcp_info(fd).tcpi_unacked == 0 && unsent(fd) > 0)
            return all;
        sched_yield();
    }
}

/* Receives until the end, or an error, and returns how much came.  errno is 0
 * at the end. */
static long receive_all(int fd)
{
    long n, all = 0;

    while ((n = recv(fd, room, LARGE, 0)) > 0)
        all += n;
    errno = n == 0 ? 0 : errno;
    return all;
}

/* How many connections with this port are in this state: /proc/net/tcp. */
static int count_in_state(in_port_t port, unsigned wanted)
{
    char line[512];
    unsigned local, state;
    int found = 0;
    FILE *file = fopen("/proc/self/net/tcp", "r");

    must(file == NULL ? -1 : 0, "/proc/self/net/tcp");
    while (fgets(line, sizeof line, file) != NULL)
        found += sscanf(line, "%*s %*x:%x %*s %x", &local, &state) == 2 &&
                 local == ntohs(port) && state == wanted;
    fclose(file);
    return found;
}

/* --- Children and threads ------------------------------------------------ */

/* A child that does not outlive this process, however soon that ends. */
static pid_t start_child(void)
{
    int bound[2]; /* closed by the child once it is */
    char nothing;

    must(pipe(bound), "pipe");
    pid_t pid = must(fork(), "fork");
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(bound[1]);
    if (pid != 0)
        must((int)read(bound[0], &nothing, 1), "read");
    close(bound[0]);
    return pid;
}

static void wait_for(pid_t pid)
{
    must(waitpid(pid, NULL, 0), "waitpid");
}

/* Starts a child that holds the server's end and does nothing, and gives this
 * process's copy of it back. */
static pid_t hand_over(struct talk t)
{
    pid_t pid = start_child();

    if (pid == 0) {
        close(t.client);
        for (;;)
            pause();
    }
    close(t.server);
    return pid;
}

/* A thread that makes one call, and what that returned. */
struct sleeper {
    pthread_t thread;
    int fd;
    long (*call)(int);
    volatile pid_t id;
    long result;
    int error;
};

static void *run_sleeper(void *arg)
{
    struct sleeper *s = arg;

    s->id = gettid();
    s->result = s->call(s->fd);
    s->error = errno;
    s->id = -1;
    return NULL;
}

static bool is_asleep(struct sleeper *s)
{
    char path[64], line[512], *end = NULL;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)s->id);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    if (fgets(line, sizeof line, f) != NULL)
        end = strrchr(line, ')');
    fclose(f);
    return end != NULL && end[2] == 'S';
}

/* Starts a thread that sleeps in this call. */
static void put_to_sleep(struct sleeper *s, int fd, long (*call)(int))
{
    *s = (struct sleeper){.fd = fd, .call = call};
    must(-pthread_create(&s->thread, NULL, run_sleeper, s), "pthread_create");
    while (s->id == 0 || !is_asleep(s))
        sched_yield();
}

/* Whether the thread sleeps on for a while. */
static bool sleeps_on(struct sleeper *s)
{
    poll(NULL, 0, A_WHILE);
    return s->id > 0 && is_asleep(s);
}

static void wake_up(struct sleeper *s)
{
    must(-pthread_join(s->thread, NULL), "pthread_join");
}

static long call_recv(int fd)
{
    return recv(fd, room, 64, 0);
}

static long call_accept(int fd)
{
    return accept(fd, NULL, NULL);
}

/* --- FIN and RST --------------------------------------------------------- */

FACT(end_comes_behind_the_bytes, "what was sent before close() comes, and then "
                                 "the end")
{
    struct talk t = start_talk();

    say(t.server, "goodbye");
    close(t.server);
    HOLDS(recv(t.client, room, 64, MSG_WAITALL) == 7, "%s", last_error());
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
}

FACT(reset_is_told_once, "after a reset the first call says ECONNRESET, be it "
                         "recv() or send(); then recv() says 0 and send() "
                         "EPIPE")
{
    struct talk t = start_talk(), other = start_talk();

    reset(t.server);
    see(t.client, TCP_CLOSE);
    FAILS(try_recv(t.client), ECONNRESET);
    HOLDS(try_recv(t.client) == 0, "%s", last_error());
    FAILS(try_send(t.client), EPIPE);
    reset(other.server);
    see(other.client, TCP_CLOSE);
    FAILS(try_send(other.client), ECONNRESET);
    HOLDS(try_recv(other.client) == 0, "%s", last_error());
}

FACT(end_of_both_is_hup,
     "poll() says POLLIN after the peer's FIN; and POLLHUP, "
     "too, once both sides have ended")
{
    struct talk t = start_talk();

    must(shutdown(t.server, SHUT_WR), "shutdown");
    HOLDS(ready(t.client, POLLIN, PATIENCE) == POLLIN, "not POLLIN alone");
    must(shutdown(t.client, SHUT_WR), "shutdown");
    HOLDS(ready(t.client, POLLIN, 0) == (POLLIN | POLLHUP), "no POLLHUP");
}

FACT(reset_overtakes, "a reset throws away what was sent and is not there yet; "
                      "what has come can be received, on Linux")
{
    struct talk t = start_talk();
    long sent = fill_all(t.server);

    reset(t.server);
    see(t.client, TCP_CLOSE);
    long got = receive_all(t.client);
    HOLDS(errno == ECONNRESET, "it ends with %s", last_error());
    HOLDS(got > 0 && got < sent, "%ld of %ld have come", got, sent);
}

FACT(nobody_there_resets, "a segment for a connection that does not exist is "
                          "answered by RST: a SYN, too, where nobody listens")
{
    struct sockaddr_in addr;
    int lfd = listener(), fd = new_socket();

    addr = address_of(lfd);
    close(lfd);
    FAILS(connect(fd, (struct sockaddr *)&addr, sizeof addr), ECONNREFUSED);
}

/* --- shutdown() ---------------------------------------------------------- */

FACT(shut_wr_comes_behind, "SHUT_WR sends FIN behind all that is queued, and "
                           "the other direction stays open")
{
    struct talk t = start_talk();
    long sent = fill_all(t.client);

    must(shutdown(t.client, SHUT_WR), "shutdown");
    long got = receive_all(t.server);
    HOLDS(errno == 0, "it ends with %s", last_error());
    HOLDS(got == sent, "%ld of %ld", got, sent);
    say(t.server, "answer");
    HOLDS(recv(t.client, room, 6, MSG_WAITALL) == 6, "%s", last_error());
}

FACT(send_after_shut_wr, "send() after SHUT_WR says EPIPE")
{
    struct talk t = start_talk();

    must(shutdown(t.client, SHUT_WR), "shutdown");
    FAILS(try_send(t.client), EPIPE);
}

FACT(shut_rd_is_only_local, "after SHUT_RD recv() says 0 at once; the peer is "
                            "not told, and what it sends is still readable")
{
    struct talk t = start_talk();

    must(shutdown(t.server, SHUT_RD), "shutdown");
    HOLDS(recv(t.server, room, 64, 0) == 0, "%s", last_error());
    say(t.client, "late");
    see_bytes(t.server, 4);
    HOLDS(recv(t.server, room, 64, 0) == 4, "%s", last_error());
    HOLDS(recv(t.server, room, 64, 0) == 0, "%s", last_error());
    HOLDS(state_of(t.client) == TCP_ESTABLISHED, "state %d",
          state_of(t.client));
}

FACT(unix_hears_of_shut_rd, "with AF_UNIX the peer of one who has said SHUT_RD "
                            "gets EPIPE")
{
    struct talk t = start_unix_talk();

    must(shutdown(t.server, SHUT_RD), "shutdown");
    FAILS(try_send(t.client), EPIPE);
}

FACT(shut_rdwr_resets_what_comes, "after SHUT_RDWR the peer sees the end; what "
                                  "it sends then is answered by RST")
{
    struct talk t = start_talk();

    must(shutdown(t.server, SHUT_RDWR), "shutdown");
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
    HOLDS(try_send(t.client) == 1, "%s", last_error());
    see(t.client, TCP_CLOSE);
    FAILS(try_send(t.client), EPIPE);
}

FACT(how_is_not_a_mode, "SHUT_RD is 0, SHUT_WR 1, SHUT_RDWR 2; 3 is EINVAL")
{
    struct talk t = start_talk();

    HOLDS(SHUT_RD == 0 && SHUT_WR == 1 && SHUT_RDWR == 2, "others");
    FAILS(shutdown(t.client, 3), EINVAL);
}

FACT(shutdown_needs_a_connection, "shutdown() says ENOTCONN of a socket that "
                                  "has no connection, has none any more, or "
                                  "has ended both ways")
{
    struct talk t = start_talk(), other = start_talk();

    FAILS(shutdown(new_socket(), SHUT_WR), ENOTCONN);
    reset(t.server);
    see(t.client, TCP_CLOSE);
    FAILS(shutdown(t.client, SHUT_WR), ENOTCONN);
    must(shutdown(other.client, SHUT_WR), "shutdown");
    HOLDS(shutdown(other.client, SHUT_WR) == 0, "again: %s", last_error());
    close(other.server);
    see(other.client, TCP_CLOSE);
    FAILS(shutdown(other.client, SHUT_WR), ENOTCONN);
}

FACT(shutdown_frees_nothing, "after SHUT_RDWR the descriptor is still there, "
                             "and its number is not given out again")
{
    struct talk t = start_talk();

    must(shutdown(t.client, SHUT_RDWR), "shutdown");
    must(shutdown(t.server, SHUT_RDWR), "shutdown");
    HOLDS(fcntl(t.client, F_GETFD) == 0, "%s", last_error());
    int fd = new_socket();
    HOLDS(fd != t.client && fd != t.server, "it is given out again");
    must(close(t.client), "close");
    HOLDS(new_socket() == t.client, "close() has not freed it");
}

FACT(closed_or_half_closed, "a close and a half-close look the same until "
                            "something is sent: then the one resets")
{
    struct talk closed = start_talk(), half = start_talk();
    int fds[] = {closed.client, half.client};

    close(closed.server);
    must(shutdown(half.server, SHUT_WR), "shutdown");
    for (int i = 0; i < 2; i++) {
        see(fds[i], TCP_CLOSE_WAIT);
        HOLDS(ready(fds[i], POLLIN | POLLOUT | POLLRDHUP, 0) ==
                  (POLLIN | POLLOUT | POLLRDHUP),
              "way %d: revents %#x", i,
              (unsigned)ready(fds[i], POLLIN | POLLOUT | POLLRDHUP, 0));
        HOLDS(try_recv(fds[i]) == 0, "way %d: %s", i, last_error());
        HOLDS(pending_error(fds[i]) == 0, "this is way %d", i);
        HOLDS(try_send(fds[i]) == 1, "way %d: %s", i, last_error());
    }
    see(closed.client, TCP_CLOSE);
    HOLDS(recv(half.server, room, 64, 0) == 1, "%s", last_error());
    HOLDS(state_of(half.client) == TCP_CLOSE_WAIT, "state %d",
          state_of(half.client));
}

FACT(states_follow_the_calls, "shutdown() and close() lead through FIN-WAIT-2 "
                              "and CLOSE-WAIT to TIME-WAIT, and the second to "
                              "close has nothing left")
{
    struct talk t = start_talk();
    in_port_t client = address_of(t.client).sin_port;
    in_port_t server = address_of(t.server).sin_port;

    must(shutdown(t.client, SHUT_WR), "shutdown");
    see(t.client, TCP_FIN_WAIT2);
    see(t.server, TCP_CLOSE_WAIT);
    HOLDS(ready(t.client, POLLIN, A_WHILE) == 0, "it does not stay so");
    must(close(t.server), "close");
    see(t.client, TCP_CLOSE);
    HOLDS(count_in_state(client, TCP_TIME_WAIT) == 1, "no TIME-WAIT");
    HOLDS(count_in_state(server, TCP_TIME_WAIT) == 0, "on both sides");
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
}

/* --- The last descriptor ------------------------------------------------- */

FACT(copies_keep_it_open, "close() of one of two descriptors sends nothing; "
                          "shutdown() by any of them is for all")
{
    struct talk t = start_talk();
    int copy = must(dup(t.server), "dup");

    close(copy);
    HOLDS(ready(t.client, POLLIN, A_WHILE) == 0, "close() sends FIN");
    copy = must(dup(t.server), "dup");
    must(shutdown(copy, SHUT_WR), "shutdown");
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
    FAILS(try_send(t.server), EPIPE);
}

FACT(child_ends_the_parents, "a child's close() leaves the parent's connection "
                             "alone, a child's shutdown() ends it")
{
    struct talk t = start_talk();

    pid_t pid = start_child();
    if (pid == 0) {
        close(t.server);
        _exit(0);
    }
    wait_for(pid);
    HOLDS(try_send(t.server) == 1, "%s", last_error());
    HOLDS(recv(t.client, room, 64, 0) == 1, "%s", last_error());
    pid = start_child();
    if (pid == 0) {
        shutdown(t.server, SHUT_RDWR);
        _exit(0);
    }
    wait_for(pid);
    FAILS(try_send(t.server), EPIPE);
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
}

FACT(close_wakes_nobody, "close() leaves another thread asleep in recv(), and "
                         "the peer sees no end until that returns")
{
    struct talk t = start_talk();
    struct sleeper s;

    put_to_sleep(&s, t.server, call_recv);
    must(close(t.server), "close");
    HOLDS(sleeps_on(&s), "it woke up");
    HOLDS(ready(t.client, POLLIN, 0) == 0, "the peer sees the end");
    say(t.client, "late");
    wake_up(&s);
    HOLDS(s.result == 4, "recv() returned %ld", s.result);
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
}

FACT(shutdown_wakes, "shutdown() wakes a thread that sleeps in recv(): it "
                     "returns 0")
{
    struct talk t = start_talk();
    struct sleeper s;

    put_to_sleep(&s, t.server, call_recv);
    must(shutdown(t.server, SHUT_RDWR), "shutdown");
    wake_up(&s);
    HOLDS(s.result == 0, "it returned %ld", s.result);
}

FACT(listener_shutdown_wakes, "close() of a listener leaves a thread asleep in "
                              "accept(), shutdown() wakes it: EINVAL")
{
    struct sleeper closed, shut;
    int one = listener(), other = listener();
    int call = must(dup(one), "dup");

    put_to_sleep(&closed, one, call_accept);
    must(close(one), "close");
    HOLDS(sleeps_on(&closed), "close() wakes it");
    call_to(call); /* lets it end */
    wake_up(&closed);
    put_to_sleep(&shut, other, call_accept);
    must(shutdown(other, SHUT_RDWR), "shutdown");
    wake_up(&shut);
    HOLDS(shut.result == -1 && shut.error == EINVAL, "%ld, %s", shut.result,
          strerrorname_np(shut.error));
}

/* --- close() ------------------------------------------------------------- */

FACT(unread_loses_the_answer, "close() with unread input resets, and the peer "
                              "loses what had not come yet")
{
    struct talk t = start_talk();

    say(t.client, "and another thing");
    see_bytes(t.server, 17);
    long sent = fill_all(t.server);
    must(close(t.server), "close");
    see(t.client, TCP_CLOSE);
    long got = receive_all(t.client);
    HOLDS(errno == ECONNRESET, "it ends with %s", last_error());
    HOLDS(got < sent, "%ld of %ld have come", got, sent);
}

FACT(late_input_resets, "close() with nothing unread resets, too, as soon as "
                        "more comes: the peer loses what had not come yet")
{
    struct talk t = start_talk();
    long sent = fill_all(t.server);

    must(close(t.server), "close");
    say(t.client, "and another thing");
    see(t.client, TCP_CLOSE);
    long got = receive_all(t.client);
    HOLDS(got < sent, "%ld of %ld have come", got, sent);
}

FACT(orderly_end_delivers, "with SHUT_WR, then reading to the end, then "
                           "close(), all arrives and nobody sees a reset")
{
    struct talk t = start_talk();

    say(t.client, "and another thing");
    see_bytes(t.server, 17);
    long sent = fill_all(t.server);
    must(shutdown(t.server, SHUT_WR), "shutdown");
    long got = receive_all(t.client);
    HOLDS(got == sent && errno == 0, "%ld of %ld, %s", got, sent, last_error());
    must(close(t.client), "close");
    got = receive_all(t.server);
    HOLDS(got == 17 && errno == 0, "%ld of 17, %s", got, last_error());
    must(close(t.server), "close");
}

FACT(linger_zero_resets, "with l_onoff 1 and l_linger 0 close() resets, and "
                         "leaves no TIME-WAIT")
{
    struct talk t = start_talk();
    in_port_t server = address_of(t.server).sin_port;

    reset(t.server);
    see(t.client, TCP_CLOSE);
    FAILS(try_recv(t.client), ECONNRESET);
    HOLDS(count_in_state(server, TCP_TIME_WAIT) == 0, "there is one");
}

FACT(linger_waits_for_the_kernel, "with SO_LINGER and a time close() returns "
                                  "when the peer's kernel has it all, read or "
                                  "not")
{
    struct talk t = start_talk();

    set_linger(t.server, 1, 30);
    say(t.server, "goodbye");
    must(close(t.server), "close");
    HOLDS(recv(t.client, room, 64, 0) == 7, "%s", last_error());
}

FACT(linger_does_not_tell, "when SO_LINGER's time is over close() returns 0, "
                           "and the rest is still sent")
{
    struct talk t = start_talk();
    long sent = fill_all(t.server);

    set_linger(t.server, 1, 1);
    double start = now();
    HOLDS(close(t.server) == 0, "%s", last_error());
    HOLDS(now() - start > 900, "after %.0f ms", now() - start);
    long got = receive_all(t.client);
    HOLDS(got == sent && errno == 0, "%ld of %ld, %s", got, sent, last_error());
}

FACT(linger_saves_nothing, "SO_LINGER with a time does not help against unread "
                           "input")
{
    struct talk t = start_talk();

    set_linger(t.server, 1, 30);
    say(t.client, "and another thing");
    see_bytes(t.server, 17);
    fill_all(t.server);
    must(close(t.server), "close");
    see(t.client, TCP_CLOSE);
    receive_all(t.client);
    HOLDS(errno == ECONNRESET, "%s", last_error());
}

FACT(crossing_fins, "when both close at once, both ends have TIME-WAIT")
{
    struct talk t = start_talk();
    in_port_t client = address_of(t.client).sin_port;
    in_port_t server = address_of(t.server).sin_port;

    cut_off(t.client);
    cut_off(t.server);
    must(shutdown(t.client, SHUT_WR), "shutdown");
    must(shutdown(t.server, SHUT_WR), "shutdown");
    mend(t.client);
    mend(t.server);
    see(t.client, TCP_CLOSE);
    see(t.server, TCP_CLOSE);
    HOLDS(count_in_state(client, TCP_TIME_WAIT) == 1, "not the client's");
    HOLDS(count_in_state(server, TCP_TIME_WAIT) == 1, "not the server's");
}

static void set_words(const char *path, const char *words)
{
    int fd = must(open(path, O_WRONLY), path);

    must((int)write(fd, words, strlen(words)), path);
    close(fd);
}

/* Calls a listener from a port that the kernel chooses.  Returns 0, or -1 with
 * errno set. */
static int call_from_anywhere(int fd, int lfd)
{
    struct sockaddr_in addr = address_of(lfd);

    return connect(fd, (struct sockaddr *)&addr, sizeof addr);
}

FACT(client_runs_out, "TIME-WAIT keeps a client's port for calls to the same "
                      "address, and when none is left: EADDRNOTAVAIL")
{
    if (!has_private_network())
        skip("the range of ports belongs to a private network");
    int lfd = listener(), other = listener(), fd = new_socket();
    set_words("/proc/sys/net/ipv4/ip_local_port_range", "20001 20001");
    set_words("/proc/sys/net/ipv4/tcp_tw_reuse", "0");
    must(call_from_anywhere(fd, lfd), "connect");
    int cfd = must(accept(lfd, NULL, NULL), "accept");
    must(shutdown(fd, SHUT_WR), "shutdown");
    close(cfd);
    see(fd, TCP_CLOSE);
    close(fd);
    FAILS(call_from_anywhere(new_socket(), lfd), EADDRNOTAVAIL);
    HOLDS(call_from_anywhere(new_socket(), other) == 0, "another listener: %s",
          last_error());
}

/* --- A peer that has gone ------------------------------------------------ */

FACT(first_send_then_epipe,
     "the peer had read everything and closed: the first "
     "send() succeeds; once its RST is back EPIPE")
{
    struct talk t = start_talk();

    close(t.server);
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
    HOLDS(try_send(t.client) == 1, "%s", last_error());
    see(t.client, TCP_CLOSE);
    HOLDS((ready(t.client, 0, 0) & (POLLERR | POLLHUP)) == (POLLERR | POLLHUP),
          "poll() does not tell");
    FAILS(try_send(t.client), EPIPE);
}

FACT(recv_does_not_tell, "behind the end of the stream recv() says 0, also "
                         "when a reset has come; SO_ERROR says EPIPE")
{
    struct talk t = start_talk();

    close(t.server);
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
    HOLDS(try_send(t.client) == 1, "%s", last_error());
    see(t.client, TCP_CLOSE);
    HOLDS(try_recv(t.client) == 0, "recv() says %s", last_error());
    HOLDS(pending_error(t.client) == EPIPE, "SO_ERROR says something else");
}

static volatile sig_atomic_t pipes;

static void count_it(int signal)
{
    (void)signal;
    pipes++;
}

FACT(sigpipe_comes_with_epipe, "SIGPIPE comes with EPIPE and not with "
                               "ECONNRESET")
{
    struct sigaction action = {.sa_handler = count_it};
    struct talk t = start_talk();

    must(sigaction(SIGPIPE, &action, NULL), "sigaction");
    reset(t.server);
    see(t.client, TCP_CLOSE);
    FAILS(send(t.client, "x", 1, 0), ECONNRESET);
    HOLDS(pipes == 0, "SIGPIPE has come");
    FAILS(send(t.client, "x", 1, 0), EPIPE);
    HOLDS(pipes == 1, "SIGPIPE has come %d times", (int)pipes);
}

FACT(unix_says_at_once, "with AF_UNIX the first send() to an end that is "
                        "closed says EPIPE")
{
    struct talk t = start_unix_talk();

    close(t.server);
    FAILS(try_send(t.client), EPIPE);
}

FACT(unread_says_econnreset, "when the peer had unread data and closed, send() "
                             "says ECONNRESET, then EPIPE; with AF_UNIX recv() "
                             "says ECONNRESET")
{
    struct talk t = start_talk(), local = start_unix_talk();

    say(t.client, "x");
    see_bytes(t.server, 1);
    close(t.server);
    see(t.client, TCP_CLOSE);
    FAILS(try_send(t.client), ECONNRESET);
    FAILS(try_send(t.client), EPIPE);
    say(local.client, "x");
    close(local.server);
    FAILS(try_recv(local.client), ECONNRESET);
}

/* --- A peer that dies ---------------------------------------------------- */

FACT(killed_is_closed, "a process that is killed ends its connections like "
                       "close(): the end, and with unread input a reset")
{
    struct talk t = start_talk(), unread = start_talk();
    pid_t one = hand_over(t), other = hand_over(unread);

    say(unread.client, "x");
    kill(one, SIGKILL);
    kill(other, SIGKILL);
    wait_for(one);
    wait_for(other);
    HOLDS(recv(t.client, room, 64, 0) == 0, "%s", last_error());
    FAILS(recv(unread.client, room, 64, 0), ECONNRESET);
}

FACT(stopped_peer_acknowledges, "what is sent to a process that is stopped is "
                                "acknowledged, by its kernel")
{
    struct talk t = start_talk();
    pid_t pid = hand_over(t);

    kill(pid, SIGSTOP);
    must(waitpid(pid, NULL, WUNTRACED), "waitpid");
    say(t.client, "are you there?");
    while (queued(t.client) != 0)
        sched_yield();
    HOLDS(ready(t.client, POLLIN, A_WHILE) == 0, "an answer");
    kill(pid, SIGKILL);
}

FACT(dead_link_is_silent, "when the peer cannot be reached nothing tells while "
                          "nothing is in flight, and send() succeeds")
{
    struct talk t = start_talk();

    cut_off(t.server);
    HOLDS(ready(t.client, POLLIN | POLLRDHUP, A_WHILE) == 0, "poll() tells");
    HOLDS(pending_error(t.client) == 0, "SO_ERROR tells");
    HOLDS(state_of(t.client) == TCP_ESTABLISHED, "the state tells");
    HOLDS(try_send(t.client) == 1, "%s", last_error());
    HOLDS(queued(t.client) == 1, "it is acknowledged");
}

FACT(user_timeout_bounds, "TCP_USER_TIMEOUT ends a connection whose bytes are "
                          "not acknowledged: ETIMEDOUT")
{
    struct talk t = start_talk();

    set_option(t.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 50);
    cut_off(t.server);
    say(t.client, "are you there?");
    HOLDS((ready(t.client, POLLIN, PATIENCE) & POLLERR) != 0, "no error");
    FAILS(try_recv(t.client), ETIMEDOUT);
    FAILS(try_send(t.client), EPIPE);
}

FACT(user_timeout_needs_bytes, "TCP_USER_TIMEOUT alone tells nothing while "
                               "nothing is in flight")
{
    struct talk t = start_talk();

    set_option(t.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 10);
    cut_off(t.server);
    HOLDS(ready(t.client, POLLIN, A_WHILE) == 0, "it does");
    HOLDS(pending_error(t.client) == 0, "it does");
}

FACT(user_timeout_counts_the_window, "TCP_USER_TIMEOUT also ends a connection "
                                     "to a peer that only does not read")
{
    struct talk t = start_talk();

    set_option(t.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 100);
    fill_all(t.client);
    HOLDS((ready(t.client, POLLIN, PATIENCE) & POLLERR) != 0, "no error");
    HOLDS(pending_error(t.client) == ETIMEDOUT, "another error");
}

FACT(keepalive_is_two_hours, "keepalive is off, and when it is on asks for the "
                             "first time after tcp_keepalive_time")
{
    struct talk t = start_talk();
    int seconds = 0;
    FILE *f = fopen("/proc/sys/net/ipv4/tcp_keepalive_time", "r");

    must(f != NULL && fscanf(f, "%d", &seconds) == 1 ? 0 : -1,
         "tcp_keepalive_time");
    fclose(f);
    HOLDS(option(t.client, SOL_SOCKET, SO_KEEPALIVE) == 0, "it is on");
    set_option(t.client, SOL_SOCKET, SO_KEEPALIVE, 1);
    int idle = option(t.client, IPPROTO_TCP, TCP_KEEPIDLE);
    HOLDS(idle == seconds, "it is %d s, and %d s are set", idle, seconds);
    if (has_private_network()) /* one that nobody has tuned */
        HOLDS(idle == 7200, "%d s", idle);
}

static void keep_alive(int fd)
{
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 1);
}

FACT(keepalive_asks_the_kernel, "keepalive finds that a host has gone: "
                                "ETIMEDOUT; that a process is stopped it does "
                                "not")
{
    struct talk gone = start_talk(), stopped = start_talk();
    pid_t pid = hand_over(stopped);

    kill(pid, SIGSTOP);
    must(waitpid(pid, NULL, WUNTRACED), "waitpid");
    cut_off(gone.server);
    keep_alive(stopped.client);
    keep_alive(gone.client);
    FAILS(recv(gone.client, room, 64, 0), ETIMEDOUT);
    HOLDS(ready(stopped.client, POLLIN, 0) == 0, "it does");
    HOLDS(tcp_info(stopped.client).tcpi_last_ack_recv < 1500,
          "it was not asked");
    kill(pid, SIGKILL);
}

/* Lets the kernel forget the connection of fd without a word, as a host does
 * that loses its power. */
static void forget(int fd)
{
    if (!has_private_network())
        skip("TCP_REPAIR needs a private network");
    set_option(fd, IPPROTO_TCP, TCP_REPAIR, 1);
    must(close(fd), "close");
}

FACT(new_start_resets, "a host that has started anew knows nothing of the "
                       "connection: what is sent to it is answered by RST")
{
    struct talk t = start_talk();

    forget(t.server);
    HOLDS(ready(t.client, POLLIN, A_WHILE) == 0, "it is told before");
    HOLDS(try_send(t.client) == 1, "%s", last_error());
    FAILS(recv(t.client, room, 64, 0), ECONNRESET);
}

/* The number of the first byte that is not acknowledged. */
static uint32_t first_unacknowledged(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_REPAIR, 1);
    set_option(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, 2); /* what is to be sent */
    uint32_t next = (uint32_t)option(fd, IPPROTO_TCP, TCP_QUEUE_SEQ);
    set_option(fd, IPPROTO_TCP, TCP_REPAIR, -1); /* off, and send nothing */
    return next - (uint32_t)queued(fd);
}

/* Tells this end as a router would that the other's host is unreachable. */
static void say_unreachable(struct talk t)
{
    struct sockaddr_in from = address_of(t.client), to = address_of(t.server);
    uint16_t ports[2] = {from.sin_port, to.sin_port};
    uint32_t seq = htonl(first_unacknowledged(t.client)), sum = 0;
    struct {
        struct icmphdr icmp;
        struct iphdr ip;
        uint16_t ports[2];
        uint32_t seq;
    } m = {.icmp = {.type = ICMP_DEST_UNREACH, .code = ICMP_HOST_UNREACH},
           .ip = {.version = 4,
                  .ihl = 5,
                  .tot_len = htons(40),
                  .ttl = 64,
                  .protocol = IPPROTO_TCP,
                  .saddr = from.sin_addr.s_addr,
                  .daddr = to.sin_addr.s_addr},
           .seq = seq};
    uint16_t words[sizeof m / 2];
    int fd = must(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw socket");

    memcpy(m.ports, ports, sizeof ports);
    memcpy(words, &m, sizeof m);
    for (size_t i = 0; i < sizeof m / 2; i++)
        sum += words[i];
    sum = (sum >> 16) + (sum & 0xffff);
    m.icmp.checksum = (uint16_t) ~(sum + (sum >> 16));
    must(
        (int)sendto(fd, &m, sizeof m, 0, (struct sockaddr *)&from, sizeof from),
        "sendto");
    close(fd);
}

FACT(router_gives_the_reason, "a router's word that a host is unreachable ends "
                              "nothing; when the time is over it is the error")
{
    struct talk t = start_talk();

    if (!has_private_network())
        skip("a router's word needs a private network");
    set_option(t.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 100);
    cut_off(t.server);
    say(t.client, "are you there?");
    say_unreachable(t);
    HOLDS(ready(t.client, POLLIN, 0) == 0, "it is told at once");
    HOLDS(state_of(t.client) == TCP_ESTABLISHED, "it ends the connection");
    HOLDS((ready(t.client, POLLIN, PATIENCE) & POLLERR) != 0, "no error");
    FAILS(try_recv(t.client), EHOSTUNREACH);
}

FACT(so_error_takes_the_word, "whoever asks for SO_ERROR before the time is "
                              "over gets the router's word, and takes it away")
{
    struct talk t = start_talk();

    if (!has_private_network())
        skip("a router's word needs a private network");
    cut_off(t.server);
    say(t.client, "are you there?");
    say_unreachable(t);
    HOLDS(pending_error(t.client) == EHOSTUNREACH, "it is not told");
    HOLDS(pending_error(t.client) == 0, "it is told again");
    HOLDS(state_of(t.client) == TCP_ESTABLISHED, "it ends the connection");
}

/* --- Both at once, and the end of a server ------------------------------- */

FACT(two_senders_are_stuck, "two ends that both send and do not read come to "
                            "rest, with both buffers full; when one reads, "
                            "both go on")
{
    struct talk t = start_talk();
    long sent = fill_all(t.client);

    fill_all(t.server);
    HOLDS(ready(t.client, POLLOUT, A_WHILE) == 0, "the client goes on");
    HOLDS(ready(t.server, POLLOUT, 0) == 0, "the server goes on");
    while (sent > 0)
        sent -= must((int)recv(t.server, room, LARGE, 0), "recv");
    HOLDS(ready(t.client, POLLOUT, PATIENCE) != 0, "the client does not");
}

static volatile sig_atomic_t over;

static void note_it(int signal)
{
    (void)signal;
    over = 1;
}

FACT(ppoll_lets_it_in,
     "a signal that is blocked waits, and ppoll() lets it in: "
     "EINTR, also when it came before the call")
{
    struct sigaction action = {.sa_handler = note_it, .sa_flags = SA_RESTART};
    struct pollfd p = {listener(), POLLIN, 0};
    sigset_t term, none;

    sigemptyset(&none);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    must(sigprocmask(SIG_BLOCK, &term, NULL), "sigprocmask");
    must(sigaction(SIGTERM, &action, NULL), "sigaction");
    kill(getpid(), SIGTERM);
    HOLDS(over == 0, "it does not wait");
    FAILS(ppoll(&p, 1, NULL, &none), EINTR);
    HOLDS(over == 1, "the handler has not run");
}

FACT(ppoll_does_not_wait,
     "when a caller is there already, ppoll() says so and lets no signal in; "
     "sigpending() shows it")
{
    struct sigaction action = {.sa_handler = note_it};
    struct pollfd p = {listener(), POLLIN, 0};
    sigset_t term, none, waiting;

    sigemptyset(&none);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    must(sigprocmask(SIG_BLOCK, &term, NULL), "sigprocmask");
    must(sigaction(SIGTERM, &action, NULL), "sigaction");
    call_to(p.fd);
    HOLDS(ready(p.fd, POLLIN, PATIENCE) == POLLIN, "nobody calls");
    kill(getpid(), SIGTERM);
    HOLDS(ppoll(&p, 1, NULL, &none) == 1, "%s", last_error());
    HOLDS(over == 0, "the handler has run");
    must(sigpending(&waiting), "sigpending");
    HOLDS(sigismember(&waiting, SIGTERM) == 1, "no signal waits");
}
