#define _GNU_SOURCE
#include "pump.h"

#include "budget.h"
#include "calls.h"
#include "clock.h"
#include "delivery.h"
#include "inspect.h"
#include "peer.h"
#include "stall.h"
#include "starved.h"
#include "streams.h"
#include "tracer.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum {
    STALL_MS = 250,  /* longer than a delayed ACK may take (RFC 1122: 500 ms
                      * at most; Linux 40 to 200) */
    DELAYED_MS = 50, /* an acknowledgement, on Linux and loopback */
    TICK_MS = 10,
    MOST_SAID = 100,      /* bytes of its last words that are shown */
    SPIN_MS = 100,        /* of CPU time, without coming to rest */
    MOST_STEP_US = 10000, /* of it, from one look to the next */
    SETTLE_MS = 3000,     /* on the clock, while there is a processor for it:
                           * a busy disk or a busy host may take that long */
    MOST_PATIENCE = 6,    /* times a case's time, on a machine that is busy */
    MOST_FDS = 64
};

/* When the case's time is over: at `last_moment` in any case, and before as
 * soon as it has had its share, for it does not count how long the machine was
 * too busy for it. */
static uint64_t deadline, last_moment, starved;
static enum pump last; /* how the last wait ended */

void start_clock(unsigned wall_ms)
{
    uint64_t now = now_ns();

    deadline = now + wall_ms * NS_PER_MS;
    last_moment = now + MOST_PATIENCE * wall_ms * NS_PER_MS;
    starved = starved_ns();
    last = PUMP_DONE;
}

static void extend_deadline(void)
{
    uint64_t before = starved;

    starved = starved_ns();
    deadline += starved - before;
    if (deadline > last_moment)
        deadline = last_moment;
}

uint64_t time_left(void)
{
    uint64_t now = now_ns();

    if (now >= deadline)
        extend_deadline();
    return now < deadline ? deadline - now : 0;
}

static void on_child(int signal)
{
    (void)signal;
}

/* SIGCHLD, by which stops are told, is open only inside ppoll(): none can
 * slip through between the look and the sleep. */
static void watch_children(void)
{
    static bool is_watching;
    sigset_t child;

    if (is_watching)
        return;
    signal(SIGCHLD, on_child);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    is_watching = true;
}

/* Sleeps until something moves, at most so long; moves the streams.  Returns
 * whether fd is ready for the events. */
static bool sleep_until_news(int fd, short events, uint64_t most_ns)
{
    struct pollfd fds[MOST_FDS] = {{.fd = fd, .events = events}};
    size_t n = 1 + poll_streams(fds + 1, MOST_FDS - 1);
    int64_t delayed = resume_delayed();
    sigset_t none;

    watch_children();
    if (delayed >= 0 && (uint64_t)delayed < most_ns)
        most_ns = (uint64_t)delayed;
    struct timespec t = {.tv_nsec = (long)most_ns};
    sigemptyset(&none);
    int ready = ppoll(fds, n, &t, &none);
    if (ready <= 0)
        return false;
    bool is_ready = fd != -1 && fds[0].revents != 0;
    if (ready > is_ready)
        move_streams();
    return is_ready;
}

static bool has_trespass(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next)
        if (s->trespass != NULL)
            return true;
    return false;
}

static bool all_ended(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next)
        if (is_alive(s) || !s->ended)
            return false;
    return true;
}

/* How much has moved so far: stops and bytes. */
static uint64_t count_moves(void)
{
    uint64_t moves = stops_seen;

    for (struct subject *s = subjects; s != NULL; s = s->next)
        moves += s->out.bytes.n + s->err.bytes.n + s->in.used +
                 (s->out.fd == -1) + (s->err.fd == -1);
    return moves;
}

/* Whether the kernel has something yet to bring over this connection, and be it
 * its end, from a program that has ended. */
static bool is_to_come(int fd)
{
    struct far_end end = find_far_end(fd);

    return is_still_connected(&end);
}

static enum pump wait_both(bool (*done)(void *), void *data, int fd,
                           short events)
{
    uint64_t quiet_since = now_ns(), moves = 0;
    bool was_asleep = false;

    for (;;) {
        pump_stops();
        check_limits();
        if (done != NULL && done(data))
            return PUMP_DONE;
        if (has_trespass())
            return PUMP_TRESPASS;
        bool have_ended = all_ended();
        uint64_t before = moves;
        moves = count_moves();
        if (moves != before)
            quiet_since = now_ns();
        bool is_over =
            have_ended &&
            (now_ns() - quiet_since > STALL_MS * NS_PER_MS || !is_to_come(fd));
        if (sleep_until_news(fd, events, is_over ? 0 : TICK_MS * NS_PER_MS))
            return PUMP_DONE;
        if (is_over && count_moves() == moves)
            return PUMP_ENDED;
        if (time_left() == 0)
            return PUMP_TIME_UP;
        bool is_quiet = now_ns() - quiet_since > STALL_MS * NS_PER_MS &&
                        count_moves() == moves && all_asleep_for_good();
        if (is_quiet && was_asleep)
            return PUMP_STALLED;
        was_asleep = is_quiet; /* look once more for what it has done last */
    }
}

enum pump wait_for(bool (*done)(void *), void *data)
{
    return last = wait_both(done, data, -1, 0);
}

enum pump wait_ready(int fd, short events)
{
    return last = wait_both(NULL, NULL, fd, events);
}

bool wait_until(bool (*done)(void *), void *data)
{
    return wait_for(done, data) == PUMP_DONE;
}

