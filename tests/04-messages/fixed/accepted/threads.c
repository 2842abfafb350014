/* fixed by threads, one for each client: recv() with MSG_WAITALL, which is
 * asked again when it gives less, and sendmsg(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
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

/* Returns whether 64 bytes have come. */
static int take(int fd, char *record)
{
    ssize_t n = 0, k;

    do {
        k = recv(fd, record + n, (size_t)(64 - n), MSG_WAITALL);
        if (k > 0)
            n += k;
    } while (n < 64 && (k > 0 || (k == -1 && errno == EINTR)));
    return n == 64;
}

/* Sends bytes from the last to the first, in as many calls as it takes. */
static int give_back(int fd, const char *record)
{
    char back[64];

    for (int i = 0; i < 64; i++)
        back[i] = record[63 - i];
    struct iovec piece = {back, sizeof back};
    struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1};
    while (piece.iov_len > 0) {
        ssize_t k = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (k == -1 && errno != EINTR)
            return 0;
        if (k > 0) {
            piece.iov_base = (char *)piece.iov_base + k;
            piece.iov_len -= (size_t)k;
        }
    }
    return 1;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char record[64];

    while (take(fd, record) && give_back(fd, record))
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
