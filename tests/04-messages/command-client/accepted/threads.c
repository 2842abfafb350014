/* command-client with a thread that receives, a pipe, and a thread that writes;
 * the first line is found by peeking. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    BROKEN = 255,
    MAX_OUTPUT = 1 << 20
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Connects to the first address of host that accepts.  Ends the program when
 * there is none. */
static int connect_any(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int fd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(BROKEN, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd == -1)
            continue;
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
            int saved = errno;
            close(fd);
            errno = saved;
            fd = -1;
        }
    }
    if (fd == -1)
        err(BROKEN, "%s port %s", host, port);
    freeaddrinfo(list);
    return fd;
}

static int way[2];

/* The second thread: from the pipe to stdout, in small pieces. */
static void *writer(void *unused)
{
    char buf[3000];
    ssize_t n;

    (void)unused;
    while ((n = read(way[0], buf, sizeof buf)) != 0) {
        if (n == -1) {
            if (errno == EINTR)
                continue;
            err(BROKEN, "pipe");
        }
        struct iovec iov = {buf, (size_t)n};
        while (iov.iov_len > 0) {
            ssize_t w = writev(1, &iov, 1);
            if (w == -1 && errno == EINTR)
                continue;
            if (w == -1)
                err(BROKEN, "stdout");
            iov.iov_base = (char *)iov.iov_base + w;
            iov.iov_len -= (size_t)w;
        }
    }
    return NULL;
}

static ssize_t again(int fd, char *buf, size_t n, int flags)
{
    ssize_t got;

    do
        got = recv(fd, buf, n, flags);
    while (got == -1 && errno == EINTR);
    return got;
}

int main(int argc, char *argv[])
{
    char buf[10000], head[13];
    size_t n = 0;
    pthread_t thread;
    regex_t form;
    int status;
    size_t length;
    const char *wrong = NULL;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT NAME\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(BROKEN, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    signal(SIGPIPE, SIG_IGN);
    int fd = connect_any(argv[1], argv[2]);
    size_t len = strlen(argv[3]);
    for (size_t i = 0; i <= len;) { /* one byte at a time */
        ssize_t w = write(fd, i < len ? argv[3] + i : "\n", 1);
        if (w == -1 && errno != EINTR)
            err(BROKEN, "write");
        if (w == 1)
            i++;
    }

    for (;;) { /* take what is before the newline, with it, and no more */
        char *end;
        ssize_t got = again(fd, head + n, 12 - n, MSG_PEEK);
        if (got == -1)
            err(BROKEN, "recv");
        if (got == 0)
            errx(BROKEN, "the answer ends too early");
        end = memchr(head + n, '\n', (size_t)got);
        size_t take = end != NULL ? (size_t)(end - head) + 1 - n : (size_t)got;
        while (take > 0) {
            got = again(fd, head + n, take, MSG_WAITALL);
            if (got <= 0)
                err(BROKEN, "recv");
            n += (size_t)got;
            take -= (size_t)got;
        }
        if (end != NULL)
            break;
        if (n == 12)
            errx(BROKEN, "the answer is broken: its line is too long");
    }
    head[n - 1] = '\0';
    if (regcomp(&form, "^[0-9]{1,3} [0-9]{1,7}$", REG_EXTENDED | REG_NOSUB))
        errx(BROKEN, "regcomp");
    if (strlen(head) != n - 1 || regexec(&form, head, 0, NULL, 0) != 0 ||
        sscanf(head, "%d %zu", &status, &length) != 2 || status > 255 ||
        length > MAX_OUTPUT)
        errx(BROKEN, "the answer is broken: \"%s\"", head);
    regfree(&form);

    if (pipe2(way, O_CLOEXEC) == -1)
        err(BROKEN, "pipe");
    if (pthread_create(&thread, NULL, writer, NULL) != 0)
        errx(BROKEN, "no thread");
    while (length > 0) {
        ssize_t got =
            again(fd, buf, length < sizeof buf ? length : sizeof buf, 0);
        if (got <= 0) {
            wrong = got == 0 ? "the answer ends too early" : strerror(errno);
            break;
        }
        length -= (size_t)got;
        for (ssize_t i = 0; i < got;) {
            ssize_t w = write(way[1], buf + i, (size_t)(got - i));
            if (w == -1 && errno != EINTR)
                err(BROKEN, "pipe");
            if (w > 0)
                i += w;
        }
    }
    close(way[1]);
    pthread_join(thread, NULL);
    if (wrong != NULL)
        errx(BROKEN, "%s", wrong);
    return status;
}
