/* upper-client: the socket becomes two streams, one to read and one, over a
 * dup'ed descriptor, to write; the conversation is getdelim() and fputs() on
 * four FILEs. */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static FILE *from_server, *to_server;

static void fail(const char *what, const char *reason)
{
    fflush(stdout);
    fprintf(stderr, "upper-client: %s: %s\n", what, reason);
    exit(1);
}

static int valid_port(const char *s)
{
    int value, length = 0;

    if (s[strspn(s, "0123456789")] != '\0' || strlen(s) > 5)
        return 0;
    return sscanf(s, "%d%n", &value, &length) == 1 && value < 65536;
}

static void name_end(int s, const char *preposition,
                     int (*ask)(int, struct sockaddr *restrict,
                                socklen_t *restrict))
{
    union {
        struct sockaddr any;
        struct sockaddr_storage room;
    } end;
    socklen_t length = sizeof end;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (ask(s, &end.any, &length) != 0)
        fail("no address", strerror(errno));
    int rc = getnameinfo(&end.any, length, host, sizeof host, port, sizeof port,
                         NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        fail("no text for an address", gai_strerror(rc));
    if (end.any.sa_family == AF_INET6)
        fprintf(stderr, " %s [%s]:%s", preposition, host, port);
    else
        fprintf(stderr, " %s %s:%s", preposition, host, port);
}

static void open_streams(const char *host, const char *port)
{
    struct addrinfo hints, *list;
    int s, copy;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        fail(host, rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    s = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    if (s == -1 || connect(s, list->ai_addr, list->ai_addrlen) == -1)
        fail("no connection", strerror(errno));
    freeaddrinfo(list);

    fputs("connected", stderr);
    name_end(s, "from", getsockname);
    name_end(s, "to", getpeername);
    fputs("\n", stderr);

    copy = dup(s);
    if (copy == -1)
        fail("no second descriptor", strerror(errno));
    from_server = fdopen(s, "r");
    to_server = fdopen(copy, "w");
    if (from_server == NULL || to_server == NULL)
        fail("no stream", strerror(errno));
}

int main(int argc, char *argv[])
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!valid_port(argv[2]))
        fail(argv[2], "not a port");
    signal(SIGPIPE, SIG_IGN);
    open_streams(argv[1], argv[2]);

    while ((n = getdelim(&line, &size, '\n', stdin)) > 0) {
        fwrite(line, 1, (size_t)n, to_server);
        if (line[n - 1] != '\n')
            fputs("\n", to_server);
        if (fflush(to_server) == EOF)
            fail("the line could not be sent", strerror(errno));

        errno = 0;
        n = getdelim(&line, &size, '\n', from_server);
        if (n > 0) {
            if (fwrite(line, 1, (size_t)n, stdout) != (size_t)n ||
                fflush(stdout) == EOF)
                fail("stdout", strerror(errno));
        }
        if (n <= 0 || line[n - 1] != '\n')
            fail("no whole answer", ferror(from_server)
                                        ? strerror(errno)
                                        : "the server has hung up");
    }
    if (ferror(stdin))
        fail("stdin", strerror(errno));
    free(line);
    fclose(to_server);
    fclose(from_server);
    return 0;
}
