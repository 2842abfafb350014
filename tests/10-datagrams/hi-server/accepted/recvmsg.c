/* hi-server, accepted: a non-blocking socket behind poll(); recvmsg(), which
 * tells in its flags that a datagram was cut; the answer in two pieces that
 * sendmsg() puts together. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    NAME = INET6_ADDRSTRLEN + 9
};

static void write_name(char *name, const struct sockaddr_storage *a)
{
    char host[INET6_ADDRSTRLEN];

    if (a->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)a;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        sprintf(name, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)a;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        sprintf(name, "%s:%u", host, ntohs(in->sin_port));
    }
}

static void serve_one(int fd)
{
    struct sockaddr_storage from;
    char buf[512], name[NAME], hi[] = "hi, ";
    struct iovec in = {buf, sizeof buf}, out[2] = {{hi, 4}, {name, 0}};
    struct msghdr m = {.msg_name = &from,
                       .msg_namelen = sizeof from,
                       .msg_iov = &in,
                       .msg_iovlen = 1};
    struct pollfd p = {.fd = fd, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, -1) == -1 && errno != EINTR)
        err(1, "poll");
    n = recvmsg(fd, &m, 0);
    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n == -1)
        err(1, "recvmsg");
    write_name(name, &from);
    if (m.msg_flags & MSG_TRUNC)
        printf("caller %s, more than 512 bytes\n", name);
    else
        printf("caller %s, %zd bytes\n", name, n);
    fflush(stdout);
    out[1].iov_len = strlen(name);
    m.msg_iov = out;
    m.msg_iovlen = 2;
    do
        n = sendmsg(fd, &m, 0);
    while (n == -1 && errno == EINTR);
    if (n == -1)
        fprintf(stderr, "no way to %s: %s\n", name, strerror(errno));
}

int main(int argc, char **argv)
{
    struct addrinfo *list, *ai, hints = {.ai_socktype = SOCK_DGRAM};
    struct sockaddr_storage own;
    socklen_t len = sizeof own;
    char name[NAME];
    int fd = -1, rc;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if ((rc = getaddrinfo(argv[1], argv[2], &hints, &list)) != 0)
        errx(1, "%s", gai_strerror(rc));
    for (ai = list; ai != NULL; ai = ai->ai_next) {
        fd =
            socket(ai->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd != -1 && bind(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        rc = errno;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    if (fd == -1)
        errx(1, "bind: %s", strerror(rc));
    getsockname(fd, (struct sockaddr *)&own, &len);
    write_name(name, &own);
    printf("listening on %s\n", name);
    fflush(stdout);
    for (;;)
        serve_one(fd);
}
