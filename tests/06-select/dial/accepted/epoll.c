/* dial with epoll in edge-triggered mode, and the limit as a timerfd. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_TARGETS = 1000,
    US_PER_S = 1000 * 1000
};

struct target {
    const char *name;
    struct addrinfo *where;
    int fd;
};

static struct target targets[MAX_TARGETS];
static int ntargets, nopen;
static long long begun, end;

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Whether s is a number of seconds: digits, perhaps a point and more digits;
 * more than 0, and at most 3600. */
static bool is_seconds(const char *s)
{
    size_t n = strspn(s, "0123456789");

    if (n == 0)
        return false;
    if (s[n] == '.') {
        size_t fraction = strspn(s + n + 1, "0123456789");
        if (fraction == 0)
            return false;
        n += 1 + fraction;
    }
    return s[n] == '\0' && strtod(s, NULL) > 0 && strtod(s, NULL) <= 3600;
}

/* Microseconds on the clock that nobody sets. */
static long long now_us(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        err(1, "clock_gettime");
    return (long long)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

/* Splits "HOST:PORT" or "[HOST]:PORT" at its last colon: *host, which is to be
 * freed, and *port.  Ends the program when it is of another form. */
static void split_name(const char *name, char **host, const char **port)
{
    const char *colon = strrchr(name, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - name);
    bool brackets = n > 2 && name[0] == '[' && name[n - 1] == ']';

    *host = brackets ? strndup(name + 1, n - 2) : strndup(name, n);
    if (*host == NULL)
        err(1, "strndup");
    if (n == 0 || !is_port(colon + 1) || (!brackets && strchr(*host, ':')))
        errx(1, "\"%s\" is not of the form HOST:PORT", name);
    *port = colon + 1;
}

static const char *word_of(int reason)
{
    switch (reason) {
    case 0:
        return "open";
    case ECONNREFUSED:
        return "refused";
    case ETIMEDOUT:
        return "timed out";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "unreachable";
    default:
        return "failed";
    }
}

static void look_up(struct target *t, const char *name)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const char *port;
    char *host;

    split_name(name, &host, &port);
    *t = (struct target){.name = name, .fd = -1};
    int rc = getaddrinfo(host, port, &hints, &t->where);
    free(host);
    if (rc != 0) {
        warnx("%s: %s", name, gai_strerror(rc));
        t->where = NULL;
    }
}

static void prepare(int argc, char *argv[])
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s SECONDS HOST:PORT...\n", argv[0]);
        exit(2);
    }
    if (!is_seconds(argv[1]))
        errx(1, "\"%s\" is no limit", argv[1]);
    if (argc - 2 > MAX_TARGETS)
        errx(1, "more than %d targets", MAX_TARGETS);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 2; i < argc; i++)
        look_up(&targets[ntargets++], argv[i]);
    begun = now_us();
    end = begun + (long long)(strtod(argv[1], NULL) * US_PER_S);
}

static int finish(void)
{
    printf("total %lld ms\n", (now_us() - begun) / 1000);
    return nopen == ntargets ? 0 : 1;
}

static int so_error(int fd)
{
    int reason;
    socklen_t len = sizeof reason;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &len) == -1 ? errno
                                                                     : reason;
}

static void tell(struct target *t, int reason)
{
    if (t->fd != -1)
        close(t->fd);
    t->fd = -1;
    if (t->where != NULL && strcmp(word_of(reason), "failed") == 0)
        warnx("%s: %s", t->name, strerror(reason));
    printf("%s %s\n", t->name, word_of(reason));
    nopen += reason == 0;
}

/* Returns EINPROGRESS, 0, or the reason. */
static int begin(struct target *t)
{
    if (t->where == NULL)
        return EINVAL;
    t->fd = socket(t->where->ai_family, SOCK_STREAM, 0);
    if (t->fd == -1)
        return errno;
    fcntl(t->fd, F_SETFL, fcntl(t->fd, F_GETFL) | O_NONBLOCK);
    return connect(t->fd, t->where->ai_addr, t->where->ai_addrlen) == -1 ? errno
                                                                         : 0;
}

int main(int argc, char *argv[])
{
    int left = 0, reason;

    prepare(argc, argv);
    int ep = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    if (ep == -1 || timer == -1)
        err(1, "epoll_create1 or timerfd_create");
    struct itimerspec limit = {
        .it_value = {end / US_PER_S, end % US_PER_S * 1000 + 999}};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &limit, NULL) == -1 ||
        epoll_ctl(ep, EPOLL_CTL_ADD, timer, &e) == -1)
        err(1, "timerfd_settime or epoll_ctl");
    for (struct target *t = targets; t < targets + ntargets; t++) {
        if ((reason = begin(t)) != EINPROGRESS) {
            tell(t, reason);
            continue;
        }
        e = (struct epoll_event){.events = EPOLLOUT | EPOLLET, .data.ptr = t};
        if (epoll_ctl(ep, EPOLL_CTL_ADD, t->fd, &e) == -1)
            err(1, "epoll_ctl");
        left++;
    }
    while (left > 0) {
        int n = epoll_wait(ep, &e, 1, -1);
        if (n == -1 && errno != EINTR)
            err(1, "epoll_wait");
        if (n == 1 && e.data.ptr != NULL) {
            struct target *t = e.data.ptr;
            tell(t, so_error(t->fd));
            left--;
        } else if (n == 1) {
            for (struct target *t = targets; t < targets + ntargets; t++)
                if (t->fd != -1)
                    tell(t, ETIMEDOUT);
            left = 0;
        }
    }
    return finish();
}
