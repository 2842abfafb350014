/* hi, accepted: a socket that is not connected.  It compares the sender with
 * whom it has asked, and hears of refusals because it has asked for that
 * (IP_RECVERR); epoll waits, with a timerfd as the limit. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int epfd, timer;

static bool is_same(const struct sockaddr_storage *a, const struct addrinfo *ai)
{
    const struct sockaddr_in6 *x6 = (const void *)a,
                              *y6 = (const void *)ai->ai_addr;
    const struct sockaddr_in *x = (const void *)a,
                             *y = (const void *)ai->ai_addr;

    if (a->ss_family != ai->ai_family || x->sin_port != y->sin_port)
        return false;
    return a->ss_family == AF_INET6
               ? IN6_ARE_ADDR_EQUAL(&x6->sin6_addr, &y6->sin6_addr)
               : x->sin_addr.s_addr == y->sin_addr.s_addr;
}

/* Whether there is something to receive before the time is over. */
static bool await(void)
{
    struct epoll_event e[2];
    int n;

    do
        n = epoll_wait(epfd, e, 2, -1);
    while (n == -1 && errno == EINTR);
    for (int i = 0; i < n; i++)
        if (e[i].data.fd == timer)
            return false;
    return true;
}

static int ask(const struct addrinfo *ai)
{
    static char answer[65536];
    struct sockaddr_storage from;
    socklen_t len;
    int yes = 1, error = 0;
    int fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    ssize_t n;

    if (ai->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof yes);
    else
        setsockopt(fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes);
    epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e);
    do
        n = sendto(fd, "hi", 2, 0, ai->ai_addr, ai->ai_addrlen);
    while (n == -1 && errno == EINTR);
    while (n != -1) {
        errno = ETIMEDOUT;
        if (!await()) {
            n = -1;
            break;
        }
        len = sizeof from;
        n = recvfrom(fd, answer, sizeof answer, 0, (struct sockaddr *)&from,
                     &len);
        if (n == -1 && (errno == EAGAIN || errno == EINTR))
            n = 0;
        else if (n != -1 && is_same(&from, ai))
            break;
    }
    error = errno;
    close(fd);
    if (n == -1)
        return error;
    if (n > 512)
        errx(1, "a long answer");
    answer[n] = '\n';
    for (ssize_t done = 0, k; done <= n; done += k == -1 ? 0 : k)
        if ((k = write(1, answer + done, (size_t)(n + 1 - done))) == -1 &&
            errno != EINTR)
            err(1, "stdout");
    return 0;
}

int main(int argc, char **argv)
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_DGRAM};
    struct itimerspec limit = {0};
    char *end;
    int error = 0;

    if (argc < 3 || argc > 4)
        return fputs("usage: hi HOST PORT [SECONDS]\n", stderr), 2;
    const char *time = argc == 4 ? argv[3] : "2";
    double seconds = strtod(time, &end);
    if (strspn(time, "0123456789.") != strlen(time) || *end != '\0' ||
        !(seconds > 0 && seconds <= 3600))
        errx(1, "not a time");
    if ((error = getaddrinfo(argv[1], argv[2], &hints, &list)) != 0)
        errx(1, "%s", gai_strerror(error));
    epfd = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = timer};
    epoll_ctl(epfd, EPOLL_CTL_ADD, timer, &e);
    limit.it_value.tv_sec = (time_t)seconds;
    limit.it_value.tv_nsec =
        (long)((seconds - (double)limit.it_value.tv_sec) * 1e9) % 1000000000;
    timerfd_settime(timer, 0, &limit, NULL);
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
        if ((error = ask(ai)) == 0 || error == ETIMEDOUT)
            break;
    freeaddrinfo(list);
    if (error != 0)
        errx(1, "no answer: %s", strerror(error));
    return 0;
}
