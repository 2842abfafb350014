/* What segments mean, told of packets that are made here: also of those that
 * a healthy loopback hardly ever shows. */
#include "segments.h"
#include "check.h"
#include "clock.h"
#include "packet.h"
#include "text.h"
#include "trail.h"

#include <stdlib.h>

enum {
    MOST = 32,
    HEADERS = 14 + 20 + 20,
    CLIENT = 40000,
    SERVER = 80,
    OPEN = 512 /* a window */
};

/* A segment from the client, or from the server. */
struct sent {
    int from, flags;
    uint32_t seq, ack;
    size_t length;
    unsigned window;
};

static unsigned char bytes[MOST][HEADERS];
static struct packet packets[MOST];

static void put16(unsigned char *p, unsigned value)
{
    p[0] = (unsigned char)(value >> 8);
    p[1] = (unsigned char)value;
}

static void put32(unsigned char *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}

static struct packet make_packet(unsigned char *p, const struct sent *s)
{
    unsigned char *ip = p + 14, *tcp = ip + 20;

    put16(p + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, (unsigned)(40 + s->length));
    ip[9] = 6;
    put32(ip + 12, 0x7f000001);
    put32(ip + 16, 0x7f000001);
    put16(tcp, (unsigned)s->from);
    put16(tcp + 2, s->from == CLIENT ? SERVER : CLIENT);
    put32(tcp + 4, s->seq);
    put32(tcp + 8, s->ack);
    tcp[12] = 0x50;
    tcp[13] = (unsigned char)s->flags;
    put16(tcp + 14, s->window);
    return (struct packet){
        .length = HEADERS + s->length, .n = HEADERS, .bytes = p};
}

/* All that is told of these segments, without who and whom: "< SYN; > ...". */
static const char *tell_all(const struct sent *sent, size_t n, size_t lost)
{
    struct capture c = {.packets = packets, .n = n, .lost = lost};
    const char *all = "";

    begin_trail();
    uint64_t now = now_ns();
    for (size_t i = 0; i < n; i++) {
        packets[i] = make_packet(bytes[i], &sent[i]);
        packets[i].ns = now + i;
    }
    tell_segments(&c);
    struct trail t = collect_trail();
    for (size_t i = 0; i < t.n; i++) {
        const char *words = strstr(t.lines[i].text, "  ");
        all = text("%s%s%s%s", all, i > 0 ? "; " : "",
                   strncmp(t.lines[i].text, "you", 3) == 0 ? "> " : "< ",
                   words != NULL ? words + 2 : t.lines[i].text);
    }
    free(t.lines);
    return all;
}

#define TELLS(what, want, ...)                                                 \
    do {                                                                       \
        const struct sent sent[] = {__VA_ARGS__};                              \
        CHECK_TEXT(what, want, tell_all(sent, sizeof sent / sizeof *sent, 0)); \
    } while (0)

/* Both begin at 2^32 - 1, so that all numbers go round. */
#define FIRST UINT32_MAX
#define OPENED                                                                 \
    {CLIENT, FLAG_SYN, FIRST, 0, 0, OPEN},                                     \
        {SERVER, FLAG_SYN | FLAG_ACK, FIRST, 0, 0, OPEN},                      \
    {                                                                          \
        CLIENT, FLAG_ACK, 0, 0, 0, OPEN                                        \
    }
#define TOLD "> SYN; < SYN, ACK"

static void check_opening(void)
{
    TELLS("the third is silent", TOLD, OPENED);
    TELLS("a call that is not answered", "> SYN; > SYN again",
          {CLIENT, FLAG_SYN, 7, 0, 0, OPEN}, {CLIENT, FLAG_SYN, 7, 0, 0, OPEN});
    TELLS("another call from the same port", "> SYN; < RST; > SYN",
          {CLIENT, FLAG_SYN, 7, 0, 0, OPEN},
          {SERVER, FLAG_RST | FLAG_ACK, 0, 8, 0, 0},
          {CLIENT, FLAG_SYN, 999, 0, 0, OPEN});
    TELLS("a connection from before", "", {CLIENT, FLAG_ACK, 1, 1, 5, OPEN},
          {SERVER, FLAG_FIN | FLAG_ACK, 1, 6, 0, OPEN});
}

