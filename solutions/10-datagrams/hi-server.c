/* hi-server: says hi to whoever calls
 *
 *     hi-server HOST PORT
 *
 * Binds a UDP socket to the first address of HOST where it can, and prints
 * where that is:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then, for ever, it takes the next datagram, prints on a line of its own who
 * has sent it and how long it is, and answers it:
 *
 *     caller 127.0.0.1:50512, 2 bytes
 *
 * The answer is one datagram, sent from the socket that is bound, to the
 * address and port that this datagram came from.  It holds that address, as it
 * is printed, behind a greeting and without a newline: "hi, 127.0.0.1:50512".
 *
 * What a datagram says does not matter, nor does its length: one of 0 bytes is
 * a datagram as well.  Of one that is longer than 512 bytes this is told:
 *
 *     caller 127.0.0.1:50512, more than 512 bytes
 *
 * When an answer cannot be sent, that is told on stderr at most, and hurts
 * nobody else.  A port that another socket has is an error: a sentence on
 * stderr with the reason, status 1.  PORT 0 lets the kernel choose; an IPv6
 * address is printed in brackets; lines are flushed, also into a pipe.  EINTR
 * from any call is retried.  The status flags of stdin and stdout stay as they
 * were.
 *
 * HOST and PORT are those of announce.  Without exactly two arguments it
 * prints its usage to stderr and exits 2.
 *
 * Read chapters/10-datagrams.md. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST = 512,                         /* bytes of interest */
    NAME = NI_MAXHOST + NI_MAXSERV + 3, /* "[ADDR]:PORT" */
    GREETING = NAME + sizeof "hi, "
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Writes "ADDR:PORT" into name, an IPv6 address in brackets. */
static void name_address(char name[NAME], const struct sockaddr_storage *ss,
                         socklen_t len)
{
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    int rc = getnameinfo((const struct sockaddr *)ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    if (ss->ss_family == AF_INET6)
        snprintf(name, NAME, "[%s]:%s", addr, port);
    else
        snprintf(name, NAME, "%s:%s", addr, port);
}

/* Makes a socket that is called at one address.  Returns -1 with errno set
 * when it cannot. */
static int bind_at(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (fd == -1)
        return -1;
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Binds a socket to the first address of host that can be had, and prints
 * where.  Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char name[NAME];
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    int fd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next)
        fd = bind_at(ai);
    if (fd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    name_address(name, &ss, len);
    printf("listening on %s\n", name);
    return fd;
}

/* Takes the next datagram, and its sender's address into *from, of *len
 * bytes.  Returns how long it was: more than MOST when more has come. */
static size_t take_datagram(int fd, struct sockaddr_storage *from,
                            socklen_t *len)
{
    char buf[MOST];
    ssize_t n;

    /* TODO 1: recvfrom() tells the sender's address.  It wants to know how much
     * room there is for it, each time anew.  Of a datagram that is longer than
     * buf the rest is lost; with MSG_TRUNC recvfrom() says how long it was. */
    do {
        *len = sizeof *from;
        n = recvfrom(fd, buf, sizeof buf, MSG_TRUNC, (struct sockaddr *)from,
                     len);
    } while (n == -1 && errno == EINTR);
    /* END 1 */
    if (n == -1)
        err(1, "recvfrom");
    return (size_t)n;
}

/* Sends the greeting to who is at this address.  What goes wrong is told. */
static void greet(int fd, const char *name, const struct sockaddr_storage *to,
                  socklen_t len)
{
    char greeting[GREETING];
    int n = snprintf(greeting, sizeof greeting, "hi, %s", name);

    /* TODO 2: send n bytes of greeting, in one datagram, to that address.  An
     * error concerns this caller only. */
    while (sendto(fd, greeting, (size_t)n, 0, (const struct sockaddr *)to,
                  len) == -1) {
        if (errno == EINTR)
            continue;
        warn("%s", name);
        break;
    }
    /* END 2 */
}

int main(int argc, char **argv)
{
    struct sockaddr_storage from;
    socklen_t len;
    char name[NAME];

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line goes out when it is whole */

    int fd = open_door(argv[1], argv[2]);
    for (;;) {
        size_t n = take_datagram(fd, &from, &len);
        name_address(name, &from, len);
        /* TODO 3: tell it when there was more than buf holds. */
        if (n > MOST)
            printf("caller %s, more than %d bytes\n", name, MOST);
        else
            printf("caller %s, %zu bytes\n", name, n);
        /* END 3 */
        greet(fd, name, &from, len);
    }
}
