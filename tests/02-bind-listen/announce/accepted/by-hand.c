/* announce, accepted: addresses of --any and inet_ntop() by hand, a listener
 * that never blocks, poll() on stdin, and a usage of two lines. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int number(const char *s)
{
    int v = 0, n = 0;

    for (; *s != '\0'; s++, n++) {
        if (n == 5 || *s < '0' || *s > '9')
            return -1;
        v = v * 10 + (*s - '0');
    }
    return n == 0 ? -1 : v;
}

static void say(int to, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = write(to, text, left);
        if (n == -1)
            _exit(1);
        text += n;
        left -= (size_t)n;
    }
}

static int fail(const char *host, const char *port, const char *why)
{
    char line[2048];

    snprintf(line, sizeof line,
             "announce: cannot listen at port %s of %s: %s\n", port, host, why);
    say(STDERR_FILENO, line);
    return 1;
}

static int try_one(const struct sockaddr *sa, socklen_t len, int only6,
                   int backlog, int *why)
{
    int on = 1, fd = socket(sa->sa_family,
                            SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd == -1) {
        *why = errno;
        return -1;
    }
    if ((sa->sa_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
                                                 &only6, sizeof only6) == 0) &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, sa, len) == 0 && listen(fd, backlog) == 0)
        return fd;
    *why = errno;
    close(fd);
    return -1;
}

int main(int argc, char **argv)
{
    int backlog = SOMAXCONN, fd = -1, why = 0;
    char **rest = argv + 1;

    if (argc == 5 && strcmp(argv[1], "--backlog") == 0) {
        backlog = number(argv[2]);
        rest += 2;
    }
    if ((argc != 3 && argc != 5) || (argc == 5 && rest == argv + 1) ||
        backlog == -1) {
        say(STDERR_FILENO, "usage: announce [--backlog N] HOST PORT\n       "
                           "announce [--backlog N] --any PORT\n");
        return 2;
    }
    int port = number(rest[1]);
    if (port < 0 || port > 65535)
        return fail(rest[0], rest[1],
                    "the port must be a decimal number from 0 to 65535");
    if (strcmp(rest[0], "--any") == 0) {
        struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                                   .sin6_port = htons((in_port_t)port),
                                   .sin6_addr = IN6ADDR_ANY_INIT};
        struct sockaddr_in four = {.sin_family = AF_INET,
                                   .sin_port = htons((in_port_t)port)};

        fd = try_one((struct sockaddr *)&six, sizeof six, 0, backlog, &why);
        if (fd == -1 && (why == EAFNOSUPPORT || why == EADDRNOTAVAIL))
            fd = try_one((struct sockaddr *)&four, sizeof four, 0, backlog,
                         &why);
    } else {
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
        char text[8];

        snprintf(text, sizeof text, "%d", port);
        int rc = getaddrinfo(rest[0], text, &hints, &list);
        if (rc != 0)
            return fail(rest[0], rest[1],
                        rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
        for (const struct addrinfo *a = list; a != NULL && fd == -1;
             a = a->ai_next)
            fd = try_one(a->ai_addr, a->ai_addrlen, 1, backlog, &why);
        freeaddrinfo(list);
    }
    if (fd == -1)
        return fail(rest[0], rest[1], strerror(why));

    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
        struct sockaddr_storage room;
    } at;
    socklen_t len = sizeof at;
    char addr[INET6_ADDRSTRLEN], line[128];
    if (getsockname(fd, &at.any, &len) == -1)
        return fail(rest[0], rest[1], strerror(errno));
    if (at.any.sa_family == AF_INET6)
        snprintf(line, sizeof line, "listening on [%s]:%d\n",
                 inet_ntop(AF_INET6, &at.six.sin6_addr, addr, sizeof addr),
                 ntohs(at.six.sin6_port));
    else
        snprintf(line, sizeof line, "listening on %s:%d\n",
                 inet_ntop(AF_INET, &at.four.sin_addr, addr, sizeof addr),
                 ntohs(at.four.sin_port));
    say(STDOUT_FILENO, line);
    for (;;) {
        struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
        char c[7];
        if (poll(&p, 1, -1) == -1 && errno != EINTR)
            return 1;
        if (p.revents != 0 && read(STDIN_FILENO, c, sizeof c) <= 0)
            return 0;
    }
}
