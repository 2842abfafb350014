/* hi-server, accepted: epoll, recvmmsg() in batches, inet_ntop() and write().
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST = 512,
    BATCH = 8,
    LINE = 200
};

static void put(const char *s)
{
    size_t n = strlen(s);

    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, s, n);
        if (done == -1 && errno == EINTR)
            continue;
        if (done == -1)
            err(1, "stdout");
        s += done;
        n -= (size_t)done;
    }
}

static void name_of(char *name, size_t size, const void *where)
{
    const struct sockaddr *sa = where;
    char text[INET6_ADDRSTRLEN];

    if (sa->sa_family == AF_INET) {
        const struct sockaddr_in *in = where;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
        snprintf(name, size, "%s:%u", text, ntohs(in->sin_port));
    } else {
        const struct sockaddr_in6 *in6 = where;
        inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
        snprintf(name, size, "[%s]:%u", text, ntohs(in6->sin6_port));
    }
}

int main(int argc, char **argv)
{
    struct addrinfo *list, hints = {.ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_DGRAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct sockaddr_storage at[BATCH];
    socklen_t at_len = sizeof at[0];
    char name[100], line[LINE];
    int fd = -1;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        exit(2);
    }
    size_t digits = strlen(argv[2]);
    if (digits < 1 || digits > 5 || strspn(argv[2], "0123456789") != digits ||
        atol(argv[2]) > 65535)
        errx(1, "%s is not a port", argv[2]);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        fd =
            socket(ai->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd != -1 && bind(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        int saved = errno;
        if (fd != -1)
            close(fd);
        fd = -1;
        errno = saved;
    }
    if (fd == -1)
        err(1, "%s port %s", argv[1], argv[2]);
    freeaddrinfo(list);
    if (getsockname(fd, (struct sockaddr *)&at[0], &at_len) == -1)
        err(1, "getsockname");

    int ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET};
    if (ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1)
        err(1, "epoll");
    name_of(name, sizeof name, &at[0]);
    snprintf(line, sizeof line, "listening on %s\n", name);
    put(line);

    for (;;) {
        static char text[BATCH][MOST + 1];
        struct iovec iov[BATCH];
        struct mmsghdr msg[BATCH];

        for (int i = 0; i < BATCH; i++) {
            iov[i] = (struct iovec){text[i], sizeof text[i]};
            msg[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &at[i],
                                                  .msg_namelen = sizeof at[i],
                                                  .msg_iov = &iov[i],
                                                  .msg_iovlen = 1}};
        }
        int n = recvmmsg(fd, msg, BATCH, MSG_DONTWAIT, NULL);
        if (n == -1 && errno == EAGAIN) {
            while (epoll_wait(ep, &ev, 1, -1) == -1)
                if (errno != EINTR)
                    err(1, "epoll_wait");
            continue;
        }
        if (n == -1 && errno != EINTR)
            warn("recvmmsg");
        for (int i = 0; i < n; i++) {
            name_of(name, sizeof name, &at[i]);
            if (msg[i].msg_len > MOST)
                snprintf(line, sizeof line, "caller %s, more than 512 bytes\n",
                         name);
            else
                snprintf(line, sizeof line, "caller %s, %u bytes\n", name,
                         msg[i].msg_len);
            put(line);
            int m = snprintf(line, sizeof line, "hi, %s", name);
            ssize_t sent;
            do {
                sent = sendto(fd, line, (size_t)m, 0, (struct sockaddr *)&at[i],
                              msg[i].msg_hdr.msg_namelen);
            } while (sent == -1 && errno == EINTR);
            if (sent == -1)
                warn("sendto %s", name);
        }
    }
}
