/* chat with a thread for each client, which waits in recv() on a blocking
 * socket, and one more that sends what had to wait.  Nobody sends without
 * MSG_DONTWAIT, so the lock is never held for long. */
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 1024,
    QUEUE_MAX_BYTES = 65536
};

struct guest {
    int fd;
    bool is_out;
    char *queue;
    size_t queued;
    struct guest *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct guest *guests;
static int bell[2]; /* rings for the thread that sends */

static void throw_out(struct guest *g)
{
    g->is_out = true;
    g->queued = 0;
    shutdown(g->fd, SHUT_RDWR); /* its thread wakes up, and closes */
}

/* With the lock. */
static void deliver(struct guest *g)
{
    while (g->queued > 0) {
        ssize_t n =
            send(g->fd, g->queue, g->queued, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno != EAGAIN)
            g->queued = 0;
        if (n == -1)
            return;
        g->queued -= (size_t)n;
        memmove(g->queue, g->queue + n, g->queued);
    }
}

/* With the lock. */
static void hand_over(struct guest *g, const char *line, size_t n)
{
    if (g->is_out)
        return;
    if (g->queue == NULL && (g->queue = malloc(QUEUE_MAX_BYTES)) == NULL)
        err(1, "malloc");
    if (g->queued + n > QUEUE_MAX_BYTES)
        deliver(g);
    if (g->queued + n > QUEUE_MAX_BYTES) {
        throw_out(g);
        return;
    }
    bool waited = g->queued > 0;
    memcpy(g->queue + g->queued, line, n);
    g->queued += n;
    deliver(g);
    if (!waited && g->queued > 0)
        while (write(bell[1], "", 1) == -1 && errno == EINTR)
            continue;
}

static void *postman(void *unused)
{
    (void)unused;
    for (;;) {
        static struct pollfd p[4096];
        char rung[64];
        nfds_t n = 1;

        p[0] = (struct pollfd){.fd = bell[0], .events = POLLIN};
        pthread_mutex_lock(&lock);
        for (struct guest *g = guests; g != NULL; g = g->next)
            if (g->queued > 0)
                p[n++] = (struct pollfd){.fd = g->fd, .events = POLLOUT};
        pthread_mutex_unlock(&lock);
        if (poll(p, n, -1) == -1)
            continue;
        while (p[0].revents != 0 && read(bell[0], rung, sizeof rung) > 0)
            continue;
        pthread_mutex_lock(&lock);
        for (struct guest *g = guests; g != NULL; g = g->next)
            deliver(g);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void tell_all(struct guest *from, const char *line, size_t n)
{
    pthread_mutex_lock(&lock);
    for (struct guest *g = guests; g != NULL; g = g->next)
        if (g != from)
            hand_over(g, line, n);
    pthread_mutex_unlock(&lock);
}

static void *host(void *argument)
{
    struct guest *g = argument;
    char line[LINE_MAX_BYTES];
    size_t have = 0;

    for (;;) {
        char bytes[2000];
        ssize_t n = recv(g->fd, bytes, sizeof bytes, 0);
        if (n == -1 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            break;
        ssize_t i = 0;
        while (i < n && have < sizeof line) {
            line[have++] = bytes[i++];
            if (line[have - 1] == '\n') {
                tell_all(g, line, have);
                have = 0;
            }
        }
        if (have == sizeof line)
            break;
    }
    pthread_mutex_lock(&lock);
    struct guest **at = &guests;
    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    close(g->fd);
    pthread_mutex_unlock(&lock);
    free(g->queue);
    free(g);
    return NULL;
}

static bool begin(int fd)
{
    struct guest *g = calloc(1, sizeof *g);
    pthread_attr_t attributes;
    pthread_t id;

    if (g == NULL)
        return false;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    g->fd = fd;
    pthread_mutex_lock(&lock);
    bool begun = pthread_create(&id, &attributes, host, g) == 0;
    if (begun) {
        g->next = guests;
        guests = g;
    }
    pthread_mutex_unlock(&lock);
    if (!begun)
        free(g);
    return begun;
}

static int listen_there(const char *where, const char *port)
{
    struct addrinfo *ai, hints = {.ai_socktype = SOCK_STREAM};
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char h[NI_MAXHOST], p[NI_MAXSERV];
    int one = 1, rc = getaddrinfo(where, port, &hints, &ai);

    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    int lfd = socket(ai->ai_family, SOCK_STREAM, 0);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(lfd, ai->ai_addr, ai->ai_addrlen) == -1 || listen(lfd, 4096) == -1)
        err(1, "%s", where);
    freeaddrinfo(ai);
    getsockname(lfd, (struct sockaddr *)&ss, &len);
    getnameinfo((struct sockaddr *)&ss, len, h, sizeof h, p, sizeof p,
                NI_NUMERICHOST | NI_NUMERICSERV);
    if (ss.ss_family == AF_INET6)
        printf("listening on [%s]:%s\n", h, p);
    else
        printf("listening on %s:%s\n", h, p);
    fflush(stdout);
    return lfd;
}

int main(int argc, char *argv[])
{
    const struct timespec pause = {.tv_nsec = 10000000};
    struct rlimit files;
    pthread_t id;

    if (argc != 3) {
        fprintf(stderr, "usage: chat HOST PORT\n");
        return 2;
    }
    int lfd = listen_there(argv[1], argv[2]);
    getrlimit(RLIMIT_NOFILE, &files);
    if (pipe2(bell, O_NONBLOCK | O_CLOEXEC) == -1 ||
        pthread_create(&id, NULL, postman, NULL) != 0)
        errx(1, "cannot begin");
    for (;;) {
        /* accept() takes its number before it waits for somebody. */
        struct pollfd call = {.fd = lfd, .events = POLLIN};
        poll(&call, 1, -1);
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1) {
            if (errno != EINTR && errno != ECONNABORTED)
                nanosleep(&pause, NULL);
            continue;
        }
        if ((rlim_t)fd + 1 < files.rlim_cur && begin(fd))
            continue;
        while (send(fd, "full\n", 5, MSG_NOSIGNAL) == -1 && errno == EINTR)
            continue;
        close(fd);
    }
}
