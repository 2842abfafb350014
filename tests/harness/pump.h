/** @file pump.h
 * The one place where the checker waits: for stops of the subjects, for
 * their output, for its own sockets, all at once and never blindly. */
#ifndef PUMP_H
#define PUMP_H

#include "subject.h"

#include <poll.h>

/** How a wait has ended. */
enum pump {
    PUMP_DONE,    /**< what was waited for is there */
    PUMP_ENDED,   /**< all subjects have ended before */
    PUMP_STALLED, /**< all sleep for good: nothing can happen any more */
    PUMP_TIME_UP, /**< the case's time is over */
    PUMP_TRESPASS /**< containment stepped in */
};

/** Lets the subjects run until done(data). */
enum pump wait_for(bool (*done)(void *), void *data);
/** Lets the subjects run until fd is ready for `events` of poll(2). */
enum pump wait_ready(int fd, short events);
/** Lets the subjects run for this long, or until they have ended. */
void run_for(uint64_t ns);

/** What has become of a subject: "your program waits in accept(3)". */
const char *what_happened(struct subject *s);
/** The same of the case's only subject, or of the one that came to grief. */
const char *what_happened_to_any(void);

/** Whether the last wait ended because nothing came any more. */
bool has_hung(void);

/** Starts the case's clock: waits end when `wall_ms` have passed. */
void start_clock(unsigned wall_ms);
/** Nanoseconds that the case has left. */
uint64_t time_left(void);

#endif
