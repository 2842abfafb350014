/* A host to which there is no way.  A router says so by ICMP, and what it says
 * quotes the packet that it could not pass on (RFC 792): TCP believes it when
 * the number of that packet's first byte is one that it has sent.  So the
 * calls to hosts that are gone are watched, by a raw socket (raw(7)). */
#define _GNU_SOURCE
#include "harness.h"

#include "cases.h"
#include "ends.h"
#include "peer.h"
#include "trail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST_QUOTED = 64,
    QUOTED = 8 /* bytes of what is behind the IP header */
};

/* What a router quotes of a call: its IP header, and the beginning of that of
 * TCP, which has the ports and the number. */
struct call_quoted {
    struct iphdr ip;
    struct {
        in_port_t from, to;
        uint32_t number;
    } tcp;
};

static struct call_quoted calls[MOST_QUOTED];
static int ncalls, watching = -1;

void watch_calls(void)
{
    if (watching == -1 && has_private_network())
        watching = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          IPPROTO_TCP);
}

void forget_calls(void)
{
    if (watching != -1)
        close(watching);
    watching = -1;
    ncalls = 0;
}

/* Notes all calls that were made since it looked for the last time.  A raw
 * socket gets whole packets, with the IP header. */
static void take_calls(void)
{
    char packet[256];
    ssize_t n;

    while ((n = recv(watching, packet, sizeof packet, 0)) > 0) {
        struct call_quoted *c = &calls[ncalls];
        struct tcphdr tcp;
        if (n < (ssize_t)(sizeof c->ip + sizeof tcp) || ncalls == MOST_QUOTED)
            continue;
        memcpy(&c->ip, packet, sizeof c->ip);
        memcpy(&c->tcp, packet + c->ip.ihl * 4u, QUOTED);
        memcpy(&tcp, packet + c->ip.ihl * 4u, sizeof tcp);
        if (c->ip.ihl == 5 && tcp.syn && !tcp.ack)
            ncalls++;
    }
}

/* RFC 1071. */
static uint16_t checksum(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static bool send_word(const struct call_quoted *c)
{
    struct icmphdr head = {.type = ICMP_DEST_UNREACH,
                           .code = ICMP_HOST_UNREACH};
    unsigned char word[sizeof head + sizeof *c] = {0};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = c->ip.saddr};
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

    memcpy(word, &head, sizeof head);
    memcpy(word + sizeof head, c, sizeof *c);
    head.checksum = checksum(word, sizeof word);
    memcpy(word, &head, sizeof head);
    ssize_t n = fd == -1 ? -1
                         : sendto(fd, word, sizeof word, 0,
                                  (struct sockaddr *)&to, sizeof to);
    if (fd != -1)
        close(fd);
    return n == sizeof word;
}

bool peer_is_unreachable(int lfd)
{
    struct endpoint p = own_endpoint(lfd);
    const struct sockaddr_in *own = (struct sockaddr_in *)&p.addr;

    if (watching == -1)
        return false;
    take_calls();
    for (int i = 0; i < ncalls; i++)
        if (calls[i].ip.daddr == own->sin_addr.s_addr &&
            calls[i].tcp.to == own->sin_port) {
            struct call_quoted c = calls[i];
            calls[i] = calls[--ncalls];
            say_checker(text("a router says that there is no way to %s",
                             peer_name(lfd)));
            return send_word(&c);
        }
    return false;
}
