/* fixed by epoll, edge-triggered: a socket that never blocks, a large buffer,
 * and one send() for all records that are whole. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Makes a socket that listens at one address.  Returns -1 with errno set when
 * it cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int lfd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (lfd == -1)
        return -1;
    if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
        bind(lfd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(lfd, SOMAXCONN) == -1) {
        int saved = errno;
        close(lfd);
        errno = saved;
        return -1;
    }
    return lfd;
}

/* Prints where a socket listens, an IPv6 address in brackets. */
static void print_address(int lfd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    int rc = getnameinfo((const struct sockaddr *)&ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    if (ss.ss_family == AF_INET6)
        printf("listening on [%s]:%s\n", addr, port);
    else
        printf("listening on %s:%s\n", addr, port);
}

/* Listens at the first address of host that can be bound, and prints where.
 * Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    int lfd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s", host);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && lfd == -1; ai = ai->ai_next)
        lfd = listen_at(ai);
    if (lfd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    print_address(lfd);
    return lfd;
}

enum {
    RECORD = 64,
    ROOM = 100 * RECORD
};

static void wait_for(int ep, int fd, uint32_t what)
{
    struct epoll_event ev = {.events = what | EPOLLET, .data.fd = fd};

    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1)
        err(1, "epoll_ctl");
    while (epoll_wait(ep, &ev, 1, -1) < 1)
        if (errno != EINTR)
            err(1, "epoll_wait");
    if (epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL) == -1)
        err(1, "epoll_ctl");
}

static int take_client(int ep, int lfd)
{
    const struct timespec a_little = {.tv_nsec = 50 * 1000 * 1000};

    for (;;) {
        int cfd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (cfd != -1)
            return cfd;
        int e = errno;
        if (e == EAGAIN)
            wait_for(ep, lfd, EPOLLIN);
        if (e == EINTR || e == EAGAIN)
            continue;
        if (e == EBADF || e == EINVAL || e == ENOTSOCK)
            err(1, "accept4");
        warn("accept4");
        if (e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM)
            nanosleep(&a_little, NULL);
    }
}

static void serve(int ep, int fd)
{
    static unsigned char in[ROOM], back[ROOM];
    size_t n = 0;

    for (;;) {
        ssize_t got = read(fd, in + n, sizeof in - n);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1 && errno == EAGAIN) {
            wait_for(ep, fd, EPOLLIN | EPOLLRDHUP);
            continue;
        }
        if (got == -1)
            warn("read");
        if (got <= 0)
            return;
        n += (size_t)got;
        size_t whole = n - n % RECORD;
        for (size_t i = 0; i < whole; i++)
            back[i] = in[i - i % RECORD + (RECORD - 1 - i % RECORD)];
        for (size_t sent = 0; sent < whole;) {
            ssize_t k = send(fd, back + sent, whole - sent, MSG_NOSIGNAL);
            if (k >= 0)
                sent += (size_t)k;
            else if (errno == EAGAIN)
                wait_for(ep, fd, EPOLLOUT);
            else if (errno != EINTR) {
                warn("send");
                return;
            }
        }
        memmove(in, in + whole, n - whole);
        n -= whole;
    }
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int lfd = open_door(argv[1], argv[2]);
    int ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep == -1)
        err(1, "epoll_create1");
    if (fcntl(lfd, F_SETFL, fcntl(lfd, F_GETFL) | O_NONBLOCK) == -1)
        err(1, "fcntl");
    for (;;) {
        int cfd = take_client(ep, lfd);
        serve(ep, cfd);
        close(cfd);
    }
}
