/** @file tracer.h
 * The ptrace engine: every stop of every subject comes through here.
 *
 * One table holds the threads of all subjects; one call handles what has
 * stopped.  Between two calls the subjects stand still at their next watched
 * call (see filter.h). */
#ifndef TRACER_H
#define TRACER_H

#include "regs.h"
#include "subject.h"

/** What stood in a subject's memory before a fault changed it. */
struct saved {
    uint64_t at;
    uint64_t bytes[2];
    size_t n;
};

/** A thread of a subject. */
struct task {
    pid_t tid;
    pid_t pid;                /**< its process */
    struct subject *subject;  /**< NULL until its parent's stop is seen */
    const char *name;         /**< in the story: "you", "child 1", ... */
    bool is_new;              /**< waits for that */
    bool is_other;            /**< has become another program */
    struct call_record *call; /**< the watched call it is in, or NULL */
    struct fault *fault;      /**< what is done to that call */
    int refusal;              /**< that call was not made: its errno */
    struct call_record *interrupted; /**< a call that may be made again */
    long interruption;               /**< what it said then: -ERESTART... */
    bool held;                       /**< until release() */
    uint64_t resume_at;              /**< delayed until then; 0: not */
    bool is_stopped;                 /**< by a stop signal */
    struct saved saved[2];           /**< memory of it that a fault changed */
    size_t nsaved;
};

/** Takes over a child that waits to exec: seizes it.  Returns 0, or -1 with
 * errno of ptrace(2). */
int adopt_child(struct subject *s, pid_t pid);
/** Handles all stops that are pending; how many there were. */
int pump_stops(void);
/** Sends SIGKILL to all of a subject's processes, also to those to come. */
void kill_subject(struct subject *s);
/** Kills whatever is left of all subjects and reaps it. */
void reap_all(void);
/** Lets a held or delayed task make its call. */
void resume_call(struct task *task);
/** Resumes the tasks whose delay is over; ns until the next, or -1. */
int64_t resume_delayed(void);

/** Calls `visit` for each task of a subject (NULL: of all). */
void each_task(struct subject *s, void (*visit)(struct task *, void *),
               void *data);
/** The task with this id, or NULL. */
struct task *find_task(pid_t tid);
/** Whether a process, dead or alive, is one of the subject's own. */
bool is_own_process(struct subject *s, pid_t pid);
/** Calls `visit` for each of these; the number of one that is dead and gone
 * may be a stranger's. */
void each_process(struct subject *s,
                  void (*visit)(struct subject *, pid_t, void *), void *data);

/** What an interrupted call says to its tracer; <linux/errno.h> keeps these
 * to the kernel. */
enum {
    ERESTARTSYS = 512,
    ERESTARTNOINTR = 513
};

/** How many stops were handled since the start: something moved. */
extern uint64_t stops_seen;

#endif
