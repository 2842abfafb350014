/** @file delivery.h
 * What is on its way, and what lies with the receiver already. */
#ifndef DELIVERY_H
#define DELIVERY_H

#include <stdbool.h>

/** Whether something that this TCP socket has sent has not reached the socket
 * at the other end, which is on this machine.  An acknowledgement proves that
 * it has, but may come 40 ms later; so the other end is asked as well. */
bool is_in_flight(int fd);

#endif
