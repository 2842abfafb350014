/** @file calls.h
 * The system calls that are watched, and what each is in the sockets API. */
#ifndef CALLS_H
#define CALLS_H

#include "harness.h"

/** How a watched system call is read. */
struct call_shape {
    long nr;           /**< the system call */
    enum call call;    /**< its kind; on a socket, for those that ask */
    enum call else_;   /**< its kind on anything but a socket */
    const char *name;  /**< what a programmer calls it */
    const char *args;  /**< one letter an argument; see describe.c */
    signed char count; /**< which argument is a byte count, or -1 */
    signed char iovec; /**< which argument is an iovec array or msghdr, or -1 */
    signed char pid;   /**< which argument names another process, or -1 */
};

/** The shape of a system call; NULL when it is not watched. */
const struct call_shape *find_shape(long nr);
/** All shapes and their number, for the filter. */
const struct call_shape *all_shapes(size_t *n);
/** Whether the kind depends on what the descriptor is. */
bool needs_descriptor_kind(const struct call_shape *shape);
/** The kind's name for a sentence: "recv", "accept". */
const char *call_kind_name(enum call call);

#endif
