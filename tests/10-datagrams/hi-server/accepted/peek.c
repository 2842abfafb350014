/* hi-server, accepted: looks at the next datagram before it takes it: a read of
 * 0 bytes tells the length, then one into 64 KiB that cuts nothing; dprintf()
 * in place of stdio. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static char all[65536];
static struct sockaddr_storage other;
static socklen_t room;

static char *name(void)
{
    static char whole[NI_MAXHOST + NI_MAXSERV];
    char host[NI_MAXHOST], port[NI_MAXSERV];
    int v6 = other.ss_family == AF_INET6;

    if (getnameinfo((struct sockaddr *)&other, room, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        errx(1, "getnameinfo");
    strcpy(whole, v6 ? "[" : "");
    strcat(strcat(whole, host), v6 ? "]:" : ":");
    return strcat(whole, port);
}

static ssize_t look(int fd)
{
    ssize_t n;

    do
        n = recv(fd, all, 0, MSG_PEEK | MSG_TRUNC);
    while (n == -1 && errno == EINTR);
    return n;
}

static void take(int fd)
{
    ssize_t n;

    do {
        room = sizeof other;
        n = recvfrom(fd, all, sizeof all, 0, (struct sockaddr *)&other, &room);
    } while (n == -1 && errno == EINTR);
    if (n == -1)
        err(1, "recvfrom");
}

int main(int argc, char **argv)
{
    struct addrinfo *ai, *first,
        hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE};
    int fd = -1, bound = -1;

    if (argc != 3)
        return dprintf(2, "usage: %s HOST PORT\n", argv[0]), 2;
    if (getaddrinfo(argv[1], argv[2], &hints, &first) != 0)
        errx(1, "unknown: %s", argv[1]);
    for (ai = first; ai != NULL && bound == -1; ai = ai->ai_next) {
        if (fd != -1)
            close(fd);
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        bound = bind(fd, ai->ai_addr, ai->ai_addrlen);
    }
    if (bound == -1)
        err(1, "%s", argv[1]);
    freeaddrinfo(first);
    room = sizeof other;
    getsockname(fd, (struct sockaddr *)&other, &room);
    dprintf(1, "listening on %s\n", name());
    for (;;) {
        ssize_t n = look(fd);
        if (n == -1)
            err(1, "recv");
        take(fd);
        char *who = name();
        if (n > 512)
            dprintf(1, "caller %s, more than 512 bytes\n", who);
        else
            dprintf(1, "caller %s, %zd bytes\n", who, n);
        memmove(who + 4, who, strlen(who) + 1);
        memcpy(who, "hi, ", 4);
        while (sendto(fd, who, strlen(who), 0, (struct sockaddr *)&other,
                      room) == -1 &&
               errno == EINTR)
            continue;
    }
}
