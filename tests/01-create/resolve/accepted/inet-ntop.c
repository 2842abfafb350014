/* resolve: looks the host up without any service and prints the port that it
 * has read itself.  inet_ntop() makes the text of each address, which waits
 * in one growing buffer for write(2). */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct text {
    char *bytes;
    size_t used, size;
};

__attribute__((noreturn, format(printf, 1, 2))) static void
die(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vdprintf(STDERR_FILENO, format, ap);
    va_end(ap);
    exit(EXIT_FAILURE);
}

/* Reads a port, digit by digit.  Returns -1 when the string is none. */
static int read_port(const char *s)
{
    int port = 0, digits = 0;

    for (; *s != '\0'; s++, digits++) {
        if (*s < '0' || *s > '9' || digits == 5)
            return -1;
        port = port * 10 + (*s - '0');
    }
    return digits == 0 || port > 0xffff ? -1 : port;
}

static void append(struct text *t, const char *s)
{
    size_t n = strlen(s);

    if (t->size - t->used < n) {
        t->size = t->size * 2 + n;
        t->bytes = realloc(t->bytes, t->size);
        if (t->bytes == NULL)
            die("no memory for the addresses: %s\n", strerror(errno));
    }
    memcpy(t->bytes + t->used, s, n);
    t->used += n;
}

static void append_address(struct text *t, const struct addrinfo *ai, int port)
{
    char digits[INET6_ADDRSTRLEN], zone[IF_NAMESIZE], tail[16];

    if (ai->ai_family == AF_INET) {
        struct sockaddr_in sin;

        memcpy(&sin, ai->ai_addr, sizeof sin);
        append(t, inet_ntop(AF_INET, &sin.sin_addr, digits, sizeof digits));
    } else {
        struct sockaddr_in6 sin6;

        memcpy(&sin6, ai->ai_addr, sizeof sin6);
        append(t, "[");
        append(t, inet_ntop(AF_INET6, &sin6.sin6_addr, digits, sizeof digits));
        if (sin6.sin6_scope_id != 0) {
            append(t, "%");
            if (if_indextoname(sin6.sin6_scope_id, zone) == NULL)
                snprintf(zone, sizeof zone, "%u", sin6.sin6_scope_id);
            append(t, zone);
        }
        append(t, "]");
    }
    snprintf(tail, sizeof tail, ":%d\n", port);
    append(t, tail);
}

int main(int argc, char **argv)
{
    struct text out = {NULL, 0, 0};
    struct addrinfo hints, *first;
    int port;

    if (argc != 3) {
        dprintf(STDERR_FILENO, "Usage: resolve HOST PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if ((port = read_port(argv[2])) == -1)
        die("A port is a number up to 65535, which '%s' is not.\n", argv[2]);

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    int code = getaddrinfo(argv[1], NULL, &hints, &first);
    if (code == EAI_SYSTEM)
        die("Cannot look up '%s': %s.\n", argv[1], strerror(errno));
    if (code != 0)
        die("Cannot look up '%s': %s.\n", argv[1], gai_strerror(code));
    for (const struct addrinfo *ai = first; ai != NULL; ai = ai->ai_next) {
        if (ai->ai_family == AF_INET || ai->ai_family == AF_INET6)
            append_address(&out, ai, port);
    }
    freeaddrinfo(first);

    for (size_t done = 0; done < out.used;) {
        ssize_t n = write(STDOUT_FILENO, out.bytes + done, out.used - done);
        if (n == -1)
            die("Cannot write the addresses: %s.\n", strerror(errno));
        done += (size_t)n;
    }
    free(out.bytes);
    return EXIT_SUCCESS;
}
