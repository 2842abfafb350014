/* upper-client: send each line, print the line that comes back
 *
 *     upper-client HOST PORT
 *
 * Connects to the first address of HOST, and prints both ends of the
 * connection to stderr, an IPv6 address in brackets:
 *
 *     connected from 127.0.0.1:40122 to 127.0.0.1:7000
 *
 * Then, for each line of stdin: sends the line with its newline, prints the
 * line that comes back to stdout at once, and only then reads the next.  An
 * empty line is sent too, as a newline; a last line without a newline is sent
 * with one.  A line may hold any bytes and have any length.  In this chapter
 * an answer comes whole: one recv() gives one line.
 *
 * Exits 0 at the end of stdin.  When the server ends the connection before
 * its answer is complete, and on any other error, it tells that on stderr in
 * one sentence with the reason, and exits 1; HOST and PORT are those of
 * resolve.  Without exactly two arguments it prints its usage to stderr and
 * exits 2.
 *
 * Read chapters/01-create.md. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Looks up the addresses for a stream socket.  Ends the program when there
 * are none.  The list is to be freed with freeaddrinfo(). */
static struct addrinfo *lookup(const char *host, const char *port)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s", host);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    return list;
}

/* Connects a new socket to an address.  Returns its descriptor, or -1 with
 * errno set. */
static int connect_to(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
    if (fd == -1)
        return -1;
    /* TODO 1: connect the socket to ai->ai_addr, which is ai->ai_addrlen
     * bytes long.  If that fails, close it and return -1 with the errno of
     * connect(). */
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
        close(fd);
        return -1;
    }
    /* END 1 */
    return fd;
}

/* Prints an address to stderr as ADDR:PORT, an IPv6 address in brackets. */
static void print_address(const struct sockaddr_storage *ss, socklen_t len)
{
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    int rc = getnameinfo((const struct sockaddr *)ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    if (ss->ss_family == AF_INET6)
        fprintf(stderr, "[%s]:%s", addr, port);
    else
        fprintf(stderr, "%s:%s", addr, port);
}

/* Prints both ends of the connection to stderr. */
static void print_ends(int fd)
{
    struct sockaddr_storage self, peer;
    socklen_t selflen = sizeof self, peerlen = sizeof peer;

    if (getsockname(fd, (struct sockaddr *)&self, &selflen) == -1)
        err(1, "getsockname");
    if (getpeername(fd, (struct sockaddr *)&peer, &peerlen) == -1)
        err(1, "getpeername");
    fprintf(stderr, "connected from ");
    print_address(&self, selflen);
    fprintf(stderr, " to ");
    print_address(&peer, peerlen);
    fprintf(stderr, "\n");
}

/* Copies one line from the server to stdout.  Ends the program when the
 * connection ends before the line does. */
static void print_answer(int fd)
{
    char buf[1024];
    ssize_t n;

    do {
        n = recv(fd, buf, sizeof buf, 0);
        if (n == -1)
            err(1, "recv");
        if (n == 0)
            errx(1, "the server ended the connection");
        if (fwrite(buf, 1, (size_t)n, stdout) != (size_t)n)
            err(1, "stdout");
    } while (buf[n - 1] != '\n');
    if (fflush(stdout) == EOF)
        err(1, "stdout");
}

/* Sends each line of stdin and prints what comes back. */
static void talk(int fd)
{
    char *line = NULL;
    size_t size = 0;

    /* TODO 2: do this for every line, until getline() says -1.  A last line
     * without a newline is sent with one. */
    ssize_t n;
    while ((n = getline(&line, &size, stdin)) != -1) {
        if (line[n - 1] != '\n')
            line[n++] = '\n';
        if (send(fd, line, (size_t)n, 0) == -1)
            err(1, "send");
        print_answer(fd);
    }
    /* END 2 */
    if (ferror(stdin))
        err(1, "stdin");
    free(line);
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    signal(SIGPIPE, SIG_IGN); /* chapter 4 says why */

    struct addrinfo *list = lookup(argv[1], argv[2]);
    int fd = connect_to(list);
    if (fd == -1)
        err(1, "%s port %s", argv[1], argv[2]);
    freeaddrinfo(list);

    print_ends(fd);
    talk(fd);
    close(fd);
    return 0;
}
