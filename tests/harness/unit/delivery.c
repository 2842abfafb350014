/* What has arrived is not in flight, though nobody has acknowledged it. */
#define _GNU_SOURCE
#include "delivery.h"
#include "check.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST_PIECES = 100 /* until an acknowledgement is delayed: 2 to 20 */
};

struct pair {
    int lfd, client, server;
};

static int connect_to(int lfd, int flags)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;

    getsockname(lfd, (struct sockaddr *)&ss, &len);
    int fd = socket(ss.ss_family, SOCK_STREAM | flags, 0);
    connect(fd, (struct sockaddr *)&ss, len);
    return fd;
}

/* Returns a pair without sockets where the family is missing. */
static struct pair make_pair(int family)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET,
                              .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct pair p = {.lfd = socket(family, SOCK_STREAM, 0)};
    int rc = family == AF_INET
                 ? bind(p.lfd, (struct sockaddr *)&in4, sizeof in4)
                 : bind(p.lfd, (struct sockaddr *)&in6, sizeof in6);

    if (rc == -1 || listen(p.lfd, 0) == -1)
        return (struct pair){-1, -1, -1};
    p.client = connect_to(p.lfd, 0);
    p.server = accept(p.lfd, NULL, NULL);
    return p;
}

static bool is_acknowledged(int fd)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;

    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
    return info.tcpi_unacked == 0;
}

static void check_pair(struct pair p)
{
    int yes = 1, pieces = 0;
    char c = 'x';

    setsockopt(p.client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    while (is_acknowledged(p.client) && pieces++ < MOST_PIECES)
        CHECK_NUMBER("send", 1, send(p.client, &c, 1, 0));
    CHECK_NUMBER("an acknowledgement is delayed", 1, pieces <= MOST_PIECES);
    CHECK_NUMBER("arrived", false, is_in_flight(p.client));
    shutdown(p.client, SHUT_WR);
    CHECK_NUMBER("the end has arrived", false, is_in_flight(p.client));
    CHECK_NUMBER("of nothing, nothing is", false, is_in_flight(p.server));
    CHECK_NUMBER("nor of a listener", false, is_in_flight(p.lfd));
}

int main(void)
{
    const int families[] = {AF_INET, AF_INET6};

    if (socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG) == -1) {
        printf("skipped: the other end cannot be asked (sock_diag(7))\n");
        return 77;
    }
    for (int i = 0; i < 2; i++) {
        struct pair p = make_pair(families[i]);
        if (p.lfd == -1)
            continue;
        check_pair(p);
        /* A queue of one is full: nobody answers the second caller. */
        connect_to(p.lfd, SOCK_NONBLOCK);
        int fd = connect_to(p.lfd, SOCK_NONBLOCK);
        CHECK_NUMBER("an unanswered call", true, is_in_flight(fd));
    }
    return failures != 0;
}
