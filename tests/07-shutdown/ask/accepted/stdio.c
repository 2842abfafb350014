/* ask with stdio where it is safe: for stdin, and for stdout, flushed
 * each time.  Shuts down with SHUT_WR through a second
 * descriptor of the same socket. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
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

static void make_room(int fd)
{
    int room = LIMIT;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == -1)
        err(1, "setsockopt");
}

/* Reads up to n bytes, fewer at the end only. */
static size_t read_up_to(FILE *f, char *buf, size_t n)
{
    size_t have = 0;

    for (;;) {
        have += fread(buf + have, 1, n - have, f);
        if (have == n || feof(f))
            return have;
        if (errno != EINTR)
            err(1, "read");
        clearerr(f);
    }
}

int main(int argc, char *argv[])
{
    static char question[LIMIT + 1];
    int reason = 0, c;

    if (argc != 3) {
        fprintf(stderr, "usage: ask HOST PORT\n");
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "no such port: %s", argv[2]);
    signal(SIGPIPE, SIG_IGN);
    size_t n = read_up_to(stdin, question, sizeof question);
    if (n > LIMIT)
        errx(1, "too long");
    int fd = connect_any(argv[1], argv[2]);
    make_room(fd);
    for (size_t at = 0; at < n && reason == 0;) {
        ssize_t sent = write(fd, question + at, n - at);
        if (sent == -1 && errno != EINTR)
            reason = errno;
        at += sent > 0 ? (size_t)sent : 0;
    }
    int second = dup(fd);
    if (second == -1)
        err(1, "dup");
    if (shutdown(second, SHUT_WR) == -1 && reason == 0)
        reason = errno;
    close(second);

    while ((c = (int)recv(fd, question, sizeof question, 0)) != 0) {
        if (c == -1 && errno == EINTR)
            continue;
        if (c == -1)
            err(1, "recv");
        fwrite(question, 1, (size_t)c, stdout);
        if (fflush(stdout) == EOF)
            err(1, "stdout");
    }
    if (reason != 0)
        errx(1, "send: %s", strerror(reason));
    return 0;
}
