#include "report.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WIDTH = 76,
    MOST_LINES = 30, /* of a story, unless all of it is asked for */
    FEWEST_LINES = 6,
    TEXT_COLUMN = 28,
    MOST_PERIOD = 4 /* lines that come again and again: both sides' */
};

/* The colours of a verdict; empty strings where none are wanted: on no
 * terminal, and where NO_COLOR is set.  CLICOLOR_FORCE says that what goes
 * into a pipe will come to a terminal. */
static struct {
    const char *good, *bad, *dim, *bold, *off;
} paint = {"", "", "", "", ""};

/* WORKBOOK_KEYS is set where commands are given by keys: ./workbook watches.
 * WORKBOOK_LINES is how many lines of a story it has room for. */
static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && *value != '\0';
}

static void choose_paint(FILE *f)
{
    if (is_set("NO_COLOR") || (!isatty(fileno(f)) && !is_set("CLICOLOR_FORCE")))
        return;
    paint.good = "\033[32m";
    paint.bad = "\033[31m";
    paint.dim = "\033[2m";
    paint.bold = "\033[1m";
    paint.off = "\033[0m";
}

const struct result *first_failure(const struct report *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->results[i].status == STATUS_FAIL)
            return &r->results[i];
    return NULL;
}

static size_t count_status(const struct report *r, enum status status)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += r->results[i].status == status;
    return n;
}

int report_status(const struct report *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->results[i].cause == CAUSE_CHECKER_ERROR)
            return 2;
    if (first_failure(r) != NULL)
        return 1;
    return count_status(r, STATUS_SKIP) == r->n ? 77 : 0;
}

/* Cuts a line of the story so that it fits beside its time; what a call
 * returned stays. */
static const char *fit(const char *words, size_t room)
{
    size_t n = strlen(words);
    const char *result = strstr(words, ") = ");
    size_t tail = result != NULL ? strlen(result) : 0;

    if (n <= room)
        return words;
    if (tail == 0 || tail + 20 > room)
        return text("%.*s...", (int)room - 3, words);
    return text("%.*s...%s", (int)(room - 3 - tail), words, result);
}

/* Where a call is broken whose arguments are all names and numbers: they are
 * what it is about.  NULL when it fits, or would not fit even so. */
static const char *find_break(const char *words, size_t room)
{
    const char *result = strstr(words, " = ");

    if (strlen(words) <= room || strchr(words, '"') != NULL || result == NULL ||
        (size_t)(result - words) > room || strlen(result) + 2 > room)
        return NULL;
    return result;
}

static void print_words(FILE *f, const char *words, size_t room)
{
    const char *rest = find_break(words, room);

    if (rest != NULL)
        fprintf(f, "  %.*s\n%*s%s\n", (int)(rest - words), words,
                TEXT_COLUMN + 1, "", rest);
    else
        fprintf(f, "  %s\n", fit(words, room));
}

static void print_line(FILE *f, const struct trail_line *l, bool whole)
{
    const char *words = printable(l->text);
    size_t room = whole ? strlen(words) : WIDTH + 1 - TEXT_COLUMN;
    bool is_yours =
        strcmp(l->who, "checker") != 0 && strcmp(l->who, "wire") != 0;

    fprintf(f, "    %8.2f ms  %s%-9s%s", l->ms,
            is_yours ? paint.bold : paint.dim, l->who, paint.off);
    print_words(f, words, room);
    if (l->note != NULL)
        fprintf(f, "%*s%s^ %s%s\n", TEXT_COLUMN, "", paint.dim, l->note,
                paint.off);
}

/* How a call has failed; "" when it has not. */
static const char *failure(const struct trail_line *l)
{
    const char *result = strstr(l->text, ") = -1");

    return result != NULL ? result : "";
}

/* How much of a line on the wire is not its number of bytes. */
static size_t before_bytes(const struct trail_line *l)
{
    const char *words = strstr(l->text, "  ");
    size_t n = words != NULL ? strspn(words + 2, "0123456789") : 0;

    return n > 0 ? (size_t)(words + 2 - l->text) : 0;
}

