/* The classic format, which all of them read
 * (draft-ietf-opsawg-pcap): a header for the file, a header for each packet,
 * all in the order of bytes of the machine that writes. */
#include "pcap.h"

#include "clock.h"

#include <stdio.h>

static const uint32_t MAGIC = 0xa1b23c4d; /* times are in nanoseconds */

enum {
    ETHERNET = 1, /* LINKTYPE_ETHERNET, which loopback looks like */
    MOST_BYTES = 0x40000
};

struct file_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t unused[2];
    uint32_t most; /* bytes of a packet */
    uint32_t link;
};

struct packet_header {
    uint32_t seconds, nanoseconds;
    uint32_t n;      /* bytes that follow */
    uint32_t length; /* bytes that it had */
};

static FILE *file;

bool open_pcap(const char *path)
{
    struct file_header h = {.magic = MAGIC,
                            .major = 2,
                            .minor = 4,
                            .most = MOST_BYTES,
                            .link = ETHERNET};

    file = fopen(path, "we");
    return file != NULL && fwrite(&h, sizeof h, 1, file) == 1 &&
           fflush(file) == 0;
}

bool is_pcap_open(void)
{
    return file != NULL;
}

static bool write_packet(const struct packet *p)
{
    struct packet_header h = {.seconds = (uint32_t)(p->real_ns / NS_PER_S),
                              .nanoseconds = (uint32_t)(p->real_ns % NS_PER_S),
                              .n = (uint32_t)p->n,
                              .length = (uint32_t)p->length};

    return fwrite(&h, sizeof h, 1, file) == 1 &&
           fwrite(p->bytes, 1, p->n, file) == p->n;
}

bool write_pcap(const struct capture *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (!write_packet(&c->packets[i]))
            return false;
    return fflush(file) == 0;
}
