/* lines by two streams of fopencookie(): answers lie in stdio until nothing
 * more is there to read; shutdown() before close(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Makes a socket that listens at one address.  Returns -1 with errno set when
 * it cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int lfd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);

    if (lfd == -1)
        return -1;
    if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
        bind(lfd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(lfd, SOMAXCONN) == -1) {
        int saved = errno;
        close(lfd);
        errno = saved;
        return -1;
    }
    return lfd;
}

/* Prints where a socket listens, an IPv6 address in brackets. */
static void print_address(int lfd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    int rc = getnameinfo((const struct sockaddr *)&ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    if (ss.ss_family == AF_INET6)
        printf("listening on [%s]:%s\n", addr, port);
    else
        printf("listening on %s:%s\n", addr, port);
}

/* Listens at the first address of host that can be bound, and prints where.
 * Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    int lfd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s", host);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && lfd == -1; ai = ai->ai_next)
        lfd = listen_at(ai);
    if (lfd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    print_address(lfd);
    return lfd;
}

static int take_client(int lfd)
{
    const struct timespec a_little = {.tv_nsec = 50 * 1000 * 1000};

    for (;;) {
        int cfd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
        if (cfd != -1)
            return cfd;
        int e = errno;
        if (e == EINTR)
            continue;
        if (e == EBADF || e == EINVAL || e == ENOTSOCK)
            err(1, "accept4");
        warn("accept4");
        if (e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM)
            nanosleep(&a_little, NULL);
    }
}

enum {
    LIMIT = 1024
};
static FILE *to;

/* When stdio wants more, all that was answered goes out first. */
static ssize_t take(void *cookie, char *buf, size_t n)
{
    int fd = *(int *)cookie;
    ssize_t got;

    if (fflush(to) == EOF)
        return 0;
    while ((got = recv(fd, buf, n, 0)) == -1 && errno == EINTR)
        ;
    return got;
}

static ssize_t give(void *cookie, const char *buf, size_t n)
{
    size_t done = 0;

    while (done < n) {
        ssize_t k = send(*(int *)cookie, buf + done, n - done, MSG_NOSIGNAL);
        if (k == -1 && errno != EINTR)
            return 0;
        if (k > 0)
            done += (size_t)k;
    }
    return (ssize_t)n;
}

static void serve(int fd)
{
    char line[LIMIT];
    size_t n = 0;
    unsigned long number = 1;
    int c;

    FILE *from = fopencookie(&fd, "r", (cookie_io_functions_t){.read = take});
    to = fopencookie(&fd, "w", (cookie_io_functions_t){.write = give});
    if (from == NULL || to == NULL)
        err(1, "fopencookie");
    while (!ferror(to) && (c = getc(from)) != EOF) {
        if (c != '\n') {
            if (n < LIMIT)
                line[n] = (char)c;
            n++;
            continue;
        }
        if (n > LIMIT)
            fputs("too long\n", to);
        else {
            fprintf(to, "%lu ", number);
            fwrite(line, 1, n, to);
            putc('\n', to);
        }
        number++;
        n = 0;
    }
    if (ferror(from) || ferror(to))
        warn("client");
    fclose(from);
    fclose(to);
    shutdown(fd, SHUT_RDWR);
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int lfd = open_door(argv[1], argv[2]);
    for (;;) {
        int cfd = take_client(lfd);
        serve(cfd);
        close(cfd);
    }
}
