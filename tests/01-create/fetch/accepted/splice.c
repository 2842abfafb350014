/* fetch: looks at the head with MSG_PEEK and takes no byte more than it; the
 * body goes by splice(2) from the socket through a pipe to stdout, without a
 * buffer of the program's own. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEAD_MAX 16384
#define PIECE 65536

static struct addrinfo *addresses(const char *host, const char *port,
                                  int family, int flags)
{
    struct addrinfo hints, *list;

    memset(&hints, 0, sizeof hints);
    hints.ai_family = family;
    hints.ai_flags = flags;
    hints.ai_protocol = IPPROTO_TCP;
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "looking up %s", host);
    if (rc != 0)
        errx(1, "looking up %s: %s", host, gai_strerror(rc));
    return list;
}

/* Goes along the list by calling itself.  Returns the connected socket, or -1
 * with the errno of the last address. */
static int reach(const struct addrinfo *ai, const struct addrinfo *source)
{
    int s = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, ai->ai_protocol);
    int reason = errno;

    if (s != -1) {
        if ((source == NULL ||
             bind(s, source->ai_addr, source->ai_addrlen) == 0) &&
            connect(s, ai->ai_addr, ai->ai_addrlen) == 0)
            return s;
        reason = errno;
        close(s);
    }
    if (ai->ai_next != NULL)
        return reach(ai->ai_next, source);
    errno = reason;
    return -1;
}

static struct iovec piece(const char *s)
{
    struct iovec v;

    /* sendmsg() only reads, but its type does not say so */
    memcpy(&v.iov_base, &s, sizeof s);
    v.iov_len = strlen(s);
    return v;
}

