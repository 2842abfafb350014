/* command-client that takes the first line one byte at a time, so that no
 * rest stays, and the output as it comes; it sends with sendmsg(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t get(int fd, void *buf, size_t n)
{
    ssize_t got = TEMP_FAILURE_RETRY(recv(fd, buf, n, 0));

    if (got == -1)
        err(255, "recv");
    if (got == 0)
        errx(255, "end of stream in the middle of the answer");
    return got;
}

static void send_name(int fd, char *name)
{
    struct iovec v[2] = {{name, strlen(name)}, {(char[]){'\n'}, 1}};

    while (v[0].iov_len + v[1].iov_len > 0) {
        struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
        ssize_t n = TEMP_FAILURE_RETRY(sendmsg(fd, &m, MSG_NOSIGNAL));
        if (n == -1)
            err(255, "sendmsg");
        for (int i = 0; i < 2; i++) {
            size_t k = (size_t)n < v[i].iov_len ? (size_t)n : v[i].iov_len;
            v[i].iov_base = (char *)v[i].iov_base + k;
            v[i].iov_len -= k;
            n -= (ssize_t)k;
        }
    }
}

static void read_head(int fd, int *status, size_t *length)
{
    char line[13] = "";
    regex_t form;

    for (size_t n = 0; n == 0 || line[n - 1] != '\n'; n++) {
        if (n == 12)
            errx(255, "a first line without an end");
        get(fd, line + n, 1);
        if (line[n] == '\0')
            errx(255, "a NUL in the first line");
    }
    if (regcomp(&form, "^[0-9]{1,3} [0-9]{1,7}\n$", REG_EXTENDED) != 0 ||
        regexec(&form, line, 0, NULL, 0) != 0 ||
        sscanf(line, "%d %zu", status, length) != 2 || *status > 255 ||
        *length > 1048576)
        errx(255, "not an answer: %.*s", (int)strcspn(line, "\n"), line);
    regfree(&form);
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    char buf[4096];
    int fd = -1, status;
    size_t length;

    if (argc != 4) {
        fprintf(stderr, "usage: %s HOST PORT NAME\n", argv[0]);
        exit(2);
    }
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(255, "%s", gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        if (fd != -1)
            close(fd);
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd == -1)
            continue;
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        if (ai->ai_next == NULL)
            err(255, "connect");
    }
    freeaddrinfo(list);
    if (fd == -1)
        err(255, "socket");
    send_name(fd, argv[3]);
    read_head(fd, &status, &length);
    while (length > 0) {
        size_t n = length < sizeof buf ? length : sizeof buf;
        n = (size_t)get(fd, buf, n);
        length -= n;
        for (char *p = buf; n > 0;) {
            ssize_t k = TEMP_FAILURE_RETRY(write(1, p, n));
            if (k == -1)
                err(255, "write");
            p += k;
            n -= (size_t)k;
        }
    }
    return status;
}
