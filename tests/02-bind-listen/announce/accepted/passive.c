/* announce, accepted: AI_PASSIVE for --any, inet_ntop() instead of
 * getnameinfo(), write() instead of stdio, poll() on stdin. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *host, *port;
static int backlog = SOMAXCONN;

static int complain(const char *reason)
{
    dprintf(STDERR_FILENO, "announce: %s, port %s: %s\n", host, port, reason);
    return 1;
}

static int usage(void)
{
    dprintf(STDERR_FILENO,
            "usage: announce [--backlog N] {HOST | --any} PORT\n");
    return 2;
}

static int is_short_number(const char *s)
{
    size_t n = 0;

    while (s[n] >= '0' && s[n] <= '9')
        n++;
    return s[n] == '\0' && n > 0 && n < 6;
}

static int try(const struct addrinfo *ai)
{
    const int on = 1, off = 0;
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), saved;

    if (fd == -1)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (ai->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, backlog) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/* Those addresses of the list that are of this family; AF_UNSPEC: all. */
static int try_family(const struct addrinfo *ai, int family)
{
    int fd = -1;

    errno = EAFNOSUPPORT; /* should there be none of this family */
    for (; ai != NULL && fd == -1; ai = ai->ai_next)
        if (family == AF_UNSPEC || ai->ai_family == family)
            fd = try(ai);
    return fd;
}

static void say_where(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } a;
    socklen_t len = sizeof a;
    char digits[INET6_ADDRSTRLEN], *line = NULL;

    if (getsockname(fd, &a.any, &len) == -1)
        exit(complain(strerror(errno)));
    int n = a.any.sa_family == AF_INET
                ? asprintf(&line, "listening on %s:%d\n",
                           inet_ntop(AF_INET, &a.in.sin_addr, digits, len),
                           ntohs(a.in.sin_port))
                : asprintf(&line, "listening on [%s]:%d\n",
                           inet_ntop(AF_INET6, &a.in6.sin6_addr, digits,
                                     sizeof digits),
                           ntohs(a.in6.sin6_port));
    if (n == -1 || write(STDOUT_FILENO, line, (size_t)n) != n)
        exit(complain("stdout"));
    free(line);
}

static void wait_for_end(void)
{
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    char c[512];

    do
        poll(&p, 1, -1);
    while (read(p.fd, c, sizeof c) > 0);
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;

    if (argc == 5 && strcmp(argv[1], "--backlog") == 0) {
        if (!is_short_number(argv[2]))
            return usage();
        backlog = atoi(argv[2]);
    } else if (argc != 3) {
        return usage();
    }
    host = argv[argc - 2];
    port = argv[argc - 1];
    if (!is_short_number(port) || atoi(port) > 65535)
        return complain("this is no port");

    int any = strcmp(host, "--any") == 0, fd;
    hints.ai_flags = AI_NUMERICSERV | (any ? AI_PASSIVE : 0);
    int rc = getaddrinfo(any ? NULL : host, port, &hints, &list);
    if (rc != 0)
        return complain(rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    fd = try_family(list, any ? AF_INET6 : AF_UNSPEC);
    if (fd == -1 && any && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
        fd = try_family(list, AF_INET);
    if (fd == -1)
        return complain(strerror(errno));
    freeaddrinfo(list);
    say_where(fd);
    wait_for_end();
    return 0;
}
