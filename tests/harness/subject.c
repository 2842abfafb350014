#define _GNU_SOURCE
#include "subject.h"

#include "calls.h"
#include "difference.h"
#include "pump.h"
#include "stall.h"
#include "starved.h"
#include "streams.h"
#include "tracer.h"
#include "trail.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum {
    WINDOWS = 4 /* one of which has to be calm */
};

const char *output(struct subject *s, size_t *n)
{
    if (n != NULL)
        *n = s->out.bytes.n;
    return s->out.bytes.n > 0 ? s->out.bytes.bytes : "";
}

const char *errors(struct subject *s, size_t *n)
{
    if (n != NULL)
        *n = s->err.bytes.n;
    return s->err.bytes.n > 0 ? s->err.bytes.bytes : "";
}

const char *subject_directory(struct subject *s)
{
    return s->directory;
}

void send_signal(struct subject *s, int signal)
{
    say_checker(text("sends you SIG%s", sigabbrev_np(signal)));
    kill(s->pid, signal);
}

/* Its first process has gone, and nothing it printed is still on the way. */
static bool has_ended(void *data)
{
    struct subject *s = data;

    if (s->ended && is_alive(s))
        move_streams(); /* a child holds them open: take what there is */
    return s->ended && (streams_ended(s) || is_alive(s));
}

static bool wait_end(struct subject *s)
{
    return wait_for(has_ended, s) == PUMP_DONE || s->ended;
}

static int exit_status(const struct subject *s)
{
    return WIFSIGNALED(s->status) ? 128 + WTERMSIG(s->status)
                                  : WEXITSTATUS(s->status);
}

int wait_exit(struct subject *s)
{
    if (!wait_end(s))
        fail_case("your program ends", what_happened(s),
                  "Nothing is left to do.");
    return exit_status(s);
}

void expect_exit(struct subject *s, int status, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (!wait_end(s) || exit_status(s) != status)
        fail_case(text("your program ends with status %d", status),
                  what_happened(s), "%s", reason);
}

void expect_alive(struct subject *s, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    wait_settled(s);
    pump_stops(); /* a zombie sleeps as well */
    if (s->ended)
        fail_case("your program goes on", what_happened(s), "%s", reason);
}

static const char *say_output(struct subject *s, struct bytes got,
                              struct bytes want)
{
    if (got.n == 0)
        return text("nothing on stdout: %s", what_happened(s));
    if (got.n < want.n && memcmp(got.p, want.p, got.n) == 0)
        return text("%s, then nothing more: %s", show_difference(got, want),
                    what_happened(s));
    return show_difference(got, want);
}

void expect_output(struct subject *s, const void *want, size_t n,
                   const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    struct bytes wanted = {want, n}, got = {0};
    bool has_come = wait_end(s);
    got.p = output(s, &got.n);
    if (has_come && equal_bytes(got, wanted))
        return;
    const char *end =
        has_come || got.n < n ? "" : text("; %s", what_happened(s));
    fail_case(text("%s on stdout", show_difference(wanted, got)),
              text("%s%s", say_output(s, got, wanted), end), "%s", reason);
}

struct expected_print {
    struct subject *s;
    struct bytes want;
};

static struct bytes unread_output(struct subject *s, size_t most)
{
    size_t n;
    const char *p = output(s, &n);

    n -= s->out.used;
    return (struct bytes){p + s->out.used, n < most ? n : most};
}

/* Enough has come, or what has come is wrong already. */
static bool has_printed(void *data)
{
    struct expected_print *e = data;
    struct bytes got = unread_output(e->s, e->want.n);

    return got.n == e->want.n || memcmp(got.p, e->want.p, got.n) != 0;
}

/* The same, with the rest of its last line: half a line would mislead. */
static struct bytes whole_lines(struct bytes got)
{
    const char *p = got.p;

    if (got.n > 0 && p[got.n - 1] != '\n')
        got.n += strcspn(p + got.n, "\n");
    return got;
}

void expect_prints(struct subject *s, const char *want, const char *why, ...)
{
    struct expected_print e = {s, {want, strlen(want)}};
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    wait_for(has_printed, &e);
    struct bytes got = unread_output(s, e.want.n);
    if (!equal_bytes(got, e.want))
        fail_case(text("%s on stdout", show_difference(e.want, got)),
                  say_output(s, whole_lines(got), e.want), "%s", reason);
    s->out.used += got.n;
}

void expect_usage(struct subject *s, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    expect_exit(s, 2, "%s", reason);
    expect(*errors(s, NULL) != '\0', "the usage on stderr", "nothing on stderr",
           "%s The usage goes to stderr.", reason);
}

