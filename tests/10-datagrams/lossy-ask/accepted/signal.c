/* lossy-ask, accepted: ppoll() that is ended by SIGALRM, sendmsg() with two
 * iovec. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    TEXT = 512,
    HEAD = 18,
    TIMES = 6
};

static volatile sig_atomic_t has_rung;
static sigset_t open_mask;
static timer_t timer;
static int fd;

static void ring(int sig)
{
    (void)sig;
    has_rung = 1;
}

static void wind(double seconds)
{
    struct itimerspec when = {.it_value.tv_sec = (time_t)seconds};

    when.it_value.tv_nsec =
        (long)((seconds - (double)when.it_value.tv_sec) * 1e9);
    if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0)
        when.it_value.tv_nsec = 1;
    has_rung = 0;
    if (timer_settime(timer, 0, &when, NULL) == -1)
        err(1, "timer_settime");
}

static void stop(void)
{
    struct itimerspec never = {.it_value.tv_sec = 0};
    struct timespec at_once = {0, 0};
    sigset_t alarm;

    timer_settime(timer, 0, &never, NULL);
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    while (sigtimedwait(&alarm, NULL, &at_once) == SIGALRM)
        ;
}

/* Whether the time is over.  ppoll() lets no signal in while something is
 * ready. */
static bool is_over(void)
{
    sigset_t pending;

    sigpending(&pending);
    return has_rung || sigismember(&pending, SIGALRM) == 1;
}

static bool ask(char *line, size_t n, double seconds)
{
    char head[HEAD + 1], got_head[HEAD], text[TEXT + 1];
    int reason = 0;
    uint64_t id;

    while (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
        if (errno != EINTR)
            err(1, "getrandom");
    sprintf(head, "?%08x%08x ", (unsigned)(id >> 32), (unsigned)id);

    for (int i = 0; i < TIMES; i++, seconds *= 2) {
        struct iovec out[2] = {{head, HEAD}, {line, n}};
        struct msghdr question = {.msg_iov = out, .msg_iovlen = 2};
        ssize_t sent;

        do
            sent = sendmsg(fd, &question, MSG_NOSIGNAL);
        while (sent == -1 && errno == EINTR);
        if (sent == -1)
            reason = errno;
        wind(seconds);
        while (!is_over()) {
            struct pollfd p = {.fd = fd, .events = POLLIN};
            if (ppoll(&p, 1, NULL, &open_mask) == -1) {
                if (errno != EINTR)
                    err(1, "ppoll");
                continue;
            }
            struct iovec in[2] = {{got_head, HEAD}, {text, TEXT}};
            struct msghdr m = {.msg_iov = in, .msg_iovlen = 2};
            ssize_t got = recvmsg(fd, &m, MSG_DONTWAIT);
            if (got == -1 && errno != EINTR && errno != EAGAIN)
                reason = errno;
            if (got < HEAD || (m.msg_flags & MSG_TRUNC) || got_head[0] != '!' ||
                memcmp(got_head + 1, head + 1, HEAD - 1) != 0)
                continue;
            stop();
            text[got - HEAD] = '\n';
            if (fwrite(text, (size_t)got - HEAD + 1, 1, stdout) != 1)
                err(1, "stdout");
            return true;
        }
        stop();
    }
    if (reason != 0)
        warnx("nobody has answered: %s", strerror(reason));
    else
        warnx("nobody has answered");
    return false;
}

int main(int argc, char **argv)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    const char *s = argc == 4 ? argv[3] : "0.1";
    char line[TEXT];
    sigset_t alarm;

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
    double seconds = strtod(s, NULL);
    if (whole == 0 || s[all] != '\0' || s[all - 1] == '.' || !(seconds > 0) ||
        seconds > 60)
        errx(1, "bad number of seconds %s", s);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));
    fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    if (fd == -1)
        err(1, "socket");
    while (connect(fd, list->ai_addr, list->ai_addrlen) == -1)
        if (errno != EINTR)
            err(1, "connect");
    freeaddrinfo(list);

    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm, &open_mask);
    sigdelset(&open_mask, SIGALRM);
    struct sigaction sa = {.sa_handler = ring};
    sigaction(SIGALRM, &sa, NULL);
    if (timer_create(CLOCK_MONOTONIC, NULL, &timer) == -1)
        err(1, "timer_create");
    setvbuf(stdout, NULL, _IONBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0);

    size_t n = 0;
    for (;;) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "stdin");
        if (got == 0)
            return n > 0 && !ask(line, n, seconds);
        if (c == '\n') {
            if (!ask(line, n, seconds))
                return 1;
            n = 0;
        } else if (n == TEXT)
            errx(1, "a question is too long");
        else
            line[n++] = c;
    }
}
