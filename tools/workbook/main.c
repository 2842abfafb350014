/* workbook: the learner's one command, once it is built.
 *
 *   ./workbook [COMMAND [ARGUMENT...]]
 *
 * Finds the course from where it lies, keeps the learner's desk, builds what
 * is asked for and lets the checkers judge it.  Exit status: 0; 1 when a lab
 * fails or does not compile; 2 for wrong usage and whatever stands in the
 * way of judging. */
#include "commands.h"
#include "root.h"
#include "suggest.h"

#include <err.h>
#include <stdio.h>
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
    {"solution", solution_command},
    {"docs", docs_command},
    {"help", help_command},
    {"version", version_command},
    {"test", NULL},
    {"setup", NULL},
};

static int help_command(struct course *course, int argc, char **argv)
{
    (void)course;
    (void)argc;
    (void)argv;
    puts("usage: ./workbook [COMMAND]\n"
         "\n"
         "  ./workbook                 check all labs; show where to go on\n"
         "  ./workbook check [LAB...]  check labs, or whole chapters\n"
         "  ./workbook list            the labs, and how far you are\n"
         "  ./workbook hint LAB        the next hint for the case that fails\n"
         "  ./workbook reset LAB       the starter again; yours is kept\n"
         "  ./workbook solution LAB    how yours differs from the solution\n"
         "  ./workbook docs            build the course as a site\n"
         "  ./workbook test            the course's own tests\n"
         "  ./workbook help, version   this, and which workbook it is\n"
         "\n"
         "check takes\n"
         "  --json         one result object a lab, one a line\n"
         "  --junit FILE   the results as JUnit's XML too\n"
         "and for one lab\n"
         "  --case ID      this case only\n"
         "  --seed SEED    the same random data as in that run\n"
         "  --trail        all that happened, in cases that pass too\n"
         "  --exhaust      each fault at each call\n"
         "  -- ...         whatever follows goes to the checker as it is\n"
         "\n"
         "Your files are in work/. Exit status: 0, 1 when a lab fails, 2 when\n"
         "something is wrong with the request or the machine.");
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
