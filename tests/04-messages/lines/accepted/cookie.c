/* lines by getline(): a stream of stdio's own making, whose calls make
 * interrupted ones again. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
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

static ssize_t take(void *cookie, char *buf, size_t n)
{
    ssize_t k;

    do
        k = read((int)(intptr_t)cookie, buf, n);
    while (k == -1 && errno == EINTR);
    return k;
}

/* Returns 0, not -1, on an error: so says fopencookie(3). */
static ssize_t give(void *cookie, const char *buf, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t k =
            send((int)(intptr_t)cookie, buf + done, n - done, MSG_NOSIGNAL);
        if (k >= 0)
            done += (size_t)k;
        else if (errno != EINTR)
            return 0;
    }
    return (ssize_t)n;
}

static void talk(FILE *in, FILE *out)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    for (int nth = 1; (n = getline(&line, &size, in)) > 0; nth++) {
        if (line[n - 1] != '\n')
            break;
        if (n > 1025) {
            fputs("too long\n", out);
        } else {
            fprintf(out, "%d ", nth);
            fwrite(line, 1, (size_t)n, out);
        }
        if (fflush(out) == EOF)
            break;
    }
    free(line);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: lines HOST PORT\n");
        exit(2);
    }
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1)
            continue;
        void *cookie = (void *)(intptr_t)fd;
        FILE *in =
            fopencookie(cookie, "r", (cookie_io_functions_t){.read = take});
        FILE *out =
            fopencookie(cookie, "w", (cookie_io_functions_t){.write = give});
        if (in == NULL || out == NULL)
            err(1, "fopencookie");
        talk(in, out);
        fclose(in);
        fclose(out);
        close(fd);
    }
}
