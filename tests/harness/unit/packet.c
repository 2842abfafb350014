/* Packets as they come, and as they should not: nothing is read beyond the
 * bytes that are here.  Each packet lies at the end of a page behind which
 * there is none, so that a byte too far is a crash. */
#define _GNU_SOURCE
#include "packet.h"
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    PAGE = 4096,
    TRIALS = 200000
};

#define ETHERNET4 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00
#define ETHERNET6 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xdd
#define LOOPBACK6 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
#define FROM4 127, 0, 0, 1
#define TO4 127, 0, 0, 10
/* From port 40000 to port 80. */
#define PORTS 0x9c, 0x40, 0, 80

/* 5 bytes of data, behind 12 bytes of options. */
static const unsigned char data4[] = {
    ETHERNET4, 0x45, 0,     0, 57, 0,   1,   0x40, 0,   64, 6, 0,    0,
    FROM4,     TO4,  PORTS, 1, 2,  3,   4,   5,    6,   7,  8, 0x80, 0x18,
    2,         0,    0,     0, 0,  0,   1,   1,    8,   10, 0, 0,    0,
    0,         0,    0,     0, 0,  'h', 'e', 'l',  'l', 'o'};
/* The same without TCP's options, but with 4 bytes of IP's. */
static const unsigned char options4[] = {
    ETHERNET4, 0x46, 0, 0, 49, 0,     1, 0x40, 0,   64,  6,   0,   0,  FROM4,
    TO4,       1,    1, 1, 0,  PORTS, 1, 2,    3,   4,   5,   6,   7,  8,
    0x50,      0x18, 2, 0, 0,  0,     0, 0,    'h', 'e', 'l', 'l', 'o'};
static const unsigned char syn6[] = {
    ETHERNET6, 0x60,  0,    0,    0,    0,    20, 6, 64, LOOPBACK6,
    LOOPBACK6, PORTS, 0xff, 0xff, 0xff, 0xff, 0,  0, 0,  0,
    0x50,      0x02,  0xff, 0xff, 0,    0,    0,  0};
/* A datagram of 3 bytes, behind two headers that may be there. */
static const unsigned char datagram6[] = {
    ETHERNET6, 0x60, 0,  0, 0, 0,   27,  0,  64, LOOPBACK6,
    LOOPBACK6, 60,   0,  0, 0, 0,   0,   0,  0, /* hop by hop */
    17,        0,    0,  0, 0, 0,   0,   0,     /* for there */
    PORTS,     0,    11, 0, 0, 'o', 'n', 'e'};
/* The first piece of a long one. */
static const unsigned char piece6[] = {
    ETHERNET6, 0x60, 0,    0, 0, 0,   19,  44, 64, LOOPBACK6,
    LOOPBACK6, 17,   0,    0, 1, 0,   0,   0,  1, /* a piece */
    PORTS,     0xff, 0xff, 0, 0, 'o', 'n', 'e'};
/* Nobody is at port 80, to whom this was sent. */
static const unsigned char refusal4[] = {
    ETHERNET4, 0x45, 0, 0,  56, 0, 1, 0,     0,   64,    1, 0,   0,   TO4,
    FROM4,     3,    3, 0,  0,  0, 0, 0,     0,   0x45,  0, 0,   200, 0,
    1,         0,    0, 64, 17, 0, 0, FROM4, TO4, PORTS, 0, 180, 0,   0};

static unsigned char *page_end;

static void make_page(void)
{
    unsigned char *p = mmap(NULL, (size_t)2 * PAGE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED || mprotect(p + PAGE, PAGE, PROT_NONE) == -1)
        exit(2);
    page_end = p + PAGE;
}

/* Reads the first n bytes of a packet of `length`. */
static bool read_here(const void *bytes, size_t n, size_t length,
                      struct segment *s)
{
    memcpy(page_end - n, bytes, n);
    return read_packet(page_end - n, n, length, s);
}

#define READ(packet, s) read_here(packet, sizeof packet, sizeof packet, s)

static void check_tcp(void)
{
    struct segment s;

    CHECK_NUMBER("IPv4", true, READ(data4, &s));
    CHECK_NUMBER("TCP", TRANSPORT_TCP, s.transport);
    CHECK_TEXT("from", "127.0.0.1:40000", describe_place(&s.from));
    CHECK_TEXT("to", "127.0.0.10:80", describe_place(&s.to));
    CHECK_NUMBER("length", 5, s.length);
    CHECK_NUMBER("seq", 0x01020304, s.seq);
    CHECK_NUMBER("ack", 0x05060708, s.ack);
    CHECK_NUMBER("flags", FLAG_ACK | 0x08, s.flags);
    CHECK_NUMBER("window", 512, s.window);
    CHECK_NUMBER("IPv4's options", true, READ(options4, &s));
    CHECK_NUMBER("length", 5, s.length);
    CHECK_NUMBER("IPv6", true, READ(syn6, &s));
    CHECK_TEXT("to", "[::1]:80", describe_place(&s.to));
    CHECK_NUMBER("SYN", FLAG_SYN, s.flags);
    CHECK_NUMBER("seq", 0xffffffff, s.seq);
    CHECK_NUMBER("length", 0, s.length);
}