static bool is_one_line(const char *string)
{
    const char *end = strchr(string, '\n');

    return *string != '\0' && *string != '\n' &&
           (end == NULL || end[1] == '\0');
}

void expect_complaint(struct subject *s, const char *part, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    bool has_come = wait_end(s);
    const char *said = errors(s, NULL);
    if (has_come && is_one_line(said) && strstr(said, ": Success") == NULL &&
        (part == NULL || strstr(said, part) != NULL))
        return;
    if (strstr(said, ": Success") != NULL)
        reason = text("%s errno held no error: \"Success\" explains nothing.",
                      reason);
    fail_case(part != NULL ? text("one line on stderr that says %s",
                                  quoted(part, strlen(part), 60))
                           : "one line on stderr",
              *said != '\0' ? quoted(said, strlen(said), 120)
                            : text("nothing on stderr: %s", what_happened(s)),
              "%s", reason);
}

static bool is_of_use(const struct call_record *r)
{
    switch (r->call) {
    case CALL_SEND:
    case CALL_RECV:
    case CALL_READ:
    case CALL_WRITE:
        return r->result > 0;
    case CALL_ACCEPT:
        return r->result >= 0;
    default:
        return false;
    }
}

/* The longest row: when the kernel finds room, or somebody calls, there is work
 * to do, at a time that nobody chooses. */
static size_t count_in_vain(struct subject *s, size_t first)
{
    size_t longest = 0, n = 0;

    for (size_t i = first; i < s->ncalls; i++) {
        n = s->calls[i]->finished && is_of_use(s->calls[i]) ? 0 : n + 1;
        longest = n > longest ? n : longest;
    }
    return longest;
}

/* What a subject does from a moment on, and how much of it is calm. */
struct calm {
    size_t first;      /* its next call, and what it has used, then */
    uint64_t us;       /* CPU time */
    size_t most_calls; /* in vain; 0: not even one that is of use */
    uint64_t most_us;
};

static size_t count_restless(struct subject *s, struct calm calm)
{
    return calm.most_calls == 0 ? s->ncalls - calm.first
                                : count_in_vain(s, calm.first);
}

static bool is_calm(struct subject *s, struct calm calm)
{
    return count_restless(s, calm) <= calm.most_calls &&
           cpu_us(s) - calm.us <= calm.most_us;
}

static const char *describe_unrest(struct subject *s, struct calm calm)
{
    const struct call_record *last =
        s->ncalls > 0 ? s->calls[s->ncalls - 1] : NULL;

    return text("%zu calls and %llu us of CPU time%s%s",
                count_restless(s, calm),
                (unsigned long long)(cpu_us(s) - calm.us),
                last != NULL ? ", the last one " : "",
                last != NULL ? call_kind_name(last->call) : "");
}

/* So long, and as long again as nobody had a processor. */
static void run_fairly(int ms)
{
    uint64_t before = starved_ns();

    run_for((uint64_t)ms * 1000000u);
    run_for(starved_ns() - before);
}

/* Whether it makes no more calls than this, and uses less than a tenth of the
 * time.  On a busy machine one that spins may not come far in this time: but it
 * does not sleep at the end of it, and so is watched on. */
static bool is_calm_for(struct subject *s, int ms, size_t most,
                        struct calm *calm)
{
    *calm = (struct calm){s->ncalls, cpu_us(s), most, (uint64_t)ms * 100};
    run_fairly(ms);
    while (is_calm(s, *calm) && !is_asleep(s) && !s->ended && time_left() > 0)
        run_for(1000000u);
    return is_calm(s, *calm);
}

/* Whether that may be the end of some work.  Twice as many calls in vain, or
 * half of the time, is a loop. */
static bool may_come_to_rest(struct subject *s, struct calm calm)
{
    calm.most_calls *= 2;
    calm.most_us *= 5;
    return is_calm(s, calm);
}

static void check_calm(struct subject *s, int ms, size_t most, int windows,
                       const char *why)
{
    struct calm calm;

    for (int i = 0; i < windows; i++) {
        if (is_calm_for(s, ms, most, &calm))
            return;
        if (!may_come_to_rest(s, calm))
            break;
    }
    fail_case(text("%s and no CPU time for %d ms",
                   most == 0 ? "no call" : "few calls", ms),
              describe_unrest(s, calm), "%s", why);
}

void expect_idle(struct subject *s, int ms, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    wait_settled(s);
    check_calm(s, ms, 0, 1, reason);
}

void expect_calm(struct subject *s, int ms, size_t most, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    check_calm(s, ms, most, WINDOWS, reason);
}
