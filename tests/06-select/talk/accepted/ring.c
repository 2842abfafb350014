/* talk with ppoll(), signalfd and a ring of bytes: readv(), sendmsg(). */
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
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
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

/* Sees to it that descriptor 0 is taken: the lowest free number goes to the
 * next socket, which would then pass for stdin. */
static void open_stdin(void)
{
    /* TODO 1: ask for the flags of descriptor 0; EBADF says that it is closed.
     * Then open something there that ends at once. */
    if (fcntl(STDIN_FILENO, F_GETFD) == -1 && errno == EBADF &&
        open("/dev/null", O_RDONLY) == -1)
        err(1, "/dev/null");
    /* END 1 */
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

/* A ring of bytes that are to be sent. */
static char ring[20000];
static size_t first, kept;

/* The places of the ring that are in use, or those that are free. */
static int places(struct iovec iov[2], size_t at, size_t n)
{
    size_t one = at % sizeof ring, upto = sizeof ring - one;

    iov[0] = (struct iovec){ring + one, n < upto ? n : upto};
    iov[1] = (struct iovec){ring, n < upto ? 0 : n - upto};
    return n > upto ? 2 : 1;
}

static bool is_for_later(void)
{
    return errno == EAGAIN || errno == EINTR;
}

int main(int argc, char *argv[])
{
    enum {
        IN,
        PEER,
        SIGNALS
    };
    bool ended = false, told = false;
    int reason = 0;
    struct iovec iov[2];
    char buf[7000];
    sigset_t set;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    open_stdin();
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = connect_any(argv[1], argv[2]);
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    for (;;) {
        struct pollfd p[] = {
            {.fd = !ended && kept < sizeof ring ? 0 : -1, .events = POLLIN},
            {.fd = fd, .events = (short)(POLLIN | (kept > 0 ? POLLOUT : 0))},
            {.fd = signals, .events = POLLIN}};
        if (ppoll(p, 3, NULL, NULL) == -1) {
            if (errno != EINTR)
                err(1, "ppoll");
            continue;
        }
        if (p[SIGNALS].revents != 0)
            errx(1, "interrupted");
        if (p[PEER].revents & (POLLIN | POLLHUP | POLLERR)) {
            struct msghdr m = {.msg_iov = &(struct iovec){buf, sizeof buf},
                               .msg_iovlen = 1};
            ssize_t got = recvmsg(fd, &m, MSG_DONTWAIT);
            if (got == 0 && reason == 0)
                return 0;
            if (got == 0)
                errno = reason;
            if (got == 0 || (got == -1 && !is_for_later()))
                err(1, "connection");
            if (got > 0)
                write_all(buf, (size_t)got);
        }
        if (p[IN].revents != 0) {
            int n = places(iov, first + kept, sizeof ring - kept);
            ssize_t got = readv(STDIN_FILENO, iov, n);
            if (got == -1 && !is_for_later())
                err(1, "stdin");
            ended = got == 0;
            kept += got > 0 ? (size_t)got : 0;
        }
        if (p[PEER].revents & POLLOUT) {
            struct msghdr m = {.msg_iov = iov,
                               .msg_iovlen = (size_t)places(iov, first, kept)};
            ssize_t sent = sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent > 0) {
                first = (first + (size_t)sent) % sizeof ring;
                kept -= (size_t)sent;
            } else if (sent == -1 && !is_for_later()) {
                reason = errno;
                ended = true;
                kept = 0;
            }
        }
        if (ended && kept == 0 && !told) {
            shutdown(fd, SHUT_WR);
            told = true;
        }
    }
}
