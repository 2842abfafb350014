#define _GNU_SOURCE
#include "delivery.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { /* of TCP, as in RFC 9293 and <netinet/tcp.h>, which is older here */
    STATE_ESTABLISHED = 1,
    STATE_TIME_WAIT = 6,
    STATE_CLOSE = 7,
    STATE_LISTEN = 10
};

union answer {
    struct nlmsghdr head;
    char bytes[4096];
};

/* An address of either family; the port is in the same place in both. */
union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/* The address without its port, as inet_diag wants it; returns the port. */
static __be16 split_address(const union address *a, void *addr)
{
    if (a->any.sa_family == AF_INET6)
        memcpy(addr, &a->in6.sin6_addr, sizeof a->in6.sin6_addr);
    else
        memcpy(addr, &a->in.sin_addr, sizeof a->in.sin_addr);
    return a->in.sin_port;
}

struct far_end find_far_end(int fd)
{
    union address own = {.in6 = {0}}, other = {.in6 = {0}};
    socklen_t ownlen = sizeof own, otherlen = sizeof other;
    struct far_end end = {
        .head = {.nlmsg_len = sizeof end.head + sizeof end.req,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST},
        .req = {.sdiag_protocol = IPPROTO_TCP,
                .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                .idiag_states = ~0u,
                .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}};

    if (getsockname(fd, &own.any, &ownlen) == -1 ||
        getpeername(fd, &other.any, &otherlen) == -1)
        return end;
    end.is_known = true;
    end.req.sdiag_family = (__u8)own.any.sa_family;
    end.req.id.idiag_sport = split_address(&other, end.req.id.idiag_src);
    end.req.id.idiag_dport = split_address(&own, end.req.id.idiag_dst);
    return end;
}

static bool ask_about(const struct far_end *end, union answer *a)
{
    if (!end->is_known)
        return false;
    int nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (nl == -1)
        return false;
    ssize_t n =
        send(nl, end, end->head.nlmsg_len, 0) == (ssize_t)end->head.nlmsg_len
            ? recv(nl, a, sizeof *a, MSG_DONTWAIT)
            : -1;
    close(nl);
    return n > 0 && NLMSG_OK(&a->head, (size_t)n) &&
           a->head.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
           a->head.nlmsg_len >= NLMSG_SPACE(sizeof(struct inet_diag_msg));
}

/* Where there is no such connection any more, the kernel tells of the socket
 * that listens there, if there is one. */
bool is_still_connected(const struct far_end *end)
{
    union answer a;
    struct inet_diag_msg msg;

    if (!ask_about(end, &a))
        return false;
    memcpy(&msg, NLMSG_DATA(&a.head), sizeof msg);
    return msg.idiag_state != STATE_TIME_WAIT &&
           msg.idiag_state != STATE_CLOSE && msg.idiag_state != STATE_LISTEN;
}

/* What the other end has received, and what it has to send. */
struct other_end {
    uint64_t received; /* bytes */
    uint64_t unread;   /* of them */
    uint64_t given;    /* to its kernel, and sent or not yet */
    bool has_end;      /* what it received has FIN behind it */
};

/* Attributes follow the message: a length of 16 bits, which counts this head,
 * a type, and the value; each begins at a multiple of four (netlink(7)). */
static bool find_info(const union answer *a, struct tcp_info *info)
{
    size_t at = NLMSG_SPACE(sizeof(struct inet_diag_msg));
    struct nlattr head;

    while (at + sizeof head <= a->head.nlmsg_len) {
        memcpy(&head, a->bytes + at, sizeof head);
        if (head.nla_len < sizeof head || at + head.nla_len > a->head.nlmsg_len)
            return false;
        size_t n = head.nla_len - sizeof head;
        if (head.nla_type == INET_DIAG_INFO) {
            memcpy(info, a->bytes + at + sizeof head,
                   n < sizeof *info ? n : sizeof *info);
            return true;
        }
        at += (head.nla_len + 3u) / 4 * 4;
    }
    return false;
}

static uint64_t bytes_given(const struct tcp_info *info)
{
    return info->tcpi_bytes_sent - info->tcpi_bytes_retrans +
           info->tcpi_notsent_bytes;
}

/* Returns false when it cannot be told: the other end has closed, or this
 * kernel does not say. */
static bool look_at_other_end(int fd, struct other_end *end)
{
    struct far_end far = find_far_end(fd);
    union answer a;
    struct inet_diag_msg msg;
    struct tcp_info info = {0};

    if (!ask_about(&far, &a) || !find_info(&a, &info))
        return false;
    memcpy(&msg, NLMSG_DATA(&a.head), sizeof msg);
    end->received = info.tcpi_bytes_received;
    end->unread = msg.idiag_rqueue;
    end->given = bytes_given(&info);
    end->has_end = msg.idiag_state != STATE_ESTABLISHED;
    return true;
}

bool is_in_flight(int fd)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    struct other_end end;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == -1 ||
        info.tcpi_state == STATE_LISTEN || info.tcpi_unacked == 0)
        return false;
    return !look_at_other_end(fd, &end) ||
           end.received < info.tcpi_bytes_sent - info.tcpi_bytes_retrans ||
           (info.tcpi_state != STATE_ESTABLISHED && !end.has_end);
}

bool is_still_to_come(int fd)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    struct other_end end;
    int unread = 0;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == -1 ||
        info.tcpi_state == STATE_LISTEN || ioctl(fd, FIONREAD, &unread) == -1 ||
        !look_at_other_end(fd, &end))
        return false;
    return (unread == 0 && info.tcpi_bytes_received < end.given) ||
           (end.unread == 0 && end.received < bytes_given(&info));
}
