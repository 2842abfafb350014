/* ask with poll(): sends and receives at the same time, so no room is needed
 * for the whole question. */
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
#include <unistd.h>

enum {
    LIMIT = 64 * 1024
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Connects to the first address of host that accepts.  Ends the program when
 * there is none. */
static int connect_any(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int fd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd == -1)
            continue;
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
            int saved = errno;
            close(fd);
            errno = saved;
            fd = -1;
        }
    }
    if (fd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    return fd;
}

/* Reads stdin to its end, or until it is longer than a question may be.
 * Returns how many bytes there are.  Ends the program on an error. */
static size_t read_question(char question[LIMIT + 1])
{
    size_t n = 0;

    while (n < LIMIT + 1) {
        ssize_t got = read(STDIN_FILENO, question + n, LIMIT + 1 - n);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "stdin");
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return n;
}

/* Writes all n bytes of buf to stdout.  Ends the program on an error. */
static void write_all(const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, buf, n);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            err(1, "stdout");
        buf += written;
        n -= (size_t)written;
    }
}

/* Receives what there is.  Returns false at the end. */
static bool pass_on(int fd)
{
    char buf[4096];
    ssize_t got = read(fd, buf, sizeof buf);

    if (got == -1 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got == -1)
        err(1, "the answer has broken off");
    write_all(buf, (size_t)got);
    return got > 0;
}

int main(int argc, char *argv[])
{
    static char question[LIMIT + 1];

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    size_t n = read_question(question);
    if (n > LIMIT)
        errx(1, "more than %d bytes", LIMIT);
    int fd = connect_any(argv[1], argv[2]);
    size_t at = 0;
    bool is_sending = true;
    int reason = 0;

    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == -1)
        err(1, "fcntl");
    for (;;) {
        if (is_sending && at == n) {
            if (shutdown(fd, SHUT_WR) == -1)
                reason = errno;
            is_sending = false;
        }
        struct pollfd p = {fd, (short)(POLLIN | (is_sending ? POLLOUT : 0)), 0};
        if (poll(&p, 1, -1) == -1) {
            if (errno == EINTR)
                continue;
            err(1, "poll");
        }
        if (is_sending && (p.revents & POLLOUT)) {
            ssize_t sent = send(fd, question + at, n - at, MSG_NOSIGNAL);
            if (sent >= 0) {
                at += (size_t)sent;
            } else if (errno != EAGAIN && errno != EINTR) {
                reason = errno;
                is_sending = false;
            }
        }
        if ((p.revents & ~POLLOUT) && !pass_on(fd))
            break;
    }
    if (reason != 0)
        errx(1, "the question did not get through: %s", strerror(reason));
    return 0;
}
