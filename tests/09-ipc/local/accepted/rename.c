/* local, which binds its socket in a directory of its own, gives it its mode,
 * listens, and links it to its path when it works: link() fails where anything
 * is.  Whether somebody is there it asks by a datagram socket: EPROTOTYPE says
 * that a stream has the path, ECONNREFUSED that nobody has.  poll() and a
 * signalfd; clients are served one after the other without ever blocking. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *path;
static char nest[] = "./.local-XXXXXX"; /* beside it */
static int stop;                        /* the signalfd */
static ino_t mine;

__attribute__((format(printf, 1, 2))) static _Noreturn void
fail(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static _Noreturn void end(void)
{
    struct stat st;

    if (path != NULL && lstat(path, &st) == 0 && st.st_ino == mine)
        unlink(path);
    exit(0);
}

/* Waits for one of the events; ends the program when it is to end. */
static void await(int fd, short events)
{
    struct pollfd p[] = {{.fd = fd, .events = events},
                         {.fd = stop, .events = POLLIN}};

    while (poll(p, 2, -1) <= 0)
        continue;
    if (p[1].revents != 0)
        end();
}

static socklen_t fill(struct sockaddr_un *un, const char *bytes, size_t n)
{
    memset(un, 0, sizeof *un);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, bytes, n);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

static bool is_deserted(const char *where)
{
    struct sockaddr_un un;
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    socklen_t len = fill(&un, where, strlen(where) + 1);

    if (lstat(where, &st) == -1 || (st.st_mode & S_IFMT) != S_IFSOCK)
        return false;
    bool deserted =
        connect(fd, (struct sockaddr *)&un, len) == -1 && errno == ECONNREFUSED;
    close(fd);
    return deserted;
}

/* An inode number that has a name in `nest`, from where it is linked. */
static void listen_at(int lfd, const char *where)
{
    struct sockaddr_un un;
    char inner[sizeof nest + 2];
    struct stat st;
    socklen_t len;

    if (mkdtemp(nest) == NULL)
        fail("%s: %s", nest, strerror(errno));
    snprintf(inner, sizeof inner, "%s/s", nest);
    len = fill(&un, inner, strlen(inner) + 1);
    bool ok = fchmod(lfd, 0600) == 0 &&
              bind(lfd, (struct sockaddr *)&un, len) == 0 &&
              listen(lfd, 100) == 0 && lstat(inner, &st) == 0;
    if (ok && link(inner, where) == -1) {
        ok = errno == EEXIST && is_deserted(where) && unlink(where) == 0 &&
             link(inner, where) == 0;
        errno = ok ? 0 : errno == ENOENT ? ENOENT : EADDRINUSE;
    }
    int error = errno;
    unlink(inner);
    rmdir(nest);
    if (!ok)
        fail("%s: %s", where, strerror(error));
    mine = st.st_ino;
    path = where;
}

static void name_it(int lfd, const char *name)
{
    struct sockaddr_un un;
    socklen_t len = fill(&un, name, strlen(name));

    un.sun_path[0] = '\0';
    if (bind(lfd, (struct sockaddr *)&un, len) == -1 || listen(lfd, 100) == -1)
        fail("%s: %s", name, strerror(errno));
}

static void serve(int fd)
{
    char buf[3000];
    ssize_t n;

    while ((n = recv(fd, buf, sizeof buf, MSG_DONTWAIT)) != 0) {
        if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
            await(fd, POLLIN);
            continue;
        }
        if (n == -1)
            return;
        for (ssize_t i = 0; i < n; i++)
            buf[i] =
                (char)(buf[i] >= 'a' && buf[i] <= 'z' ? buf[i] & ~32 : buf[i]);
        for (ssize_t at = 0, k; at<n; at += k> 0 ? k : 0) {
            k = send(fd, buf + at, (size_t)(n - at),
                     MSG_DONTWAIT | MSG_NOSIGNAL);
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                return;
            if (k == -1)
                await(fd, POLLOUT);
        }
    }
}

static void welcome(int fd)
{
    struct ucred who;
    socklen_t len = sizeof who;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0)
        printf("caller uid %lu pid %ld\n", (unsigned long)who.uid,
               (long)who.pid);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    sigset_t set;

    if (argc != 2)
        return fputs("usage: local PATH|@NAME\n", stderr), 2;
    const char *where = argv[1];
    bool named = *where == '@';
    if (strlen(where) - (named ? 1 : 0) > 107 || where[named ? 1 : 0] == '\0')
        fail("%.10s...: a path or a name has 1 to 107 bytes", where);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    stop = signalfd(-1, &set, SFD_CLOEXEC);
    int lfd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (named)
        name_it(lfd, where);
    else
        listen_at(lfd, where);
    printf("listening on %s\n", where);
    fflush(stdout);
    for (;;) {
        await(lfd, POLLIN);
        int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1 && (errno == EMFILE || errno == ENFILE ||
                         errno == ENOBUFS || errno == ENOMEM))
            poll(NULL, 0, 20);
        if (fd == -1)
            continue;
        welcome(fd);
        serve(fd);
        close(fd);
    }
}
