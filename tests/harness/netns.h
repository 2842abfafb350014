/** @file netns.h
 * A network of one's own: see user_namespaces(7), network_namespaces(7). */
#ifndef NETNS_H
#define NETNS_H

/** Moves this process, which must have one thread, into a new user and
 * network namespace with lo up: every port is free, and nobody else is there.
 * The kernel gives no port there that is the same in both byte orders.
 * It is mapped to user and group 1000, and keeps all capabilities inside until
 * it execs, so that it can add addresses to lo, or make further namespaces.
 *
 * Returns 0, or -1 with errno, and then the process is as it was: the whole
 * sequence is tried in a child first, because some systems grant its first
 * steps and refuse the last. */
int enter_private_network(void);

#endif
