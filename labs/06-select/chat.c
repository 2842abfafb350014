/* chat: what one writes, all the others read
 *
 *     chat HOST PORT
 *
 * Listens at the first address of HOST that it can bind, and prints where:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then, for ever, clients come and go.  What one of them writes goes to all the
 * others that are connected then, line by line: a line is passed on whole, with
 * its newline, as soon as that has come and not before.  It may hold any other
 * bytes, NUL too.  The lines of one client come in the order in which it wrote
 * them, and none is mixed with another's.  Nobody gets a line of their own.
 *
 * A line has at most 1024 bytes, its newline counted.  A client that has sent
 * 1024 bytes without a newline among them is dropped: its connection is closed
 * at once.  Its lines before that have been passed on, and nothing of this one
 * is.
 *
 * A client that has ended its side has left: its last lines are passed on, half
 * a line is thrown away, and so is what still waits for it in the program; then
 * its connection is closed, whatever it still might read.  A client that resets
 * its connection has left as well, and what it sent last may be lost.
 *
 * Nobody is delayed by anybody.  What a slow client has not read waits in the
 * kernel as long as there is room, and then in the program: at most 64 KiB
 * (65536 bytes) for each client.  When more would have to wait, that client is
 * dropped, and what waits for it is thrown away; of all others no line is lost.
 * Whoever is connected and silent, or talks without end, or calls and is gone
 * before the call is taken, holds up nobody.
 *
 * When a caller comes and there is no descriptor left (RLIMIT_NOFILE), or not
 * one that select() can wait for (FD_SETSIZE), where select() is used, the
 * caller gets the line "full", and its connection is closed.  Nothing changes
 * for the others, and who calls when somebody has left is let in.  When the
 * system has run out of something (ENFILE, ENOBUFS, ENOMEM), callers stay in
 * the queue until there is some again.
 *
 * It is one process.  While there is nothing to do it sleeps, also while a slow
 * client keeps it from sending, and while callers cannot be let in it looks at
 * most every few milliseconds.  EINTR from any call is retried.  The trouble of
 * one client is told on stderr at most.  stdin is not read, and the status
 * flags of stdin and stdout stay as they are.
 *
 * HOST and PORT are those of announce.  When it cannot listen, it tells that on
 * stderr in one sentence with the reason, and exits 1.  Without exactly two
 * arguments it prints its usage to stderr and exits 2.
 *
 * Read chapters/06-select.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum {
    LINE = 1024,    /* bytes of a line at most, with its newline */
    WAITING = 65536 /* bytes that may wait for a client */
};

/* One who takes part. */
struct client {
    bool is_here;
    size_t nin;    /* bytes of a line that is not yet whole */
    char in[LINE]; /* they */
    size_t nout;   /* bytes that wait to be sent to it */
    char *out;     /* they, in WAITING bytes; NULL when there are none */
};

/* All clients, by their descriptors. */
static struct client clients[FD_SETSIZE];

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
    struct sockaddr_storage ss = {0};
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

/* The first descriptor that is too many: select() cannot wait for it, or it is
 * the last one that is free, which is kept to tell callers so.  Those above it
 * may be in use: who started this program has left them open. */
static int find_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == -1)
        err(1, "getrlimit");
    if (files.rlim_cur > FD_SETSIZE)
        return FD_SETSIZE;
    int last = (int)files.rlim_cur - 1;
    while (last > 0 && fcntl(last, F_GETFD) != -1)
        last--;
    return last;
}

/* Closes a client's connection and forgets all about it. */
static void drop(int fd)
{
    free(clients[fd].out);
    clients[fd] = (struct client){.is_here = false};
    close(fd);
}

/* Sleeps until something can be done, and puts into the two sets what that is.
 * With lfd -1, callers are not waited for, and it sleeps for a moment only.
 * Returns false when there is nothing. */
static bool wait_ready(int lfd, fd_set *readable, fd_set *writable)
{
    struct timeval a_moment = {.tv_usec = 20 * 1000};
    int nfds = lfd + 1;

    FD_ZERO(readable);
    FD_ZERO(writable);
    if (lfd != -1)
        FD_SET(lfd, readable);
    /* TODO 1: all clients may speak.  To some of them something waits to be
     * sent.  select() wants to know the highest of all, plus one. */
    int n =
        select(nfds, readable, writable, NULL, lfd == -1 ? &a_moment : NULL);
    if (n == -1 && errno != EINTR)
        err(1, "select");
    return n > 0;
    /* END 1 */
}

