/* framed with a cork: head and body in calls of their own, in packets that are
 * full; a client that is refused gets a reset on purpose; talks a lot. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static ssize_t readn(int fd, char *p, size_t n)
{
    size_t left = n;

    while (left > 0) {
        ssize_t k = read(fd, p, left);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            return -1;
        if (k == 0)
            break;
        left -= (size_t)k;
        p += k;
    }
    return (ssize_t)(n - left);
}

static int writen(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            return -1;
        n -= (size_t)k;
        p += k;
    }
    return 0;
}

static void cork(int fd, int on)
{
    if (setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on) == -1)
        warn("TCP_CORK");
}

/* Returns the length, or -1. */
static long understand(const char *head)
{
    if (strspn(head, "0123456789") != 5)
        return -1;
    long n = strtol(head, NULL, 10);
    return n <= 65536 ? n : -1;
}

static void serve(int fd)
{
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};
    char head[6] = "", *body = malloc(65536);
    unsigned long served = 0;

    fprintf(stderr, "a client\n");
    while (body != NULL && readn(fd, head, 5) == 5) {
        long n = understand(head);
        if (n == -1) {
            fprintf(stderr, "refused after %lu frames\n", served);
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
            break;
        }
        if (readn(fd, body, (size_t)n) != n)
            break;
        cork(fd, 1);
        if (writen(fd, head, 5) == -1 || writen(fd, body, (size_t)n) == -1)
            break;
        cork(fd, 0);
        served++;
    }
    fprintf(stderr, "done with it: %lu frames\n", served);
    free(body);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1)
            continue;
        serve(fd);
        close(fd);
    }
}
