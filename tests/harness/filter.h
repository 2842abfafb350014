/** @file filter.h
 * The seccomp filter: which system calls stop for the tracer. */
#ifndef FILTER_H
#define FILTER_H

/** Installs the filter in this process, for good: watched calls stop for the
 * tracer, io_uring and x32 calls do not exist, and calls of another
 * architecture kill (they would go unseen).  Needs no_new_privs.  Returns 0,
 * or -1 with errno of seccomp(2). */
int install_filter(void);

#endif
