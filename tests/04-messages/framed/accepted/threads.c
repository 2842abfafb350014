/* framed by threads: MSG_WAITALL, asked again when it gives less; a body from
 * malloc(), of the size that was said; head and body in one sendmsg(). */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool take(int fd, char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = recv(fd, p, n, MSG_WAITALL);
        if (k == 0 || (k == -1 && errno != EINTR))
            return false;
        if (k > 0) {
            p += k;
            n -= (size_t)k;
        }
    }
    return true;
}

static bool give(int fd, char *head, char *body, size_t n)
{
    struct iovec v[2] = {{head, 5}, {body, n}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};

    while (m.msg_iovlen > 0) {
        ssize_t k = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (k == -1 && errno != EINTR)
            return false;
        for (size_t left = k > 0 ? (size_t)k : 0; m.msg_iovlen > 0;) {
            size_t part = left < m.msg_iov->iov_len ? left : m.msg_iov->iov_len;
            m.msg_iov->iov_base = (char *)m.msg_iov->iov_base + part;
            m.msg_iov->iov_len -= part;
            left -= part;
            if (m.msg_iov->iov_len > 0)
                break;
            m.msg_iov++;
            m.msg_iovlen--;
        }
    }
    return true;
}

static bool one_frame(int fd)
{
    char head[5], *body = NULL;
    size_t n = 0;

    if (!take(fd, head, sizeof head))
        return false;
    for (int i = 0; i < 5; i++) {
        if (!isdigit((unsigned char)head[i])) {
            warnx("descriptor %d: byte %d of a head is no digit", fd, i);
            return false;
        }
        n = n * 10 + (size_t)(head[i] - '0');
    }
    if (n > 65536) {
        warnx("descriptor %d: %zu bytes are too many", fd, n);
        return false;
    }
    if (n > 0 && (body = malloc(n)) == NULL) {
        warn("malloc");
        return false;
    }
    bool good = take(fd, body, n) && give(fd, head, body, n);
    free(body);
    return good;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;

    while (one_frame(fd))
        ;
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
        else
            pthread_detach(thread);
    }
}
