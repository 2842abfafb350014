/* Ninja, under a lock. */
#ifndef WORKBOOK_BUILD_H
#define WORKBOOK_BUILD_H

#include "trial.h"

#include <stddef.h>

/* Brings the build description and this runner up to date. */
void refresh_build(void);

/* Builds the learner's programs and their checkers, and marks the trials that
 * do not compile.  Exits when anything but the learner's files is at fault.
 * The lock that keeps other builds away is held until end_build(). */
int build_trials(struct trial *trials, size_t n);
void end_build(int lock);

#endif
