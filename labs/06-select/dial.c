/* dial: connect to all at once
 *
 *     dial SECONDS HOST:PORT...
 *
 * Begins to connect to all targets before it waits for any of them, and prints
 * one line for each, as soon as it is known what came of it, with the target
 * as it was given:
 *
 *     HOST:PORT open
 *     HOST:PORT refused      nobody listens there (ECONNREFUSED)
 *     HOST:PORT unreachable  no way there (EHOSTUNREACH, ENETUNREACH)
 *     HOST:PORT timed out    the limit is over, or the kernel gave up
 *     HOST:PORT failed       anything else: a sentence on stderr says what
 *
 * and when all of them are told, how long it took from the first beginning to
 * the last end, in whole milliseconds of a clock that goes on while it sleeps
 * (CLOCK_MONOTONIC):
 *
 *     total N ms
 *
 * Its status is 0 when all were open, else 1.
 *
 * SECONDS is decimal digits, with a fraction behind a point if you like (2,
 * 0.25), more than 0 and at most 3600.  It is one limit for all, which begins
 * with the first attempt: soon after its end the program ends, and never
 * before has anything timed out, unless the kernel gave up.  EINTR from any
 * call but connect() is retried, and does not lengthen the limit.  While it
 * waits, it sleeps.
 *
 * HOST is an address or a name, of which only the first address is tried, and
 * PORT is one to five digits, at most 65535; an address with colons stands in
 * brackets: [::1]:80.  Names are looked up before anything else, without a
 * limit.  A name that is not known, or a target for which there is no
 * descriptor left, has failed: the others go on.  Each target is attempted
 * once.  The same one may be given more than once: each is an attempt of its
 * own.
 *
 * Nothing is sent.  A connection is closed as soon as its target is told, and
 * so is the socket of one that has failed or timed out.  Neither stdin nor the
 * status flags of stdin and stdout are touched.
 *
 * Targets of another form, or more than 1000 of them, are told on stderr in
 * one sentence, and nothing is attempted: status 1.  Without at least one
 * target it prints its usage to stderr and exits 2.
 *
 * Read chapters/06-select.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_TARGETS = 1000, /* with some descriptors more: below FD_SETSIZE */
    US_PER_S = 1000 * 1000
};

