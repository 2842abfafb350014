/* fixed: records of 64 bytes, sent back reversed
 *
 *     fixed HOST PORT
 *
 * Listens at the first address of HOST that it can bind, and prints where:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then, for ever, it serves clients, one after the other or several at once.
 * A client sends records of 64 bytes, one behind the other and with nothing
 * between them; a record may hold any bytes.  Each goes back with its bytes in
 * reverse order, as soon as it is whole and before more is awaited.  When the
 * client has ended its side, what there is of a last record that is not whole
 * gets nothing, and the server closes the connection.
 *
 * EINTR from any call is retried.  A client may be slow: it may be quiet in
 * the middle of a record, and read its answers late.  One that resets the
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
    RECORD = 64 /* bytes */
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

/* Receives n bytes into buf.  Returns how many have come: fewer than n only
 * at the end of the stream.  Returns -1 with errno set on an error. */
static ssize_t recv_exact(int fd, void *buf, size_t n)
{
    /* TODO 1: receive until n bytes are there, each time behind those that
     * have come already.  A call that was interrupted is made again. */
    return recv(fd, buf, n, 0);
    /* END 1 */
}

/* Sends all n bytes of buf.  Returns 0, or -1 with errno set; bytes may have
 * been sent even then. */
static int send_all(int fd, const void *buf, size_t n)
{
    /* TODO 2: send until all n bytes are taken, each time from where the
     * last call stopped.  A call that was interrupted is made again, and a
     * client that has left must not end this program. */
    return send(fd, buf, n, 0) == -1 ? -1 : 0;
    /* END 2 */
}

static void reverse(char record[RECORD])
{
    for (size_t i = 0, j = RECORD - 1; i < j; i++, j--) {
        char c = record[i];
        record[i] = record[j];
        record[j] = c;
    }
}

/* Answers one client until the end of its stream.  An error is told. */
static void serve(int cfd)
{
    char record[RECORD];
    ssize_t n;

    while ((n = recv_exact(cfd, record, RECORD)) == RECORD) {
        reverse(record);
        if (send_all(cfd, record, RECORD) == -1) {
            warn("send");
            return;
        }
    }
    if (n == -1)
        warn("recv");
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
