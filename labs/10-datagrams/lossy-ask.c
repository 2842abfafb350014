/* lossy-ask: ask until the answer comes
 *
 *     lossy-ask HOST PORT [SECONDS]
 *
 * Each line of stdin is a question to the server at the first address of HOST,
 * one after the other: the next one is asked when the answer to the one before
 * has been printed.  Each is one datagram, and so is its answer:
 *
 *     ?3f9a0c55d2e1b704 how late is it
 *     !3f9a0c55d2e1b704 half past nine
 *
 * A question is '?', an id, a space, and the line without its newline, 0 to
 * 512 bytes.  The id is 16 hexadecimal digits, small letters: 64 random bits
 * that nobody can guess (getrandom()).  Each question has its own, and keeps
 * it, and so all its bytes, when it is asked anew.
 *
 * The answer is a datagram that comes from the address and port that were
 * asked, and is '!', the id of the question that is asked now, a space, and 0
 * to 512 bytes of any kind.  They are printed as they are, with a newline
 * behind them, as soon as they are there.  To which asking it is an answer does
 * not matter.  Everything else that comes is passed over: it changes nothing,
 * neither when the question is asked anew nor how often.  What is there when a
 * wait is over may still be looked at, up to 32 datagrams of it, and no more:
 * somebody may send without end.
 *
 * When no answer has come for SECONDS, the question is asked anew; when none
 * has come for twice as long, once more, and so on, each wait twice as long as
 * the one before, and none shorter.  A wait begins when send() is called.  The
 * question is asked 6 times at most.  When the sixth wait is over as well, a
 * sentence on stderr tells it, and the status is 1.  SECONDS is decimal digits,
 * with a fraction behind a point if you like (1, 0.25), more than 0 and at most
 * 60; without it, 0.1.  While it waits, it sleeps.
 *
 * An error that the network tells, such as ECONNREFUSED, is no answer either:
 * the server may be about to start anew.  The wait goes on.  A send() that
 * fails is an asking like the others, one of the six, with its wait; only when
 * it says ECONNREFUSED, which is about the asking before, may it be called once
 * more at once.  The sentence at the end names the error, if this question had
 * one.
 *
 * At the end of stdin it ends with status 0.  A last line without a newline is
 * a question as well.  A line of more than 512 bytes is an error as soon as
 * they are there, and nothing of it is sent: a sentence on stderr, status 1.
 * So is everything else that fails.
 *
 * EINTR from any call is retried, and does not lengthen a wait.  The status
 * flags of stdin and stdout stay as they were.  HOST and PORT are those of
 * resolve.  With less than two arguments, or more than three, it prints its
 * usage to stderr and exits 2.
 *
 * Read chapters/10-datagrams.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_TEXT = 512, /* bytes */
    ID = 16,         /* digits */
    HEAD = 1 + ID + 1,
    MOST_DATAGRAM = HEAD + MOST_TEXT,
    MOST_ASKINGS = 6,
    NS_PER_S = 1000 * 1000 * 1000,
    NS_PER_MS = 1000 * 1000
};

/* What has been read of stdin and is no question yet. */
struct input {
    char bytes[MOST_TEXT + 1]; /* a line with its newline fits */
    size_t n;
};

