#define _GNU_SOURCE
#include "trail.h"

#include "clock.h"
#include "describe.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
    MOST_SAID = 20000
};

static struct said {
    uint64_t ns;
    const char *words;
} said[MOST_SAID];
static size_t nsaid;
static uint64_t began;

void begin_trail(void)
{
    nsaid = 0;
    began = now_ns();
}

void say_checker(const char *words)
{
    if (nsaid < MOST_SAID)
        said[nsaid++] = (struct said){now_ns(), words};
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
            add_line(t, room, r->finished ? r->ended : r->began, "you",
                     describe_call(r, true), r->fault);
    }
}

static void add_end(struct trail *t, size_t room, const struct subject *s)
{
    if (!s->ended || s->is_killed)
        return;
    if (WIFEXITED(s->status))
        add_line(t, room, s->ended_at, "you",
                 text("ends with status %d", WEXITSTATUS(s->status)), NULL);
    else
        add_line(t, room, s->ended_at, "you",
                 text("dies of SIG%s", sigabbrev_np(WTERMSIG(s->status))),
                 NULL);
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
        room += s->ncalls + 1;
    t.lines = calloc(room + 1, sizeof *t.lines);
    if (t.lines == NULL)
        err(2, "calloc");
    for (size_t i = 0; i < nsaid; i++)
        add_line(&t, room, said[i].ns, "checker", said[i].words, NULL);
    for (struct subject *s = subjects; s != NULL; s = s->next) {
        add_calls(&t, room, s);
        add_end(&t, room, s);
    }
    qsort(t.lines, t.n, sizeof *t.lines, compare_lines);
    return t;
}
