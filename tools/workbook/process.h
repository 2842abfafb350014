/* Other programs, started without a shell. */
#ifndef WORKBOOK_PROCESS_H
#define WORKBOOK_PROCESS_H

#include <sys/types.h>

/* Starts argv[0], searched in PATH, with nothing to read; its stdout and
 * stderr become out and errors (-1: as ours).  Returns -1 with errno set when
 * it cannot. */
pid_t spawn(const char *const argv[], int out, int errors);

/* Waits for a child.  Returns its exit status, 128 + N when signal N ended
 * it. */
int wait_for(pid_t pid);

/* spawn() and wait_for(); 127 when it could not be started. */
int run(const char *const argv[], int out, int errors);

/* A file in memory for a child to write to, closed on exec; exits when there
 * can be none. */
int open_scratch(const char *name);

#endif
