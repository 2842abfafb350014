/* handoff with a process for each caller, and one for each client: the parent
 * receives the descriptor, its child has it by fork() and greets with its own
 * number. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static const char *path;

static int path_socket(int (*join)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int rc, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (snprintf(un.sun_path, sizeof un.sun_path, "%s", path) >=
        (int)sizeof un.sun_path)
        errx(1, "%s: too long", path);
    while ((rc = join(fd, (struct sockaddr *)&un, sizeof un)) == -1 &&
           errno == EINTR)
        continue;
    if (rc == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int listen_at_path(void)
{
    struct stat st;
    int fd = path_socket(bind);

    if (fd == -1 && errno == EADDRINUSE && path_socket(connect) == -1 &&
        errno == ECONNREFUSED && lstat(path, &st) == 0 &&
        S_ISSOCK(st.st_mode) && unlink(path) == 0)
        fd = path_socket(bind);
    if (fd == -1 || listen(fd, 64) == -1)
        err(1, "%s", path);
    printf("listening on %s\n", path);
    return fd;
}

static int listen_at(const char *host, const char *port)
{
    char a[NI_MAXHOST], p[NI_MAXSERV];
    struct sockaddr_storage ss;
    socklen_t n = sizeof ss;
    int yes = 1, fd = -1;
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
    int rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
            listen(fd, 64) == -1) {
            rc = errno;
            close(fd);
            fd = -1;
        }
    }
    errno = rc;
    if (fd == -1)
        err(1, "%s %s", host, port);
    freeaddrinfo(list);
    getsockname(fd, (struct sockaddr *)&ss, &n);
    getnameinfo((struct sockaddr *)&ss, n, a, sizeof a, p, sizeof p,
                NI_NUMERICHOST | NI_NUMERICSERV);
    printf(strchr(a, ':') ? "listening on [%s]:%s\n" : "listening on %s:%s\n",
           a, p);
    return fd;
}

/* Two bytes of text in two pieces would be legal, too; one it is. */
static void send_caller(int caller)
{
    char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(sizeof(long)))) =
        "";
    struct iovec piece = {&(char){'h'}, 1};
    struct msghdr m = {NULL, 0, &piece, 1, room, CMSG_LEN(sizeof(int)), 0};
    int fd = path_socket(connect);

    if (fd == -1)
        err(1, "%s", path);
    *CMSG_FIRSTHDR(&m) =
        (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &caller, sizeof caller);
    while (sendmsg(fd, &m, MSG_NOSIGNAL | MSG_EOR) == -1)
        if (errno != EINTR)
            err(1, "%s", path);
}

/* Room for all that the kernel may bring, so that each of them is known. */
static int receive_client(int fd)
{
    char room[CMSG_SPACE(253 * sizeof(int))]
        __attribute__((aligned(sizeof(long))));
    char bytes[16];
    struct iovec piece = {bytes, sizeof bytes};
    struct msghdr m = {NULL, 0, &piece, 1, room, sizeof room, 0};
    ssize_t n;

    while ((n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC)) == -1 && errno == EINTR)
        continue;
    struct cmsghdr *c = n == 1 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c == NULL) {
        warnx("no descriptor has come");
        return -1;
    }
    int *fds = (int *)(void *)CMSG_DATA(c);
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
    if (count == 1 && !(m.msg_flags & MSG_CTRUNC))
        return *fds;
    warnx("one descriptor was to come, and not %zu", count);
    while (count > 0)
        close(fds[--count]);
    return -1;
}

static void make_upper(char *p, ssize_t n)
{
    for (; n > 0; n--, p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p & ~0x20 : *p);
}

static _Noreturn void serve(int fd)
{
    char buf[1000];
    ssize_t n, k;

    fcntl(fd, F_SETFL, 0);
    n = sprintf(buf, "PID %ld\n", (long)getpid());
    do {
        for (char *p = buf; n > 0; p += k, n -= k)
            while ((k = write(fd, p, (size_t)n)) == -1)
                if (errno != EINTR)
                    _exit(1);
        while ((n = read(fd, buf, sizeof buf)) == -1 && errno == EINTR)
            continue;
        make_upper(buf, n);
    } while (n > 0);
    _exit(0);
}

int main(int argc, char *argv[])
{
    int is_sender = argc == 5 && !strcmp(argv[1], "send");

    if (!is_sender && (argc != 3 || strcmp(argv[1], "serve"))) {
        fputs("usage: handoff serve PATH | send PATH HOST PORT\n", stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
    path = argv[2];
    int lfd = is_sender ? listen_at(argv[3], argv[4]) : listen_at_path();
    for (;;) {
        int client, fd = accept(lfd, NULL, NULL);
        if (fd == -1)
            continue;
        if (is_sender) {
            if (fork() == 0) {
                send_caller(fd);
                _exit(0);
            }
        } else {
            if ((client = receive_client(fd)) != -1 && fork() == 0) {
                close(fd);
                serve(client);
            }
            close(client);
        }
        close(fd);
    }
}
