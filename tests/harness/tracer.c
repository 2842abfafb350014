#define _GNU_SOURCE
#include "tracer.h"

#include "calls.h"
#include "clock.h"
#include "crash.h"
#include "fault.h"
#include "guard.h"
#include "inspect.h"
#include "record.h"
#include "redirect.h"
#include "starved.h"
#include "streams.h"
#include "trail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_TASKS = 512, /* of all subjects; their own limits are lower */
    MOST_PROCESSES = 4096
};

uint64_t stops_seen;

static struct task tasks[MOST_TASKS];
static size_t ntasks;

static bool is_reaping; /* the case is over: whatever stops, dies */

/* Every process that ever was a subject's: who may be signalled. */
static struct {
    pid_t pid;
    struct subject *subject;
} processes[MOST_PROCESSES];
static size_t nprocesses;

struct task *find_task(pid_t tid)
{
    for (size_t i = 0; i < ntasks; i++)
        if (tasks[i].tid == tid)
            return &tasks[i];
    return NULL;
}

void each_task(struct subject *s, void (*visit)(struct task *, void *),
               void *data)
{
    for (size_t i = ntasks; i-- > 0;)
        if (s == NULL || tasks[i].subject == s)
            visit(&tasks[i], data);
}

bool is_own_process(struct subject *s, pid_t pid)
{
    for (size_t i = 0; i < nprocesses; i++)
        if (processes[i].pid == pid && processes[i].subject == s)
            return true;
    return false;
}

void each_process(struct subject *s,
                  void (*visit)(struct subject *, pid_t, void *), void *data)
{
    for (size_t i = 0; i < nprocesses; i++)
        if (processes[i].subject == s)
            visit(s, processes[i].pid, data);
}

static void remember_process(struct subject *s, pid_t pid)
{
    if (nprocesses == MOST_PROCESSES || is_own_process(s, pid))
        return;
    processes[nprocesses].pid = pid;
    processes[nprocesses++].subject = s;
}

static struct task *add_task(pid_t tid)
{
    if (ntasks == MOST_TASKS)
        return NULL;
    struct task *task = &tasks[ntasks++];
    *task = (struct task){.tid = tid, .pid = tid};
    return task;
}

/* The first process is "you"; what it makes is counted as it is born. */
static const char *name_task(struct subject *s, bool is_thread)
{
    if (s->nchildren + s->nthreads == 0 && s->tasks == 0)
        return s->is_emulated ? "s390x" : "you";
    if (is_thread)
        return text("thread %d", ++s->nthreads);
    return text("child %d", ++s->nchildren);
}

static void own_task(struct task *task, struct subject *s, pid_t pid)
{
    task->subject = s;
    task->pid = pid;
    task->name = name_task(s, task->tid != pid);
    s->tasks++;
    remember_process(s, task->tid);
    remember_process(s, pid);
}

static void forget_task(struct task *task)
{
    if (task->subject != NULL)
        task->subject->tasks--;
    *task = tasks[--ntasks];
}

/* Lets a task run on; PTRACE_SYSCALL asks for the stop at the call's exit. */
static void go_on(struct task *task, int signal)
{
    ptrace(task->call != NULL ? PTRACE_SYSCALL : PTRACE_CONT, task->tid, 0,
           signal);
}

int adopt_child(struct subject *s, pid_t pid)
{
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
                   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                   PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP;

    if (ptrace(PTRACE_SEIZE, pid, 0, options) == -1)
        return -1;
    own_task(add_task(pid), s, pid);
    s->pid = pid;
    return 0;
}

/* The call is not made; finish_faults() answers. */
static void refuse_call(struct task *task, int error, const char *why)
{
    task->call->fault = why;
    task->refusal = error;
    skip_call(task->tid);
}

/* The harness's own refusals come before the faults of the case. */
static void judge_call(struct task *task, const struct call_shape *shape,
                       bool is_outside, bool is_restart)
{
    if (is_outside) {
        refuse_call(task, EPERM, "the checker refuses: not your process");
    } else if (is_name_cache(task->call)) {
        refuse_call(task, ENOENT, NULL);
        hide_socket(task);
    } else if (!is_restart) {
        apply_faults(task, shape);
    }
}