static bool is_past(void *moment)
{
    return now_ns() >= *(uint64_t *)moment;
}

bool let_run(int ms)
{
    uint64_t end = now_ns() + (uint64_t)ms * NS_PER_MS;

    return wait_until(is_past, &end);
}

bool has_hung(void)
{
    return last == PUMP_STALLED || last == PUMP_TIME_UP;
}

void run_for(uint64_t ns)
{
    uint64_t end = now_ns() + ns, now;

    while ((now = now_ns()) < end && !all_ended()) {
        uint64_t left = end - now, tick = TICK_MS * NS_PER_MS;
        pump_stops();
        check_limits();
        sleep_until_news(-1, 0, left < tick ? left : tick);
    }
}

/* What was sent may still be on its way: until it is acknowledged, or for as
 * long as an acknowledgement may be delayed. */
static bool is_restless(struct subject *s, uint64_t began)
{
    if (!is_alive(s))
        return false;
    return !is_asleep(s) || (now_ns() - began < DELAYED_MS * NS_PER_MS &&
                             peers_have_data_in_flight());
}

/* Whether so much time has passed, without that for which we were starved. */
static bool has_passed(int ms, uint64_t began, uint64_t before)
{
    uint64_t passed = now_ns() - began;

    return passed > (uint64_t)ms * NS_PER_MS &&
           passed > (starved_ns() - before) + (uint64_t)ms * NS_PER_MS;
}

/* How long a subject has run without coming to rest. */
struct run {
    uint64_t seen_us, spent_us;
};

/* Adds what it has run since the last look, but of one look no more than a
 * little: a virtual machine that its host holds up counts the pause as CPU time
 * of whoever was running. */
static bool has_spun(struct run *run, struct subject *s)
{
    uint64_t seen = cpu_us(s), step = seen - run->seen_us;

    run->seen_us = seen;
    run->spent_us += step < MOST_STEP_US ? step : MOST_STEP_US;
    return run->spent_us > SPIN_MS * 1000;
}

/* Who spins is told by CPU time: on a busy machine it may take long on the
 * clock until a process has its turn. */
bool wait_settled_within(struct subject *s, size_t most)
{
    size_t calls = s->ncalls;
    uint64_t began = now_ns(), before = starved_ns();
    struct run run = {.seen_us = cpu_us(s)};

    while (pump_stops() > 0 || is_restless(s, began)) {
        if (has_spun(&run, s) || s->ncalls - calls > most ||
            has_passed(SETTLE_MS, began, before))
            return false;
        check_limits();
        sleep_until_news(-1, 0, NS_PER_MS / 20);
    }
    return true;
}

bool wait_settled(struct subject *s)
{
    return wait_settled_within(s, MOST_CALLS);
}

struct blocked {
    struct subject *s;
    enum call call;
};

static void look_for_call(struct task *task, void *data)
{
    struct blocked *b = data;

    if (task->call != NULL && task->call->call == b->call && !task->held &&
        task_state(task->tid) == 'S')
        b->call = CALL_ANY; /* found */
}

static bool is_blocked_in(void *data)
{
    struct blocked look = *(struct blocked *)data;

    each_task(look.s, look_for_call, &look);
    return look.call == CALL_ANY;
}

void wait_blocked(struct subject *s, enum call call, const char *why, ...)
{
    struct blocked b = {s, call};
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (wait_for(is_blocked_in, &b) != PUMP_DONE)
        fail_case(text("your program waits in %s()", call_kind_name(call)),
                  what_happened(s), "%s", reason);
}

/* The last line of its stderr, without the newline; "" when there is none. */
static const char *last_words(const struct subject *s)
{
    size_t n = s->err.bytes.n;
    const char *p = s->err.bytes.bytes;

    while (n > 0 && p[n - 1] == '\n')
        n--;
    size_t from = n;
    while (from > 0 && p[from - 1] != '\n')
        from--;
    return n > 0 ? text("%.*s", (int)(n - from), p + from) : "";
}

/* A sentence, of which the reason stands at the end: what is too long lacks its
 * middle. */
static const char *quoted_ends(const char *said)
{
    size_t n = strlen(said);

    if (n <= MOST_SAID)
        return quoted(said, n, MOST_SAID);
    return text("%s%s", quoted(said, n, MOST_SAID / 3),
                quoted(said + n - MOST_SAID / 2, MOST_SAID / 2, MOST_SAID / 2));
}

static const char *how_it_ended(const struct subject *s)
{
    if (WIFSIGNALED(s->status))
        return text("your program was killed by SIG%s",
                    sigabbrev_np(WTERMSIG(s->status)));
    const char *said = last_words(s);
    if (WEXITSTATUS(s->status) == 0 || *said == '\0')
        return text("your program ended with status %d",
                    WEXITSTATUS(s->status));
    return text("your program ended with status %d and said %s",
                WEXITSTATUS(s->status), quoted_ends(said));
}

static bool has_stopped_itself(struct subject *s)
{
    struct task *task = find_task(s->pid);

    return task != NULL && task->is_stopped;
}

const char *what_happened(struct subject *s)
{
    if (s->trespass != NULL)
        return s->trespass;
    if (s->ended)
        return how_it_ended(s);
    if (has_stopped_itself(s))
        return "your program has stopped itself (SIGSTOP)";
    const char *where = where_asleep(s);
    if (where != NULL)
        return text("your program waits in %s", where);
    return "your program is still running";
}

const char *what_happened_to_any(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next)
        if (s->trespass != NULL || s->next == NULL)
            return what_happened(s);
    return "nothing happened";
}
