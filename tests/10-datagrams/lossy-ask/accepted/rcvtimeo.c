/* lossy-ask, accepted: a connected socket with SO_RCVTIMEO, set anew before
 * each readv(), which puts head and text into two places; a descriptor of
 * /dev/urandom; one byte of stdin at a time. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct asking {
    char head[19];
    char text[513];
    size_t n;
};

static int64_t clock_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static bool take_line(struct asking *a)
{
    char c = 0;
    ssize_t n = 0;

    for (a->n = 0; a->n <= 512;) {
        n = read(0, &c, 1);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            err(1, "read");
        if (n == 0 || c == '\n')
            break;
        a->text[a->n++] = c;
    }
    if (a->n > 512)
        errx(1, "a line of more than 512 bytes");
    return n > 0 || a->n > 0;
}

static void invent_id(struct asking *a)
{
    unsigned long long id;
    int fd = open("/dev/urandom", O_RDONLY);

    if (fd == -1 || read(fd, &id, sizeof id) != sizeof id)
        err(1, "/dev/urandom");
    close(fd);
    sprintf(a->head, "?%016llx ", id);
}

static ssize_t transmit(int s, struct asking *a)
{
    struct iovec pieces[] = {{a->head, 18}, {a->text, a->n}};
    ssize_t n;

    do
        n = writev(s, pieces, 2);
    while (n == -1 && errno == EINTR);
    return n;
}

/* Returns the length of the answer's text, or -1 when the time is over. */
static ssize_t receive(int s, const struct asking *a, char *text, int64_t end,
                       int *error)
{
    char head[18];
    int64_t left;

    while ((left = end - clock_us()) > 0) {
        struct iovec pieces[] = {{head, 18}, {text, 513}};
        struct timeval t = {left / 1000000, left % 1000000};
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
        ssize_t n = readv(s, pieces, 2);
        if (n == -1 && errno != EINTR && errno != EAGAIN)
            *error = errno;
        if (n >= 18 && n < 18 + 513 && head[0] == '!' &&
            memcmp(head + 1, a->head + 1, 17) == 0)
            return n - 18;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct addrinfo *ai, hints = {.ai_socktype = SOCK_DGRAM};
    struct asking a;
    char text[513];
    double seconds = 0.1;
    int rc;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: lossy-ask HOST PORT [SECONDS]\n");
        return 2;
    }
    if (argc == 4 && (argv[3][strspn(argv[3], "0123456789.")] != '\0' ||
                      (seconds = atof(argv[3])) <= 0 || seconds > 60))
        errx(1, "bad time");
    if ((rc = getaddrinfo(argv[1], argv[2], &hints, &ai)) != 0)
        errx(1, "%s", gai_strerror(rc));
    int s = socket(ai->ai_family, SOCK_DGRAM, 0);
    if (s == -1 || connect(s, ai->ai_addr, ai->ai_addrlen) == -1)
        err(1, "connect");
    freeaddrinfo(ai);
    while (take_line(&a)) {
        ssize_t n = -1;
        int64_t wait = (int64_t)(seconds * 1e6) + 1;
        int error = 0;
        invent_id(&a);
        for (int i = 0; i < 6 && n == -1; i++, wait *= 2) {
            if (transmit(s, &a) == -1)
                error = errno;
            n = receive(s, &a, text, clock_us() + wait, &error);
        }
        if (n == -1)
            errx(1, "no answer (%s)", error ? strerror(error) : "silence");
        text[n] = '\n';
        for (ssize_t at = 0, k; at <= n; at += k > 0 ? k : 0)
            if ((k = write(1, text + at, (size_t)(n + 1 - at))) == -1 &&
                errno != EINTR)
                err(1, "stdout");
    }
    return 0;
}
