/* deadline: one line within a time limit
 *
 *     deadline HOST PORT SECONDS
 *
 * Connects to the addresses of HOST in turn until one accepts, receives one
 * line, and prints how that went, with an exit status that a script can use:
 *
 *     line TEXT             0   TEXT is the line without its newline
 *     ended                 3   the stream ended before the newline
 *     refused               4   nobody listens there (ECONNREFUSED)
 *     unreachable           5   no way there (EHOSTUNREACH, ENETUNREACH)
 *     timed out connecting  6
 *     timed out reading     7
 *
 * SECONDS is decimal digits, with a fraction behind a point if you like (2,
 * 0.25), more than 0 and at most 3600.  It is one limit for everything
 * together: for all addresses and for the line, from when the addresses are
 * known (looking up the name has no limit).  Once it is over, no more is
 * waited for and no further address is tried; it ends soon after, and never
 * before.  While it waits, it sleeps.
 *
 * An address that fails is closed, and the next one is tried while time is
 * left.  When none has accepted, the fate of the last one is printed; a
 * kernel that gave up on it (ETIMEDOUT) is "timed out connecting", too.
 *
 * The line may come in any pieces and may hold any bytes.  It is printed as it
 * is, and what follows it is left alone: more bytes, the end, a reset.  A line
 * of more than 1024 bytes without its newline is an error as soon as they are
 * there.  So is a reset before the line is whole, and all that is not in the
 * table: a sentence on stderr with the reason, nothing on stdout, status 1.
 *
 * EINTR from any call but connect() is retried, and does not lengthen the
 * limit.  The status flags of stdin and stdout stay as they were.  HOST and
 * PORT are those of resolve.  Without exactly three arguments it prints its
 * usage to stderr and exits 2.
 *
 * Read chapters/05-nonblocking.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_LINE = 1024,
    NS_PER_S = 1000 * 1000 * 1000,
    NS_PER_MS = 1000 * 1000
};

/* What may come of it: the exit status. */
enum outcome {
    LINE = 0,
    ENDED = 3,
    REFUSED = 4,
    UNREACHABLE = 5,
    TIMED_OUT_CONNECTING = 6,
    TIMED_OUT_READING = 7
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
    /* TODO 1: what is left is the end less what the clock says now, in whole
     * milliseconds: rounded up. */
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
        err(1, "clock_gettime");
    long long ns = (long long)(end.tv_sec - now.tv_sec) * NS_PER_S +
                   (end.tv_nsec - now.tv_nsec);
    return ns <= 0 ? 0 : (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
    /* END 1 */
}

/* Waits until fd is ready for `events`, or has an error to tell.  Returns
 * false when the time is over first. */
static bool wait_ready(int fd, short events, struct timespec end)
{
    /* TODO 2: poll(), for as long as is left; and again, for what is left
     * then, when a signal has interrupted it. */
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do
        n = poll(&p, 1, ms_left(end));
    while (n == -1 && errno == EINTR);
    if (n == -1)
        err(1, "poll");
    return n > 0;
    /* END 2 */
}

/* Connects to one address, which is given up when the time is over.  Returns
 * 0, or the reason as errno has it: ETIMEDOUT when the time is over. */
static int connect_within(int fd, const struct addrinfo *ai,
                          struct timespec end)
{
    /* TODO 3: make fd non-blocking, and let it stay so.  connect() says that
     * it is under way; wait until the kernel knows what came of it, and ask
     * for that: SO_ERROR. */
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        err(1, "fcntl");
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    if (!wait_ready(fd, POLLOUT, end))
        return ETIMEDOUT;

    int reason;
    socklen_t len = sizeof reason;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &len) == -1)
        err(1, "SO_ERROR");
    return reason;
    /* END 3 */
}

/* The outcome that stands for a reason of connect_within().  Ends the program
 * when there is none. */
static enum outcome outcome_of(int reason)
{
    switch (reason) {
    case ECONNREFUSED:
        return REFUSED;
    case EHOSTUNREACH:
    case ENETUNREACH:
        return UNREACHABLE;
    case ETIMEDOUT:
        return TIMED_OUT_CONNECTING;
    default:
        errno = reason;
        err(1, "connect");
    }
}

/* Connects to the first address of the list that accepts, while time is left.
 * Returns the socket, or -1 with the reason in *reason. */
static int connect_any(const struct addrinfo *list, struct timespec end,
                       int *reason)
{
    for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd == -1) {
            *reason = errno;
            continue;
        }
        *reason = connect_within(fd, ai, end);
        if (*reason == 0)
            return fd;
        close(fd);
        if (ms_left(end) == 0) {
            *reason = ETIMEDOUT;
            break;
        }
    }
    return -1;
}

/* Receives one line into `line`, which has room for MAX_LINE bytes and the
 * newline; *n is its length without that. */
static enum outcome recv_line(int fd, char *line, size_t *n,
                              struct timespec end)
{
    /* TODO 4: receive behind what is there until the newline is among it.
     * EAGAIN: nothing is there; wait for more. */
    size_t have = 0;

    while (have <= MAX_LINE) {
        ssize_t got = recv(fd, line + have, MAX_LINE + 1 - have, 0);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1 && errno == EAGAIN) {
            if (!wait_ready(fd, POLLIN, end))
                return TIMED_OUT_READING;
            continue;
        }
        if (got == -1)
            err(1, "recv");
        if (got == 0)
            return ENDED;
        const char *newline = memchr(line + have, '\n', (size_t)got);
        have += (size_t)got;
        if (newline != NULL) {
            *n = (size_t)(newline - line);
            return LINE;
        }
    }
    errx(1, "the line is longer than %d bytes", MAX_LINE);
    /* END 4 */
}

/* Prints what came of it. */
static void tell(enum outcome outcome, const char *line, size_t n)
{
    static const char *const words[] = {
        [LINE] = "line ",
        [ENDED] = "ended",
        [REFUSED] = "refused",
        [UNREACHABLE] = "unreachable",
        [TIMED_OUT_CONNECTING] = "timed out connecting",
        [TIMED_OUT_READING] = "timed out reading",
    };

    fputs(words[outcome], stdout);
    if (outcome == LINE)
        fwrite(line, 1, n, stdout);
    putchar('\n');
    if (fflush(stdout) == EOF)
        err(1, "stdout");
}

int main(int argc, char *argv[])
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    enum outcome outcome;
    char line[MAX_LINE + 1];
    size_t n = 0;
    int reason = 0;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT SECONDS\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    if (!is_seconds(argv[3]))
        errx(1, "\"%s\" is not a number of seconds up to 3600", argv[3]);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));

    struct timespec end = moment_after(strtod(argv[3], NULL));
    int fd = connect_any(list, end, &reason);
    freeaddrinfo(list);
    if (fd == -1) {
        outcome = outcome_of(reason);
    } else {
        outcome = recv_line(fd, line, &n, end);
        close(fd);
    }
    tell(outcome, line, n);
    return (int)outcome;
}
