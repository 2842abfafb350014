/* hi, accepted: SIGALRM ends a recvmsg() without a limit. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *host, *port;

/* Everything that is left to do when the time is over. */
static void over(int sig)
{
    (void)sig;
    static const char text[] = "no answer: the time is over\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(1);
}

int main(int argc, char **argv)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    double seconds = 2;
    int reason = 0;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT [SECONDS]\n", argv[0]);
        return 2;
    }
    host = argv[1];
    port = argv[2];
    if (*port == '\0' || strlen(port) > 5 ||
        port[strspn(port, "0123456789")] != '\0' || atoi(port) > 65535)
        errx(1, "port %s", port);
    if (argc == 4) {
        int dots = 0;
        for (const char *s = argv[3]; *s != '\0'; s++) {
            if (*s == '.' && dots++ == 0 && s > argv[3] && s[1] != '\0')
                continue;
            if (*s < '0' || *s > '9')
                errx(1, "seconds \"%s\"", argv[3]);
        }
        seconds = strtod(argv[3], NULL);
        if (!(seconds > 0 && seconds <= 3600))
            errx(1, "seconds \"%s\"", argv[3]);
    }
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));

    struct sigaction sa = {.sa_handler = over, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &sa, NULL);
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, NULL, &timer) == -1)
        err(1, "timer_create");
    struct itimerspec when = {.it_value.tv_sec = (time_t)seconds};
    when.it_value.tv_nsec =
        (long)((seconds - (double)when.it_value.tv_sec) * 1e9);
    if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0)
        when.it_value.tv_nsec = 1;
    if (timer_settime(timer, 0, &when, NULL) == -1)
        err(1, "timer_settime");

    for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        char text[513];
        int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        ssize_t n = fd;
        if (n != -1)
            do
                n = connect(fd, ai->ai_addr, ai->ai_addrlen);
            while (n == -1 && errno == EINTR);
        if (n != -1)
            do
                n = write(fd, "hi", 2);
            while (n == -1 && errno == EINTR);
        struct iovec iov = {text, 512};
        struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
        if (n != -1)
            do
                n = recvmsg(fd, &m, 0);
            while (n == -1 && (errno == EINTR || errno == EAGAIN));
        if (n == -1) {
            reason = errno;
            if (fd != -1)
                close(fd);
            continue;
        }
        sigset_t alarm;
        sigemptyset(&alarm);
        sigaddset(&alarm, SIGALRM);
        sigprocmask(SIG_BLOCK, &alarm, NULL); /* the answer is there */
        if (m.msg_flags & MSG_TRUNC)
            errx(1, "an answer of more than 512 bytes");
        text[n++] = '\n';
        struct iovec rest = {text, (size_t)n};
        while (rest.iov_len > 0) {
            ssize_t w = writev(STDOUT_FILENO, &rest, 1);
            if (w == -1 && errno != EINTR)
                err(1, "stdout");
            if (w > 0) {
                rest.iov_base = (char *)rest.iov_base + w;
                rest.iov_len -= (size_t)w;
            }
        }
        return 0;
    }
    errx(1, "%s port %s: %s", host, port, strerror(reason));
}
