/* framed: frames whose length is said first
 *
 *     framed HOST PORT
 *
 * Listens at the first address of HOST that it can bind, and prints where:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then, for ever, it serves clients, one after the other or several at once.
 * A client sends frames, one behind the other and with nothing between them.
 * A frame is a head of five digits, from 00000 to 65536, and then a body of so
 * many bytes, which may be any:
 *
 *     00005hello
 *
 * Each goes back as it came, head and body, as soon as it is whole and before
 * more is awaited; nothing of it goes back earlier.  00000 is a frame.
 *
 * A head that is anything else (spaces, signs, letters, a length above 65536)
 * is refused, at the latest when its five bytes have come and without waiting
 * for more: the server tells it on stderr and closes the connection, whether
 * or not the client closes its end.  Frames that came before it have been sent
 * back, and nothing else is.
 *
 * When the client has ended its side, what there is of a last frame that is
 * not whole gets nothing, and the server closes the connection.
 *
 * EINTR from any call is retried.  A client may be slow: it may be quiet in
 * the middle of a frame, and read its answers late.  One that resets the
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
    HEAD = 5,    /* digits */
    MOST = 65536 /* bytes of a body */
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
    char *p = buf;
    size_t got = 0;

    while (got < n) {
        ssize_t received = recv(fd, p + got, n - got, 0);
        if (received == -1 && errno == EINTR)
            continue;
        if (received == -1)
            return -1;
        if (received == 0)
            break;
        got += (size_t)received;
    }
    return (ssize_t)got;
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

/* Returns the length that a head says, or -1 when it says none that is
 * allowed. */
static long parse_length(const char head[HEAD])
{
    /* TODO 1: five digits, from 00000 to 65536, and nothing else.  No NUL is
     * behind them. */
    long n = 0;

    for (int i = 0; i < HEAD; i++) {
        if (head[i] < '0' || head[i] > '9')
            return -1;
        n = 10 * n + (head[i] - '0');
    }
    return n <= MOST ? n : -1;
    /* END 1 */
}

/* Receives one frame, head and body.  Returns how many bytes it has in all,
 * or 0 when no frame is to be had from this client any more.  An error is
 * told, and so is a head that is none. */
static size_t take_frame(int fd, char frame[HEAD + MOST])
{
    /* TODO 2: receive the whole head, then the whole body.  The client may end
     * in the middle of either, and may say any length.  A head that is none is
     * told here: say on stderr, in words of your own, what was wrong. */
    ssize_t got = recv_exact(fd, frame, HEAD);

    if (got == HEAD) {
        long n = parse_length(frame);
        if (n == -1) {
            warnx("a head that is none: wanted 00000 to %d", MOST);
            return 0;
        }
        got = recv_exact(fd, frame + HEAD, (size_t)n);
        if (got == n)
            return HEAD + (size_t)n;
    }
    if (got == -1)
        warn("recv");
    return 0;
    /* END 2 */
}

/* Answers one client until the end of its stream, or of its frames. */
static void serve(int cfd)
{
    static char frame[HEAD + MOST];
    size_t n;

    while ((n = take_frame(cfd, frame)) > 0) {
        if (send_all(cfd, frame, n) == -1) {
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
