/* backlog, accepted: non-blocking callers who all call at once, and poll(). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LIMIT_MS = 50,
    MOST_CALLERS = 100
};

static int listen_with(int backlog, struct sockaddr_in *where)
{
    socklen_t len = sizeof *where;
    int lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *where = (struct sockaddr_in){.sin_family = AF_INET};
    where->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (lfd == -1 || bind(lfd, (struct sockaddr *)where, len) == -1 ||
        listen(lfd, backlog) == -1 ||
        getsockname(lfd, (struct sockaddr *)where, &len) == -1)
        err(1, "a listener with backlog %d", backlog);
    return lfd;
}

/* Whether the call was answered in time. */
static bool is_answered(int fd, const struct sockaddr_in *where)
{
    struct pollfd p = {fd, POLLOUT, 0};
    int error = 0;
    socklen_t len = sizeof error;

    if (connect(fd, (const struct sockaddr *)where, sizeof *where) == 0)
        return true;
    if (errno != EINPROGRESS || poll(&p, 1, LIMIT_MS) != 1)
        return false;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
           error == 0;
}

static int count(const struct sockaddr_in *where)
{
    int fds[MOST_CALLERS + 1], n = 0, answered = 0;

    while (answered == n && n < MOST_CALLERS) {
        fds[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (fds[n] == -1)
            err(1, "socket");
        answered += is_answered(fds[n++], where);
    }
    while (n > 0)
        close(fds[--n]);
    return answered;
}

int main(int argc, char **argv)
{
    char *end = NULL;

    for (int i = 1; i < argc; i++) {
        strtol(argv[i], &end, 10);
        if (end == argv[i] || *end != '\0' || strlen(argv[i]) > 6)
            argc = 0;
    }
    if (argc < 2) {
        fprintf(stderr, "usage: backlog N...\n");
        return 2;
    }
    while (*++argv != NULL) {
        struct sockaddr_in where;
        int lfd = listen_with(atoi(*argv), &where), n = count(&where);

        close(lfd);
        printf("backlog %d: %s%d connection%s\n", atoi(*argv),
               n < MOST_CALLERS ? "" : "at least ", n, n == 1 ? "" : "s");
        fflush(stdout);
    }
    return 0;
}
