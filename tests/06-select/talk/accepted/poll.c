/* talk with poll(), a non-blocking socket and a buffer that is filled while
 * it is emptied. */
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
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static char room[32768]; /* the first `kept` bytes are to be sent */
static size_t kept;

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

/* stdout may be non-blocking. */
static void wait_for_stdout(void)
{
    fd_set writes;

    FD_ZERO(&writes);
    FD_SET(STDOUT_FILENO, &writes);
    if (select(STDOUT_FILENO + 1, NULL, &writes, NULL, NULL) == -1 &&
        errno != EINTR)
        err(1, "select");
}

/* Writes all n bytes of buf to stdout.  Ends the program on an error. */
static void write_all(const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, buf, n);
        if (written == -1 && errno == EAGAIN)
            wait_for_stdout();
        else if (written == -1 && errno != EINTR)
            err(1, "stdout");
        if (written == -1)
            continue;
        buf += written;
        n -= (size_t)written;
    }
}

static bool is_for_later(void)
{
    return errno == EAGAIN || errno == EINTR;
}

int main(int argc, char *argv[])
{
    enum {
        PEER,
        STDIN
    };
    int send_error = 0;
    bool more = true, told = false;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    if (fcntl(STDIN_FILENO, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
        err(1, "/dev/null");
    int fd = connect_any(argv[1], argv[2]);
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == -1)
        err(1, "fcntl");
    for (;;) {
        struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
                              {.fd = -1, .events = POLLIN}};
        char buf[5000];
        ssize_t n;

        if (kept > 0)
            p[PEER].events |= POLLOUT;
        if (more && kept < sizeof room)
            p[STDIN].fd = STDIN_FILENO;
        if (poll(p, 2, -1) == -1) {
            if (errno != EINTR)
                err(1, "poll");
            continue;
        }
        if (p[STDIN].revents != 0) {
            n = read(STDIN_FILENO, room + kept, sizeof room - kept);
            if (n == -1 && !is_for_later())
                err(1, "stdin");
            kept += n > 0 ? (size_t)n : 0;
            more = n != 0;
        }
        if ((p[PEER].revents & POLLOUT) != 0 && kept > 0) {
            n = send(fd, room, kept, MSG_NOSIGNAL);
            if (n > 0) {
                kept -= (size_t)n;
                memmove(room, room + n, kept);
            } else if (n == -1 && !is_for_later()) {
                send_error = errno;
                more = false;
                kept = 0;
            }
        }
        if (!more && kept == 0 && !told)
            told = shutdown(fd, SHUT_WR) == 0 || true;
        if ((p[PEER].revents & ~POLLOUT) != 0) {
            while ((n = recv(fd, buf, sizeof buf, 0)) > 0)
                write_all(buf, (size_t)n);
            if (n == -1 && is_for_later())
                continue;
            if (n == 0 && send_error == 0)
                return 0;
            if (send_error != 0)
                errno = send_error;
            err(1, "%s port %s", argv[1], argv[2]);
        }
    }
}
