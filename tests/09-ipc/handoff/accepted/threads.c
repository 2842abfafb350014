/* handoff, accepted: a thread for each sender and each caller; the flags of the
 * connection stay as they are, poll() waits; read() and write(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
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

/* Hands a caller over, whatever becomes of it, and keeps nothing. */
static void hand_over(const char *path, int fd)
{
    int sfd = call_path(path);
    size_t room = CMSG_SPACE(sizeof fd);
    struct cmsghdr *c = calloc(1, room);
    char byte = 0; /* a byte like any other */
    struct iovec part = {&byte, 1};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = c,
                         .msg_controllen = CMSG_LEN(sizeof fd)};
    ssize_t n = -1;

    if (c == NULL)
        err(1, "calloc");
    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd),
                          .cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    while (sfd != -1 && (n = sendmsg(sfd, &msg, 0)) == -1 && errno == EINTR)
        ;
    if (n == -1)
        warn("a caller could not be handed to %s", path);
    free(c);
    close(fd);
    if (sfd != -1)
        close(sfd);
}

/* One descriptor that came alone with one byte, or -1 and a sentence. */
static int fetch(int sfd, int flags)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(253 * sizeof(int))];
    } *u = malloc(sizeof *u);
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = u,
                         .msg_controllen = sizeof *u};
    int fds[256], found = 0;
    ssize_t n;

    if (u == NULL) {
        warn("malloc");
        return -1;
    }
    while ((n = recvmsg(sfd, &msg, MSG_CMSG_CLOEXEC | flags)) == -1 &&
           errno == EINTR)
        ;
    if (n == -1) {
        warn("a sender is gone");
        free(u);
        return errno == EAGAIN ? -2 : -1;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL;
         c = CMSG_NXTHDR(&msg, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            size_t many = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds + found, CMSG_DATA(c), many * sizeof(int));
            found += (int)many;
        }
    free(u);
    if (n == 1 && found == 1 && !(msg.msg_flags & MSG_CTRUNC))
        return fds[0];
    for (int i = found; i-- > 0;)
        close(fds[i]);
    if (n == 1)
        warnx("a message with %d descriptors%s was refused", found,
              msg.msg_flags & MSG_CTRUNC ? " and more" : "");
    return -1;
}

static void upper(char *p, ssize_t n)
{
    for (; n > 0; n--, p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
}

static const char *path;
static bool hands_over;

static void wait_for(int fd, short what)
{
    struct pollfd p = {fd, what, 0};
    poll(&p, 1, -1);
}

static void serve_client(int fd)
{
    char buf[333];
    ssize_t n = sprintf(buf, "PID %d\n", getpid());

    for (;;) {
        for (ssize_t done = 0; done < n;) {
            ssize_t k = write(fd, buf + done, (size_t)(n - done));
            if (k >= 0)
                done += k;
            else if (errno == EAGAIN)
                wait_for(fd, POLLOUT);
            else if (errno != EINTR) {
                warn("write");
                return;
            }
        }
        n = read(fd, buf, sizeof buf);
        if (n == 0)
            return;
        if (n == -1 && errno == EAGAIN)
            wait_for(fd, POLLIN);
        else if (n == -1 && errno != EINTR) {
            warn("read");
            return;
        }
        upper(buf, n);
    }
}

static void *run(void *arg)
{
    int fd = (int)(long)arg;

    if (hands_over) {
        hand_over(path, fd);
        return NULL;
    }
    int cfd = fetch(fd, 0);
    close(fd);
    if (cfd >= 0) {
        serve_client(cfd);
        close(cfd);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    bool sends = argc == 5 && strcmp(argv[1], "send") == 0;

    if (!sends && (argc != 3 || strcmp(argv[1], "serve") != 0)) {
        fprintf(
            stderr,
            "usage: handoff send PATH HOST PORT\n       handoff serve PATH\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (sends && !is_port(argv[4]))
        errx(1, "%s: no port", argv[4]);

    path = argv[2];
    hands_over = sends;
    int lfd = sends ? open_door(argv[3], argv[4]) : open_path(path);
    for (;;) {
        pthread_t t;
        int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1) {
            if (errno != EINTR && errno != ECONNABORTED) {
                warn("accept");
                nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
            }
            continue;
        }
        int rc = pthread_create(&t, NULL, run, (void *)(long)fd);
        if (rc != 0) {
            warnx("pthread_create: %s", strerror(rc));
            close(fd);
        } else
            pthread_detach(t);
    }
}
