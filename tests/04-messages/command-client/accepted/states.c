/* command-client as a state machine: a socket that never waits, epoll, and a
 * state for each byte of the first line, of which no text is kept. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    BROKEN = 255,
    MAX_OUTPUT = 1 << 20
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Connects to the first address of host that accepts.  Ends the program when
 * there is none. */
static int connect_any(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int fd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(BROKEN, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd == -1)
            continue;
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
            int saved = errno;
            close(fd);
            errno = saved;
            fd = -1;
        }
    }
    if (fd == -1)
        err(BROKEN, "%s port %s", host, port);
    freeaddrinfo(list);
    return fd;
}

static void wait_for(int ep, int fd, unsigned events)
{
    struct epoll_event ev = {.events = events}, got;

    while (epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev) == -1)
        if (errno != EINTR)
            err(BROKEN, "epoll_ctl");
    while (epoll_wait(ep, &got, 1, -1) == -1)
        if (errno != EINTR)
            err(BROKEN, "epoll_wait");
}

enum state {
    STATUS,
    LENGTH,
    BODY
};

int main(int argc, char *argv[])
{
    static char buf[700];
    enum state state = STATUS;
    unsigned long number[2] = {0, 0};
    int digits = 0;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT NAME\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(BROKEN, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    int fd = connect_any(argv[1], argv[2]);
    int ep = epoll_create1(0);
    struct epoll_event ev = {.events = EPOLLOUT};
    if (ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
        err(BROKEN, "epoll");

    struct iovec iov[2] = {{argv[3], strlen(argv[3])}, {(char[]){"\n"}, 1}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    while (iov[0].iov_len + iov[1].iov_len > 0) {
        ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL);
        if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
            if (errno == EAGAIN)
                wait_for(ep, fd, EPOLLOUT);
            continue;
        }
        if (n == -1)
            err(BROKEN, "send");
        for (int i = 0; i < 2; i++) {
            size_t k = (size_t)n < iov[i].iov_len ? (size_t)n : iov[i].iov_len;
            iov[i].iov_base = (char *)iov[i].iov_base + k;
            iov[i].iov_len -= k;
            n -= (ssize_t)k;
        }
    }

    while (state != BODY || number[1] > 0) {
        size_t want = state != BODY            ? 1
                      : number[1] < sizeof buf ? number[1]
                                               : sizeof buf;
        ssize_t n = read(fd, buf, want);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN) {
            wait_for(ep, fd, EPOLLIN);
            continue;
        }
        if (n == -1)
            err(BROKEN, "read");
        if (n == 0)
            errx(BROKEN, "the answer ends too early");
        if (state == BODY) {
            for (ssize_t i = 0; i < n;) {
                ssize_t w = write(1, buf + i, (size_t)(n - i));
                if (w == -1 && errno != EINTR)
                    err(BROKEN, "stdout");
                if (w > 0)
                    i += w;
            }
            number[1] -= (size_t)n;
        } else if (buf[0] >= '0' && buf[0] <= '9') {
            number[state] = number[state] * 10 + (unsigned long)(buf[0] - '0');
            if (++digits > (state == STATUS ? 3 : 7) ||
                number[state] > (state == STATUS ? 255 : MAX_OUTPUT))
                errx(BROKEN, "the answer is broken: a number is too large");
        } else if (digits > 0 && buf[0] == (state == STATUS ? ' ' : '\n')) {
            state = state == STATUS ? LENGTH : BODY;
            digits = 0;
        } else {
            errx(BROKEN, "the answer is broken: not two numbers");
        }
    }
    return (int)number[0];
}
