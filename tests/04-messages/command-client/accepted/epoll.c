/* command-client with epoll: a socket that never waits, and a state for each
 * part of the answer; the first line comes byte by byte, sendmsg() joins the
 * name and its newline. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum part {
    STATUS,
    LENGTH,
    BODY
};

static const struct {
    int digits;
    unsigned long most;
    char end;
} form[] = {{3, 255, ' '}, {7, 1 << 20, '\n'}};

static void wait_for(int ep, int fd, unsigned events)
{
    struct epoll_event ev = {.events = events}, got;

    if (epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev) == -1)
        err(255, "epoll_ctl");
    while (epoll_wait(ep, &got, 1, -1) == -1)
        if (errno != EINTR)
            err(255, "epoll_wait");
}

static void send_name(int ep, int fd, char *name)
{
    struct iovec v[2] = {{name, strlen(name)}, {(char[]){'\n'}, 1}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};

    while (v[0].iov_len + v[1].iov_len > 0) {
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (n == -1 && errno == EAGAIN)
            wait_for(ep, fd, EPOLLOUT);
        else if (n == -1 && errno != EINTR)
            err(255, "sendmsg");
        for (int i = 0; i < 2 && n > 0; i++) {
            size_t k = (size_t)n < v[i].iov_len ? (size_t)n : v[i].iov_len;
            v[i].iov_base = (char *)v[i].iov_base + k;
            v[i].iov_len -= k;
            n -= (ssize_t)k;
        }
    }
}

static size_t take(int ep, int fd, char *buf, size_t n)
{
    for (;;) {
        ssize_t got = read(fd, buf, n);
        if (got > 0)
            return (size_t)got;
        if (got == 0)
            errx(255, "the server has closed too early");
        if (errno == EAGAIN)
            wait_for(ep, fd, EPOLLIN);
        else if (errno != EINTR)
            err(255, "read");
    }
}

static void print(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(STDOUT_FILENO, p, n);
        if (k == -1 && errno != EINTR)
            err(255, "stdout");
        p += k > 0 ? k : 0;
        n -= k > 0 ? (size_t)k : 0;
    }
}

static int receive(int ep, int fd)
{
    static char buf[700];
    unsigned long number[] = {0, 0};
    int digits = 0;

    for (enum part part = STATUS; part != BODY;) {
        take(ep, fd, buf, 1);
        if (*buf >= '0' && *buf <= '9') {
            number[part] = number[part] * 10 + (unsigned long)(*buf - '0');
            if (++digits > form[part].digits || number[part] > form[part].most)
                errx(255, "a number is too long or too large");
        } else if (digits > 0 && *buf == form[part].end) {
            part++;
            digits = 0;
        } else {
            errx(255, "the first line is not two numbers");
        }
    }
    while (number[LENGTH] > 0) {
        size_t most = sizeof buf;
        size_t n =
            take(ep, fd, buf, most < number[LENGTH] ? most : number[LENGTH]);
        print(buf, n);
        number[LENGTH] -= n;
    }
    return (int)number[STATUS];
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    struct epoll_event ev = {.events = EPOLLOUT};
    int fd = -1;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT NAME\n", argv[0]);
        return 2;
    }
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(255, "%s: %s", argv[1], gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        if (ai->ai_next == NULL)
            err(255, "%s port %s", argv[1], argv[2]);
        if (fd != -1)
            close(fd);
    }
    freeaddrinfo(list);
    int ep = epoll_create1(0);
    if (ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
        err(255, "epoll");
    send_name(ep, fd, argv[3]);
    return receive(ep, fd);
}