static void check_data(void)
{
    TELLS("one byte, two bytes", TOLD "; > 1 byte; > 2 bytes", OPENED,
          {CLIENT, FLAG_ACK, 0, 0, 1, OPEN}, {CLIENT, FLAG_ACK, 1, 0, 2, OPEN});
    TELLS("again", TOLD "; > 28 bytes; > 28 bytes again", OPENED,
          {CLIENT, FLAG_ACK, 0, 0, 28, OPEN},
          {CLIENT, FLAG_ACK, 0, 0, 28, OPEN});
    TELLS("more, some of it again", TOLD "; > 28 bytes; > 30 bytes (20 again)",
          OPENED, {CLIENT, FLAG_ACK, 0, 0, 28, OPEN},
          {CLIENT, FLAG_ACK, 8, 0, 30, OPEN});
    TELLS("urgent", TOLD "; > 1 byte, urgent", OPENED,
          {CLIENT, FLAG_ACK | FLAG_URG, 0, 0, 1, OPEN});
    TELLS("both ways", TOLD "; > 5 bytes; < 3 bytes", OPENED,
          {CLIENT, FLAG_ACK, 0, 0, 5, OPEN}, {SERVER, FLAG_ACK, 0, 5, 3, OPEN});
}

static void check_ending(void)
{
    TELLS("one after the other",
          TOLD "; > FIN; < ACK of FIN; < FIN; > ACK of FIN", OPENED,
          {CLIENT, FLAG_FIN | FLAG_ACK, 0, 0, 0, OPEN},
          {SERVER, FLAG_ACK, 0, 1, 0, OPEN},
          {SERVER, FLAG_FIN | FLAG_ACK, 0, 1, 0, OPEN},
          {CLIENT, FLAG_ACK, 1, 1, 0, OPEN});
    TELLS("in one", TOLD "; > 4 bytes, FIN; < FIN, ACK of FIN; > ACK of FIN",
          OPENED, {CLIENT, FLAG_FIN | FLAG_ACK, 0, 0, 4, OPEN},
          {SERVER, FLAG_FIN | FLAG_ACK, 0, 5, 0, OPEN},
          {CLIENT, FLAG_ACK, 5, 1, 0, OPEN});
    TELLS("not answered", TOLD "; > FIN; > FIN again", OPENED,
          {CLIENT, FLAG_FIN | FLAG_ACK, 0, 0, 0, OPEN},
          {CLIENT, FLAG_FIN | FLAG_ACK, 0, 0, 0, OPEN});
    TELLS("the data before it is acknowledged, it is not",
          TOLD "; > 4 bytes; > FIN", OPENED, {CLIENT, FLAG_ACK, 0, 0, 4, OPEN},
          {CLIENT, FLAG_FIN | FLAG_ACK, 4, 0, 0, OPEN},
          {SERVER, FLAG_ACK, 0, 4, 0, OPEN});
    TELLS("by a reset", TOLD "; < RST", OPENED,
          {SERVER, FLAG_RST | FLAG_ACK, 0, 0, 0, 0});
}

static void check_windows(void)
{
    TELLS("closed and open",
          TOLD "; > 9 bytes; < window 0; < window open again", OPENED,
          {CLIENT, FLAG_ACK, 0, 0, 9, OPEN}, {SERVER, FLAG_ACK, 0, 9, 0, 0},
          {SERVER, FLAG_ACK, 0, 9, 0, OPEN});
    TELLS("asked",
          TOLD "; > 9 bytes; < window 0; > window probe; < window 0 again",
          OPENED, {CLIENT, FLAG_ACK, 0, 0, 9, OPEN},
          {SERVER, FLAG_ACK, 0, 9, 0, 0}, {SERVER, FLAG_ACK, 0, 9, 0, 0},
          {CLIENT, FLAG_ACK, 8, 0, 0, OPEN}, {SERVER, FLAG_ACK, 0, 9, 0, 0});
    TELLS("with data", TOLD "; < 2 bytes, window 0", OPENED,
          {SERVER, FLAG_ACK, 0, 0, 2, 0});
    TELLS("still there", TOLD "; > keep-alive; < ACK", OPENED,
          {CLIENT, FLAG_ACK, UINT32_MAX, 0, 0, OPEN},
          {SERVER, FLAG_ACK, 0, 0, 0, OPEN}, {SERVER, FLAG_ACK, 0, 0, 0, OPEN});
}

static void check_loss(void)
{
    const struct sent sent[] = {OPENED};

    CHECK_TEXT("loss", TOLD "; < 17 packets more: too many to see them all",
               tell_all(sent, 3, 17));
}

int main(void)
{
    check_opening();
    check_data();
    check_ending();
    check_windows();
    check_loss();
    return failures != 0;
}
