/* ask with a buffer that grows, room that is made before connect(), a thread
 * that sends in small pieces by sendmsg(), and writev(). */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    MOST = 65536
};

static char *question;
static size_t length;
static int sock;

_Noreturn static void die(const char *what, int error)
{
    fprintf(stderr, "ask: %s: %s\n", what, strerror(error));
    exit(1);
}

static void *sender(void *result)
{
    int *why = result;

    for (size_t at = 0; at < length;) {
        struct iovec v = {.iov_base = question + at,
                          .iov_len = length - at > 1000 ? 1000 : length - at};
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
        ssize_t n = sendmsg(sock, &m, MSG_NOSIGNAL);
        if (n >= 0)
            at += (size_t)n;
        else if (errno != EINTR) {
            *why = errno;
            return NULL;
        }
    }
    if (shutdown(sock, SHUT_WR) != 0)
        *why = errno;
    return NULL;
}

static void slurp(void)
{
    size_t room = 100;

    question = malloc(room);
    if (question == NULL)
        die("malloc", errno);
    for (;;) {
        if (length == room) {
            room *= 2;
            char *more = realloc(question, room);
            if (more == NULL)
                die("realloc", errno);
            question = more;
        }
        struct iovec v = {.iov_base = question + length,
                          .iov_len = room - length};
        ssize_t n = readv(0, &v, 1);
        if (n == 0)
            return;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            die("stdin", errno);
        length += (size_t)n;
        if (length > MOST) {
            fprintf(stderr, "ask: the question is longer than 64 KiB\n");
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV},
                    *list, *a;
    int why = 0, last = 0, room = 2 * MOST;
    pthread_t id;
    char few[61];

    if (argc != 3) {
        fprintf(stderr, "usage: ask HOST PORT\n");
        return 2;
    }
    size_t digits = strspn(argv[2], "0123456789");
    if (argv[2][digits] != 0 || digits < 1 || digits > 5 ||
        atoi(argv[2]) > 65535) {
        fprintf(stderr, "ask: port \"%s\" is not a number up to 65535\n",
                argv[2]);
        return 1;
    }
    slurp();
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0) {
        fprintf(stderr, "ask: %s: %s\n", argv[1], gai_strerror(rc));
        return 1;
    }
    for (a = list; a != NULL; a = a->ai_next) {
        sock =
            socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (sock == -1) {
            last = errno;
            continue;
        }
        if (setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) != 0)
            die("setsockopt", errno);
        if (connect(sock, a->ai_addr, a->ai_addrlen) == 0)
            break;
        last = errno;
        close(sock);
    }
    if (a == NULL)
        die("connect", last);
    freeaddrinfo(list);

    rc = pthread_create(&id, NULL, sender, &why);
    if (rc != 0)
        die("pthread_create", rc);
    for (;;) {
        ssize_t n = read(sock, few, sizeof few);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            die("receive", errno);
        for (ssize_t at = 0; at < n;) {
            struct iovec v = {.iov_base = few + at,
                              .iov_len = (size_t)(n - at)};
            ssize_t put = writev(1, &v, 1);
            if (put >= 0)
                at += put;
            else if (errno != EINTR)
                die("stdout", errno);
        }
    }
    pthread_join(id, NULL);
    if (why != 0)
        die("send", why);
    free(question);
    return 0;
}
