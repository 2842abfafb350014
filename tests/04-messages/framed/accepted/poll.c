/* framed by poll(): sockets that never block, several clients at once, a head
 * that is looked at digit by digit and refused at the first that is none. */
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
    CLIENTS = 16
};

struct client {
    char frame[5 + 65536];
    size_t have, wanted; /* of the head, then of the whole frame */
    size_t sent;         /* have == wanted: how much has gone back */
};

static struct pollfd fds[CLIENTS + 1];
static struct client *clients[CLIENTS + 1];
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
    free(clients[i]);
    n--;
    fds[i] = fds[n];
    clients[i] = clients[n];
}

static void begin(struct client *c)
{
    c->have = c->sent = 0;
    c->wanted = 5;
}

static int is_full(const struct client *c)
{
    return c->have >= 5 && c->have == c->wanted;
}

/* Returns -1 when the digits are none, or say too much. */
static int understand(struct client *c, size_t from)
{
    for (size_t i = from; i < 5 && i < c->have; i++) {
        if (c->frame[i] < '0' || c->frame[i] > '9')
            return -1;
    }
    if (from < 5 && c->have == 5) {
        size_t length = 0;
        for (int i = 0; i < 5; i++)
            length = length * 10 + (size_t)(c->frame[i] - '0');
        if (length > 65536)
            return -1;
        c->wanted = 5 + length;
    }
    return 0;
}

/* Returns -1 when the client is gone, has ended, or talks nonsense. */
static int hear(struct client *c, int fd)
{
    size_t had = c->have;
    ssize_t k = read(fd, c->frame + had, c->wanted - had);

    if (k == 0)
        return -1;
    if (k == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    c->have += (size_t)k;
    if (understand(c, had) == 0)
        return 0;
    fprintf(stderr, "client on %d: no frame\n", fd);
    return -1;
}

static int answer(struct client *c, int fd)
{
    ssize_t k = send(fd, c->frame + c->sent, c->have - c->sent, MSG_NOSIGNAL);

    if (k == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    c->sent += (size_t)k;
    if (c->sent == c->have)
        begin(c);
    return 0;
}

static void welcome(int lfd)
{
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd == -1)
        return;
    struct client *c = n <= CLIENTS ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        close(fd);
        return;
    }
    begin(c);
    clients[n] = c;
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
            fds[i].events = is_full(clients[i]) ? POLLOUT : POLLIN;
        if (poll(fds, n, -1) == -1)
            continue;
        for (nfds_t i = n - 1; i > 0; i--)
            if (fds[i].revents != 0 &&
                (is_full(clients[i]) ? answer(clients[i], fds[i].fd)
                                     : hear(clients[i], fds[i].fd)) == -1)
                drop(i);
        if (fds[0].revents != 0)
            welcome(fds[0].fd);
    }
}