static void enter_call(struct task *task, const struct syscall_stop *stop)
{
    const struct call_shape *shape = find_shape(stop->nr);

    if (shape == NULL) {
        go_on(task, 0);
        return;
    }
    bool is_restart = task->interrupted != NULL;
    bool outside = reaches_outside(task, shape, stop);

    if (shape->call == CALL_OPEN)
        redirect_open(task, stop);
    /* splice() into stdout holds that pipe's lock for as long as it waits for
     * its input, and whoever reads the pipe waits with it: empty it before. */
    if (stop->nr == SYS_splice)
        move_streams();
    task->call = begin_record(task, shape, stop);
    if (task->call != NULL && task->call->call == CALL_SIGNAL)
        task->call->hidden |= !outside && stop->nr != SYS_kill;
    if (task->call != NULL)
        judge_call(task, shape, outside, is_restart);
    if (!task->held && task->resume_at == 0)
        go_on(task, 0);
}

static void leave_call(struct task *task, const struct syscall_stop *stop)
{
    if (task->call != NULL)
        end_record(task, finish_faults(task, stop->result));
    task->call = NULL;
    task->held = is_held_after(task);
    task->fault = NULL;
    if (!task->held)
        go_on(task, 0);
}

static void handle_call(struct task *task)
{
    struct syscall_stop stop;

    if (read_stop(task->tid, &stop) == -1)
        go_on(task, 0);
    else if (stop.is_exit)
        leave_call(task, &stop);
    else
        enter_call(task, &stop);
}

/* Whose a task is, is known now: it may begin. */
static void begin_task(struct task *task, struct subject *s, pid_t pid,
                       bool is_other)
{
    own_task(task, s, pid);
    task->is_other = is_other;
    task->held = s->holds_newborns;
    if (task->is_new && !task->held)
        go_on(task, 0);
    task->is_new = false;
    if (s->is_killed)
        kill(task->pid, SIGKILL);
    else if (s->tasks > (int)s->limits.tasks)
        stop_trespass(s, CAUSE_RESOURCE_LIMIT,
                      "it had more than %u processes and threads at once",
                      s->limits.tasks);
}

/* Whom a parent tells of that still stands at its stop for this event; 0 of
 * one that has been killed since: it is on its way out, and tells of nobody. */
static pid_t newborn_of(const struct task *parent, int event)
{
    unsigned long tid = 0;
    siginfo_t stop;

    if (ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &tid) == -1 ||
        ptrace(PTRACE_GETSIGINFO, parent->tid, 0, &stop) == -1 ||
        stop.si_code >> 8 != event)
        return 0;
    return (pid_t)tid;
}

/* A new process or thread: its own first stop may have come already, and its
 * end, too. */
static void handle_birth(struct task *parent, int event)
{
    struct subject *s = parent->subject;
    pid_t pid = parent->pid, tid = newborn_of(parent, event);
    bool is_other = parent->is_other;

    if (tid == 0)
        return;
    pid_t process = process_of(tid);
    go_on(parent, 0);
    struct task *child = find_task(tid);
    if (process == 0 || (child != NULL && child->subject != NULL))
        return;
    if (child == NULL)
        child = add_task(tid);
    if (child == NULL)
        kill(tid, SIGKILL);
    else if (event == PTRACE_EVENT_CLONE && process == pid)
        begin_task(child, s, pid, is_other);
    else
        begin_task(child, s, tid, is_other);
}

/* The subject of the process that began the session; NULL if none did. */
static struct subject *owner_of_session(pid_t session)
{
    for (struct subject *s = subjects; s != NULL; s = s->next)
        if (is_own_process(s, session))
            return s;
    return NULL;
}

/* Whether it is a process, and a child of ours. */
static bool is_orphan(const struct task *task)
{
    return process_of(task->tid) == task->tid &&
           parent_of(task->tid) == getpid();
}

