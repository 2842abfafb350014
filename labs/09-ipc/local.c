/* local: a server for neighbours, at a path or an abstract name
 *
 *     local PATH
 *     local @NAME
 *
 * Listens at a stream socket of AF_UNIX, and prints where, as it was told:
 *
 *     listening on PATH
 *
 * Then, for ever, it takes the next caller, prints who it is, and serves it as
 * upper does: every byte goes back at once, a to z as A to Z, until the client
 * ends its side.  The line tells the user and the process that called
 * connect(), as the kernel knows them, though they may have gone by then:
 *
 *     caller uid 1000 pid 4711
 *
 * PATH and NAME have 1 to 107 bytes.  A longer one is refused with a sentence
 * that names this limit, an empty one with any sentence; nothing is made.  A
 * NAME has no file: it is exactly these bytes, with no NUL behind them.
 *
 * While one client is served at least eight more can call, and wait.  They are
 * served one after the other, or several at the same time, and leave nothing
 * behind: no descriptor, and no process.
 *
 * PATH gets mode 0600 (no more), and at no moment may anybody but its owner
 * call: from listen() on somebody could.  What is there already decides:
 *
 *     a socket where nobody listens any more (a server was killed): is replaced
 *     somebody's socket, of any type, however busy: is refused, left alone
 *     no socket (a file, a directory, a symbolic link): is refused, left alone
 *     it cannot be told: is refused, left alone
 *
 * It asks without waiting.  (When two find the same stale path at the same
 * moment, one may take it from the other: the chapter has a lock for that.)
 *
 * SIGTERM and SIGINT end it with status 0, at once, from the moment at which it
 * has said where it listens, whatever it is at.  No process of it is left.  It
 * unlinks PATH then, unless something else than its own socket is there by now.
 *
 * A client that is gone is told on stderr at most and hurts nobody else; errors
 * of accept() are outlasted as in upper.  EINTR from any call that can wait is
 * retried.  When it cannot listen, it tells the reason on stderr in one
 * sentence and exits 1.  Without exactly one argument it prints its usage to
 * stderr and exits 2.
 *
 * Read chapters/09-ipc.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The file that is to be unlinked at the end; NULL: there is none. */
static const char *own_path;
static struct stat own_file;

/* SIGTERM or SIGINT: all that is called here may be called from a handler
 * (signal-safety(7)). */
static void on_end(int signal)
{
    (void)signal;
    /* TODO 1: unlink the path, if it is still the same file: device and inode
     * tell. */
    /* END 1 */
    _exit(0);
}

static void catch_end(void)
{
    struct sigaction sa = {.sa_handler = on_end};

    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGTERM, &sa, NULL) == -1 ||
        sigaction(SIGINT, &sa, NULL) == -1)
        err(1, "sigaction");
}

/* Fills in the address of a path, or of a name behind "@".  Returns its length,
 * of which each byte counts.  Ends the program when it does not fit. */
static socklen_t make_address(const char *where, struct sockaddr_un *un)
{
    *un = (struct sockaddr_un){.sun_family = AF_UNIX};
    /* TODO 2: copy it.  Behind a path a NUL counts as well.  The "@" of a name
     * stands for a NUL before it; there is none behind it. */
    snprintf(un->sun_path, sizeof un->sun_path, "%s", where);
    return (socklen_t)sizeof *un;
    /* END 2 */
}

/* Binds a socket so that nobody else may call it, from the first moment on.
 * Returns -1 with errno set when it cannot. */
static int bind_private(int lfd, const struct sockaddr_un *un, socklen_t len)
{
    /* TODO 3: bind() makes the file, and umask() says what its mode lacks. */
    return bind(lfd, (const struct sockaddr *)un, len);
    /* END 3 */
}

/* Removes a stale socket, and ends the program when something else is at the
 * path. */
static void make_way(const struct sockaddr_un *un, socklen_t len)
{
    /* TODO 4: lstat() tells whether it is a socket.  connect(), of a socket
     * that does not wait, says ECONNREFUSED when nobody listens at it; all
     * else, EAGAIN too, means that it is not ours to remove. */
    (void)len;
    errx(1, "%s: something is there", un->sun_path);
    /* END 4 */
}

/* Listens at a path or a name, and says so.  Ends the program when it
 * cannot. */
static int open_door(const char *where)
{
    struct sockaddr_un un;
    socklen_t len = make_address(where, &un);

    int lfd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (lfd == -1)
        err(1, "socket");
    int rc = bind_private(lfd, &un, len);
    if (rc == -1 && errno == EADDRINUSE && where[0] != '@') {
        make_way(&un, len);
        rc = bind_private(lfd, &un, len);
    }
    if (rc == -1 || listen(lfd, SOMAXCONN) == -1)
        err(1, "%s", where);
    if (where[0] != '@' && lstat(where, &own_file) == 0)
        own_path = where;
    catch_end();
    printf("listening on %s\n", where);
    return lfd;
}

/* Prints who has called. */
static void print_caller(int fd)
{
    /* TODO 5: SO_PEERCRED fills in a struct ucred: see unix(7). */
    (void)fd;
    /* END 5 */
}

/* Outlasts an error of accept(): returns when the next try may succeed, and
 * ends the program when none will. */
static void outlast(int error)
{
    struct timespec a_little = {.tv_nsec = 10 * 1000 * 1000};

    errno = error;
    if (error == EBADF || error == EFAULT || error == EINVAL ||
        error == ENOTSOCK)
        err(1, "accept"); /* a mistake in this program */
    if (error == EINTR)
        return;
    warn("accept");
    if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
        error == ENOMEM)
        nanosleep(&a_little, NULL);
}

/* Makes small letters capital: a to z, whatever the locale. */
static void make_upper(char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] >= 'a' && bytes[i] <= 'z')
            bytes[i] = (char)(bytes[i] - 'a' + 'A');
}

/* Sends all n bytes of buf.  Returns -1 with errno set when it cannot. */
static int send_all(int fd, const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, buf, n, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            return -1;
        buf += sent;
        n -= (size_t)sent;
    }
    return 0;
}

/* Sends back in capitals what the client sends, until it ends its side or is
 * gone. */
static void serve(int fd)
{
    char buf[4096];
    ssize_t n;

    while ((n = recv(fd, buf, sizeof buf, 0)) != 0) {
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1) {
            warn("recv");
            return;
        }
        make_upper(buf, (size_t)n);
        if (send_all(fd, buf, (size_t)n) == -1) {
            warn("send");
            return;
        }
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH|@NAME\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line goes out when it is whole */

    int lfd = open_door(argv[1]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1) {
            outlast(errno);
            continue;
        }
        print_caller(fd);
        serve(fd);
        close(fd);
    }
}
