/** @file landlock.h
 * Where a subject may write: landlock(7), through bare system calls, because
 * no C library wraps them. */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stdbool.h>

/** Whether this kernel offers Landlock, and the run does not withhold it. */
bool can_confine_writes(void);

/** From here on this process, and whatever it forks or execs, writes, makes,
 * renames, truncates and removes files only below the directory.  It may also
 * write to /dev/null, /dev/zero, /dev/full and /dev/tty, and to what is open
 * already; reading and executing stay free.  Sets no_new_privs.  Returns
 * whether it is in force; if not, nothing is confined. */
bool confine_writes(const char *directory);

#endif
