/* upper-client: a non-blocking socket from the first call on, and poll()
 * before each that could wait; lines are gathered from stdin by read(2) and
 * cut by hand, and the newline goes out as a second piece of sendmsg(). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct buffer {
    char *data;
    size_t begin, end, size;
};

__attribute__((noreturn)) static void stop(const char *what, int error)
{
    dprintf(2, "%s: %s\n", what, strerror(error));
    exit(1);
}

static void wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    while (poll(&p, 1, -1) == -1) {
        if (errno != EINTR)
            stop("poll", errno);
    }
}

/* The port in a string of one to five digits, or -1. */
static long port_number(const char *s)
{
    long n = 0;
    const char *p = s;

    while (*p >= '0' && *p <= '9' && p - s < 6)
        n = 10 * n + (*p++ - '0');
    return *p == '\0' && p > s && p - s <= 5 && n <= UINT16_MAX ? n : -1;
}

static int call(const char *host, uint16_t port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct sockaddr_storage address;
    struct addrinfo *list;
    int rc, error = 0;
    socklen_t length = sizeof error;

    rc = getaddrinfo(host, NULL, &hints, &list);
    if (rc == EAI_SYSTEM)
        stop(host, errno);
    if (rc != 0) {
        dprintf(2, "%s: %s\n", host, gai_strerror(rc));
        exit(1);
    }
    int family = list->ai_family;
    socklen_t address_length = list->ai_addrlen;
    memcpy(&address, list->ai_addr, address_length);
    freeaddrinfo(list);
    if (family == AF_INET6)
        ((struct sockaddr_in6 *)&address)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&address)->sin_port = htons(port);

    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1)
        stop("socket", errno);
    if (connect(fd, (struct sockaddr *)&address, address_length) == -1) {
        if (errno != EINPROGRESS)
            stop("cannot connect", errno);
        wait_for(fd, POLLOUT);
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == -1)
            error = errno;
        if (error != 0)
            stop("cannot connect", error);
    }
    return fd;
}

static const char *end_text(const struct sockaddr_storage *ss, char *buf,
                            size_t size)
{
    char digits[INET6_ADDRSTRLEN];

    if (ss->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)ss;
        inet_ntop(AF_INET6, &six->sin6_addr, digits, sizeof digits);
        snprintf(buf, size, "[%s]:%d", digits, ntohs(six->sin6_port));
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *)ss;
        inet_ntop(AF_INET, &four->sin_addr, digits, sizeof digits);
        snprintf(buf, size, "%s:%d", digits, ntohs(four->sin_port));
    }
    return buf;
}

static void tell_ends(int fd)
{
    struct sockaddr_storage here, there;
    socklen_t here_length = sizeof here, there_length = sizeof there;
    char a[80], b[80];

    if (getpeername(fd, (struct sockaddr *)&there, &there_length) == -1)
        stop("getpeername", errno);
    if (getsockname(fd, (struct sockaddr *)&here, &here_length) == -1)
        stop("getsockname", errno);
    dprintf(2, "connected from %s to %s\n", end_text(&here, a, sizeof a),
            end_text(&there, b, sizeof b));
}

/* Sends a line of n bytes and the newline, which is not among them. */
static void send_line(int fd, char *line, size_t n)
{
    char newline[] = "\n";
    struct iovec piece[] = {{line, n}, {newline, 1}};
    size_t sent = 0;

    while (sent <= n) {
        struct msghdr message = {.msg_iov = piece, .msg_iovlen = 2};

        piece[0].iov_base = line + sent;
        piece[0].iov_len = n - sent;
        wait_for(fd, POLLOUT);
        ssize_t got = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (got >= 0)
            sent += (size_t)got;
        else if (errno != EAGAIN && errno != EINTR)
            stop("the line cannot be sent", errno);
    }
}

static void write_out(const char *p, size_t n)
{
    while (n > 0) {
        wait_for(1, POLLOUT);
        ssize_t done = write(1, p, n);
        if (done == -1 && errno != EAGAIN && errno != EINTR)
            stop("stdout cannot be written", errno);
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
}

static void pass_answer(int fd)
{
    char bytes[2000];
    ssize_t n = 0;

    while (n <= 0 || bytes[n - 1] != '\n') {
        wait_for(fd, POLLIN);
        n = read(fd, bytes, sizeof bytes);
        if (n == 0) {
            dprintf(2, "the answer is not complete: the server has ended\n");
            exit(1);
        }
        if (n == -1 && errno != EAGAIN && errno != EINTR)
            stop("the answer is not complete", errno);
        if (n > 0)
            write_out(bytes, (size_t)n);
    }
}

/* Reads more of stdin, behind what the buffer holds.  False at the end. */
static bool fill(struct buffer *b)
{
    ssize_t n;

    if (b->begin > 0 && b->end == b->size) {
        memmove(b->data, b->data + b->begin, b->end - b->begin);
        b->end -= b->begin;
        b->begin = 0;
    }
    if (b->end == b->size) {
        char *data = realloc(b->data, b->size * 2 + 64);
        if (data == NULL)
            stop("a line is too long", errno);
        b->data = data;
        b->size = b->size * 2 + 64;
    }
    do {
        wait_for(0, POLLIN);
        n = read(0, b->data + b->end, b->size - b->end);
    } while (n == -1 && (errno == EAGAIN || errno == EINTR));
    if (n == -1)
        stop("stdin cannot be read", errno);
    b->end += (size_t)n;
    return n > 0;
}

int main(int argc, char *argv[])
{
    struct buffer in = {0};
    bool more = true;
    long port;

    if (argc != 3) {
        dprintf(2, "Usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    port = port_number(argv[2]);
    if (port == -1) {
        dprintf(2, "%s is not a port: it is no number up to 65535\n", argv[2]);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    int fd = call(argv[1], (uint16_t)port);
    tell_ends(fd);

    while (more || in.begin < in.end) {
        char *line = in.data + in.begin, *newline = NULL;
        size_t n = in.end - in.begin;

        if (n > 0)
            newline = memchr(line, '\n', n);
        if (newline == NULL && more) {
            more = fill(&in);
            continue;
        }
        if (newline != NULL)
            n = (size_t)(newline - line);
        send_line(fd, line, n);
        pass_answer(fd);
        in.begin += newline != NULL ? n + 1 : n;
    }
    free(in.data);
    close(fd);
    return 0;
}
