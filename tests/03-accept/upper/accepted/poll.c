/* upper, accepted: a listener that never blocks, poll(), accept4(), read() and
 * write(). */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void tell(const char *word, const struct sockaddr *a, socklen_t len)
{
    char host[100], port[10];

    if (getnameinfo(a, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        errx(1, "an address without a name");
    dprintf(1, strchr(host, ':') ? "%s [%s]:%s\n" : "%s %s:%s\n", word, host,
            port);
}

static int make_listener(char **argv)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *ai;
    int fd = -1, on = 1;

    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0)
        errx(1, "%s %s: no such address", argv[1], argv[2]);
    for (ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    0);
        if (fd == -1)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 100) == 0)
            break;
        close(fd);
        fd = -1;
    }
    if (fd == -1)
        err(1, "%s %s", argv[1], argv[2]);
    freeaddrinfo(list);
    return fd;
}

static void serve(int fd)
{
    unsigned char b[1000];
    ssize_t n;

    while ((n = read(fd, b, sizeof b)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (b[i] < 128)
                b[i] = (unsigned char)toupper(b[i]);
        for (ssize_t done = 0; done < n;) {
            ssize_t some = write(fd, b + done, (size_t)(n - done));
            if (some == -1)
                return;
            done += some;
        }
    }
}

int main(int argc, char **argv)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage room;
    } a;

    if (argc != 3) {
        warnx("usage: upper HOST PORT");
        return 2;
    }
    if (strlen(argv[2]) > 5 || argv[2][strspn(argv[2], "0123456789")] != 0 ||
        atoi(argv[2]) > 65535)
        errx(1, "%s is no port", argv[2]);
    signal(SIGPIPE, SIG_IGN);
    struct pollfd p = {make_listener(argv), POLLIN, 0};
    socklen_t len = sizeof a;
    getsockname(p.fd, &a.any, &len);
    tell("listening on", &a.any, len);
    for (;;) {
        poll(&p, 1, -1);
        len = sizeof a;
        int fd = accept4(p.fd, &a.any, &len, SOCK_CLOEXEC);
        if (fd == -1) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                errno == ENOMEM)
                poll(NULL, 0, 20);
            continue;
        }
        tell("caller", &a.any, len);
        serve(fd);
        close(fd);
    }
}
