/** @file inspect.h
 * /proc: what the kernel says of a subject's processes. */
#ifndef INSPECT_H
#define INSPECT_H

#include "subject.h"

enum descriptor_kind {
    DESCRIPTOR_NONE, /**< not open */
    DESCRIPTOR_FILE, /**< a file, a directory: of no interest */
    DESCRIPTOR_SOCKET,
    DESCRIPTOR_STREAM /**< a pipe, a terminal, ... */
};

/** What a descriptor of a task is. */
enum descriptor_kind descriptor_kind(pid_t tid, int fd);
/** The flags of open(2) of a task's descriptor as they are now, or 0. */
int descriptor_flags(pid_t tid, int fd);
/** Sockets that a process has open, each counted once. */
int count_sockets_of(pid_t pid);
/** Where its listening socket is bound, as /proc/PID/net has it; one of its
 * children may hold it.  `addr` has room for a struct sockaddr_storage; returns
 * the length of the address, or 0 when it has no TCP socket that listens. */
size_t find_listener(struct subject *s, void *addr);
/** The same of its UDP socket that is bound and not connected. */
size_t find_bound(struct subject *s, void *addr);
/** The process to which a thread belongs; 0 when it is gone. */
pid_t process_of(pid_t tid);
/** The parent of a task's process; 0 when it is gone. */
pid_t parent_of(pid_t tid);
/** The state letter of proc(5): R, S, D, T, Z; X when it is gone. */
char task_state(pid_t tid);
/** Whether a signal is pending that the task does not block: it is about to
 * take it, though its state may still say that it sleeps. */
bool has_signal(pid_t tid);
/** The CPU time of all its processes, the dead among them, in nanoseconds. The
 * share of the dead is rounded: after an end it may be a little less. */
uint64_t cpu_ns(struct subject *s);
/** The system call in which a task sleeps.  Returns false when it runs or
 * cannot be seen. */
bool blocked_call(pid_t tid, long *nr, long args[6]);
/** Nanoseconds for which a task, ready to run, has waited for a processor. */
uint64_t run_delay(pid_t tid);
/** Bytes resident in all processes of a subject. */
size_t resident_bytes(struct subject *s);

#endif
