/* talk with epoll, which says EPERM for a file: that is always ready.  stdin
 * is a descriptor of its own number, and the socket keeps whatever number it
 * gets. */
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
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int ep;
static bool in_is_file;

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

/* stdout may be non-blocking. */
static void wait_for_stdout(void)
{
    fd_set writes;

    FD_ZERO(&writes);
    FD_SET(STDOUT_FILENO, &writes);
    if (select(STDOUT_FILENO + 1, NULL, &writes, NULL, NULL) == -1 &&
        errno != EINTR)
        err(1, "select");
}

/* Writes all n bytes of buf to stdout.  Ends the program on an error. */
static void write_all(const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, buf, n);
        if (written == -1 && errno == EAGAIN)
            wait_for_stdout();
        else if (written == -1 && errno != EINTR)
            err(1, "stdout");
        if (written == -1)
            continue;
        buf += written;
        n -= (size_t)written;
    }
}

/* Asks for events of a descriptor; 0: for none but errors. */
static void ask(int fd, uint32_t events, bool first)
{
    struct epoll_event e = {.events = events, .data.fd = fd};

    if (epoll_ctl(ep, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e) == -1)
        err(1, "epoll_ctl");
}

int main(int argc, char *argv[])
{
    struct epoll_event got[4];
    char buf[8192], back[8192];
    size_t at = 0, left = 0;
    bool reads = true, in_is_named = false;
    int trouble = 0, in = -1;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    int fd = connect_any(argv[1], argv[2]);
    ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep == -1)
        err(1, "epoll_create1");
    ask(fd, EPOLLIN, true);
    if (in == -1) {
        reads = false;
        shutdown(fd, SHUT_WR);
    }
    struct epoll_event first = {.events = EPOLLIN, .data.fd = in};
    if (reads && epoll_ctl(ep, EPOLL_CTL_ADD, in, &first) == -1)
        in_is_file = errno == EPERM;
    in_is_named = reads && !in_is_file;
    for (;;) {
        bool file_turn = in_is_file && reads && left == 0;
        bool in_turn = false, peer_turn = false, out_turn = false;
        int n = epoll_wait(ep, got, 4, file_turn ? 0 : -1);
        ssize_t m;

        if (n == -1 && errno != EINTR)
            err(1, "epoll_wait");
        for (int i = 0; i < n; i++) {
            in_turn = in_turn || got[i].data.fd == in;
            if (got[i].data.fd == fd) {
                peer_turn = (got[i].events & ~(uint32_t)EPOLLOUT) != 0;
                out_turn = (got[i].events & EPOLLOUT) != 0;
            }
        }
        if (peer_turn) {
            m = recv(fd, back, sizeof back, MSG_DONTWAIT);
            if (m == 0 && trouble == 0)
                return 0;
            if (m == 0)
                errno = trouble;
            if (m == 0 || (m == -1 && errno != EAGAIN && errno != EINTR))
                err(1, "peer");
            if (m > 0)
                write_all(back, (size_t)m);
        }
        if ((in_turn || file_turn) && left == 0 && reads) {
            struct iovec v = {buf, sizeof buf};
            m = readv(in, &v, 1);
            if (m == -1 && errno != EAGAIN && errno != EINTR)
                err(1, "stdin");
            if (m > 0) {
                at = 0;
                left = (size_t)m;
            }
            if (m == 0) {
                reads = false;
                shutdown(fd, SHUT_WR);
            }
        }
        if (out_turn && left > 0) {
            struct iovec v = {buf + at, left};
            struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1};
            m = sendmsg(fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (m > 0) {
                at += (size_t)m;
                left -= (size_t)m;
            } else if (m == -1 && errno != EAGAIN && errno != EINTR) {
                trouble = errno;
                left = 0;
                reads = false;
            }
        }
        ask(fd, left > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN, false);
        if (in_is_named && (!reads || left > 0)) {
            epoll_ctl(ep, EPOLL_CTL_DEL, in, NULL);
            in_is_named = false;
        } else if (!in_is_named && !in_is_file && reads && left == 0) {
            ask(in, EPOLLIN, true);
            in_is_named = true;
        }
    }
}
