/* lastword with a state for each client, epoll and signalfd(): the answer is
 * made in small pieces as there is room, and SIGTERM closes the listener. */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct client {
    struct client *next, *prev;
    int fd;
    enum {
        LINE,
        ANSWER,
        DRAIN
    } state;
    char line[1024];
    size_t have;
    long number, at; /* lines to send, the last made; 0: refusal */
    char out[3000];
    size_t from, to;
    long drained;
    long long end; /* of the drain, in ns */
};

static struct client all = {.next = &all, .prev = &all};
static int ep, lfd = -1;
static long long seconds_ns = 1000000000;
static bool over;

static long long now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

_Noreturn static void die(const char *what, int error)
{
    fprintf(stderr, "lastword: %s: %s\n", what, strerror(error));
    exit(1);
}

static void drop(struct client *c)
{
    c->next->prev = c->prev;
    c->prev->next = c->next;
    close(c->fd);
    free(c);
}

static void want(struct client *c, unsigned int events)
{
    struct epoll_event e = {.events = events, .data.ptr = c};

    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

/* What comes into the buffer next.  Returns false when there is no more. */
static bool refill(struct client *c)
{
    if (c->at >= c->number)
        return false;
    c->from = c->to = 0;
    while (c->at < c->number && c->to < sizeof c->out - 20)
        c->to += (size_t)sprintf(c->out + c->to, "line %ld\n", ++c->at);
    return true;
}

static void begin_answer(struct client *c, size_t n)
{
    long number = 0;

    for (size_t i = 0; i < n; i++) {
        if (c->line[i] < '0' || c->line[i] > '9') {
            number = 0;
            break;
        }
        number = number * 10 + (c->line[i] - '0');
        if (number > 100000)
            number = 100001;
    }
    if (n == sizeof c->line || number == 0 || number > 100000) {
        c->from = 0;
        c->to = (size_t)sprintf(c->out, "not a number from 1 to 100000\n");
        c->number = 0;
    } else {
        c->number = number;
    }
    c->state = ANSWER;
}

/* Each returns false when the client is dropped. */
static bool do_drain(struct client *c)
{
    char junk[2000];

    for (int i = 0; i < 8; i++) {
        if (c->drained >= 1 << 20) {
            drop(c);
            return false;
        }
        ssize_t n = recv(c->fd, junk, sizeof junk, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            return true;
        if (n <= 0) {
            drop(c);
            return false;
        }
        c->drained += n;
    }
    return true;
}

static bool do_answer(struct client *c)
{
    for (;;) {
        if (c->from == c->to && !refill(c))
            break;
        ssize_t n =
            send(c->fd, c->out + c->from, c->to - c->from, MSG_NOSIGNAL);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN) {
            want(c, EPOLLOUT);
            return true;
        }
        if (n == -1) {
            fprintf(stderr, "lastword: send: %s\n", strerror(errno));
            drop(c);
            return false;
        }
        c->from += (size_t)n;
    }
    if (shutdown(c->fd, SHUT_WR) == -1) {
        drop(c);
        return false;
    }
    c->state = DRAIN;
    c->end = now() + seconds_ns;
    want(c, EPOLLIN);
    return do_drain(c);
}

static bool do_line(struct client *c)
{
    for (;;) {
        ssize_t n = recv(c->fd, c->line + c->have, sizeof c->line - c->have, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            return true;
        if (n <= 0) {
            drop(c);
            return false;
        }
        char *end = memchr(c->line + c->have, '\n', (size_t)n);
        c->have += (size_t)n;
        if (end != NULL || c->have == sizeof c->line) {
            begin_answer(c, end != NULL ? (size_t)(end - c->line)
                                        : sizeof c->line);
            return do_answer(c);
        }
    }
}

static void do_accept(void)
{
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd == -1) {
        switch (errno) {
        case EBADF:
        case EINVAL:
        case ENOTSOCK:
        case EFAULT:
            die("accept", errno);
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            usleep(50000);
            break;
        default:
            break;
        }
        return;
    }
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->next = &all;
    c->prev = all.prev;
    all.prev->next = c;
    all.prev = c;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static void do_term(void)
{
    over = true;
    close(lfd);
    for (struct client *c = all.next, *next; c != &all; c = next) {
        next = c->next;
        if (c->state == LINE && do_line(c) && c->state == LINE)
            drop(c);
    }
}

static void do_times(void)
{
    long long t = now();

    for (struct client *c = all.next, *next; c != &all; c = next) {
        next = c->next;
        if (c->state == DRAIN && c->end <= t)
            drop(c);
    }
}

static int patience(void)
{
    long long least = -1;

    for (struct client *c = all.next; c != &all; c = c->next)
        if (c->state == DRAIN && (least == -1 || c->end < least))
            least = c->end;
    if (least == -1)
        return -1;
    least -= now();
    return least <= 0 ? 0 : (int)((least + 999999) / 1000000);
}

/* The time of --drain; ends the program when it is none. */
static void set_seconds(const char *s)
{
    size_t n = strspn(s, "0123456789");
    size_t fraction = s[n] == '.' ? strspn(s + n + 1, "0123456789") : 0;
    const char *rest = s + n + (fraction > 0 ? 1 + fraction : 0);
    double seconds = strtod(s, NULL);

    if (n == 0 || *rest != '\0' || !(seconds > 0) || seconds > 3600) {
        fprintf(stderr, "lastword: \"%s\" is not a number of seconds\n", s);
        exit(1);
    }
    seconds_ns = (long long)(seconds * 1e9);
}

static void check_port(const char *s)
{
    size_t n = strspn(s, "0123456789");

    if (s[n] != '\0' || n < 1 || n > 5 || strtol(s, NULL, 10) > 65535) {
        fprintf(stderr, "lastword: port \"%s\" is not a number\n", s);
        exit(1);
    }
}

/* A descriptor that is readable when SIGTERM has come. */
static int open_signals(void)
{
    sigset_t term;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    int sfd = signalfd(-1, &term, SFD_NONBLOCK | SFD_CLOEXEC);
    ep = epoll_create1(EPOLL_CLOEXEC);
    if (sfd == -1 || ep == -1)
        die("signalfd, epoll", errno);
    return sfd;
}

static void open_door(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list, *a;
    int last = 0, yes = 1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0) {
        fprintf(stderr, "lastword: %s: %s\n", host, gai_strerror(rc));
        exit(1);
    }
    for (a = list; a != NULL; a = a->ai_next) {
        lfd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK,
                     a->ai_protocol);
        if (lfd == -1) {
            last = errno;
            continue;
        }
        setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(lfd, a->ai_addr, a->ai_addrlen) == 0 && listen(lfd, 128) == 0)
            break;
        last = errno;
        close(lfd);
    }
    if (a == NULL)
        die(host, last);
    freeaddrinfo(list);
}

