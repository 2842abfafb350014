/* upper: a server that takes one caller after the other
 *
 *     upper HOST PORT
 *
 * Listens at the first address of HOST that it can bind, and prints where:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then, for ever, it takes the next caller, prints its address on a line of
 * its own, and serves it:
 *
 *     caller 127.0.0.1:50512
 *
 * Every byte that the client sends goes back to it, a to z as A to Z, all
 * others as they are; at once, not only at its end.  When the client has
 * ended its side, the server closes the connection and takes the next caller,
 * who has waited meanwhile.  PORT 0 lets the kernel choose; an IPv6 address
 * is printed in brackets; both lines are flushed, also into a pipe.
 *
 * A client that is gone, or resets the connection, is told on stderr at most
 * and hurts nobody else.  So is an error of accept() that comes from a caller
 * or from the network.  When the system is short of descriptors or memory
 * (EMFILE, ENFILE, ENOBUFS, ENOMEM), the server waits a little and tries
 * again, without using the processor.  It may end with status 1 on an error
 * that no waiting mends, like EBADF.
 *
 * HOST and PORT are those of announce.  Without exactly two arguments it
 * prints its usage to stderr and exits 2.
 *
 * Read chapters/03-accept.md. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Prints "WORD ADDR:PORT", an IPv6 address in brackets. */
static void print_address(const char *word, const struct sockaddr_storage *ss,
                          socklen_t len)
{
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    int rc = getnameinfo((const struct sockaddr *)ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    if (ss->ss_family == AF_INET6)
        printf("%s [%s]:%s\n", word, addr, port);
    else
        printf("%s %s:%s\n", word, addr, port);
}

/* Makes a socket that listens at one address.  Returns -1 with errno set when
 * it cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (fd == -1)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
        bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(fd, SOMAXCONN) == -1) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Listens at the first address of host that can be bound, and prints where.
 * Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int lfd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && lfd == -1; ai = ai->ai_next)
        lfd = listen_at(ai);
    if (lfd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    print_address("listening on", &ss, len);
    return lfd;
}

/* Outlasts an error of accept(): returns when the next try may succeed, and
 * ends the program when none will. */
static void outlast(int error)
{
    /* TODO 1: when the error comes from a caller or its network (accept(2)
     * lists them), tell it and return.  When something has run out, tell it
     * and wait a hundredth of a second, with nanosleep().  End the program only
     * for what is its own mistake: EBADF, EFAULT, EINVAL, ENOTSOCK. */
    struct timespec a_little = {.tv_nsec = 10 * 1000 * 1000};

    errno = error;
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        warn("accept");
        nanosleep(&a_little, NULL);
        break;
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
        err(1, "accept"); /* a mistake in this program */
    default:
        warn("accept");
    }
    /* END 1 */
}

/* Takes the next caller and prints its address.  Returns the socket that is
 * connected to it. */
static int take_caller(int lfd)
{
    for (;;) {
        /* TODO 2: have accept() tell the address of the caller, and print it
         * with the word "caller". */
        struct sockaddr_storage ss;
        socklen_t len = sizeof ss;
        int fd = accept(lfd, (struct sockaddr *)&ss, &len);
        if (fd != -1)
            print_address("caller", &ss, len);
        /* END 2 */
        if (fd != -1)
            return fd;
        outlast(errno);
    }
}

/* Makes small letters capital: a to z, whatever the locale. */
static void make_upper(char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] >= 'a' && bytes[i] <= 'z')
            bytes[i] = (char)(bytes[i] - 'a' + 'A');
}

/* Sends back in capitals what the client sends, until it ends its side or is
 * gone. */
static void serve(int fd)
{
    char buf[4096];
    ssize_t n;

    /* TODO 3: go on until recv() says that there is no more, or fails. */
    while ((n = recv(fd, buf, sizeof buf, 0)) > 0) {
        make_upper(buf, (size_t)n);
        if (send(fd, buf, (size_t)n, 0) == -1) {
            warn("send");
            return;
        }
    }
    if (n == -1)
        warn("recv");
    /* END 3 */
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line goes out when it is whole */
    signal(SIGPIPE, SIG_IGN);         /* chapter 4 says why */

    int lfd = open_door(argv[1], argv[2]);
    /* TODO 4: serve one caller after the other, for ever. */
    for (;;) {
        int fd = take_caller(lfd);
        serve(fd);
        close(fd);
    }
    /* END 4 */
}
