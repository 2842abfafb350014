/* hi-server, accepted: one thread receives with recvmsg(), another answers. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct call {
    struct sockaddr_storage from;
    socklen_t len;
    ssize_t n;
    bool cut;
    struct call *next;
};

static struct call *first, **last = &first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static int fd = -1;

static void say_name(FILE *f, const void *sa, socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (getnameinfo(sa, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    if (strchr(host, ':') != NULL)
        fprintf(f, "[%s]:%s", host, port);
    else
        fprintf(f, "%s:%s", host, port);
}

static void *answer_all(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (first == NULL)
            pthread_cond_wait(&more, &lock);
        struct call *c = first;
        first = c->next;
        if (first == NULL)
            last = &first;
        pthread_mutex_unlock(&lock);

        fputs("caller ", stdout);
        say_name(stdout, &c->from, c->len);
        if (c->cut)
            fputs(", more than 512 bytes\n", stdout);
        else
            printf(", %zd bytes\n", c->n);
        fflush(stdout);

        char *text;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        fputs("hi, ", f);
        say_name(f, &c->from, c->len);
        fclose(f);
        struct iovec iov[2] = {{text, 4}, {text + 4, size - 4}};
        struct msghdr m = {.msg_name = &c->from,
                           .msg_namelen = c->len,
                           .msg_iov = iov,
                           .msg_iovlen = 2};
        while (sendmsg(fd, &m, 0) == -1) {
            if (errno == EINTR)
                continue;
            warn("sendmsg");
            break;
        }
        free(text);
        free(c);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    pthread_t t;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (argv[2][0] == '\0' || strlen(argv[2]) > 5 ||
        argv[2][strspn(argv[2], "0123456789")] != '\0' || atoi(argv[2]) > 65535)
        errx(1, "port \"%s\"", argv[2]);
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(rc));
    int reason = 0;
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd != -1 && bind(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        reason = errno;
        if (fd != -1)
            close(fd);
        fd = -1;
    }
    if (fd == -1)
        errx(1, "%s port %s: %s", argv[1], argv[2], strerror(reason));
    freeaddrinfo(list);
    getsockname(fd, (struct sockaddr *)&ss, &len);
    fputs("listening on ", stdout);
    say_name(stdout, &ss, len);
    puts("");
    fflush(stdout);
    if (pthread_create(&t, NULL, answer_all, NULL) != 0)
        errx(1, "no thread");

    for (;;) {
        struct call *c = calloc(1, sizeof *c);
        char buf[512];
        if (c == NULL)
            err(1, NULL);
        struct iovec iov = {buf, sizeof buf};
        struct msghdr m = {.msg_name = &c->from,
                           .msg_namelen = sizeof c->from,
                           .msg_iov = &iov,
                           .msg_iovlen = 1};
        do
            c->n = recvmsg(fd, &m, 0);
        while (c->n == -1 && errno == EINTR);
        if (c->n == -1)
            err(1, "recvmsg");
        c->len = m.msg_namelen;
        c->cut = (m.msg_flags & MSG_TRUNC) != 0;
        pthread_mutex_lock(&lock);
        *last = c;
        last = &c->next;
        pthread_cond_signal(&more);
        pthread_mutex_unlock(&lock);
    }
}
