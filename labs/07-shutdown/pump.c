/* pump: stdin to a socket and the socket to stdout, whichever side is slow
 *
 *     pump HOST PORT
 *
 * Connects to the addresses of HOST in turn until one accepts.  From then on
 * all that comes on stdin goes to the peer, and all that comes from the peer
 * goes to stdout: at once, as it comes, each byte once and in order.  Neither
 * direction ever waits for the other, whoever is slow: a peer that does not
 * receive, or a stdout that nobody takes from.
 *
 * Each direction has an end of its own.  At the end of stdin it half-closes,
 * once all that was read has been sent; what the peer still sends is printed.
 * When the peer ends its side, stdin is still sent.  Both have ended, and all
 * is passed on: it ends with status 0.
 *
 * Never are more than 64 KiB kept of either direction: what is not wanted yet
 * is not read.  While it can do nothing, it sleeps.
 *
 * A reset, or any other error of the connection, is told on stderr in one
 * sentence with the reason, and the status is 1; what the peer sent before is
 * printed first, whether the error was met while sending or while receiving.
 * An error that can be seen in nothing else than the next send() may wait for
 * it.  An error of stdin or stdout is told like that as well, and at once; so
 * is a stdout that nobody reads any more (EPIPE), when there is something to
 * be written.  A stdin that is closed from the start is an empty one; a
 * stdout that is closed cannot be written, and that is an error as soon as
 * something is to be.
 *
 * Stdin and stdout may be pipes, files, sockets or a terminal, blocking or
 * not, or both the same.  When it ends, their status flags are as they were,
 * be it at the end of its work, by an error, or by SIGINT or SIGTERM.  (If
 * they are a terminal, it may wait for it.)
 *
 * EINTR from any call but connect() is retried.  HOST and PORT are those of
 * resolve.  Without exactly two arguments it prints its usage to stderr and
 * exits 2.
 *
 * Read chapters/07-shutdown.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One direction: what comes from one descriptor goes to another. */
struct flow {
    int from, to;
    size_t most;  /* that is written at a time */
    bool ended;   /* no more is read */
    size_t at, n; /* n bytes of buf, from at on, are to be written still */
    char buf[16384];
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

/* Sees to it that descriptors 0 to 2 are taken, lest a socket passes for
 * stdin: one that is closed gets something that ends at once, and that cannot
 * be written. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
            err(1, "/dev/null");
}

/* From now on no call on fd waits. */
static void set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        err(1, "fcntl");
}

/* Sleeps until something can be read or written, and says what: p[0] is for
 * what up reads, p[1] for what it writes, p[2] and p[3] for down.  There
 * revents are 0 when nothing is to be done. */
static void wait_ready(const struct flow *up, const struct flow *down,
                       struct pollfd p[4])
{
    /* TODO 1: for each flow, wait for the one thing that it can do next: to
     * write while it holds something, to read while it holds nothing and has
     * not ended.  poll() passes over a descriptor that is -1. */
    for (int i = 0; i < 4; i++)
        p[i] = (struct pollfd){.fd = -1};
    if (up->n > 0)
        p[1] = (struct pollfd){.fd = up->to, .events = POLLOUT};
    else if (!up->ended)
        p[0] = (struct pollfd){.fd = up->from, .events = POLLIN};
    else if (down->n > 0)
        p[3] = (struct pollfd){.fd = down->to, .events = POLLOUT};
    else
        p[2] = (struct pollfd){.fd = down->from, .events = POLLIN};
    poll(p, 4, -1);
    /* END 1 */
}

/* Reads what has come.  Returns 0, or the reason why it cannot, as errno has
 * it: then nothing more will come. */
static int read_some(struct flow *f)
{
    /* TODO 2: one read(), whose 0 is the end.  EAGAIN and EINTR are no
     * errors: poll() will say when to try again. */
    ssize_t got = read(f->from, f->buf, sizeof f->buf);

    f->at = 0;
    f->n = got > 0 ? (size_t)got : 0;
    f->ended = got <= 0;
    return 0;
    /* END 2 */
}

/* Writes some of what the flow holds, at most as much as it may at a time.
 * Returns 0, or the reason why it cannot, as errno has it: then the flow has
 * ended. */
static int write_some(struct flow *f)
{
    /* TODO 3: one write(); what it did not take stays, and goes when poll()
     * says so. */
    ssize_t put = write(f->to, f->buf, f->n);

    f->n = 0;
    return put == -1 ? errno : 0;
    /* END 3 */
}

/* Tells the peer that no more will come, while it can still send.  Returns 0,
 * or why the connection is broken, as errno has it. */
static int half_close(int fd)
{
    /* TODO 4: shutdown().  It fails when the connection is broken already;
     * why, SO_ERROR knows. */
    return shutdown(fd, SHUT_WR) == -1 ? errno : 0;
    /* END 4 */
}

/* Both directions at once, until both have ended.  Returns 0, or why the
 * connection is broken, as errno has it. */
static int pump(int fd)
{
    static struct flow up = {.from = STDIN_FILENO, .most = SSIZE_MAX},
                       down = {.to = STDOUT_FILENO, .most = PIPE_BUF};
    bool half_closed = false;
    int in = 0, out = 0; /* why receiving, and sending, has failed */
    struct pollfd p[4];

    up.to = down.from = fd;
    while (!half_closed || !down.ended || down.n > 0) {
        wait_ready(&up, &down, p);
        errno = p[0].revents != 0 ? read_some(&up) : 0;
        if (errno != 0)
            err(1, "stdin");
        if (p[1].revents != 0)
            out = write_some(&up);
        if (p[2].revents != 0)
            in = read_some(&down);
        errno = p[3].revents != 0 ? write_some(&down) : 0;
        if (errno != 0)
            err(1, "stdout");
        /* TODO 5: when nothing more can come from the peer because of an
         * error, nothing can go there either.  When the way up has ended and
         * holds nothing, half-close, once. */
        if (up.ended && !half_closed) {
            out = half_close(fd);
            half_closed = true;
        }
        /* END 5 */
    }
    return in != 0 ? in : out;
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);

    signal(SIGPIPE, SIG_IGN);
    open_standard_streams();
    int fd = connect_any(argv[1], argv[2]);
    set_nonblocking(fd);
    errno = pump(fd);
    if (errno != 0)
        err(1, "connection");
    close(fd);
    return 0;
}
