/* forked, accepted: the child has a child of its own and ends at once, so that
 * the parent can wait for it on the spot; the grandchild serves, and process 1
 * or whoever stands in for it buries it. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void show(const char *word, const struct sockaddr_storage *a,
                 socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (getnameinfo((const struct sockaddr *)a, len, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    printf(a->ss_family == AF_INET6 ? "%s [%s]:%s\n" : "%s %s:%s\n", word, host,
           port);
    fflush(stdout);
}

static int open_listener(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *ai;
    int yes = 1, fd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s %s: %s", host, port, gai_strerror(rc));
    for (ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, 0);
        if (fd != -1 &&
            (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
             bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
             listen(fd, 128) != 0)) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    if (fd == -1)
        err(1, "%s %s", host, port);
    return fd;
}

static void shout(int fd)
{
    char buf[2048];

    for (;;) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);
        if (n <= 0)
            _exit(n < 0);
        for (char *p = buf; p != buf + n; p++)
            *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
        if (send(fd, buf, (size_t)n, 0) < 0)
            _exit(1);
    }
}

/* Returns in the parent only. */
static void hand_over(int lfd, int fd)
{
    pid_t child = fork(), grandchild;

    if (child == 0) {
        close(lfd);
        grandchild = fork();
        if (grandchild == 0)
            shout(fd);
        _exit(grandchild == -1);
    }
    close(fd);
    if (child == -1)
        warn("fork");
    else
        while (waitpid(child, NULL, 0) == -1 && errno == EINTR)
            continue;
}

int main(int argc, char **argv)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    if (argc != 3) {
        fputs("usage: forked HOST PORT\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int lfd = open_listener(argv[1], argv[2]);
    getsockname(lfd, (struct sockaddr *)&a, &len);
    show("listening on", &a, len);
    while (true) {
        len = sizeof a;
        int fd = accept(lfd, (struct sockaddr *)&a, &len);
        if (fd != -1) {
            show("caller", &a, len);
            hand_over(lfd, fd);
        } else {
            struct timespec t = {0, 4000000};
            warn("accept");
            nanosleep(&t, NULL);
        }
    }
}
