/* hi-server, accepted: takes all that waits, up to eight datagrams, with one
 * recvmmsg(), and answers them with one sendmmsg() where that succeeds. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH = 8,
    ROOM = 513,
    NAME = NI_MAXHOST + NI_MAXSERV + 8
};

static struct mmsghdr messages[BATCH];
static struct iovec pieces[BATCH];
static struct sockaddr_storage from[BATCH];
static char bytes[BATCH][ROOM], answers[BATCH][NAME];

static void name_it(char *to, const void *a, socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    int rc = getnameinfo(a, len, host, sizeof host, port, sizeof port,
                         NI_NUMERICHOST | NI_NUMERICSERV);

    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    sprintf(to, strchr(host, ':') != NULL ? "[%.100s]:%.20s" : "%.100s:%.20s",
            host, port);
}

static int take(int fd)
{
    for (int i = 0; i < BATCH; i++) {
        pieces[i] = (struct iovec){bytes[i], ROOM};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
                                              .msg_namelen = sizeof from[i],
                                              .msg_iov = &pieces[i],
                                              .msg_iovlen = 1};
    }
    return recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
}

static void answer(int fd, int n)
{
    for (int done = 0; done < n;) {
        int sent = sendmmsg(fd, messages + done, (unsigned)(n - done), 0);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            warn("%s", answers[done] + 4);
        done += sent == -1 ? 1 : sent;
    }
}

int main(int argc, char **argv)
{
    struct addrinfo *list, *ai, hints = {.ai_socktype = SOCK_DGRAM};
    struct sockaddr_storage own;
    socklen_t len = sizeof own;
    char name[NAME];
    int fd = -1;

    if (argc != 3) {
        fputs("usage: hi-server HOST PORT\n", stderr);
        return 2;
    }
    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0)
        errx(1, "no such address");
    for (ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, 0);
        if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        if (ai->ai_next == NULL)
            err(1, "bind");
        close(fd);
    }
    getsockname(fd, (struct sockaddr *)&own, &len);
    name_it(name, &own, len);
    printf("listening on %s\n", name);
    for (;;) {
        fflush(stdout);
        int n = take(fd);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            err(1, "recvmmsg");
        for (int i = 0; i < n; i++) {
            name_it(name, &from[i], messages[i].msg_hdr.msg_namelen);
            if (messages[i].msg_len > 512)
                printf("caller %s, more than 512 bytes\n", name);
            else
                printf("caller %s, %u bytes\n", name, messages[i].msg_len);
            pieces[i].iov_base = answers[i];
            pieces[i].iov_len =
                (size_t)snprintf(answers[i], NAME, "hi, %.*s", NAME - 8, name);
        }
        answer(fd, n);
    }
}