/* A parent that is killed in fork() never tells of its child, which is ours
 * then, as are all orphans.  Its session says whose it was; what program it
 * is, nobody can say. */
static void adopt_orphans(void)
{
    for (size_t i = 0; i < ntasks; i++) {
        struct task *task = &tasks[i];
        struct subject *s;

        if (task->is_new && is_orphan(task) &&
            (s = owner_of_session(getsid(task->tid))) != NULL)
            begin_task(task, s, task->tid, true);
    }
}

/* After exec only one thread is left, under the process's own id. */
static void handle_exec(struct task *task)
{
    unsigned long former = 0;

    ptrace(PTRACE_GETEVENTMSG, task->tid, 0, &former);
    if (task->call != NULL)
        end_record(task, 0); /* it does not return */
    task->call = NULL;
    if ((pid_t)former != task->tid) {
        struct task *other = find_task((pid_t)former);
        if (other != NULL)
            forget_task(other);
        task = find_task(task->tid);
        task = task != NULL ? task : find_task((pid_t)former);
    }
    if (task == NULL)
        return;
    bool is_birth = !task->subject->has_started;
    task->subject->has_started = true;
    task->is_other = !is_birth || task->subject->is_emulated;
    if (is_birth)
        task->resume_at = 1; /* with the case's first wait */
    else
        go_on(task, 0);
}

static void handle_exit(struct task *task)
{
    struct subject *s = task->subject;

    if (task->tid == s->pid && s->sockets_at_exit == -1)
        s->sockets_at_exit = count_sockets_of(s->pid);
    keep_starved(task->tid);
    go_on(task, 0);
}

/* Whether a call that a signal has interrupted is made again by the kernel,
 * without the program's knowing (signal(7)). */
static bool restarts(const struct subject *s, int signal, long code)
{
    if (signal > 64 || !s->handlers[signal].is_set || code == -ERESTARTNOINTR)
        return true;
    return code == -ERESTARTSYS && s->handlers[signal].restarts;
}

static void handle_signal(struct task *task, int signal)
{
    struct subject *s = task->subject;

    if (!s->is_emulated &&
        (signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE ||
         signal == SIGILL || signal == SIGABRT || signal == SIGPIPE))
        s->crash_ip = read_ip(task->tid);
    if (signal == SIGXFSZ) /* RLIMIT_FSIZE: see sandbox.h */
        stop_trespass(s, CAUSE_RESOURCE_LIMIT,
                      "it wrote a file larger than it may be (SIGXFSZ)");
    if (task->interrupted != NULL && !restarts(s, signal, task->interruption))
        task->interrupted = NULL;
    go_on(task, signal);
}

/* A stop signal, its end, or the first stop of a new task. */
static void handle_stop(struct task *task, int signal)
{
    task->is_stopped = signal == SIGSTOP || signal == SIGTSTP ||
                       signal == SIGTTIN || signal == SIGTTOU;
    if (task->is_stopped)
        ptrace(PTRACE_LISTEN, task->tid, 0, 0);
    else if (!task->held && task->resume_at == 0)
        go_on(task, 0);
}

static uint64_t cpu_of(const struct rusage *usage)
{
    return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) *
               1000000000u +
           (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) *
               1000u;
}

/* Whether a child, as long as it is the same program, ended by a mistake of
 * its own.  SIGPIPE is none: the client has left, and only it was served. */
static bool is_crash(const struct task *task, int status)
{
    if (task->is_other || task->subject->child_status != 0)
        return false;
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == SANITIZER_STATUS;
    int signal = WTERMSIG(status);
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE ||
           signal == SIGILL || signal == SIGABRT;
}

