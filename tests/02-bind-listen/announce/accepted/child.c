/* announce, accepted: a child listens, and its parent reads stdin; the
 * addresses are tried by recursion. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const int yes = 1, no = 0;
static int backlog = SOMAXCONN;

static int listen_at(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family, ai->ai_socktype, 0), rc = -1;

    if (fd != -1) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (ai->ai_family == AF_INET6)
            setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &no, sizeof no);
        rc = bind(fd, ai->ai_addr, ai->ai_addrlen);
        if (rc == 0)
            rc = listen(fd, backlog);
    }
    if (rc == 0)
        return fd;
    int error = errno;
    if (fd != -1)
        close(fd);
    if (ai->ai_next != NULL)
        return listen_at(ai->ai_next);
    errno = error;
    return -1;
}

static int listen_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s %s: %s", host, port, gai_strerror(rc));
    int fd = listen_at(list), error = errno;
    freeaddrinfo(list);
    errno = error;
    return fd;
}

static void print_name(int fd)
{
    struct sockaddr_in6 a; /* the longer one of two */
    socklen_t len = sizeof a;
    char host[64], port[8];

    if (getsockname(fd, (struct sockaddr *)&a, &len) == -1 ||
        getnameinfo((struct sockaddr *)&a, len, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        err(1, "the name of the socket");
    fprintf(stdout,
            strchr(host, ':') ? "listening on [%s]:%s\n"
                              : "listening on %s:%s\n",
            host, port);
    fflush(stdout);
}

/* The parent's listener is the child's as well, until the last of them ends. */
static int wait_for_stdin(int fd)
{
    pid_t child = fork();

    if (child == -1)
        err(1, "fork");
    if (child == 0)
        for (;;)
            pause();
    close(fd);
    while (getchar() != EOF)
        continue;
    kill(child, SIGTERM);
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}

static int is_digits(const char *s, int most)
{
    return *s != '\0' && strlen(s) < 6 && s[strspn(s, "0123456789")] == '\0' &&
           atoi(s) <= most;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--backlog") == 0) {
        if (argc < 3 || !is_digits(argv[2], 99999))
            argc = 0;
        else
            backlog = atoi(argv[2]);
        argc -= 2;
        argv += 2;
    }
    if (argc != 3) {
        fputs("usage: announce [--backlog N] HOST|--any PORT\n", stderr);
        return 2;
    }
    const char *host = argv[1], *port = argv[2];
    if (!is_digits(port, 65535))
        errx(1, "%s: no port is called \"%s\"", host, port);
    int fd = listen_to(strcmp(host, "--any") == 0 ? "::" : host, port);
    if (fd == -1 && strcmp(host, "--any") == 0 &&
        (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
        fd = listen_to("0.0.0.0", port);
    if (fd == -1)
        err(1, "no listener on %s, port %s", host, port);
    print_name(fd);
    return wait_for_stdin(fd);
}
