/* command-client with poll(): the socket never blocks, what it sends and what
 * it receives are two buffers, and the answer is read into a third. */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char in[64 * 1024];
static size_t in_len; /* bytes of it that nobody has used */
static long status = -1, left = -1;

static void print(size_t n)
{
    struct pollfd out = {.fd = 1, .events = POLLOUT};

    for (size_t at = 0; at < n;) {
        ssize_t k = write(1, in + at, n - at);
        if (k >= 0)
            at += (size_t)k;
        else if (errno == EAGAIN)
            poll(&out, 1, -1);
        else if (errno != EINTR)
            err(255, "stdout");
    }
    memmove(in, in + n, in_len - n);
    in_len -= n;
}

/* Reads the first line by hand, when it is there. */
static void parse_head(void)
{
    char line[16] = "";
    size_t n = 0, digits[2] = {0, 0};
    long value[2] = {0, 0};
    int which = 0;

    while (n < in_len && n < 12 && in[n] != '\n')
        n++;
    if (n == 12)
        errx(255, "the first line is too long");
    if (n == in_len)
        return;
    memcpy(line, in, n);
    for (size_t i = 0; i < n; i++) {
        if (line[i] == ' ' && which == 0)
            which = 1;
        else if (isdigit((unsigned char)line[i]) && ++digits[which] < 8)
            value[which] = value[which] * 10 + line[i] - '0';
        else
            errx(255, "the first line has \"%c\" in it", line[i]);
    }
    if (which == 0 || digits[0] < 1 || digits[0] > 3 || digits[1] < 1 ||
        value[0] > 255 || value[1] > 1048576)
        errx(255, "the first line is wrong");
    status = value[0];
    left = value[1];
    memmove(in, in + n + 1, in_len - n - 1);
    in_len -= n + 1;
}

/* Receives what has come; false when there is nothing more to wait for. */
static bool take(int fd)
{
    ssize_t got = read(fd, in + in_len, sizeof in - in_len);

    if (got == -1 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (got == -1)
        err(255, "the answer");
    if (got == 0)
        errx(255, "the server has left in the middle");
    in_len += (size_t)got;
    if (status == -1)
        parse_head();
    if (status == -1)
        return true;
    size_t n = in_len < (size_t)left ? in_len : (size_t)left;
    left -= (long)n;
    print(n);
    return left > 0;
}

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int why = 0, rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0)
        errx(255, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0) {
            freeaddrinfo(list);
            return fd;
        }
        why = errno;
        if (fd != -1)
            close(fd);
    }
    errno = why;
    err(255, "nobody at %s %s", host, port);
}

int main(int argc, char **argv)
{
    char *name;
    size_t sent = 0;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT NAME\n", argv[0]);
        return 2;
    }
    int fd = dial(argv[1], argv[2]);
    int n = asprintf(&name, "%s\n", argv[3]);
    if (n == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
        err(255, "setting out");
    for (bool more = true; more;) {
        bool sending = sent < (size_t)n;
        struct pollfd p = {.fd = fd,
                           .events = (short)(sending ? POLLOUT : POLLIN)};
        if (poll(&p, 1, -1) == -1 && errno != EINTR)
            err(255, "poll");
        if (!sending) {
            more = take(fd);
            continue;
        }
        ssize_t k = send(fd, name + sent, (size_t)n - sent, MSG_NOSIGNAL);
        if (k >= 0)
            sent += (size_t)k;
        else if (errno != EINTR && errno != EAGAIN)
            err(255, "sending");
    }
    free(name);
    exit((int)status);
}
