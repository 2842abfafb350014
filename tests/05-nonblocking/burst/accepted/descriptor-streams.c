/* burst, accepted: stdin through stdio without a buffer of its own behind it,
 * a byte at a time when they come slowly; a second descriptor of the socket;
 * the report through dprintf(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned long long count;
static unsigned waits;

static void push(int fd, const char *p, size_t n)
{
    struct pollfd w = {.fd = fd, .events = POLLOUT};

    for (; n > 0;) {
        ssize_t k = write(fd, p, n);
        switch (k == -1 ? errno : 0) {
        case 0:
            p += k;
            n -= (size_t)k;
            count += (size_t)k;
            break;
        case EAGAIN:
            waits++;
            while (ppoll(&w, 1, NULL, NULL) == -1 && errno == EINTR)
                continue;
            break;
        case EINTR:
            break;
        default:
            err(1, "write");
        }
    }
}

int main(int argc, char **argv)
{
    struct addrinfo h = {.ai_socktype = SOCK_STREAM}, *l;
    int s = -1, on = 1, there = 0;
    char buf[4096];

    if (argc != 3)
        return fprintf(stderr, "usage: burst HOST PORT\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    if (getaddrinfo(argv[1], argv[2], &h, &l) != 0)
        errx(1, "getaddrinfo");
    s = socket(l->ai_family, SOCK_STREAM, IPPROTO_TCP);
    while (connect(s, l->ai_addr, l->ai_addrlen) == -1) {
        if (l->ai_next == NULL)
            err(1, "%s", argv[1]);
        l = l->ai_next;
        close(s);
        s = socket(l->ai_family, SOCK_STREAM, IPPROTO_TCP);
    }
    int other = dup(s);
    close(s);
    ioctl(other, FIONBIO, &on);
    setvbuf(stdin, NULL, _IONBF, 0);
    for (;;) {
        errno = 0;
        int c = getchar(); /* waits; then what else is there */
        if (c == EOF && errno == EINTR) {
            clearerr(stdin);
            continue;
        }
        if (c == EOF)
            break;
        buf[0] = (char)c;
        size_t n = 1;
        if (ioctl(0, FIONREAD, &there) == 0 && there > 0) {
            size_t most =
                (size_t)there < sizeof buf - 1 ? (size_t)there : sizeof buf - 1;
            ssize_t k = TEMP_FAILURE_RETRY(read(0, buf + 1, most));
            if (k == -1)
                err(1, "stdin");
            n += (size_t)k;
        }
        push(other, buf, n);
    }
    if (ferror(stdin))
        err(1, "stdin");
    close(other);
    dprintf(1, "sent %llu bytes, waited %u times\n", count, waits);
    return 0;
}
