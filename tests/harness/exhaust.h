/** @file exhaust.h
 * Every legal fault at every call of a correct run. */
#ifndef EXHAUST_H
#define EXHAUST_H

#include "cases.h"

/** Runs the case once to record its calls, then once more for each of them
 * times each fault that the kernel could give there.  The result is that of
 * the first run which failed, with the fault in its message; a note says how
 * many survived. */
struct result exhaust_case(const struct labcase *c, const char *program,
                           uint64_t seed);
/** Arms the fault of the current replay, if there is one: called for each
 * new subject. */
void arm_replay(struct subject *s);
/** Keeps the calls of the recorded run: called as subjects end. */
void keep_recording(struct subject *s);

#endif
