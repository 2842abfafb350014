/* upper, accepted: read() in, a stream of stdio out, flushed after each piece;
 * every error of accept() is outlasted in the same way. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_storage name;
static socklen_t namelen;

static void print_name(const char *what)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    int flags = NI_NUMERICHOST | NI_NUMERICSERV;
    int six = name.ss_family == AF_INET6;

    getnameinfo((struct sockaddr *)&name, namelen, host, sizeof host, port,
                sizeof port, flags);
    printf("%s %s%s%s:%s\n", what, six ? "[" : "", host, six ? "]" : "", port);
    fflush(stdout);
}

static int listener(const char *host, const char *port)
{
    struct addrinfo *first, *a;
    struct addrinfo hints = {.ai_flags = AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    const int one = 1;
    int error = getaddrinfo(host, port, &hints, &first);

    if (error != 0)
        errx(1, "%s: %s", host, gai_strerror(error));
    for (a = first; a != NULL; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype, 0);
        if (fd == -1)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 50) == 0) {
            freeaddrinfo(first);
            return fd;
        }
        close(fd);
    }
    err(1, "%s, %s", host, port);
}

static void take(int fd)
{
    FILE *out = fdopen(fd, "w");
    char bytes[3000];
    ssize_t n;

    if (out == NULL) {
        warn("no stream");
        close(fd);
        return;
    }
    while ((n = read(fd, bytes, sizeof bytes)) > 0 && !ferror(out)) {
        for (ssize_t i = 0; i < n; i++)
            putc(bytes[i] >= 'a' && bytes[i] <= 'z' ? bytes[i] - 32 : bytes[i],
                 out);
        fflush(out);
    }
    fclose(out);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: upper HOST PORT\n");
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN);
    int lfd = listener(argv[1], argv[2]);
    namelen = sizeof name;
    if (getsockname(lfd, (struct sockaddr *)&name, &namelen) != 0)
        err(1, "getsockname");
    print_name("listening on");
    for (;;) {
        namelen = sizeof name;
        int fd = accept(lfd, (struct sockaddr *)&name, &namelen);
        if (fd != -1) {
            print_name("caller");
            take(fd);
        } else {
            struct timeval pause = {0, 5000};
            warn("accept");
            select(0, NULL, NULL, NULL, &pause);
        }
    }
}
