/** @file record.h
 * The log of the watched calls. */
#ifndef RECORD_H
#define RECORD_H

#include "calls.h"
#include "tracer.h"

/** Begins the record of a call, or continues the one that a signal has
 * interrupted.  NULL: the call is of no interest (a read on a file). */
struct call_record *begin_record(struct task *task,
                                 const struct call_shape *shape,
                                 const struct syscall_stop *stop);
/** Completes it with what the program is told. */
void end_record(struct task *task, long result);

/** Hides what the C library does with the socket of the task's call, from
 * the making of it on. */
void hide_socket(struct task *task);

#endif
