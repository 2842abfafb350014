/* fetch: get one thing from a web server
 *
 *     fetch [--source ADDR] HOST PORT PATH
 *
 * Connects to the addresses of HOST in turn until one accepts, and closes the
 * socket of each that does not; when none accepts, the error of the last one
 * is told.  ADDR is an address of this host in digits, from which the
 * connection is made; then only addresses of its family are tried.  HOST and
 * PORT are those of resolve.
 *
 * Sends this request and nothing else.  Each line ends in CR LF, and a HOST
 * with colons stands in brackets:
 *
 *     GET PATH HTTP/1.0
 *     Host: HOST:PORT
 *     (an empty line)
 *
 * The answer is a head, which ends with the first CR LF CR LF, and a body.
 * The head begins with the status line, like "HTTP/1.1 200 OK", and is at
 * most 16,384 bytes long.  Once it is whole, the status line goes to stderr;
 * the body goes to stdout, byte for byte, whatever the status.  The body is as
 * long as the head's line "Content-Length: DIGITS" says, its name written in
 * letters of any case; bytes beyond are left alone.  Without that line the
 * body lasts until the end of the stream.
 *
 * Exits 0 when the status is 200 to 299 and the whole body is written; 1 for
 * any other status, which the status line has told; 1 on any error, told on
 * stderr in one sentence with the reason.  A head or a body that is cut short
 * is an error, and what came of the body is written all the same.  With wrong
 * arguments it prints its usage to stderr and exits 2.
 *
 * Read chapters/01-create.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNKNOWN UINT64_MAX /* a length that the head does not tell */

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Looks up the addresses for a stream socket.  Ends the program when there
 * are none.  The list is to be freed with freeaddrinfo(). */
static struct addrinfo *lookup(const char *host, const char *port, int family,
                               int flags)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_family = family,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | flags};

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s", host);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    return list;
}

/* Connects to the first address of the list that accepts, from the source
 * address if there is one.  Returns a descriptor, or -1 with the errno of the
 * last address. */
static int connect_any(const struct addrinfo *list,
                       const struct addrinfo *source)
{
    int fd = -1;

    /* TODO 1: try the addresses in turn until one accepts.  Close the
     * socket of each that does not, and keep its errno past the close(). */
    int error = 0;
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd == -1) {
            error = errno;
            continue;
        }
        if ((source == NULL ||
             bind(fd, source->ai_addr, source->ai_addrlen) == 0) &&
            connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            return fd;
        error = errno;
        close(fd);
        fd = -1;
    }
    errno = error;
    /* END 1 */
    return fd;
}

/* Sends the request. */
static void send_request(int fd, const char *host, const char *port,
                         const char *path)
{
    bool colons = strchr(host, ':') != NULL;
    char *request;

    int n = asprintf(&request, "GET %s HTTP/1.0\r\nHost: %s%s%s:%s\r\n\r\n",
                     path, colons ? "[" : "", host, colons ? "]" : "", port);
    if (n == -1)
        err(1, "asprintf");
    if (send(fd, request, (size_t)n, 0) == -1)
        err(1, "send");
    free(request);
}

/* Receives until the head is whole.  Returns its length; *got is how many
 * bytes have come, of which the rest belong to the body. */
static size_t recv_head(int fd, char *buf, size_t size, size_t *got)
{
    const char *end = NULL;

    *got = 0;
    /* TODO 2: receive until CR LF CR LF is there, each time behind what has
     * come already.  A head that ends too early, or does not fit into size
     * bytes, is an error. */
    while (end == NULL) {
        if (*got == size)
            errx(1, "the head is longer than %zu bytes", size);
        ssize_t n = recv(fd, buf + *got, size - *got, 0);
        if (n == -1)
            err(1, "recv");
        if (n == 0)
            errx(1, "the head is cut short");
        *got += (size_t)n;
        end = memmem(buf, *got, "\r\n\r\n", 4);
    }
    /* END 2 */
    return (size_t)(end - buf) + 4;
}

