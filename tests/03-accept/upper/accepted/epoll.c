/* upper, accepted: nothing blocks; epoll, and a ring of 16 KiB. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int port_ok(const char *s)
{
    int v = 0, n = 0;

    for (; *s != '\0'; s++, n++) {
        if (n == 5 || *s < '0' || *s > '9')
            return 0;
        v = v * 10 + (*s - '0');
    }
    return n > 0 && v <= 65535;
}

/* Writes "WORD ADDR:PORT" in one piece. */
static void tell(const char *word, const struct sockaddr *sa)
{
    char text[INET6_ADDRSTRLEN], line[128];
    int n;

    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 s;
        memcpy(&s, sa, sizeof s);
        inet_ntop(AF_INET6, &s.sin6_addr, text, sizeof text);
        n = snprintf(line, sizeof line, "%s [%s]:%d\n", word, text,
                     ntohs(s.sin6_port));
    } else {
        struct sockaddr_in s;
        memcpy(&s, sa, sizeof s);
        inet_ntop(AF_INET, &s.sin_addr, text, sizeof text);
        n = snprintf(line, sizeof line, "%s %s:%d\n", word, text,
                     ntohs(s.sin_port));
    }
    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        err(1, "stdout");
}

static int open_listener(const char *host, const char *port, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV},
                    *list;
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int fd = -1, on = 1, why = 0;

    if (!port_ok(port))
        errx(1, "%s: %s is no port", host, port);
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s port %s: %s", host, port, gai_strerror(rc));
    for (struct addrinfo *a = list; a != NULL && fd == -1; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | flags, 0);
        if (fd != -1 &&
            (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
             bind(fd, a->ai_addr, a->ai_addrlen) == -1 ||
             listen(fd, SOMAXCONN) == -1)) {
            why = errno;
            close(fd);
            fd = -1;
        } else if (fd == -1)
            why = errno;
    }
    freeaddrinfo(list);
    if (fd == -1)
        errx(1, "%s port %s: %s", host, port, strerror(why));
    if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    tell("listening on", (struct sockaddr *)&ss);
    return fd;
}

enum {
    ROOM = 16384
};

static int short_of(int e)
{
    return e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM;
}

static int callers_fault(int e)
{
    switch (e) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
    case EPERM:
    case ETIMEDOUT:
        return 1;
    }
    return 0;
}

static void serve(int fd)
{
    static char ring[ROOM];
    size_t in = 0, out = 0;
    int ended = 0, ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

    if (ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == -1) {
        warn("epoll");
        goto out;
    }
    while (!ended || in != out) {
        e.events = (ended || in - out == ROOM ? 0u : (unsigned)EPOLLIN) |
                   (in == out ? 0u : (unsigned)EPOLLOUT);
        epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
        if (epoll_wait(ep, &e, 1, -1) == -1) {
            if (errno == EINTR)
                continue;
            break;
        }
        if (!ended && in - out < ROOM) {
            size_t at = in % ROOM, n = ROOM - (in - out);
            if (n > ROOM - at)
                n = ROOM - at;
            ssize_t k = recv(fd, ring + at, n, 0);
            if (k == 0)
                ended = 1;
            else if (k == -1 && errno != EAGAIN && errno != EINTR)
                goto out;
            for (ssize_t i = 0; i < k; i++)
                if (ring[at + (size_t)i] >= 'a' && ring[at + (size_t)i] <= 'z')
                    ring[at + (size_t)i] = (char)(ring[at + (size_t)i] - 32);
            if (k > 0)
                in += (size_t)k;
        }
        if (in != out) {
            size_t at = out % ROOM, n = in - out;
            if (n > ROOM - at)
                n = ROOM - at;
            ssize_t k = send(fd, ring + at, n, MSG_NOSIGNAL);
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                goto out;
            if (k > 0)
                out += (size_t)k;
        }
    }
out:
    if (ep != -1)
        close(ep);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: upper HOST PORT\n", stderr);
        return 2;
    }
    int lfd = open_listener(argv[1], argv[2], SOCK_NONBLOCK | SOCK_CLOEXEC);
    for (;;) {
        union {
            struct sockaddr sa;
            struct sockaddr_storage room;
        } from;
        socklen_t len = sizeof from;
        int fd = accept4(lfd, &from.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd != -1) {
            tell("caller", &from.sa);
            serve(fd);
            close(fd);
        } else if (errno == EAGAIN) {
            struct pollfd p = {lfd, POLLIN, 0};
            poll(&p, 1, -1);
        } else if (short_of(errno)) {
            warn("no room for a caller");
            poll(NULL, 0, 20);
        } else if (!callers_fault(errno))
            err(1, "accept");
    }
}
