#define _GNU_SOURCE
#include "cases.h"

#include "budget.h"
#include "chance.h"
#include "clock.h"
#include "crash.h"
#include "look.h"
#include "loss.h"
#include "peer.h"
#include "pump.h"
#include "start.h"
#include "world.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_CASES = 128,
    CALLS_OF_A_CRASH = 1000 /* at most: a report on stderr */
};

static struct labcase *cases[MOST_CASES];
static size_t ncases;

static struct result result;
static sigjmp_buf out_of_case;
static const char *program;

void add_case(struct labcase *c)
{
    if (ncases == MOST_CASES)
        abort();
    size_t at = ncases++;
    while (at > 0 && cases[at - 1]->line > c->line) {
        cases[at] = cases[at - 1];
        at--;
    }
    cases[at] = c;
}

struct labcase **all_cases(size_t *n)
{
    *n = ncases;
    return cases;
}

const char *current_program(void)
{
    return program;
}

const char *cause_name(enum cause cause)
{
    static const char *const names[] = {
        [CAUSE_PASS] = "pass",
        [CAUSE_FAIL] = "fail",
        [CAUSE_TIMEOUT] = "timeout",
        [CAUSE_CRASH] = "crash",
        [CAUSE_OUTPUT_LIMIT] = "output_limit",
        [CAUSE_RESOURCE_LIMIT] = "resource_limit",
        [CAUSE_SKIP] = "skip",
        [CAUSE_CHECKER_ERROR] = "checker_error",
    };

    return names[cause];
}

const char *status_name(enum status status)
{
    static const char *const names[] = {
        [STATUS_PASS] = "pass",
        [STATUS_FAIL] = "fail",
        [STATUS_SKIP] = "skip",
        [STATUS_NOT_RUN] = "not_run",
    };

    return names[status];
}

static _Noreturn void leave_case(enum status status, enum cause cause)
{
    result.status = status;
    result.cause = cause;
    siglongjmp(out_of_case, 1);
}

/* How a subject crashed, in words; NULL when none did. */
static const char *find_crash(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next) {
        int status = s->ended && !s->is_killed ? s->status : 0;
        const char *crash = explain_crash(
            s->program, s->child_status != 0 ? s->child_status : status,
            errors(s, NULL), s->crash_ip);
        if (crash != NULL)
            return crash;
    }
    return NULL;
}

static struct subject *find_trespass(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next)
        if (s->trespass != NULL)
            return s;
    return NULL;
}

static const char *compose_message(void)
{
    const char *m = "";

    if (result.wanted != NULL)
        m = text("wanted %s; ", result.wanted);
    if (result.got != NULL)
        m = text("%sgot %s. ", m, result.got);
    return text("%s%s", m, result.why != NULL ? result.why : "");
}

/* Lets every subject come to rest: what was missed may be the first sign of
 * a crash that is still under way.  Who makes many calls meanwhile does not
 * crash, but spin. */
static void settle_subjects(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next)
        wait_settled_within(s, CALLS_OF_A_CRASH);
}

/* A crash or a trespass says more than what was missed because of it.  Returns
 * whether there was one. */
static bool find_misfortune(enum cause *cause)
{
    struct subject *s = find_trespass();
    const char *crash = s == NULL ? find_crash() : NULL;
    if (s == NULL && crash == NULL)
        return false;
    result.got = s != NULL ? s->trespass : crash;
    *cause = s != NULL ? s->cause : CAUSE_CRASH;
    return true;
}

void fail_case(const char *wanted, const char *got, const char *why, ...)
{
    enum cause cause = has_hung() ? CAUSE_TIMEOUT : CAUSE_FAIL;
    va_list ap;

    va_start(ap, why);
    result.why = text_va(why, ap);
    va_end(ap);
    result.wanted = wanted;
    result.got = got;
    settle_subjects();
    bool is_misfortune = find_misfortune(&cause);
    result.message = compose_message();
    if (is_misfortune) /* the case's own reason would mislead */
        result.why = "Mend this first: what was wanted may be missing only "
                     "because of it.";
    leave_case(STATUS_FAIL, cause);
}

void expect(bool ok, const char *wanted, const char *got, const char *why, ...)
{
    va_list ap;

    if (ok)
        return;
    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    fail_case(wanted, got, "%s", reason);
}

void skip_case(const char *reason, ...)
{
    va_list ap;

    va_start(ap, reason);
    result.message = text_va(reason, ap);
    va_end(ap);
    leave_case(STATUS_SKIP, CAUSE_SKIP);
}

void break_case(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    result.message = text_va(format, ap);
    va_end(ap);
    leave_case(STATUS_FAIL, CAUSE_CHECKER_ERROR);
}

/* The steps went through; the program must not have come to grief beside. */
static void check_aftermath(void)
{
    enum cause cause;

    if (!find_misfortune(&cause))
        return;
    if (cause == CAUSE_CRASH) {
        result.wanted = "a program that does not crash";
        result.why = "Everything that was asked came, but then this happened.";
    } else
        result.why = "Everything that was asked came, but a program must stay "
                     "within its bounds.";
    result.message = compose_message();
    leave_case(STATUS_FAIL, cause);
}

/* What the network did to the datagrams is part of the reason. */
static void add_time_line(void)
{
    const char *lines = time_line();

    if (lines != NULL && result.why != NULL)
        result.why = text("%s\n\n%s", result.why, lines);
}

struct result run_case(const struct labcase *c, const char *path, uint64_t seed)
{
    uint64_t began = now_ns();

    program = path;
    result = (struct result){.c = c, .message = "", .seed = seed};
    seed_chance(seed, c->id);
    reset_limits();
    begin_look(c);
    begin_trail();
    forget_time_line();
    start_clock(current_limits().wall_ms);
    if (sigsetjmp(out_of_case, 0) == 0) {
        c->run();
        check_aftermath();
    }
    end_look();
    if (result.status == STATUS_FAIL)
        add_time_line();
    result.trail = collect_trail();
    end_subjects();
    close_peers();
    restore_settings();
    result.seconds = (double)(now_ns() - began) / 1e9;
    return result;
}
