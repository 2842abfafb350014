/* workbook: the learner's one command, once it is built.
 *
 *   ./workbook [COMMAND [ARGUMENT...]]
 *
 * Finds the course from where it lies, keeps the learner's desk, builds what
 * is asked for and lets the checkers judge it.  Exit status: 0; 1 when a lab
 * fails or does not compile; 2 for wrong usage and whatever stands in the
 * way of judging. */
#include "commands.h"
#include "files.h"
#include "root.h"
#include "suggest.h"
#include "watch/terminal.h"
#include "watch/watch.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int help_command(struct course *course, int argc, char **argv);
static int version_command(struct course *course, int argc, char **argv);

/* "test", "docs" and "setup" begin in the shell entry, which installs what
 * they need; of "test" and "setup" nothing is left to do here. */
static const struct {
    const char *name;
    int (*run)(struct course *course, int argc, char **argv);
} commands[] = {
    {"check", check_command},
    {"list", list_command},
    {"hint", hint_command},
    {"reset", reset_command},
    {"merge", merge_command},
    {"solution", solution_command},
    {"docs", docs_command},
    {"help", help_command},
    {"version", version_command},
    {"test", NULL},
    {"setup", NULL},
};

static int help_command(struct course *course, int argc, char **argv)
{
    struct text help;

    (void)course;
    (void)argc;
    (void)argv;
    if (read_file("tools/workbook/help.txt", &help) == -1)
        err(2, "tools/workbook/help.txt");
    fputs(help.bytes, stdout);
    free(help.bytes);
    return 0;
}

static int version_command(struct course *course, int argc, char **argv)
{
    (void)course;
    (void)argc;
    (void)argv;
    puts("the sockets workbook " WORKBOOK_VERSION);
    return 0;
}

static const char *plain_name(const char *word)
{
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
        return "help";
    return strcmp(word, "--version") == 0 ? "version" : word;
}

/* Names the nearest command; or the lab, if somebody left out "check". */
static void refuse_command(const struct course *course, const char *word)
{
    struct suggestion nearest = start_suggestion(word);
    const struct lab *lab = find_lab(course, word);

    if (lab)
        errx(2, "there is no command %s: did you mean ./workbook check %s?",
             word, lab->name);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        consider_word(&nearest, commands[i].name);
    if (nearest.best)
        errx(2, "there is no command %s: did you mean ./workbook %s?", word,
             nearest.best);
    errx(2, "there is no command %s; ./workbook help lists them", word);
}

static int run_command(struct course *course, int argc, char **argv)
{
    const char *name = argc < 2 ? "check" : plain_name(argv[1]);

    if (argc < 2 && has_terminal())
        return watch_command(course);
    if (argc < 2)
        fprintf(stderr, "No terminal to watch on: checking all labs.\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].run && strcmp(name, commands[i].name) == 0)
            return commands[i].run(course, argc, argv);
    }
    refuse_command(course, name);
    return 2;
}

int main(int argc, char **argv)
{
    struct course course;
    int status;

    enter_root(argv);
    load_course(&course);
    if (argc > 1 && strcmp(argv[1], "--yes") == 0) { /* for the set-up */
        argc--;
        argv[1] = argv[0];
        argv++;
    }
    status = run_command(&course, argc, argv);
    free_course(&course);
    if (fflush(stdout) == EOF || ferror(stdout))
        err(2, "stdout");
    return status;
}