/* Sends what the kernel takes of n bytes, at once.  Returns how many it took;
 * -1 when the client is gone. */
static ssize_t send_some(int fd, const char *bytes, size_t n)
{
    /* TODO 2: a call that would have to wait, or was interrupted, has taken
     * nothing, and that is no error. */
    ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

    return sent;
    /* END 2 */
}

/* Sends what waits for a client, as much as fits.  What cannot be sent because
 * the client is gone is thrown away; recv() will tell of the end, behind what
 * the client has still said. */
static void send_waiting(int fd)
{
    struct client *c = &clients[fd];
    ssize_t sent = send_some(fd, c->out, c->nout);

    /* TODO 3: keep what was not sent.  When nothing is left, free c->out. */
    if (sent == -1)
        warn("send");
    /* END 3 */
}

/* Gives a line of n bytes to one client.  What cannot be sent now waits, and
 * when that would be too much, the client is dropped. */
static void give(int fd, const char *line, size_t n)
{
    struct client *c = &clients[fd];

    /* TODO 4: send what fits, if nothing waits already.  The rest has to wait
     * in c->out, behind what is there, for which WAITING bytes are the most. */
    if (c->out == NULL)
        send_some(fd, line, n);
    /* END 4 */
}

/* Gives a line to all clients but the one who wrote it. */
static void pass_on(int writer, const char *line, size_t n)
{
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        if (clients[fd].is_here && fd != writer)
            give(fd, line, n);
}

/* Passes on the lines that are whole, and keeps the rest.  A client whose line
 * is too long is dropped. */
static void pass_lines(int fd)
{
    struct client *c = &clients[fd];

    /* TODO 5: c->in holds c->nin bytes: several lines, or a part of one. */
    pass_on(fd, c->in, c->nin);
    c->nin = 0;
    /* END 5 */
}

/* Receives what a client says.  Drops it when it has left. */
static void hear(int fd)
{
    struct client *c = &clients[fd];
    ssize_t got = recv(fd, c->in + c->nin, sizeof c->in - c->nin, 0);

    /* TODO 6: bytes, the end, an error; or nothing at all, after all. */
    if (got == -1)
        err(1, "recv");
    if (got == 0) {
        drop(fd);
        return;
    }
    c->nin += (size_t)got;
    pass_lines(fd);
    /* END 6 */
}

/* Lets a caller in, or refuses it when its descriptor is too many.  Returns
 * false when something has run out, so that callers have to wait. */
static bool take_caller(int lfd, int too_many)
{
    /* TODO 7: no call on the caller's socket may wait.  Whoever is too many
     * gets the line "full", and is closed. */
    int fd = accept(lfd, NULL, NULL);

    if (fd == -1)
        return errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
               errno != ENOMEM;
    if (fd >= too_many) {
        close(fd);
        return true;
    }
    clients[fd].is_here = true;
    return true;
    /* END 7 */
}

/* No call on the socket that listens may wait: a caller can be gone again
 * before accept() comes to it. */
static void set_nonblocking(int lfd)
{
    int flags = fcntl(lfd, F_GETFL);

    if (flags == -1 || fcntl(lfd, F_SETFL, flags | O_NONBLOCK) == -1)
        err(1, "fcntl");
}

/* Does all that can be done, for ever. */
static void serve(int lfd)
{
    int too_many = find_limit();
    bool takes_callers = true;
    fd_set readable, writable;

    for (;;) {
        bool is_ready =
            wait_ready(takes_callers ? lfd : -1, &readable, &writable);
        takes_callers = true;
        if (!is_ready)
            continue;
        for (int fd = 0; fd < FD_SETSIZE; fd++) {
            if (clients[fd].is_here && FD_ISSET(fd, &writable))
                send_waiting(fd);
            if (clients[fd].is_here && FD_ISSET(fd, &readable))
                hear(fd);
        }
        if (FD_ISSET(lfd, &readable))
            takes_callers = take_caller(lfd, too_many);
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
    set_nonblocking(lfd);
    serve(lfd);
}
