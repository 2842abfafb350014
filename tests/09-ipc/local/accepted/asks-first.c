/* local, which asks before it binds, gives the mode to the socket and not to
 * the umask, and has a thread that waits for the signals. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un un = {.sun_family = AF_UNIX};
static struct stat own;
static socklen_t len;
static sigset_t ends;

static void *wait_for_the_end(void *file)
{
    struct stat now;
    int sig;

    while (sigwait(&ends, &sig) != 0)
        continue;
    if (file != NULL && stat(file, &now) == 0 && now.st_ino == own.st_ino &&
        now.st_dev == own.st_dev && unlink(file) == -1)
        _exit(1);
    _exit(0);
}

/* NULL: the path is free by now. */
static const char *why_not(const char *file)
{
    struct stat st;

    if (lstat(file, &st) == -1)
        return errno == ENOENT ? NULL : strerror(errno);
    if (!S_ISSOCK(st.st_mode))
        return "no socket";
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    int rc = connect(fd, (struct sockaddr *)&un, len), error = errno;
    close(fd);
    if (rc == -1 && error == ECONNREFUSED)
        return unlink(file) == 0 ? NULL : strerror(errno);
    return rc == 0 ? "in use" : strerror(error);
}

static void set_address(const char *where)
{
    size_t n = strlen(where);
    int abstract = where[0] == '@';

    if (n < (abstract ? 2 : 1) || n > (abstract ? 108 : 107))
        errx(1, "wants 1 to 107 bytes, not %zu", n - (size_t)abstract);
    memcpy(un.sun_path, where, n);
    if (abstract)
        un.sun_path[0] = 0;
    len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + !abstract);
}

static int get_ready(char *where)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const char *reason = where[0] == '@' ? NULL : why_not(where);

    if (reason != NULL)
        errx(1, "%s: %s", where, reason);
    if (fd == -1 || fchmod(fd, S_IRUSR | S_IWUSR) == -1)
        err(1, "socket");
    if (bind(fd, (struct sockaddr *)&un, len) == -1)
        err(1, "%s", where);
    if (where[0] != '@' && stat(where, &own) == -1)
        err(1, "%s", where);
    if (listen(fd, 64) == -1)
        err(1, "%s", where);
    return fd;
}

static void talk_to(FILE *out, int fd)
{
    unsigned char bytes[16384];
    struct ucred c = {0};
    ssize_t n, k;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &(socklen_t){sizeof c}))
        return;
    fprintf(out, "caller uid %u pid %d\n", c.uid, c.pid);
    fflush(out);
    for (;;) {
        n = read(fd, bytes, sizeof bytes);
        if (n == 0 || (n == -1 && errno != EINTR))
            return;
        for (ssize_t i = 0; i < n; i++)
            if (bytes[i] >= 'a' && bytes[i] <= 'z')
                bytes[i] ^= 0x20;
        for (unsigned char *p = bytes; n > 0; p += k, n -= k)
            if ((k = write(fd, p, (size_t)n)) == -1) {
                if (errno != EINTR)
                    return;
                k = 0;
            }
    }
}

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc != 2)
        return fprintf(stderr, "which path, or @name?\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    set_address(argv[1]);
    int lfd = get_ready(argv[1]);
    errno = pthread_create(&thread, NULL, wait_for_the_end,
                           argv[1][0] == '@' ? NULL : argv[1]);
    if (errno != 0)
        err(1, "pthread_create");
    fprintf(stdout, "listening on %s\n", argv[1]);
    fflush(stdout);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1) {
            if (errno != EINTR && errno != ECONNABORTED)
                usleep(5000);
            continue;
        }
        talk_to(stdout, fd);
        close(fd);
    }
}
