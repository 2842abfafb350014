/** @file schedule.h
 * Random schedules of legal faults. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "calls.h"
#include "cases.h"
#include "tracer.h"

/** Which schedules of the fixed list. */
struct schedules {
    unsigned from, to;
};

/** Runs the case once for each of these.  The result is that of the first run
 * which failed, with the number of its schedule in its message; a note says
 * how many were survived. */
struct result schedule_case(const struct labcase *c, const char *program,
                            uint64_t seed, struct schedules schedules);
/** Begins the current schedule, if there is one: called for each new
 * subject. */
void begin_schedule(struct subject *s);
/** Does to a call, at its entry, what the schedule says, which may be
 * nothing; only to one that no other fault is done to. */
void follow_schedule(struct task *task, const struct call_shape *shape);

#endif
