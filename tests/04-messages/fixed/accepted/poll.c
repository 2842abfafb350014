/* fixed by poll(): sockets that never block, several clients at once, and a
 * state for each that takes byte after byte. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST = 16
};

struct client {
    char record[64]; /* filled from its end */
    size_t have;
    char out[64]; /* what is to be sent */
    size_t sent, left;
};

static struct pollfd fds[MOST + 1];
static struct client clients[MOST + 1];
static nfds_t n = 1;

static int make_listener(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *ai;
    char addr[NI_MAXHOST], serv[NI_MAXSERV];
    int yes = 1, rc = getaddrinfo(host, port, &hints, &ai);

    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd == -1 || bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(fd, 5) == -1)
        err(1, "%s:%s", host, port);
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    getsockname(fd, (struct sockaddr *)&ss, &len);
    getnameinfo((struct sockaddr *)&ss, len, addr, sizeof addr, serv,
                sizeof serv, NI_NUMERICHOST | NI_NUMERICSERV);
    printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n"
                                    : "listening on %s:%s\n",
           addr, serv);
    fflush(stdout);
    freeaddrinfo(ai);
    return fd;
}

static void drop(nfds_t i)
{
    close(fds[i].fd);
    n--;
    fds[i] = fds[n];
    clients[i] = clients[n];
}

/* Returns -1 when the client is gone, or has ended. */
static int hear(struct client *c, int fd)
{
    char byte;
    ssize_t k = recv(fd, &byte, 1, 0);

    if (k == 0)
        return -1;
    if (k == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    c->record[63 - c->have++] = byte;
    if (c->have < sizeof c->record)
        return 0;
    for (size_t i = 0; i < sizeof c->out; i++)
        c->out[i] = c->record[i];
    c->sent = c->have = 0;
    c->left = sizeof c->out;
    return 0;
}

static int answer(struct client *c, int fd)
{
    ssize_t k = send(fd, c->out + c->sent, c->left, MSG_NOSIGNAL);

    if (k == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    c->sent += (size_t)k;
    c->left -= (size_t)k;
    return 0;
}

static void welcome(int lfd)
{
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);

    if (fd == -1)
        return;
    if (n > MOST) {
        close(fd);
        return;
    }
    clients[n] = (struct client){.have = 0};
    fds[n++].fd = fd;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    fds[0] = (struct pollfd){make_listener(argv[1], argv[2]), POLLIN, 0};
    for (;;) {
        for (nfds_t i = 1; i < n; i++)
            fds[i].events = clients[i].left > 0 ? POLLOUT : POLLIN;
        if (poll(fds, n, -1) == -1)
            continue;
        for (nfds_t i = n - 1; i > 0; i--)
            if (fds[i].revents != 0 &&
                (clients[i].left > 0 ? answer(&clients[i], fds[i].fd)
                                     : hear(&clients[i], fds[i].fd)) == -1)
                drop(i);
        if (fds[0].revents != 0)
            welcome(fds[0].fd);
    }
}
