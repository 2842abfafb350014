#define _GNU_SOURCE
#include "guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

/* kill() speaks of groups and of everybody, too (kill(2)). */
static bool kill_is_own(struct subject *s, struct task *task, pid_t to)
{
    if (to == 0)
        return true; /* its group: setsid() has made one of its own */
    if (to == -1)
        return false;
    return is_own_process(s, to < 0 ? -to : to) || to == task->pid;
}

static bool is_own_target(struct task *task, const struct call_shape *shape,
                          pid_t to)
{
    if (shape->nr == SYS_kill)
        return kill_is_own(task->subject, task, to);
    return to == 0 || is_own_process(task->subject, to);
}

static bool is_ownership_change(const struct call_shape *shape,
                                const struct syscall_stop *stop)
{
    return shape->nr == SYS_fcntl && stop->args[1] == F_SETOWN;
}

static const char *describe_target(pid_t to)
{
    if (to == -1)
        return "every process of this user";
    return "a process that is not its own";
}

bool reaches_outside(struct task *task, const struct call_shape *shape,
                     const struct syscall_stop *stop)
{
    int at = is_ownership_change(shape, stop) ? 2 : shape->pid;

    if (at < 0)
        return false;
    /* setpriority() names a process only as its kind PRIO_PROCESS. */
    if (shape->nr == SYS_ptrace && stop->args[0] == 0)
        return false; /* PTRACE_TRACEME: a wish about itself */
    pid_t to = (pid_t)stop->args[at];
    if (is_own_target(task, shape, to))
        return false;
    if (task->subject->trespass == NULL) {
        task->subject->cause = CAUSE_FAIL;
        task->subject->trespass = text("it tried %s() on %s, which was refused",
                                       shape->name, describe_target(to));
    }
    return true;
}
