/* lastword: a server whose last word is heard
 *
 *     lastword [--drain SECONDS] HOST PORT
 *
 * Listens at the first address of HOST that it can bind, and prints where:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then it serves clients, one after the other or several at once.  A client
 * sends a line with a number N from 1 to 100000, in decimal digits only (012 is
 * twelve).  As soon as its newline has come it is answered with N lines, and
 * then with the end of the stream:
 *
 *     line 1
 *     line 2
 *
 * Any other line is answered with "not a number from 1 to 100000", and so are
 * 1024 bytes without a newline, as soon as they have come.  A client that ends
 * its side before its line does is let go without an answer.
 *
 * Whatever a client sends behind its line, before the answer, during it or
 * after it, it gets the whole answer and the end of the stream, and no reset:
 * the server ends its own side as soon as it has sent the answer.  Then it
 * reads what the client still sends, and throws it away, until the client ends
 * its side, 1 MiB has come that way, or SECONDS are over (digits, with a
 * fraction behind a point if you like, more than 0 and at most 3600; 1 without
 * --drain), which begin with the end of the answer.  Then it closes: what the
 * client sends later may be answered with a reset.  What is behind the line
 * may be left unread until the answer is sent; then a client that sends very
 * much has to read some of the answer before it can send more.
 *
 * A client may take its time with its line and with reading the answer, and
 * may have ended its side before it reads.  One that resets the connection, or
 * is gone, is told on stderr at most; then the next one is served.  Of a client
 * that is done with nothing is left.  While there is nothing to do, it sleeps.
 *
 * SIGTERM ends it with status 0, whenever it comes from the moment at which it
 * has said where it listens: nobody is accepted any more; an answer that is in
 * work is finished, and its client let go as ever; a client whose line is not
 * whole is let go without an answer.  One whose whole line has come, but was
 * not received yet, is answered or not, as you like.
 *
 * EINTR from any call is retried.  HOST and PORT are those of announce; errors
 * of accept() are outlasted as in upper.  When it cannot listen, or SECONDS is
 * no such number, it tells that on stderr in one sentence with the reason, and
 * exits 1.  With other arguments it prints its usage to stderr and exits 2.
 *
 * Read chapters/07-shutdown.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_LINES = 100000,
    MOST_DRAINED = 1 << 20, /* bytes that a client may still send */
    LINE = 1024,            /* bytes in which its newline has to be */
    NS_PER_MS = 1000 * 1000,
    NS_PER_S = 1000 * 1000 * 1000
};

static int wake[2]; /* a pipe: what SIGTERM writes, poll() sees */

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

/* Makes a socket that listens at one address, and never blocks: a caller may
 * be gone again when accept() is called.  Returns -1 with errno set when it
 * cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int lfd =
        socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK, ai->ai_protocol);

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
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
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

static void on_term(int signal)
{
    int saved = errno;

    (void)signal;
    if (write(wake[1], "", 1) == -1)
        errno = saved; /* it is full: there is enough to wake us */
}

/* From now on SIGTERM does not end the program, but makes the pipe readable,
 * for ever.  Ends the program on an error. */
static void catch_term(void)
{
    /* TODO 1: make the pipe, neither end of which may block, and install
     * on_term(). */
    struct sigaction action = {.sa_handler = on_term};

    if (sigaction(SIGTERM, &action, NULL) == -1)
        err(1, "sigaction");
    /* END 1 */
}

/* Waits until fd has something to read, or to accept.  Returns false when
 * SIGTERM has come, be it before or meanwhile. */
static bool wait_readable(int fd)
{
    /* TODO 2: poll() for both, fd and the pipe.  A signal that comes just
     * before has left its byte there, so it is not missed. */
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (poll(&p, 1, -1) == -1)
        if (errno != EINTR)
            err(1, "poll");
    return true;
    /* END 2 */
}

/* Takes the next client, and outlasts the errors that do not come from this
 * program itself.  Returns -1 when SIGTERM has come. */
