/** @file peer.h
 * The checker's own sockets, as the rest of the harness sees them. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>

/** Whether bytes that a peer has sent are not acknowledged yet. */
bool peers_have_data_in_flight(void);
/** Closes all of the case's sockets. */
void close_peers(void);

#endif
