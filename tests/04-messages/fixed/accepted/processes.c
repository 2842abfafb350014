/* fixed by processes, one for each client: readv() into two halves, and
 * writev() from two. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int make_listener(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *ai;
    char addr[NI_MAXHOST], serv[NI_MAXSERV];
    int yes = 1, rc = getaddrinfo(host, port, &hints, &ai);

    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd == -1 || bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(fd, 5) == -1)
        err(1, "%s:%s", host, port);
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    getsockname(fd, (struct sockaddr *)&ss, &len);
    getnameinfo((struct sockaddr *)&ss, len, addr, sizeof addr, serv,
                sizeof serv, NI_NUMERICHOST | NI_NUMERICSERV);
    printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n"
                                    : "listening on %s:%s\n",
           addr, serv);
    fflush(stdout);
    freeaddrinfo(ai);
    return fd;
}

/* The part of two halves that begins behind n bytes. */
static int rest_of(char halves[2][32], size_t n, struct iovec v[2])
{
    if (n >= 32) {
        v[0] = (struct iovec){halves[1] + (n - 32), 64 - n};
        return 1;
    }
    v[0] = (struct iovec){halves[0] + n, 32 - n};
    v[1] = (struct iovec){halves[1], 32};
    return 2;
}

static int move(int fd, char halves[2][32],
                ssize_t (*call)(int, const struct iovec *, int))
{
    struct iovec v[2];
    size_t n = 0;

    while (n < 64) {
        int pieces = rest_of(halves, n, v);
        ssize_t k = call(fd, v, pieces);
        if (k == 0 || (k == -1 && errno != EINTR))
            return 0;
        n += k > 0 ? (size_t)k : 0;
    }
    return 1;
}

static void swap_ends(char halves[2][32])
{
    for (int i = 0; i < 32; i++) {
        char c = halves[0][i];
        halves[0][i] = halves[1][31 - i];
        halves[1][31 - i] = c;
    }
}

int main(int argc, char **argv)
{
    char halves[2][32];

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1)
            continue;
        if (fork() == 0) {
            close(lfd);
            while (move(fd, halves, readv)) {
                swap_ends(halves);
                if (!move(fd, halves, writev))
                    break;
            }
            _exit(0);
        }
        close(fd);
    }
}
