/* lines by threads, one for each client: readv() into a ring, and answers sent
 * in three pieces, of which MSG_MORE makes one. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    RING = 2048 /* a power of two: more than a line */
};

struct ring {
    char bytes[RING];
    size_t begin, seen, end; /* begin <= seen <= end; seen: no newline */
};

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

/* Returns what readv() does. */
static ssize_t fill(int fd, struct ring *r)
{
    size_t at = r->end % RING, room = RING - (r->end - r->begin);
    size_t first = room < RING - at ? room : RING - at;
    struct iovec parts[] = {{r->bytes + at, first}, {r->bytes, room - first}};
    ssize_t k;

    do
        k = readv(fd, parts, parts[1].iov_len > 0 ? 2 : 1);
    while (k == -1 && errno == EINTR);
    if (k > 0)
        r->end += (size_t)k;
    return k;
}

static int give(int fd, const char *p, size_t n, int more)
{
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL | more);
        if (k == -1 && errno != EINTR)
            return -1;
        if (k > 0) {
            p += k;
            n -= (size_t)k;
        }
    }
    return 0;
}

/* Sends what is in the ring before `seen`, the newline included. */
static int answer(int fd, struct ring *r, int nth)
{
    char head[16];
    size_t at = r->begin % RING, n = r->seen - r->begin;
    size_t first = n < RING - at ? n : RING - at;

    if (give(fd, head, (size_t)sprintf(head, "%d ", nth), MSG_MORE) == -1)
        return -1;
    if (give(fd, r->bytes + at, first, first < n ? MSG_MORE : 0) == -1)
        return -1;
    return give(fd, r->bytes, n - first, 0);
}

static int use(int fd, struct ring *r, int *nth, int *skipping)
{
    while (r->seen < r->end) {
        int whole = r->bytes[r->seen++ % RING] == '\n';
        if (!whole && r->seen - r->begin > 1024)
            *skipping = 1;
        if (whole) {
            ++*nth;
            if ((*skipping ? give(fd, "too long\n", 9, 0)
                           : answer(fd, r, *nth)) == -1)
                return -1;
        }
        if (whole || *skipping)
            r->begin = r->seen;
        if (whole)
            *skipping = 0;
    }
    return 0;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg, nth = 0, skipping = 0;
    struct ring r = {.begin = 0};

    while (fill(fd, &r) > 0 && use(fd, &r, &nth, &skipping) == 0)
        ;
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
        else
            pthread_detach(thread);
    }
}
