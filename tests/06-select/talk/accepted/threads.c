/* talk with a thread for each direction, each of which may block. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_int send_error;

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

/* Prints until the peer ends, and ends the program then. */
static void *print_all(void *arg)
{
    int fd = *(int *)arg;
    char buf[10000];

    for (;;) {
        ssize_t got = recv(fd, buf, sizeof buf, 0);
        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0 && send_error != 0)
            errno = send_error;
        if (got == -1 || (got == 0 && send_error != 0))
            err(1, "connection");
        if (got == 0)
            exit(0);
        write_all(buf, (size_t)got);
    }
}

/* Returns false on an error. */
static bool send_all(int fd, const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, buf, n, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1) {
            send_error = errno;
            return false;
        }
        buf += sent;
        n -= (size_t)sent;
    }
    return true;
}

int main(int argc, char *argv[])
{
    pthread_t printer;
    char buf[4000];
    ssize_t got;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    if (fcntl(STDIN_FILENO, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
        err(1, "/dev/null");
    int fd = connect_any(argv[1], argv[2]);
    errno = pthread_create(&printer, NULL, print_all, &fd);
    if (errno != 0)
        err(1, "pthread_create");
    do {
        got = read(STDIN_FILENO, buf, sizeof buf);
        if (got == -1 && errno == EAGAIN) {
            struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
            poll(&p, 1, -1);
        } else if (got == -1 && errno != EINTR) {
            err(1, "stdin");
        } else if (got > 0 && !send_all(fd, buf, (size_t)got)) {
            break;
        }
    } while (got != 0);
    shutdown(fd, SHUT_WR);
    pthread_join(printer, NULL);
    return 0;
}
