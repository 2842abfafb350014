/* deadline, accepted: select(), non-blocking from birth, connect() called
 * again to learn what came of it, large reads. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct timespec end;

static long long us_left(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    long long us = (end.tv_sec - now.tv_sec) * 1000000LL +
                   (end.tv_nsec - now.tv_nsec + 999) / 1000;
    return us < 0 ? 0 : us;
}

/* 1 when ready, 0 when the time is over. */
static int wait_for(int fd, int for_writing)
{
    for (;;) {
        struct timeval left;
        fd_set set;
        long long us = us_left();

        left.tv_sec = us / 1000000;
        left.tv_usec = us % 1000000;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        int n = select(fd + 1, for_writing ? NULL : &set,
                       for_writing ? &set : NULL, NULL, &left);
        if (n >= 0)
            return n > 0;
        if (errno != EINTR)
            err(1, "select");
    }
}

static int start_one(const struct addrinfo *ai, int *reason)
{
    int fd =
        socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
               ai->ai_protocol);
    if (fd == -1)
        err(1, "socket");
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
        return fd;
    *reason = errno;
    if (errno == EINPROGRESS) {
        if (!wait_for(fd, 1)) {
            puts("timed out connecting");
            exit(6);
        }
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 || errno == EISCONN)
            return fd;
        *reason = errno;
    }
    close(fd);
    return -1;
}

int main(int argc, char **argv)
{
    struct addrinfo *list, hints = {0};
    static char buf[65536];
    int fd = -1, reason = 0, rc;
    size_t n = 0;
    double whole, s;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT SECONDS\n", argv[0]);
        exit(2);
    }
    const char *rest = argv[3] + strspn(argv[3], "0123456789");
    if (rest == argv[3] ||
        (*rest == '.' && rest[1 + strspn(rest + 1, "0123456789")] != '\0') ||
        (*rest != '.' && *rest != '\0') || (s = atof(argv[3])) <= 0 ||
        s > 3600) {
        fprintf(stderr, "bad SECONDS\n");
        exit(1);
    }
    hints.ai_socktype = SOCK_STREAM;
    rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    clock_gettime(CLOCK_MONOTONIC, &end);
    whole = (double)(long)s;
    end.tv_sec += (long)s;
    end.tv_nsec += (long)((s - whole) * 1e9);
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    for (; list != NULL && fd == -1; list = list->ai_next) {
        if (reason != 0 && us_left() == 0)
            return puts("timed out connecting"), 6;
        fd = start_one(list, &reason);
    }
    if (fd == -1 && reason == ECONNREFUSED)
        return puts("refused"), 4;
    if (fd == -1 && (reason == EHOSTUNREACH || reason == ENETUNREACH))
        return puts("unreachable"), 5;
    if (fd == -1 && reason == ETIMEDOUT)
        return puts("timed out connecting"), 6;
    if (fd == -1)
        errx(1, "connect: %s", strerror(reason));
    while (n <= 1024 && memchr(buf, '\n', n) == NULL) {
        if (!wait_for(fd, 0))
            return puts("timed out reading"), 7;
        ssize_t k = read(fd, buf + n, sizeof buf - n);
        if (k == 0)
            return puts("ended"), 3;
        if (k > 0)
            n += (size_t)k;
        else if (errno != EAGAIN && errno != EINTR)
            err(1, "read");
    }
    char *nl = memchr(buf, '\n', n);
    if (nl == NULL || nl - buf > 1024)
        errx(1, "too long");
    fwrite("line ", 1, 5, stdout);
    fwrite(buf, 1, (size_t)(nl - buf) + 1, stdout);
    return 0;
}
