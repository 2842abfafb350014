/* autopsy: how a connection has ended, and what had come before
 *
 *     autopsy [--silent S] HOST PORT
 *
 * Listens at the first address of HOST that it can bind, and prints where:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then, for ever, it takes the next client, receives all that it sends, and
 * finds out how it ends; prints its address, how many bytes had come, and
 * that; and closes the connection:
 *
 *     127.0.0.1:50512 1234 bytes, closed
 *
 *     reset        it broke off: RST has come
 *     closed       it ended its side, and is not there any more
 *     half-closed  it ended its side, and still receives
 *     unreachable  its host does not acknowledge any more
 *
 * All bytes that had come before are counted, also those before a reset.
 *
 * At the end of the stream nobody knows yet whether the client has closed: it
 * is sent a `?', which a socket that is closed answers with RST.  When an error
 * comes within a second (within S, if that is shorter), whatever it says, it is
 * closed; when the time is over, half-closed.
 *
 * A client that has said nothing for S seconds is sent a heartbeat, a `.', and
 * so again whenever S more seconds have passed.  As long as its host
 * acknowledges them it is there, and is waited for, however long it is silent,
 * be its process stopped.  When it acknowledges nothing for S seconds (as the
 * kernel measures it, see TCP_USER_TIMEOUT in tcp(7)), or when a call says
 * ETIMEDOUT, EHOSTUNREACH or ENETUNREACH before the end of the stream, it is
 * unreachable.
 *
 * S is decimal digits, with a fraction behind a point if you like, more than 0
 * and at most 3600; without the option it is 30.  Clients are examined one
 * after the other; the others wait.  PORT 0 lets the kernel choose; an IPv6
 * address is printed in brackets; all lines are flushed, also into a pipe.
 *
 * What goes wrong with a client or a call is told on stderr at most, and hurts
 * nobody else; errors of accept() are outlasted as in upper.  EINTR from any
 * call is retried.  While it waits, it sleeps.  The status flags of stdin and
 * stdout stay as they were.  HOST and PORT are those of announce.  Without
 * these arguments it prints its usage to stderr and exits 2; an S that is no
 * such number is told, and ends it with 1.
 *
 * Read chapters/07-shutdown.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_NAME = NI_MAXHOST + NI_MAXSERV + 4,
    NS_PER_S = 1000 * 1000 * 1000,
    NS_PER_MS = 1000 * 1000
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Whether s is a number of seconds: digits, perhaps a point and more digits;
 * more than 0, and at most 3600. */
static bool is_seconds(const char *s)
{
    size_t n = strspn(s, "0123456789");

    if (n == 0)
        return false;
    if (s[n] == '.') {
        size_t fraction = strspn(s + n + 1, "0123456789");
        if (fraction == 0)
            return false;
        n += 1 + fraction;
    }
    return s[n] == '\0' && strtod(s, NULL) > 0 && strtod(s, NULL) <= 3600;
}

/* The moment that comes so many seconds from now, on the clock that nobody
 * sets. */
static struct timespec moment_after(double seconds)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        err(1, "clock_gettime");
    long long ns = t.tv_nsec + (long long)(seconds * NS_PER_S);
    t.tv_sec += ns / NS_PER_S;
    t.tv_nsec = ns % NS_PER_S;
    return t;
}

/* How many milliseconds are left until the end, for poll(): 0 when it is
 * over, and never 0 before. */
