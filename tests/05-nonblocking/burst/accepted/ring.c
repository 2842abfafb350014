/* burst, accepted: one poll() for stdin and the socket, a ring of 32 KiB
 * between them, sendmsg() with two pieces; it notices at once when the reader
 * breaks off. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    SIZE = 32768
};

static char ring[SIZE];
static size_t head, used; /* where the oldest byte is, and how many */
static unsigned long long sent, refused;
static bool ended, is_full;

static void take_in(void)
{
    size_t at = (head + used) % SIZE;
    size_t room = at >= head && used < SIZE ? SIZE - at : SIZE - used;
    ssize_t n = read(0, ring + at, room < SIZE - used ? room : SIZE - used);

    if (n == -1 && errno != EINTR)
        err(1, "stdin");
    if (n == 0)
        ended = true;
    if (n > 0)
        used += (size_t)n;
}

static void put_out(int fd)
{
    size_t first = used < SIZE - head ? used : SIZE - head;
    struct iovec v[2] = {{ring + head, first}, {ring, used - first}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = used > first ? 2 : 1};
    ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);

    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        refused++;
        is_full = true;
    } else if (n == -1 && errno != EINTR) {
        err(1, "sendmsg");
    } else if (n > 0) {
        head = (head + (size_t)n) % SIZE;
        used -= (size_t)n;
        sent += (size_t)n;
    }
}

/* The connection is broken: the kernel knows why. */
static _Noreturn void tell_reason(int fd)
{
    int reason = 0;
    socklen_t len = sizeof reason;

    getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &len);
    errno = reason != 0 ? reason : EPIPE;
    err(1, "the reader has broken off");
}

static int dial(const char *host, const char *port)
{
    struct addrinfo *list, *ai, hints = {.ai_socktype = SOCK_STREAM};
    int fd = -1;

    if (getaddrinfo(host, port, &hints, &list) != 0)
        errx(1, "%s: unknown", host);
    for (ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        if (ai->ai_next == NULL)
            err(1, "connect");
        close(fd);
    }
    freeaddrinfo(list);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", *argv);
        return 2;
    }
    int fd = dial(argv[1], argv[2]);
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == -1)
        err(1, "fcntl");
    while (!ended || used > 0) {
        /* What can be sent is sent before anybody is asked. */
        if (used > 0 && !is_full) {
            put_out(fd);
            continue;
        }
        struct pollfd p[2] = {
            {.fd = ended || used == SIZE ? -1 : 0, .events = POLLIN},
            {.fd = fd, .events = is_full ? POLLOUT : 0},
        };
        if (poll(p, 2, -1) == -1) {
            if (errno != EINTR)
                err(1, "poll");
            continue;
        }
        if (p[1].revents & (POLLOUT | POLLERR | POLLHUP)) {
            is_full = false;
            if (used == 0)
                tell_reason(fd);
        }
        if (p[0].revents != 0)
            take_in();
    }
    close(fd);
    printf("sent %llu bytes, waited %llu times\n", sent, refused);
    return 0;
}
