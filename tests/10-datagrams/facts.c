/* What chapters/10-datagrams.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE = 8000, /* ms for what must happen, on a busy machine */
    A_WHILE = 50,    /* ms in which nothing may happen */
    MOST = 65507,    /* bytes in a datagram of IPv4 */
    MANY = 1000      /* datagrams */
};

static char large[65536], room[65537];

static const char *last_error(void)
{
    return strerrorname_np(errno);
}

static void need_private_network(const char *what)
{
    if (!has_private_network())
        skip("needs a private network, %s", what);
}

/* What poll() says of fd within ms: revents, or 0. */
static int ready(int fd, int ms)
{
    struct pollfd p = {fd, POLLIN, 0};

    must(poll(&p, 1, ms), "poll");
    return p.revents;
}

static bool is_quiet(int fd)
{
    return ready(fd, A_WHILE) == 0;
}

static void set_option(int fd, int level, int name, int value)
{
    must(setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    must(getsockopt(fd, level, name, &value, &len), "getsockopt");
    return value;
}

/* --- Sockets and addresses ----------------------------------------------- */

static int new_socket(void)
{
    return must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
}

/* The port in network order, as everywhere here. */
static struct sockaddr_in at(const char *host, in_port_t port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = port};

    inet_pton(AF_INET, host, &addr.sin_addr);
    return addr;
}

static int bind_to(int fd, struct sockaddr_in addr)
{
    return bind(fd, (struct sockaddr *)&addr, sizeof addr);
}

static int connect_to(int fd, struct sockaddr_in addr)
{
    return connect(fd, (struct sockaddr *)&addr, sizeof addr);
}

static struct sockaddr_in address_of(int fd)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;

    must(getsockname(fd, (struct sockaddr *)&addr, &len), "getsockname");
    return addr;
}

static bool is_same(struct sockaddr_in a, struct sockaddr_in b)
{
    return a.sin_addr.s_addr == b.sin_addr.s_addr && a.sin_port == b.sin_port;
}

static const char *name(struct sockaddr_in addr)
{
    static char words[64];
    char host[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, &addr.sin_addr, host, sizeof host);
    snprintf(words, sizeof words, "%s:%d", host, ntohs(addr.sin_port));
    return words;
}

static int bound_at(const char *host)
{
    int fd = new_socket();

    must(bind_to(fd, at(host, 0)), "bind");
    return fd;
}

static int server(void)
{
    return bound_at("127.0.0.1");
}

/* A socket that is connected to the address of another. */
static int client_of(int fd)
{
    int client = new_socket();

    must(connect_to(client, address_of(fd)), "connect");
    return client;
}

/* A port at which nobody is. */
static struct sockaddr_in nobody(void)
{
    int fd = server();
    struct sockaddr_in addr = address_of(fd);

    close(fd);
    return addr;
}

/* --- Datagrams ----------------------------------------------------------- */

static long give(int fd, struct sockaddr_in to, const char *words)
{
    return sendto(fd, words, strlen(words), 0, (struct sockaddr *)&to,
                  sizeof to);
}

static void say(int fd, const char *words)
{
    must((int)send(fd, words, strlen(words), 0), "send");
}

/* Waits for a datagram, and returns its text, which is in room, and its
 * sender's address. */
static const char *hear_from(int fd, struct sockaddr_in *from)
{
    socklen_t len = sizeof *from;

    *from = (struct sockaddr_in){0};
    snprintf(room, sizeof room, "(nothing)");
    if (ready(fd, PATIENCE) == 0)
        return room;
    long n =
        recvfrom(fd, room, sizeof room - 1, 0, (struct sockaddr *)from, &len);
    if (n == -1)
        snprintf(room, sizeof room, "%s", last_error());
    else
        room[n] = '\0';
    return room;
}

static const char *hear(int fd)
{
    struct sockaddr_in from;

    return hear_from(fd, &from);
}

static bool hears(int fd, const char *words)
{
    return strcmp(hear(fd), words) == 0;
}

static long try_recv(int fd)
{
    return recv(fd, room, sizeof room, MSG_DONTWAIT);
}

/* A datagram with its header, for sockets that write it themselves. */
struct packet {
    struct udphdr head;
    char text[112];
};

static struct packet new_packet(in_port_t from, in_port_t to, const char *text)
{
    struct packet p = {.head = {.source = from, .dest = to}};
    size_t n = strlen(text); /* fits */

    memcpy(p.text, text, n);
    p.head.len = htons((uint16_t)(sizeof p.head + n)); /* check 0: none */
    return p;
}

static int raw_socket(int protocol)
{
    need_private_network("where raw sockets are permitted");
    return must(socket(AF_INET, SOCK_RAW, protocol), "raw socket");
}

/* Sends from 127.0.0.1 and a port of one's choice. */
static void send_packet(struct packet p)
{
    int fd = raw_socket(IPPROTO_UDP);
    struct sockaddr_in to = at("127.0.0.1", 0);

    must((int)sendto(fd, &p, ntohs(p.head.len), 0, (struct sockaddr *)&to,
                     sizeof to),
         "sendto");
    close(fd);
}

/* Some bytes of a datagram, under a header of IP that is written by hand. */
struct fragment {
    struct iphdr ip;
    char bytes[64];
};

static void send_fragment(const char *from, int id, int flags_and_offset,
                          const void *bytes, size_t n)
{
    struct sockaddr_in to = at("127.0.0.1", 0);
    struct fragment f = {.ip = {.version = 4,
                                .ihl = 5,
                                .ttl = 64,
                                .protocol = IPPROTO_UDP,
                                .id = htons((uint16_t)id),
                                .frag_off = htons((uint16_t)flags_and_offset),
                                .saddr = at(from, 0).sin_addr.s_addr,
                                .daddr = to.sin_addr.s_addr}};
    int fd = raw_socket(IPPROTO_RAW); /* with IP_HDRINCL by itself */

    memcpy(f.bytes, bytes, n); /* fits */
    must((int)sendto(fd, &f, sizeof f.ip + n, 0, (struct sockaddr *)&to,
                     sizeof to),
         "sendto");
    close(fd);
}

