/* pump by epoll, with two rings, into which it reads while it writes. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    RING = 32768,
    SMALL = 4096 /* fits into a pipe that is writable: PIPE_BUF */
};

/* Bytes from..to, each modulo RING. */
struct ring {
    size_t from, to;
    bool ended;
    char buf[RING];
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
        errx(1, "%s: %s", host, gai_strerror(rc));
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
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    return fd;
}

/* Sees to it that descriptors 0 to 2 are taken, lest a socket passes for
 * stdin: one that is closed gets something that ends at once, and that cannot
 * be written. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
            err(1, "/dev/null");
}

/* From now on no call on fd waits. */
static void set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        err(1, "fcntl");
}

/* The room (or what is held) as at most two pieces, and at most n bytes. */
static int pieces(struct ring *r, size_t at, size_t n, struct iovec v[2])
{
    size_t first = RING - at % RING;

    first = first < n ? first : n;
    v[0] = (struct iovec){r->buf + at % RING, first};
    v[1] = (struct iovec){r->buf, n - first};
    return v[1].iov_len > 0 ? 2 : 1;
}

static bool has_room(const struct ring *r)
{
    return !r->ended && r->to - r->from < RING;
}

/* Reads once.  Returns 0 or the error. */
static int take(int fd, struct ring *r)
{
    struct iovec v[2];
    ssize_t got = readv(fd, v, pieces(r, r->to, RING - (r->to - r->from), v));

    if (got == -1 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (got <= 0)
        r->ended = true;
    else
        r->to += (size_t)got;
    return got == -1 ? errno : 0;
}

static int give(int fd, struct ring *r, size_t most)
{
    struct iovec v[2];
    size_t n = r->to - r->from;
    ssize_t put = writev(fd, v, pieces(r, r->from, n < most ? n : most, v));

    if (put == -1 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (put == -1) {
        r->from = r->to;
        r->ended = true;
        return errno;
    }
    r->from += (size_t)put;
    return 0;
}

/* Asks epoll about fd.  A file is not asked about: it is always ready. */
static bool ask(int ep, int fd, int *was, int events)
{
    struct epoll_event e = {.events = (uint32_t)events, .data.fd = fd};

    if (*was == -2)
        return events != 0;
    if (events == *was)
        return false;
    if (*was == 0)
        e.data.fd = fd;
    if (epoll_ctl(ep,
                  *was == 0     ? EPOLL_CTL_ADD
                  : events == 0 ? EPOLL_CTL_DEL
                                : EPOLL_CTL_MOD,
                  fd, &e) == -1) {
        if (errno != EPERM)
            err(1, "epoll_ctl");
        *was = -2;
        return true;
    }
    *was = events;
    return false;
}

int main(int argc, char *argv[])
{
    static struct ring up, down;
    int was[3] = {0}, error = 0;
    bool told = false;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    signal(SIGPIPE, SIG_IGN);
    open_standard_streams();
    int fd = connect_any(argv[1], argv[2]);
    int ep = epoll_create1(0), out = dup(1); /* 0 and 1 may be the same */
    if (ep == -1 || out == -1)
        err(1, "epoll_create1");
    set_nonblocking(fd);
    while (!told || !down.ended || down.from != down.to) {
        bool now = false, ready[3] = {false};
        struct epoll_event e[4];
        int wants[3] = {has_room(&up) ? EPOLLIN : 0,
                        down.from != down.to ? EPOLLOUT : 0,
                        (has_room(&down) ? EPOLLIN : 0) |
                            (up.from != up.to ? EPOLLOUT : 0)};
        int fds[3] = {0, out, fd};
        for (int i = 0; i < 3; i++)
            if (ask(ep, fds[i], &was[i], wants[i]))
                now = ready[i] = true;
        int n = epoll_wait(ep, e, 4, now ? 0 : -1);
        for (int i = 0; i < n; i++)
            for (int k = 0; k < 3; k++)
                ready[k] |= e[i].data.fd == fds[k];
        if (ready[0] && has_room(&up) && (errno = take(0, &up)) != 0)
            err(1, "stdin");
        if (ready[1] && down.from != down.to &&
            (errno = give(out, &down, SMALL)) != 0)
            err(1, "stdout");
        int lost = 0;
        if (ready[2] && has_room(&down) && (lost = take(fd, &down)) != 0) {
            up.from = up.to;
            up.ended = true;
        }
        if (ready[2] && up.from != up.to) {
            int failed = give(fd, &up, RING);
            lost = lost != 0 ? lost : failed;
        }
        error = error != 0 ? error : lost;
        if (up.ended && up.from == up.to && !told) {
            told = true;
            if (shutdown(fd, SHUT_WR) == -1 && error == 0)
                error = errno;
        }
    }
    if (error == 0)
        return 0;
    errno = error;
    err(1, "the connection is lost");
}
