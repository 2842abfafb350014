/* autopsy with a child for each client, one after the other. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

static volatile sig_atomic_t rings;

static void on_alarm(int sig)
{
    (void)sig;
    rings = 1;
}

/* A bell after so many seconds, and again and again in case one is missed. */
static void ring_after(double seconds)
{
    struct itimerspec t = {
        .it_value = {.tv_sec = (time_t)seconds,
                     .tv_nsec =
                         (long)((seconds - (double)(time_t)seconds) * 1e9)},
        .it_interval = {.tv_nsec = 50 * 1000 * 1000}};
    static timer_t timer;
    static bool is_made;

    if (!is_made && timer_create(CLOCK_MONOTONIC, NULL, &timer) == -1)
        err(1, "timer_create");
    is_made = true;
    rings = 0;
    timer_settime(timer, 0, &t, NULL);
}

static const char *word(int error)
{
    if (error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH)
        return "unreachable";
    return "reset";
}

static const char *ask(int fd, double silent)
{
    struct pollfd p = {.fd = fd};

    while (send(fd, "?", 1, MSG_NOSIGNAL) == -1)
        if (errno != EINTR)
            return "closed";
    ring_after(silent < 1 ? silent : 1);
    while (rings == 0)
        if (poll(&p, 1, -1) == 1)
            return "closed";
    return "half-closed";
}

static const char *examine(int fd, double silent, long long *bytes)
{
    char buf[4096];
    int failed = 0;
    unsigned ms = (unsigned)(silent * 1000) + 1;

    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
    for (;;) {
        ring_after(silent);
        ssize_t got = recv(fd, buf, sizeof buf, 0);
        if (got > 0) {
            *bytes += got;
        } else if (got == -1 && errno == EINTR) {
            while (rings != 0 && failed == 0 &&
                   send(fd, ".", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == -1) {
                if (errno == EAGAIN)
                    break;
                failed = errno == EINTR ? 0 : errno;
            }
        } else if (got == 0 && failed == 0) {
            return ask(fd, silent);
        } else {
            return word(failed != 0 ? failed : errno);
        }
    }
}

int main(int argc, char *argv[])
{
    struct sigaction sa = {.sa_handler = on_alarm};
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

    sigaction(SIGALRM, &sa, NULL);
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
        pid_t pid = fork();
        if (pid == 0) {
            const char *end = examine(fd, strtod(silent, NULL), &bytes);
            printf("%s %lld bytes, %s\n", name, bytes, end);
            exit(0);
        }
        close(fd);
        while (pid != -1 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
            continue;
    }
}