/* --- sendto() and recvfrom() --------------------------------------------- */

FACT(nothing_before_the_first, "the first datagram needs no connection, and "
                               "gives the sender's socket a port")
{
    int asked = server(), asks = new_socket();
    struct sockaddr_in from;

    HOLDS(address_of(asks).sin_port == 0, "%s", name(address_of(asks)));
    HOLDS(give(asks, address_of(asked), "hi") == 2, "%s", last_error());
    hear_from(asked, &from);
    HOLDS(from.sin_port != 0 && from.sin_port == address_of(asks).sin_port,
          "it comes from %s", name(from));
}

FACT(eight_bytes, "UDP adds eight bytes to those of IP: two ports, a length "
                  "and a checksum; a raw socket gets a copy with both headers")
{
    int raw = raw_socket(IPPROTO_UDP), asked = server();
    struct fragment f;
    struct udphdr head;

    say(client_of(asked), "twelve bytes");
    HOLDS(recv(raw, &f, sizeof f, 0) == sizeof f.ip + 8 + 12, "it is else");
    memcpy(&head, f.bytes, sizeof head);
    HOLDS(head.dest == address_of(asked).sin_port, "another port");
    HOLDS(ntohs(head.len) == 8 + 12, "it says %d", ntohs(head.len));
    HOLDS(hears(asked, "twelve bytes"), "the copy is not a copy");
}

FACT(no_accept, "a datagram socket has nothing to accept: EOPNOTSUPP")
{
    FAILS(accept(server(), NULL, NULL), EOPNOTSUPP);
}

FACT(one_for_one, "each sendto() is one recvfrom(), in whatever buffer")
{
    int asked = server(), asks = client_of(asked);

    say(asks, "one");
    say(asks, "two and a half");
    HOLDS(hears(asked, "one"), "%s", room);
    HOLDS(hears(asked, "two and a half"), "%s", room);
    HOLDS(is_quiet(asked), "there is more");
}

FACT(addrlen_is_read, "with 0 in addrlen recvfrom() writes no address, says "
                      "how long it is, and succeeds")
{
    int asked = server(), asks = client_of(asked);
    struct sockaddr_in from = {0};
    socklen_t len = 0;

    say(asks, "hi");
    HOLDS(recvfrom(asked, room, 9, 0, (struct sockaddr *)&from, &len) == 2,
          "%s", last_error());
    HOLDS(from.sin_family == 0 && from.sin_port == 0, "%s", name(from));
    HOLDS(len == sizeof from, "it says %u", (unsigned)len);
}

FACT(nobody_to_answer, "an address that was never filled in cannot be "
                       "answered: EINVAL")
{
    struct sockaddr_in none = {0};

    FAILS(give(server(), none, "hi"), EINVAL);
}

FACT(address_is_cut, "an address that does not fit is cut, and addrlen says "
                     "how long it was")
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in from;
    socklen_t len = sizeof to;
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);

    if (fd == -1 || bind(fd, (struct sockaddr *)&to, len) == -1)
        skip("no IPv6 here: %s", last_error());
    must(getsockname(fd, (struct sockaddr *)&to, &len), "getsockname");
    must((int)sendto(fd, "hi", 2, 0, (struct sockaddr *)&to, len), "sendto");
    len = sizeof from;
    HOLDS(recvfrom(fd, room, 9, 0, (struct sockaddr *)&from, &len) == 2, "%s",
          last_error());
    HOLDS(len == sizeof to, "it says %u", (unsigned)len);
}

FACT(from_port_zero, "a datagram may come from port 0; sendto() says EINVAL "
                     "of the answer")
{
    int asked = server();
    struct sockaddr_in from;

    send_packet(new_packet(0, address_of(asked).sin_port, "hi"));
    HOLDS(strcmp(hear_from(asked, &from), "hi") == 0, "%s", room);
    HOLDS(from.sin_port == 0, "it comes from %s", name(from));
    FAILS(give(asked, from, "hi"), EINVAL);
}

FACT(reuseaddr_shares, "with SO_REUSEADDR two sockets may have one address, "
                       "and one of them hears nothing any more")
{
    int first = new_socket(), second = new_socket(), asks = new_socket();

    set_option(first, SOL_SOCKET, SO_REUSEADDR, 1);
    must(bind_to(first, at("127.0.0.1", 0)), "bind");
    FAILS(bind_to(second, address_of(first)), EADDRINUSE);
    set_option(second, SOL_SOCKET, SO_REUSEADDR, 1);
    HOLDS(bind_to(second, address_of(first)) == 0, "%s", last_error());
    for (int i = 0; i < 8; i++)
        give(asks, address_of(first), "hi");
    for (int i = 0; i < 8; i++)
        HOLDS(hears(second, "hi"), "%d have come before", i);
    HOLDS(is_quiet(first), "the first hears, too");
}

static int reusing(struct sockaddr_in addr)
{
    int fd = new_socket();

    set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    must(bind_to(fd, addr), "bind");
    return fd;
}

FACT(reuseport_divides, "with SO_REUSEPORT callers are divided among the "
                        "sockets of one port; what one caller sends goes to "
                        "one of them")
{
    enum {
        CALLERS = 64
    };
    int first = reusing(at("127.0.0.1", 0)), heard[2] = {0};
    int fds[2] = {first, reusing(address_of(first))};

    for (int i = 0; i < CALLERS; i++) {
        int asks = client_of(first), by = -1, n = 0;
        say(asks, "one");
        say(asks, "two");
        for (int k = 0; k < 2 * PATIENCE && n < 2; k++)
            if (ready(fds[k % 2], k < 2 ? 0 : 1) != 0) {
                HOLDS(by == -1 || by == k % 2, "of caller %d socket %d hears",
                      i, k % 2);
                by = k % 2;
                n += try_recv(fds[by]) == 3;
            }
        HOLDS(n == 2, "%d of caller %d have come", n, i);
        heard[by]++;
        close(asks);
    }
    HOLDS(heard[0] > 0 && heard[1] > 0, "%d and %d", heard[0], heard[1]);
}

