/* autopsy with epoll and a timer that is a descriptor. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_NAME = NI_MAXHOST + NI_MAXSERV + 4
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Whether s is a number of seconds: digits, perhaps a point and more digits;
 * more than 0, and at most 3600. */
static bool is_seconds(const char *s)
{
    size_t n = strspn(s, "0123456789");

    if (n == 0)
        return false;
    if (s[n] == '.') {
        size_t fraction = strspn(s + n + 1, "0123456789");
        if (fraction == 0)
            return false;
        n += 1 + fraction;
    }
    return s[n] == '\0' && strtod(s, NULL) > 0 && strtod(s, NULL) <= 3600;
}

/* Writes ADDR:PORT to name, an IPv6 address in brackets. */
static void name_address(char name[MAX_NAME], const struct sockaddr_storage *ss,
                         socklen_t len)
{
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    int rc = getnameinfo((const struct sockaddr *)ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    snprintf(name, MAX_NAME, ss->ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
             addr, port);
}

/* Makes a socket that listens at one address.  Returns -1 with errno set when
 * it cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (fd == -1)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
        bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(fd, SOMAXCONN) == -1) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Listens at the first address of host that can be bound, and prints where.
 * Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char name[MAX_NAME];
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int lfd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && lfd == -1; ai = ai->ai_next)
        lfd = listen_at(ai);
    if (lfd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    name_address(name, &ss, len);
    printf("listening on %s\n", name);
    return lfd;
}

/* Outlasts an error of accept(): returns when the next try may succeed, and
 * ends the program when none will. */
static void outlast(int error)
{
    struct timespec a_little = {.tv_nsec = 10 * 1000 * 1000};

    errno = error;
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        warn("accept");
        nanosleep(&a_little, NULL);
        break;
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
        err(1, "accept"); /* a mistake in this program */
    default:
        warn("accept");
    }
}

/* What examines one client after the other. */
static int ep, timer;

static void watch(int op, int fd, unsigned events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};

    if (epoll_ctl(ep, op, fd, &e) == -1)
        err(1, "epoll_ctl");
}

static void set_timer(double seconds)
{
    struct itimerspec t = {
        .it_value = {
            .tv_sec = (time_t)seconds,
            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) + 1}};

    if (t.it_value.tv_nsec > 999999999)
        t.it_value.tv_nsec = 999999999;
    if (timerfd_settime(timer, 0, &t, NULL) == -1)
        err(1, "timerfd_settime");
}

/* Whether something is to be told of the socket; false: the time is over. */
static bool news(void)
{
    struct epoll_event e[2];

    for (;;) {
        int n = epoll_wait(ep, e, 2, -1);
        if (n == -1 && errno != EINTR)
            err(1, "epoll_wait");
        for (int i = 0; i < n; i++)
            if (e[i].data.fd != timer)
                return true;
        if (n > 0)
            return false;
    }
}

static int say(int fd, char c)
{
    ssize_t sent;

    do
        sent = write(fd, &c, 1);
    while (sent == -1 && errno == EINTR);
    return sent == -1 && errno != EAGAIN ? errno : 0;
}

static const char *judge(int error)
{
    return error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH
               ? "unreachable"
               : "reset";
}

/* Receives all that is there, into nothing.  Returns 1 when more may come, 0
 * at the end, or minus the error. */
static int drain(int fd, long long *bytes)
{
    char buf[30000];
    ssize_t got;

    for (;;) {
        got = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
        if (got > 0)
            *bytes += got;
        else if (got == 0)
            return 0;
        else if (errno == EAGAIN)
            return 1;
        else if (errno != EINTR)
            return -errno;
    }
}

static const char *examine(int fd, double silent, long long *bytes)
{
    unsigned ms = silent < 0.001 ? 1 : (unsigned)(silent * 1000);
    int more = 1, failed = 0;

    setsockopt(fd, SOL_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    while (more == 1) {
        set_timer(silent);
        if (!news())
            failed = say(fd, '.');
        more = drain(fd, bytes);
        if (failed != 0)
            return judge(failed);
    }
    if (more < 0)
        return judge(-more);
    watch(EPOLL_CTL_MOD, fd, 0);
    set_timer(silent < 1 ? silent : 1);
    return say(fd, '?') != 0 || news() ? "closed" : "half-closed";
}

int main(int argc, char *argv[])
{
    const char *silent = "30";
    int at = 1;

    if (argc == 5 && strcmp(argv[1], "--silent") == 0) {
        silent = argv[2];
        at = 3;
    }
    if (argc != at + 2) {
        fprintf(stderr, "usage: %s [--silent S] HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_seconds(silent))
        errx(1, "\"%s\" is not a number of seconds, up to 3600", silent);
    if (!is_port(argv[at + 1]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[at + 1]);

    signal(SIGPIPE, SIG_IGN);
    ep = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (ep == -1 || timer == -1)
        err(1, "epoll, timerfd");
    watch(EPOLL_CTL_ADD, timer, EPOLLIN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int lfd = open_door(argv[at], argv[at + 1]);
    for (;;) {
        struct sockaddr_storage ss;
        socklen_t len = sizeof ss;
        char name[MAX_NAME];
        long long bytes = 0;

        int fd = accept(lfd, (struct sockaddr *)&ss, &len);
        if (fd == -1) {
            outlast(errno);
            continue;
        }
        name_address(name, &ss, len);
        const char *end = examine(fd, strtod(silent, NULL), &bytes);
        printf("%s %lld bytes, %s\n", name, bytes, end);
        close(fd);
    }
}
