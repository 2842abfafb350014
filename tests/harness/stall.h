/** @file stall.h
 * Whether anything can still happen. */
#ifndef STALL_H
#define STALL_H

#include "subject.h"

/** Whether every task of every subject sleeps (or is stopped) in a call
 * that only the checker, or nobody, could end. */
bool all_asleep_for_good(void);
/** Whether every task of a subject sleeps in whatever call. */
bool is_asleep(struct subject *s);
/** In which call its first process sleeps, and its other tasks:
 * "accept(3), its child 1 in recv(4)"; NULL: it runs. */
const char *where_asleep(struct subject *s);

#endif
