/* autopsy with a recv() that waits, and a time limit (SO_RCVTIMEO) for the
 * silence; behind its `?' it sleeps, and asks SO_ERROR after that. */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_until(long long end)
{
    struct timespec t = {.tv_sec = (time_t)(end / 1000000000),
                         .tv_nsec = (long)(end % 1000000000)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

static const char *name_of(int error, const char *other)
{
    return error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH
               ? "unreachable"
               : other;
}

/* 0, or why it cannot be sent */
static int say(int fd, char c)
{
    ssize_t n;

    do
        n = send(fd, &c, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n == -1 && errno == EINTR);
    return n == -1 && errno != EAGAIN ? errno : 0;
}

static const char *examine(int fd, long long silent, unsigned long long *bytes)
{
    static char buf[3000];
    long long beat = now() + silent;
    unsigned int ms = (unsigned int)((silent + 999999) / 1000000);
    int error = 0;

    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
    for (;;) {
        long long left = beat - now();
        if (error == 0 && left <= 0) {
            /* what is there already is no silence */
            ssize_t n = recv(fd, buf, 1, MSG_PEEK | MSG_DONTWAIT);
            if (n == -1 && errno == EAGAIN) {
                error = say(fd, '.');
                beat = now() + silent;
                continue;
            }
            if (n == -1 && errno != EINTR)
                return name_of(errno, "reset");
            left = 1000;
        }
        struct timeval tv = {.tv_sec = left / 1000000000,
                             .tv_usec = left % 1000000000 / 1000};
        if (tv.tv_sec == 0 && tv.tv_usec == 0)
            tv.tv_usec = 1;
        if (error == 0)
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
        ssize_t n = recv(fd, buf, sizeof buf, error != 0 ? MSG_DONTWAIT : 0);
        if (n > 0) {
            *bytes += (unsigned long long)n;
            beat = now() + silent;
        } else if (n == 0) {
            break;
        } else if (errno == EAGAIN && error != 0) {
            return name_of(error, "reset");
        } else if (errno != EINTR && errno != EAGAIN) {
            return name_of(errno, "reset");
        }
    }
    if (error != 0)
        return name_of(error, "reset");

    long long end = now() + (silent < 1000000000 ? silent : 1000000000);
    error = say(fd, '?');
    if (error == 0) {
        socklen_t len = sizeof error;
        sleep_until(end);
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    }
    return error == 0 ? "half-closed" : name_of(error, "closed");
}

static void show(const char *before, struct sockaddr_storage *ss, socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    getnameinfo((struct sockaddr *)ss, len, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (strchr(host, ':') != NULL)
        printf("%s[%s]:%s", before, host, port);
    else
        printf("%s%s:%s", before, host, port);
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV},
                    *list, *a;
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    const char *s = "30", *p;
    int lfd = -1, last = 0, yes = 1;

    if (argc == 5 && strcmp(argv[1], "--silent") == 0) {
        s = argv[2];
        argv += 2;
    } else if (argc != 3) {
        fprintf(stderr, "usage: autopsy [--silent S] HOST PORT\n");
        return 2;
    }
    size_t whole = strspn(s, "0123456789"),
           fraction = s[whole] == '.' ? strspn(s + whole + 1, "0123456789") : 0;
    p = s + whole + (fraction > 0 ? 1 + fraction : 0);
    if (whole == 0 || *p != '\0' || !(strtod(s, NULL) > 0) ||
        strtod(s, NULL) > 3600) {
        fprintf(stderr, "autopsy: \"%s\" is not a number of seconds\n", s);
        return 1;
    }
    whole = strspn(argv[2], "0123456789");
    if (argv[2][whole] != 0 || whole < 1 || whole > 5 ||
        atoi(argv[2]) > 65535) {
        fprintf(stderr, "autopsy: port \"%s\" is not a number\n", argv[2]);
        return 1;
    }
    long long silent = (long long)(strtod(s, NULL) * 1e9);
    if (silent == 0)
        silent = 1;
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0) {
        fprintf(stderr, "autopsy: %s: %s\n", argv[1], gai_strerror(rc));
        return 1;
    }
    for (a = list; a != NULL; a = a->ai_next) {
        lfd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (lfd == -1) {
            last = errno;
            continue;
        }
        setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(lfd, a->ai_addr, a->ai_addrlen) == 0 && listen(lfd, 128) == 0)
            break;
        last = errno;
        close(lfd);
    }
    if (a == NULL) {
        fprintf(stderr, "autopsy: %s: %s\n", argv[1], strerror(last));
        return 1;
    }
    freeaddrinfo(list);
    getsockname(lfd, (struct sockaddr *)&ss, &len);
    show("listening on ", &ss, len);
    printf("\n");
    fflush(stdout);
    for (;;) {
        len = sizeof ss;
        int fd = accept4(lfd, (struct sockaddr *)&ss, &len, SOCK_CLOEXEC);
        if (fd == -1) {
            if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK ||
                errno == EFAULT) {
                perror("autopsy: accept");
                return 1;
            }
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                errno == ENOBUFS)
                usleep(20000);
            continue;
        }
        unsigned long long bytes = 0;
        const char *end = examine(fd, silent, &bytes);
        show("", &ss, len);
        printf(" %llu bytes, %s\n", bytes, end);
        fflush(stdout);
        close(fd);
    }
}
