/** @file guard.h
 * Calls that reach for processes which are not the subject's own. */
#ifndef GUARD_H
#define GUARD_H

#include "calls.h"
#include "tracer.h"

/** Whether the call reaches outside; if so the subject's trespass is noted,
 * and the call must fail with EPERM. */
bool reaches_outside(struct task *task, const struct call_shape *shape,
                     const struct syscall_stop *stop);

#endif
