/* main: the options of every checker.
 *
 *     LAB.check [OPTION...] PROGRAM
 *
 * Exit status: 0 all cases pass, 1 some fail, 2 the checker could not judge,
 * 77 all were skipped. */
#define _GNU_SOURCE
#include "cases.h"
#include "chance.h"
#include "clock.h"
#include "judge.h"
#include "report.h"
#include "workers.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FEW_SCHEDULES = 4, /* unless more are asked for */
    MOST_SCHEDULES = 9999999
};

static struct {
    const char *case_id, *expect, *unsolved, *json_path, *pcap;
    bool list, json, trail, exhaust, only_random, follow;
    struct schedules schedules;
    uint64_t seed;
    const char *program;
} options;

static const char usage[] =
    "usage: %s [--case ID] [--seed SEED] [--trail] [--exhaust]\n"
    "       [--schedules [FIRST-]LAST] [--json[=FILE]] [--pcap FILE]\n"
    "       [--follow] [--expect FILE] [--unsolved ID] PROGRAM\n"
    "       %s --list [--json]\n";

static _Noreturn void die_of_usage(const char *name)
{
    fprintf(stderr, usage, name, name);
    exit(2);
}

static uint64_t parse_seed(const char *digits)
{
    char *end;

    errno = 0;
    unsigned long long seed = strtoull(digits, &end, 0);
    if (errno != 0 || end == digits || *end != '\0')
        errx(2, "not a seed: %s", digits);
    return seed;
}

/* LAST, or FIRST-LAST. */
static struct schedules parse_schedules(const char *range)
{
    struct schedules s = {.from = 1};
    int used = 0;

    if (sscanf(range, "%7u-%7u%n", &s.from, &s.to, &used) != 2) {
        s.from = 1;
        sscanf(range, "%7u%n", &s.to, &used);
    }
    /* %u takes a sign as well, and gives a very large number. */
    if (used == 0 || range[used] != '\0' || s.from < 1 || s.from > s.to ||
        s.to > MOST_SCHEDULES)
        errx(2, "not the numbers of schedules: %s", range);
    return s;
}

static void take_option(int letter, const char *name)
{
    switch (letter) {
    case 'c':
        options.case_id = optarg;
        break;
    case 's':
        options.seed = parse_seed(optarg);
        break;
    case 't':
        options.trail = true;
        break;
    case 'x':
        options.exhaust = true;
        break;
    case 'r':
        options.schedules = parse_schedules(optarg);
        options.only_random = true;
        break;
    case 'j':
        options.json = true;
        options.json_path = optarg;
        break;
    case 'f':
        options.follow = true;
        break;
    case 'p':
        options.pcap = optarg;
        break;
    case 'l':
        options.list = true;
        break;
    case 'e':
        options.expect = optarg;
        break;
    case 'u':
        options.unsolved = optarg;
        break;
    default:
        die_of_usage(name);
    }
}

static void parse_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"case", required_argument, NULL, 'c'},
        {"seed", required_argument, NULL, 's'},
        {"trail", no_argument, NULL, 't'},
        {"exhaust", no_argument, NULL, 'x'},
        {"schedules", required_argument, NULL, 'r'},
        {"json", optional_argument, NULL, 'j'},
        {"follow", no_argument, NULL, 'f'},
        {"pcap", required_argument, NULL, 'p'},
        {"list", no_argument, NULL, 'l'},
        {"expect", required_argument, NULL, 'e'},
        {"unsolved", required_argument, NULL, 'u'},
        {NULL, 0, NULL, 0}};
    int letter;

    options.seed = fresh_seed();
    options.schedules = (struct schedules){1, FEW_SCHEDULES};
    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1)
        take_option(letter, argv[0]);
    if (optind != argc - !options.list)
        die_of_usage(argv[0]);
    options.program = options.list ? NULL : argv[optind];
}

/* Chapter and lab are where this checker lies: tests/CHAPTER/LAB.check. */
static void find_names(struct report *r)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

    if (n == -1)
        err(2, "/proc/self/exe");
    path[n] = '\0';
    char *name = strrchr(path, '/');
    *name++ = '\0';
    char *suffix = strstr(name, ".check");
    if (suffix != NULL)
        *suffix = '\0';
    r->lab = text("%s", name);
    char *folder = strrchr(path, '/');
    r->chapter = text("%s", folder != NULL ? folder + 1 : path);
}

static void list_cases(const struct report *r)
{
    size_t n;
    struct labcase **cases = all_cases(&n);

    if (options.json)
        print_cases_json(stdout, r->chapter, r->lab);
    for (size_t i = 0; i < n && !options.json; i++)
        printf("%s\t%s\n", cases[i]->id, cases[i]->title);
}

static const char *find_program(void)
{
    char *path = realpath(options.program, NULL);

    if (path == NULL || access(path, X_OK) == -1)
        err(2, "%s", options.program);
    return path;
}

static bool is_chosen(const struct labcase *c)
{
    return (options.case_id == NULL || strcmp(options.case_id, c->id) == 0) &&
           (c->random_faults || !options.only_random);
}

/* What main() and show_page() share. */
static struct report report;

/* --follow: each page begins with a form feed, and stands for those before. */
static void show_page(void)
{
    putchar('\f');
    print_progress(stdout, &report);
    fflush(stdout);
}

static _Noreturn void refuse_case(struct labcase **cases, size_t n)
{
    warnx("there is no case %s%s, but there are:",
          options.case_id != NULL ? options.case_id : "",
          options.only_random ? " with RANDOM_FAULTS" : "");
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "  %s\n", cases[i]->id);
    exit(2);
}

static void run_cases(struct report *r)
{
    size_t n;
    struct labcase **cases = all_cases(&n);
    struct job job = {.program = find_program(),
                      .seed = options.seed,
                      .exhaust = options.exhaust,
                      .schedules = options.schedules,
                      .pcap = options.pcap,
                      .hear = options.follow ? show_page : NULL};
    uint64_t began = now_ns();

    r->seed = options.seed;
    r->results = calloc(n, sizeof *r->results);
    if (r->results == NULL)
        err(2, "calloc");
    for (size_t i = 0; i < n; i++)
        if (is_chosen(cases[i]))
            r->results[r->n++].c = cases[i];
    if (r->n == 0)
        refuse_case(cases, n);
    r->netns = run_all(r->results, r->n, &job);
    r->seconds = (double)(now_ns() - began) / 1e9;
}

static void write_json(const struct report *r)
{
    FILE *f =
        options.json_path != NULL ? fopen(options.json_path, "we") : stdout;

    if (f == NULL)
        err(2, "%s", options.json_path);
    print_report_json(f, r);
    if (fflush(f) != 0 || ferror(f))
        err(2, "the result could not be written");
    if (f != stdout)
        fclose(f);
}

static int judge(const struct report *r)
{
    int rc;

    if (options.expect != NULL)
        rc = judge_expectation(r, options.expect);
    else if (options.unsolved != NULL)
        rc = judge_starter(r, options.unsolved);
    else
        return report_status(r);
    return report_status(r) == 2 ? 2 : rc;
}

int main(int argc, char **argv)
{
    struct report *r = &report;

    parse_options(argc, argv);
    find_names(r);
    if (options.list) {
        list_cases(r);
        return 0;
    }
    run_cases(r);
    if (options.json)
        write_json(r);
    if (options.follow)
        putchar('\f');
    if (!options.json || options.json_path != NULL)
        print_report(stdout, r, options.trail);
    return judge(r);
}
