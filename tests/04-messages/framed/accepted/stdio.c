/* framed by stdio and processes: fread() and fwrite() on two streams of one
 * socket, a flush behind each frame, SIGPIPE ignored. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* fread() gives what came before the signal, and is asked again. */
static bool get(FILE *in, char *p, size_t n)
{
    size_t k = 0;

    while (k < n) {
        k += fread(p + k, 1, n - k, in);
        if (k < n && (feof(in) || errno != EINTR))
            return false;
        clearerr(in);
    }
    return true;
}

/* What a failed fwrite() has left is not to be known: the stream has no
 * buffer, and so none of it is hidden. */
static bool put(FILE *out, const char *p, size_t n)
{
    size_t k = 0;

    while (k < n) {
        k += fwrite(p + k, 1, n - k, out);
        if (k < n && errno != EINTR)
            return false;
        clearerr(out);
    }
    return true;
}

static void talk(FILE *in, FILE *out)
{
    static char frame[5 + 65536];
    char digits[6] = "";

    while (get(in, frame, 5)) {
        memcpy(digits, frame, 5);
        unsigned long n = strtoul(digits, NULL, 10);
        if (strspn(digits, "0123456789") != 5 || n > 65536) {
            fputs("not a frame\n", stderr);
            return;
        }
        if (!get(in, frame + 5, n) || !put(out, frame, 5 + n))
            return;
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: framed HOST PORT\n");
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1)
            continue;
        if (fork() == 0) {
            close(lfd);
            FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
            setvbuf(out, NULL, _IONBF, 0);
            talk(in, out);
            fclose(out);
            fclose(in);
            exit(0);
        }
        close(fd);
    }
}
