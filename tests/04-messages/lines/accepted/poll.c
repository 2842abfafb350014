/* lines by poll(): sockets that never block, several clients at once, memchr()
 * over a buffer that grows with what comes, and another for what goes. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST = 16
};

struct bytes {
    char *at;
    size_t n, room;
};

struct client {
    struct bytes in, out;
    size_t sent;
    int lines;
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

static void append(struct bytes *b, const void *p, size_t k)
{
    if (b->n + k > b->room) {
        b->room = 2 * (b->n + k);
        b->at = realloc(b->at, b->room);
        if (b->at == NULL)
            err(1, "realloc");
    }
    memcpy(b->at + b->n, p, k);
    b->n += k;
}

static void drop(nfds_t i)
{
    close(fds[i].fd);
    free(clients[i].in.at);
    free(clients[i].out.at);
    n--;
    fds[i] = fds[n];
    clients[i] = clients[n];
}

static void answer(struct client *c, const char *line, size_t k)
{
    char head[16];

    c->lines++;
    if (k > 1024) {
        append(&c->out, "too long\n", 9);
        return;
    }
    append(&c->out, head, (size_t)sprintf(head, "%d ", c->lines));
    append(&c->out, line, k);
    append(&c->out, "\n", 1);
}

/* Returns -1 when the client is gone, or has ended. */
static int hear(struct client *c, int fd)
{
    char piece[512], *end;
    ssize_t k = recv(fd, piece, sizeof piece, 0);

    if (k == 0)
        return -1;
    if (k == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    append(&c->in, piece, (size_t)k);
    while (c->in.n > 0 && (end = memchr(c->in.at, '\n', c->in.n)) != NULL) {
        size_t line = (size_t)(end - c->in.at);
        answer(c, c->in.at, line);
        c->in.n -= line + 1;
        memmove(c->in.at, end + 1, c->in.n);
    }
    return 0;
}

static int tell(struct client *c, int fd)
{
    ssize_t k = send(fd, c->out.at + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);

    if (k == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    c->sent += (size_t)k;
    if (c->sent == c->out.n)
        c->sent = c->out.n = 0;
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
    clients[n] = (struct client){.lines = 0};
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
            fds[i].events = clients[i].out.n > 0 ? POLLOUT : POLLIN;
        if (poll(fds, n, -1) == -1)
            continue;
        for (nfds_t i = n - 1; i > 0; i--)
            if (fds[i].revents != 0 &&
                (clients[i].out.n > 0 ? tell(&clients[i], fds[i].fd)
                                      : hear(&clients[i], fds[i].fd)) == -1)
                drop(i);
        if (fds[0].revents != 0)
            welcome(fds[0].fd);
    }
}
