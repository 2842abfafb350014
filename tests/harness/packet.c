#define _GNU_SOURCE
#include "packet.h"

#include "harness.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <string.h>

enum {
    IP4_HEADER = 20,
    IP6_HEADER = 40,
    TCP_HEADER = 20,
    UDP_HEADER = 8,
    ICMP_HEADER = 8,
    ICMP4_UNREACHABLE = 3, /* RFC 792 */
    ICMP4_PORT = 3,
    ICMP6_UNREACHABLE = 1, /* RFC 4443, 3.1 */
    ICMP6_PORT = 4,
    MOST_EXTENSIONS = 8 /* headers of IPv6 between it and the transport */
};

/* What is left to read: n bytes are here, the packet says it has `length`. */
struct rest {
    const unsigned char *p;
    size_t n, length;
};

static unsigned get16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Goes on behind a header.  Returns false when it is not all here. */
static bool skip(struct rest *r, size_t header)
{
    if (r->n < header || r->length < header)
        return false;
    r->p += header;
    r->n -= header;
    r->length -= header;
    return true;
}

/* The packet ends where its header says, not where Ethernet's padding does. */
static bool limit(struct rest *r, size_t length)
{
    if (length > r->length)
        return false;
    r->length = length;
    if (r->n > length)
        r->n = length;
    return true;
}

static struct in6_addr map_ip4(const unsigned char *p)
{
    struct in6_addr a = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

    memcpy(&a.s6_addr[12], p, 4);
    return a;
}

/* A piece of a datagram that is not its first one has no transport header. */
static bool is_later_piece(unsigned offset_and_flags)
{
    return (offset_and_flags & 0x1fff) != 0;
}

/* Reads the header of IPv4; returns the protocol behind it, or -1. */
static int read_ip4(struct rest *r, struct segment *s)
{
    const unsigned char *p = r->p;

    if (r->n < IP4_HEADER || p[0] >> 4 != 4)
        return -1;
    size_t header = (p[0] & 0xfu) * 4u, length = get16(p + 2);
    if (header < IP4_HEADER || is_later_piece(get16(p + 6)))
        return -1;
    if (!limit(r, length) || !skip(r, header))
        return -1;
    s->from.address = map_ip4(p + 12);
    s->to.address = map_ip4(p + 16);
    return p[9];
}

/* Goes on behind the headers that may stand between IPv6's and the transport
 * (RFC 8200, 4).  Returns the protocol behind them, or -1. */
static int skip_extensions(struct rest *r, int protocol)
{
    for (int i = 0; i < MOST_EXTENSIONS; i++) {
        const unsigned char *p = r->p;
        bool is_fragment = protocol == IPPROTO_FRAGMENT;

        if (!is_fragment && protocol != IPPROTO_HOPOPTS &&
            protocol != IPPROTO_ROUTING && protocol != IPPROTO_DSTOPTS)
            return protocol;
        if (r->n < 8 || (is_fragment && get16(p + 2) >> 3 != 0) ||
            !skip(r, is_fragment ? 8 : (p[1] + 1u) * 8u))
            return -1;
        protocol = p[0];
    }
    return -1;
}

/* The same for IPv6. */
static int read_ip6(struct rest *r, struct segment *s)
{
    const unsigned char *p = r->p;

    if (r->n < IP6_HEADER || p[0] >> 4 != 6)
        return -1;
    if (!limit(r, IP6_HEADER + (size_t)get16(p + 4)) || !skip(r, IP6_HEADER))
        return -1;
    memcpy(&s->from.address, p + 8, sizeof s->from.address);
    memcpy(&s->to.address, p + 24, sizeof s->to.address);
    return skip_extensions(r, p[6]);
}

static void read_ports(const unsigned char *p, struct segment *s)
{
    s->from.port = (in_port_t)get16(p);
    s->to.port = (in_port_t)get16(p + 2);
}

/* The options need not be here. */
static bool read_tcp(struct rest r, struct segment *s)
{
    const unsigned char *p = r.p;

    if (r.n < TCP_HEADER)
        return false;
    size_t header = (size_t)(p[12] >> 4) * 4;
    if (header < TCP_HEADER || header > r.length)
        return false;
    read_ports(p, s);
    s->transport = TRANSPORT_TCP;
    s->seq = get32(p + 4);
    s->ack = get32(p + 8);
    s->flags = p[13];
    s->window = get16(p + 14);
    s->length = r.length - header;
    return true;
}

/* The first piece of a long datagram tells the length of the whole. */
static bool read_udp(struct rest r, struct segment *s)
{
    if (r.n < UDP_HEADER || get16(r.p + 4) < UDP_HEADER)
        return false;
    read_ports(r.p, s);
    s->transport = TRANSPORT_UDP;
    s->length = get16(r.p + 4) - UDP_HEADER;
    return true;
}

static int read_ip(struct rest *r, bool is_ip6, struct segment *s)
{
    return is_ip6 ? read_ip6(r, s) : read_ip4(r, s);
}

/* An ICMP message that nobody is at the port of a datagram holds that
 * datagram's beginning, which has its ports. */
static bool read_refusal(struct rest r, bool is_ip6, struct segment *s)
{
    struct segment refused = {0};
    unsigned type = is_ip6 ? ICMP6_UNREACHABLE : ICMP4_UNREACHABLE;
    unsigned code = is_ip6 ? ICMP6_PORT : ICMP4_PORT;

    if (r.n < ICMP_HEADER || r.p[0] != type || r.p[1] != code ||
        !skip(&r, ICMP_HEADER))
        return false;
    r.length = SIZE_MAX; /* the datagram's own length; it need not be here */
    if (read_ip(&r, is_ip6, &refused) != IPPROTO_UDP || !read_udp(r, &refused))
        return false;
    *s = (struct segment){
        .transport = TRANSPORT_REFUSAL, .from = refused.to, .to = refused.from};
    return true;
}

bool read_packet(const unsigned char *bytes, size_t n, size_t length,
                 struct segment *s)
{
    struct rest r = {bytes, n, length};

    *s = (struct segment){0};
    if (n > length || !skip(&r, ETH_HLEN))
        return false;
    unsigned ethertype = get16(bytes + ETH_HLEN - 2);
    if (ethertype != ETH_P_IP && ethertype != ETH_P_IPV6)
        return false;
    bool is_ip6 = ethertype == ETH_P_IPV6;
    switch (read_ip(&r, is_ip6, s)) {
    case IPPROTO_TCP:
        return read_tcp(r, s);
    case IPPROTO_UDP:
        return read_udp(r, s);
    case IPPROTO_ICMP:
        return !is_ip6 && read_refusal(r, is_ip6, s);
    case IPPROTO_ICMPV6:
        return is_ip6 && read_refusal(r, is_ip6, s);
    default:
        return false;
    }
}

bool is_same_place(const struct place *a, const struct place *b)
{
    return a->port == b->port &&
           memcmp(&a->address, &b->address, sizeof a->address) == 0;
}

const char *describe_place(const struct place *p)
{
    char host[INET6_ADDRSTRLEN] = "";

    if (IN6_IS_ADDR_V4MAPPED(&p->address)) {
        inet_ntop(AF_INET, &p->address.s6_addr[12], host, sizeof host);
        return text("%s:%u", host, p->port);
    }
    inet_ntop(AF_INET6, &p->address, host, sizeof host);
    return text("[%s]:%u", host, p->port);
}
