/* chat with select(), in which each line is kept once for all who have still
 * to get it, and goes out by writev() together with those behind it. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    LONGEST = 1024,
    MOST = 64 * 1024,
    AT_ONCE = 16
};

struct line {
    int owners;
    size_t n;
    char bytes[];
};

struct post { /* what waits for one client, oldest first */
    struct line *line;
    struct post *next;
};

struct client {
    int fd;
    char half[LONGEST];
    size_t nhalf;
    struct post *first, **last;
    size_t done;  /* of the first line */
    size_t owing; /* bytes of all of them that are not sent */
    bool leaves;
    struct client *next;
};

static struct client *clients;

static void pop(struct client *c)
{
    struct post *p = c->first;

    c->first = p->next;
    if (c->first == NULL)
        c->last = &c->first;
    if (--p->line->owners == 0)
        free(p->line);
    free(p);
    c->done = 0;
}

static void send_posts(struct client *c)
{
    struct iovec v[AT_ONCE];
    int n = 0;

    for (struct post *p = c->first; p != NULL && n < AT_ONCE; p = p->next) {
        size_t skip = n == 0 ? c->done : 0;
        v[n++] = (struct iovec){p->line->bytes + skip, p->line->n - skip};
    }
    if (n == 0)
        return;
    ssize_t sent = writev(c->fd, v, n);
    if (sent == -1) {
        c->leaves = errno != EINTR && errno != EAGAIN;
        return;
    }
    c->owing -= (size_t)sent;
    c->done += (size_t)sent;
    while (c->first != NULL && c->done >= c->first->line->n) {
        size_t over = c->done - c->first->line->n;
        pop(c);
        c->done = over;
    }
}

static void post(struct client *c, struct line *l)
{
    if (c->leaves)
        return;
    if (c->owing + l->n > MOST)
        send_posts(c);
    if (c->owing + l->n > MOST) {
        c->leaves = true;
        return;
    }
    struct post *p = malloc(sizeof *p);
    if (p == NULL)
        err(1, "malloc");
    *p = (struct post){.line = l};
    l->owners++;
    *c->last = p;
    c->last = &p->next;
    c->owing += l->n;
}

static void publish(struct client *writer, size_t n)
{
    struct line *l = malloc(sizeof *l + n);

    if (l == NULL)
        err(1, "malloc");
    l->owners = 1;
    l->n = n;
    memcpy(l->bytes, writer->half, n);
    for (struct client *c = clients; c != NULL; c = c->next)
        if (c != writer)
            post(c, l);
    if (--l->owners == 0)
        free(l);
}

static void read_client(struct client *c)
{
    ssize_t n = recv(c->fd, c->half + c->nhalf, sizeof c->half - c->nhalf,
                     MSG_DONTWAIT);

    if (n == -1 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        c->leaves = true;
        return;
    }
    c->nhalf += (size_t)n;
    char *end;
    while ((end = memchr(c->half, '\n', c->nhalf)) != NULL) {
        size_t len = (size_t)(end - c->half) + 1;
        publish(c, len);
        c->nhalf -= len;
        memmove(c->half, c->half + len, c->nhalf);
    }
    if (c->nhalf == sizeof c->half)
        c->leaves = true;
}

static void remove_leavers(void)
{
    for (struct client **at = &clients; *at != NULL;) {
        struct client *c = *at;
        if (!c->leaves) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        while (c->first != NULL)
            pop(c);
        close(c->fd);
        free(c);
    }
}

static void accept_some(int lfd, long limit, bool *pause)
{
    int fd = accept(lfd, NULL, NULL);

    if (fd == -1) {
        *pause = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (fd >= limit) {
        if (send(fd, "full\n", 5, MSG_NOSIGNAL) == -1 && errno == EINTR)
            send(fd, "full\n", 5, MSG_NOSIGNAL);
        close(fd);
        return;
    }
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL)
        err(1, "calloc");
    c->fd = fd;
    c->last = &c->first;
    c->next = clients;
    clients = c;
}

static int start(char *host, char *port)
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int yes = 1, rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, list->ai_addr, list->ai_addrlen) == -1)
        err(1, "bind");
    if (listen(fd, 4096) == -1)
        err(1, "listen");
    freeaddrinfo(list);
    getsockname(fd, (struct sockaddr *)&ss, &len);
    char a[NI_MAXHOST], p[NI_MAXSERV];
    getnameinfo((struct sockaddr *)&ss, len, a, sizeof a, p, sizeof p,
                NI_NUMERICHOST | NI_NUMERICSERV);
    if (strchr(a, ':') != NULL)
        printf("listening on [%s]:%s\n", a, p);
    else
        printf("listening on %s:%s\n", a, p);
    fflush(stdout);
    return fd;
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: chat HOST PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int lfd = start(argv[1], argv[2]);
    long limit = sysconf(_SC_OPEN_MAX) - 1;
    if (limit > FD_SETSIZE)
        limit = FD_SETSIZE;

    for (bool pause = false;;) {
        fd_set in, out;
        int most = lfd;
        FD_ZERO(&in);
        FD_ZERO(&out);
        if (!pause)
            FD_SET(lfd, &in);
        for (struct client *c = clients; c != NULL; c = c->next) {
            FD_SET(c->fd, &in);
            if (c->first != NULL)
                FD_SET(c->fd, &out);
            most = c->fd > most ? c->fd : most;
        }
        struct timespec soon = {.tv_nsec = 15000000};
        int n = pselect(most + 1, &in, &out, NULL, pause ? &soon : NULL, NULL);
        pause = false;
        if (n <= 0)
            continue;
        for (struct client *c = clients; c != NULL; c = c->next) {
            if (!c->leaves && FD_ISSET(c->fd, &out))
                send_posts(c);
            if (!c->leaves && FD_ISSET(c->fd, &in))
                read_client(c);
        }
        remove_leavers();
        if (FD_ISSET(lfd, &in))
            accept_some(lfd, limit, &pause);
    }
}
