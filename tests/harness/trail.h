/** @file trail.h
 * The story of a case: what both sides did, and when. */
#ifndef TRAIL_H
#define TRAIL_H

#include "subject.h"

struct trail_line {
    double ms;       /**< since the case began */
    const char *who; /**< "checker", "wire", "you", "child 1", "thread 2" */
    const char *text;
    const char *note; /**< what the checker did to the call; may be NULL */
};

struct trail {
    struct trail_line *lines;
    size_t n;
};

/** Forgets the story; time starts now. */
void begin_trail(void);
/** Milliseconds since then. */
double story_ms(void);
/** Adds what the checker does. */
void say_checker(const char *words);
/** Adds how a process has ended, by its wait status. */
void say_ended(const char *who, int status);
/** Adds what was on the wire, at its own time (ns, CLOCK_MONOTONIC); one that
 * is outside of the case is its begin, or now. */
void say_wire(uint64_t ns, const char *words);
/** The story so far, in the order of time. */
struct trail collect_trail(void);

#endif
