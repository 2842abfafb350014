/* ask with two threads: one sends and half-closes, one receives. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    LIMIT = 64 * 1024
};

struct job {
    int fd, error;
    struct iovec left;
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
        errx(1, "%s: %s", host, gai_strerror(rc));
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
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    return fd;
}

/* Reads stdin to its end, or until it is longer than a question may be.
 * Returns how many bytes there are.  Ends the program on an error. */
static size_t read_question(char question[LIMIT + 1])
{
    size_t n = 0;

    while (n < LIMIT + 1) {
        ssize_t got = read(STDIN_FILENO, question + n, LIMIT + 1 - n);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "stdin");
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return n;
}

/* Writes all n bytes of buf to stdout.  Ends the program on an error. */
static void write_all(const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, buf, n);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            err(1, "stdout");
        buf += written;
        n -= (size_t)written;
    }
}

static void *send_question(void *data)
{
    struct job *job = data;
    struct msghdr message = {.msg_iov = &job->left, .msg_iovlen = 1};

    while (job->left.iov_len > 0) {
        ssize_t sent = sendmsg(job->fd, &message, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1) {
            job->error = errno;
            return NULL;
        }
        job->left.iov_base = (char *)job->left.iov_base + sent;
        job->left.iov_len -= (size_t)sent;
    }
    if (shutdown(job->fd, SHUT_WR) == -1)
        job->error = errno;
    return NULL;
}

int main(int argc, char *argv[])
{
    static char question[LIMIT + 1];

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    size_t n = read_question(question);
    if (n > LIMIT)
        errx(1, "more than %d bytes", LIMIT);
    int fd = connect_any(argv[1], argv[2]);
    struct job job = {fd, 0, {question, n}};
    char one[100], two[3000];
    struct iovec pieces[2] = {{one, sizeof one}, {two, sizeof two}};
    pthread_t sender;
    ssize_t got;

    if ((errno = pthread_create(&sender, NULL, send_question, &job)) != 0)
        err(1, "pthread_create");
    while ((got = readv(fd, pieces, 2)) != 0) {
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "readv");
        size_t first = (size_t)got < sizeof one ? (size_t)got : sizeof one;
        write_all(one, first);
        write_all(two, (size_t)got - first);
    }
    pthread_join(sender, NULL);
    if ((errno = job.error) != 0)
        err(1, "the question");
    return 0;
}
