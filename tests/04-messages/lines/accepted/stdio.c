/* lines by stdio: getc() from the socket, writev() to it, SIGPIPE ignored. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int make_listener(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *ai;
    char addr[NI_MAXHOST], serv[NI_MAXSERV];
    int yes = 1, rc = getaddrinfo(host, port, &hints, &ai);

    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd == -1 || bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(fd, 5) == -1)
        err(1, "%s:%s", host, port);
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    getsockname(fd, (struct sockaddr *)&ss, &len);
    getnameinfo((struct sockaddr *)&ss, len, addr, sizeof addr, serv,
                sizeof serv, NI_NUMERICHOST | NI_NUMERICSERV);
    printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n"
                                    : "listening on %s:%s\n",
           addr, serv);
    fflush(stdout);
    freeaddrinfo(ai);
    return fd;
}

/* A signal is no end. */
static int next_byte(FILE *in)
{
    int c;

    while ((c = getc(in)) == EOF && ferror(in) && errno == EINTR)
        clearerr(in);
    return c;
}

static int write_pieces(int fd, struct iovec *piece, int n)
{
    while (n > 0) {
        ssize_t k = writev(fd, piece, n);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            return -1;
        for (; n > 0 && (size_t)k >= piece->iov_len; piece++, n--)
            k -= (ssize_t)piece->iov_len;
        if (n > 0) {
            piece->iov_base = (char *)piece->iov_base + k;
            piece->iov_len -= (size_t)k;
        }
    }
    return 0;
}

static void talk(FILE *in)
{
    char line[1024], number[32], newline[] = "\n", too_long[] = "too long";
    size_t n = 0;
    int c, nth = 1;

    while ((c = next_byte(in)) != EOF) {
        if (c != '\n') {
            if (n < sizeof line)
                line[n] = (char)c;
            n++;
            continue;
        }
        int head = snprintf(number, sizeof number, "%d ", nth++);
        struct iovec good[] = {{number, (size_t)head}, {line, n}, {newline, 1}};
        struct iovec bad[] = {{too_long, 8}, {newline, 1}};
        if ((n > sizeof line ? write_pieces(fileno(in), bad, 2)
                             : write_pieces(fileno(in), good, 3)) == -1)
            return;
        n = 0;
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: lines HOST PORT\n");
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN);
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1) {
            fprintf(stderr, "accept failed, going on\n");
            continue;
        }
        FILE *in = fdopen(fd, "r");
        talk(in);
        fclose(in);
    }
}