static int take_client(int lfd)
{
    const struct timespec a_little = {.tv_nsec = 100 * 1000 * 1000};

    while (wait_readable(lfd)) {
        int cfd = accept(lfd, NULL, NULL);
        if (cfd != -1)
            return cfd;
        int error = errno;
        if (error == EAGAIN || error == EINTR)
            continue;
        if (error == EBADF || error == EINVAL || error == ENOTSOCK)
            err(1, "accept");
        warn("accept");
        if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
            error == ENOMEM)
            nanosleep(&a_little, NULL); /* until some are free again */
    }
    return -1;
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

/* Receives a line, and perhaps some of what is behind it.  Returns its length
 * without the newline, LINE when that has not come in LINE bytes, and -1 when
 * there is no line: the client has gone, which is told, or SIGTERM has come.
 */
static ssize_t recv_line(int cfd, char line[LINE])
{
    size_t n = 0;

    while (n < LINE && wait_readable(cfd)) {
        ssize_t got = recv(cfd, line + n, LINE - n, 0);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            warn("recv");
        if (got <= 0)
            return -1;
        const char *newline = memchr(line + n, '\n', (size_t)got);
        if (newline != NULL)
            return newline - line;
        n += (size_t)got;
    }
    return n == LINE ? LINE : -1;
}

/* The number that a line of n bytes holds, or 0 when it is none that is
 * allowed. */
static long number_of(const char *line, size_t n)
{
    long number = 0;

    for (size_t i = 0; i < n && number <= MOST_LINES; i++) {
        if (line[i] < '0' || line[i] > '9')
            return 0;
        number = number * 10 + (line[i] - '0');
    }
    return number <= MOST_LINES ? number : 0;
}

/* Sends the lines 1 to `number`.  Returns -1 with errno set when it cannot. */
static int send_lines(int cfd, long number)
{
    static char buf[65536];
    size_t n = 0;

    for (long i = 1; i <= number; i++) {
        n += (size_t)snprintf(buf + n, sizeof buf - n, "line %ld\n", i);
        if (n > sizeof buf - 32 || i == number) {
            if (send_all(cfd, buf, n) == -1)
                return -1;
            n = 0;
        }
    }
    return 0;
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

/* Ends our side, and throws away what the client still sends, until it has
 * ended its own, has sent too much, or the seconds are over. */
static void drain(int cfd, double seconds)
{
    /* TODO 3: shutdown().  Then poll() for what is left of the time, and
     * recv() without waiting; count the bytes.  Its 0 is the client's end; an
     * error, too, is an end. */
    struct timespec end = moment_after(seconds);

    (void)cfd;
    (void)ms_left(end);
    /* END 3 */
}

/* Answers one client, and lets it go.  An error is told. */
static void serve(int cfd, double seconds)
{
    static const char refusal[] = "not a number from 1 to 100000\n";
    char line[LINE];
    ssize_t n = recv_line(cfd, line);
    int rc;

    if (n == -1)
        return;
    long number = n < LINE ? number_of(line, (size_t)n) : 0;
    if (number == 0)
        rc = send_all(cfd, refusal, strlen(refusal));
    else
        rc = send_lines(cfd, number);
    if (rc == -1)
        warn("send");
    else
        drain(cfd, seconds);
}

int main(int argc, char *argv[])
{
    double seconds = 1;
    int cfd;

    if (argc == 5 && strcmp(argv[1], "--drain") == 0) {
        if (!is_seconds(argv[2]))
            errx(1, "\"%s\" is not a number of seconds up to 3600", argv[2]);
        seconds = strtod(argv[2], NULL);
    } else if (argc != 3) {
        fprintf(stderr, "usage: %s [--drain SECONDS] HOST PORT\n", argv[0]);
        return 2;
    }
    const char *host = argv[argc - 2], *port = argv[argc - 1];
    if (!is_port(port))
        errx(1, "port \"%s\" is not a number from 0 to 65535", port);
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line goes out when it is whole */

    catch_term();
    int lfd = open_door(host, port);
    while ((cfd = take_client(lfd)) != -1) {
        serve(cfd, seconds);
        close(cfd);
    }
    return 0;
}
