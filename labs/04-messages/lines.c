/* lines: every line comes back with its number
 *
 *     lines HOST PORT
 *
 * Listens at the first address of HOST that it can bind, and prints where:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then, for ever, it serves clients, one after the other or several at once.
 * A client sends lines, each ended by a newline.  Each comes back behind its
 * number and a space, as soon as its newline has come and before more is
 * awaited; the first line of each client has the number 1:
 *
 *     1 hello
 *     2 world
 *
 * A line may hold any other bytes, NUL too; a carriage return is a byte of the
 * line like any other.  A line of more than 1024 bytes, its newline not
 * counted, is skipped: when its newline has come, it is answered with the line
 * "too long", which has no number, and it counts all the same.  When the
 * client has ended its side, what there is of a last line without a newline
 * gets nothing, and the server closes the connection.
 *
 * EINTR from any call is retried.  A client may be slow: it may be quiet in
 * the middle of a line, and read its answers late.  One that resets the
 * connection, or is gone before it has its answers, is told on stderr at most;
 * then the next one is served.  Of a client that is done with nothing is left:
 * no descriptor and no process, not even a zombie.
 *
 * HOST and PORT are those of announce; errors of accept() are outlasted as in
 * upper.  When it cannot listen, it tells that on stderr in one sentence with
 * the reason, and exits 1.  Without exactly two arguments it prints its usage
 * to stderr and exits 2.
 *
 * Read chapters/04-messages.md. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum {
    LIMIT = 1024 /* bytes of a line that comes back, without its newline */
};

/* What has come and is not yet used: bytes[used] to bytes[n - 1]. */
struct input {
    int fd;
    size_t used, n;
    char bytes[4096];
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Makes a socket that listens at one address.  Returns -1 with errno set when
 * it cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int lfd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (lfd == -1)
        return -1;
    if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
        bind(lfd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(lfd, SOMAXCONN) == -1) {
        int saved = errno;
        close(lfd);
        errno = saved;
        return -1;
    }
    return lfd;
}

/* Prints where a socket listens, an IPv6 address in brackets. */
static void print_address(int lfd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    int rc = getnameinfo((const struct sockaddr *)&ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    if (ss.ss_family == AF_INET6)
        printf("listening on [%s]:%s\n", addr, port);
    else
        printf("listening on %s:%s\n", addr, port);
}

/* Listens at the first address of host that can be bound, and prints where.
 * Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    int lfd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s", host);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && lfd == -1; ai = ai->ai_next)
        lfd = listen_at(ai);
    if (lfd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    print_address(lfd);
    return lfd;
}

/* Takes the next client, and outlasts the errors that do not come from this
 * program itself. */
static int take_client(int lfd)
{
    const struct timespec a_little = {.tv_nsec = 100 * 1000 * 1000};
    int cfd;

    while ((cfd = accept(lfd, NULL, NULL)) == -1) {
        int error = errno;
        if (error == EBADF || error == EINVAL || error == ENOTSOCK)
            err(1, "accept");
        warn("accept");
        if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
            error == ENOMEM)
            nanosleep(&a_little, NULL); /* until some are free again */
    }
    return cfd;
}

/* Sends all n bytes of buf.  Returns 0, or -1 with errno set; bytes may have
 * been sent even then. */
static int send_all(int fd, const void *buf, size_t n)
{
    const char *p = buf;

    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            return -1;
        p += sent;
        n -= (size_t)sent;
    }
    return 0;
}

/* Takes the next line from what comes, and keeps what is behind it for the
 * next call.  Puts the first LIMIT bytes of the line into `line` and returns
 * its whole length, both without the newline.  Returns -1 when the stream ends
 * before the line does; an error, which is told, is such an end. */
static ssize_t next_line(struct input *in, char line[LIMIT])
{
    /* TODO 1: use what has come, up to the newline.  When all is used and
     * there was no newline, receive more.  A call that was interrupted is made
     * again. */
    ssize_t got = recv(in->fd, in->bytes, LIMIT + 1, 0);
    if (got <= 0)
        return -1;
    memcpy(line, in->bytes, (size_t)got - 1);
    return got - 1; /* without the newline */
    /* END 1 */
}

/* Answers a line of n bytes.  Returns -1 with errno set when it cannot. */
static int answer(int fd, unsigned long number, const char *line, size_t n)
{
    char buf[LIMIT + 32];

    /* TODO 2: send "NUMBER LINE", whatever bytes the line holds, or "too
     * long", and a newline, in one piece. */
    int length = snprintf(buf, sizeof buf, "%lu %.*s\n", number, (int)n, line);
    return send_all(fd, buf, (size_t)length);
    /* END 2 */
}

/* Answers one client until the end of its stream.  An error is told. */
static void serve(int cfd)
{
    struct input in = {.fd = cfd};
    char line[LIMIT];
    ssize_t n;

    for (unsigned long number = 1; (n = next_line(&in, line)) != -1; number++) {
        if (answer(cfd, number, line, (size_t)n) == -1) {
            warn("send");
            return;
        }
    }
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line goes out when it is whole */

    int lfd = open_door(argv[1], argv[2]);
    for (;;) {
        int cfd = take_client(lfd);
        serve(cfd);
        close(cfd);
    }
}
