/** @file scratch.h
 * Scratch directories: a fresh one is a subject's whole world of files. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stddef.h>

/** Makes an empty directory under $TMPDIR, or under /tmp where that is not
 * set or no directory.  Returns its absolute path, without links in it, which
 * lives until the checker ends; NULL with errno. */
const char *make_scratch(void);

/** What is in the directory now, links not followed: bytes that it takes from
 * the disk, and entries of every kind.  Counting ends early when it has come
 * to 4096 entries or 128 levels, far more than any subject may have; and what
 * cannot be read is passed over: the subject may be at work there. */
void scratch_usage(const char *path, size_t *bytes, size_t *files);

/** Removes the directory with all that is in it, however deep, also what has
 * no permission bits; links are removed, not followed.  Nobody else may be at
 * work there.  Returns 0, or -1 with errno when something is left. */
int remove_scratch(const char *path);

#endif
