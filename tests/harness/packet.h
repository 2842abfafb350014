/** @file packet.h
 * What a packet's headers say: Ethernet, IPv4 or IPv6, TCP or UDP.  Nothing in
 * a packet is believed before it was compared with how much of it is here. */
#ifndef PACKET_H
#define PACKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One end of a connection. */
struct place {
    struct in6_addr address; /**< IPv4 as ::ffff:127.0.0.1 */
    in_port_t port;          /**< in the machine's order */
};

enum transport {
    TRANSPORT_TCP,
    TRANSPORT_UDP,
    TRANSPORT_REFUSAL /**< ICMP says: nobody is at that UDP port */
};

/** Bits of `flags`, as they lie in the header (RFC 9293, 3.1). */
enum {
    FLAG_FIN = 0x01,
    FLAG_SYN = 0x02,
    FLAG_RST = 0x04,
    FLAG_ACK = 0x10,
    FLAG_URG = 0x20
};

/** A TCP segment, or a UDP datagram. */
struct segment {
    enum transport transport;
    struct place from, to;
    size_t length; /**< bytes of data */
    uint32_t seq;  /**< from here on, TCP's only */
    uint32_t ack;
    unsigned flags;
    unsigned window; /**< as it stands there, not scaled */
};

/** Reads a packet of `length` bytes, of which n are here.  Returns false when
 * it is none of these, or when too little of it is here to tell. */
bool read_packet(const unsigned char *bytes, size_t n, size_t length,
                 struct segment *s);

/** Whether two places are one. */
bool is_same_place(const struct place *a, const struct place *b);
/** As ADDR:PORT, "[::1]:PORT". */
const char *describe_place(const struct place *p);

#endif
