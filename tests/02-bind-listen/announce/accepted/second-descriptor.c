/* announce, accepted: the listener is moved to a high descriptor, a thread
 * reads stdin, and stdout is not buffered at all. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *read_all(void *file)
{
    char line[80];

    while (fgets(line, sizeof line, file) != NULL)
        continue;
    return NULL;
}

static bool set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* 0, or the errno of what failed. */
static int open_at(const struct addrinfo *ai, int backlog, int *lfd)
{
    int fd = socket(ai->ai_family, SOCK_STREAM, IPPROTO_TCP), error = 0;

    if (fd == -1)
        return errno;
    *lfd = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    if (*lfd == -1 || !set(*lfd, SOL_SOCKET, SO_REUSEADDR, 1) ||
        (ai->ai_family == AF_INET6 &&
         !set(*lfd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) ||
        bind(*lfd, ai->ai_addr, ai->ai_addrlen) != 0 ||
        listen(*lfd, backlog) != 0)
        error = errno;
    if (error != 0)
        close(*lfd);
    close(fd);
    return error;
}

static int open_first(const char *host, const char *port, int backlog, int *lfd)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list, *ai;
    int rc = getaddrinfo(host, port, &hints, &list), error = 0;

    if (rc != 0)
        errx(1, "%s port %s: %s", host, port, gai_strerror(rc));
    for (ai = list; ai != NULL; ai = ai->ai_next) {
        error = open_at(ai, backlog, lfd);
        if (error == 0)
            break;
    }
    freeaddrinfo(list);
    return error;
}

static void tell(int lfd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    char host[128], port[16];

    getsockname(lfd, (struct sockaddr *)&a, &len);
    getnameinfo((struct sockaddr *)&a, len, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    const char *left = a.ss_family == AF_INET6 ? "[" : "";
    const char *right = a.ss_family == AF_INET6 ? "]" : "";
    printf("listening on %s%s%s:%s\n", left, host, right, port);
}

static long number_of(const char *word)
{
    char *end;
    long n = strtol(word, &end, 10);

    if (*word < '0' || *word > '9' || *end != '\0' || end > word + 5)
        return -1;
    return n;
}

int main(int argc, char **argv)
{
    bool given = argc == 5 && strcmp(argv[1], "--backlog") == 0;
    long backlog = given ? number_of(argv[2]) : SOMAXCONN;
    pthread_t reader;
    int lfd;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (backlog < 0 || argc != (given ? 5 : 3)) {
        fprintf(stderr, "usage: %s [--backlog N] HOST|--any PORT\n", *argv);
        return 2;
    }
    const char *port = argv[argc - 1], *host = argv[argc - 2];
    bool any = strcmp(host, "--any") == 0;
    if (number_of(port) < 0 || number_of(port) > 65535)
        errx(1, "not a port from 0 to 65535: %s", port);
    int error = open_first(any ? "::" : host, port, (int)backlog, &lfd);
    if (any && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL))
        error = open_first("0.0.0.0", port, (int)backlog, &lfd);
    if (error != 0)
        errx(1, "%s port %s: %s", host, port, strerror(error));
    tell(lfd);
    if (pthread_create(&reader, NULL, read_all, stdin) != 0)
        errx(1, "no thread to read stdin");
    pthread_join(reader, NULL);
    return 0;
}