FACT(free_at_once, "a port of UDP is free as soon as its socket is closed")
{
    int asked = server(), asks = client_of(asked);
    struct sockaddr_in addr = address_of(asked);

    say(asks, "hi");
    hear(asked);
    give(asked, address_of(asks), "hi yourself");
    close(asked);
    HOLDS(bind_to(new_socket(), addr) == 0, "%s", last_error());
}

/* --- Where the answer comes from ----------------------------------------- */

FACT(answer_from_another, "a server at 0.0.0.0 that is asked at 127.0.0.2 "
                          "answers from 127.0.0.1: a connected client never "
                          "hears it, another one does")
{
    int asked = bound_at("0.0.0.0"), fussy = new_socket(), any = new_socket();
    struct sockaddr_in to = at("127.0.0.2", address_of(asked).sin_port), from;

    must(connect_to(fussy, to), "connect");
    say(fussy, "hi");
    hear_from(asked, &from);
    HOLDS(give(asked, from, "hi yourself") == 11, "%s", last_error());
    HOLDS(is_quiet(fussy), "it hears it");
    give(any, to, "hi");
    hear_from(asked, &from);
    give(asked, from, "hi yourself");
    hear_from(any, &from);
    HOLDS(is_same(from, at("127.0.0.1", to.sin_port)), "%s", name(from));
}

FACT(bound_answers_from_there, "a server that is bound to an address answers "
                               "from it")
{
    int asked = bound_at("127.0.0.2"), asks = client_of(asked);
    struct sockaddr_in from;

    say(asks, "hi");
    hear_from(asked, &from);
    give(asked, from, "hi yourself");
    HOLDS(hears(asks, "hi yourself"), "%s", room);
}

/* Room for a message and one struct in_pktinfo. */
struct envelope {
    struct msghdr msg;
    struct iovec iov;
    struct sockaddr_in addr;
    _Alignas(struct cmsghdr) char more[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static struct msghdr *prepare(struct envelope *e, void *buf, size_t n)
{
    memset(e, 0, sizeof *e);
    e->iov = (struct iovec){buf, n};
    e->msg = (struct msghdr){.msg_name = &e->addr,
                             .msg_namelen = sizeof e->addr,
                             .msg_iov = &e->iov,
                             .msg_iovlen = 1,
                             .msg_control = e->more,
                             .msg_controllen = sizeof e->more};
    return &e->msg;
}

/* Copies what came beside the message.  Returns whether it is of this type. */
static bool find_beside(struct msghdr *msg, int type, void *to, size_t n)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);

    if (c == NULL || c->cmsg_type != type || c->cmsg_len < CMSG_LEN(n))
        return false;
    memcpy(to, CMSG_DATA(c), n);
    return true;
}

FACT(pktinfo_answers_from_there,
     "IP_PKTINFO tells recvmsg() which address was asked; given to sendmsg() "
     "unchanged, it lets the answer come from there")
{
    int asked = bound_at("0.0.0.0"), asks = new_socket();
    struct in_pktinfo info = {0};
    struct envelope e;

    set_option(asked, IPPROTO_IP, IP_PKTINFO, 1);
    must(connect_to(asks, at("127.0.0.2", address_of(asked).sin_port)),
         "connect");
    say(asks, "hi");
    must((int)recvmsg(asked, prepare(&e, room, 16), 0), "recvmsg");
    HOLDS(find_beside(&e.msg, IP_PKTINFO, &info, sizeof info), "no IP_PKTINFO");
    HOLDS(info.ipi_addr.s_addr == at("127.0.0.2", 0).sin_addr.s_addr,
          "it tells another");
    HOLDS(sendmsg(asked, &e.msg, 0) > 0, "%s", last_error());
    HOLDS(ready(asks, PATIENCE) == POLLIN, "it does not come from there");
}

/* --- Lengths ------------------------------------------------------------- */

FACT(rest_is_thrown_away, "of a datagram that is longer than the buffer the "
                          "rest is thrown away; the next recv() gives the next")
{
    int asked = server(), asks = client_of(asked);

    say(asks, "0123456789");
    say(asks, "next");
    HOLDS(recv(asked, room, 4, 0) == 4, "%s", last_error());
    HOLDS(memcmp(room, "0123", 4) == 0, "%.4s", room);
    HOLDS(hears(asked, "next"), "%s", room);
}

FACT(trunc_tells, "recvmsg() says MSG_TRUNC in msg_flags; recv() with "
                  "MSG_TRUNC returns the real length, and writes no more than "
                  "there is room for")
{
    int asked = server(), asks = client_of(asked);
    struct envelope e;

    say(asks, "0123456789");
    HOLDS(recvmsg(asked, prepare(&e, room, 4), 0) == 4, "%s", last_error());
    HOLDS((e.msg.msg_flags & MSG_TRUNC) != 0, "it does not say so");
    say(asks, "0123");
    HOLDS(recvmsg(asked, prepare(&e, room, 4), 0) == 4, "%s", last_error());
    HOLDS((e.msg.msg_flags & MSG_TRUNC) == 0, "it says so of four");
    say(asks, "0123456789");
    memset(room, '-', 16);
    HOLDS(recv(asked, room, 4, MSG_TRUNC) == 10, "%s", last_error());
    HOLDS(memcmp(room, "0123------", 10) == 0, "%.10s", room);
}

FACT(peek_tells_the_length, "MSG_PEEK with MSG_TRUNC tells the length of the "
                            "next datagram, and leaves it there")
{
    int asked = server();

    say(client_of(asked), "0123456789");
    HOLDS(recv(asked, NULL, 0, MSG_PEEK | MSG_TRUNC) == 10, "%s", last_error());
    HOLDS(hears(asked, "0123456789"), "%s", room);
}

