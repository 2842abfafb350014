/* lines byte by byte: each recv() asks for one, so there is never a rest. */
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

static int send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

/* The line stands behind its number, so that both go out in one call. */
static void serve(int fd)
{
    char answer[16 + 1024 + 1];
    size_t head = (size_t)sprintf(answer, "1 "), n = head;
    char c;

    for (int nth = 1;;) {
        ssize_t k = recv(fd, &c, 1, 0);
        if (k == -1 && errno == EINTR)
            continue;
        if (k != 1)
            return;
        if (c != '\n') {
            if (n++ < head + 1024)
                answer[n - 1] = c;
            continue;
        }
        if (n > head + 1024)
            n = (size_t)sprintf(answer, "too long");
        answer[n++] = c;
        if (send_all(fd, answer, n) == -1)
            return;
        n = head = (size_t)sprintf(answer, "%d ", ++nth);
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
