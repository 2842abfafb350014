/** @file look.h
 * Looking at the packets of a case: for its trail (SHOWS_WIRE), and for a file
 * (--pcap).  Who wants neither does not pay for it. */
#ifndef LOOK_H
#define LOOK_H

#include "capture.h"
#include "harness.h"

/** All that passes is kept for the case, if anybody wants it. */
void begin_look(const struct labcase *c);
/** The case is over: tells the story what was on the wire, if it asked. */
void end_look(void);
/** What was seen in the last case; NULL: nobody has looked. */
const struct capture *last_look(void);

#endif