/* One attempt. */
struct target {
    const char *name;       /* HOST:PORT as it was given */
    struct addrinfo *where; /* NULL: the name is not known */
    int fd;                 /* -1: it is told */
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

/* Microseconds on the clock that nobody sets. */
static long long now_us(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        err(1, "clock_gettime");
    return (long long)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

/* Splits "HOST:PORT" or "[HOST]:PORT" at its last colon: *host, which is to be
 * freed, and *port.  Ends the program when it is of another form. */
static void split_name(const char *name, char **host, const char **port)
{
    const char *colon = strrchr(name, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - name);
    bool brackets = n > 2 && name[0] == '[' && name[n - 1] == ']';

    *host = brackets ? strndup(name + 1, n - 2) : strndup(name, n);
    if (*host == NULL)
        err(1, "strndup");
    if (n == 0 || !is_port(colon + 1) || (!brackets && strchr(*host, ':')))
        errx(1, "\"%s\" is not of the form HOST:PORT", name);
    *port = colon + 1;
}

/* Looks a target up; one that is not known has where == NULL, and that is told
 * on stderr. */
static struct target find_target(const char *name)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    struct target t = {.name = name, .fd = -1};
    const char *port;
    char *host;

    split_name(name, &host, &port);
    int rc = getaddrinfo(host, port, &hints, &t.where);
    if (rc != 0) {
        warnx("%s: %s", name, gai_strerror(rc));
        t.where = NULL;
    }
    free(host);
    return t;
}

/* Prints what came of a target, as errno has it (0: it is connected), and
 * closes its socket.  Returns whether it was open. */
static bool tell(struct target *t, int reason)
{
    const char *word = "failed";

    if (reason == 0)
        word = "open";
    else if (reason == ECONNREFUSED)
        word = "refused";
    else if (reason == EHOSTUNREACH || reason == ENETUNREACH)
        word = "unreachable";
    else if (reason == ETIMEDOUT)
        word = "timed out";
    else if (t->where != NULL)
        warnx("%s: %s", t->name, strerror(reason));
    printf("%s %s\n", t->name, word);
    if (fflush(stdout) == EOF)
        err(1, "stdout");
    if (t->fd != -1)
        close(t->fd);
    t->fd = -1;
    return reason == 0;
}

/* Begins to connect, and does not wait.  Returns EINPROGRESS when that is
 * under way, 0 when it is connected, else the reason why not. */
static int begin(struct target *t)
{
    if (t->where == NULL)
        return EINVAL;
    /* TODO 1: a socket that does not wait, and connect().  A descriptor that
     * no set has room for is as good as none: EMFILE.  (tell() closes it.) */
    const struct addrinfo *ai = t->where;

    t->fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
    if (t->fd == -1)
        return errno;
    return connect(t->fd, ai->ai_addr, ai->ai_addrlen) == 0 ? 0 : errno;
    /* END 1 */
}

/* What came of a connect() that was under way: 0, or the reason. */
static int outcome(int fd)
{
    /* TODO 2: the socket is writable, and that is all you know.  Whether it is
     * connected, SO_ERROR knows. */
    (void)fd;
    return 0;
    /* END 2 */
}

/* What is left until the end, for select(): never less than nothing. */
static struct timeval time_left(long long end)
{
    /* TODO 3: the end less what the clock says now, in seconds and
     * microseconds; 0 when it is over. */
    (void)end;
    return (struct timeval){0};
    /* END 3 */
}

/* Puts the sockets of all targets that are under way into the set.  Returns
 * the highest descriptor of them and 1, for select(): 0 when there are
 * none. */
static int fill_set(const struct target *t, int n, fd_set *writes)
{
    int nfds = 0;

    FD_ZERO(writes);
    /* TODO 4: those that are told have no socket any more. */
    (void)t;
    (void)n;
    /* END 4 */
    return nfds;
}

/* Waits for those that are under way, until all are told or the time is over.
 * Returns how many of them were open. */
static int wait_for_all(struct target *t, int n, long long end)
{
    int open = 0;

    /* TODO 5: select() for what is left of the time, with a set that is filled
     * anew each time; tell those that it has left in the set.  0: the time is
     * over, for all that are still under way.  After -1 the set says
     * nothing. */
    fd_set writes;
    int nfds = fill_set(t, n, &writes);
    struct timeval left = time_left(end);

    if (nfds > 0 && select(nfds, NULL, &writes, NULL, &left) == -1)
        err(1, "select");
    for (int i = 0; i < n; i++)
        if (t[i].fd != -1)
            open += tell(&t[i], outcome(t[i].fd));
    /* END 5 */
    return open;
}

/* Begins all, waits for all.  Returns how many were open. */
static int dial(struct target *t, int n, long long end)
{
    int open = 0;

    for (int i = 0; i < n; i++) {
        int reason = begin(&t[i]);
        if (reason != EINPROGRESS)
            open += tell(&t[i], reason);
    }
    return open + wait_for_all(t, n, end);
}

int main(int argc, char *argv[])
{
    static struct target targets[MAX_TARGETS];
    int n = argc - 2;

    if (n < 1) {
        fprintf(stderr, "usage: %s SECONDS HOST:PORT...\n", argv[0]);
        return 2;
    }
    if (!is_seconds(argv[1]))
        errx(1, "\"%s\" is not a number of seconds up to 3600", argv[1]);
    if (n > MAX_TARGETS)
        errx(1, "%d targets are too many: %d at most", n, MAX_TARGETS);
    for (int i = 0; i < n; i++)
        targets[i] = find_target(argv[2 + i]);

    long long begun = now_us();
    long long end = begun + (long long)(strtod(argv[1], NULL) * US_PER_S);
    int open = dial(targets, n, end);
    printf("total %lld ms\n", (now_us() - begun) / 1000);
    for (int i = 0; i < n; i++)
        if (targets[i].where != NULL)
            freeaddrinfo(targets[i].where);
    if (fflush(stdout) == EOF)
        err(1, "stdout");
    return open == n ? 0 : 1;
}
