/* The packets of loopback, by a packet socket with a ring in memory that we
 * share with the kernel (packet(7), PACKET_RX_RING, TPACKET_V3).  Each packet
 * is copied there with the time at which it came, and nothing is held back
 * from TCP, nor counted in anybody's receive buffer.  The ring is made once and
 * never taken down, since the kernel waits for all its processors when it does
 * that; between captures a filter drops all.
 *
 * Loopback shows each packet twice, as it leaves and as it arrives; the filter
 * lets the arrival in.  It delivers in the order of sending and, as a rule,
 * before the call that sends returns; but under load a thread of the kernel may
 * deliver later.  So a capture ends with marks, packets of our own that go the
 * same way: when nothing has come between two of them, all that was sent
 * before, and all the answers to it, have arrived.
 *
 * The kernel hands the ring over by blocks, a block when the next packet does
 * not fit into it.  So marks are large, and as many are sent as fill a block:
 * then the first one is handed over, and no time need pass for it. */
#define _GNU_SOURCE
#include "capture.h"

#include "clock.h"
#include "harness.h"
#include "withheld.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SMALL_BLOCK = 16 << 10,
    LARGE_BLOCK = 256 << 10, /* three packets of loopback's 64 KiB */
    SMALL_RING = 4 << 20,
    LARGE_RING = 64 << 20,
    MOST_MARK = 65536 + ETH_HLEN,
    WHOLE = 0x40000,              /* bytes: more than any packet has */
    MARK_PROTOCOL = 0x88b5,       /* IEEE 802's for experiments */
    MOST_ROUNDS = 64,             /* a subject may never stop sending */
    MARK_NS = 1000 * 1000 * 1000, /* for a mark to arrive */
    SELDOM = 1000 * 1000          /* ms, for the kernel's own clock of blocks */
};

/* What a mark begins with. */
struct mark {
    struct ethhdr head;
    uint16_t unused;
    uint32_t number;
};

static int fd = -1;
static bool is_whole;
static int loopback; /* its number */
static unsigned char *ring;
static size_t block_bytes, nblocks;
static size_t mark_bytes, marks_in_block;
static size_t first, next; /* blocks, counted on and on */
static uint32_t last_mark, seen_mark;
static uint64_t began;
static struct capture capture;
static size_t room; /* for capture.packets */

/* Tells the socket what to keep of each packet that arrives: `most` bytes,
 * and all of a mark; nothing at all when it is 0. */
static bool let_in(unsigned most)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
                 (unsigned)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 2, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct ethhdr, h_proto)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK_PROTOCOL, 1, 2),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, most > 0 ? WHOLE : 0),
        BPF_STMT(BPF_RET | BPF_K, most),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof *program,
                                .filter = program};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
                      sizeof filter) == 0;
}

static void choose_sizes(void)
{
    block_bytes = is_whole ? LARGE_BLOCK : SMALL_BLOCK;
    nblocks = (is_whole ? LARGE_RING : SMALL_RING) / block_bytes;
    mark_bytes = is_whole ? MOST_MARK : SMALL_BLOCK / 2;
    marks_in_block = block_bytes / mark_bytes;
}

static bool make_ring(void)
{
    const int version = TPACKET_V3;

    choose_sizes();
    struct tpacket_req3 wanted = {.tp_block_size = (unsigned)block_bytes,
                                  .tp_block_nr = (unsigned)nblocks,
                                  .tp_frame_size = (unsigned)block_bytes,
                                  .tp_frame_nr = (unsigned)nblocks,
                                  .tp_retire_blk_tov = SELDOM};
    if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) ==
            -1 ||
        setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &wanted, sizeof wanted) ==
            -1)
        return false;
    ring = mmap(NULL, nblocks * block_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                fd, 0);
    if (ring == MAP_FAILED)
        return false;
    madvise(ring, nblocks * block_bytes, MADV_DONTFORK); /* no subject's */
    return true;
}

/* The socket sees packets from bind() on: everything else comes before. */
static bool open_socket(void)
{
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_ALL)};

    fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return false;
    loopback = a.sll_ifindex = (int)if_nametoindex("lo");
    return let_in(0) && make_ring() &&
           bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
}

const char *open_capture(bool whole)
{
    if (!has_private_network())
        return "this system refuses a private network";
    if (fd != -1)
        return NULL;
    is_whole = whole;
    if (is_withheld("capture"))
        errno = EPERM;
    else if (open_socket())
        return NULL;
    const char *why = text("this system refuses a packet socket (%s)",
                           strerrorname_np(errno));
    if (fd != -1)
        close(fd);
    fd = -1;
    return why;
}

static struct tpacket_block_desc *block(size_t nth)
{
    return (void *)(ring + nth % nblocks * block_bytes);
}

static bool is_full(void)
{
    return next - first == nblocks;
}

