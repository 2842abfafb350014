#include "report.h"
#include "compiler.h"
#include "desk.h"
#include "paths.h"
#include "progress.h"
#include "result.h"
#include "show.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_WARNINGS = 3
};

void print_json(const struct trial *trials, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *line;
        if (trials[i].output) { /* the checker's own words */
            fputs(trials[i].output, stdout);
            continue;
        }
        line = cJSON_PrintUnformatted(trials[i].result);
        if (!line)
            errx(2, "out of memory");
        puts(line);
        free(line);
    }
}

/* Of what the linker misses, the compiler has mostly warned: "did you mean". */
static void print_reason(const struct trial *trial)
{
    const char *text = trial->warnings;
    struct complaint warning;

    if (!text || !next_warning(&text, trial->lab, &warning))
        return;
    print_complaint(stdout, &warning);
    putchar('\n');
}

/* The compiler's first error: the others mostly follow from it. */
static void print_broken(const struct trial *trial)
{
    const char *text = trial->compiler, *remark = find_remark(text);
    struct complaint first, next;
    size_t more = 0;

    printf("%s   does not compile\n\n", trial->lab->name);
    if (!next_error(&text, &first))
        return;
    while (next_error(&text, &next))
        more += strncmp(next.where, "collect2", 8) != 0;
    if (is_linkers(&first))
        print_reason(trial);
    print_complaint(stdout, &first);
    if (remark)
        printf("\n  %.*s\n", (int)strcspn(remark, "\n"), remark);
    if (more > 0)
        printf("\n  The compiler has %zu more; begin with this one.\n", more);
}

static size_t count_warnings(const struct trial *trial)
{
    const char *text = trial->warnings;
    struct complaint warning;
    size_t n = 0;

    while (text && next_warning(&text, trial->lab, &warning))
        n++;
    return n;
}

static void print_warnings(const struct trial *trial)
{
    const char *text = trial->warnings;
    size_t n = count_warnings(trial);
    struct complaint warning;

    if (n == 0)
        return;
    printf("\n  %s compiler has %zu warning%s:\n",
           passes(trial->result) ? "It passes; the" : "The", n,
           n == 1 ? "" : "s");
    for (size_t i = 0; i < n && i < MOST_WARNINGS; i++) {
        next_warning(&text, trial->lab, &warning);
        putchar('\n');
        print_complaint(stdout, &warning);
    }
}

/* What to do after a lab has passed. */
static void print_way_on(const struct course *course, const struct lab *lab)
{
    const struct lab *next = find_next(course, lab);

    printf("\n    Compare  ");
    print_way(stdout, 's', "solution", lab->name);
    if (next)
        printf("\n    Next     %s\n", source_path(DESK, next).text);
    else
        printf("\n    Next     nothing: all %zu labs have passed\n",
               course->nlabs);
}

void print_only(const struct course *course, const struct trial *trial,
                int part)
{
    if (trial->broken)
        print_broken(trial);
    if (trial->broken || part)
        return;
    if (*text_of(trial->result, "message"))
        printf("%s   could not be judged: %s\n", trial->lab->name,
               text_of(trial->result, "message"));
    print_warnings(trial);
    if (passes(trial->result))
        print_way_on(course, trial->lab);
}

/* What a row of the table says of a lab. */
static void print_finding(const struct trial *trial)
{
    const cJSON *failure = first_failure(trial->result);
    size_t all = count_cases(trial->result, NULL);
    size_t warnings = count_warnings(trial);

    if (trial->broken) {
        printf("does not compile\n");
        return;
    }
    printf("%2zu of %2zu", count_cases(trial->result, "pass"), all);
    if (failure)
        printf("   %s\n", text_of(failure, "id"));
    else if (!passes(trial->result))
        printf("   %s\n", verdict_of(trial->result));
    else if (warnings > 0)
        printf("   %zu warning%s\n", warnings, warnings == 1 ? "" : "s");
    else
        putchar('\n');
}

/* Nobody has failed at what they have not begun. */
static enum mark choose_mark(const struct trial *trial)
{
    if (passes(trial->result))
        return MARK_PASS;
    return is_untouched(trial->lab) ? MARK_NONE : MARK_FAIL;
}

static void print_rows(const struct chapter *chapter,
                       const struct trial *trials, size_t n)
{
    size_t all = 0, done = 0;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(trials[i].lab->chapter, chapter->name) == 0) {
            all++;
            done += (size_t)passes(trials[i].result);
        }
    }
    if (all == 0)
        return;
    print_chapter(stdout, chapter->name, chapter->title, done, all);
    putchar('\n');
    for (size_t i = 0; i < n; i++) {
        if (strcmp(trials[i].lab->chapter, chapter->name) != 0)
            continue;
        printf("  ");
        print_mark(stdout, choose_mark(&trials[i]));
        printf(" %-18s ", trials[i].lab->name);
        print_finding(&trials[i]);
    }
    putchar('\n');
}

static void print_verdict(const struct trial *trial)
{
    if (trial->broken) {
        print_broken(trial);
        return;
    }
    if (trial->output)
        fputs(trial->output, stdout);
    print_warnings(trial);
}

/* Whether all labs of a chapter that were to be judged have been. */
static int is_complete(const struct chapter *chapter,
                       const struct trial *trials, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(trials[i].lab->chapter, chapter->name) == 0 &&
            !trials[i].result)
            return 0;
    }
    return 1;
}

size_t print_chapters(const struct course *course, size_t from,
                      const struct trial *trials, size_t n)
{
    while (from < course->nchapters &&
           is_complete(&course->chapters[from], trials, n))
        print_rows(&course->chapters[from++], trials, n);
    return from;
}

/* The first that fails, of those that were begun if there is one; NULL when
 * all pass. */
static const struct trial *find_first(const struct trial *trials, size_t n)
{
    const struct trial *first = NULL;

    for (size_t i = 0; i < n; i++) {
        if (passes(trials[i].result))
            continue;
        if (!is_untouched(trials[i].lab))
            return &trials[i];
        if (!first)
            first = &trials[i];
    }
    return first;
}

void print_first(const struct trial *trials, size_t n)
{
    const struct trial *first = find_first(trials, n);

    if (!first) {
        printf("All %zu labs pass.\n", n);
        return;
    }
    print_verdict(first);
    printf("\n    Edit     %s\n", source_path(DESK, first->lab).text);
    if (!is_watched())
        printf("    Then     ./workbook check %s\n", first->lab->name);
}
