/* lossy-ask, accepted: a thread receives, the other one asks and waits on a
 * condition. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
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
    ALL = HEAD + TEXT,
    TIMES = 6
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived;
static char wanted[HEAD]; /* how the answer must begin; '\0': none is wanted */
static char answer[ALL + 1];
static ssize_t answer_len = -1;
static int reason, fd;

static void *receive(void *unused)
{
    char buf[ALL + 1];

    (void)unused;
    for (;;) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);
        int saved = errno;
        pthread_mutex_lock(&lock);
        if (n == -1) {
            if (saved != EINTR && saved != EAGAIN)
                reason = saved;
        } else if (n >= HEAD && n <= ALL && answer_len == -1 &&
                   wanted[0] != '\0' && memcmp(buf, wanted, HEAD) == 0) {
            memcpy(answer, buf + HEAD, (size_t)n - HEAD);
            answer_len = n - HEAD;
            pthread_cond_signal(&arrived);
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static struct timespec later(double seconds)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    long long ns = t.tv_nsec + (long long)(seconds * 1e9 + 1);
    t.tv_sec += ns / 1000000000;
    t.tv_nsec = ns % 1000000000;
    return t;
}

/* Asks and prints.  Returns false when there is no answer. */
static bool ask(const char *line, size_t n, double seconds)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bits[8];
    char question[ALL];
    ssize_t got;

    do
        got = getrandom(bits, sizeof bits, 0);
    while (got == -1 && errno == EINTR);
    if (got != sizeof bits)
        err(1, "getrandom");
    question[0] = '?';
    for (int i = 0; i < 8; i++) {
        question[1 + 2 * i] = hex[bits[i] >> 4];
        question[2 + 2 * i] = hex[bits[i] & 15];
    }
    question[HEAD - 1] = ' ';
    memcpy(question + HEAD, line, n);

    pthread_mutex_lock(&lock);
    reason = 0;
    answer_len = -1;
    memcpy(wanted, question, HEAD);
    wanted[0] = '!';
    for (int i = 0; i < TIMES && answer_len == -1; i++, seconds *= 2) {
        pthread_mutex_unlock(&lock);
        ssize_t sent;
        do
            sent = send(fd, question, HEAD + n, 0);
        while (sent == -1 && errno == EINTR);
        int saved = errno;
        struct timespec end = later(seconds);
        pthread_mutex_lock(&lock);
        if (sent == -1)
            reason = saved;
        while (answer_len == -1 &&
               pthread_cond_timedwait(&arrived, &lock, &end) != ETIMEDOUT)
            ;
    }
    wanted[0] = '\0';
    bool is_there = answer_len != -1;
    pthread_mutex_unlock(&lock);
    if (is_there) {
        answer[answer_len] = '\n';
        fwrite(answer, 1, (size_t)answer_len + 1, stdout);
        if (fflush(stdout) == EOF)
            err(1, "stdout");
    }
    return is_there;
}

int main(int argc, char **argv)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    double seconds = 0.1;
    char line[TEXT + 1];

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s HOST PORT [SECONDS]\n", argv[0]);
        return 2;
    }
    if (argv[2][0] == '\0' || strlen(argv[2]) > 5 ||
        argv[2][strspn(argv[2], "0123456789")] != '\0' || atoi(argv[2]) > 65535)
        errx(1, "bad port %s", argv[2]);
    if (argc == 4) {
        const char *s = argv[3];
        size_t whole = strspn(s, "0123456789"), all = whole;
        if (s[whole] == '.')
            all += 1 + strspn(s + whole + 1, "0123456789");
        seconds = strtod(s, NULL);
        if (whole == 0 || s[all] != '\0' || s[all - 1] == '.' ||
            !(seconds > 0) || seconds > 60)
            errx(1, "bad number of seconds %s", s);
    }
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));
    fd = socket(list->ai_family, SOCK_DGRAM, 0);
    if (fd == -1)
        err(1, "socket");
    while (connect(fd, list->ai_addr, list->ai_addrlen) == -1)
        if (errno != EINTR)
            err(1, "connect");
    freeaddrinfo(list);

    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&arrived, &attr);
    pthread_t t;
    if (pthread_create(&t, NULL, receive, NULL) != 0)
        errx(1, "no thread");

    for (size_t n = 0;;) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "stdin");
        if (got == 1 && c != '\n') {
            line[n++] = c;
            if (n > TEXT)
                errx(1, "a line has more than %d bytes", TEXT);
            continue;
        }
        if (got == 1 || n > 0)
            if (!ask(line, n, seconds)) {
                pthread_mutex_lock(&lock);
                if (reason != 0)
                    errx(1, "no answer: %s", strerror(reason));
                errx(1, "no answer");
            }
        if (got == 0)
            return 0;
        n = 0;
    }
}
