#define _GNU_SOURCE
#include "fault.h"

#include "clock.h"
#include "pump.h"
#include "schedule.h"
#include "trail.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct fault *arm(struct subject *s, enum fault_kind kind,
                         enum call call, struct times t, long value)
{
    struct fault *f = calloc(1, sizeof *f);

    if (f == NULL)
        err(2, "calloc");
    *f = (struct fault){.next = s->faults,
                        .kind = kind,
                        .call = call,
                        .times = t,
                        .value = value};
    return s->faults = f;
}

struct fault *inject_errno(struct subject *s, enum call call, struct times t,
                           int error)
{
    return arm(s, FAULT_ERRNO, call, t, error);
}

struct fault *inject_short(struct subject *s, enum call call, struct times t,
                           size_t most)
{
    return arm(s, FAULT_SHORT, call, t, (long)most);
}

struct fault *inject_delay(struct subject *s, enum call call, struct times t,
                           int ms)
{
    return arm(s, FAULT_DELAY, call, t, ms);
}

struct fault *inject_signal(struct subject *s, enum call call, struct times t,
                            int signal)
{
    return arm(s, FAULT_SIGNAL, call, t, signal);
}

struct fault *inject_signal_before(struct subject *s, enum call call,
                                   struct times t, int signal)
{
    return arm(s, FAULT_SIGNAL_BEFORE, call, t, signal);
}

struct fault *inject_report(struct subject *s, enum call call, struct times t,
                            int error)
{
    return arm(s, FAULT_REPORT, call, t, error);
}

/* Both are 32 bits wide. */
struct fault *inject_caller(struct subject *s, struct times t, pid_t pid,
                            uid_t uid)
{
    uint64_t both = (uint64_t)uid << 32 | (uint32_t)pid;

    return arm(s, FAULT_CALLER, CALL_GETSOCKOPT, t, (long)both);
}

struct fault *hold(struct subject *s, enum call call, struct times t)
{
    return arm(s, FAULT_HOLD, call, t, 0);
}

struct fault *hold_after(struct subject *s, enum call call, struct times t)
{
    return arm(s, FAULT_HOLD_AFTER, call, t, 0);
}

bool is_held_after(const struct task *task)
{
    return task->fault != NULL && task->fault->kind == FAULT_HOLD_AFTER;
}

void hold_newborns(struct subject *s)
{
    s->holds_newborns = true;
}

void only_if(struct fault *f, bool (*match)(const struct call_record *, void *),
             void *data)
{
    f->match = match;
    f->data = data;
}

int times_done(const struct fault *f)
{
    return f->done;
}

/* Remembers what stood in the subject's memory, then changes it. */
static void change_memory(struct task *task, uint64_t at, const void *bytes,
                          size_t n)
{
    struct saved *saved = &task->saved[task->nsaved++];

    saved->at = at;
    saved->n = peek(task->tid, at, saved->bytes, n);
    poke(task->tid, at, bytes, n);
}

static void restore_memory(struct task *task)
{
    while (task->nsaved > 0) {
        const struct saved *saved = &task->saved[--task->nsaved];
        poke(task->tid, saved->at, saved->bytes, saved->n);
    }
}

/* Where an array of n pieces is cut, so that `most` bytes are left. */
struct cut {
    size_t pieces;     /* with the one that is cut */
    uint64_t at;       /* where that stands */
    struct iovec last; /* what it becomes */
};

/* False when there is nothing to cut. */
static bool find_cut(struct task *task, uint64_t at, size_t n, size_t most,
                     struct cut *cut)
{
    struct iovec piece;

    for (size_t i = 0; i < n; i++, at += sizeof piece) {
        if (peek(task->tid, at, &piece, sizeof piece) < sizeof piece)
            return false;
        if (piece.iov_len > most) {
            *cut = (struct cut){i + 1, at, {piece.iov_base, most}};
            return true;
        }
        most -= piece.iov_len;
    }
    return false;
}

static bool shorten_pieces(struct task *task, size_t most)
{
    const struct call_record *r = task->call;
    struct cut cut;

    if (!find_cut(task, (uint64_t)r->args[1], (size_t)r->args[2], most, &cut))
        return false;
    set_argument(task->tid, 2, (long)cut.pieces);
    change_memory(task, cut.at, &cut.last, sizeof cut.last);
    return true;
}

static bool shorten_message(struct task *task, size_t most)
{
    struct msghdr message;
    struct cut cut;
    uint64_t at = (uint64_t)task->call->args[1];

    if (peek(task->tid, at, &message, sizeof message) < sizeof message ||
        !find_cut(task, (uint64_t)(uintptr_t)message.msg_iov,
                  message.msg_iovlen, most, &cut))
        return false;
    change_memory(task, at + offsetof(struct msghdr, msg_iovlen), &cut.pieces,
                  sizeof cut.pieces);
    change_memory(task, cut.at, &cut.last, sizeof cut.last);
    return true;
}

static bool shorten(struct task *task, const struct call_shape *shape,
                    size_t most)
{
    const struct call_record *r = task->call;

    if (shape->count >= 0) {
        if ((size_t)r->args[shape->count] <= most)
            return false;
        set_argument(task->tid, shape->count, (long)most);
        return true;
    }
    if (shape->iovec < 0)
        return false;
    if (strstr(shape->name, "msg") != NULL)
        return shorten_message(task, most);
    return shorten_pieces(task, most);
}

