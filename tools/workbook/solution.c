#include "choose.h"
#include "commands.h"
#include "desk.h"
#include "paths.h"
#include "process.h"
#include "show.h"
#include "state.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

/* The solution is offered to those who have one of their own. */
static int may_see(const struct lab *lab)
{
    struct state state;
    int passed;

    load_state(&state);
    passed = has_passed(&state, lab->name);
    close_state(&state);
    return passed;
}

static int show_difference(const struct lab *lab)
{
    struct path work = source_path(DESK, lab);
    struct path solution = source_path(SOLUTIONS, lab);
    const char *const argv[] = {
        "diff",
        "-u",
        wants_colour() ? "--color=always" : "--color=never",
        "--label",
        work.text,
        "--label",
        solution.text,
        work.text,
        solution.text,
        NULL};
    int status = run(argv, -1, -1);

    if (status == 0)
        printf("%s is the solution, letter by letter.\n", work.text);
    return status <= 1 ? 0 : 2;
}

int solution_command(struct course *course, int argc, char **argv)
{
    int anyway = argc == 4 && strcmp(argv[3], "--anyway") == 0;
    const struct lab *lab =
        want_only_lab(course, anyway ? argc - 1 : argc, argv);

    prepare_desk(course);
    if (anyway || may_see(lab))
        return show_difference(lab);
    fprintf(stderr,
            "%s has not passed yet, and its solution is shown then.\n"
            "A hint:      ",
            lab->name);
    print_way(stderr, 'h', "hint", lab->name);
    fprintf(stderr, "\nSee it now:  ./workbook solution %s --anyway%s\n",
            lab->name, is_watched() ? ", in a shell" : "");
    return 1;
}
