/* lastword with a child for each client; SIGTERM goes on to the children that
 * wait for a line, and the parent ends when the last child has. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_LINES = 100000,
    MOST_DRAINED = 1 << 20,
    LINE = 1024,
    NS_PER_MS = 1000 * 1000,
    NS_PER_S = 1000 * 1000 * 1000
};

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

/* Sends all n bytes of buf.  Returns 0, or -1 with errno set; bytes may have
 * been sent even then. */
static int send_all(int fd, const void *buf, size_t n)
{
    const char *p = buf;

    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            return -1;
        p += sent;
        n -= (size_t)sent;
    }
    return 0;
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

/* Sends the lines 1 to `number`.  Returns -1 with errno set when it cannot. */
static int send_lines(int cfd, long number)
{
    static char buf[65536];
    size_t n = 0;

    for (long i = 1; i <= number; i++) {
        n += (size_t)snprintf(buf + n, sizeof buf - n, "line %ld\n", i);
        if (n > sizeof buf - 32 || i == number) {
            if (send_all(cfd, buf, n) == -1)
                return -1;
            n = 0;
        }
    }
    return 0;
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

/* Answers a line of n bytes. */
static int answer(int cfd, const char *line, size_t n)
{
    static const char no[] = "not a number from 1 to 100000\n";
    long number = n < LINE ? number_of(line, n) : 0;

    return number == 0 ? send_all(cfd, no, strlen(no))
                       : send_lines(cfd, number);
}

static volatile sig_atomic_t has_to_end;

static void on_signal(int sig)
{
    if (sig == SIGTERM)
        has_to_end = 1;
}

/* Whether SIGTERM has come, though it may be blocked. */
static bool has_come(void)
{
    sigset_t pending;

    sigpending(&pending);
    return has_to_end || sigismember(&pending, SIGTERM);
}

/* The child: SIGTERM ends it as long as it has no line. */
static void serve(int cfd, double seconds, const sigset_t *both)
{
    char line[LINE], nothing[4096];
    size_t n = 0, drained = 0;
    ssize_t got = 0;

    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, both, NULL);
    while (n < LINE && memchr(line, '\n', n) == NULL) {
        got = recv(cfd, line + n, LINE - n, 0);
        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        n += (size_t)got;
    }
    sigprocmask(SIG_BLOCK, both, NULL);
    const char *newline = memchr(line, '\n', n);
    if (answer(cfd, line, newline ? (size_t)(newline - line) : LINE) == -1) {
        warn("client");
        return;
    }
    shutdown(cfd, SHUT_WR);
    struct timespec end = moment_after(seconds);
    struct pollfd p = {cfd, POLLIN, 0};
    while (drained < MOST_DRAINED && ms_left(end) > 0) {
        if (poll(&p, 1, ms_left(end)) <= 0)
            continue;
        got = read(cfd, nothing, sizeof nothing);
        if (got == 0 || (got == -1 && errno != EINTR))
            return;
        drained += got > 0 ? (size_t)got : 0;
    }
}

int main(int argc, char *argv[])
{
    static pid_t children[1000];
    size_t n = 0;
    sigset_t both, none;
    struct sigaction action = {.sa_handler = on_signal};
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
    sigemptyset(&none);
    sigemptyset(&both);
    sigaddset(&both, SIGTERM);
    sigaddset(&both, SIGCHLD);
    sigprocmask(SIG_BLOCK, &both, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGCHLD, &action, NULL);
    int lfd = open_door(argv[argc - 2], argv[argc - 1]);
    while (!has_come()) {
        struct pollfd p = {lfd, POLLIN, 0};
        pid_t gone;

        int rc = ppoll(&p, 1, NULL, &none);
        if (rc == -1 && errno != EINTR)
            err(1, "ppoll");
        while ((gone = waitpid(-1, NULL, WNOHANG)) > 0)
            for (size_t i = 0; i < n; i++)
                if (children[i] == gone)
                    children[i--] = children[--n];
        if (rc != 1 || n == 1000 || has_come())
            continue;
        int cfd = accept(lfd, NULL, NULL);
        if (cfd == -1) {
            if (errno == EBADF || errno == ENOTSOCK)
                err(1, "accept");
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                errno == ENOMEM)
                usleep(50000);
            continue;
        }
        children[n] = fork();
        if (children[n] == 0) {
            close(lfd);
            serve(cfd, seconds, &both);
            _exit(0);
        }
        if (children[n] == -1)
            warn("fork");
        else
            n++;
        close(cfd);
    }
    close(lfd);
    for (size_t i = 0; i < n; i++)
        kill(children[i], SIGTERM);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
    return 0;
}
