/* fixed by stdio: fread() from the socket, write() to it, SIGPIPE ignored,
 * and a listener that is made in one go. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
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

/* fread() gives what has come before the signal, and is asked again. */
static size_t read_record(FILE *in, char *record)
{
    size_t n = 0;

    while (n < 64) {
        n += fread(record + n, 1, 64 - n, in);
        if (n == 64 || feof(in))
            break;
        if (!ferror(in) || errno != EINTR)
            break;
        clearerr(in);
    }
    return n;
}

static int write_all(int fd, const char *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t k = write(fd, p + done, n - done);
        if (k >= 0)
            done += (size_t)k;
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

static void talk(FILE *in)
{
    char record[64], back[64];

    while (read_record(in, record) == sizeof record) {
        for (int i = 0; i < 64; i++)
            back[63 - i] = record[i];
        if (write_all(fileno(in), back, sizeof back) == -1)
            return;
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: fixed HOST PORT\n");
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN);
    int lfd = make_listener(argv[1], argv[2]);
    for (;;) {
        int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1) {
            fprintf(stderr, "accept failed, going on\n");
            continue;
        }
        FILE *in = fdopen(fd, "r");
        talk(in);
        fclose(in);
    }
}
