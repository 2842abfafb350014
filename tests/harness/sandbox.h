/** @file sandbox.h
 * What a child does between fork() and exec() to become a subject. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <sys/types.h>

enum {
    SANDBOX_FAILED = 125 /**< exit status of a child that could not enter */
};

/** The world of one subject. */
struct sandbox {
    const char *directory;   /**< its working directory, HOME and TMPDIR */
    unsigned files;          /**< RLIMIT_NOFILE */
    unsigned file_megabytes; /**< RLIMIT_FSIZE; 0: 16 */
    int in, out, err;        /**< become descriptors 0, 1 and 2 */
    int cpu;                 /**< the one processor it runs on; -1: any */
    int report;              /**< takes a sentence when this fails */
    pid_t checker;           /**< whose death is its own; 0: the parent */
};

/** Enters it, in the child.  A session of its own; default signals; the three
 * streams, all other descriptors close-on-exec; limits; first in line when
 * memory runs out; writes confined (landlock.h) where that can be had; no
 * privileges; death with the checker.
 *
 * Returns ready for the filter and exec().  What it cannot do without and
 * fails at, it says on `report` in a sentence, and exits with
 * SANDBOX_FAILED. */
void enter_sandbox(const struct sandbox *box);

/** Gives up every capability, for this process and all that it may exec, and
 * any way to new ones: root then is a user like others, who gets EACCES on
 * port 80 and EPERM on raw sockets.  It never fails: without privileges there
 * is nothing to give up. */
void drop_privileges(void);

/** The environment of a subject that lives in this directory, ended by NULL;
 * nothing of ours is in it.  Lives until the checker ends. */
char *const *subject_environment(const char *directory);

#endif
