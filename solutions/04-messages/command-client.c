/* command-client: have a server run a program, and end as the program did
 *
 *     command-client HOST PORT NAME
 *
 * Connects to the addresses of HOST in turn until one accepts, sends NAME and
 * a newline and nothing else, and receives the answer of command-server:
 *
 *     STATUS LENGTH
 *
 * and a newline, then LENGTH bytes.  STATUS is one to three decimal digits,
 * at most 255; LENGTH one to seven, at most 1,048,576; one space stands
 * between them, and nothing else in the line.
 *
 * Writes these bytes to stdout, as they are, and exits with STATUS.  It does
 * not wait for the server to close, and bytes beyond LENGTH are left alone.
 *
 * An answer of any other form is broken, and a first line that is longer is
 * so at once, without its newline; nothing is written to stdout then.  One
 * that ends too early is broken, too.  What came of its output is written all
 * the same, also when the connection was reset.  A broken answer and any other
 * error, of stdout as well, is told on stderr in one sentence with the reason,
 * and the status is 255, whatever STATUS said.  EINTR from any call but
 * connect() is retried.  HOST and PORT are those of resolve.  Without exactly
 * three arguments it prints its usage to stderr and exits 2.
 *
 * Read chapters/04-messages.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BROKEN = 255, /* the status of all that is not the program's */
    MAX_OUTPUT = 1 << 20,
    MAX_HEAD = 12 /* "255 1048576" and a newline */
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
        errx(BROKEN, "%s: %s", host, gai_strerror(rc));
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
        err(BROKEN, "%s port %s", host, port);
    freeaddrinfo(list);
    return fd;
}

/* Sends all n bytes of buf.  Ends the program on an error. */
static void send_all(int fd, const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, buf, n, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            err(BROKEN, "send");
        buf += sent;
        n -= (size_t)sent;
    }
}

/* Sends the name and its newline, in one piece: what is sent behind a small
 * piece may have to wait until that is acknowledged. */
static void send_name(int fd, const char *name)
{
    char *line;

    int n = asprintf(&line, "%s\n", name);
    if (n == -1)
        err(BROKEN, "asprintf");
    send_all(fd, line, (size_t)n);
    free(line);
}

/* Writes all n bytes of buf to stdout.  Ends the program on an error. */
static void write_all(const char *buf, size_t n)
{
    /* TODO 1: write() until all n bytes are taken, each time from where the
     * last call stopped; a call that was interrupted is made again. */
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, buf, n);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            err(BROKEN, "stdout");
        buf += written;
        n -= (size_t)written;
    }
    /* END 1 */
}

/* Receives at most n bytes.  Ends the program on an error, and when the
 * stream ends: whoever calls this waits for more. */
static size_t recv_some(int fd, char *buf, size_t n)
{
    ssize_t got;

    do
        got = recv(fd, buf, n, 0);
    while (got == -1 && errno == EINTR);
    if (got == -1)
        err(BROKEN, "recv");
    if (got == 0)
        errx(BROKEN, "the answer ends too early");
    return (size_t)got;
}

/* Receives until the newline of the first line has come, at the least.
 * Returns how many bytes there are, and in *headlen how many of them are the
 * line with its newline. */
static size_t recv_head(int fd, char *buf, size_t size, size_t *headlen)
{
    size_t n = 0;

    /* TODO 2: receive behind what is there until a newline is among it.  A
     * line of more than MAX_HEAD bytes is broken. */
    const char *end = NULL;

    while (end == NULL && n < MAX_HEAD) {
        n += recv_some(fd, buf + n, size - n);
        end = memchr(buf, '\n', n);
    }
    if (end == NULL || end - buf >= MAX_HEAD)
        errx(BROKEN, "the answer is broken: no line at its beginning");
    *headlen = (size_t)(end - buf) + 1;
    /* END 2 */
    return n;
}

/* Takes a number of 1 to `digits` decimal digits off the front of *s.  Returns
 * -1 when there is none, or when it is larger than `most`. */
static long take_number(const char **s, size_t digits, long most)
{
    /* TODO 3: count the digits before you trust strtol(), which also takes
     * blanks, a sign and more digits than there should be. */
    size_t n = strspn(*s, "0123456789");
    long number = strtol(*s, NULL, 10);

    if (n < 1 || n > digits || number > most)
        return -1;
    *s += n;
    return number;
    /* END 3 */
}

/* Copies `left` bytes of output to stdout: the n bytes of buf, which came with
 * the head, then what follows. */
static void copy_output(int fd, char *buf, size_t size, size_t n, size_t left)
{
    /* TODO 4: write what there is, but no more than is left; receive, until
     * nothing is left. */
    for (;;) {
        if (n > left)
            n = left;
        write_all(buf, n);
        left -= n;
        if (left == 0)
            return;
        n = recv_some(fd, buf, size);
    }
    /* END 4 */
}

/* Receives the answer and writes its output.  Returns its status. */
static int recv_answer(int fd)
{
    char buf[16384];
    size_t headlen = 0;

    size_t n = recv_head(fd, buf, sizeof buf, &headlen);
    buf[headlen - 1] = '\0'; /* in the place of the newline */
    const char *s = buf;
    long status = take_number(&s, 3, 255);
    if (status == -1 || *s++ != ' ')
        errx(BROKEN, "the answer is broken: no STATUS");
    long length = take_number(&s, 7, MAX_OUTPUT);
    if (length == -1 || s != buf + headlen - 1)
        errx(BROKEN, "the answer is broken: no LENGTH");
    memmove(buf, buf + headlen, n - headlen);
    copy_output(fd, buf, sizeof buf, n - headlen, (size_t)length);
    return (int)status;
}

int main(int argc, char *argv[])
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT NAME\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(BROKEN, "port \"%s\" is not a number from 0 to 65535", argv[2]);

    int fd = connect_any(argv[1], argv[2]);
    send_name(fd, argv[3]);
    int status = recv_answer(fd);
    close(fd);
    return status;
}
