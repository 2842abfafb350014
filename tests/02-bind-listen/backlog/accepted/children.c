/* backlog, accepted: a process for each measurement, whose end closes all. */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct timeval limit = {.tv_usec = 50000};

static int measure(int backlog)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    int lfd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), n = -1, fd;

    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    if (lfd == -1 || bind(lfd, (struct sockaddr *)&a, len) == -1 ||
        listen(lfd, backlog) == -1 ||
        getsockname(lfd, (struct sockaddr *)&a, &len) == -1)
        err(1, "cannot listen");
    do {
        fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
        if (fd == -1 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == -1)
            err(1, "cannot call");
    } while (++n < 100 && connect(fd, (struct sockaddr *)&a, len) == 0);
    return n;
}

static void report(const char *word)
{
    int n = measure(atoi(word));

    if (n == 1)
        printf("backlog %d: 1 connection\n", atoi(word));
    else if (n < 100)
        printf("backlog %d: %d connections\n", atoi(word), n);
    else
        printf("backlog %d: at least %d connections\n", atoi(word), n);
    exit(0);
}

int main(int argc, char **argv)
{
    if (argc == 1)
        errx(2, "usage: backlog N...");
    for (int i = 1; i < argc; i++) {
        const char *digits = argv[i] + (argv[i][0] == '-');

        if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits))
            errx(2, "usage: backlog N...");
    }
    for (int i = 1; i < argc; i++) {
        int status = 0;
        pid_t pid = fork();

        if (pid == -1)
            err(1, "fork");
        if (pid == 0)
            report(argv[i]);
        if (waitpid(pid, &status, 0) == -1 || status != 0)
            return 1;
    }
    return 0;
}
