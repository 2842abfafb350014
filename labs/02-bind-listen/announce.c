/* announce: a server that says where it listens
 *
 *     announce [--backlog N] HOST PORT
 *     announce [--backlog N] --any PORT
 *
 * Listens at the first address of HOST that it can bind, prints where, and
 * serves nobody:
 *
 *     listening on 127.0.0.1:40001
 *
 * The line goes out as soon as callers can connect, once, also into a pipe.
 * It names the address and the port that the kernel gave: PORT 0 lets it
 * choose.  An IPv6 address stands in brackets.
 *
 * With --any it listens at every address of the machine, of IPv6 and IPv4,
 * with one socket that is bound to ::; where there is no IPv6 (EAFNOSUPPORT,
 * EADDRNOTAVAIL) with one that is bound to 0.0.0.0.
 *
 * N, one to five decimal digits, is the backlog that listen() gets; without
 * --backlog it is SOMAXCONN.  A port on which an old connection lingers
 * (TIME_WAIT) can be taken at once, one on which somebody listens cannot.
 *
 * Exits 0 at the end of stdin.  When no address can be listened at, it tells
 * HOST, PORT and the reason of the last one on stderr in one sentence, and
 * exits 1; so it does when HOST is not known.  It says of a PORT that is not a
 * decimal number from 0 to 65535 that it is none, and exits 1.  On wrong usage
 * it prints its usage to stderr and exits 2.
 *
 * Read chapters/02-bind-listen.md. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether s is a number of one to five decimal digits, at most `most`. */
static bool is_number(const char *s, long most)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= most;
}

/* Prints where the socket listens, an IPv6 address in brackets.  Whoever reads
 * the line calls at once, also through a pipe. */
static void print_place(int lfd)
{
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof ss;
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    int rc = getnameinfo((struct sockaddr *)&ss, len, addr, sizeof addr, port,
                         sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    /* TODO 1: print "listening on ADDR:PORT", an IPv6 address in brackets, and
     * see that the line leaves the program now. */
    printf("listening on %s:%s\n", addr, port);
    /* END 1 */
}

/* Makes a socket that listens at one address.  Returns -1 with errno set when
 * it cannot; nothing is left open then. */
static int listen_at(const struct addrinfo *ai, int backlog)
{
    int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (fd == -1)
        return -1;
    /* TODO 2: set SO_REUSEADDR on and, on an IPv6 socket, IPV6_V6ONLY off;
     * bind it; have it listen.  When one of these fails, close the socket and
     * return -1 with the errno of what failed. */
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1)
        return -1;
    listen(fd, backlog);
    /* END 2 */
    return fd;
}

/* The addresses of host with this port, to be freed with freeaddrinfo().
 * Ends the program when there are none. */
static struct addrinfo *look_up(const char *host, const char *port)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s port %s", host, port);
    if (rc != 0)
        errx(1, "%s port %s: %s", host, port, gai_strerror(rc));
    return list;
}

/* Listens at the first address of host that it can.  Returns -1 with errno
 * set when there is none. */
static int listen_at_host(const char *host, const char *port, int backlog)
{
    struct addrinfo *list = look_up(host, port);
    int lfd = -1;

    /* TODO 3: try each address of the list until one can be listened at. */
    lfd = listen_at(list, backlog);
    /* END 3 */
    int saved = errno;
    freeaddrinfo(list);
    errno = saved;
    return lfd;
}

/* Listens at every address.  Returns -1 with errno set when it cannot. */
static int listen_at_any(const char *port, int backlog)
{
    int lfd;

    /* TODO 4: listen at ::, for both families; only where there is no IPv6,
     * at 0.0.0.0. */
    lfd = listen_at_host("0.0.0.0", port, backlog);
    /* END 4 */
    return lfd;
}

/* Reads stdin to its end. */
static void await_end(void)
{
    char bytes[256];
    ssize_t n;

    do
        n = read(STDIN_FILENO, bytes, sizeof bytes);
    while (n > 0);
    if (n == -1)
        err(1, "stdin");
}

static int use_wrongly(const char *name)
{
    fprintf(stderr, "usage: %s [--backlog N] HOST|--any PORT\n", name);
    return 2;
}

int main(int argc, char **argv)
{
    int backlog = SOMAXCONN, i = 1;

    if (argc == 5 && strcmp(argv[1], "--backlog") == 0) {
        if (!is_number(argv[2], 99999))
            return use_wrongly(argv[0]);
        backlog = (int)strtol(argv[2], NULL, 10);
        i = 3;
    }
    if (argc != i + 2)
        return use_wrongly(argv[0]);
    const char *host = argv[i], *port = argv[i + 1];
    if (!is_number(port, 65535))
        errx(1, "port \"%s\" is not a number from 0 to 65535", port);

    int lfd = strcmp(host, "--any") == 0 ? listen_at_any(port, backlog)
                                         : listen_at_host(host, port, backlog);
    if (lfd == -1)
        err(1, "%s port %s", host, port);
    print_place(lfd);
    await_end();
    close(lfd);
    return 0;
}
