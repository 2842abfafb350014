/* deadline, accepted: blocking calls, and a timer whose handler tells that the
 * time is over and ends the program. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t is_connected;

static void over(int signal)
{
    static const char connecting[] = "timed out connecting\n";
    static const char reading[] = "timed out reading\n";
    ssize_t n;

    (void)signal;
    if (is_connected)
        n = write(1, reading, sizeof reading - 1);
    else
        n = write(1, connecting, sizeof connecting - 1);
    _exit(n < 0 ? 1 : is_connected ? 7 : 6);
}

static void set_timer(double seconds)
{
    struct sigaction action = {.sa_handler = over};
    long us = (long)(seconds * 1e6);
    struct itimerval timer = {
        .it_value = {.tv_sec = us / 1000000, .tv_usec = us % 1000000}};

    if (us == 0)
        timer.it_value.tv_usec = 1;
    sigaction(SIGALRM, &action, NULL);
    if (setitimer(ITIMER_REAL, &timer, NULL) == -1)
        err(1, "setitimer");
}

/* The time cannot be over any more: an outcome is told once. */
static void stop_timer(void)
{
    struct itimerval none = {0};

    setitimer(ITIMER_REAL, &none, NULL);
}

static int dial(const struct addrinfo *list)
{
    int reason = 0;

    for (; list != NULL; list = list->ai_next) {
        int fd = socket(list->ai_family, SOCK_STREAM, 0);
        if (fd == -1)
            err(1, "socket");
        if (connect(fd, list->ai_addr, list->ai_addrlen) == 0)
            return fd;
        reason = errno;
        close(fd);
    }
    stop_timer();
    if (reason == ECONNREFUSED) {
        puts("refused");
        exit(4);
    }
    if (reason == ENETUNREACH || reason == EHOSTUNREACH) {
        puts("unreachable");
        exit(5);
    }
    if (reason == ETIMEDOUT) {
        puts("timed out connecting");
        exit(6);
    }
    errno = reason;
    err(1, "connect");
}

int main(int argc, char *argv[])
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    char line[2000];
    size_t n = 0;
    char *newline = NULL;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT SECONDS\n", argv[0]);
        return 2;
    }
    double seconds = strtod(argv[3], &newline);
    if (argv[3][strspn(argv[3], "0123456789.")] != '\0' || *newline != '\0' ||
        newline == argv[3] || seconds <= 0 || seconds > 3600)
        errx(1, "bad SECONDS");
    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0)
        errx(1, "no such host");
    set_timer(seconds);
    int fd = dial(list);
    is_connected = 1;
    newline = NULL;
    while (newline == NULL && n <= 1024) {
        ssize_t got = recv(fd, line + n, sizeof line - n, 0);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "recv");
        if (got == 0) {
            stop_timer();
            puts("ended");
            return 3;
        }
        n += (size_t)got;
        newline = memchr(line, '\n', n);
    }
    stop_timer();
    if (newline == NULL || newline - line > 1024)
        errx(1, "the line is too long");
    printf("line ");
    fwrite(line, (size_t)(newline - line) + 1, 1, stdout);
    return 0;
}
