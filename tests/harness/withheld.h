/** @file withheld.h
 * Facilities that a run does without on purpose. */
#ifndef WITHHELD_H
#define WITHHELD_H

#include <stdbool.h>

/** Whether the environment's WORKBOOK_WITHOUT, a list with commas between,
 * names this facility (ptrace, netns, landlock).  The harness then behaves as
 * on a system that refuses it: so its own tests see that road, too. */
bool is_withheld(const char *facility);

#endif
