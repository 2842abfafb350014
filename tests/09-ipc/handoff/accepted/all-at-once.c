/* handoff with one loop around epoll: senders and clients all at once, nothing
 * waits.  recvmmsg() and sendmmsg() for one message each. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    MOST = 512
};

enum role {
    NONE,
    LISTENER,
    SENDER,
    CLIENT
};

static struct {
    enum role role;
    size_t n; /* bytes that are still to be sent */
    char bytes[2048];
} known[MOST];

static int epfd;

static void watch(int fd, enum role role, unsigned events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};
    bool is_new = known[fd].role == NONE;

    known[fd].role = role;
    if (epoll_ctl(epfd, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e) == -1)
        warn("epoll_ctl"); /* a file or the like: nobody is there */
}

static void forget(int fd)
{
    epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL);
    known[fd].role = NONE;
    known[fd].n = 0;
    close(fd);
}

static int unix_socket(const char *path, struct sockaddr_un *un)
{
    *un = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) > 107)
        errx(1, "%s: at most 107 bytes", path);
    strcpy(un->sun_path, path);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int open_path(const char *path)
{
    struct sockaddr_un un;
    struct stat st;
    int fd = unix_socket(path, &un);

    if (bind(fd, (void *)&un, sizeof un) == -1) {
        int try = unix_socket(path, &un);
        if (connect(try, (void *)&un, sizeof un) == 0 ||
            errno != ECONNREFUSED || stat(path, &st) == -1 ||
            (st.st_mode & S_IFMT) != S_IFSOCK)
            errx(1, "%s is taken", path);
        close(try);
        unlink(path);
        if (bind(fd, (void *)&un, sizeof un) == -1)
            err(1, "%s", path);
    }
    if (listen(fd, 128) == -1)
        err(1, "%s", path);
    printf("listening on %s\n", path);
    return fd;
}

static int open_port(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int fd = -1, rc = getaddrinfo(host, port, &hints, &list);
    char a[NI_MAXHOST], p[NI_MAXSERV];
    struct sockaddr_storage ss;
    socklen_t n = sizeof ss;

    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
        if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 128) == 0)
            break;
        warn("%s", host);
        close(fd);
        fd = -1;
    }
    if (fd == -1)
        exit(1);
    getsockname(fd, (void *)&ss, &n);
    getnameinfo((void *)&ss, n, a, sizeof a, p, sizeof p,
                NI_NUMERICHOST | NI_NUMERICSERV);
    printf("listening on %s%s%s:%s\n", strchr(a, ':') ? "[" : "", a,
           strchr(a, ':') ? "]" : "", p);
    freeaddrinfo(list);
    return fd;
}

static void pass(const char *path, int fd)
{
    struct sockaddr_un un;
    union {
        long aligned;
        char room[CMSG_SPACE(sizeof fd)];
    } u = {0};
    struct iovec v = {&un, 1};
    struct mmsghdr m = {.msg_hdr = {.msg_iov = &v,
                                    .msg_iovlen = 1,
                                    .msg_control = &u,
                                    .msg_controllen = sizeof u}};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m.msg_hdr);
    int rc, sfd = unix_socket(path, &un);

    c->cmsg_len = CMSG_LEN(sizeof fd);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    rc = connect(sfd, (void *)&un, sizeof un);
    while (rc == 0 && (rc = sendmmsg(sfd, &m, 1, MSG_NOSIGNAL)) == -1 &&
           errno == EINTR)
        rc = 0;
    if (rc == -1)
        warn("%s", path);
    close(sfd);
    close(fd);
}

static void take(int sfd)
{
    union {
        long aligned;
        char room[CMSG_LEN(sizeof(int))];
    } u;
    char byte;
    struct iovec v = {&byte, 1};
    struct mmsghdr m = {.msg_hdr = {.msg_iov = &v,
                                    .msg_iovlen = 1,
                                    .msg_control = &u,
                                    .msg_controllen = CMSG_LEN(sizeof(int))}};
    struct cmsghdr *c;
    int fd = -1, rc = recvmmsg(sfd, &m, 1, MSG_DONTWAIT, NULL);

    if (rc == -1 && (errno == EINTR || errno == EAGAIN))
        return;
    if (rc == 1 && (c = CMSG_FIRSTHDR(&m.msg_hdr)) != NULL)
        memcpy(&fd, CMSG_DATA(c), sizeof fd); /* there is room for one only */
    forget(sfd);
    if (fd == -1 || (m.msg_hdr.msg_flags & MSG_CTRUNC) != 0) {
        warnx("refused");
        if (fd != -1)
            close(fd);
        return;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    known[fd].n = (size_t)sprintf(known[fd].bytes, "PID %d\n", (int)getpid());
    watch(fd, CLIENT, EPOLLOUT);
    struct stat st;
    if (fstat(fd, &st) == -1 || !S_ISSOCK(st.st_mode))
        forget(fd);
}

static void serve(int fd)
{
    ssize_t n;

    if (known[fd].n > 0) {
        n = send(fd, known[fd].bytes, known[fd].n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n == -1 && errno != EAGAIN && errno != EINTR) {
            forget(fd);
            return;
        }
        known[fd].n -= n > 0 ? (size_t)n : 0;
        memmove(known[fd].bytes, known[fd].bytes + (n > 0 ? n : 0),
                known[fd].n);
    } else {
        n = recv(fd, known[fd].bytes, sizeof known[fd].bytes, MSG_DONTWAIT);
        if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
            forget(fd);
            return;
        }
        for (ssize_t i = 0; i < n; i++)
            if (known[fd].bytes[i] >= 'a' && known[fd].bytes[i] <= 'z')
                known[fd].bytes[i] = (char)(known[fd].bytes[i] - 32);
        known[fd].n = n > 0 ? (size_t)n : 0;
    }
    watch(fd, CLIENT, known[fd].n > 0 ? EPOLLOUT : EPOLLIN);
}

int main(int argc, char *argv[])
{
    bool is_sender = argc == 5 && strcmp(argv[1], "send") == 0;
    struct epoll_event e;

    if (!is_sender && !(argc == 3 && strcmp(argv[1], "serve") == 0)) {
        fprintf(stderr, "usage: handoff serve PATH\n"
                        "       handoff send PATH HOST PORT\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    int lfd = is_sender ? open_port(argv[3], argv[4]) : open_path(argv[2]);
    fcntl(lfd, F_SETFL, O_NONBLOCK);
    epfd = epoll_create1(EPOLL_CLOEXEC);
    watch(lfd, LISTENER, EPOLLIN);
    for (;;) {
        if (epoll_wait(epfd, &e, 1, -1) != 1)
            continue;
        int fd = e.data.fd;
        if (known[fd].role == SENDER)
            take(fd);
        else if (known[fd].role == CLIENT)
            serve(fd);
        else if ((fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC)) != -1) {
            if (is_sender)
                pass(argv[2], fd);
            else
                watch(fd, SENDER, EPOLLIN);
        }
    }
}