/* Segments that go the same way, whatever their length. */
static bool is_alike_wire(const struct trail_line *a,
                          const struct trail_line *b)
{
    const char *x = a->text, *y = b->text;
    size_t n = before_bytes(a);

    if (n == 0 || n != before_bytes(b))
        return strcmp(x, y) == 0;
    return strncmp(x, y, n) == 0 &&
           strcmp(x + n + strspn(x + n, "0123456789"),
                  y + n + strspn(y + n, "0123456789")) == 0;
}

/* Alike calls in a row are one line: those that differ in their result, and
 * those that move bytes on the same descriptor; but not success and failure. */
static bool is_alike(const struct trail_line *a, const struct trail_line *b)
{
    bool moves = strncmp(a->text, "write(", 6) == 0 ||
                 strncmp(a->text, "recv(", 5) == 0 ||
                 strncmp(a->text, "read(", 5) == 0;
    size_t n = strcspn(a->text, moves ? "," : "=");

    if (strcmp(a->who, "wire") == 0 && strcmp(b->who, "wire") == 0)
        return is_alike_wire(a, b);
    return strcmp(a->who, b->who) == 0 && strncmp(a->text, b->text, n) == 0 &&
           strcmp(failure(a), failure(b)) == 0 &&
           (a->note == NULL) == (b->note == NULL);
}

/* How many lines from there on come again every `period` lines. */
static size_t count_alike(const struct trail *t, size_t from, size_t period)
{
    size_t n = period;

    while (from + n < t->n &&
           is_alike(&t->lines[from + n - period], &t->lines[from + n]))
        n++;
    return n;
}

/* Whether lines come again so often that it is enough to tell it: the shortest
 * period for which they do, and in `n` all lines of that kind; else 0. */
static size_t find_period(const struct trail *t, size_t from, size_t *n)
{
    for (size_t period = 1; period <= MOST_PERIOD; period++) {
        *n = count_alike(t, from, period);
        *n -= *n % period;
        if (*n > 3 * period)
            return period;
    }
    return 0;
}

/* Adds one period, and how often it comes again. */
static void fold_lines(struct trail *folded, const struct trail_line *lines,
                       size_t period, size_t n)
{
    memcpy(&folded->lines[folded->n], lines, period * sizeof *lines);
    folded->n += period;
    struct trail_line *more = &folded->lines[folded->n++];
    *more = lines[period];
    more->text = text("... and %zu more like it", n - 1);
    if (period > 1) {
        more->who = "";
        more->text = text("... these %zu lines come %zu times more", period,
                          n / period - 1);
    }
}

/* The story, alike lines folded into "and 4094 more like it". */
static struct trail fold_trail(const struct trail *t)
{
    struct trail folded = {calloc(t->n + 1, sizeof *t->lines), 0};

    if (folded.lines == NULL)
        abort();
    for (size_t i = 0; i < t->n;) {
        size_t n, period = find_period(t, i, &n);
        if (period == 0) {
            folded.lines[folded.n++] = t->lines[i++];
            continue;
        }
        fold_lines(&folded, &t->lines[i], period, n);
        i += n;
    }
    return folded;
}

/* Whether it is no line of its own, but says how often the one before comes. */
static bool tells_of_more(const struct trail_line *l)
{
    return strncmp(l->text, "... ", 4) == 0;
}

/* How many lines of a story there is room for, by who shows the verdict. */
static size_t most_lines(void)
{
    const char *lines = getenv("WORKBOOK_LINES");
    unsigned long n = lines != NULL ? strtoul(lines, NULL, 10) : MOST_LINES;

    return n < FEWEST_LINES ? FEWEST_LINES : n > MOST_LINES ? MOST_LINES : n;
}

static void print_trail(FILE *f, const struct trail *t, bool whole)
{
    struct trail folded = whole ? *t : fold_trail(t);
    size_t from = 0, most = most_lines();

    putc('\n', f);
    if (!whole && folded.n > most + 1) {
        for (; from < most / 3; from++)
            print_line(f, &folded.lines[from], whole);
        size_t left_out = folded.n - most;
        from += left_out;
        if (tells_of_more(&folded.lines[from])) { /* like what? */
            from--;
            left_out--;
        }
        fprintf(f, "%*s%s... %zu lines more; %s them all%s\n", TEXT_COLUMN, "",
                paint.dim, left_out,
                is_set("WORKBOOK_KEYS") ? "t shows" : "check --trail shows",
                paint.off);
    }
    for (size_t i = from; i < folded.n; i++)
        print_line(f, &folded.lines[i], whole);
    if (!whole)
        free(folded.lines);
}

