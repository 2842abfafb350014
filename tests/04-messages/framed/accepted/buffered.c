/* framed with a buffer of its own: as much as there is in one recv(), all the
 * whole frames of it sent back in one go, what is left moved to the front.  A
 * client that is refused gets its end of stream before it gets a reset. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
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

/* 1: a whole frame of *size bytes; 0: more is needed; -1: no frame. */
static int look(const char *p, size_t n, size_t *size)
{
    unsigned length = 0;

    for (size_t i = 0; i < 5; i++) {
        if (i == n)
            return 0;
        if (strchr("0123456789", p[i]) == NULL || p[i] == '\0')
            return -1;
        length = length * 10 + (unsigned)p[i] - '0';
    }
    if (length > 65536)
        return -1;
    *size = 5 + length;
    return n >= *size;
}

static int put(int fd, const char *p, const char *end)
{
    while (p < end) {
        ssize_t k = send(fd, p, (size_t)(end - p), MSG_NOSIGNAL);
        if (k >= 0)
            p += k;
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

/* Says end of stream, and takes what is still on its way, so that nothing
 * unread turns the end into a reset. */
static void refuse(int fd)
{
    char sink[4096];

    warnx("refused: the head of a frame is 00000 to 65536");
    shutdown(fd, SHUT_WR);
    for (;;) {
        ssize_t k = recv(fd, sink, sizeof sink, MSG_DONTWAIT);
        if (k == 0 || (k == -1 && errno != EINTR))
            return; /* that was all for now: more is not awaited */
    }
}

static void serve(int fd)
{
    char bytes[2 * (5 + 65536)];
    size_t n = 0;

    for (;;) {
        ssize_t k = recv(fd, bytes + n, sizeof bytes - n, 0);
        if (k == -1 && errno == EINTR)
            continue;
        if (k <= 0)
            return;
        n += (size_t)k;
        size_t used = 0, size;
        int what;
        while ((what = look(bytes + used, n - used, &size)) == 1)
            used += size;
        if (put(fd, bytes, bytes + used) == -1)
            return;
        if (what == -1) {
            refuse(fd);
            return;
        }
        n -= used;
        memmove(bytes, bytes + used, n);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1)
            continue;
        serve(fd);
        close(fd);
    }
}