static void handle_end(struct task *task, int status,
                       const struct rusage *usage)
{
    struct subject *s = task->subject;

    if (s != NULL && task->tid == task->pid) {
        s->dead_cpu_ns += cpu_of(usage);
        if (!s->is_killed)
            say_ended(task->name, status);
    }
    if (s != NULL && task->tid == task->pid && task->tid != s->pid &&
        is_crash(task, status))
        s->child_status = status;
    if (s != NULL && task->tid == s->pid) {
        s->ended = true;
        s->status = status;
        settle_streams(s); /* what it has said is known, once its end is */
    }
    forget_task(task);
    adopt_orphans();
}

static void handle_event(struct task *task, int event, int signal)
{
    switch (event) {
    case PTRACE_EVENT_SECCOMP:
        handle_call(task);
        break;
    case PTRACE_EVENT_EXEC:
        handle_exec(task);
        break;
    case PTRACE_EVENT_EXIT:
        handle_exit(task);
        break;
    case PTRACE_EVENT_STOP:
        handle_stop(task, signal);
        break;
    default:
        handle_signal(task, signal);
    }
}

static bool is_birth(int event)
{
    return event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
           event == PTRACE_EVENT_CLONE;
}

/* A task that has been killed still stops as it exits (PTRACE_EVENT_EXIT),
 * and must be let go. */
static void let_die(struct task *task)
{
    kill(task->pid, SIGKILL);
    ptrace(PTRACE_CONT, task->tid, 0, 0);
}

/* A task of which nobody has told yet whose it is: it waits for that, unless it
 * has been killed. */
static void handle_unknown(struct task *task, int event)
{
    task->is_new = event != PTRACE_EVENT_EXIT;
    if (task->is_new)
        adopt_orphans();
    else
        go_on(task, 0);
}

static void handle_task(struct task *task, int status)
{
    if (is_reaping) {
        let_die(task);
    } else if (task->subject == NULL) {
        handle_unknown(task, status >> 16);
    } else if (is_birth(status >> 16)) {
        handle_birth(task, status >> 16);
    } else if (task->subject->is_killed) {
        let_die(task);
    } else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
        handle_call(task);
    } else {
        handle_event(task, status >> 16, WSTOPSIG(status));
    }
}

static void handle(pid_t tid, int status, const struct rusage *usage)
{
    struct task *task = find_task(tid);

    stops_seen++;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (task != NULL)
            handle_end(task, status, usage);
        return;
    }
    if (task == NULL)
        task = add_task(tid);
    if (task != NULL)
        handle_task(task, status);
    else
        kill(tid, SIGKILL);
}

int pump_stops(void)
{
    int n = 0, status;
    struct rusage usage;
    pid_t tid;

    /* Bounded, so that a flood of calls cannot keep the checker here. */
    while (n < 64 && (tid = wait4(-1, &status, __WALL | WNOHANG, &usage)) > 0) {
        handle(tid, status, &usage);
        n++;
    }
    return n;
}

void resume_call(struct task *task)
{
    task->held = false;
    task->resume_at = 0;
    go_on(task, 0);
}

int64_t resume_delayed(void)
{
    int64_t next = -1;
    uint64_t now = now_ns();

    for (size_t i = 0; i < ntasks; i++) {
        if (tasks[i].resume_at == 0)
            continue;
        int64_t left = (int64_t)(tasks[i].resume_at - now);
        if (left <= 0)
            resume_call(&tasks[i]);
        else if (next == -1 || left < next)
            next = left;
    }
    return next;
}

static void kill_task(struct task *task, void *data)
{
    (void)data;
    kill(task->pid, SIGKILL);
}

void kill_subject(struct subject *s)
{
    s->is_killed = true;
    each_task(s, kill_task, NULL);
}

static void let_die_too(struct task *task, void *data)
{
    (void)data;
    let_die(task);
}

void reap_all(void)
{
    is_reaping = true;
    while (ntasks > 0) {
        int status;
        struct rusage usage;

        each_task(NULL, let_die_too, NULL);
        pid_t tid = wait4(-1, &status, __WALL, &usage);
        if (tid == -1 && errno != EINTR)
            ntasks = 0; /* nobody is left */
        else if (tid > 0)
            handle(tid, status, &usage);
    }
    nprocesses = 0;
    is_reaping = false;
}
