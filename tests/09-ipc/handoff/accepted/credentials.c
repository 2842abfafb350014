/* handoff, accepted: sendmmsg() and recvmmsg(), with SO_PASSCRED, so that there
 * are two control messages; ioctl() makes it wait. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Listens at the first address of host that can be bound, and prints where.
 * Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    char addr[NI_MAXHOST], service[NI_MAXSERV];
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int yes = 1, lfd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        lfd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (lfd != -1 &&
            setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
            bind(lfd, ai->ai_addr, ai->ai_addrlen) == 0 &&
            listen(lfd, SOMAXCONN) == 0)
            break;
        if (ai->ai_next == NULL)
            err(1, "%s port %s", host, port);
        close(lfd);
    }
    freeaddrinfo(list);
    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    rc = getnameinfo((struct sockaddr *)&ss, len, addr, sizeof addr, service,
                     sizeof service, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    bool is_v6 = ss.ss_family == AF_INET6;
    printf("listening on %s%s%s:%s\n", is_v6 ? "[" : "", addr, is_v6 ? "]" : "",
           service);
    return lfd;
}

/* The address that is called by a path.  Ends the program when it is too
 * long. */
static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof un.sun_path)
        errx(1, "%s: a path has at most %zu bytes", path,
             sizeof un.sun_path - 1);
    memcpy(un.sun_path, path, strlen(path));
    return un;
}

/* Connects to a path.  Returns -1 with errno set when it cannot. */
static int call_path(const char *path)
{
    struct sockaddr_un un = address_of(path);
    int rc, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1)
        return -1;
    do
        rc = connect(fd, (struct sockaddr *)&un, sizeof un);
    while (rc == -1 && errno == EINTR);
    if (rc == -1) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Listens at a path, and says so; as in local, a path that nobody listens at
 * any more is replaced.  Ends the program when it cannot. */
static int open_path(const char *path)
{
    struct sockaddr_un un = address_of(path);
    int yes = 1, lfd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (lfd == -1)
        err(1, "socket");
    setsockopt(lfd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
    int rc = bind(lfd, (struct sockaddr *)&un, sizeof un);
    if (rc == -1 && errno == EADDRINUSE) {
        int fd = call_path(path);
        if (fd != -1)
            errx(1, "%s: somebody listens there", path);
        struct stat st;
        if (errno != ECONNREFUSED || stat(path, &st) == -1 ||
            !S_ISSOCK(st.st_mode) || unlink(path) == -1)
            errx(1, "%s: there is something already", path);
        rc = bind(lfd, (struct sockaddr *)&un, sizeof un);
    }
    if (rc == -1 || listen(lfd, SOMAXCONN) == -1)
        err(1, "%s", path);
    printf("listening on %s\n", path);
    return lfd;
}

/* Takes the next caller, whatever happens to others before. */
static int take_caller(int lfd)
{
    struct timespec a_little = {.tv_nsec = 10 * 1000 * 1000};
    int fd;

    while ((fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC)) == -1) {
        if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
            err(1, "accept"); /* a mistake in this program */
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        warn("accept");
        nanosleep(&a_little, NULL);
    }
    return fd;
}

/* Sends a descriptor to the process at the other end of sfd, with one byte.
 * Returns -1 with errno set when it cannot. */
static int send_descriptor(int sfd, int fd)
{
    char byte = '!';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    ssize_t n;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    do
        n = sendmmsg(sfd, &(struct mmsghdr){.msg_hdr = msg}, 1, MSG_NOSIGNAL);
    while (n == -1 && errno == EINTR);
    return n == -1 ? -1 : 0;
}

/* Hands a caller over to the server at path. */
static void hand_over(const char *path, int fd)
{
    int sfd = call_path(path);

    if (sfd == -1 || send_descriptor(sfd, fd) == -1)
        warn("%s", path);
    if (sfd != -1)
        close(sfd);
    close(fd);
}

/* Takes the descriptors of one control message: the first of all goes to *fd,
 * which is -1 until then, and the others are closed.  Returns how many there
 * were. */
static size_t take_descriptors(struct cmsghdr *c, int *fd)
{
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    int one;

    for (size_t i = 0; i < n; i++) {
        memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
        if (*fd == -1)
            *fd = one;
        else
            close(one);
    }
    return n;
}

/* Receives the one byte of a sender, and the one descriptor that comes with
 * it.  Returns -1 when something else came, having said so. */
static int receive_descriptor(int sfd)
{
    char byte;
    struct iovec piece = {&byte, 1};
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    int fd = -1;

    struct mmsghdr several = {.msg_hdr = message};
    ssize_t got;
    size_t count = 0;

    do
        got = recvmmsg(sfd, &several, 1, MSG_CMSG_CLOEXEC, NULL);
    while (got == -1 && errno == EINTR);
    message = several.msg_hdr;
    if (got != -1)
        got = several.msg_len;
    if (got == -1) {
        warn("recvmsg");
        return -1;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL;
         c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            count += take_descriptors(c, &fd);
    if (got == 1 && count == 1 && (message.msg_flags & MSG_CTRUNC) == 0)
        return fd;
    if (fd != -1)
        close(fd);
    if (got == 0)
        warnx("the sender left without a message");
    else
        warnx("refused: %zu descriptors came%s", count,
              message.msg_flags & MSG_CTRUNC ? ", and more than fit" : "");
    return -1;
}

/* From now on calls on fd wait, whatever they did in the process that it came
 * from. */
static void make_blocking(int fd)
{
    int no = 0;

    if (ioctl(fd, FIONBIO, &no) == -1)
        warn("ioctl");
}

/* Sends all n bytes.  Returns -1 with errno set when it cannot. */
static int send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            return -1;
        bytes += sent;
        n -= (size_t)sent;
    }
    return 0;
}

/* Greets a client, and sends back in capitals what it sends, until it ends its
 * side or is gone. */
static void serve_client(int fd)
{
    char buf[4096];
    ssize_t n = snprintf(buf, sizeof buf, "PID %d\n", (int)getpid());

    while (n > 0) {
        if (send_all(fd, buf, (size_t)n) == -1) {
            warn("send");
            return;
        }
        do
            n = recv(fd, buf, sizeof buf, 0);
        while (n == -1 && errno == EINTR);
        for (ssize_t i = 0; i < n; i++)
            if (buf[i] >= 'a' && buf[i] <= 'z')
                buf[i] = (char)(buf[i] - 'a' + 'A');
    }
    if (n == -1)
        warn("recv");
}

int main(int argc, char *argv[])
{
    bool sends = argc == 5 && strcmp(argv[1], "send") == 0;

    if (!sends && (argc != 3 || strcmp(argv[1], "serve") != 0)) {
        fprintf(stderr, "usage: %s send PATH HOST PORT | serve PATH\n",
                argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line goes out when it is whole */
    if (sends && !is_port(argv[4]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[4]);

    int lfd = sends ? open_door(argv[3], argv[4]) : open_path(argv[2]);
    for (;;) {
        int fd = take_caller(lfd);
        if (sends) {
            hand_over(argv[2], fd);
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int));
        int cfd = receive_descriptor(fd);
        close(fd);
        if (cfd == -1)
            continue;
        make_blocking(cfd);
        serve_client(cfd);
        close(cfd);
    }
}
