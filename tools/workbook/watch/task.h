/* A command of ./workbook that runs beside the screen. */
#ifndef WATCH_TASK_H
#define WATCH_TASK_H

#include "page.h"

#include <sys/types.h>
#include <time.h>

struct task {
    pid_t pid; /* 0: none runs */
    int out;   /* what it writes, on stdout and stderr */
    int heard; /* it has written something */
    struct timespec began;
};

/* Starts this program anew with other arguments, in a session of its own, so
 * that it cannot touch the terminal and the screen gets its share of the
 * processors.  Whatever ran before is abandoned. */
void start_task(struct task *task, const char *const argv[]);

/* Takes what it has written into the page.  Its first words, and each form
 * feed, begin the page anew.
 * Returns whether it may write more; at the end, *status is its exit status. */
int read_task(struct task *task, struct page *page, int *status);

/* For how long it has run, in milliseconds. */
int task_age(const struct task *task);

/* Ends it with all that it has started. */
void abandon_task(struct task *task);

/* Buries whoever was abandoned; `all`: waits for them, but not for ever. */
void bury_tasks(int all);

#endif
