/* burst, accepted: non-blocking from birth, so that connect() is under way at
 * first; edge-triggered epoll; write() with SIGPIPE ignored. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int epfd;

static void wait_edge(void)
{
    struct epoll_event e;

    while (epoll_wait(epfd, &e, 1, -1) == -1)
        if (errno != EINTR)
            err(1, "epoll_wait");
}

static int try_one(const struct addrinfo *ai)
{
    struct epoll_event e = {.events = EPOLLOUT | EPOLLET};
    int reason = 0;
    socklen_t len = sizeof reason;
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK, 0);

    if (fd == -1)
        return -1;
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1 && errno != EINPROGRESS)
        reason = errno;
    if (reason == 0) {
        if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e) == -1)
            err(1, "epoll_ctl");
        wait_edge();
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &len);
    }
    if (reason == 0)
        return fd;
    close(fd);
    errno = reason;
    return -1;
}

int main(int argc, char *argv[])
{
    struct addrinfo *ai, hints = {.ai_socktype = SOCK_STREAM};
    static char buf[60000];
    long long total = 0, waits = 0;
    int fd = -1;

    if (argc != 3)
        return fprintf(stderr, "usage: burst HOST PORT\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    epfd = epoll_create1(EPOLL_CLOEXEC);
    if (getaddrinfo(argv[1], argv[2], &hints, &ai) != 0)
        errx(1, "no such host");
    for (; ai != NULL && fd == -1; ai = ai->ai_next)
        fd = try_one(ai);
    if (fd == -1)
        err(1, "connect");
    for (;;) {
        ssize_t have = TEMP_FAILURE_RETRY(read(STDIN_FILENO, buf, sizeof buf));
        if (have == -1)
            err(1, "stdin");
        if (have == 0)
            break;
        char *at = buf;
        while (have > 0) {
            ssize_t n = write(fd, at, (size_t)have);
            if (n == -1 && errno == EAGAIN) {
                waits++;
                /* the edge may be of before; then write() says it again */
                wait_edge();
                continue;
            }
            if (n == -1 && errno == EINTR)
                continue;
            if (n == -1)
                err(1, "write");
            at += n;
            have -= n;
            total += n;
        }
    }
    if (shutdown(fd, SHUT_WR) == -1 || close(fd) == -1)
        err(1, "close");
    printf("sent %lld bytes, waited %lld times\n", total, waits);
    return 0;
}
