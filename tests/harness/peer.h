/** @file peer.h
 * The checker's own sockets, as the rest of the harness sees them. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <sys/socket.h>

/** An address with its length. */
struct endpoint {
    struct sockaddr_storage addr;
    socklen_t len;
};

/** A numeric address and a port, or a path, which has a slash. */
struct endpoint endpoint_of(const char *where, const char *port);
/** The local address of a socket. */
struct endpoint own_endpoint(int fd);

/** Takes a new socket (-1: ends the case) among those that are closed when
 * the case ends.  Returns it. */
int keep_peer(int fd);
/** Closes one of them before. */
void forget_peer(int fd);
/** Which connection it is, for a story that has several: "(connection 2) ",
 * and "" for the first. */
const char *peer_label(int fd);

/** Whether something that a peer has sent has not arrived yet. */
bool peers_have_data_in_flight(void);
/** Whether a peer's host is gone: then the subject's TCP may give up, and wake
 * it, long after all have gone to sleep (vanish.c). */
bool a_peer_has_vanished(void);
/** The next case begins: nobody has. */
void forget_vanished(void);
/** From now on the calls of the private network are known to
 * peer_is_unreachable(). */
void watch_calls(void);
/** Knows of none any more. */
void forget_calls(void);
/** Whether there is, or something is still to come to an end that waits for
 * it. */
bool peers_have_more_to_come(void);
/** Closes all of the case's sockets. */
void close_peers(void);

#endif
