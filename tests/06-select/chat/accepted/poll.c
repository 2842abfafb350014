/* chat with poll(): one array of what is waited for, beside it what is known
 * of each client; a ring for what waits, and a spare descriptor for callers
 * who are too many. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_LINE 1024
#define RING 65536u

struct member {
    char line[MAX_LINE];
    size_t have;
    char *ring;
    unsigned head, tail; /* they run on; modulo RING is the place */
    bool gone;
};

static struct pollfd *polled; /* the first one is the listener's */
static struct member **members;
static nfds_t count = 1, room;
static int spare = -1;

static void add(int fd)
{
    if (count == room) {
        room = room * 2 + 16;
        polled = reallocarray(polled, room, sizeof *polled);
        members = reallocarray(members, room, sizeof *members);
        if (polled == NULL || members == NULL)
            err(1, "reallocarray");
    }
    polled[count] = (struct pollfd){.fd = fd, .events = POLLIN};
    members[count] = calloc(1, sizeof(struct member));
    if (members[count] == NULL)
        err(1, "calloc");
    count++;
}

static void sweep(void)
{
    nfds_t keep = 1;

    for (nfds_t i = 1; i < count; i++) {
        if (members[i]->gone) {
            close(polled[i].fd);
            free(members[i]->ring);
            free(members[i]);
            continue;
        }
        polled[keep] = polled[i];
        members[keep++] = members[i];
    }
    count = keep;
}

/* Sends from the ring what fits. */
static void drain(nfds_t i)
{
    struct member *m = members[i];

    while (m->tail != m->head) {
        unsigned at = m->tail % RING, n = m->head - m->tail;
        struct iovec parts[2] = {{m->ring + at, n}, {m->ring, 0}};
        if (at + n > RING) {
            parts[0].iov_len = RING - at;
            parts[1].iov_len = at + n - RING;
        }
        struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t sent = sendmsg(polled[i].fd, &msg, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1 && errno != EAGAIN)
            m->gone = true;
        if (sent == -1)
            break;
        m->tail += (unsigned)sent;
    }
    polled[i].events = m->tail == m->head ? POLLIN : POLLIN | POLLOUT;
}

static void enqueue(nfds_t i, const char *line, size_t n)
{
    struct member *m = members[i];

    if (m->gone)
        return;
    if (m->ring == NULL && (m->ring = malloc(RING)) == NULL)
        err(1, "malloc");
    if (m->head - m->tail + n > RING)
        drain(i);
    if (m->head - m->tail + n > RING) {
        m->gone = true;
        return;
    }
    for (size_t k = 0; k < n; k++)
        m->ring[m->head++ % RING] = line[k];
    drain(i);
}

static void input(nfds_t i)
{
    char bytes[4096];
    struct member *m = members[i];
    ssize_t n = recv(polled[i].fd, bytes, sizeof bytes, 0);

    if (n == -1 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        m->gone = true;
        return;
    }
    for (ssize_t k = 0; k < n && !m->gone; k++) {
        m->line[m->have++] = bytes[k];
        if (bytes[k] == '\n') {
            for (nfds_t other = 1; other < count; other++)
                if (other != i)
                    enqueue(other, m->line, m->have);
            m->have = 0;
        }
        if (m->have == MAX_LINE)
            m->gone = true;
    }
}

static bool answer_call(int lfd)
{
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd != -1) {
        add(fd);
        return true;
    }
    if (errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        return false;
    if (errno != EMFILE)
        return true;
    close(spare);
    fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
    if (fd != -1) {
        while (write(fd, "full\n", 5) == -1 && errno == EINTR)
            continue;
        close(fd);
    }
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return true;
}

static int listen_to(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int yes = 1, rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
            listen(fd, SOMAXCONN) == 0) {
            freeaddrinfo(list);
            return fd;
        }
        warn("%s", host);
        close(fd);
    }
    exit(1);
}

static void announce(int fd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    getsockname(fd, (struct sockaddr *)&ss, &len);
    getnameinfo((struct sockaddr *)&ss, len, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    printf(strchr(host, ':') ? "listening on [%s]:%s\n"
                             : "listening on %s:%s\n",
           host, port);
    fflush(stdout);
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: chat HOST PORT\n");
        return 2;
    }
    int lfd = listen_to(argv[1], argv[2]);
    announce(lfd);
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    count = 0;
    add(lfd);
    free(members[0]);

    for (bool open_door = true;;) {
        polled[0].fd = open_door ? lfd : -1;
        int n = poll(polled, count, open_door ? -1 : 10);
        open_door = true;
        if (n <= 0)
            continue;
        for (nfds_t i = 1; i < count; i++) {
            if (polled[i].revents & POLLOUT && !members[i]->gone)
                drain(i);
            if (polled[i].revents & ~POLLOUT && !members[i]->gone)
                input(i);
        }
        bool called = polled[0].revents != 0;
        sweep();
        if (called)
            open_door = answer_call(lfd);
    }
}