static void print_field(FILE *f, const char *name, const char *words)
{
    const char *safe = printable(words);
    size_t room = WIDTH - 13;

    if (strlen(safe) <= room) {
        fprintf(f, "    %s%-9s%s%s\n", paint.bold, name, paint.off, safe);
        return;
    }
    fprintf(f, "    %s%s%s\n", paint.bold, name, paint.off);
    print_wrapped(f, safe, 6, WIDTH);
}

static void print_failure(FILE *f, const struct report *r,
                          const struct result *x, bool with_trail)
{
    fprintf(f, "\n  %s✗ %s%s: %s\n", paint.bad, x->c->id, paint.off,
            x->c->title);
    print_trail(f, &x->trail, with_trail);
    putc('\n', f);
    if (x->wanted != NULL)
        print_field(f, "wanted", x->wanted);
    if (x->got != NULL)
        print_field(f, "got", x->got);
    putc('\n', f);
    print_wrapped(f, printable(x->why != NULL ? x->why : x->message), 4, WIDTH);
    fprintf(f, "\n    Read     chapters/%s.md#%s\n", r->chapter, x->c->read);
    if (is_set("WORKBOOK_KEYS"))
        fprintf(f, "    Hint     press h\n");
    else
        fprintf(f, "    Hint     ./workbook hint %s\n", r->lab);
    fprintf(f, "    %sSeed     0x%016llx%s\n", paint.dim,
            (unsigned long long)r->seed, paint.off);
}

static const char *mark_of(const struct result *x)
{
    switch (x->status) {
    case STATUS_PASS:
        return text("%s✓%s", paint.good, paint.off);
    case STATUS_FAIL:
        return text("%s✗%s", paint.bad, paint.off);
    default:
        return text("%s-%s", paint.dim, paint.off);
    }
}

static void print_cases(FILE *f, const struct report *r,
                        const struct result *told)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct result *x = &r->results[i];
        if (x == told)
            continue;
        fprintf(f, "  %s %s: %s\n", mark_of(x), x->c->id, x->c->title);
        if (x->status == STATUS_SKIP)
            print_wrapped(f, text("skipped: %s", x->message), 6, WIDTH);
    }
}

static void print_all_trails(FILE *f, const struct report *r,
                             const struct result *told)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct result *x = &r->results[i];
        if (x == told || x->status == STATUS_NOT_RUN)
            continue;
        fprintf(f, "\n  %s %s\n", mark_of(x), x->c->id);
        print_trail(f, &x->trail, true);
    }
}

/* The first failure, if it is known to be that: cases end in any order, and
 * the reader should not see one give way to another. */
static const struct result *known_failure(const struct report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->results[i].status == STATUS_NOT_RUN)
            return NULL;
        if (r->results[i].status == STATUS_FAIL)
            return &r->results[i];
    }
    return NULL;
}

void print_progress(FILE *f, const struct report *r)
{
    const struct result *failure = known_failure(r);

    choose_paint(f);
    fprintf(f, "%s%s%s   %zu of %zu cases judged\n", paint.bold, r->lab,
            paint.off, r->n - count_status(r, STATUS_NOT_RUN), r->n);
    if (failure != NULL)
        print_failure(f, r, failure, false);
}

void print_report(FILE *f, const struct report *r, bool with_trails)
{
    const struct result *failure = first_failure(r);

    choose_paint(f);
    fprintf(f, "%s%s%s   %zu of %zu cases pass\n", paint.bold, r->lab,
            paint.off, count_status(r, STATUS_PASS), r->n);
    if (failure != NULL && failure->cause == CAUSE_CHECKER_ERROR)
        fprintf(f, "\n  The checker could not judge %s: %s\n", failure->c->id,
                failure->message);
    else if (failure != NULL)
        print_failure(f, r, failure, with_trails);
    putc('\n', f);
    print_cases(f, r, failure);
    if (with_trails)
        print_all_trails(f, r, failure);
}
