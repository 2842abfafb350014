#define _GNU_SOURCE
#include "exhaust.h"

#include "calls.h"
#include "trail.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_RECORDED = 4096,
    MOST_FAULTS = 4 /* that are legal at one call */
};

/* A fault at the nth call of its kind. */
struct replay {
    enum call call;
    long nr; /* of the system call that was made there */
    int nth;
    int error;    /* errno to answer, or 0 */
    size_t bytes; /* to let through, or 0 */
};

static struct {
    bool is_on;
    bool retries_eintr;
    struct replay replays[MOST_RECORDED * MOST_FAULTS];
    size_t n;
} recording;

static const struct replay *current;

static void add_replay(struct replay r)
{
    if (recording.n < MOST_RECORDED * MOST_FAULTS)
        recording.replays[recording.n++] = r;
}

/* Whether faults are worth a replay.  Not in a call that it was still inside
 * as the case ended: nobody would see what becomes of them.  Nor in a small
 * write into a pipe that is kept empty: it is neither cut nor interrupted
 * (pipe(7)). */
static bool is_worth_replays(const struct call_record *r)
{
    bool is_atomic = r->call == CALL_WRITE && r->result <= PIPE_BUF;

    return r->finished && !is_atomic;
}

/* What the kernel could do there: see the errors of each man page.  With
 * edge-triggered epoll a short count means that there is no more (epoll(7)),
 * and that would not be true; a message that is cut is lost, not split. */
static void add_legal_faults(const struct subject *s,
                             const struct call_record *r, int nth)
{
    struct replay base = {.call = r->call, .nr = r->nr, .nth = nth};
    struct replay with_errno = base, short_of = base;
    bool moves_bytes = r->call == CALL_SEND || r->call == CALL_RECV ||
                       r->call == CALL_READ || r->call == CALL_WRITE;
    bool may_block =
        moves_bytes || r->call == CALL_ACCEPT || r->call == CALL_SELECT;

    if (!is_worth_replays(r))
        return;
    short_of.bytes = 1;
    if (moves_bytes && r->result > 1 && !s->is_edge_triggered && !r->is_message)
        add_replay(short_of);
    with_errno.error = EINTR;
    if (may_block && recording.retries_eintr)
        add_replay(with_errno);
    with_errno.error = ECONNABORTED;
    if (r->call == CALL_ACCEPT)
        add_replay(with_errno);
}

void keep_recording(struct subject *s)
{
    int seen[CALL_KINDS] = {0};

    if (!recording.is_on)
        return;
    for (size_t i = 0; i < s->ncalls && i < MOST_RECORDED; i++) {
        const struct call_record *r = s->calls[i];
        if (!r->hidden)
            add_legal_faults(s, r, ++seen[r->call]);
    }
}

void arm_replay(struct subject *s)
{
    if (current == NULL)
        return;
    if (current->error != 0)
        inject_errno(s, current->call, NTH(current->nth), current->error);
    else
        inject_short(s, current->call, NTH(current->nth), current->bytes);
}

/* "send() number 1", and where the program has called it by another name
 * "sendmsg(), which is send() number 1,". */
static const char *name_replay(const struct replay *r)
{
    const struct call_shape *shape = find_shape(r->nr);
    const char *kind = text("%s() number %d", call_kind_name(r->call), r->nth);

    if (shape == NULL || strcmp(shape->name, call_kind_name(r->call)) == 0)
        return kind;
    return text("%s(), which is %s,", shape->name, kind);
}

static const char *describe_replay(const struct replay *r)
{
    if (r->error != 0)
        return text("%s answered %s", name_replay(r),
                    strerrorname_np(r->error));
    return text("%s let only %zu byte through", name_replay(r), r->bytes);
}

static void blame_replay(struct result *x, size_t survived)
{
    const char *replay = text("%zu of %zu replays survived; then %s.", survived,
                              recording.n, describe_replay(current));

    x->why = text("%s\n\n%s", x->why != NULL ? x->why : "", replay);
    x->message = text("%s %s", x->message, replay);
}

struct result exhaust_case(const struct labcase *c, const char *program,
                           uint64_t seed)
{
    recording.n = 0;
    recording.retries_eintr = c->retries_eintr;
    recording.is_on = true;
    struct result x = run_case(c, program, seed);
    recording.is_on = false;

    for (size_t i = 0; x.status == STATUS_PASS && i < recording.n; i++) {
        current = &recording.replays[i];
        double seconds = x.seconds;
        free(x.trail.lines);
        x = run_case(c, program, seed);
        x.seconds += seconds;
        if (x.status == STATUS_FAIL)
            blame_replay(&x, i);
    }
    current = NULL;
    if (x.status == STATUS_PASS)
        x.message = text("%zu of %zu survived", recording.n, recording.n);
    return x;
}
