/** @file capture.h
 * The packets of a case, as they pass through loopback.  Only in a private
 * network, where no others pass, and where we may look (packet(7)). */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MOST_HEADERS = 190 /**< bytes of a packet that are kept in any case */
};

/** One packet. */
struct packet {
    uint64_t ns;                /**< when, on CLOCK_MONOTONIC */
    uint64_t real_ns;           /**< the same on CLOCK_REALTIME */
    size_t length;              /**< how many bytes it had, Ethernet's too */
    size_t n;                   /**< how many of them are here */
    const unsigned char *bytes; /**< from Ethernet's header on */
};

/** What has passed from begin_capture() to end_capture(). */
struct capture {
    struct packet *packets; /**< in the order of time */
    size_t n;
    size_t lost; /**< packets for which there was no room */
};

/** Opens what captures, for all cases of a worker: packets whole (48 MiB and
 * more in a case), or as many bytes as headers take (4 MiB).  Returns NULL,
 * or why the packets cannot be seen here. */
const char *open_capture(bool whole);
/** From now on packets are kept.  What the capture before has brought is no
 * longer valid. */
void begin_capture(void);
/** Stops, having waited for what is on its way.  Valid until the next
 * begin_capture(). */
const struct capture *end_capture(void);

#endif
