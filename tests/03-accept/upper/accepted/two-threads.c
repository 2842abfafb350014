/* upper, accepted: one thread takes callers and prints them, the other serves
 * one after the other; a pipe is the queue between them. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int queue[2];

static void print_address(const char *word, void *addr, socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    bool brackets = ((struct sockaddr_storage *)addr)->ss_family == AF_INET6;

    if (getnameinfo(addr, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        errx(1, "getnameinfo");
    printf(brackets ? "%s [%s]:%s\n" : "%s %s:%s\n", word, host, port);
}

static int listen_at(const struct addrinfo *ai)
{
    int yes = 1, fd = socket(ai->ai_family, ai->ai_socktype, 0);

    if (fd == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, 128) != 0)
        err(1, "cannot listen");
    return fd;
}

static void serve(int fd)
{
    char bytes[16384];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0) {
        for (char *p = bytes; p < bytes + n; p++)
            if ((unsigned char)(*p - 'a') < 26)
                *p = (char)(*p ^ 0x20);
        if (send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n)
            break;
    }
    close(fd);
}

static void *serve_all(void *unused)
{
    int fd;

    while (read(queue[0], &fd, sizeof fd) == sizeof fd)
        serve(fd);
    return unused;
}

int main(int argc, char **argv)
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    pthread_t server;

    setlinebuf(stdout);
    if (argc != 3)
        errx(2, "usage: upper HOST PORT");
    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0)
        errx(1, "%s %s is no address", argv[1], argv[2]);
    int lfd = listen_at(list);
    freeaddrinfo(list);
    getsockname(lfd, (struct sockaddr *)&ss, &len);
    print_address("listening on", &ss, len);
    if (pipe(queue) != 0 || pthread_create(&server, NULL, serve_all, NULL) != 0)
        errx(1, "no second thread");
    for (;;) {
        len = sizeof ss;
        int fd = accept(lfd, (struct sockaddr *)&ss, &len);
        if (fd == -1) {
            nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
            continue;
        }
        print_address("caller", &ss, len);
        if (write(queue[1], &fd, sizeof fd) != sizeof fd)
            close(fd);
    }
}
