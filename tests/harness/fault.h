/** @file fault.h
 * Faults as the tracer sees them; how they are armed stands in harness.h. */
#ifndef FAULT_H
#define FAULT_H

#include "calls.h"
#include "tracer.h"

enum fault_kind {
    FAULT_ERRNO,
    FAULT_SHORT,
    FAULT_DELAY,
    FAULT_SIGNAL,
    FAULT_SIGNAL_BEFORE,
    FAULT_REPORT,
    FAULT_CALLER,
    FAULT_HOLD,
    FAULT_HOLD_AFTER
};

struct fault {
    struct fault *next;
    enum fault_kind kind;
    enum call call;
    struct times times;
    long value; /**< errno, bytes, ms or signal; who calls */
    bool (*match)(const struct call_record *, void *);
    void *data;
    int seen, done;
};

/** Does one thing to the call of a task, that no other fault is done to. */
void do_once(struct task *task, const struct call_shape *shape,
             enum fault_kind kind, long value);
/** Applies what is armed for this call, at its entry.  Sets the task's hold
 * or delay; notes in the record what was done. */
void apply_faults(struct task *task, const struct call_shape *shape);
/** At the exit: what the program is told, given what the kernel said. */
long finish_faults(struct task *task, long result);
/** Whether the task is to stand still now that its call is done. */
bool is_held_after(const struct task *task);

#endif