static void ask(int s, const char *host, const char *port, const char *path)
{
    bool six = strchr(host, ':') != NULL;
    struct iovec text[] = {
        piece("GET "),         piece(path),       piece(" HTTP/1.0\r\nHost: "),
        piece(six ? "[" : ""), piece(host),       piece(six ? "]:" : ":"),
        piece(port),           piece("\r\n\r\n"),
    };
    struct msghdr message = {.msg_iov = text,
                             .msg_iovlen = sizeof text / sizeof text[0]};

    while (message.msg_iovlen > 0) {
        ssize_t n = sendmsg(s, &message, MSG_NOSIGNAL);
        if (n == -1)
            err(1, "sending the request");
        while (message.msg_iovlen > 0 &&
               (size_t)n >= message.msg_iov->iov_len) {
            n -= (ssize_t)message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (message.msg_iovlen > 0) {
            struct iovec *first = message.msg_iov;
            first->iov_base = (char *)first->iov_base + n;
            first->iov_len -= (size_t)n;
        }
    }
}

/* Receives the head and nothing behind it.  Returns its length. */
static size_t take_head(int s, char *head)
{
    size_t have = 0;

    for (;;) {
        if (have == HEAD_MAX)
            errx(1, "the head is longer than %d bytes", HEAD_MAX);
        ssize_t n = recv(s, head + have, HEAD_MAX - have, MSG_PEEK);
        if (n == -1)
            err(1, "receiving the head");
        if (n == 0)
            errx(1, "the server ended within the head");

        /* The end may have begun in what came before. */
        size_t from = have < 3 ? 0 : have - 3;
        size_t seen = have + (size_t)n;
        const char *end = memmem(head + from, seen - from, "\r\n\r\n", 4);
        size_t until = end != NULL ? (size_t)(end - head) + 4 : seen;
        while (have < until) {
            n = recv(s, head + have, until - have, MSG_WAITALL);
            if (n <= 0)
                err(1, "receiving the head again");
            have += (size_t)n;
        }
        if (end != NULL)
            return have;
    }
}

/* Tells the status line and returns the status.  The body's length goes to
 * *length, or -1 if there is no word about it. */
static int read_head(char *head, size_t size, long long *length)
{
    static const char name[] = "Content-Length:";
    int status = -1, used = 0;
    char *save, *line;

    *length = -1;
    head[size - 1] = '\0';
    line = strtok_r(head, "\r\n", &save);
    if (line != NULL)
        sscanf(line, "HTTP/1.%*1[0-9] %3d%n", &status, &used);
    if (used != 12 || status < 0 || (line[used] != ' ' && line[used] != '\0'))
        errx(1, "the server's answer has no status line");
    fprintf(stderr, "%s\n", line);

    while (*length == -1 && (line = strtok_r(NULL, "\r\n", &save)) != NULL) {
        if (strncasecmp(line, name, sizeof name - 1) != 0)
            continue;
        char *digits = line + sizeof name - 1, *rest;
        digits += strspn(digits, " \t");
        errno = 0;
        *length = strtoll(digits, &rest, 10);
        if (*digits < '0' || *digits > '9' || rest[strspn(rest, " \t")] != 0 ||
            errno != 0)
            errx(1, "the body's length is not a number: %s", digits);
    }
    return status;
}

/* Brings n bytes from the pipe to stdout. */
static void drain(int pipe_out, size_t n)
{
    static char copy[PIECE];
    static bool no_splice;

    while (n > 0) {
        ssize_t moved = -1;
        if (!no_splice) {
            moved = splice(pipe_out, NULL, STDOUT_FILENO, NULL, n, 0);
            no_splice = moved == -1 && errno == EINVAL;
        }
        if (no_splice) {
            ssize_t got = read(pipe_out, copy, n < PIECE ? n : PIECE);
            ssize_t put = 0;
            for (moved = 0; moved < got; moved += put) {
                put = write(STDOUT_FILENO, copy + moved, (size_t)(got - moved));
                if (put == -1)
                    err(1, "writing the body");
            }
        }
        if (moved <= 0)
            err(1, "writing the body");
        n -= (size_t)moved;
    }
}

static void move_body(int s, long long length)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe");
    while (length != 0) {
        size_t want =
            length > 0 && length < PIECE ? (size_t)length : (size_t)PIECE;
        ssize_t n = splice(s, NULL, ends[1], NULL, want, SPLICE_F_MOVE);
        if (n == -1)
            err(1, "receiving the body");
        if (n == 0)
            break;
        drain(ends[0], (size_t)n);
        if (length > 0)
            length -= n;
    }
    close(ends[0]);
    close(ends[1]);
    if (length > 0)
        errx(1, "the server ended %lld bytes before the body", length);
}

int main(int argc, char *argv[])
{
    static char head[HEAD_MAX];
    struct addrinfo *source = NULL;
    const char *port = argv[argc < 3 ? 0 : argc - 2], *rest = port;
    unsigned number = 0;
    long long length;

    if (argc != 4 && !(argc == 6 && strcmp(argv[1], "--source") == 0)) {
        fprintf(stderr, "usage: %s [--source ADDR] HOST PORT PATH\n", argv[0]);
        return 2;
    }
    while (*rest >= '0' && *rest <= '9' && rest - port < 5)
        number = number * 10 + (unsigned)(*rest++ - '0');
    if (*port == '\0' || *rest != '\0' || number > 65535)
        errx(1, "%s is not a port", port);
    signal(SIGPIPE, SIG_IGN);

    if (argc == 6)
        source =
            addresses(argv[2], "0", AF_UNSPEC, AI_NUMERICHOST | AI_NUMERICSERV);
    struct addrinfo *list =
        addresses(argv[argc - 3], port,
                  source != NULL ? source->ai_family : AF_UNSPEC, 0);
    int s = reach(list, source);
    if (s == -1)
        err(1, "connecting to %s", argv[argc - 3]);
    freeaddrinfo(list);
    if (source != NULL)
        freeaddrinfo(source);

    ask(s, argv[argc - 3], port, argv[argc - 1]);
    size_t size = take_head(s, head);
    int status = read_head(head, size, &length);
    move_body(s, length);
    close(s);
    return status < 200 || status > 299;
}
