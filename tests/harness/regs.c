#define _GNU_SOURCE
#include "regs.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* <sys/ptrace.h> and <linux/ptrace.h> cannot be included together, and the
 * C library's name for this has changed: here is the kernel's layout
 * (ptrace(2), PTRACE_GET_SYSCALL_INFO). */
struct syscall_info {
    uint8_t op;
    uint8_t pad[3];
    uint32_t arch;
    uint64_t ip, sp;
    union {
        struct {
            uint64_t nr, args[6];
        } entry; /* also what a seccomp stop shows first */
        struct {
            int64_t result;
            uint8_t is_error;
        } exit;
    };
    uint64_t rest[2];
};

enum {
    OP_EXIT = 2
};

int read_stop(pid_t tid, struct syscall_stop *stop)
{
    struct syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0)
        return -1;
    memset(stop, 0, sizeof *stop);
    stop->is_exit = info.op == OP_EXIT;
    stop->ip = info.ip;
    stop->sp = info.sp;
    if (stop->is_exit) {
        stop->result = info.exit.result;
        return 0;
    }
    stop->nr = (long)info.entry.nr;
    for (int i = 0; i < 6; i++)
        stop->args[i] = (long)info.entry.args[i];
    return 0;
}

#ifdef __x86_64__

#define REG(name) offsetof(struct user_regs_struct, name)

int set_argument(pid_t tid, int index, long value)
{
    static const size_t args[] = {REG(rdi), REG(rsi), REG(rdx),
                                  REG(r10), REG(r8),  REG(r9)};

    return (int)ptrace(PTRACE_POKEUSER, tid, args[index], value);
}

int skip_call(pid_t tid)
{
    return (int)ptrace(PTRACE_POKEUSER, tid, REG(orig_rax), -1L);
}

int set_result(pid_t tid, long result)
{
    return (int)ptrace(PTRACE_POKEUSER, tid, REG(rax), result);
}

uint64_t read_ip(pid_t tid)
{
    return (uint64_t)ptrace(PTRACE_PEEKUSER, tid, REG(rip), 0);
}

int repeat_call(pid_t tid, long nr, long first_arg)
{
    const uint64_t length = 2; /* of the instruction "syscall" */

    (void)first_arg;
    if (ptrace(PTRACE_POKEUSER, tid, REG(rax), nr) == -1)
        return -1;
    return (int)ptrace(PTRACE_POKEUSER, tid, REG(rip), read_ip(tid) - length);
}

#elif defined(__aarch64__)

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

static int get_regs(pid_t tid, struct user_regs_struct *regs)
{
    struct iovec io = {regs, sizeof *regs};

    return (int)ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &io);
}

static int set_regs(pid_t tid, struct user_regs_struct *regs)
{
    struct iovec io = {regs, sizeof *regs};

    return (int)ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &io);
}

int set_argument(pid_t tid, int index, long value)
{
    struct user_regs_struct r;

    if (get_regs(tid, &r) == -1)
        return -1;
    r.regs[index] = (unsigned long long)value;
    return set_regs(tid, &r);
}

int skip_call(pid_t tid)
{
    int none = -1;
    struct iovec io = {&none, sizeof none};

    return (int)ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &io);
}

int set_result(pid_t tid, long result)
{
    return set_argument(tid, 0, result);
}

int repeat_call(pid_t tid, long nr, long first_arg)
{
    const uint64_t length = 4; /* of the instruction "svc" */
    struct user_regs_struct r;

    if (get_regs(tid, &r) == -1)
        return -1;
    r.regs[8] = (unsigned long long)nr;
    r.regs[0] = (unsigned long long)first_arg; /* the result was put there */
    r.pc -= length;
    return set_regs(tid, &r);
}

uint64_t read_ip(pid_t tid)
{
    struct user_regs_struct r;

    return get_regs(tid, &r) == -1 ? 0 : r.pc;
}

#else
#error "checkers run on x86-64 and AArch64"
#endif

size_t peek(pid_t tid, uint64_t from, void *to, size_t n)
{
    struct iovec local = {to, n};
    struct iovec remote = {(void *)(uintptr_t)from, n};
    ssize_t got = process_vm_readv(tid, &local, 1, &remote, 1, 0);

    return got > 0 ? (size_t)got : 0;
}

int poke(pid_t tid, uint64_t to, const void *from, size_t n)
{
    struct iovec local = {(void *)(uintptr_t)from, n};
    struct iovec remote = {(void *)(uintptr_t)to, n};

    return process_vm_writev(tid, &local, 1, &remote, 1, 0) == (ssize_t)n ? 0
                                                                          : -1;
}