static bool has_next(void)
{
    return !is_full() && (__atomic_load_n(&block(next)->hdr.bh1.block_status,
                                          __ATOMIC_ACQUIRE) &
                          TP_STATUS_USER) != 0;
}

/* Notes a mark as seen.  Returns whether it is one. */
static bool is_mark(const struct packet *p)
{
    struct mark mark;

    if (p->n < sizeof mark)
        return false;
    memcpy(&mark, p->bytes, sizeof mark);
    if (mark.head.h_proto != htons(MARK_PROTOCOL))
        return false;
    seen_mark = mark.number;
    return true;
}

static void keep_packet(struct packet p)
{
    if (capture.n == room) {
        room = room == 0 ? 1024 : 2 * room;
        capture.packets =
            reallocarray(capture.packets, room, sizeof *capture.packets);
        if (capture.packets == NULL)
            err(2, "realloc");
    }
    capture.packets[capture.n++] = p;
}

static void take_block(struct tpacket_block_desc *b)
{
    unsigned char *at = (unsigned char *)b + b->hdr.bh1.offset_to_first_pkt;

    for (uint32_t i = 0; i < b->hdr.bh1.num_pkts; i++) {
        struct tpacket3_hdr *h = (void *)at;
        struct packet p = {.real_ns = h->tp_sec * NS_PER_S + h->tp_nsec,
                           .length = h->tp_len,
                           .n = h->tp_snaplen,
                           .bytes = at + h->tp_mac};
        if (!is_mark(&p))
            keep_packet(p);
        at += h->tp_next_offset;
    }
}

/* Takes what was handed over so far.  Returns how many packets it was. */
static size_t take_packets(void)
{
    size_t before = capture.n;

    for (; has_next(); next++)
        take_block(block(next));
    return capture.n - before;
}

static bool send_mark(void)
{
    static union {
        struct mark mark;
        char bytes[MOST_MARK];
    } packet;
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(MARK_PROTOCOL),
                            .sll_ifindex = loopback,
                            .sll_halen = ETH_ALEN};

    packet.mark.head.h_proto = htons(MARK_PROTOCOL);
    packet.mark.number = ++last_mark;
    return sendto(fd, &packet, mark_bytes, 0, (struct sockaddr *)&a,
                  sizeof a) == (ssize_t)mark_bytes;
}

/* Sends a mark, and more to have it handed over, and takes all that comes
 * before it.  Returns whether there was anything, and may be more. */
static bool take_up_to_mark(void)
{
    uint64_t deadline = now_ns() + MARK_NS;
    size_t n = take_packets();
    uint32_t mark = last_mark + 1;

    if (is_full())
        return false;
    for (size_t i = 0; i <= marks_in_block; i++)
        if (!send_mark())
            return false;
    for (;;) {
        n += take_packets();
        if ((int32_t)(seen_mark - mark) >= 0)
            return n > 0;
        if (is_full() || now_ns() > deadline)
            return false;
        sched_yield();
    }
}

static void settle(void)
{
    for (int i = 0; i < MOST_ROUNDS && take_up_to_mark(); i++)
        continue;
}

/* How many packets the kernel had no room for since it was last asked.  While
 * it has none, nothing waits to be handed over: the marks that were not seen
 * are among them. */
static size_t count_lost(void)
{
    union tpacket_stats_u stats = {0};
    socklen_t n = sizeof stats;

    getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &n);
    size_t drops = stats.stats3.tp_drops, marks = last_mark - seen_mark;
    return drops > marks ? drops - marks : 0;
}

/* Gives the blocks back to the kernel. */
static void forget_packets(void)
{
    for (; first < next; first++)
        __atomic_store_n(&block(first)->hdr.bh1.block_status, TP_STATUS_KERNEL,
                         __ATOMIC_RELEASE);
    capture.n = 0;
}

void begin_capture(void)
{
    forget_packets();
    let_in(is_whole ? WHOLE : MOST_HEADERS);
    settle(); /* what the case before has left on its way */
    count_lost();
    forget_packets();
    began = now_ns();
}

/* How far the clock of the packets is ahead of ours. */
static uint64_t clocks_apart(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec - now_ns();
}

/* Puts the times on our clock.  No packet comes before the one before it, nor
 * before the capture: the other clock may be set at any time. */
static void set_times(void)
{
    uint64_t apart = clocks_apart(), at_least = began;

    for (size_t i = 0; i < capture.n; i++) {
        struct packet *p = &capture.packets[i];
        p->ns = p->real_ns - apart;
        if ((int64_t)(p->ns - at_least) < 0)
            p->ns = at_least;
        at_least = p->ns + 1;
    }
}

const struct capture *end_capture(void)
{
    settle();
    let_in(0);
    capture.lost = count_lost();
    set_times();
    return &capture;
}
