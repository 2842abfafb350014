/* lossy-ask, accepted: epoll and a timerfd on a socket that is not connected,
 * IP_RECVERR. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    TEXT = 512,
    HEAD = 18,
    TIMES = 6
};

static struct sockaddr_storage server;
static socklen_t server_len;
static int fd, timer;
static char question[HEAD + TEXT];
static size_t question_len;
static int askings, reason;
static double first, wait;

static void send_it(void)
{
    ssize_t n;

    do
        n = sendto(fd, question, question_len, 0, (struct sockaddr *)&server,
                   server_len);
    while (n == -1 && errno == EINTR);
    if (n == -1)
        reason = errno;
    long long ns = (long long)(wait * 1e9) + 1;
    struct itimerspec when = {.it_value = {ns / 1000000000, ns % 1000000000}};
    if (timerfd_settime(timer, 0, &when, NULL) == -1)
        err(1, "timerfd_settime");
    askings++;
    wait *= 2;
}

static bool is_server(const struct sockaddr_storage *from)
{
    if (from->ss_family != server.ss_family)
        return false;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *a = (const void *)from,
                                 *b = (const void *)&server;
        return a->sin_port == b->sin_port &&
               a->sin_addr.s_addr == b->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *a = (const void *)from,
                              *b = (const void *)&server;
    return a->sin6_port == b->sin6_port &&
           memcmp(&a->sin6_addr, &b->sin6_addr, 16) == 0;
}

static void put(const char *s, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, s, n);
        if (done == -1 && errno != EINTR)
            err(1, "stdout");
        if (done > 0) {
            s += done;
            n -= (size_t)done;
        }
    }
}

/* Waits for the answer to the question, and prints it. */
static void converse(int ep)
{
    reason = 0;
    askings = 0;
    wait = first;
    send_it();
    for (;;) {
        struct epoll_event ev[2];
        char buf[2000];
        int k = epoll_wait(ep, ev, 2, -1);

        if (k == -1 && errno != EINTR)
            err(1, "epoll_wait");
        for (int i = 0; i < k; i++)
            if (ev[i].data.fd == fd) {
                struct sockaddr_storage from;
                struct iovec iov = {buf, sizeof buf};
                struct msghdr m = {.msg_name = &from,
                                   .msg_namelen = sizeof from,
                                   .msg_iov = &iov,
                                   .msg_iovlen = 1};
                ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
                if (n == -1 && errno != EINTR && errno != EAGAIN)
                    reason = errno;
                struct msghdr e = {.msg_iov = NULL};
                while (n == -1 &&
                       (recvmsg(fd, &e, MSG_ERRQUEUE) != -1 || errno == EINTR))
                    ; /* as long as something is in there it is ready */
                if (n < HEAD || n > HEAD + TEXT || !is_server(&from) ||
                    buf[0] != '!' || memcmp(buf + 1, question + 1, HEAD - 1))
                    continue;
                buf[n] = '\n';
                put(buf + HEAD, (size_t)n - HEAD + 1);
                return;
            }
        for (int i = 0; i < k; i++) {
            uint64_t times;
            if (ev[i].data.fd != timer ||
                read(timer, &times, sizeof times) != sizeof times)
                continue;
            if (askings < TIMES) {
                send_it();
                continue;
            }
            if (reason != 0)
                errx(1, "no answer after %d askings: %s", TIMES,
                     strerror(reason));
            errx(1, "no answer after %d askings", TIMES);
        }
    }
}

int main(int argc, char **argv)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    const char *s = argc == 4 ? argv[3] : "0.1";
    int on = 1;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s HOST PORT [SECONDS]\n", argv[0]);
        return 2;
    }
    if (argv[2][0] == '\0' || strlen(argv[2]) > 5 ||
        argv[2][strspn(argv[2], "0123456789")] != '\0' || atoi(argv[2]) > 65535)
        errx(1, "bad port %s", argv[2]);
    size_t whole = strspn(s, "0123456789"), all = whole;
    if (s[whole] == '.')
        all += 1 + strspn(s + whole + 1, "0123456789");
    first = strtod(s, NULL);
    if (whole == 0 || s[all] != '\0' || s[all - 1] == '.' || !(first > 0) ||
        first > 60)
        errx(1, "bad number of seconds %s", s);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));
    memcpy(&server, list->ai_addr, list->ai_addrlen);
    server_len = list->ai_addrlen;
    freeaddrinfo(list);
    fd = socket(server.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (fd == -1)
        err(1, "socket");
    bool six = server.ss_family == AF_INET6;
    if (setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
                   six ? IPV6_RECVERR : IP_RECVERR, &on, sizeof on) == -1)
        err(1, "RECVERR");
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    int ep = epoll_create1(0);
    struct epoll_event a = {.events = EPOLLIN, .data.fd = fd},
                       b = {.events = EPOLLIN, .data.fd = timer};
    if (timer == -1 || ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &a) == -1 ||
        epoll_ctl(ep, EPOLL_CTL_ADD, timer, &b) == -1)
        err(1, "epoll");

    static char in[8192];
    size_t n = 0;
    for (bool is_over = false; !is_over || n > 0;) {
        char *end = memchr(in, '\n', n);
        size_t len = end != NULL ? (size_t)(end - in) : n;
        if (len > TEXT)
            errx(1, "a line is longer than %d bytes", TEXT);
        if (end == NULL && !is_over) {
            ssize_t got = read(STDIN_FILENO, in + n, sizeof in - n);
            if (got == -1 && errno != EINTR)
                err(1, "stdin");
            is_over = got == 0;
            n += got > 0 ? (size_t)got : 0;
            continue;
        }
        uint64_t id;
        while (getrandom(&id, sizeof id, 0) != sizeof id)
            if (errno != EINTR)
                err(1, "getrandom");
        char head[HEAD + 1];
        snprintf(head, sizeof head, "?%016llx ", (unsigned long long)id);
        memcpy(question, head, HEAD);
        memcpy(question + HEAD, in, len);
        question_len = HEAD + len;
        converse(ep);
        len += end != NULL;
        n -= len;
        memmove(in, in + len, n);
    }
    return 0;
}
