/** @file ends.h
 * Which connections are the checker's: a packet says between which ports it
 * goes, and not to whom they belong. */
#ifndef ENDS_H
#define ENDS_H

#include "packet.h"
#include "peer.h"

/** From now on it is noted, and what was noted before is forgotten. */
void begin_ends(void);
/** It is noted no more. */
void end_ends(void);

/** The checker has bound this socket. */
void note_bound(int fd);
/** The checker has called with this socket, at this time (ns). */
void note_call(int fd, const struct endpoint *called, uint64_t began);
/** The checker has accepted this caller. */
void note_accepted(int fd, const struct endpoint *caller);
/** The story mentions this socket as the nth connection. */
void note_mentioned(int fd, int nth);

/** Whether the place is the checker's end of something that goes to the other
 * place.  `began`: when the first packet was sent, from there (ns), 0: it was
 * sent from the other place. */
bool is_checkers(const struct place *own, const struct place *other,
                 uint64_t began);
/** As which connection the story mentions the one between the checker's place
 * and the other, 0: not at all. */
int mentioned_as(const struct place *own, const struct place *other);

#endif
