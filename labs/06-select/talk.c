/* talk: stdin to a socket, and the socket to stdout
 *
 *     talk HOST PORT
 *
 * Connects to the addresses of HOST in turn until one accepts.  Then it sends
 * what comes on stdin and prints what comes from the peer, each as it comes:
 * bytes, not lines, and neither waits for the other.  Of what is there it moves
 * 1 KiB or more at a time, and not single bytes.
 *
 * At the end of stdin it sends what is still to be sent, and then tells the
 * peer that no more will come: it half-closes.  It goes on printing until the
 * peer ends.  A stdin that is closed from the start is an empty one.
 *
 * When the peer ends, it has printed all that came before, and ends at once
 * with status 0, though stdin may be open, and whatever it has not sent yet.
 *
 * A peer that does not receive stops nothing but stdin: what it sends is
 * printed all the same.  Never are more than 64 KiB read from stdin that are
 * not sent yet.  For stdout it may wait: while nobody takes what it prints,
 * it may do nothing else.  While it has nothing to do, it sleeps.
 *
 * Stdin may be a pipe, a terminal or a file; it and stdout may be blocking or
 * not.  Their status flags stay as they are, while it runs as well as when it
 * ends.
 *
 * A reset, or any other error of the connection, is told on stderr in one
 * sentence with the reason, and the status is 1; what the peer sent before is
 * printed first, whether the error was met while sending or while receiving.
 * (If the peer has ended and sending fails as well, either may be told: the
 * end with 0, or the error with 1.)  An error of stdin, or any other, is told
 * like that as well.  EINTR from any call but connect() is retried.  HOST and
 * PORT are those of resolve.  Without exactly two arguments it prints its
 * usage to stderr and exits 2.
 *
 * Read chapters/06-select.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

/* What was read from stdin and is still to be sent. */
struct outgoing {
    bool ended;       /* no more is read from stdin */
    bool half_closed; /* the peer knows */
    int error;        /* why nothing can be sent any more, as errno has it */
    size_t from, n;   /* n bytes of buf, beginning at from */
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

/* Sees to it that descriptor 0 is taken: the lowest free number goes to the
 * next socket, which would then pass for stdin. */
static void open_stdin(void)
{
    /* TODO 1: ask for the flags of descriptor 0; EBADF says that it is closed.
     * Then open something there that ends at once. */
    /* END 1 */
}

/* Waits until stdout takes something: it may be non-blocking, as a terminal is
 * that it shares with such a stdin. */
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

/* Waits until there is something to do, and says what: fd in *reads means that
 * the peer has something, stdin in *reads that stdin has, fd in *writes that
 * some of what is still to be sent would fit. */
static void wait_ready(int fd, const struct outgoing *out, fd_set *reads,
                       fd_set *writes)
{
    /* TODO 2: fill both sets anew before each select(), for it overwrites
     * them.  Name stdin only while it may be read: before its end, and when
     * all that was read is sent; fd for writing only while there is something
     * to send. */
    FD_ZERO(reads);
    FD_ZERO(writes);
    FD_SET(out->ended ? fd : STDIN_FILENO, reads);
    if (out->n > 0)
        FD_SET(fd, writes);
    /* END 2 */
}

/* Prints what has come from the peer.  Returns false at its end.  Ends the
 * program on an error. */
static bool print_some(int fd)
{
    /* TODO 3: receive what is there, without waiting for more, and write it
     * out.  Neither EAGAIN nor EINTR is an error: it is tried again when
     * select() says so. */
    char buf[16384];
    ssize_t got = recv(fd, buf, sizeof buf, 0);

    if (got <= 0)
        return false;
    write_all(buf, (size_t)got);
    return true;
    /* END 3 */
}

/* Reads what has come on stdin, to be sent.  Ends the program on an error. */
static void read_some(struct outgoing *out)
{
    /* TODO 4: one read(); its 0 is the end of stdin. */
    ssize_t got = read(STDIN_FILENO, out->buf, sizeof out->buf);

    out->from = 0;
    out->n = got > 0 ? (size_t)got : 0;
    out->ended = got <= 0;
    /* END 4 */
}

/* Sends as much as fits of what is still to be sent.  After an error nothing
 * is sent any more, but what the peer has sent can still be printed. */
static void send_some(int fd, struct outgoing *out)
{
    /* TODO 5: one send() that does not wait.  What it did not take is sent
     * when select() says so.  An error: keep the reason, forget what was to be
     * sent, and read no more from stdin. */
    if (send(fd, out->buf + out->from, out->n, MSG_NOSIGNAL) == -1)
        out->error = errno;
    out->n = 0;
    /* END 5 */
}

/* Tells the peer that no more will come, once all is sent: its recv() says 0,
 * while it can still send.  Chapter 7 is about this call.  Where it fails, the
 * connection is broken, and recv() knows why. */
static void half_close(int fd, struct outgoing *out)
{
    if (out->ended && out->n == 0 && !out->half_closed) {
        shutdown(fd, SHUT_WR);
        out->half_closed = true;
    }
}

/* Both directions at once, until the peer ends.  Returns 0, or the reason why
 * sending has failed, as errno has it. */
static int talk(int fd)
{
    static struct outgoing out;
    fd_set reads, writes;

    for (;;) {
        wait_ready(fd, &out, &reads, &writes);
        if (FD_ISSET(fd, &reads) && !print_some(fd))
            return out.error;
        if (FD_ISSET(fd, &writes))
            send_some(fd, &out);
        if (FD_ISSET(STDIN_FILENO, &reads))
            read_some(&out);
        half_close(fd, &out);
    }
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);

    open_stdin();
    int fd = connect_any(argv[1], argv[2]);
    if (fd >= FD_SETSIZE)
        errx(1, "descriptor %d is too large for select()", fd);
    errno = talk(fd);
    if (errno != 0)
        err(1, "send");
    close(fd);
    return 0;
}
