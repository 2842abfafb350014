/* framed, accepted: one client whose socket never blocks, poll() where there
 * is EAGAIN, all whole frames of a buffer in one send, refused at the first
 * byte that is no digit. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int take_client(int lfd, int flags)
{
    const struct timespec a_little = {.tv_nsec = 50 * 1000 * 1000};

    for (;;) {
        int cfd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC | flags);
        if (cfd != -1)
            return cfd;
        int e = errno;
        if (e == EINTR || e == EAGAIN)
            continue;
        if (e == EBADF || e == EINVAL || e == ENOTSOCK)
            err(1, "accept4");
        warn("accept4");
        if (e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM)
            nanosleep(&a_little, NULL);
    }
}

enum {
    HEAD = 5,
    MOST = 65536,
    ROOM = 3 * (HEAD + MOST)
};

/* How long the frame at p is: 0 as long as that cannot be told, -1 when it is
 * none. */
static long frame_length(const char *p, size_t n)
{
    long length = 0;

    for (size_t i = 0; i < HEAD && i < n; i++) {
        if ((unsigned char)(p[i] - '0') > 9)
            return -1;
        length = length * 10 + p[i] - '0';
    }
    if (n < HEAD)
        return 0;
    return length > MOST ? -1 : HEAD + length;
}

static void wait_for(int fd, short what)
{
    struct pollfd p = {.fd = fd, .events = what};

    while (poll(&p, 1, -1) == -1 && (errno == EINTR || errno == EAGAIN))
        ;
}

static void serve(int fd)
{
    static char buf[ROOM];
    size_t n = 0;

    for (;;) {
        ssize_t got = recv(fd, buf + n, sizeof buf - n, 0);
        if (got == -1 && errno == EAGAIN)
            wait_for(fd, POLLIN);
        if (got == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got == -1)
            warn("recv");
        if (got <= 0)
            return;
        n += (size_t)got;
        size_t whole = 0;
        long length;
        while ((length = frame_length(buf + whole, n - whole)) > 0 &&
               (size_t)length <= n - whole)
            whole += (size_t)length;
        for (size_t sent = 0; sent < whole;) {
            ssize_t k = send(fd, buf + sent, whole - sent, MSG_NOSIGNAL);
            if (k >= 0)
                sent += (size_t)k;
            else if (errno == EAGAIN)
                wait_for(fd, POLLOUT);
            else if (errno != EINTR) {
                warn("send");
                return;
            }
        }
        if (length == -1) {
            warnx("not a head, the client is sent away");
            return;
        }
        memmove(buf, buf + whole, n - whole);
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
    for (;;) {
        int cfd = take_client(lfd, SOCK_NONBLOCK);
        serve(cfd);
        close(cfd);
    }
}
