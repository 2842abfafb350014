/** @file budget.h
 * What a subject may use; looked at every few milliseconds. */
#ifndef BUDGET_H
#define BUDGET_H

#include "subject.h"

/** Looks at memory, CPU time and disk of all subjects, if the last look is
 * old enough; stops those that passed a limit. */
void check_limits(void);
/** The limits of the next subject. */
struct limits current_limits(void);
/** Back to the defaults, for the next case. */
void reset_limits(void);

#endif
