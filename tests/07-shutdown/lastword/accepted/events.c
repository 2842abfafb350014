/* lastword for all clients at once: one loop, epoll, and sockets that never
 * block.  It reads, and throws away, while it still sends. */
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
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_LINES = 100000,
    MOST_DRAINED = 1 << 20,
    LINE = 1024,
    NS_PER_MS = 1000 * 1000,
    NS_PER_S = 1000 * 1000 * 1000
};

struct client {
    struct client *next;
    int fd;
    bool has_line, has_ended; /* its side */
    char line[LINE];
    size_t n, drained;
    char *answer;
    size_t at, size;
    struct timespec end; /* of its drain */
};

static struct client *clients;
static int efd, sfd[2];

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

/* Makes a socket that listens at one address, and never blocks: a caller may
 * be gone again when accept() is called.  Returns -1 with errno set when it
 * cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int lfd =
        socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK, ai->ai_protocol);

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
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
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

/* The number that a line of n bytes holds, or 0 when it is none that is
 * allowed. */
static long number_of(const char *line, size_t n)
{
    long number = 0;

    for (size_t i = 0; i < n && number <= MOST_LINES; i++) {
        if (line[i] < '0' || line[i] > '9')
            return 0;
        number = number * 10 + (line[i] - '0');
    }
    return number <= MOST_LINES ? number : 0;
}

/* The moment that comes so many seconds from now, on the clock that nobody
 * sets. */
static struct timespec moment_after(double seconds)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        err(1, "clock_gettime");
    long long ns = t.tv_nsec + (long long)(seconds * NS_PER_S);
    t.tv_sec += ns / NS_PER_S;
    t.tv_nsec = ns % NS_PER_S;
    return t;
}

/* How many milliseconds are left until the end, for poll(): 0 when it is
 * over, and never 0 before. */
static int ms_left(struct timespec end)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
        err(1, "clock_gettime");
    long long ns = (long long)(end.tv_sec - now.tv_sec) * NS_PER_S +
                   (end.tv_nsec - now.tv_nsec);
    return ns <= 0 ? 0 : (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void on_term(int sig)
{
    int saved = errno;

    (void)sig;
    if (write(sfd[1], "!", 1) == -1)
        errno = saved;
    errno = saved;
}

static void watch(int op, int fd, uint32_t events, void *data)
{
    struct epoll_event e = {.events = events, .data.ptr = data};

    if (epoll_ctl(efd, op, fd, &e) == -1)
        err(1, "epoll_ctl");
}

static void let_go(struct client *c)
{
    struct client **at = &clients;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    close(c->fd);
    free(c->answer);
    free(c);
}

static void make_answer(struct client *c, size_t n)
{
    long number = n < LINE ? number_of(c->line, n) : 0;

    c->has_line = true;
    c->answer = malloc(number == 0 ? 40 : (size_t)number * 12 + 1);
    if (c->answer == NULL)
        err(1, "malloc");
    if (number == 0)
        c->size = (size_t)sprintf(c->answer, "not a number from 1 to 100000\n");
    for (long i = 1; i <= number; i++)
        c->size += (size_t)sprintf(c->answer + c->size, "line %ld\n", i);
}

/* False when the client is done with. */
static bool receive(struct client *c)
{
    static char nothing[20000];
    char *to = c->has_line ? nothing : c->line + c->n;
    size_t room = c->has_line ? sizeof nothing : LINE - c->n;
    ssize_t got = recv(c->fd, to, room, 0);

    if (got == -1)
        return errno == EINTR || errno == EAGAIN;
    if (got == 0) {
        c->has_ended = true;
        return c->has_line;
    }
    if (c->has_line) {
        c->drained += (size_t)got;
        return true;
    }
    c->n += (size_t)got;
    const char *newline = memchr(c->line, '\n', c->n);
    if (newline != NULL)
        make_answer(c, (size_t)(newline - c->line));
    else if (c->n == LINE)
        make_answer(c, LINE);
    return true;
}

/* False when the client is done with. */
static bool move_on(struct client *c, uint32_t events, double seconds)
{
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !c->has_ended &&
        !receive(c))
        return false;
    if (!c->has_line)
        return true;
    while (c->at < c->size) {
        ssize_t sent =
            send(c->fd, c->answer + c->at, c->size - c->at, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1 && errno != EAGAIN)
            return false;
        if (sent == -1)
            break;
        c->at += (size_t)sent;
        if (c->at == c->size) {
            shutdown(c->fd, SHUT_WR);
            c->end = moment_after(seconds);
        }
    }
    if (c->at == c->size && (c->has_ended || c->drained >= MOST_DRAINED))
        return false;
    watch(EPOLL_CTL_MOD, c->fd,
          (c->has_ended || c->drained >= MOST_DRAINED ? 0 : (uint32_t)EPOLLIN) |
              (c->at < c->size ? (uint32_t)EPOLLOUT : 0),
          c);
    return true;
}

static void take(int lfd)
{
    const struct timespec a_little = {.tv_nsec = 50 * 1000 * 1000};
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
    struct client *c;

    if (fd == -1) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
            errno == ENOMEM)
            nanosleep(&a_little, NULL);
        return;
    }
    c = calloc(1, sizeof *c);
    if (c == NULL)
        err(1, "calloc");
    c->fd = fd;
    c->next = clients;
    clients = c;
    watch(EPOLL_CTL_ADD, fd, EPOLLIN, c);
}

/* Lets go whose time is over, and says how long the next one has. */
static int look_at_clock(void)
{
    int least = -1;

    for (struct client *c = clients, *next; c != NULL; c = next) {
        next = c->next;
        if (!c->has_line || c->at < c->size)
            continue;
        int ms = ms_left(c->end);
        if (ms == 0)
            let_go(c);
        else if (least == -1 || ms < least)
            least = ms;
    }
    return least;
}

int main(int argc, char *argv[])
{
    struct sigaction action = {.sa_handler = on_term};
    struct epoll_event e;
    bool has_to_end = false;
    double seconds = 1;

    if (argc == 5 && strcmp(argv[1], "--drain") == 0) {
        if (!is_seconds(argv[2]))
            errx(1, "not a time: %s", argv[2]);
        seconds = strtod(argv[2], NULL);
    } else if (argc != 3) {
        fprintf(stderr, "usage: lastword [--drain SECONDS] HOST PORT\n");
        return 2;
    }
    if (!is_port(argv[argc - 1]))
        errx(1, "not a port: %s", argv[argc - 1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (pipe2(sfd, O_NONBLOCK) == -1 || sigaction(SIGTERM, &action, NULL) == -1)
        err(1, "SIGTERM");
    efd = epoll_create1(0);
    int lfd = open_door(argv[argc - 2], argv[argc - 1]);
    watch(EPOLL_CTL_ADD, lfd, EPOLLIN, &lfd);
    watch(EPOLL_CTL_ADD, sfd[0], EPOLLIN, &efd);
    while (!has_to_end || clients != NULL) {
        int n = epoll_wait(efd, &e, 1, look_at_clock());
        if (n == -1 && errno != EINTR)
            err(1, "epoll_wait");
        if (n < 1)
            continue;
        if (e.data.ptr == &efd) {
            has_to_end = true;
            close(lfd);
            close(sfd[0]);
            for (struct client *c = clients, *next; c != NULL; c = next) {
                next = c->next;
                if (!c->has_line)
                    let_go(c);
            }
        } else if (e.data.ptr == &lfd) {
            take(lfd);
        } else if (!move_on(e.data.ptr, e.events, seconds)) {
            let_go(e.data.ptr);
        }
    }
    return 0;
}
