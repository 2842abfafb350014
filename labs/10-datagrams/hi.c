/* hi: one datagram there, one back
 *
 *     hi HOST PORT [SECONDS]
 *
 * Sends one datagram that holds "hi" to the first address of HOST, waits for
 * one that comes from there, and prints what it holds, as it is, and a newline
 * behind it; status 0.  An answer of 0 bytes is an answer.
 *
 * It waits for at most SECONDS: decimal digits, with a fraction behind a point
 * if you like (2, 0.25), more than 0 and at most 3600; without it, for 2.  They
 * count from when it turns to the first address.  Once they are over, no more
 * is waited for, and never before.  While it waits, it sleeps.
 *
 * Only what comes from the address and port that it has asked is an answer.
 * What others send is passed over, and does not lengthen the time.
 *
 * When nobody is at that port (ECONNREFUSED), it does not wait for the rest of
 * the time: the next address of HOST is asked, if there is one, within the same
 * limit.  So it is when an address cannot be reached.  One that is silent is
 * waited for to the end, and no other is asked then.  When no address has
 * answered, a sentence on stderr tells the reason, the last one's, and the
 * status is 1.  The same for an answer that is longer than 512 bytes, of which
 * nothing is printed, and for all other errors.
 *
 * EINTR from any call is retried, and does not lengthen the time.  The status
 * flags of stdin and stdout stay as they were.  HOST and PORT are those of
 * resolve.  With less than two arguments, or more than three, it prints its
 * usage to stderr and exits 2.
 *
 * Read chapters/10-datagrams.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
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
    MOST = 512, /* bytes of an answer */
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

/* Makes a socket that hears this address only, and says hi to it.  Returns -1
 * with errno set when it cannot. */
static int say_hi(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
    ssize_t sent;

    if (fd == -1)
        return -1;
    /* TODO 1: connect() sends nothing.  It fixes the address to which send()
     * sends, and from which recv() receives. */
    sent = sendto(fd, "hi", 2, 0, ai->ai_addr, ai->ai_addrlen);
    /* END 1 */
    if (sent == -1) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Receives the answer, as much as there is room for.  Returns its length, or
 * -1 with errno set: ETIMEDOUT when the time is over. */
static ssize_t receive(int fd, char *answer, size_t room, struct timespec end)
{
    for (;;) {
        /* TODO 2: wait for as long as is left.  Then receive, without another
         * wait: what was ready may have been thrown away (BUGS in select(2)).
         */
        (void)end;
        return recv(fd, answer, room, 0);
        /* END 2 */
    }
}

/* Asks one address after the other until one answers.  Returns the length of
 * the answer, or -1 with errno set. */
static ssize_t ask_any(const struct addrinfo *list, char *answer, size_t room,
                       struct timespec end)
{
    ssize_t n = -1;

    for (const struct addrinfo *ai = list; n == -1 && ai != NULL;
         ai = ai->ai_next) {
        int fd = say_hi(ai);
        if (fd == -1)
            continue;
        n = receive(fd, answer, room, end);
        int saved = errno;
        close(fd);
        errno = saved;
        if (n == -1 && ms_left(end) == 0)
            break;
    }
    return n;
}

/* Prints the answer and a newline. */
static void tell(const char *answer, size_t n)
{
    /* TODO 3: a datagram that fills all the room may have been longer. */
    /* END 3 */
    fwrite(answer, 1, n, stdout);
    putchar('\n');
    if (fflush(stdout) == EOF)
        err(1, "stdout");
}

int main(int argc, char *argv[])
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    char answer[MOST + 1]; /* one more, so that a longer one is seen */
    const char *seconds = argc > 3 ? argv[3] : "2";

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s HOST PORT [SECONDS]\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    if (!is_seconds(seconds))
        errx(1, "\"%s\" is not a number of seconds up to 3600", seconds);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));

    struct timespec end = moment_after(strtod(seconds, NULL));
    ssize_t n = ask_any(list, answer, sizeof answer, end);
    freeaddrinfo(list);
    if (n == -1)
        err(1, "%s port %s", argv[1], argv[2]);
    tell(answer, (size_t)n);
    return 0;
}
