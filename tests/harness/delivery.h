/** @file delivery.h
 * What is on its way, and what lies with the receiver already. */
#ifndef DELIVERY_H
#define DELIVERY_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <stdbool.h>

/** Whether something that this TCP socket has sent has not reached the socket
 * at the other end, which is on this machine.  An acknowledgement proves that
 * it has, but may come 40 ms later; so the other end is asked as well. */
bool is_in_flight(int fd);
/** Whether a kernel has yet to bring something over this TCP connection to an
 * end that has read all it has got, be it from here or from there.  With small
 * buffers that may wait for a timer: for a segment that found no room, or for
 * the news that there is room again. */
bool is_still_to_come(int fd);

/** The other end of a TCP connection, which is on this machine, to be asked
 * after when this end is closed: a question to sock_diag(7). */
struct far_end {
    struct nlmsghdr head;
    struct inet_diag_req_v2 req;
    bool is_known;
};

/** The other end of fd. */
struct far_end find_far_end(int fd);
/** Whether it still has a connection: a reset has not come, if there was one.
 * False when that cannot be told. */
bool is_still_connected(const struct far_end *end);

#endif
