/* chat with epoll, edge-triggered: each socket is read until EAGAIN, once in
 * each turn, so that nobody who talks without end keeps the others from theirs.
 * The queue of what waits grows and shrinks by realloc(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct person {
    int fd;
    bool dead, talks;
    size_t n, queued;
    char text[1024];
    char *queue;
    struct person *next;
};

static struct person *everybody;
static int ep;

static void flush_queue(struct person *p)
{
    while (p->queued > 0 && !p->dead) {
        ssize_t n = send(p->fd, p->queue, p->queued, MSG_NOSIGNAL);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            return;
        if (n == -1) {
            p->dead = true;
            return;
        }
        p->queued -= (size_t)n;
        memmove(p->queue, p->queue + n, p->queued);
    }
}

static void say(struct person *p, const char *line, size_t n)
{
    if (p->dead)
        return;
    flush_queue(p);
    if (p->queued == 0) {
        ssize_t sent;
        while ((sent = send(p->fd, line, n, MSG_NOSIGNAL)) == -1 &&
               errno == EINTR)
            continue;
        if (sent == -1 && errno != EAGAIN)
            p->dead = true;
        if (sent > 0) {
            line += sent;
            n -= (size_t)sent;
        }
    }
    if (n == 0 || p->dead)
        return;
    if (p->queued + n > 65536) {
        fprintf(stderr, "chat: somebody does not read\n");
        p->dead = true;
        return;
    }
    char *more = realloc(p->queue, p->queued + n);
    if (more == NULL)
        err(1, "realloc");
    p->queue = more;
    memcpy(p->queue + p->queued, line, n);
    p->queued += n;
    flush_queue(p); /* or the edge might be over */
}

static void take_lines(struct person *p)
{
    char *from = p->text, *nl;

    while ((nl = memchr(from, '\n', p->n)) != NULL) {
        size_t len = (size_t)(nl - from) + 1;
        for (struct person *q = everybody; q != NULL; q = q->next)
            if (q != p)
                say(q, from, len);
        from += len;
        p->n -= len;
    }
    memmove(p->text, from, p->n);
    if (p->n == sizeof p->text)
        p->dead = true;
}

/* One call; epoll will not tell again of what is still there. */
static void listen_to(struct person *p)
{
    ssize_t n = read(p->fd, p->text + p->n, sizeof p->text - p->n);

    if (n == -1 && errno == EINTR)
        return;
    if (n == -1 && errno == EAGAIN) {
        p->talks = false;
        return;
    }
    if (n <= 0) {
        p->dead = true;
        return;
    }
    p->n += (size_t)n;
    take_lines(p);
}

/* Returns whether there may be more. */
static bool listen_to_all(void)
{
    bool more = false;

    for (struct person *p = everybody; p != NULL; p = p->next) {
        if (p->talks && !p->dead)
            listen_to(p);
        more |= p->talks;
    }
    return more;
}

static void bury(void)
{
    for (struct person **at = &everybody; *at != NULL;) {
        struct person *p = *at;
        if (!p->dead) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        close(p->fd);
        free(p->queue);
        free(p);
    }
}

/* Returns false when there is a shortage. */
static bool welcome(int lfd)
{
    static struct rlimit most;

    getrlimit(RLIMIT_NOFILE, &most);
    for (;;) {
        int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
        if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd == -1)
            return errno == EAGAIN;
        if ((rlim_t)fd + 1 >= most.rlim_cur) {
            while (send(fd, "full\n", 5, MSG_NOSIGNAL) == -1 && errno == EINTR)
                continue;
            shutdown(fd, SHUT_WR);
            close(fd);
            continue;
        }
        struct person *p = calloc(1, sizeof *p);
        if (p == NULL)
            err(1, "calloc");
        p->fd = fd;
        p->next = everybody;
        everybody = p;
        struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
                                .data.ptr = p};
        if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == -1)
            err(1, "epoll_ctl");
    }
}

int main(int argc, char **argv)
{
    struct addrinfo *ai, hints = {.ai_socktype = SOCK_STREAM};
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char h[NI_MAXHOST], p[NI_MAXSERV];
    int one = 1;

    if (argc != 3) {
        fputs("usage: chat HOST PORT\n", stderr);
        exit(2);
    }
    int rc = getaddrinfo(argv[1], argv[2], &hints, &ai);
    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    int lfd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(lfd, ai->ai_addr, ai->ai_addrlen) == -1 || listen(lfd, 1000) == -1)
        err(1, "%s", argv[1]);
    freeaddrinfo(ai);
    getsockname(lfd, (struct sockaddr *)&ss, &len);
    getnameinfo((struct sockaddr *)&ss, len, h, sizeof h, p, sizeof p,
                NI_NUMERICHOST | NI_NUMERICSERV);
    printf("listening on %s%s%s:%s\n", strchr(h, ':') ? "[" : "", h,
           strchr(h, ':') ? "]" : "", p);
    fflush(stdout);

    ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[64], e = {.events = EPOLLIN | EPOLLET};
    if (ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &e) == -1)
        err(1, "epoll");
    for (bool enough = true, more = false;;) {
        int n = epoll_wait(ep, events, 64, more ? 0 : enough ? -1 : 20);
        if (n == -1 && errno != EINTR)
            err(1, "epoll_wait");
        bool called = !enough;
        for (int i = 0; i < n; i++) {
            struct person *who = events[i].data.ptr;
            if (who == NULL) {
                called = true;
                continue;
            }
            flush_queue(who);
            who->talks = true;
        }
        more = listen_to_all();
        bury();
        if (called)
            enough = welcome(lfd);
    }
}
