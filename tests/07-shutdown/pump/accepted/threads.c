/* pump with a thread for each direction, each of which may block. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* Sees to it that descriptors 0 to 2 are taken, lest a socket passes for
 * stdin: one that is closed gets something that ends at once, and that cannot
 * be written. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
            err(1, "/dev/null");
}

/* Waits until fd is ready, when it was non-blocking from the start. */
static void wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    poll(&p, 1, -1);
}

/* Writes all n bytes.  Returns false on an error. */
static bool write_all(int fd, const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, buf, n);
        if (put == -1 && errno == EAGAIN)
            wait_for(fd, POLLOUT);
        else if (put == -1 && errno != EINTR)
            return false;
        if (put > 0) {
            buf += put;
            n -= (size_t)put;
        }
    }
    return true;
}

static ssize_t read_some(int fd, char *buf, size_t n)
{
    for (;;) {
        ssize_t got = read(fd, buf, n);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
        if (errno == EAGAIN)
            wait_for(fd, POLLIN);
    }
}

/* Sends all of stdin, and half-closes.  Returns why it could not, or 0. */
static void *send_stdin(void *arg)
{
    static int error;
    int fd = *(int *)arg;
    char buf[8000];
    ssize_t got;

    while ((got = read_some(STDIN_FILENO, buf, sizeof buf)) > 0)
        if (!write_all(fd, buf, (size_t)got)) {
            error = errno;
            return &error;
        }
    if (got == -1)
        err(1, "stdin");
    if (shutdown(fd, SHUT_WR) == -1)
        error = errno;
    return &error;
}

int main(int argc, char *argv[])
{
    pthread_t sender;
    char buf[8000];
    ssize_t got;
    void *error;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    signal(SIGPIPE, SIG_IGN);
    open_standard_streams();
    int fd = connect_any(argv[1], argv[2]);
    errno = pthread_create(&sender, NULL, send_stdin, &fd);
    if (errno != 0)
        err(1, "pthread_create");
    while ((got = read_some(fd, buf, sizeof buf)) > 0)
        if (!write_all(STDOUT_FILENO, buf, (size_t)got))
            err(1, "stdout");
    if (got == -1)
        err(1, "recv");
    pthread_join(sender, &error);
    errno = *(int *)error;
    if (errno != 0)
        err(1, "send");
    return 0;
}
