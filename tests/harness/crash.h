/** @file crash.h
 * How a program crashed, in words for the one who wrote it. */
#ifndef CRASH_H
#define CRASH_H

#include <stdint.h>

enum {
    SANITIZER_STATUS = 99 /**< exit status of who has written a report */
};

/** Explains the end of a process from its wait status, from what it wrote to
 * stderr, and, where a signal struck it, from the instruction pointer (0 when
 * that is not known).  One or two lines, the first place in the learner's own
 * source among them where that can be found out; such as
 *
 *     AddressSanitizer: stack-buffer-overflow: write of 1 byte in read_head()
 *     at fetch.c:52, past the end of 'buf' (line 48)
 *
 * NULL when it was no crash: it exited, or it was ended from outside by
 * SIGKILL, SIGTERM, SIGINT, SIGHUP or SIGXFSZ (a limit). */
const char *explain_crash(const char *program, int wait_status,
                          const char *stderr_text, uint64_t fault_ip);

/** What the C library wrote before it called abort(), as a clause; NULL when
 * it wrote nothing that is known here. */
const char *read_abort_message(const char *stderr_text);

#endif
