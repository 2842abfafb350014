/* deadline, accepted: a thread that connects and reads without any limit, and
 * one that waits for it as long as the limit allows. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news;
static const char *text = "timed out connecting\n";
static size_t length = sizeof "timed out connecting\n" - 1;
static int status = 6, is_done;
static struct addrinfo *list;
static char line[5 + 1025];

static void tell(const char *what, size_t n, int how, int done)
{
    pthread_mutex_lock(&lock);
    text = what;
    length = n;
    status = how;
    is_done = done;
    pthread_cond_signal(&news);
    pthread_mutex_unlock(&lock);
    if (done)
        pthread_exit(NULL);
}

static void tell_word(const char *what, int how, int done)
{
    tell(what, strlen(what), how, done);
}

static void read_line(int fd)
{
    size_t n = 5;

    memcpy(line, "line ", 5);
    for (;;) {
        ssize_t got = read(fd, line + n, sizeof line - n);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "read");
        if (got == 0)
            tell_word("ended\n", 3, 1);
        char *newline = memchr(line + n, '\n', (size_t)got);
        n += (size_t)got;
        if (newline != NULL)
            tell(line, (size_t)(newline - line) + 1, 0, 1);
        if (n == sizeof line)
            errx(1, "the line is longer than 1024 bytes");
    }
}

static void *work(void *unused)
{
    int reason = 0;

    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd == -1)
            err(1, "socket");
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0) {
            tell_word("timed out reading\n", 7, 0);
            read_line(fd);
        }
        reason = errno;
        close(fd);
    }
    if (reason == ECONNREFUSED)
        tell_word("refused\n", 4, 1);
    if (reason == EHOSTUNREACH || reason == ENETUNREACH)
        tell_word("unreachable\n", 5, 1);
    if (reason == ETIMEDOUT)
        tell_word("timed out connecting\n", 6, 1);
    errno = reason;
    err(1, "connect");
    return unused;
}

int main(int argc, char *argv[])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    pthread_condattr_t attributes;
    struct timespec end;
    pthread_t worker;
    double seconds;
    char more;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT SECONDS\n", argv[0]);
        return 2;
    }
    if (strspn(argv[3], "0123456789.") != strlen(argv[3]) ||
        sscanf(argv[3], "%lf%c", &seconds, &more) != 1 || seconds <= 0 ||
        seconds > 3600)
        errx(1, "not a time: %s", argv[3]);
    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0)
        errx(1, "no such host: %s", argv[1]);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long long ns = end.tv_nsec + (long long)(seconds * 1e9);
    end.tv_sec += ns / 1000000000;
    end.tv_nsec = ns % 1000000000;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&news, &attributes);
    if (pthread_create(&worker, NULL, work, NULL) != 0)
        errx(1, "no thread");
    pthread_mutex_lock(&lock);
    while (!is_done)
        if (pthread_cond_timedwait(&news, &lock, &end) == ETIMEDOUT)
            break;
    fwrite(text, 1, length, stdout);
    fflush(stdout);
    _exit(status);
}
