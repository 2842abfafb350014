/* backlog: how many callers wait in a listener's queue
 *
 *     backlog N...
 *
 * Measures, for each N in turn: listens with listen(fd, N) at 127.0.0.1, at a
 * port that the kernel chooses; calls itself there, again and again, and never
 * accepts; and prints how many calls were answered before the first that was
 * not:
 *
 *     backlog 5: 6 connections
 *
 * or "1 connection".  A call is answered when connect() succeeds within 50 ms.
 * After 100 it stops calling, and prints "at least 100 connections".  All that
 * one N has opened is closed before the next.
 *
 * N is one to five decimal digits, which may have a minus sign before them; it
 * is printed as the number that it is, -0 as 0 and 007 as 7.
 *
 * Exits 0.  When it cannot listen, or has no descriptor for another call, it
 * tells the reason on stderr in one sentence and exits 1.  On wrong usage it
 * prints its usage to stderr and exits 2.
 *
 * Read chapters/02-bind-listen.md. */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    LIMIT_US = 50000,
    MOST_CALLERS = 100
};

/* Whether s is one to five decimal digits, with or without a minus sign. */
static bool is_number(const char *s)
{
    s += *s == '-';
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n;
}

/* Calls `where`, and gives up after the limit (chapter 5 says more about it).
 * Returns the caller's socket, or -1 when the call was not answered. */
static int call(const struct sockaddr_in *where)
{
    struct timeval limit = {0, LIMIT_US};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == -1)
        err(1, "no socket for another caller");
    if (connect(fd, (const struct sockaddr *)where, sizeof *where) == -1) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Makes a socket that listens with this backlog at 127.0.0.1, and finds out
 * where. */
static int listen_with(int backlog, struct sockaddr_in *where)
{
    int lfd = socket(AF_INET, SOCK_STREAM, 0);

    if (lfd == -1)
        err(1, "socket");
    *where = (struct sockaddr_in){.sin_family = AF_INET};
    where->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* TODO 1: bind it to that address, whose port is 0; have it listen; ask
     * which port it has got, and leave the address in *where. */
    socklen_t len = sizeof *where;
    if (bind(lfd, (struct sockaddr *)where, sizeof *where) == -1)
        err(1, "bind");
    if (listen(lfd, backlog) == -1)
        err(1, "listen");
    if (getsockname(lfd, (struct sockaddr *)where, &len) == -1)
        err(1, "getsockname");
    /* END 1 */
    return lfd;
}

/* Has callers call until one is not answered, or until there are as many as
 * the array holds.  Returns how many were answered; their sockets are in the
 * array, and the caller closes them. */
static int let_call(const struct sockaddr_in *where, int callers[MOST_CALLERS])
{
    int n = 0;

    /* TODO 2: count the calls that are answered. */
    while (n < MOST_CALLERS && (callers[n] = call(where)) != -1)
        n++;
    /* END 2 */
    return n;
}

/* How many callers wait in the queue of a listener with this backlog. */
static int measure(int backlog)
{
    struct sockaddr_in where;
    int callers[MOST_CALLERS];
    int lfd = listen_with(backlog, &where);
    int n = let_call(&where, callers);

    /* TODO 3: close the callers. */
    for (int i = 0; i < n; i++)
        close(callers[i]);
    /* END 3 */
    close(lfd);
    return n;
}

static void print_count(int backlog, int n)
{
    printf("backlog %d: %s%d connection%s\n", backlog,
           n == MOST_CALLERS ? "at least " : "", n, n == 1 ? "" : "s");
}

int main(int argc, char **argv)
{
    bool wrong = argc < 2;

    for (int i = 1; i < argc; i++)
        wrong = wrong || !is_number(argv[i]);
    if (wrong) {
        fprintf(stderr, "usage: %s N...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int backlog = (int)strtol(argv[i], NULL, 10);

        print_count(backlog, measure(backlog));
    }
    return 0;
}