FACT(empty_is_a_message, "a datagram without a byte arrives: poll() says "
                         "POLLIN, recvfrom() 0 and who has sent it, and the "
                         "next one comes")
{
    int asked = server(), asks = client_of(asked);
    struct sockaddr_in from = {0};

    HOLDS(send(asks, "", 0, 0) == 0, "%s", last_error());
    say(asks, "next");
    HOLDS(ready(asked, PATIENCE) == POLLIN, "nothing comes");
    HOLDS(strcmp(hear_from(asked, &from), "") == 0, "%s", room);
    HOLDS(is_same(from, address_of(asks)), "from %s", name(from));
    HOLDS(hears(asked, "next"), "%s", room);
}

FACT(read_takes_an_empty_one, "read() takes an empty datagram out of the "
                              "queue, as recv() does")
{
    int asked = server(), asks = client_of(asked);

    HOLDS(send(asks, "", 0, 0) == 0, "%s", last_error());
    say(asks, "next");
    HOLDS(read(asked, room, 16) == 0, "%s", last_error());
    HOLDS(read(asked, room, 16) == 4, "it is still there");
}

FACT(nobody_says_goodbye, "when the other side closes nothing is sent, and "
                          "recv() waits on")
{
    int asked = server(), asks = client_of(asked);

    must(connect_to(asked, address_of(asks)), "connect");
    say(asks, "hi");
    hear(asked);
    close(asks);
    HOLDS(is_quiet(asked), "it is told");
    FAILS(try_recv(asked), EAGAIN);
}

FACT(largest, "65507 bytes go, and 65508 are EMSGSIZE, and nothing of them is "
              "sent")
{
    int asked = server(), asks = client_of(asked);

    FAILS(send(asks, large, MOST + 1, 0), EMSGSIZE);
    HOLDS(send(asks, large, MOST, 0) == MOST, "%s", last_error());
    HOLDS(ready(asked, PATIENCE) == POLLIN, "it does not come");
    HOLDS(try_recv(asked) == MOST, "%s", last_error());
    HOLDS(is_quiet(asked), "and something more");
}

/* Makes loopback carry no more than an Ethernet does. */
static void make_ethernet(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_mtu = 1500};

    need_private_network("whose MTU may be set");
    must(ioctl(new_socket(), SIOCSIFMTU, &lo), "SIOCSIFMTU");
}

/* A socket that gets a copy of each packet that loopback carries. */
static int packet_socket(void)
{
    return must(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP)), "AF_PACKET");
}

/* How many packets have arrived. */
static int count_packets(int fd)
{
    struct sockaddr_ll from = {0};
    socklen_t len = sizeof from;
    int n = 0;

    while (recvfrom(fd, room, sizeof room, MSG_DONTWAIT,
                    (struct sockaddr *)&from, &len) != -1) {
        n += from.sll_pkttype == PACKET_HOST;
        len = sizeof from;
    }
    return n;
}

FACT(fragments, "where 1500 bytes fit, a datagram of 1472 is one packet, of "
                "1473 two, of 65507 forty-five; it comes as one")
{
    static const struct {
        size_t bytes;
        int packets;
    } wanted[] = {{1472, 1}, {1473, 2}, {MOST, 45}};

    make_ethernet();
    int asked = server(), asks = client_of(asked), wire = packet_socket();
    for (size_t i = 0; i < 3; i++) {
        must((int)send(asks, large, wanted[i].bytes, 0), "send");
        HOLDS(ready(asked, PATIENCE) == POLLIN, "nothing comes");
        int packets = count_packets(wire);
        HOLDS(packets == wanted[i].packets, "%zu bytes: %d packets",
              wanted[i].bytes, packets);
        HOLDS(try_recv(asked) == (long)wanted[i].bytes, "%s", last_error());
    }
}

