/* burst, accepted: SIGIO tells when it may be worth it to send again. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
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

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    int fd = connect_any(argv[1], argv[2]);
    static char buf[65536];
    long long total = 0;
    long waited = 0;
    sigset_t io;

    sigemptyset(&io);
    sigaddset(&io, SIGIO);
    sigprocmask(SIG_BLOCK, &io, NULL);
    if (fcntl(fd, F_SETOWN, getpid()) == -1 ||
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK | O_ASYNC) == -1)
        err(1, "fcntl");
    for (;;) {
        ssize_t n = read(0, buf, sizeof buf);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            err(1, "stdin");
        if (n == 0)
            break;
        for (ssize_t at = 0; at < n;) {
            ssize_t m = send(fd, buf + at, (size_t)(n - at), MSG_NOSIGNAL);
            if (m >= 0) {
                at += m;
                total += m;
            } else if (errno == EAGAIN) {
                struct pollfd p = {.fd = fd, .events = POLLOUT};
                waited++;
                int rc;
                while ((rc = poll(&p, 1, 0)) != 1)
                    if (rc == 0)
                        sigwaitinfo(&io, NULL);
            } else if (errno != EINTR) {
                err(1, "send");
            }
        }
    }
    close(fd);
    printf("sent %lld bytes, waited %ld times\n", total, waited);
    if (fflush(stdout) == EOF)
        err(1, "stdout");
    return 0;
}
