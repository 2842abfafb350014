#include "manifest.h"
#include "paths.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Splits a line at its tabs into n fields of its own memory.  Returns 0, or
 * -1 when it has another number of fields. */
static int split_line(char *line, char *fields[], size_t n)
{
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < n; i++) {
        fields[i] = strsep(&line, "\t");
        if (!fields[i])
            return -1;
    }
    return line ? -1 : 0;
}

static char *copy_text(const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        err(2, "out of memory");
    return copy;
}

static void add_lab(struct course *course, char *fields[])
{
    struct lab *labs =
        reallocarray(course->labs, course->nlabs + 1, sizeof *labs);

    if (!labs)
        err(2, "out of memory");
    labs[course->nlabs++] = (struct lab){
        .chapter = copy_text(fields[0]),
        .name = copy_text(fields[1]),
        .unsolved = copy_text(fields[2]),
        .title = copy_text(fields[3]),
    };
    course->labs = labs;
}

static void add_chapter(struct course *course, char *fields[])
{
    struct chapter *chapters =
        reallocarray(course->chapters, course->nchapters + 1, sizeof *chapters);

    if (!chapters)
        err(2, "out of memory");
    chapters[course->nchapters++] = (struct chapter){
        .name = copy_text(fields[0]),
        .title = copy_text(fields[1]),
    };
    course->chapters = chapters;
}

/* Gives each row of a table, without its header line, to add(). */
static void read_table(struct course *course, const char *path, size_t n,
                       void (*add)(struct course *, char *[]))
{
    FILE *table = fopen(path, "re");
    char *line = NULL, *fields[4];
    size_t size = 0;

    if (!table || getline(&line, &size, table) == -1)
        errx(2, "%s is not there; remove build/ and try again", path);
    while (getline(&line, &size, table) != -1) {
        if (split_line(line, fields, n) == -1)
            errx(2, "%s: not as CMake writes it; remove build/ and try again",
                 path);
        add(course, fields);
    }
    free(line);
    fclose(table);
}

void load_course(struct course *course)
{
    *course = (struct course){0};
    read_table(course, BUILD_DIR "/chapters.tsv", 2, add_chapter);
    read_table(course, BUILD_DIR "/manifest.tsv", 4, add_lab);
}

void free_course(struct course *course)
{
    for (size_t i = 0; i < course->nchapters; i++) {
        free(course->chapters[i].name);
        free(course->chapters[i].title);
    }
    for (size_t i = 0; i < course->nlabs; i++) {
        free(course->labs[i].chapter);
        free(course->labs[i].name);
        free(course->labs[i].unsolved);
        free(course->labs[i].title);
    }
    free(course->chapters);
    free(course->labs);
    *course = (struct course){0};
}

/* Whether a path's folder, if it says one, is the chapter. */
static int folder_is(const char *word, const char *base, const char *chapter)
{
    size_t length = strlen(chapter);

    if (base == word)
        return 1;
    if ((size_t)(base - word) < length + 1)
        return 0;
    word = base - length - 1;
    return strncmp(word, chapter, length) == 0;
}

const struct lab *find_lab(const struct course *course, const char *word)
{
    const char *slash = strrchr(word, '/');
    const char *base = slash ? slash + 1 : word;
    size_t length = strlen(base);

    if (length > 2 && strcmp(base + length - 2, ".c") == 0)
        length -= 2;
    for (size_t i = 0; i < course->nlabs; i++) {
        const struct lab *lab = &course->labs[i];
        if (strlen(lab->name) == length &&
            strncmp(lab->name, base, length) == 0 &&
            folder_is(word, base, lab->chapter))
            return lab;
    }
    return NULL;
}

const struct chapter *find_chapter(const struct course *course,
                                   const char *word)
{
    size_t length = strlen(word);

    if (length > 1 && word[length - 1] == '/')
        length--;
    for (size_t i = 0; i < course->nchapters; i++) {
        const char *name = course->chapters[i].name;
        if (strlen(name) == length && strncmp(name, word, length) == 0)
            return &course->chapters[i];
    }
    return NULL;
}
