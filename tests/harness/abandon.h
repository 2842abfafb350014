/** @file abandon.h
 * A checker that is told to end, by Ctrl-C or by who started it, leaves
 * nothing: no subject, no file. */
#ifndef ABANDON_H
#define ABANDON_H

#include <sys/types.h>

/** From now on SIGINT, SIGTERM and SIGHUP are only noted, and a directory is
 * there for all the scratch directories of the run: it becomes TMPDIR. */
void begin_run(void);

/** Kills the children that a process has now. */
void kill_children(pid_t parent);

/** Whether one of these signals has come.  poll() says EINTR then. */
int is_abandoned(void);

/** Removes what there is.  When a signal has come, it kills and reaps all
 * children first, and then dies of that signal. */
void end_run(void);

#endif
