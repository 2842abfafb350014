/* forked, accepted: SIGCHLD is ignored, so that the kernel buries children;
 * descriptors are closed by a loop over all of them, and read() and write() do
 * the talking. */
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

static struct sockaddr_storage addr;

static void print_address(const char *word, socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV], line[NI_MAXHOST + NI_MAXSERV + 32];
    bool six = addr.ss_family == AF_INET6;

    getnameinfo((struct sockaddr *)&addr, len, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(line, sizeof line, "%s %s%s%s:%s\n", word, six ? "[" : "", host,
             six ? "]" : "", port);
    if (write(STDOUT_FILENO, line, strlen(line)) == -1)
        warn("stdout");
}

static void serve(int fd)
{
    char b[700];
    ssize_t n;

    for (int other = 3; other < 64; other++)
        if (other != fd)
            close(other);
    while ((n = read(fd, b, sizeof b)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (b[i] >= 'a' && b[i] <= 'z')
                b[i] = (char)(b[i] & ~32);
        if (write(fd, b, (size_t)n) != n)
            break;
    }
    _Exit(n == -1);
}

static void pause_a_little(void)
{
    usleep(5000);
}

static int listener(char **argv)
{
    struct addrinfo *ai, hints = {.ai_socktype = SOCK_STREAM};
    int yes = 1, rc = getaddrinfo(argv[1], argv[2], &hints, &ai);

    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));
    for (; ai != NULL; ai = ai->ai_next) {
        int fd = socket(ai->ai_family, SOCK_STREAM, 0);
        if (fd == -1)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 512) == 0)
            return fd;
        close(fd);
    }
    err(1, "%s:%s", argv[1], argv[2]);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        dprintf(STDERR_FILENO, "usage: forked HOST PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    int lfd = listener(argv);
    socklen_t len = sizeof addr;
    getsockname(lfd, (struct sockaddr *)&addr, &len);
    print_address("listening on", len);
    for (;;) {
        len = sizeof addr;
        int fd = accept4(lfd, (struct sockaddr *)&addr, &len, SOCK_CLOEXEC);
        if (fd == -1) {
            pause_a_little();
            continue;
        }
        print_address("caller", len);
        pid_t pid = fork();
        if (pid == 0)
            serve(fd);
        if (pid == -1)
            warn("no process for this one");
        close(fd);
    }
}
