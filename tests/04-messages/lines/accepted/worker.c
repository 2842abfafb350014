/* lines by a second thread that serves: poll() and MSG_DONTWAIT, one buffer
 * that is moved, memchr(), and sendmsg() of three parts. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Makes a socket that listens at one address.  Returns -1 with errno set when
 * it cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int lfd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (lfd == -1)
        return -1;
    if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
        bind(lfd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(lfd, SOMAXCONN) == -1) {
        int saved = errno;
        close(lfd);
        errno = saved;
        return -1;
    }
    return lfd;
}

/* Prints where a socket listens, an IPv6 address in brackets. */
static void print_address(int lfd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    int rc = getnameinfo((const struct sockaddr *)&ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    if (ss.ss_family == AF_INET6)
        printf("listening on [%s]:%s\n", addr, port);
    else
        printf("listening on %s:%s\n", addr, port);
}

/* Listens at the first address of host that can be bound, and prints where.
 * Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    int lfd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s", host);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && lfd == -1; ai = ai->ai_next)
        lfd = listen_at(ai);
    if (lfd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    print_address(lfd);
    return lfd;
}

static int take_client(int lfd)
{
    const struct timespec a_little = {.tv_nsec = 50 * 1000 * 1000};

    for (;;) {
        int cfd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
        if (cfd != -1)
            return cfd;
        int e = errno;
        if (e == EINTR)
            continue;
        if (e == EBADF || e == EINVAL || e == ENOTSOCK)
            err(1, "accept4");
        warn("accept4");
        if (e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM)
            nanosleep(&a_little, NULL);
    }
}

enum {
    LIMIT = 1024
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int current = -1;

static void wait_for(int fd, short what)
{
    struct pollfd p = {.fd = fd, .events = what};

    while (poll(&p, 1, -1) == -1 && (errno == EINTR || errno == EAGAIN))
        ;
}

static int send_parts(int fd, struct iovec *v, size_t count)
{
    while (count > 0) {
        struct msghdr m = {.msg_iov = v, .msg_iovlen = count};
        ssize_t k = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k == -1 && errno == EAGAIN)
            wait_for(fd, POLLOUT);
        if (k == -1 && errno != EAGAIN && errno != EINTR)
            return -1;
        size_t left = k == -1 ? 0 : (size_t)k;
        while (count > 0 && left >= v->iov_len) {
            if (k == -1)
                break;
            left -= v->iov_len;
            v++;
            count--;
        }
        if (count > 0) {
            v->iov_base = (char *)v->iov_base + left;
            v->iov_len -= left;
        }
    }
    return 0;
}

static void serve(int fd)
{
    char buf[LIMIT + 1], *nl; /* a longest line and its newline */
    size_t n = 0;
    bool skip = false;
    unsigned long number = 1;

    for (;;) {
        ssize_t got = recv(fd, buf + n, sizeof buf - n, MSG_DONTWAIT);
        if (got == -1 && errno == EAGAIN)
            wait_for(fd, POLLIN);
        if (got == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got == -1)
            warn("recv");
        if (got <= 0)
            return;
        n += (size_t)got;
        while ((nl = memchr(buf, '\n', n)) != NULL) {
            size_t line = (size_t)(nl - buf);
            char digits[24];
            struct iovec v[3] = {
                {digits, (size_t)sprintf(digits, "%lu ", number)},
                {buf, line},
                {(char[]){"\n"}, 1}};
            struct iovec bad[1] = {{(char[]){"too long\n"}, 9}};
            if ((skip ? send_parts(fd, bad, 1) : send_parts(fd, v, 3)) == -1) {
                warn("sendmsg");
                return;
            }
            skip = false;
            number++;
            n -= line + 1;
            memmove(buf, nl + 1, n);
        }
        if (skip || n == sizeof buf) {
            skip = true;
            n = 0;
        }
    }
}

static void *worker(void *arg)
{
    pthread_mutex_lock(&lock);
    for (;;) {
        while (current == -1)
            pthread_cond_wait(&changed, &lock);
        int fd = current;
        pthread_mutex_unlock(&lock);
        serve(fd);
        close(fd);
        pthread_mutex_lock(&lock);
        current = -1;
        pthread_cond_signal(&changed);
    }
    return arg;
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int lfd = open_door(argv[1], argv[2]);
    pthread_t t;
    int rc = pthread_create(&t, NULL, worker, NULL);
    if (rc != 0)
        errx(1, "pthread_create: %s", strerror(rc));
    for (;;) {
        int cfd = take_client(lfd);
        pthread_mutex_lock(&lock);
        current = cfd;
        pthread_cond_signal(&changed);
        while (current != -1)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
}