FACT(unfragmented, "with IP_PMTUDISC_DO what would need two packets is "
                   "EMSGSIZE, and IP_MTU tells how large one may be")
{
    make_ethernet();
    int asks = client_of(server());

    set_option(asks, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    HOLDS(send(asks, large, 1472, 0) == 1472, "%s", last_error());
    FAILS(send(asks, large, 1473, 0), EMSGSIZE);
    HOLDS(option(asks, IPPROTO_IP, IP_MTU) == 1500, "it is %d",
          option(asks, IPPROTO_IP, IP_MTU));
}

FACT(a_fragment_is_missing, "of a datagram in two packets nothing arrives "
                            "until both have")
{
    int asked = server();
    struct packet p =
        new_packet(htons(9), address_of(asked).sin_port, "12345678abcd");

    send_fragment("127.0.0.1", 7, IP_MF, &p, 16);
    HOLDS(is_quiet(asked), "half of it is enough");
    send_fragment("127.0.0.1", 7, 2, p.text + 8, 4);
    HOLDS(hears(asked, "12345678abcd"), "%s", room);
}

/* --- Connected ----------------------------------------------------------- */

FACT(connect_sends_nothing, "connect() of a datagram socket sends nothing and "
                            "succeeds, whether anybody is there or not")
{
    int asked = server(), asks = client_of(asked);

    HOLDS(is_quiet(asked), "it is heard");
    HOLDS(connect_to(new_socket(), nobody()) == 0, "%s", last_error());
    HOLDS(ready(asks, 0) == 0, "it is answered");
}

FACT(connect_filters, "a connected socket hears its peer only; another one's "
                      "sendto() succeeds all the same")
{
    int asked = server(), asks = client_of(asked), other = server();

    HOLDS(give(other, address_of(asks), "me, too") == 7, "%s", last_error());
    HOLDS(is_quiet(asks), "it hears it");
    give(asked, address_of(asks), "hi");
    HOLDS(hears(asks, "hi"), "%s", room);
}

FACT(a_stranger_is_refused, "who sends to a socket that is connected to "
                            "somebody else hears ECONNREFUSED, as if nobody "
                            "were there")
{
    int asked = server(), asks = client_of(asked), other = client_of(asks);

    say(other, "me, too");
    HOLDS(ready(other, PATIENCE) != 0, "it hears nothing");
    FAILS(try_recv(other), ECONNREFUSED);
}

FACT(before_connect_stays, "what came before connect() stays in the queue, "
                           "whoever it is from")
{
    int asks = server(), asked = server(), other = server();

    give(other, address_of(asks), "early");
    HOLDS(ready(asks, PATIENCE) == POLLIN, "nothing comes");
    must(connect_to(asks, address_of(asked)), "connect");
    HOLDS(hears(asks, "early"), "%s", room);
}

FACT(connect_chooses_the_source, "connect() gives the socket an address and a "
                                 "port of its own")
{
    int asks = new_socket();

    HOLDS(is_same(address_of(asks), at("0.0.0.0", 0)), "%s",
          name(address_of(asks)));
    must(connect_to(asks, nobody()), "connect");
    struct sockaddr_in own = address_of(asks);
    HOLDS(own.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && own.sin_port != 0,
          "%s", name(own));
}

FACT(connect_again, "connect() may be called again, for another peer; with "
                    "AF_UNSPEC there is none any more")
{
    int one = server(), two = server(), asks = client_of(one);
    struct sockaddr_in none = {.sin_family = AF_UNSPEC};

    HOLDS(connect_to(asks, address_of(two)) == 0, "%s", last_error());
    say(asks, "hi");
    HOLDS(hears(two, "hi"), "%s", room);
    HOLDS(connect_to(asks, none) == 0, "%s", last_error());
    FAILS(send(asks, "hi", 2, 0), EDESTADDRREQ);
}

FACT(unspec_takes_the_port, "with AF_UNSPEC a socket that was bound with port "
                            "0 loses the port that it was given; one that has "
                            "asked for its port keeps it")
{
    int asked = server();
    struct sockaddr_in own = address_of(asked);
    struct sockaddr_in none = {.sin_family = AF_UNSPEC};

    HOLDS(own.sin_port != 0, "it has no port");
    HOLDS(connect_to(asked, none) == 0, "%s", last_error());
    HOLDS(address_of(asked).sin_port == 0, "port %d is left",
          ntohs(address_of(asked).sin_port));
    must(bind(asked, (struct sockaddr *)&own, sizeof own), "bind");
    HOLDS(connect_to(asked, none) == 0, "%s", last_error());
    HOLDS(address_of(asked).sin_port == own.sin_port, "port %d is left",
          ntohs(address_of(asked).sin_port));
}

FACT(sendto_goes_elsewhere, "sendto() with an address leaves a connected "
                            "socket for that address, on Linux, and its answer "
                            "is not heard")
{
    int asked = server(), asks = client_of(asked), other = server();

    HOLDS(give(asks, address_of(other), "hi") == 2, "%s", last_error());
    HOLDS(hears(other, "hi"), "%s", room);
    give(other, address_of(asks), "hi yourself");
    HOLDS(is_quiet(asks), "it hears it");
}

/* --- Refused ------------------------------------------------------------- */

FACT(refused_if_connected, "where nobody is, the send() of a connected socket "
                           "succeeds and its recv() says ECONNREFUSED; an "
                           "unconnected one hears nothing")
{
    int fussy = new_socket(), any = new_socket();
    struct sockaddr_in addr = nobody();

    must(connect_to(fussy, addr), "connect");
    HOLDS(send(fussy, "hi", 2, 0) == 2, "%s", last_error());
    HOLDS((ready(fussy, PATIENCE) & POLLERR) != 0, "poll() does not say so");
    FAILS(try_recv(fussy), ECONNREFUSED);
    HOLDS(give(any, addr, "hi") == 2, "%s", last_error());
    HOLDS(is_quiet(any), "it hears it");
    HOLDS(option(any, SOL_SOCKET, SO_ERROR) == 0, "SO_ERROR");
}

FACT(refused_is_told_once, "ECONNREFUSED is told once, to the call that comes "
                           "first; a send() that tells it has sent nothing")
{
    int asked = server(), asks = client_of(asked);
    struct sockaddr_in addr = address_of(asked);

    close(asked);
    say(asks, "one");
    HOLDS(ready(asks, PATIENCE) != 0, "nothing is told");
    asked = new_socket();
    must(bind_to(asked, addr), "bind");
    FAILS(send(asks, "two", 3, 0), ECONNREFUSED);
    HOLDS(send(asks, "three", 5, 0) == 5, "%s", last_error());
    HOLDS(hears(asked, "three"), "%s", room);
    FAILS(try_recv(asks), EAGAIN);
}

FACT(recverr_tells_all, "with IP_RECVERR an unconnected socket hears "
                        "ECONNREFUSED, too")
{
    int asks = new_socket();

    set_option(asks, IPPROTO_IP, IP_RECVERR, 1);
    must((int)give(asks, nobody(), "hi"), "sendto");
    HOLDS(ready(asks, PATIENCE) != 0, "it hears nothing");
    FAILS(try_recv(asks), ECONNREFUSED);
}

FACT(server_is_not_told, "a server that answers a client who has gone hears "
                         "nothing of it, and goes on")
{
    int asked = server(), gone = client_of(asked), asks = client_of(asked);
    struct sockaddr_in from;

    say(gone, "hi");
    hear_from(asked, &from);
    close(gone);
    HOLDS(give(asked, from, "hi yourself") == 11, "%s", last_error());
    say(asks, "next");
    HOLDS(hears(asked, "next"), "%s", room);
}

/* --- Lost ---------------------------------------------------------------- */

static int small_server(void)
{
    int fd = server();

    set_option(fd, SOL_SOCKET, SO_RCVBUF, 1); /* it becomes the least */
    return fd;
}

/* Sends MANY numbered datagrams and returns how many send() calls succeed. */
static int send_many(int fd)
{
    int taken = 0;

    for (int i = 0; i < MANY; i++)
        taken += send(fd, &i, sizeof i, 0) == sizeof i;
    return taken;
}

/* Receives all that is there, which must be the first that were sent. */
static int count_first(int fd)
{
    int n = 0, number;

    HOLDS(ready(fd, PATIENCE) == POLLIN, "nothing has come");
    for (; recv(fd, &number, sizeof number, MSG_DONTWAIT) != -1; n++)
        HOLDS(number == n, "it is number %d, and %d is due", number, n);
    return n;
}

FACT(thousand_succeed, "a thousand send() succeed; of these the first arrive, "
                       "as many as there is room for, and of the others "
                       "nobody is told")
{
    int small = small_server(), asks = client_of(small);

    HOLDS(send_many(asks) == MANY, "%s", last_error());
    int got = count_first(small);
    HOLDS(got > 0 && got < MANY / 10, "%d have come", got);
    int roomy = server();
    must(connect_to(asks, address_of(roomy)), "connect");
    HOLDS(send_many(asks) == MANY, "%s", last_error());
    HOLDS(count_first(roomy) > got, "a larger buffer holds no more");
    HOLDS(option(asks, SOL_SOCKET, SO_ERROR) == 0, "the sender is told");
}

FACT(small_ones_cost, "a datagram of one byte takes hundreds of the bytes of "
                      "SO_RCVBUF")
{
    int small = small_server(), asks = client_of(small), n = 0;

    for (int i = 0; i < MANY; i++)
        say(asks, "x");
    HOLDS(ready(small, PATIENCE) == POLLIN, "nothing has come");
    while (try_recv(small) == 1)
        n++;
    HOLDS(option(small, SOL_SOCKET, SO_RCVBUF) / n > 100, "%d fit into %d", n,
          option(small, SOL_SOCKET, SO_RCVBUF));
}

/* How many datagrams the kernel has dropped at this port: /proc/net/udp. */
static long count_drops(in_port_t port)
{
    char line[512], *drops;
    unsigned local;
    FILE *file = fopen("/proc/self/net/udp", "r");

    must(file == NULL ? -1 : 0, "/proc/self/net/udp");
    while (fgets(line, sizeof line, file) != NULL) {
        drops = strrchr(line, ' ');
        line[strcspn(line, "\n")] = '\0';
        while (drops != NULL && drops[1] == '\0') {
            *drops = '\0';
            drops = strrchr(line, ' ');
        }
        if (sscanf(line, "%*s %*x:%x", &local) == 1 && local == ntohs(port) &&
            drops != NULL) {
            fclose(file);
            return strtol(drops, NULL, 10);
        }
    }
    fclose(file);
    return -1;
}

FACT(drops_are_counted, "/proc/net/udp counts for each socket what was thrown "
                        "away, and SO_RXQ_OVFL hands the number over with the "
                        "next datagram")
{
    int small = small_server(), asks = client_of(small);
    struct envelope e;
    uint32_t told = 0;

    set_option(small, SOL_SOCKET, SO_RXQ_OVFL, 1);
    send_many(asks);
    long got = count_first(small);
    long drops = count_drops(address_of(small).sin_port);
    HOLDS(got + drops == MANY, "%ld have come, %ld were dropped", got, drops);
    say(asks, "next");
    HOLDS(ready(small, PATIENCE) == POLLIN, "nothing has come");
    must((int)recvmsg(small, prepare(&e, room, 16), 0), "recvmsg");
    HOLDS(find_beside(&e.msg, SO_RXQ_OVFL, &told, sizeof told),
          "no SO_RXQ_OVFL");
    HOLDS(told == drops, "it is told %u of %ld", told, drops);
}

FACT(damaged_is_dropped,
     "a datagram with a wrong checksum does not arrive; one "
     "without a checksum does")
{
    int asked = server();
    struct packet p =
        new_packet(htons(9), address_of(asked).sin_port, "damaged");

    p.head.check = htons(1);
    send_packet(p);
    HOLDS(is_quiet(asked), "it arrives");
    p.head.check = 0;
    send_packet(p);
    HOLDS(hears(asked, "damaged"), "%s", room);
}

/* Long enough that its checksum is looked at when it is received, and not when
 * it comes. */
static const char long_text[] = "0123456789012345678901234567890123456789"
                                "0123456789012345678901234567890123456789"
                                "0123456789";

FACT(ready_and_gone,
     "of a damaged datagram poll() may say POLLIN if the socket "
     "is non-blocking, and then recv() says EAGAIN")
{
    int asked = server();
    struct packet p =
        new_packet(htons(9), address_of(asked).sin_port, long_text);

    must(fcntl(asked, F_SETFL, O_RDWR | O_NONBLOCK), "fcntl");
    p.head.check = htons(1);
    send_packet(p);
    HOLDS(ready(asked, PATIENCE) == POLLIN, "it does not");
    FAILS(recv(asked, room, 16, 0), EAGAIN);
    HOLDS(ready(asked, 0) == 0, "it is still there");
}

FACT(poll_looks_at_checksums, "on a socket that blocks, poll() throws damaged "
                              "datagrams away, and does not say POLLIN")
{
    int asked = server();
    struct packet p =
        new_packet(htons(9), address_of(asked).sin_port, long_text);

    p.head.check = htons(1);
    send_packet(p);
    HOLDS(ready(asked, 50) == 0, "it says that something is there");
    HOLDS(is_quiet(asked), "it is received");
}

/* --- Doubled, reordered, forged ------------------------------------------ */

FACT(doubles_are_delivered, "the same packet twice, bit for bit, is received "
                            "twice")
{
    int asked = server();
    struct packet p = new_packet(htons(9), address_of(asked).sin_port, "hi");

    send_fragment("127.0.0.1", 7, 0, &p, sizeof p.head + 2);
    send_fragment("127.0.0.1", 7, 0, &p, sizeof p.head + 2);
    HOLDS(hears(asked, "hi"), "%s", room);
    HOLDS(hears(asked, "hi"), "%s", room);
    HOLDS(is_quiet(asked), "three times");
}

FACT(overtaken, "a datagram whose second packet is late is overtaken by one "
                "that was sent after its first")
{
    int asked = server();
    in_port_t port = address_of(asked).sin_port;
    struct packet one = new_packet(htons(9), port, "12345678abcd");

    send_fragment("127.0.0.1", 7, IP_MF, &one, 16);
    send_packet(new_packet(htons(9), port, "second"));
    HOLDS(hears(asked, "second"), "%s", room);
    send_fragment("127.0.0.1", 7, 2, one.text + 8, 4);
    HOLDS(hears(asked, "12345678abcd"), "%s", room);
}

FACT(forged_is_taken, "a datagram that says it comes from the peer is taken "
                      "for the peer's, by a connected socket, too")
{
    int asked = server(), asks = client_of(asked);
    struct sockaddr_in from;

    send_packet(new_packet(address_of(asked).sin_port,
                           address_of(asks).sin_port, "forged"));
    HOLDS(strcmp(hear_from(asks, &from), "forged") == 0, "%s", room);
    HOLDS(is_same(from, address_of(asked)), "it is from %s", name(from));
}

FACT(any_sender, "a datagram may name any address as its sender's, also one "
                 "to which there is no route: the answer is ENETUNREACH")
{
    int asked = server();
    struct packet p = new_packet(htons(53), address_of(asked).sin_port, "hi");
    struct sockaddr_in from;

    send_fragment("192.0.2.1", 7, 0, &p, sizeof p.head + 2);
    HOLDS(strcmp(hear_from(asked, &from), "hi") == 0, "%s", room);
    HOLDS(is_same(from, at("192.0.2.1", htons(53))), "%s", name(from));
    FAILS(give(asked, from, "hi"), ENETUNREACH);
}

FACT(late_answer_is_taken, "who stops waiting and asks something else "
                           "receives the late answer first")
{
    int asked = server(), asks = client_of(asked);
    struct sockaddr_in from;

    say(asks, "2 + 2?");
    HOLDS(is_quiet(asks), "it is answered");
    say(asks, "3 + 3?");
    hear_from(asked, &from);
    give(asked, from, "4");
    hear_from(asked, &from);
    give(asked, from, "6");
    HOLDS(hears(asks, "4"), "%s", room);
    HOLDS(hears(asks, "6"), "%s", room);
}

/* --- One to many --------------------------------------------------------- */

FACT(broadcast_needs_permission, "broadcast is EACCES; with SO_BROADCAST it "
                                 "goes")
{
    int fd = new_socket();
    struct sockaddr_in all = at("127.255.255.255", nobody().sin_port);

    need_private_network("where nobody else is called");
    FAILS(give(fd, all, "hi"), EACCES);
    set_option(fd, SOL_SOCKET, SO_BROADCAST, 1);
    HOLDS(give(fd, all, "hi") == 2, "%s", last_error());
}

/* A socket that shares its address with others who do so, too. */
static int shared_at(struct sockaddr_in addr)
{
    int fd = new_socket();

    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    must(bind_to(fd, addr), "bind");
    return fd;
}

FACT(broadcast_reaches_all, "a broadcast reaches every socket that is bound to "
                            "0.0.0.0 and its port, and none at one address")
{
    int fd = new_socket(), a = shared_at(at("0.0.0.0", 0));
    in_port_t port = address_of(a).sin_port;
    int b = shared_at(at("0.0.0.0", port));
    int one = shared_at(at("127.0.0.1", port));

    need_private_network("where nobody else is called");
    set_option(fd, SOL_SOCKET, SO_BROADCAST, 1);
    must((int)give(fd, at("127.255.255.255", port), "all"), "sendto");
    HOLDS(hears(a, "all"), "%s", room);
    HOLDS(hears(b, "all"), "%s", room);
    HOLDS(is_quiet(one), "one does");
}

FACT(one_reaches_one, "what is sent to one address reaches one socket, "
                      "however many share it")
{
    int fd = new_socket(), a = shared_at(at("0.0.0.0", 0)), heard = 0;
    struct sockaddr_in to = at("127.0.0.1", address_of(a).sin_port);
    int b = shared_at(address_of(a));

    must((int)give(fd, to, "one"), "sendto");
    for (int i = 0; i < PATIENCE && heard == 0; i++)
        heard = (ready(a, 1) != 0) + (ready(b, 0) != 0);
    HOLDS(heard == 1, "%d hear it", heard);
    HOLDS(is_quiet(a) || is_quiet(b), "both hear it");
}

FACT(no_stream_to_all, "TCP calls no broadcast address: ENETUNREACH")
{
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");

    FAILS(connect_to(fd, at("127.255.255.255", htons(9))), ENETUNREACH);
}

/* A group that is for use within a site (RFC 2365). */
static const char group[] = "239.255.1.2";

static void send_to_group(in_port_t port)
{
    struct ip_mreqn by = {.imr_ifindex = (int)if_nametoindex("lo")};
    int fd = new_socket();

    must(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof by),
         "IP_MULTICAST_IF");
    HOLDS(give(fd, at(group, port), "group") == 5, "%s", last_error());
    close(fd);
}