static void say_where(void)
{
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof ss;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    getsockname(lfd, (struct sockaddr *)&ss, &len);
    getnameinfo((struct sockaddr *)&ss, len, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (ss.ss_family == AF_INET6)
        printf("listening on [%s]:%s\n", host, port);
    else
        printf("listening on %s:%s\n", host, port);
    fflush(stdout);
}

static void serve(const struct client *which)
{
    struct client *c = all.next;

    while (c != &all && c != which)
        c = c->next;
    if (c == &all)
        return; /* it went just now */
    switch (c->state) {
    case LINE:
        do_line(c);
        break;
    case ANSWER:
        do_answer(c);
        break;
    case DRAIN:
        do_drain(c);
        break;
    }
}

static void run(int sfd)
{
    struct signalfd_siginfo info;
    struct epoll_event e;

    while (!over || all.next != &all) {
        int n = epoll_wait(ep, &e, 1, patience());
        if (n == -1 && errno != EINTR)
            die("epoll_wait", errno);
        do_times();
        if (n != 1)
            continue;
        if (e.data.ptr == NULL) {
            if (read(sfd, &info, sizeof info) == sizeof info && !over)
                do_term();
        } else if (e.data.ptr != &lfd) {
            serve(e.data.ptr);
        } else if (!over) {
            do_accept();
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--drain") == 0) {
        set_seconds(argv[2]);
        argv += 2;
    } else if (argc != 3) {
        fprintf(stderr, "usage: lastword [--drain SECONDS] HOST PORT\n");
        return 2;
    }
    check_port(argv[2]);
    int sfd = open_signals();
    open_door(argv[1], argv[2]);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &lfd};
    epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &e);
    e.data.ptr = NULL;
    epoll_ctl(ep, EPOLL_CTL_ADD, sfd, &e);
    say_where();
    run(sfd);
    return 0;
}
