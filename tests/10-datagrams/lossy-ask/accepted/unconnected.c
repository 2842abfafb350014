/* lossy-ask, accepted: a socket that is not connected, and compares who has
 * sent; pselect() on a non-blocking socket; characters of stdio make the lines;
 * the id from getentropy(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_storage server;
static socklen_t server_len;
static int fd, last_error;
static char question[18 + 512], answer[65536];
static size_t question_len, answer_len;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int get(void)
{
    for (;;) {
        int c = getchar();
        if (c != EOF || !ferror(stdin))
            return c;
        if (errno != EINTR)
            err(1, "stdin");
        clearerr(stdin);
    }
}

/* Returns 0 when there is no more. */
static int read_question(void)
{
    unsigned char id[8];
    int c;

    question_len = 18;
    if ((c = get()) == EOF)
        return 0;
    for (; c != EOF && c != '\n'; c = get()) {
        if (question_len == sizeof question)
            errx(1, "that is too much to ask");
        question[question_len++] = (char)c;
    }
    if (getentropy(id, sizeof id) == -1)
        err(1, "getentropy");
    question[0] = '?';
    for (int i = 0; i < 8; i++)
        question[1 + 2 * i] = "0123456789abcdef"[id[i] / 16],
                         question[2 + 2 * i] = "0123456789abcdef"[id[i] % 16];
    question[17] = ' ';
    return 1;
}

static int is_from_server(const struct sockaddr_storage *from)
{
    if (from->ss_family != server.ss_family)
        return 0;
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *a = (const void *)from,
                                  *b = (const void *)&server;
        return a->sin6_port == b->sin6_port &&
               memcmp(&a->sin6_addr, &b->sin6_addr, 16) == 0;
    }
    const struct sockaddr_in *a = (const void *)from,
                             *b = (const void *)&server;
    return a->sin_port == b->sin_port &&
           a->sin_addr.s_addr == b->sin_addr.s_addr;
}

/* Takes one datagram; returns 1 when it is the answer. */
static int receive(void)
{
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    ssize_t n =
        recvfrom(fd, answer, sizeof answer, 0, (struct sockaddr *)&from, &len);

    if (n == -1)
        return 0;
    answer_len = (size_t)n;
    return n >= 18 && n <= 18 + 512 && is_from_server(&from) &&
           answer[0] == '!' && memcmp(answer + 1, question + 1, 17) == 0;
}

static int await(double seconds)
{
    double end = now() + seconds, left = seconds;

    for (; left > 0; left = end - now()) {
        struct timespec t = {(time_t)left,
                             (long)((left - (double)(time_t)left) * 1e9)};
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        if (pselect(fd + 1, &set, NULL, NULL, &t, NULL) > 0 && receive())
            return 1;
    }
    return 0;
}

static int ask(double seconds)
{
    for (int i = 0; i < 6; i++, seconds *= 2) {
        ssize_t n;
        do
            n = sendto(fd, question, question_len, 0,
                       (struct sockaddr *)&server, server_len);
        while (n == -1 && errno == EINTR);
        if (n == -1)
            last_error = errno;
        if (await(seconds))
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_DGRAM};
    char *end;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT [SECONDS]\n", argv[0]);
        return 2;
    }
    const char *wait = argc == 4 ? argv[3] : "0.1";
    double seconds = strtod(wait, &end);
    if (*end != '\0' || strspn(wait, "0123456789.") != strlen(wait) ||
        seconds <= 0 || seconds > 60)
        errx(1, "%s is no number of seconds", wait);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    fd = socket(list->ai_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    memcpy(&server, list->ai_addr, list->ai_addrlen);
    server_len = list->ai_addrlen;
    freeaddrinfo(list);
    while (read_question()) {
        last_error = 0;
        if (!ask(seconds))
            errx(1, "nobody has answered%s%s", last_error != 0 ? ": " : "",
                 last_error != 0 ? strerror(last_error) : "");
        fwrite(answer + 18, 1, answer_len - 18, stdout);
        if (putchar('\n') == EOF || fflush(stdout) == EOF)
            err(1, "stdout");
    }
    return 0;
}
