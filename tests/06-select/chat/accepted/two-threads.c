/* chat with two threads for each client: one waits in a blocking recv(), the
 * other sends what had to wait.  One lock for all; who holds it never waits for
 * a client. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LINE = 1024,
    WAITING = 65536
};

static int is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

static int open_door(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int one = 1, l = -1, why = 0;
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s", host);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        l = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (l != -1 &&
            setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
            bind(l, a->ai_addr, a->ai_addrlen) == 0 && listen(l, 4096) == 0)
            break;
        why = errno;
        if (l != -1)
            close(l);
        l = -1;
    }
    freeaddrinfo(list);
    errno = why;
    if (l == -1)
        err(1, "%s port %s", host, port);
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char h[NI_MAXHOST], p[NI_MAXSERV];
    if (getsockname(l, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    rc = getnameinfo((struct sockaddr *)&ss, len, h, sizeof h, p, sizeof p,
                     NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n"
                                    : "listening on %s:%s\n",
           h, p);
    fflush(stdout);
    return l;
}

static int the_listener(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: chat HOST PORT\n");
        exit(2);
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    return open_door(argv[1], argv[2]);
}

struct client {
    struct client *next, *prev;
    pthread_t writer;
    pthread_cond_t news;
    int fd;
    bool gone;
    size_t nout;
    char *out;
};
static struct client ring = {.next = &ring, .prev = &ring};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_attr_t small;

static ssize_t try_send(int fd, const char *p, size_t n)
{
    ssize_t k;

    do
        k = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (k == -1 && errno == EINTR);
    return k == -1 && errno == EAGAIN ? 0 : k;
}

/* All with the lock. */
static void drop(struct client *c)
{
    if (c->gone)
        return;
    c->gone = true;
    c->nout = 0;
    c->next->prev = c->prev;
    c->prev->next = c->next;
    shutdown(c->fd, SHUT_RDWR); /* wakes both of its threads */
    pthread_cond_signal(&c->news);
}

static void give(struct client *c, const char *p, size_t n)
{
    if (c->nout == 0) {
        ssize_t k = try_send(c->fd, p, n);
        if (k == -1)
            return;
        p += k;
        n -= (size_t)k;
    }
    if (n == 0)
        return;
    if (c->nout + n > WAITING ||
        (c->out == NULL && (c->out = malloc(WAITING)) == NULL)) {
        drop(c);
        return;
    }
    memcpy(c->out + c->nout, p, n);
    c->nout += n;
    pthread_cond_signal(&c->news);
}

static void *write_on(void *v)
{
    struct client *c = v;

    pthread_mutex_lock(&lock);
    while (!c->gone) {
        if (c->nout == 0) {
            pthread_cond_wait(&c->news, &lock);
            continue;
        }
        pthread_mutex_unlock(&lock);
        struct pollfd q = {.fd = c->fd, .events = POLLOUT};
        poll(&q, 1, -1);
        pthread_mutex_lock(&lock);
        if (c->gone || c->nout == 0)
            continue;
        ssize_t k = try_send(c->fd, c->out, c->nout);
        if (k == -1)
            c->nout = 0;
        else {
            c->nout -= (size_t)k;
            memmove(c->out, c->out + k, c->nout);
        }
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *listen_on(void *v)
{
    struct client *c = v;
    char line[LINE];
    size_t have = 0;

    for (;;) {
        ssize_t got = recv(c->fd, line + have, sizeof line - have, 0);
        if (got == -1 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            break;
        have += (size_t)got;
        pthread_mutex_lock(&lock);
        char *nl;
        while (!c->gone && (nl = memchr(line, '\n', have)) != NULL) {
            size_t k = (size_t)(nl + 1 - line);
            for (struct client *o = ring.next, *next; o != &ring; o = next) {
                next = o->next;
                if (o != c)
                    give(o, line, k);
            }
            have -= k;
            memmove(line, nl + 1, have);
        }
        bool stop = c->gone || have == sizeof line;
        pthread_mutex_unlock(&lock);
        if (stop)
            break;
    }
    pthread_mutex_lock(&lock);
    drop(c);
    pthread_mutex_unlock(&lock);
    pthread_join(c->writer, NULL);
    close(c->fd);
    free(c->out);
    free(c);
    return NULL;
}

int main(int argc, char **argv)
{
    int l = the_listener(argc, argv);
    int spare = open("/dev/null", O_RDONLY);

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    for (;;) {
        int fd = accept(l, NULL, NULL);
        bool is_full = fd == -1 && errno == EMFILE;
        if (is_full) { /* somebody calls, and this is taken here only */
            close(spare);
            fd = accept4(l, NULL, NULL, 0);
        }
        if (fd == -1 && (errno == ENFILE || errno == ENOMEM ||
                         errno == ENOBUFS || errno == EMFILE))
            usleep(10 * 1000);
        if (is_full) { /* unless somebody has left meanwhile */
            spare = open("/dev/null", O_RDONLY);
            if (spare == -1 && fd != -1) {
                try_send(fd, "full\n", 5);
                close(fd);
                spare = open("/dev/null", O_RDONLY);
                continue;
            }
        }
        if (fd == -1)
            continue;
        struct client *c = calloc(1, sizeof *c);
        pthread_t t;
        if (c == NULL)
            err(1, "calloc");
        c->fd = fd;
        pthread_cond_init(&c->news, NULL);
        pthread_mutex_lock(&lock);
        c->next = &ring;
        c->prev = ring.prev;
        ring.prev->next = c;
        ring.prev = c;
        pthread_mutex_unlock(&lock);
        int rc = pthread_create(&c->writer, &small, write_on, c);
        if (rc == 0)
            rc = pthread_create(&t, &small, listen_on, c);
        if (rc != 0)
            errx(1, "pthread_create: %s", strerror(rc));
        pthread_detach(t);
    }
}
