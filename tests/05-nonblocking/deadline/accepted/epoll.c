/* deadline, accepted: epoll with a timerfd that is the limit; one recv() for
 * each readiness, level-triggered; events tested bit by bit. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int epfd, timer;

static void watch(int fd, int op, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};

    if (epoll_ctl(epfd, op, fd, &e) == -1)
        err(1, "epoll_ctl");
}

/* Whether the time is over before fd has news. */
static int is_over(int fd)
{
    struct epoll_event e[2];
    int n, over = 0;

    do
        n = epoll_wait(epfd, e, 2, -1);
    while (n == -1 && errno == EINTR);
    if (n == -1)
        err(1, "epoll_wait");
    for (int i = 0; i < n; i++) {
        if (e[i].data.fd == fd)
            return 0;
        over = 1;
    }
    return over;
}

/* Whether the timer has gone off: it goes off once. */
static int is_over_now(void)
{
    struct itimerspec left;

    if (timerfd_gettime(timer, &left) == -1)
        err(1, "timerfd_gettime");
    return left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0;
}

static int fate(const char *word, int status)
{
    puts(word);
    return status;
}

static int connect_one(const struct addrinfo *ai, int *why)
{
    int on = 1;
    socklen_t len = sizeof *why;
    int fd = socket(ai->ai_family, SOCK_STREAM, 0);

    if (fd == -1)
        err(1, "socket");
    ioctl(fd, FIONBIO, &on);
    *why = 0;
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1)
        *why = errno;
    if (*why == EINPROGRESS) {
        watch(fd, EPOLL_CTL_ADD, EPOLLOUT);
        if (is_over(fd))
            exit(fate("timed out connecting", 6));
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, why, &len) == -1)
            err(1, "getsockopt");
    } else if (*why == 0) {
        watch(fd, EPOLL_CTL_ADD, EPOLLOUT);
    }
    if (*why == 0)
        return fd;
    close(fd);
    return -1;
}

int main(int argc, char *argv[])
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    char line[1100];
    size_t n = 0;
    int fd = -1, why = 0;

    if (argc != 4)
        return fprintf(stderr, "usage: deadline HOST PORT SECONDS\n"), 2;
    double seconds = atof(argv[3]);
    if (strspn(argv[3], "0123456789.") != strlen(argv[3]) || seconds <= 0 ||
        seconds > 3600)
        errx(1, "SECONDS is wrong");
    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0)
        errx(1, "no address of %s", argv[1]);
    epfd = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, 0);
    long long ns = (long long)(seconds * 1e9) + 1;
    struct itimerspec limit = {.it_value = {ns / 1000000000, ns % 1000000000}};
    timerfd_settime(timer, 0, &limit, NULL);
    watch(timer, EPOLL_CTL_ADD, EPOLLIN);
    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
        if (why != 0 && is_over_now())
            return fate("timed out connecting", 6);
        fd = connect_one(ai, &why);
    }
    if (fd == -1 && why == ECONNREFUSED)
        return fate("refused", 4);
    if (fd == -1 && (why == EHOSTUNREACH || why == ENETUNREACH))
        return fate("unreachable", 5);
    if (fd == -1 && why == ETIMEDOUT)
        return fate("timed out connecting", 6);
    if (fd == -1)
        errx(1, "%s", strerror(why));
    watch(fd, EPOLL_CTL_MOD, EPOLLIN | EPOLLRDHUP);
    for (;;) {
        if (is_over(fd))
            return fate("timed out reading", 7);
        ssize_t got = recv(fd, line + n, sizeof line - n, 0);
        if (got == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got == -1)
            err(1, "recv");
        if (got == 0)
            return fate("ended", 3);
        char *newline = memchr(line + n, '\n', (size_t)got);
        n += (size_t)got;
        if ((newline == NULL && n > 1024) || newline > line + 1024)
            errx(1, "too long");
        if (newline != NULL) {
            fputs("line ", stdout);
            fwrite(line, 1, (size_t)(newline - line), stdout);
            return fate("", 0);
        }
    }
}
