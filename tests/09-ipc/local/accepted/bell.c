/* local, accepted: fchmod() before bind(), a seqpacket asks; a handler writes
 * into a pipe, and poll() waits for that and the client. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int bell[2];
static const char *where;
static struct stat own;

static void ring(int sig)
{
    int before = errno;
    char byte = (char)sig;
    while (write(bell[1], &byte, 1) == -1 && errno == EINTR)
        ;
    errno = before;
}

static int finish(void)
{
    struct stat st;

    if (where[0] != '@' && lstat(where, &st) == 0 && st.st_ino == own.st_ino &&
        st.st_dev == own.st_dev)
        unlink(where);
    return 0;
}

/* Returns whether the bell has rung; else fd is ready. */
static int rung(int fd, short events)
{
    struct pollfd p[2] = {{.fd = bell[0], .events = POLLIN},
                          {.fd = fd, .events = events}};
    while (poll(p, 2, -1) == -1)
        if (errno != EINTR)
            err(1, "poll");
    return p[0].revents != 0;
}

static int serve(int fd)
{
    char buf[2048], *at = buf;
    ssize_t n = 0;

    for (;;) {
        if (rung(fd, n > 0 ? POLLOUT : POLLIN))
            return 1;
        if (n == 0) {
            n = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
            if (n == 0)
                return 0;
            at = buf;
            for (ssize_t i = 0; i < n; i++)
                if (buf[i] >= 'a' && buf[i] <= 'z')
                    buf[i] = (char)(buf[i] - 32);
            if (n > 0)
                continue;
            n = 0;
        } else {
            ssize_t did = send(fd, at, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (did > 0) {
                at += did;
                n -= did;
                continue;
            }
        }
        if (errno != EAGAIN && errno != EINTR) {
            warn("client");
            return 0;
        }
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sigaction sa = {.sa_handler = ring, .sa_flags = SA_RESTART};
    struct ucred c;
    struct stat st;

    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH|@NAME\n", argv[0]);
        return 2;
    }
    where = argv[1];
    size_t n = strlen(where);
    if (n < 1 + (where[0] == '@'))
        errx(1, "nothing given");
    if (n - (where[0] == '@') > 107)
        errx(1, "107 bytes at most");
    memcpy(un.sun_path, where, n);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    if (where[0] == '@')
        un.sun_path[0] = 0;
    else
        len = sizeof un;
    if (pipe2(bell, O_CLOEXEC | O_NONBLOCK) == -1)
        err(1, "pipe2");
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGINT, &sa, NULL);
    int lfd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (lfd == -1)
        err(1, "socket");
    fchmod(lfd, 0600);
    for (int tries = 0; bind(lfd, (struct sockaddr *)&un, len) == -1;) {
        if (errno == EINTR)
            continue;
        if (errno != EADDRINUSE || where[0] == '@' || tries++ > 0)
            err(1, "%s", where);
        if (lstat(where, &st) == -1)
            err(1, "%s", where);
        if (!S_ISSOCK(st.st_mode))
            errx(1, "%s: no socket", where);
        int q = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
        if (q == -1)
            err(1, "socket");
        int rc;
        while ((rc = connect(q, (struct sockaddr *)&un, len)) == -1 &&
               errno == EINTR)
            ;
        if (rc == 0 || errno != ECONNREFUSED)
            errx(1, "%s: taken, or not to be told", where);
        close(q);
        if (unlink(where) == -1)
            err(1, "unlink");
    }
    if (where[0] != '@' && lstat(where, &own) == -1)
        err(1, "lstat");
    if (listen(lfd, 128) == -1)
        err(1, "listen");
    printf("listening on %s\n", where);
    fflush(stdout);
    for (;;) {
        if (rung(lfd, POLLIN))
            return finish();
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1) {
            if (errno == EBADF || errno == EFAULT || errno == EINVAL ||
                errno == ENOTSOCK)
                err(1, "accept");
            if (errno == EAGAIN || errno == EINTR)
                continue;
            warn("accept");
            poll(&(struct pollfd){.fd = bell[0], .events = POLLIN}, 1, 10);
            continue;
        }
        socklen_t size = sizeof c;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) == 0)
            printf("caller uid %u pid %d\n", c.uid, c.pid);
        fflush(stdout);
        int end = serve(fd);
        close(fd);
        if (end)
            return finish();
    }
}
