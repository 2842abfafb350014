/* forked, accepted: SIGCHLD comes in ppoll() only and sets a flag; the child
 * prints its caller. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int port_ok(const char *s)
{
    int v = 0, n = 0;

    for (; *s != '\0'; s++, n++) {
        if (n == 5 || *s < '0' || *s > '9')
            return 0;
        v = v * 10 + (*s - '0');
    }
    return n > 0 && v <= 65535;
}

/* forked, accepted: SIGCHLD let in only by ppoll(), self-made flag; the child
 * prints its caller line itself. */
static void tell(const char *word, const struct sockaddr *sa)
{
    char text[INET6_ADDRSTRLEN], line[128];
    int n;

    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 s;
        memcpy(&s, sa, sizeof s);
        inet_ntop(AF_INET6, &s.sin6_addr, text, sizeof text);
        n = snprintf(line, sizeof line, "%s [%s]:%d\n", word, text,
                     ntohs(s.sin6_port));
    } else {
        struct sockaddr_in s;
        memcpy(&s, sa, sizeof s);
        inet_ntop(AF_INET, &s.sin_addr, text, sizeof text);
        n = snprintf(line, sizeof line, "%s %s:%d\n", word, text,
                     ntohs(s.sin_port));
    }
    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        err(1, "stdout");
}

static int open_listener(const char *host, const char *port, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV},
                    *list;
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int fd = -1, on = 1, why = 0;

    if (!port_ok(port))
        errx(1, "%s: %s is no port", host, port);
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s port %s: %s", host, port, gai_strerror(rc));
    for (struct addrinfo *a = list; a != NULL && fd == -1; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | flags, 0);
        if (fd != -1 &&
            (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
             bind(fd, a->ai_addr, a->ai_addrlen) == -1 ||
             listen(fd, SOMAXCONN) == -1)) {
            why = errno;
            close(fd);
            fd = -1;
        } else if (fd == -1)
            why = errno;
    }
    freeaddrinfo(list);
    if (fd == -1)
        errx(1, "%s port %s: %s", host, port, strerror(why));
    if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    tell("listening on", (struct sockaddr *)&ss);
    return fd;
}

static void serve(int fd)
{
    char buf[1500];
    ssize_t n;

    while ((n = read(fd, buf, sizeof buf)) != 0) {
        if (n == -1) {
            if (errno == EINTR)
                continue;
            return;
        }
        for (ssize_t i = 0; i < n; i++)
            if (buf[i] >= 'a' && buf[i] <= 'z')
                buf[i] = (char)(buf[i] - 'a' + 'A');
        for (ssize_t at = 0, k; at < n; at += k)
            if ((k = send(fd, buf + at, (size_t)(n - at), MSG_NOSIGNAL)) == -1)
                return;
    }
}

static void trouble(int e)
{
    switch (e) {
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
        err(1, "accept");
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        poll(NULL, 0, 15);
    }
}

static sigset_t set;
static volatile sig_atomic_t gone;

static void note(int s)
{
    (void)s;
    gone = 1;
}

int main(int argc, char **argv)
{
    struct sigaction act = {.sa_handler = note};
    sigset_t open;
    struct sockaddr_storage from;

    if (argc != 3)
        return fprintf(stderr, "usage: forked HOST PORT\n"), 2;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &open);
    sigaction(SIGCHLD, &act, NULL);
    int lfd = open_listener(argv[1], argv[2], SOCK_NONBLOCK);
    for (;;) {
        struct pollfd p = {lfd, POLLIN, 0};
        int n = ppoll(&p, 1, NULL, &open);
        if (gone) {
            gone = 0;
            while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
        }
        if (n != 1)
            continue;
        socklen_t len = sizeof from;
        int fd = accept(lfd, (struct sockaddr *)&from, &len);
        if (fd == -1) {
            trouble(errno);
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            close(lfd);
            tell("caller", (struct sockaddr *)&from);
            serve(fd);
            close(fd);
            _exit(0);
        }
        if (pid == -1) {
            warn("fork");
            tell("caller", (struct sockaddr *)&from);
        }
        close(fd);
    }
}
