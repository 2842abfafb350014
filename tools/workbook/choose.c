#include "choose.h"
#include "build.h"
#include "root.h"
#include "suggest.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

void refresh_course(struct course *course, char **argv)
{
    refresh_build();
    follow_rebuild(argv);
    free_course(course);
    load_course(course);
}

static void refuse_word(const struct course *course, const char *word)
{
    const char *slash = strrchr(word, '/');
    struct suggestion nearest = start_suggestion(slash ? slash + 1 : word);

    for (size_t i = 0; i < course->nlabs; i++)
        consider_word(&nearest, course->labs[i].name);
    for (size_t i = 0; i < course->nchapters; i++)
        consider_word(&nearest, course->chapters[i].name);
    if (nearest.best)
        errx(2, "there is no lab %s: did you mean %s?", word, nearest.best);
    errx(2, "there is no lab %s; ./workbook list names them all", word);
}

const struct lab *want_lab(struct course *course, const char *word, char **argv)
{
    const struct lab *lab = find_lab(course, word);

    if (lab)
        return lab;
    refresh_course(course, argv);
    lab = find_lab(course, word);
    if (!lab)
        refuse_word(course, word);
    return lab;
}

const struct lab *want_only_lab(struct course *course, int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: ./workbook %s LAB", argv[1]);
    return want_lab(course, argv[2], argv);
}

static int names_lab(const struct course *course, const char *word,
                     const struct lab *lab)
{
    const struct chapter *chapter = find_chapter(course, word);

    if (chapter)
        return strcmp(chapter->name, lab->chapter) == 0;
    return find_lab(course, word) == lab;
}

static int is_chosen(const struct course *course, const char *const *words,
                     size_t nwords, const struct lab *lab)
{
    for (size_t i = 0; i < nwords; i++) {
        if (names_lab(course, words[i], lab))
            return 1;
    }
    return nwords == 0;
}

size_t choose_trials(struct course *course, const char *const *words,
                     size_t nwords, char **argv, struct trial **trials)
{
    size_t n = 0;

    if (nwords == 0)
        refresh_course(course, argv);
    for (size_t i = 0; i < nwords; i++) {
        if (!find_chapter(course, words[i]))
            want_lab(course, words[i], argv);
    }
    *trials = calloc(course->nlabs + 1, sizeof **trials);
    if (!*trials)
        err(2, "out of memory");
    for (size_t i = 0; i < course->nlabs; i++) {
        if (is_chosen(course, words, nwords, &course->labs[i]))
            (*trials)[n++].lab = &course->labs[i];
    }
    return n;
}
