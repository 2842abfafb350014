/* talker: a program that speaks in datagrams, for datagrams.c.
 *
 *     talker serve             sends back what comes, to who has sent it
 *     talker claim             says that it listens, and does not
 *     talker call PORT TIMES   says "hi" from a connected socket, and prints
 *                              what comes of it
 *     talker ask PORT N        asks N questions, each until its answer comes
 *     talker believe PORT N    the same, but takes whatever comes */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char bytes[65536];

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int serve(void)
{
    struct sockaddr_in a = loopback(0);
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int another = dup(fd); /* it is the same socket */

    if (bind(fd, (struct sockaddr *)&a, sizeof a) == -1 ||
        getsockname(fd, (struct sockaddr *)&a, &len) == -1)
        err(1, "bind");
    printf("listening on 127.0.0.1:%d\n", ntohs(a.sin_port));
    for (;;) {
        len = sizeof a;
        ssize_t n =
            recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&a, &len);
        if (n == -1 || sendto(another, bytes, (size_t)n, 0,
                              (struct sockaddr *)&a, len) == -1)
            err(1, "recvfrom or sendto");
    }
}

static int claim(void)
{
    printf("listening on 127.0.0.1:7\n");
    return pause();
}

static int call(int port, int times)
{
    struct sockaddr_in a = loopback(port);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (connect(fd, (struct sockaddr *)&a, sizeof a) == -1)
        err(1, "connect");
    for (; times > 0; times--) {
        if (send(fd, "hi", 2, 0) == -1)
            err(1, "send");
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n == -1)
            printf("%s\n", strerrorname_np(errno));
        else
            printf("%zd %.*s\n", n, (int)n, bytes);
    }
    return 0;
}

/* Waits a little for the answer. */
static bool hear(int fd, const char *answer, bool believes)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (poll(&p, 1, 3) == 1) {
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (believes || (n == (ssize_t)strlen(answer) &&
                         memcmp(bytes, answer, (size_t)n) == 0)) {
            printf("%.*s\n", (int)n, bytes);
            return true;
        }
    }
    return false;
}

static int ask(int port, int n, bool believes)
{
    struct sockaddr_in a = loopback(port);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (!believes && connect(fd, (struct sockaddr *)&a, sizeof a) == -1)
        err(1, "connect");
    for (int i = 0; i < n; i++) {
        char question[20], answer[20];
        snprintf(question, sizeof question, "q%d", i);
        snprintf(answer, sizeof answer, "a%d", i);
        do
            if (sendto(fd, question, strlen(question), 0, (struct sockaddr *)&a,
                       sizeof a) == -1)
                err(1, "sendto");
        while (!hear(fd, answer, believes));
    }
    return 0;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2)
        return strcmp(argv[1], "serve") == 0 ? serve() : claim();
    if (argc != 4)
        errx(2, "see talker.c");
    if (strcmp(argv[1], "call") == 0)
        return call(atoi(argv[2]), atoi(argv[3]));
    return ask(atoi(argv[2]), atoi(argv[3]), strcmp(argv[1], "believe") == 0);
}
