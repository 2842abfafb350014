#define _GNU_SOURCE
#include "build.h"
#include "choose.h"
#include "commands.h"
#include "desk.h"
#include "judge.h"
#include "junit.h"
#include "kept.h"
#include "live.h"
#include "options.h"
#include "paths.h"
#include "problems.h"
#include "report.h"
#include "result.h"
#include "root.h"
#include "state.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 2 if a checker could not judge, else 1 if a lab fails, else 0. */
static int find_status(const struct trial *trials, size_t n)
{
    int status = 0;

    for (size_t i = 0; i < n; i++) {
        if (!is_judged(trials[i].result))
            status = 2;
        else if (!passes(trials[i].result) && status == 0)
            status = 1;
    }
    return status;
}

/* What says nothing about a program does not change what is known of it.
 * Returns 0, or -1 when it could not be saved. */
static int note_verdicts(const struct trial *trials, size_t n)
{
    struct state state;

    open_state(&state);
    for (size_t i = 0; i < n; i++)
        if (is_judged(trials[i].result))
            note_verdict(&state, trials[i].lab->name,
                         verdict_of(trials[i].result));
    return close_state(&state);
}

static enum verdict_text choose_text(const struct options *options, size_t n)
{
    if (options->json || options->problems)
        return TEXT_NONE;
    return n == 1 ? TEXT_SHOW : TEXT_KEEP;
}

/* Becomes the checker, with the learner's own words to it. */
static void exec_checker(const struct trial *trial, const char **extra,
                         size_t n)
{
    struct path checker = checker_path(trial->lab);
    struct path program = program_path(trial->lab);
    char **argv = calloc(n + 3, sizeof *argv);

    if (!argv)
        err(2, "out of memory");
    argv[0] = checker.text;
    for (size_t i = 0; i < n; i++)
        argv[i + 1] = strdup(extra[i]);
    argv[n + 1] = program.text;
    execv(checker.text, argv);
    err(2, "%s", checker.text);
}

/* Only the table is shown as it grows: the rest is one thing at the end. */
static void judge(struct live *live, struct trial *trials, size_t n,
                  const struct options *options)
{
    struct judging how = {.text = choose_text(options, n),
                          .extra = options->extra};

    if (how.text == TEXT_KEEP) {
        how.tell = show_live;
        how.data = live;
    }
    judge_trials(trials, n, &how);
}

static void start_trials(struct live *live, struct trial *trials, size_t n,
                         const struct options *options, char **argv)
{
    int lock;

    prepare_desk(live->course);
    for (size_t i = 0; i < n; i++)
        follow_update(trials[i].lab);
    lock = build_trials(trials, n);
    follow_rebuild(argv);
    if (options->bare && !trials[0].broken)
        exec_checker(&trials[0], options->extra, options->nextra);
    judge(live, trials, n, options);
    if (!options->part)
        keep_verdicts(trials, n);
    end_build(lock);
}

/* What is left of the table, if nobody was judged at all, and the verdict. */
static void print_end(struct live *live)
{
    show_live(live);
    print_first(live->trials, live->n);
}

int check_command(struct course *course, int argc, char **argv)
{
    int skip = argc < 2 ? 1 : 2, status;
    struct options options;
    struct trial *trials;
    struct live live;
    size_t n;

    read_options(&options, argc - skip, argv + skip);
    n = choose_trials(course, options.words, options.nwords, argv, &trials);
    if ((options.nextra > 0 || options.bare) && n != 1)
        errx(2, "%s is for one lab at a time",
             options.bare ? "--" : options.extra[0]);
    live = (struct live){.course = course, .trials = trials, .n = n};
    start_trials(&live, trials, n, &options, argv);

    status = find_status(trials, n);
    if (!options.part && note_verdicts(trials, n) == -1)
        status = 2;
    if (options.json)
        print_json(trials, n);
    else if (options.problems)
        print_problems(trials, n);
    else if (n == 1)
        print_only(course, &trials[0], options.part);
    else
        print_end(&live);
    if (options.junit && write_junit(options.junit, trials, n) == -1)
        status = 2;

    for (size_t i = 0; i < n; i++)
        free_trial(&trials[i]);
    free(trials);
    free_options(&options);
    return status;
}
