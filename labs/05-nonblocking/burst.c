/* burst: send as much as fits, and wait only when nothing does
 *
 *     burst HOST PORT
 *
 * Connects to the addresses of HOST in turn until one accepts, and sends its
 * stdin there, each byte once and in order, without ever blocking in send():
 * it sends as much as fits, until send() says EAGAIN, and only then waits for
 * the socket to be writable, asleep.  At the end of stdin it closes and prints
 *
 *     sent N bytes, waited M times
 *
 * where M is how often send() has said EAGAIN.  What the other end sends is
 * left alone.
 *
 * What has been read is sent without waiting for more, and never are more than
 * 64 KiB read that are not sent yet, however slow the other end is.
 *
 * Stdin may be a pipe, a terminal or a file.  It is shared with the shell: the
 * status flags of stdin and stdout stay as they are, while it runs as well as
 * when it ends.
 *
 * Any error, be it of the connection or of stdin, is told on stderr in one
 * sentence with the reason; nothing is printed then, and the status is 1.
 * EINTR from any call but connect() is retried, and is not a wait.  HOST and
 * PORT are those of resolve.  Without exactly two arguments it prints its
 * usage to stderr and exits 2.
 *
 * Read chapters/05-nonblocking.md. */
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

/* From now on no call on fd waits. */
static void set_nonblocking(int fd)
{
    /* TODO 1: read the flags of fd, and set them with O_NONBLOCK among them:
     * fcntl(), twice. */
    (void)fd;
    /* END 1 */
}

/* Sleeps until send() on fd would take something, or has an error to tell. */
static void wait_writable(int fd)
{
    /* TODO 2: poll() with one descriptor, without a limit; again when a signal
     * has interrupted it. */
    (void)fd;
    /* END 2 */
}

/* Sends all n bytes of buf, and counts in *waited how often it had to wait.
 * Ends the program on an error. */
static void send_all(int fd, const char *buf, size_t n, long *waited)
{
    /* TODO 3: send what is left.  EAGAIN: nothing fits, so count it, and wait
     * until something does. */
    ssize_t sent = send(fd, buf, n, MSG_NOSIGNAL);
    if (sent == -1) {
        ++*waited;
        wait_writable(fd);
    }
    /* END 3 */
}

/* Reads up to n bytes of stdin.  Returns how many have come; 0 at its end.
 * Ends the program on an error. */
static size_t read_some(char *buf, size_t n)
{
    ssize_t got;

    do
        got = read(STDIN_FILENO, buf, n);
    while (got == -1 && errno == EINTR);
    if (got == -1)
        err(1, "stdin");
    return (size_t)got;
}

int main(int argc, char *argv[])
{
    static char buf[65536];
    long long total = 0;
    long waited = 0;
    size_t n;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);

    int fd = connect_any(argv[1], argv[2]);
    set_nonblocking(fd);
    while ((n = read_some(buf, sizeof buf)) > 0) {
        send_all(fd, buf, n, &waited);
        total += (long long)n;
    }
    close(fd);
    printf("sent %lld bytes, waited %ld times\n", total, waited);
    if (fflush(stdout) == EOF)
        err(1, "stdout");
    return 0;
}