/* A datagram; there is room for one byte more than it may have. */
struct message {
    char bytes[MOST_DATAGRAM + 1];
    size_t n;
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Whether s is a number of seconds: digits, perhaps a point and more digits;
 * more than 0, and at most 60. */
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
    return s[n] == '\0' && strtod(s, NULL) > 0 && strtod(s, NULL) <= 60;
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

/* How many milliseconds are left until the end, rounded up: 0 when it is over,
 * and never 0 before. */
static int ms_left(struct timespec end)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
        err(1, "clock_gettime");
    long long ns = (long long)(end.tv_sec - now.tv_sec) * NS_PER_S +
                   (end.tv_nsec - now.tv_nsec);
    return ns <= 0 ? 0 : (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* Makes a socket that sends to the first address of host, and hears it only.
 * Ends the program when it cannot. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    if (fd == -1)
        err(1, "socket");
    if (connect(fd, list->ai_addr, list->ai_addrlen) == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    return fd;
}

/* Takes the next line of stdin, without its newline, which has n bytes.
 * Returns false at the end; ends the program when it is too long. */
static bool next_line(struct input *in, char line[MOST_TEXT], size_t *n)
{
    const char *newline;
    bool is_over = false;

    while ((newline = memchr(in->bytes, '\n', in->n)) == NULL && !is_over) {
        if (in->n > MOST_TEXT)
            errx(1, "a question has more than %d bytes", MOST_TEXT);
        ssize_t got =
            read(STDIN_FILENO, in->bytes + in->n, sizeof in->bytes - in->n);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "stdin");
        in->n += (size_t)got;
        is_over = got == 0;
    }
    if (newline == NULL && in->n == 0)
        return false;
    *n = newline != NULL ? (size_t)(newline - in->bytes) : in->n;
    memcpy(line, in->bytes, *n);
    size_t taken = newline != NULL ? *n + 1 : *n;
    in->n -= taken;
    memmove(in->bytes, in->bytes + taken, in->n);
    return true;
}

/* Makes the question that asks for this text, with an id of its own. */
static void make_question(struct message *q, const char *line, size_t n)
{
    /* TODO 1: take 64 bits from getrandom(), and write them as 16 hexadecimal
     * digits. */
    uint64_t id = 1;

    snprintf(q->bytes, sizeof q->bytes, "?%016" PRIx64 " ", id);
    /* END 1 */
    memcpy(q->bytes + HEAD, line, n);
    q->n = HEAD + n;
}

/* Whether m is an answer to this question. */
static bool is_answer(const struct message *m, const struct message *q)
{
    /* TODO 2: it is long enough, and not too long; its mark is right, and from
     * the id to the space behind it, it is the same. */
    (void)q;
    return m->n >= HEAD && m->n <= MOST_DATAGRAM && m->bytes[0] == '!';
    /* END 2 */
}

/* Receives until the answer is there, or the time is over: then it returns
 * false.  What the network tells is kept in *reason. */
static bool await_answer(int fd, const struct message *q, struct message *m,
                         struct timespec end, int *reason)
{
    /* TODO 3: while there is time left, wait for a datagram, and receive it
     * whole, without another wait.  What is no answer is passed over. */
    (void)ms_left(end);
    (void)reason;
    ssize_t n = recv(fd, m->bytes, sizeof m->bytes, 0);

    m->n = n > 0 ? (size_t)n : 0;
    return is_answer(m, q);
    /* END 3 */
}

/* Asks until the answer is there.  Returns false when none has come, with the
 * reason, if the network has told one, or 0. */
static bool ask(int fd, const struct message *q, struct message *m,
                double seconds, int *reason)
{
    *reason = 0;
    /* TODO 4: send the question, and wait; then again, up to MOST_ASKINGS
     * times, and each time twice as long.  A send() that fails is as good as a
     * datagram that is lost. */
    if (send(fd, q->bytes, q->n, 0) == -1)
        err(1, "send");
    return await_answer(fd, q, m, moment_after(seconds), reason);
    /* END 4 */
}

/* Prints what the answer says. */
static void tell(const struct message *m)
{
    fwrite(m->bytes + HEAD, 1, m->n - HEAD, stdout);
    putchar('\n');
    if (fflush(stdout) == EOF)
        err(1, "stdout");
}

int main(int argc, char *argv[])
{
    struct input in = {.n = 0};
    struct message question, answer;
    char line[MOST_TEXT];
    size_t n;
    int reason;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s HOST PORT [SECONDS]\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    const char *seconds = argc > 3 ? argv[3] : "0.1";
    if (!is_seconds(seconds))
        errx(1, "\"%s\" is not a number of seconds up to 60", seconds);

    int fd = connect_to(argv[1], argv[2]);
    while (next_line(&in, line, &n)) {
        make_question(&question, line, n);
        if (!ask(fd, &question, &answer, strtod(seconds, NULL), &reason))
            errx(1, "no answer from %s port %s%s%s", argv[1], argv[2],
                 reason != 0 ? ": " : "", reason != 0 ? strerror(reason) : "");
        tell(&answer);
    }
    return 0;
}
