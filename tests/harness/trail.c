#define _GNU_SOURCE
#include "trail.h"

#include "clock.h"
#include "describe.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
    MOST_SAID = 20000,
    MOST_TOLD = 40000 /* with what was on the wire, which comes last */
};

static struct said {
    uint64_t ns;
    const char *who, *words;
} said[MOST_TOLD];
static size_t nsaid;
static uint64_t began;

void begin_trail(void)
{
    nsaid = 0;
    began = now_ns();
}

double story_ms(void)
{
    return (double)(now_ns() - began) / 1e6;
}

static void say(const char *who, const char *words)
{
    if (nsaid < MOST_SAID)
        said[nsaid++] = (struct said){now_ns(), who, words};
}

void say_checker(const char *words)
{
    say("checker", words);
}

void say_wire(uint64_t ns, const char *words)
{
    uint64_t now = now_ns();

    if (nsaid == MOST_TOLD)
        return;
    if (nsaid == MOST_TOLD - 1)
        words = "and more packets than a story holds";
    if (ns < began)
        ns = began;
    said[nsaid++] = (struct said){ns < now ? ns : now, "wire", words};
}

void say_ended(const char *who, int status)
{
    if (WIFEXITED(status))
        say(who, text("ends with status %d", WEXITSTATUS(status)));
    else
        say(who, text("dies of SIG%s", sigabbrev_np(WTERMSIG(status))));
}

void note(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    say_checker(text_va(format, ap));
    va_end(ap);
}

static void add_line(struct trail *t, size_t room, uint64_t ns, const char *who,
                     const char *words, const char *remark)
{
    if (t->n == room)
        return;
    double ms = (double)(int64_t)(ns - began) / 1e6;
    t->lines[t->n++] = (struct trail_line){ms, who, words, remark};
}

/* What a learner did not write, or cannot change, is left out. */
static bool is_shown(const struct call_record *r)
{
    return !r->hidden && r->call != CALL_TIMER;
}

static void add_calls(struct trail *t, size_t room, const struct subject *s)
{
    for (size_t i = 0; i < s->ncalls; i++) {
        const struct call_record *r = s->calls[i];
        if (is_shown(r))
            add_line(t, room, r->finished ? r->ended : r->began, r->who,
                     describe_call(r, true), r->fault);
    }
}

static int compare_lines(const void *a, const void *b)
{
    const struct trail_line *x = a, *y = b;

    return (x->ms > y->ms) - (x->ms < y->ms);
}

struct trail collect_trail(void)
{
    struct trail t = {0};
    size_t room = nsaid;

    for (struct subject *s = subjects; s != NULL; s = s->next)
        room += s->ncalls;
    t.lines = calloc(room + 1, sizeof *t.lines);
    if (t.lines == NULL)
        err(2, "calloc");
    for (size_t i = 0; i < nsaid; i++)
        add_line(&t, room, said[i].ns, said[i].who, said[i].words, NULL);
    for (struct subject *s = subjects; s != NULL; s = s->next)
        add_calls(&t, room, s);
    qsort(t.lines, t.n, sizeof *t.lines, compare_lines);
    return t;
}