static void check_udp(void)
{
    struct segment s;

    CHECK_NUMBER("behind other headers", true, READ(datagram6, &s));
    CHECK_NUMBER("UDP", TRANSPORT_UDP, s.transport);
    CHECK_NUMBER("length", 3, s.length);
    CHECK_NUMBER("a first piece", true, READ(piece6, &s));
    CHECK_NUMBER("tells of the whole", 65527, s.length);
    CHECK_NUMBER("a refusal", true, READ(refusal4, &s));
    CHECK_NUMBER("is one", TRANSPORT_REFUSAL, s.transport);
    CHECK_TEXT("from", "127.0.0.10:80", describe_place(&s.from));
    CHECK_TEXT("to", "127.0.0.1:40000", describe_place(&s.to));
}

/* What comes behind a packet's end is padding, not data. */
static void check_padding(void)
{
    unsigned char padded[sizeof syn6 + 6] = {0};
    struct segment s;

    memcpy(padded, syn6, sizeof syn6);
    CHECK_NUMBER("padded", true, READ(padded, &s));
    CHECK_NUMBER("length", 0, s.length);
}

/* Data and options may be cut off; less is not enough to tell. */
static void check_cut(const unsigned char *packet, size_t n, size_t least,
                      size_t length)
{
    struct segment s;

    for (size_t i = 0; i <= n; i++) {
        CHECK_NUMBER("enough is here", i >= least, read_here(packet, i, n, &s));
        if (i >= least)
            CHECK_NUMBER("the length is the whole packet's", length, s.length);
    }
}

/* The packet with one byte changed. */
static bool read_changed(const unsigned char *packet, size_t n, size_t at,
                         unsigned char value)
{
    unsigned char changed[256];
    struct segment s;

    memcpy(changed, packet, n);
    changed[at] = value;
    return read_here(changed, n, n, &s);
}

#define CHANGED(packet, at, value)                                             \
    read_changed(packet, sizeof packet, at, value)

static void check_lies(void)
{
    CHECK_NUMBER("no IP", false, CHANGED(data4, 12, 0x88));
    CHECK_NUMBER("another version", false, CHANGED(data4, 14, 0x65));
    CHECK_NUMBER("a header of 16 bytes", false, CHANGED(data4, 14, 0x44));
    CHECK_NUMBER("longer than the packet", false, CHANGED(data4, 17, 58));
    CHECK_NUMBER("shorter than its header", false, CHANGED(data4, 17, 19));
    CHECK_NUMBER("shorter than TCP's", false, CHANGED(data4, 17, 51));
    CHECK_NUMBER("a later piece", false, CHANGED(data4, 21, 1));
    CHECK_NUMBER("another protocol", false, CHANGED(data4, 23, 132));
    CHECK_NUMBER("TCP's of 16 bytes", false, CHANGED(data4, 46, 0x40));
    CHECK_NUMBER("TCP's of 60 bytes", false, CHANGED(data4, 46, 0xf0));
    CHECK_NUMBER("IPv6: longer", false, CHANGED(syn6, 19, 21));
    CHECK_NUMBER("IPv6: shorter", false, CHANGED(syn6, 19, 19));
    CHECK_NUMBER("a header beyond the end", false, CHANGED(datagram6, 55, 200));
    CHECK_NUMBER("headers without end", false, CHANGED(datagram6, 62, 0));
    CHECK_NUMBER("a later piece of IPv6", false, CHANGED(piece6, 57, 8));
    CHECK_NUMBER("a datagram of 7 bytes", false, CHANGED(datagram6, 75, 7));
    CHECK_NUMBER("another ICMP", false, CHANGED(refusal4, 35, 1));
}

/* Bytes at random, some of them where they matter: any answer will do. */
static void check_noise(void)
{
    const unsigned char *const packets[] = {data4,     options4, syn6,
                                            datagram6, piece6,   refusal4};
    const size_t sizes[] = {sizeof data4,     sizeof options4, sizeof syn6,
                            sizeof datagram6, sizeof piece6,   sizeof refusal4};
    unsigned char noise[256];
    struct segment s;

    srand(1);
    for (int i = 0; i < TRIALS; i++) {
        size_t which = (size_t)rand() % 6, n = sizes[which];
        memcpy(noise, packets[which], n);
        for (int changes = rand() % 8; changes >= 0; changes--)
            noise[(size_t)rand() % n] = (unsigned char)rand();
        size_t here = (size_t)rand() % (n + 1);
        if (read_here(noise, here, n, &s) && s.transport == TRANSPORT_TCP)
            CHECK_NUMBER("no longer than the packet", 1, s.length < n);
    }
}

int main(void)
{
    make_page();
    check_tcp();
    check_udp();
    check_padding();
    check_cut(data4, sizeof data4, 14 + 20 + 20, 5);
    check_cut(syn6, sizeof syn6, 14 + 40 + 20, 0);
    check_cut(datagram6, sizeof datagram6, 14 + 40 + 16 + 8, 3);
    check_cut(refusal4, sizeof refusal4, 14 + 20 + 8 + 20 + 8, 0);
    check_lies();
    check_noise();
    return failures != 0;
}
