/* forked, accepted: SIGCHLD is blocked and read from a signalfd; poll() waits
 * for that and for callers; the listener never blocks. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void print_address(const char *word, struct sockaddr *addr,
                          socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    bool six = addr->sa_family == AF_INET6;

    int rc = getnameinfo(addr, len, host, sizeof host, port, sizeof port,
                         NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    printf("%s %s%s%s:%s\n", word, six ? "[" : "", host, six ? "]" : "", port);
    fflush(stdout);
}

static int listen_at(struct addrinfo *ai)
{
    int on = 1;
    int fd =
        socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK, ai->ai_protocol);

    if (fd == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 || listen(fd, 80) == -1)
        err(1, "no listener");
    return fd;
}

static int sigchld_descriptor(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigprocmask(SIG_BLOCK, set, NULL);
    int fd = signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd == -1)
        err(1, "signalfd");
    return fd;
}

static void bury(int sfd)
{
    struct signalfd_siginfo info;

    while (read(sfd, &info, sizeof info) > 0)
        continue;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

static void talk(int fd)
{
    unsigned char buf[4000];
    ssize_t n = recv(fd, buf, sizeof buf, 0);

    while (n > 0) {
        for (ssize_t i = 0; i < n; i++)
            buf[i] = (unsigned char)(buf[i] -
                                     (buf[i] > 96 && buf[i] < 123 ? 32 : 0));
        if (send(fd, buf, (size_t)n, MSG_NOSIGNAL) == -1)
            return;
        n = recv(fd, buf, sizeof buf, 0);
    }
}

static void take(const struct pollfd p[2])
{
    struct sockaddr_in6 who; /* the longest that can come */
    socklen_t len = sizeof who;
    int fd = accept(p[1].fd, (struct sockaddr *)&who, &len);

    if (fd == -1) {
        if (errno != EAGAIN)
            poll(NULL, 0, 10);
        return;
    }
    print_address("caller", (struct sockaddr *)&who, len);
    pid_t child = fork();
    if (child == 0) {
        close(p[0].fd);
        close(p[1].fd);
        talk(fd);
        _exit(EXIT_SUCCESS);
    }
    if (child < 0)
        warn("fork");
    close(fd);
}

int main(int argc, char **argv)
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    sigset_t set;

    if (argc != 3)
        errx(2, "usage: forked HOST PORT");
    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0)
        errx(1, "unknown: %s %s", argv[1], argv[2]);
    int lfd = listen_at(list);
    freeaddrinfo(list);
    struct pollfd p[2] = {{sigchld_descriptor(&set), POLLIN, 0},
                          {lfd, POLLIN, 0}};
    getsockname(lfd, (struct sockaddr *)&ss, &len);
    print_address("listening on", (struct sockaddr *)&ss, len);
    while (poll(p, 2, -1) > 0) {
        if (p[0].revents != 0)
            bury(p[0].fd);
        if (p[1].revents != 0)
            take(p);
    }
    return 1;
}
