/* framed by splice(): the body goes from the socket into a pipe that has room
 * for all of it, and from there to the socket; this program never sees it. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int make_listener(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *ai;
    char addr[NI_MAXHOST], serv[NI_MAXSERV];
    int yes = 1, rc = getaddrinfo(host, port, &hints, &ai);

    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd == -1 || bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(fd, 5) == -1)
        err(1, "%s:%s", host, port);
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    getsockname(fd, (struct sockaddr *)&ss, &len);
    getnameinfo((struct sockaddr *)&ss, len, addr, sizeof addr, serv,
                sizeof serv, NI_NUMERICHOST | NI_NUMERICSERV);
    printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n"
                                    : "listening on %s:%s\n",
           addr, serv);
    fflush(stdout);
    freeaddrinfo(ai);
    return fd;
}

static bool move_bytes(int from, int to, size_t n)
{
    while (n > 0) {
        ssize_t k = splice(from, NULL, to, NULL, n, SPLICE_F_MOVE);
        if (k == 0 || (k == -1 && errno != EINTR))
            return false;
        n -= k > 0 ? (size_t)k : 0;
    }
    return true;
}

static bool take_head(int fd, char head[5])
{
    for (size_t got = 0; got < 5;) {
        ssize_t k = read(fd, head + got, 5 - got);
        if (k == 0 || (k == -1 && errno != EINTR))
            return false;
        got += k > 0 ? (size_t)k : 0;
    }
    return true;
}

static bool give_head(int fd, const char head[5], bool body)
{
    for (size_t done = 0; done < 5;) {
        ssize_t k = send(fd, head + done, 5 - done,
                         MSG_NOSIGNAL | (body ? MSG_MORE : 0));
        if (k == -1 && errno != EINTR)
            return false;
        done += k > 0 ? (size_t)k : 0;
    }
    return true;
}

static bool one_frame(int fd, const int pipe_ends[2])
{
    char head[5];
    size_t n = 0;

    if (!take_head(fd, head))
        return false;
    for (int i = 0; i < 5; i++) {
        unsigned digit = (unsigned)(unsigned char)head[i] - '0';
        if (digit > 9) {
            warnx("no digit");
            return false;
        }
        n = 10 * n + digit;
    }
    if (n > 65536) {
        warnx("%zu bytes: too many", n);
        return false;
    }
    return move_bytes(fd, pipe_ends[1], n) && give_head(fd, head, n > 0) &&
           move_bytes(pipe_ends[0], fd, n);
}

/* A pipe for each client: what is left in it is nobody else's. */
static void serve(int fd)
{
    int pipe_ends[2];

    if (pipe2(pipe_ends, O_CLOEXEC) == -1) {
        warn("pipe");
        return;
    }
    if (fcntl(pipe_ends[1], F_SETPIPE_SZ, 1 << 20) == -1)
        warn("a small pipe");
    else
        while (one_frame(fd, pipe_ends))
            ;
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* splice() has no MSG_NOSIGNAL */
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1)
            continue;
        serve(fd);
        close(fd);
    }
}