static int ms_left(struct timespec end)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
        err(1, "clock_gettime");
    long long ns = (long long)(end.tv_sec - now.tv_sec) * NS_PER_S +
                   (end.tv_nsec - now.tv_nsec);
    return ns <= 0 ? 0 : (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* Writes ADDR:PORT to name, an IPv6 address in brackets. */
static void name_address(char name[MAX_NAME], const struct sockaddr_storage *ss,
                         socklen_t len)
{
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    int rc = getnameinfo((const struct sockaddr *)ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    snprintf(name, MAX_NAME, ss->ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
             addr, port);
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
    struct sockaddr_storage ss = {0};
    socklen_t len = sizeof ss;
    char name[MAX_NAME];
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
    name_address(name, &ss, len);
    printf("listening on %s\n", name);
    return lfd;
}

/* Outlasts an error of accept(): returns when the next try may succeed, and
 * ends the program when none will. */
static void outlast(int error)
{
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
}

/* Sleeps until fd has one of the events, or an error, or the end of both
 * directions; at most so many seconds.  Returns false when they are over. */
static bool wait_news(int fd, short events, double seconds)
{
    struct pollfd p = {.fd = fd, .events = events};
    const struct timespec end = moment_after(seconds);
    int rc;

    do
        rc = poll(&p, 1, ms_left(end));
    while (rc == -1 && errno == EINTR);
    if (rc == -1)
        err(1, "poll");
    return rc > 0;
}

/* Sends one byte, without waiting.  Returns 0, or why nothing can reach the
 * client any more, as errno has it. */
static int send_byte(int fd, const char *byte)
{
    /* TODO 1: send() that neither waits nor makes SIGPIPE.  That nothing fits
     * (EAGAIN) says nothing about the client. */
    return send(fd, byte, 1, 0) == -1 ? errno : 0;
    /* END 1 */
}

/* From now on the kernel gives up on this connection, with ETIMEDOUT, when
 * what was sent is not acknowledged for so many seconds. */
static void bound_silence(int fd, double seconds)
{
    /* TODO 2: TCP_USER_TIMEOUT, in milliseconds; 0 would mean as ever. */
    (void)fd;
    (void)seconds;
    /* END 2 */
}

/* The client has ended its side.  Returns whether it is there still:
 * "half-closed", or "closed". */
static const char *probe(int fd, double seconds)
{
    /* TODO 3: send `?', and wait for an error; for nothing else, since the end
     * of a stream is always readable. */
    (void)seconds;
    send_byte(fd, "?");
    return "closed";
    /* END 3 */
}

/* What an error of the connection says about its other end. */
static const char *name_error(int error)
{
    /* TODO 4: ETIMEDOUT, EHOSTUNREACH and ENETUNREACH come from a host that
     * does not answer. */
    (void)error;
    return "reset";
    /* END 4 */
}

/* Receives until the connection has ended, and counts the bytes.  Returns how
 * it has ended. */
static const char *examine(int fd, double silent, long long *bytes)
{
    static char buf[65536];
    int error = 0;

    *bytes = 0;
    for (;;) {
        /* TODO 5: when nothing has come for so long, send `.'; if that fails,
         * keep why, it is told once; there may be bytes still.  Receive what
         * is there: bytes, the end, or an error. */
        if (error == 0 && !wait_news(fd, POLLIN, silent))
            continue;
        ssize_t got = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
        if (got <= 0)
            return got == -1 ? name_error(errno) : probe(fd, silent);
        *bytes += got;
        /* END 5 */
    }
}

int main(int argc, char *argv[])
{
    const char *silent = "30";
    int at = 1;

    if (argc == 5 && strcmp(argv[1], "--silent") == 0) {
        silent = argv[2];
        at = 3;
    }
    if (argc != at + 2) {
        fprintf(stderr, "usage: %s [--silent S] HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_seconds(silent))
        errx(1, "\"%s\" is not a number of seconds, up to 3600", silent);
    if (!is_port(argv[at + 1]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[at + 1]);

    setvbuf(stdout, NULL, _IOLBF, 0);
    int lfd = open_door(argv[at], argv[at + 1]);
    for (;;) {
        struct sockaddr_storage ss = {0};
        socklen_t len = sizeof ss;
        char name[MAX_NAME];
        long long bytes;

        int fd = accept(lfd, (struct sockaddr *)&ss, &len);
        if (fd == -1) {
            outlast(errno);
            continue;
        }
        name_address(name, &ss, len);
        bound_silence(fd, strtod(silent, NULL));
        const char *end = examine(fd, strtod(silent, NULL), &bytes);
        printf("%s %lld bytes, %s\n", name, bytes, end);
        close(fd);
    }
}
