/** @file regs.h
 * The machine: system calls as ptrace shows them, and how to change them.
 * The only file that knows an architecture (x86-64, AArch64). */
#ifndef REGS_H
#define REGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** What a stop at a system call shows. */
struct syscall_stop {
    bool is_exit;
    long nr;      /**< at entry */
    long args[6]; /**< at entry */
    long result;  /**< at exit: the result, or -errno */
    uint64_t ip, sp;
};

/** Reads the stop of a thread.  Returns 0, or -1 when it is gone. */
int read_stop(pid_t tid, struct syscall_stop *stop);
/** At entry: changes an argument.  Returns 0, or -1 when it is gone. */
int set_argument(pid_t tid, int index, long value);
/** At entry: no call is made; at the exit stop set_result() answers. */
int skip_call(pid_t tid);
/** At exit: what the program is told. */
int set_result(pid_t tid, long result);
/** At the exit of a call that was skipped: the program is to make it anew. */
int repeat_call(pid_t tid, long nr, long first_arg);
/** The instruction pointer of a stopped thread; 0 when it is gone. */
uint64_t read_ip(pid_t tid);

/** Copies from the subject's memory; how many bytes could be read. */
size_t peek(pid_t tid, uint64_t from, void *to, size_t n);
/** Copies into the subject's memory.  Returns 0 or -1. */
int poke(pid_t tid, uint64_t to, const void *from, size_t n);

#endif
