/* deadline, accepted: blocking calls that a timer interrupts, again and again
 * from the end of the limit on; each line is looked at before it is taken. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

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

static const char *const words[] = {"line ",
                                    "",
                                    "",
                                    "ended",
                                    "refused",
                                    "unreachable",
                                    "timed out connecting",
                                    "timed out reading"};

static struct timespec end;

static long long left_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
        err(1, "clock_gettime");
    return (long long)(end.tv_sec - now.tv_sec) * 1000000000LL +
           (end.tv_nsec - now.tv_nsec);
}

static void set_end(const char *s)
{
    if (clock_gettime(CLOCK_MONOTONIC, &end) == -1)
        err(1, "clock_gettime");
    long long ns = end.tv_nsec + (long long)(strtod(s, NULL) * 1e9);
    end.tv_sec += ns / 1000000000LL;
    end.tv_nsec = ns % 1000000000LL;
}

static struct addrinfo *look_up(int argc, char *argv[])
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT SECONDS\n", argv[0]);
        exit(2);
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    if (!is_seconds(argv[3]))
        errx(1, "\"%s\" is not a number of seconds up to 3600", argv[3]);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));
    return list;
}

static int fate(int reason)
{
    switch (reason) {
    case ECONNREFUSED:
        return 4;
    case EHOSTUNREACH:
    case ENETUNREACH:
        return 5;
    case ETIMEDOUT:
        return 6;
    }
    errno = reason;
    err(1, "connect");
}

static int say(int outcome, const char *line, size_t n)
{
    printf("%s", words[outcome]);
    if (outcome == 0)
        fwrite(line, 1, n, stdout);
    puts("");
    if (fflush(stdout) == EOF)
        err(1, "stdout");
    return outcome;
}

static void nothing(int sig)
{
    (void)sig;
}

int main(int argc, char *argv[])
{
    struct addrinfo *list = look_up(argc, argv);
    int reason = 0, s = -1;
    char line[1025];

    set_end(argv[3]);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = nothing}, NULL);
    long long us = (left_ns() + 999) / 1000;
    if (us < 1)
        us = 1;
    struct itimerval it = {{0, 2000}, {us / 1000000, us % 1000000}};
    if (setitimer(ITIMER_REAL, &it, NULL) == -1)
        err(1, "setitimer");
    for (struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        s = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (s == -1) {
            reason = errno;
            continue;
        }
        reason = connect(s, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
        if (reason == EINTR) {
            struct pollfd p = {.fd = s, .events = POLLOUT};
            int n;
            while ((n = poll(&p, 1, left_ns() > 0 ? -1 : 0)) == -1)
                if (errno != EINTR)
                    err(1, "poll");
            socklen_t len = sizeof reason;
            if (n == 0)
                reason = ETIMEDOUT;
            else if (getsockopt(s, SOL_SOCKET, SO_ERROR, &reason, &len) == -1)
                err(1, "getsockopt");
        }
        if (reason == 0)
            break;
        close(s);
        if (left_ns() <= 0) {
            reason = ETIMEDOUT;
            break;
        }
    }
    freeaddrinfo(list);
    if (reason != 0)
        return say(fate(reason), NULL, 0);

    size_t have = 0;
    for (;;) {
        int flags = left_ns() > 0 ? 0 : MSG_DONTWAIT;
        ssize_t n = recv(s, line + have, sizeof line - have, MSG_PEEK | flags);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN && flags == 0)
            continue;
        if (n == -1 && errno == EAGAIN)
            return say(7, NULL, 0);
        if (n == -1)
            err(1, "recv");
        if (n == 0)
            return say(3, NULL, 0);
        char *nl = memchr(line + have, '\n', (size_t)n);
        size_t take = nl != NULL ? (size_t)(nl - (line + have)) + 1 : (size_t)n;
        ssize_t m;
        do
            m = recv(s, line + have, take, 0);
        while (m == -1 && (errno == EINTR || errno == EAGAIN));
        if (m == -1)
            err(1, "recv");
        have += (size_t)m;
        if (nl != NULL && m == (ssize_t)take)
            return say(0, line, have - 1);
        if (have > 1024)
            errx(1, "line too long");
    }
}
