#define _GNU_SOURCE
#include "stall.h"

#include "clock.h"
#include "describe.h"
#include "inspect.h"
#include "peer.h"
#include "pump.h"
#include "tracer.h"

#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    MOST_TOLD = 3, /* children and threads that a verdict names */
    LATE_MS = 100  /* by which a timer's signal may come later */
};

/* Whether a sleep outlasts the case.  An absolute time is taken for one that
 * ends: the deadline of the case comes soon enough. */
static bool sleeps_too_long(pid_t tid, long at, bool is_absolute)
{
    struct timespec t;

    if (is_absolute || peek(tid, (uint64_t)at, &t, sizeof t) < sizeof t)
        return false;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec > time_left();
}

/* Whether the call, as /proc shows it, can end by the passing of time. */
static bool has_time_limit(pid_t tid, long nr, const long args[6])
{
    switch (nr) {
    case SYS_nanosleep:
        return !sleeps_too_long(tid, args[0], false);
    case SYS_clock_nanosleep:
        return !sleeps_too_long(tid, args[2], args[1] & TIMER_ABSTIME);
    case SYS_ppoll:
        return args[2] != 0;
    case SYS_pselect6:
        return args[4] != 0;
    case SYS_epoll_pwait:
        return (int)args[3] >= 0;
    case SYS_futex:
        return args[3] != 0;
    case SYS_rt_sigtimedwait:
        return args[2] != 0;
    case SYS_connect:
    case SYS_restart_syscall:
        return true; /* the kernel gives up one day; unknown */
#ifdef __x86_64__
    case SYS_poll:
        return (int)args[2] >= 0;
    case SYS_select:
        return args[4] != 0;
    case SYS_epoll_wait:
        return (int)args[3] >= 0;
#endif
    default:
        return false;
    }
}

/* Whether a timer may wake it while the case lasts: one of a minute wakes
 * nobody, nor does one that has gone off. */
static bool awaits_timer(const struct subject *s)
{
    uint64_t now = now_ns(), due = s->timers_due;

    return due == NEVER_OVER ||
           (due + LATE_MS * NS_PER_MS > now && due < now + time_left());
}

struct kin {
    pid_t pid;
    int n;
};

static void add_kin(struct task *task, void *data)
{
    struct kin *kin = data;

    kin->n += task->pid == kin->pid;
}

/* A zombie that is still a task here has news: we, or its parent, will hear of
 * its end.  Only a first thread whose others live on stays like this. */
static bool has_news(const struct task *zombie)
{
    struct kin kin = {zombie->pid, 0};

    each_task(NULL, add_kin, &kin);
    return zombie->tid != zombie->pid || kin.n == 1;
}

static void look_for_life(struct task *task, void *found)
{
    bool *alive = found;
    long nr, args[6];
    char state = task_state(task->tid);

    if (*alive)
        return;
    if (state == 'Z' || state == 'X') {
        *alive = has_news(task);
        return;
    }
    if (task->held) /* by the checker, which waits itself */
        return;
    if (task->subject == NULL || task->resume_at != 0 ||
        awaits_timer(task->subject))
        *alive = true;
    else if (task->is_stopped)
        return;
    else if (state != 'S' || !blocked_call(task->tid, &nr, args))
        *alive = true;
    else
        *alive = has_time_limit(task->tid, nr, args);
}

bool all_asleep_for_good(void)
{
    bool alive = false;

    each_task(NULL, look_for_life, &alive);
    return !alive && !peers_have_more_to_come() && !a_peer_has_vanished();
}

static void look_for_running(struct task *task, void *found)
{
    char state = task_state(task->tid);

    if (task->held || task->is_stopped || state == 'S')
        return;
    if (state != 'Z' || has_news(task))
        *(bool *)found = true;
}

static void look_for_signal(struct task *task, void *found)
{
    if (!task->held && !task->is_stopped && task_state(task->tid) == 'S' &&
        has_signal(task->tid))
        *(bool *)found = true;
}

/* One of several may wake another between our looks at the two; but then it
 * has used some time.  And who is about to sleep is shown as sleeping a moment
 * before: with a signal that has come meanwhile, it will not. */
bool is_asleep(struct subject *s)
{
    bool running = false;
    uint64_t used = cpu_ns(s);

    each_task(s, look_for_running, &running);
    if (running || cpu_ns(s) != used)
        return false;
    each_task(s, look_for_signal, &running);
    return !running;
}

/* The call in which a task sleeps, in words; NULL when it does not. */
static const char *call_asleep(const struct task *task)
{
    long nr, args[6];

    if (task->held && task->call != NULL)
        return text("%s, held by the checker",
                    describe_call(task->call, false));
    if (task_state(task->tid) != 'S')
        return NULL;
    if (task->call != NULL)
        return describe_call(task->call, false);
    if (!blocked_call(task->tid, &nr, args))
        return NULL;
    switch (nr) {
    case SYS_futex:
        return "a lock (futex)";
    case SYS_wait4:
    case SYS_waitid:
        return "wait()";
    case SYS_rt_sigsuspend:
    case SYS_rt_sigtimedwait:
        return "wait for a signal";
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
        return "sleep()";
    case SYS_restart_syscall:
        return "a wait with a time limit (restart_syscall)";
    default:
        return text("system call %ld", nr);
    }
}

/* What is found while looking at all tasks but the first. */
struct sleepers {
    const struct subject *s;
    const char *words;
    int n;
};

static void add_sleeper(struct task *task, void *data)
{
    struct sleepers *found = data;
    const char *where = task->tid == found->s->pid ? NULL : call_asleep(task);

    if (where != NULL && ++found->n <= MOST_TOLD)
        found->words =
            text("%s, its %s in %s", found->words, task->name, where);
}

const char *where_asleep(struct subject *s)
{
    struct task *task = find_task(s->pid);
    const char *where = task != NULL ? call_asleep(task) : NULL;
    struct sleepers others = {s, where, 0};

    if (where == NULL)
        return NULL;
    each_task(s, add_sleeper, &others);
    if (others.n > MOST_TOLD)
        return text("%s, and %d more wait", others.words, others.n - MOST_TOLD);
    return others.words;
}