/* The status: the three digits in "HTTP/1.1 200 OK".  Ends the program when
 * the head does not begin like that. */
static int status_code(const char *head)
{
    const char digits[] = "0123456789";

    if (strncmp(head, "HTTP/1.", 7) != 0 || strspn(head + 7, digits) != 1 ||
        head[8] != ' ' || strspn(head + 9, digits) != 3)
        errx(1, "the answer is not HTTP");
    return (int)strtol(head + 9, NULL, 10);
}

/* The number of the line Content-Length, or UNKNOWN without such a line.
 * Ends the program when it is no number. */
static uint64_t content_length(const char *head)
{
    const char name[] = "\r\nContent-Length:";
    const char *s = strcasestr(head, name);

    if (s == NULL)
        return UNKNOWN;
    s += strlen(name);
    s += strspn(s, " \t");
    size_t digits = strspn(s, "0123456789");
    if (digits < 1 || digits > 18 || strchr(" \t\r", s[digits]) == NULL)
        errx(1, "Content-Length is not a number");
    return strtoull(s, NULL, 10);
}

/* Copies a body of `left` bytes to stdout: the n bytes of data, which came
 * with the head, then what follows.  Returns how many bytes are missing. */
static uint64_t copy_body(int fd, const char *data, size_t n, uint64_t left)
{
    char buf[16384];

    /* TODO 3: receive and copy until no byte is left to come, or until the
     * stream ends. */
    if (n > left)
        n = (size_t)left;
    if (fwrite(data, 1, n, stdout) != n)
        err(1, "stdout");
    left -= n;
    while (left > 0) {
        size_t want = left < sizeof buf ? (size_t)left : sizeof buf;
        ssize_t received = recv(fd, buf, want, 0);
        if (received == -1) {
            fflush(stdout);
            err(1, "recv");
        }
        if (received == 0)
            break;
        if (fwrite(buf, 1, (size_t)received, stdout) != (size_t)received)
            err(1, "stdout");
        left -= (size_t)received;
    }
    /* END 3 */
    return left;
}

/* Receives the answer.  Returns its status. */
static int recv_answer(int fd)
{
    char head[16384];
    size_t got;

    size_t headlen = recv_head(fd, head, sizeof head, &got);
    head[headlen - 2] = '\0'; /* in the empty line at its end */
    int status = status_code(head);
    fprintf(stderr, "%.*s\n", (int)strcspn(head, "\r\n"), head);

    uint64_t length = content_length(head);
    uint64_t missing = copy_body(fd, head + headlen, got - headlen, length);
    if (fflush(stdout) == EOF)
        err(1, "stdout");
    if (length != UNKNOWN && missing > 0)
        errx(1, "the body is cut short: %" PRIu64 " bytes are missing",
             missing);
    return status;
}

int main(int argc, char *argv[])
{
    struct addrinfo *source = NULL;
    int family = AF_UNSPEC;

    if (argc != 4 && (argc != 6 || strcmp(argv[1], "--source") != 0)) {
        fprintf(stderr, "usage: %s [--source ADDR] HOST PORT PATH\n", argv[0]);
        return 2;
    }
    const char *host = argv[argc - 3], *port = argv[argc - 2];
    if (!is_port(port))
        errx(1, "port \"%s\" is not a number from 0 to 65535", port);
    signal(SIGPIPE, SIG_IGN); /* chapter 4 says why */

    if (argc == 6) {
        source = lookup(argv[2], "0", AF_UNSPEC, AI_NUMERICHOST);
        family = source->ai_family;
    }
    struct addrinfo *list = lookup(host, port, family, 0);
    int fd = connect_any(list, source);
    if (fd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    if (source != NULL)
        freeaddrinfo(source);

    send_request(fd, host, port, argv[argc - 1]);
    int status = recv_answer(fd);
    close(fd);
    return status >= 200 && status <= 299 ? 0 : 1;
}
