/* ./workbook on a terminal. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "../manifest.h"

/* Watches until the learner quits.  Returns the exit status. */
int watch_command(struct course *course);

#endif
