/* handoff: a connection that another process goes on serving
 *
 *     handoff send PATH HOST PORT
 *     handoff serve PATH
 *
 * `send` takes callers from the network and keeps none of them.  It listens
 * at the first address of HOST that it can bind, and prints where:
 *
 *     listening on 127.0.0.1:40001
 *
 * Then, for ever, it takes the next caller and hands it over: it connects to
 * PATH (AF_UNIX, SOCK_STREAM), sends one byte, whatever it is, and with it the
 * caller's descriptor (SCM_RIGHTS), and closes both, its own descriptor of the
 * caller as well.  It neither waits for the caller to speak nor receives
 * anything from it, and hands the connection over as accept() has given it: its
 * flags are the server's, too.  When a caller cannot be handed over, because
 * nobody listens at PATH, or hangs up, or for any other reason, it tells that
 * on stderr in one sentence with the reason, closes the caller's connection and
 * takes the next one, who may be luckier.
 *
 * `serve` listens at PATH and prints
 *
 *     listening on PATH
 *
 * Then, for ever, it takes a connection from PATH, receives from it one byte
 * with one descriptor (what may follow them is not received), closes it, and
 * then serves the client behind the descriptor: it greets it with a line that
 * has the process id of who serves it, be it a child of its own,
 *
 *     PID 4711
 *
 * and sends back all that the client sends, a to z as A to Z, at once, until
 * the client ends its side; then it closes the connection.  The client notices
 * nothing: what it said before it was handed over is answered as well.  The
 * connection may come with O_NONBLOCK set; it is served all the same, and
 * asleep while it is silent.  One client may be served after the other.
 *
 * A message without a descriptor, with more than one, or with more than there
 * was room for (MSG_CTRUNC) is refused: each descriptor that came with it is
 * closed, and so is the connection from PATH; that is told on stderr in one
 * sentence.  A sender that leaves without a message, which may be told, and a
 * client that is gone or resets its connection, hurt nobody else; nor does a
 * descriptor that cannot be served.  What was received is close-on-exec.  When
 * nobody is served, no descriptor is left but those that were there at the
 * beginning, and children that have ended do not pile up.
 *
 * PATH has at most 107 bytes.  One at which nobody listens any more is
 * replaced; where somebody does, or where there is something else, it says so
 * and exits 1.  HOST and PORT are those of announce.  EINTR from any call is
 * retried.  With other arguments it prints its usage to stderr and exits 2.
 *
 * Read chapters/09-ipc.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
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
    int lfd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (lfd == -1)
        err(1, "socket");
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
    /* TODO 1: a struct msghdr with one byte and one control message of the
     * type SCM_RIGHTS, in which stands fd; then sendmsg(). */
    return send(sfd, &fd, sizeof fd, MSG_NOSIGNAL) == -1 ? -1 : 0;
    /* END 1 */
}

/* Hands a caller over to the server at path. */
static void hand_over(const char *path, int fd)
{
    /* TODO 2: call, send, tell what has failed, and keep nothing. */
    int sfd = call_path(path);

    if (sfd == -1 || send_descriptor(sfd, fd) == -1)
        warn("%s", path);
    /* END 2 */
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
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    int fd = -1;

    /* TODO 3: recvmsg(), with MSG_CMSG_CLOEXEC.  Then look at what has really
     * come: descriptors are open from that moment on, whether anybody looks at
     * them or not. */
    if (recvmsg(sfd, &message, 0) == -1)
        warn("recvmsg");
    else if (CMSG_FIRSTHDR(&message) != NULL)
        take_descriptors(CMSG_FIRSTHDR(&message), &fd);
    return fd;
    /* END 3 */
}

/* From now on calls on fd wait, whatever they did in the process that it came
 * from. */
static void make_blocking(int fd)
{
    /* TODO 4: the flags came along with the open file description. */
    (void)fd;
    /* END 4 */
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
        /* TODO 5: receive from this sender, and let it go; serve the client,
         * and keep nothing. */
        int cfd = receive_descriptor(fd);
        if (cfd == -1)
            continue;
        make_blocking(cfd);
        serve_client(cfd);
        /* END 5 */
    }
}
