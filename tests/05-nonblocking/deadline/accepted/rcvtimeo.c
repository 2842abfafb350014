/* deadline, accepted: a blocking socket with SO_SNDTIMEO, which bounds
 * connect(), and SO_RCVTIMEO, set anew before each recv(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Bounds the next call by what is left; 0 when nothing is. */
static int bound(int fd, int option, double end)
{
    double left = end - now();
    struct timeval tv = {.tv_sec = (time_t)left};

    if (left <= 0)
        return 0;
    tv.tv_usec = (suseconds_t)((left - (double)tv.tv_sec) * 1e6);
    if (tv.tv_sec == 0 && tv.tv_usec == 0)
        tv.tv_usec = 1; /* 0 would be no limit */
    if (setsockopt(fd, SOL_SOCKET, option, &tv, sizeof tv) == -1)
        err(1, "setsockopt");
    return 1;
}

static int finish(int status, const char *word)
{
    puts(word);
    return status;
}

static int read_line(int fd, double end)
{
    char line[1025];
    size_t n = 0;

    for (;;) {
        if (!bound(fd, SO_RCVTIMEO, end))
            return finish(7, "timed out reading");
        ssize_t got = recv(fd, line + n, 1, 0);
        if (got == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got == -1)
            err(1, "recv");
        if (got == 0)
            return finish(3, "ended");
        if (line[n] == '\n')
            break;
        if (++n > 1024)
            errx(1, "the line is too long");
    }
    fputs("line ", stdout);
    fwrite(line, 1, n + 1, stdout);
    return 0;
}

int main(int argc, char *argv[])
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char *rest;
    int why = 0;

    if (argc != 4) {
        fputs("usage: deadline HOST PORT SECONDS\n", stderr);
        return 2;
    }
    double seconds = strtod(argv[3], &rest);
    if (argv[3][strspn(argv[3], "0123456789.")] != '\0' || *rest != '\0' ||
        !(seconds > 0 && seconds <= 3600))
        errx(1, "not a number of seconds: \"%s\"", argv[3]);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));
    double end = now() + seconds;
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd == -1)
            err(1, "socket");
        if (!bound(fd, SO_SNDTIMEO, end))
            return finish(6, "timed out connecting");
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            return read_line(fd, end);
        why = errno;
        close(fd);
    }
    switch (why) {
    case ECONNREFUSED:
        return finish(4, "refused");
    case ENETUNREACH:
    case EHOSTUNREACH:
        return finish(5, "unreachable");
    case EINPROGRESS: /* the limit of SO_SNDTIMEO */
    case ETIMEDOUT:
        return finish(6, "timed out connecting");
    default:
        errno = why;
        err(1, "connect");
    }
}
