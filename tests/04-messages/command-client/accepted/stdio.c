/* command-client by stdio: fdopen(), a line gathered by getc(), fread() and
 * fwrite(), SIGPIPE ignored. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* getc() that an interruption does not stop; on an error, what came before is
 * still printed. */
static int next_byte(FILE *f)
{
    int c;

    while ((c = getc(f)) == EOF && ferror(f) && errno == EINTR)
        clearerr(f);
    if (c == EOF && ferror(f)) {
        int saved = errno;
        fflush(stdout);
        errno = saved;
        err(255, "read");
    }
    return c;
}

/* The next number, of at most `digits` digits, and what comes behind it. */
static long read_number(FILE *f, int digits, int *behind)
{
    long number = 0;
    int n = 0, c;

    while ((c = next_byte(f)) >= '0' && c <= '9' && n < digits) {
        number = number * 10 + (c - '0');
        n++;
    }
    *behind = c;
    return n > 0 ? number : -1;
}

static FILE *call_server(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *ai;
    int fd = -1, rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0)
        errx(255, "%s: %s", host, gai_strerror(rc));
    for (ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, SOCK_STREAM, 0);
        if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        if (ai->ai_next == NULL)
            err(255, "connect to %s port %s", host, port);
        close(fd);
    }
    freeaddrinfo(list);
    return fdopen(fd, "r");
}

static void send_line(int fd, const char *name)
{
    size_t n = strlen(name) + 1, sent = 0;
    char *line = malloc(n + 1);

    if (line == NULL)
        err(255, "malloc");
    snprintf(line, n + 1, "%s\n", name);
    while (sent < n) {
        ssize_t k = write(fd, line + sent, n - sent);
        if (k == -1 && errno != EINTR)
            err(255, "write");
        if (k > 0)
            sent += (size_t)k;
    }
    free(line);
}

int main(int argc, char **argv)
{
    int behind;

    signal(SIGPIPE, SIG_IGN);
    if (argc != 4) {
        fputs("usage: command-client HOST PORT NAME\n", stderr);
        exit(2);
    }
    if (strlen(argv[2]) == 0 || strlen(argv[2]) > 5 ||
        strspn(argv[2], "0123456789") != strlen(argv[2]) ||
        atol(argv[2]) > 65535)
        errx(255, "%s is no port", argv[2]);
    FILE *f = call_server(argv[1], argv[2]);
    if (f == NULL)
        err(255, "fdopen");
    send_line(fileno(f), argv[3]);

    long status = read_number(f, 3, &behind);
    if (status < 0 || status > 255 || behind != ' ')
        errx(255, "this server does not speak as it should");
    long length = read_number(f, 7, &behind);
    if (length < 0 || length > 1048576 || behind != '\n')
        errx(255, "this server does not speak as it should");
    while (length-- > 0) {
        int c = next_byte(f);
        if (c == EOF && (fflush(stdout), 1))
            errx(255, "%ld bytes are missing", length + 1);
        if (putchar(c) == EOF)
            err(255, "stdout");
    }
    if (fflush(stdout) == EOF)
        err(255, "stdout");
    return (int)status;
}
