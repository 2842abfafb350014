#define _GNU_SOURCE
#include "filter.h"

#include "calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

/* x32 calls share the architecture of x86-64 and carry this bit. */
#define X32_BIT 0x40000000u

enum {
    MOST_SHAPES = 120 /* jumps are 8 bits wide: the filter must stay short */
};

static struct sock_filter load(size_t offset)
{
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                        (unsigned)offset);
}

static struct sock_filter answer(unsigned what)
{
    return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what);
}

static struct sock_filter unless_equal(unsigned value, unsigned char skip)
{
    return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0,
                                        skip);
}

int install_filter(void)
{
    struct sock_filter f[MOST_SHAPES * 2 + 16];
    unsigned short n = 0;
    size_t shapes;
    const struct call_shape *shape = all_shapes(&shapes);

    if (shapes > MOST_SHAPES) {
        errno = E2BIG;
        return -1;
    }
    f[n++] = load(offsetof(struct seccomp_data, arch));
    f[n++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
    f[n++] = answer(SECCOMP_RET_KILL_PROCESS);
    f[n++] = load(offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    f[n++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    f[n++] = answer(SECCOMP_RET_ERRNO | ENOSYS);
#endif
    f[n++] = unless_equal(SYS_io_uring_setup, 1);
    f[n++] = answer(SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t i = 0; i < shapes; i++) {
        f[n++] = unless_equal((unsigned)shape[i].nr, 1);
        f[n++] = answer(SECCOMP_RET_TRACE);
    }
    f[n++] = answer(SECCOMP_RET_ALLOW);

    struct sock_fprog program = {n, f};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
