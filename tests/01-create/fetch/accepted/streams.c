/* fetch: the connected socket is one stdio stream for both directions.  The
 * head comes by getc() into a growing text, and the body by fread(); the
 * host's addresses are gathered in an array before the first is tried. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct place {
    int family;
    socklen_t length;
    struct sockaddr_storage address;
};

__attribute__((noreturn, format(printf, 1, 2))) static void
leave(const char *format, ...)
{
    va_list ap;

    fflush(stdout);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static bool is_number(const char *s, size_t most)
{
    size_t n = strspn(s, "0123456789");

    return n > 0 && n <= most && s[n] == '\0';
}

/* The addresses of a host, in an array to be freed. */
static struct place *gather(const char *host, const char *port, int flags,
                            size_t *count)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list, *ai;
    struct place *places = NULL;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        leave("No address of \"%s\": %s", host,
              rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    *count = 0;
    for (ai = list; ai != NULL; ai = ai->ai_next) {
        places = reallocarray(places, *count + 1, sizeof *places);
        if (places == NULL)
            leave("No memory: %s", strerror(errno));
        struct place *p = &places[(*count)++];
        p->family = ai->ai_family;
        p->length = ai->ai_addrlen;
        memcpy(&p->address, ai->ai_addr, ai->ai_addrlen);
    }
    freeaddrinfo(list);
    return places;
}

static bool join(int fd, const struct place *to, const struct place *from)
{
    if (from != NULL &&
        bind(fd, (const struct sockaddr *)&from->address, from->length) == -1)
        return false;
    return connect(fd, (const struct sockaddr *)&to->address, to->length) == 0;
}

static FILE *dial(const char *host, const struct place *to, size_t count,
                  const struct place *from)
{
    const char *reason = "none is of the family of the source";

    for (size_t i = 0; i < count; i++) {
        if (from != NULL && from->family != to[i].family)
            continue;
        int fd = socket(to[i].family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd != -1 && join(fd, &to[i], from)) {
            FILE *stream = fdopen(fd, "r+");
            if (stream == NULL)
                leave("No stream: %s", strerror(errno));
            return stream;
        }
        reason = strerror(errno);
        if (fd != -1)
            close(fd);
    }
    leave("No address of \"%s\" can be reached: %s", host, reason);
}

/* Reads the head up to its end, which is cut off.  To be freed. */
static char *read_head(FILE *server)
{
    char *text = NULL;
    size_t size = 0, n = 0;
    int c;

    for (;;) {
        if (n == size) {
            size = size * 2 + 128;
            text = realloc(text, size);
            if (text == NULL)
                leave("No memory: %s", strerror(errno));
        }
        if (n == 16384)
            leave("The head has more than 16,384 bytes");
        c = getc(server);
        if (c == EOF)
            leave("The head breaks off: %s",
                  ferror(server) ? strerror(errno) : "the connection ended");
        text[n++] = (char)c;
        if (n >= 4 && memcmp(text + n - 4, "\r\n\r\n", 4) == 0) {
            text[n - 4] = '\0';
            return text;
        }
    }
}

static void copy_body(FILE *server, uint64_t left, bool limited)
{
    char block[1000];

    while (left > 0) {
        size_t want = left < sizeof block ? (size_t)left : sizeof block;
        size_t n = fread(block, 1, want, server);
        int error = errno;

        if (fwrite(block, 1, n, stdout) != n)
            leave("The body cannot be written: %s", strerror(errno));
        if (limited)
            left -= n;
        if (n < want) {
            if (ferror(server))
                leave("The body breaks off: %s", strerror(error));
            break;
        }
    }
    if (fflush(stdout) == EOF)
        leave("The body cannot be written: %s", strerror(errno));
    if (limited && left > 0)
        leave("The body breaks off: %" PRIu64 " bytes did not come", left);
}

/* Takes the answer.  Returns its status. */
static int take_answer(FILE *server)
{
    char *head = read_head(server), *rest = head, *line;
    bool limited = false;
    uint64_t length = 1;

    line = strsep(&rest, "\n");
    line[strcspn(line, "\r")] = '\0';
    if (strlen(line) < 12 || strncmp(line, "HTTP/1.", 7) != 0 ||
        line[8] != ' ' || strspn(line + 9, "0123456789") != 3)
        leave("This is no HTTP answer: %.60s", line);
    int status = (int)strtol(line + 9, NULL, 10);
    fprintf(stderr, "%s\n", line);

    while (!limited && (line = strsep(&rest, "\n")) != NULL) {
        if (strncasecmp(line, "content-length:", 15) == 0) {
            char *value = line + 15 + strspn(line + 15, " \t");
            value[strcspn(value, " \t\r")] = '\0';
            if (!is_number(value, 19))
                leave("The length of the body is no number: %s", value);
            length = strtoull(value, NULL, 10);
            limited = true;
        }
    }
    free(head);
    if (!limited)
        length = UINT64_MAX;
    copy_body(server, length, limited);
    return status;
}

int main(int argc, char *argv[])
{
    struct place *from = NULL, *to;
    size_t count;

    if (argc == 6 && strcmp(argv[1], "--source") == 0) {
        from = gather(argv[2], NULL, AI_NUMERICHOST, &count);
    } else if (argc != 4) {
        fprintf(stderr, "usage: %s [--source ADDR] HOST PORT PATH\n",
                program_invocation_short_name);
        return 2;
    }
    const char *host = argv[argc - 3];
    const char *port = argv[argc - 2];
    if (!is_number(port, 5) || atoi(port) > 65535)
        leave("Not a port from 0 to 65535: %s", port);
    signal(SIGPIPE, SIG_IGN);

    to = gather(host, port, AI_NUMERICSERV, &count);
    FILE *server = dial(host, to, count, from);
    free(from);
    free(to);

    fprintf(server, "GET %s HTTP/1.0\r\n", argv[argc - 1]);
    fprintf(server,
            strchr(host, ':') ? "Host: [%s]:%s\r\n\r\n" : "Host: %s:%s\r\n\r\n",
            host, port);
    if (fflush(server) == EOF)
        leave("The request cannot be sent: %s", strerror(errno));
    int status = take_answer(server);
    fclose(server);
    return status >= 200 && status < 300 ? 0 : 1;
}
