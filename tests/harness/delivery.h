/** @file delivery.h
 * What is on its way, and what lies with the receiver already. */
#ifndef DELIVERY_H
#define DELIVERY_H

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

#endif
