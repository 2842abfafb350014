/* hi, accepted: a connected socket whose recvmsg() waits itself, no longer
 * than is left: SO_RCVTIMEO, set anew before each one. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* The time in microseconds; ends the program when it is none. */
static long long parse_time(const char *s)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(s, digits), all = whole;

    if (s[whole] == '.')
        all += 1 + strspn(s + whole + 1, digits);
    double seconds = strtod(s, NULL);
    if (whole == 0 || s[all] != '\0' || s[all - 1] == '.' || seconds <= 0 ||
        seconds > 3600)
        errx(1, "no time: %s", s);
    return (long long)(seconds * 1e6) + 1;
}

static int ask(const struct addrinfo *ai, long long end)
{
    char buf[512];
    struct iovec piece = {buf, sizeof buf};
    int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (fd == -1)
        return errno;
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1)
        goto failed;
    while (write(fd, "hi", 2) == -1)
        if (errno != EINTR)
            goto failed;
    for (;;) {
        struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1};
        long long left = end - now_us();
        struct timeval t = {left / 1000000, left % 1000000};
        errno = ETIMEDOUT;
        if (left <= 0 ||
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == -1)
            goto failed;
        ssize_t n = recvmsg(fd, &m, 0);
        if (n == -1 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n == -1)
            goto failed;
        if (m.msg_flags & MSG_TRUNC)
            errx(1, "too long");
        close(fd);
        buf[n < 512 ? n : 511] = n < 512 ? '\n' : buf[511];
        if (fwrite(buf, 1, n < 512 ? (size_t)n + 1 : 512, stdout) == 0 ||
            (n == 512 && putchar('\n') == EOF) || fclose(stdout) != 0)
            err(1, "stdout");
        return 0;
    }
failed:;
    int error = errno;
    close(fd);
    return error;
}

int main(int argc, char **argv)
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_DGRAM};
    int error = 0;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: hi HOST PORT [SECONDS]\n");
        exit(2);
    }
    long long limit = parse_time(argc == 4 ? argv[3] : "2");
    if ((error = getaddrinfo(argv[1], argv[2], &hints, &list)) != 0)
        errx(1, "%s", gai_strerror(error));
    long long end = now_us() + limit;
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
        if ((error = ask(ai, end)) == 0 || now_us() >= end)
            break;
    freeaddrinfo(list);
    if (error != 0)
        errx(1, "%s", strerror(error));
    return 0;
}