static void join(int fd)
{
    struct ip_mreqn g = {.imr_multiaddr = at(group, 0).sin_addr,
                         .imr_ifindex = (int)if_nametoindex("lo")};

    must(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &g, sizeof g),
         "IP_ADD_MEMBERSHIP");
}

FACT(group_is_joined, "what goes to a group is heard by those who have joined "
                      "it; to send needs no permission")
{
    int a = shared_at(at(group, 0));
    in_port_t port = address_of(a).sin_port;
    int b = shared_at(at(group, port));

    need_private_network("where nobody else is called");
    send_to_group(port);
    HOLDS(is_quiet(a), "nobody has joined, and it is heard");
    join(a);
    join(b);
    send_to_group(port);
    HOLDS(hears(a, "group"), "%s", room);
    HOLDS(hears(b, "group"), "%s", room);
}

FACT(joined_for_all, "on Linux a socket at 0.0.0.0 hears groups that another "
                     "has joined, unless IP_MULTICAST_ALL is off")
{
    int a = shared_at(at("0.0.0.0", 0));
    in_port_t port = address_of(a).sin_port;
    int b = shared_at(at("0.0.0.0", port)), c = shared_at(at("0.0.0.0", port));

    need_private_network("where nobody else is called");
    join(a);
    set_option(c, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    send_to_group(port);
    HOLDS(hears(a, "group"), "%s", room);
    HOLDS(hears(b, "group"), "%s", room);
    HOLDS(is_quiet(c), "it hears it");
}

FACT(group_stays_near, "what goes to a group may pass no router unless "
                       "IP_MULTICAST_TTL is raised: it is 1; other datagrams "
                       "have more")
{
    int fd = new_socket();

    HOLDS(option(fd, IPPROTO_IP, IP_MULTICAST_TTL) == 1, "it is %d",
          option(fd, IPPROTO_IP, IP_MULTICAST_TTL));
    HOLDS(option(fd, IPPROTO_IP, IP_TTL) > 1, "so have others");
}

/* --- Raw ----------------------------------------------------------------- */

FACT(header_by_hand, "with IP_HDRINCL you write the header of IP; the kernel "
                     "fills in its length and its checksum, and the sender if "
                     "that is 0")
{
    int raw = raw_socket(IPPROTO_UDP), asked = server();
    struct packet p = new_packet(htons(9), address_of(asked).sin_port, "hi");
    struct fragment f;

    send_fragment("0.0.0.0", 7, 0, &p, sizeof p.head + 2);
    HOLDS(recv(raw, &f, sizeof f, 0) == sizeof f.ip + sizeof p.head + 2,
          "it is else");
    HOLDS(f.ip.tot_len == htons(sizeof f.ip + sizeof p.head + 2), "%d",
          ntohs(f.ip.tot_len));
    HOLDS(f.ip.check != 0, "no checksum");
    HOLDS(f.ip.saddr == htonl(INADDR_LOOPBACK), "no sender");
    HOLDS(f.ip.id == htons(7), "and something else");
    HOLDS(hears(asked, "hi"), "%s", room);
}

/* --- What it costs ------------------------------------------------------- */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Two sockets that are connected to each other. */
struct two {
    int a, b;
};

static struct two udp_pair(void)
{
    struct two t = {.a = server(), .b = server()};

    must(connect_to(t.a, address_of(t.b)), "connect");
    must(connect_to(t.b, address_of(t.a)), "connect");
    return t;
}

static struct two tcp_pair(void)
{
    int lfd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    struct two t = {.a = must(socket(AF_INET, SOCK_STREAM, 0), "socket")};

    must(bind_to(lfd, at("127.0.0.1", 0)), "bind");
    must(listen(lfd, 1), "listen");
    must(connect_to(t.a, address_of(lfd)), "connect");
    t.b = must(accept(lfd, NULL, NULL), "accept");
    set_option(t.a, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(t.b, IPPROTO_TCP, TCP_NODELAY, 1);
    return t;
}

/* Nanoseconds of the processor for n bytes from a to b, in pieces. */
static double move(struct two t, long n, size_t piece)
{
    double begin = now();

    while (n > 0) {
        long got = 0;
        must((int)send(t.a, large, piece, 0), "send");
        while (got < (long)piece)
            got += must((int)recv(t.b, room, piece, 0), "recv");
        n -= got;
    }
    return now() - begin;
}

/* Nanoseconds of the processor for n questions of a byte and their answers. */
static double talk(struct two t, int n)
{
    double begin = now();

    for (int i = 0; i < n; i++) {
        must((int)send(t.a, "?", 1, 0), "send");
        must((int)recv(t.b, room, 1, 0), "recv");
        must((int)send(t.b, "!", 1, 0), "send");
        must((int)recv(t.a, room, 1, 0), "recv");
    }
    return now() - begin;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

FACT(stream_is_cheaper, "a megabyte in datagrams of 1200 bytes takes more than "
                        "three times as much of the processor as in a stream")
{
    struct two udp = udp_pair(), tcp = tcp_pair();
    double datagrams = 1e18, stream = 1e18;

    for (int i = 0; i < 15; i++) {
        datagrams = least(datagrams, move(udp, 1200000, 1200));
        stream = least(stream, move(tcp, 1200000, 60000));
    }
    HOLDS(stream * 3 < datagrams, "datagrams %.0f us, stream %.0f us",
          datagrams / 1e3, stream / 1e3);
}

FACT(round_trips_are_alike,
     "a question of one byte and its answer take less of the processor with "
     "UDP than with TCP, and more than a third of it")
{
    struct two udp = udp_pair(), tcp = tcp_pair();
    double datagrams = 1e18, stream = 1e18;

    for (int i = 0; i < 25; i++) {
        datagrams = least(datagrams, talk(udp, 200));
        stream = least(stream, talk(tcp, 200));
    }
    HOLDS(datagrams < stream && datagrams * 3 > stream,
          "datagrams %.2f us, stream %.2f us", datagrams / 2e5, stream / 2e5);
}

FACT(one_call_for_many, "with UDP_SEGMENT one send() of 4096 bytes is four "
                        "datagrams of 1024")
{
    int asked = server(), asks = client_of(asked);

    if (setsockopt(asks, IPPROTO_UDP, UDP_SEGMENT, &(int){1024}, sizeof(int)) ==
        -1)
        skip("UDP_SEGMENT: %s", last_error());
    HOLDS(send(asks, large, 4096, 0) == 4096, "%s", last_error());
    for (int i = 0; i < 4; i++) {
        HOLDS(ready(asked, PATIENCE) == POLLIN, "%d have come before", i);
        HOLDS(recv(asked, room, sizeof room, 0) == 1024, "%d have come before",
              i);
    }
    HOLDS(is_quiet(asked), "and more");
}
