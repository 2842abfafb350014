/* pump with two threads that wait in their calls, and a receive buffer of
 * megabytes: the kernel holds much that nobody has read. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int sock;

_Noreturn static void die(const char *what, int error)
{
    dprintf(2, "pump: %s: %s\n", what, strerror(error));
    _exit(1);
}

static void await(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    poll(&p, 1, -1); /* an error is met by the call that follows */
}

/* stdin to the socket */
static void *up(void *result)
{
    static char buf[5000];
    int *why = result;

    for (;;) {
        ssize_t n = read(0, buf, sizeof buf);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN) {
            await(0, POLLIN);
            continue;
        }
        if (n == -1)
            die("stdin", errno);
        if (n == 0)
            break;
        for (ssize_t at = 0; at < n;) {
            ssize_t put = send(sock, buf + at, (size_t)(n - at), MSG_NOSIGNAL);
            if (put == -1 && errno == EINTR)
                continue;
            if (put == -1 && errno == EAGAIN) {
                await(sock, POLLOUT);
                continue;
            }
            if (put == -1) {
                *why = errno;
                shutdown(sock, SHUT_WR);
                return NULL;
            }
            at += put;
        }
    }
    if (shutdown(sock, SHUT_WR) == -1) {
        socklen_t len = sizeof *why;
        int saved = errno;
        getsockopt(sock, SOL_SOCKET, SO_ERROR, why, &len);
        if (*why == 0)
            *why = saved;
    }
    return NULL;
}

/* the socket to stdout */
static void down(void)
{
    static char buf[50000];

    for (;;) {
        ssize_t n = recv(sock, buf, sizeof buf, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN) {
            await(sock, POLLIN);
            continue;
        }
        if (n == -1)
            die("connection", errno);
        if (n == 0)
            return;
        for (ssize_t at = 0; at < n;) {
            ssize_t put = write(1, buf + at, (size_t)(n - at));
            if (put == -1 && errno == EINTR)
                continue;
            if (put == -1 && errno == EAGAIN) {
                await(1, POLLOUT);
                continue;
            }
            if (put == -1)
                die("stdout", errno);
            at += put;
        }
    }
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV},
                    *list, *a;
    int why = 0, last = 0, null;
    pthread_t id;

    if (argc != 3) {
        fprintf(stderr, "usage: pump HOST PORT\n");
        return 2;
    }
    size_t digits = strspn(argv[2], "0123456789");
    if (argv[2][digits] != 0 || digits < 1 || digits > 5 ||
        atoi(argv[2]) > 65535) {
        fprintf(stderr, "pump: port \"%s\" is not a number up to 65535\n",
                argv[2]);
        return 1;
    }
    do
        null = open("/dev/null", O_RDONLY);
    while (null >= 0 && null <= 2);
    if (null > 2)
        close(null);
    signal(SIGPIPE, SIG_IGN);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0) {
        fprintf(stderr, "pump: %s: %s\n", argv[1], gai_strerror(rc));
        return 1;
    }
    for (a = list; a != NULL; a = a->ai_next) {
        sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        int big = 1 << 23;
        if (sock != -1)
            setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
        if (sock != -1 && connect(sock, a->ai_addr, a->ai_addrlen) == 0)
            break;
        last = errno;
        if (sock != -1)
            close(sock);
    }
    if (a == NULL)
        die("connect", last);
    freeaddrinfo(list);
    rc = pthread_create(&id, NULL, up, &why);
    if (rc != 0)
        die("pthread_create", rc);
    down();
    pthread_join(id, NULL);
    if (why != 0)
        die("connection", why);
    return 0;
}
