/* fetch: the socket gets a second descriptor by dup(), and each becomes a
 * stream, one to write the request and one to read the answer: the head line by
 * line, the body byte by byte. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static char *source, *host, *port, *path;
static int exit_status = 1;

static bool tell(const char *what, const char *reason)
{
    fprintf(stderr, "%s: %s\n", what, reason);
    return false;
}

static bool look_up(const char *name, const char *service, int family,
                    int flags, struct addrinfo **list)
{
    struct addrinfo hints = {
        .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    int rc = getaddrinfo(name, service, &hints, list);

    if (rc == 0)
        return true;
    return tell(name, rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
}

static int attempt(const struct addrinfo *to, const struct addrinfo *from)
{
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);

    if (fd == -1)
        return -1;
    if (from == NULL || bind(fd, from->ai_addr, from->ai_addrlen) == 0) {
        if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
            return fd;
    }
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static bool open_streams(FILE **in, FILE **out)
{
    struct addrinfo *from = NULL, *list = NULL;
    int fd = -1;

    if (source != NULL &&
        !look_up(source, "0", AF_UNSPEC, AI_NUMERICHOST, &from))
        return false;
    bool found = look_up(host, port, from == NULL ? AF_UNSPEC : from->ai_family,
                         AI_NUMERICSERV, &list);
    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next)
        fd = attempt(ai, from);
    int error = errno;
    if (from != NULL)
        freeaddrinfo(from);
    if (!found)
        return false;
    freeaddrinfo(list);
    if (fd == -1)
        return tell(host, strerror(error));

    int second = dup(fd);
    if (second == -1)
        return tell("dup", strerror(errno));
    *in = fdopen(fd, "r");
    *out = fdopen(second, "w");
    return (*in != NULL && *out != NULL) || tell("fdopen", strerror(errno));
}

static bool ask(FILE *out)
{
    fprintf(out, "GET %s HTTP/1.0\r\n", path);
    if (strchr(host, ':') != NULL)
        fprintf(out, "Host: [%s]:%s\r\n", host, port);
    else
        fprintf(out, "Host: %s:%s\r\n", host, port);
    fputs("\r\n", out);
    return fflush(out) == 0 || tell("the request", strerror(errno));
}

/* Reads a line into what is left of the head.  Returns its length, or 0. */
static size_t take_line(FILE *in, char *line, size_t room)
{
    size_t n = 0;
    int c = 0;

    while (n < room && c != '\n' && (c = getc(in)) != EOF)
        line[n++] = (char)c;
    if (c == '\n')
        return n;
    tell("the head", c != EOF     ? "longer than 16,384 bytes"
                     : ferror(in) ? strerror(errno)
                                  : "cut short");
    return 0;
}

static bool take_head(FILE *in, bool *limited, uint64_t *left)
{
    static char head[16384 + 1];
    const size_t name = strlen("Content-Length:");
    char *line = head, *length = NULL;
    size_t n, used = 0;
    bool fresh = false;

    for (;;) {
        n = take_line(in, line, sizeof head - 1 - used);
        if (n == 0)
            return false;
        used += n;
        if (fresh && n == 2 && line[0] == '\r')
            break;
        fresh = n >= 2 && line[n - 2] == '\r';
        if (length == NULL && n > name &&
            strncasecmp(line, "Content-Length:", name) == 0)
            length = line + name;
        line += n;
    }

    if (strncmp(head, "HTTP/1.", 7) != 0 || head[8] != ' ' ||
        strspn(head + 9, "0123456789") != 3)
        return tell("the answer", "its status line is none of HTTP");
    fprintf(stderr, "%.*s\n", (int)strcspn(head, "\r\n"), head);
    exit_status = head[9] == '2' ? 0 : 1;
    if (length != NULL) {
        char *digits = length + strspn(length, " \t"), *end;

        *limited = true;
        errno = 0;
        *left = strtoumax(digits, &end, 10);
        end += strspn(end, " \t");
        if (strspn(digits, "0123456789") == 0 || *end != '\r' || errno != 0)
            return tell("the length", "it is no number");
    }
    return true;
}

static bool take_body(FILE *in, bool limited, uint64_t left)
{
    int c = 0;

    while ((!limited || left-- > 0) && (c = getc(in)) != EOF) {
        if (putchar(c) == EOF)
            return tell("stdout", strerror(errno));
    }
    int error = errno;
    if (fflush(stdout) == EOF)
        return tell("stdout", strerror(errno));
    if (c == EOF && ferror(in))
        return tell("the body", strerror(error));
    if (c == EOF && limited)
        return tell("the body", "cut short by the server");
    return true;
}

int main(int argc, char *argv[])
{
    FILE *in = NULL, *out = NULL;
    bool limited = false;
    uint64_t left = 0;

    if (argc == 6 && strcmp(argv[1], "--source") == 0)
        source = argv[2];
    else if (argc != 4) {
        fprintf(stderr, "usage: %s [--source ADDR] HOST PORT PATH\n", argv[0]);
        return 2;
    }
    host = argv[argc - 3];
    port = argv[argc - 2];
    path = argv[argc - 1];
    size_t digits = strspn(port, "0123456789");
    if (digits < 1 || digits > 5 || port[digits] != '\0' ||
        strtoul(port, NULL, 10) > 65535) {
        tell(port, "a port is a number from 0 to 65535");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);

    bool good = open_streams(&in, &out) && ask(out) &&
                take_head(in, &limited, &left) && take_body(in, limited, left);
    if (out != NULL)
        fclose(out);
    if (in != NULL)
        fclose(in);
    return good ? exit_status : 1;
}
