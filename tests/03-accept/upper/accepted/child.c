/* upper, accepted: a child serves, and is waited for before the next one. */
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

/* Writes "WORD ADDR:PORT" in one piece. */
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
    char a[100], b[4000];
    struct iovec v[2] = {{a, sizeof a}, {b, sizeof b}};
    ssize_t n;

    while ((n = readv(fd, v, 2)) > 0) {
        size_t left = (size_t)n, x = left < sizeof a ? left : sizeof a;
        struct iovec w[2] = {{a, x}, {b, left - x}};
        for (int i = 0; i < 2; i++)
            for (size_t k = 0; k < w[i].iov_len; k++) {
                char *c = (char *)w[i].iov_base + k;
                if (*c >= 'a' && *c <= 'z')
                    *c = (char)(*c ^ 32);
            }
        struct msghdr m = {.msg_iov = w, .msg_iovlen = 2};
        while (left > 0) {
            ssize_t k = sendmsg(fd, &m, MSG_NOSIGNAL);
            if (k == -1)
                return;
            left -= (size_t)k;
            for (int i = 0; i < 2; i++) {
                size_t cut =
                    (size_t)k < w[i].iov_len ? (size_t)k : w[i].iov_len;
                w[i].iov_base = (char *)w[i].iov_base + cut;
                w[i].iov_len -= cut;
                k -= (ssize_t)cut;
            }
        }
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_storage from;

    if (argc != 3)
        return fprintf(stderr, "usage: upper HOST PORT\n"), 2;
    int lfd = open_listener(argv[1], argv[2], 0);
    for (;;) {
        socklen_t len = sizeof from;
        int fd = accept(lfd, (struct sockaddr *)&from, &len);
        if (fd == -1) {
            if (errno == EBADF || errno == EFAULT || errno == EINVAL ||
                errno == ENOTSOCK)
                err(1, "accept");
            warn("accept");
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                errno == ENOMEM)
                usleep(10000);
            continue;
        }
        tell("caller", (struct sockaddr *)&from);
        pid_t pid = fork();
        if (pid <= 0)
            serve(fd);
        if (pid == 0)
            _exit(0);
        close(fd);
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
}