static bool asks_who_calls(const struct call_record *r)
{
    return r->args[1] == SOL_SOCKET && r->args[2] == SO_PEERCRED;
}

/* What the program is told of the caller, where it has asked for it whole. */
static void tell_caller(struct task *task, const struct fault *f)
{
    uint64_t both = (uint64_t)f->value;
    struct ucred c = {.pid = (pid_t)(uint32_t)both,
                      .uid = (uid_t)(both >> 32),
                      .gid = (gid_t)(both >> 32) - 1}; /* not the uid */
    socklen_t n = 0;

    if (peek(task->tid, (uint64_t)task->call->args[4], &n, sizeof n) ==
            sizeof n &&
        n <= sizeof c)
        poke(task->tid, (uint64_t)task->call->args[3], &c, n);
}

static void do_fault(struct task *task, struct fault *f,
                     const struct call_shape *shape)
{
    struct call_record *r = task->call;

    switch (f->kind) {
    case FAULT_ERRNO:
        skip_call(task->tid);
        r->fault =
            text("the checker answers %s", strerrorname_np((int)f->value));
        break;
    case FAULT_REPORT:
        r->fault = text("done, but the checker reports %s",
                        strerrorname_np((int)f->value));
        break;
    case FAULT_CALLER:
        if (!asks_who_calls(r))
            return;
        r->fault = "the checker says who it is";
        break;
    case FAULT_SHORT:
        if (!shorten(task, shape, (size_t)f->value))
            return;
        r->fault = text("the checker lets %ld through", f->value);
        break;
    case FAULT_SIGNAL:
        syscall(SYS_tgkill, task->pid, task->tid, (int)f->value);
        r->fault = text("with SIG%s waiting", sigabbrev_np((int)f->value));
        break;
    case FAULT_SIGNAL_BEFORE:
        kill(task->pid, (int)f->value);
        skip_call(task->tid);
        r->fault =
            text("SIG%s comes just before it", sigabbrev_np((int)f->value));
        break;
    case FAULT_DELAY:
        task->resume_at = now_ns() + (uint64_t)f->value * NS_PER_MS;
        r->fault = text("held for %ld ms", f->value);
        break;
    case FAULT_HOLD:
        task->held = true;
        r->fault = "held by the checker";
        break;
    case FAULT_HOLD_AFTER:
        r->fault = "held by the checker after it";
        break;
    }
    f->done++;
    task->fault = f;
}

void do_once(struct task *task, const struct call_shape *shape,
             enum fault_kind kind, long value)
{
    struct fault *f =
        arm(task->subject, kind, CALL_ANY, (struct times){0, 0}, value);

    task->subject->faults = f->next; /* it is no other call's */
    f->next = task->subject->done_once;
    task->subject->done_once = f;
    do_fault(task, f, shape);
}

/* What is ready is told once only to who has asked for that. */
static void notice_edges(struct task *task)
{
    const struct call_record *r = task->call;
    struct epoll_event event;

    if (r->nr == SYS_epoll_ctl && r->args[1] != EPOLL_CTL_DEL &&
        peek(task->tid, (uint64_t)r->args[3], &event, sizeof event) ==
            sizeof event &&
        (event.events & EPOLLET) != 0)
        task->subject->is_edge_triggered = true;
}

void apply_faults(struct task *task, const struct call_shape *shape)
{
    struct call_record *r = task->call;

    if (r->hidden)
        return;
    notice_edges(task);
    for (struct fault *f = task->subject->faults; f != NULL; f = f->next) {
        if (f->call != CALL_ANY && f->call != r->call)
            continue;
        if (f->match != NULL && !f->match(r, f->data))
            continue;
        f->seen++;
        if (f->seen >= f->times.from && f->seen <= f->times.to)
            do_fault(task, f, shape);
    }
    follow_schedule(task, shape);
}

long finish_faults(struct task *task, long result)
{
    restore_memory(task);
    if (task->refusal != 0) {
        result = -task->refusal;
        task->refusal = 0;
        set_result(task->tid, result);
        return result;
    }
    const struct fault *f = task->fault;
    if (f != NULL && f->kind == FAULT_SIGNAL_BEFORE) {
        repeat_call(task->tid, task->call->nr, task->call->args[0]);
        return -ERESTARTNOINTR;
    }
    if (f != NULL && f->kind == FAULT_SHORT && result < f->value)
        task->call->fault = NULL; /* it would have been short anyway */
    if (f != NULL && f->kind == FAULT_CALLER && result == 0)
        tell_caller(task, f);
    if (f == NULL || (f->kind != FAULT_ERRNO && f->kind != FAULT_REPORT))
        return result;
    set_result(task->tid, -f->value);
    return -f->value;
}

static void find_held(struct task *task, void *found)
{
    *(bool *)found = *(bool *)found || task->held;
}

static bool is_held(void *data)
{
    bool found = false;

    each_task(data, find_held, &found);
    return found;
}

void wait_held(struct subject *s, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (wait_for(is_held, s) != PUMP_DONE)
        fail_case(text("the call at which the checker would hold it"),
                  what_happened(s), "%s", reason);
}

static void release_task(struct task *task, void *data)
{
    (void)data;
    if (task->held)
        resume_call(task);
}

void release(struct subject *s)
{
    s->holds_newborns = false;
    each_task(s, release_task, NULL);
}
