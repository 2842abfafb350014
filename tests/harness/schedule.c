#define _GNU_SOURCE
#include "schedule.h"

#include "chance.h"
#include "fault.h"
#include "inspect.h"
#include "trail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST_PER_CALL = 4, /* faults that are legal at one call */
    CERTAIN = 16       /* the odds of a fault at each call are so many-th */
};

/* What could be done to a call. */
struct choice {
    enum fault_kind kind;
    int error;
};

struct choices {
    struct choice list[MOST_PER_CALL];
    size_t n;
};

static unsigned current; /* the schedule; 0: none */
static bool retries_eintr;

static uint32_t throw_below(struct subject *s, uint32_t n)
{
    return (uint32_t)(next_chance(&s->dice) >> 32) % n;
}

void begin_schedule(struct subject *s)
{
    static const unsigned odds[] = {2, 5, 9};

    if (current == 0)
        return;
    s->dice = current;
    s->fault_odds = odds[current % (sizeof odds / sizeof *odds)];
}

static void add_choice(struct choices *c, enum fault_kind kind, int error)
{
    c->list[c->n++] = (struct choice){kind, error};
}

static bool moves_bytes(enum call call)
{
    return call == CALL_SEND || call == CALL_RECV || call == CALL_READ ||
           call == CALL_WRITE;
}

/* Whether the call says of itself that it does not wait. */
static bool has_dontwait(const struct call_record *r,
                         const struct call_shape *shape)
{
    const char *flags = strpbrk(shape->args, "Gg");

    if (flags == NULL)
        return false;
    /* Bytes and their count are one letter (calls.c). */
    size_t at = (size_t)(flags - shape->args) + (*flags == 'G');
    return (r->args[at] & MSG_DONTWAIT) != 0;
}

static bool is_nonblocking(const struct task *task,
                           const struct call_shape *shape)
{
    const struct call_record *r = task->call;

    return has_dontwait(r, shape) ||
           (descriptor_flags(task->tid, (int)r->args[0]) & O_NONBLOCK) != 0;
}

/* How many bytes the call asks for; of a vector that is not known. */
static size_t count_asked(const struct call_record *r,
                          const struct call_shape *shape)
{
    return shape->count >= 0 ? (size_t)r->args[shape->count] : PIPE_BUF;
}

/* Whether somebody else is at the other end, or may be.  From a pipe within the
 * program comes all that was put into it, and it is full only when it is. */
static bool has_other_end(const struct call_record *r)
{
    return r->call == CALL_SEND || r->call == CALL_RECV ||
           r->args[0] <= STDERR_FILENO;
}

/* What the kernel could do there: see exhaust.c, and besides, what there was
 * is gone, or there is no room after all (BUGS in select(2)).  Edge-triggered
 * epoll would tell when it is there again, so there it cannot be. */
static struct choices find_choices(const struct task *task,
                                   const struct call_shape *shape)
{
    const struct call_record *r = task->call;
    const struct subject *s = task->subject;
    struct choices c = {.n = 0};
    bool moves = moves_bytes(r->call), accepts = r->call == CALL_ACCEPT;
    size_t asked = count_asked(r, shape);
    bool is_atomic = r->call == CALL_WRITE && asked <= PIPE_BUF;
    bool may_vary = moves && has_other_end(r) && !s->is_edge_triggered;

    if (may_vary && asked > 1 && !is_atomic && !r->is_message)
        add_choice(&c, FAULT_SHORT, 0);
    if ((moves || accepts || r->call == CALL_SELECT) && retries_eintr &&
        !is_atomic)
        add_choice(&c, FAULT_ERRNO, EINTR);
    if (accepts)
        add_choice(&c, FAULT_ERRNO, ECONNABORTED);
    if ((may_vary || (accepts && !s->is_edge_triggered)) &&
        is_nonblocking(task, shape))
        add_choice(&c, FAULT_ERRNO, EAGAIN);
    return c;
}

/* Less than was asked for: any order of magnitude is as likely as another. */
static size_t choose_count(struct subject *s, size_t asked)
{
    uint32_t most = asked - 1 < INT_MAX ? (uint32_t)asked - 1 : INT_MAX;
    uint32_t below = 1;

    while (below < most && throw_below(s, 5) != 0)
        below *= 2;
    return 1 + throw_below(s, below < most ? below : most);
}

void follow_schedule(struct task *task, const struct call_shape *shape)
{
    struct subject *s = task->subject;

    if (s->fault_odds == 0 || task->fault != NULL ||
        throw_below(s, CERTAIN) >= s->fault_odds)
        return;
    struct choices c = find_choices(task, shape);
    if (c.n == 0)
        return;
    struct choice choice = c.list[throw_below(s, (uint32_t)c.n)];
    if (choice.kind == FAULT_SHORT)
        do_once(task, shape, FAULT_SHORT,
                (long)choose_count(s, count_asked(task->call, shape)));
    else
        do_once(task, shape, FAULT_ERRNO, choice.error);
}

static void blame_schedule(struct result *x, struct schedules schedules)
{
    const char *schedule = text(
        "%u of %u schedules of random faults survived; then number %u: each "
        "call may do less than was asked of it, or fail with EINTR or EAGAIN. "
        "The trail shows which did.",
        current - schedules.from, schedules.to - schedules.from + 1, current);

    x->why = text("%s\n\n%s", x->why != NULL ? x->why : "", schedule);
    x->message = text("%s %s", x->message, schedule);
}

struct result schedule_case(const struct labcase *c, const char *program,
                            uint64_t seed, struct schedules schedules)
{
    struct result x = {.c = c, .status = STATUS_PASS};
    double seconds = 0;

    retries_eintr = c->retries_eintr;
    for (unsigned i = schedules.from;
         i <= schedules.to && x.status == STATUS_PASS; i++) {
        current = i;
        free(x.trail.lines);
        x = run_case(c, program, seed);
        x.seconds += seconds;
        seconds = x.seconds;
        if (x.status == STATUS_FAIL)
            blame_schedule(&x, schedules);
    }
    current = 0;
    if (x.status == STATUS_PASS)
        x.message =
            text("schedules %u to %u survived", schedules.from, schedules.to);
    return x;
}
