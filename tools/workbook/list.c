#include "choose.h"
#include "commands.h"
#include "progress.h"
#include "show.h"
#include "state.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

enum {
    TITLE_COLUMNS = 56
};

static void print_labs(const struct course *course, const char *chapter,
                       const struct state *state)
{
    for (size_t i = 0; i < course->nlabs; i++) {
        const struct lab *lab = &course->labs[i];
        if (strcmp(lab->chapter, chapter) != 0)
            continue;
        printf("  ");
        print_mark(stdout, find_mark(state, lab));
        printf(" %-18s ", lab->name);
        print_cut(stdout, lab->title, strlen(lab->title), TITLE_COLUMNS);
        putchar('\n');
    }
}

static size_t count_labs(const struct course *course, const char *chapter,
                         const struct state *state, enum mark least)
{
    size_t n = 0;

    for (size_t i = 0; i < course->nlabs; i++) {
        if (strcmp(course->labs[i].chapter, chapter) == 0)
            n += least == MARK_NONE ||
                 find_mark(state, &course->labs[i]) == least;
    }
    return n;
}

/* Says what the marks mean that a newcomer cannot guess. */
static void print_key(const struct course *course, const struct state *state)
{
    for (size_t i = 0; i < course->nlabs; i++) {
        if (find_mark(state, &course->labs[i]) == MARK_LOST) {
            print_mark(stdout, MARK_LOST);
            printf(" has passed before, and fails now\n");
            return;
        }
    }
}

int list_command(struct course *course, int argc, char **argv)
{
    struct state state;

    if (argc > 2)
        errx(2, "usage: ./workbook list");
    refresh_course(course, argv);
    load_state(&state);
    for (size_t i = 0; i < course->nchapters; i++) {
        const struct chapter *chapter = &course->chapters[i];
        print_chapter(stdout, chapter->name, chapter->title,
                      count_labs(course, chapter->name, &state, MARK_PASS),
                      count_labs(course, chapter->name, &state, MARK_NONE));
        putchar('\n');
        print_labs(course, chapter->name, &state);
        putchar('\n');
    }
    print_key(course, &state);
    return close_state(&state) == -1 ? 2 : 0;
}
