#include "desk.h"
#include "files.h"
#include "paths.h"
#include "show.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void refuse_desk(const char *path)
{
    err(2, "cannot write %s", path);
}

/* Copies a starter to the desk.  Its base is written first: a file without
 * one would look like the learner's own. */
static void place_starter(const struct lab *lab, const char *work)
{
    struct path starter = source_path(STARTERS, lab);
    struct path base = source_path(DESK_BASE, lab);

    if (copy_over(starter.text, base.text) == -1)
        refuse_desk(base.text);
    if (copy_new(starter.text, work) == -1 && errno != EEXIST)
        refuse_desk(work);
}

void prepare_desk(const struct course *course)
{
    for (size_t i = 0; i < course->nlabs; i++) {
        const struct lab *lab = &course->labs[i];
        struct path work = source_path(DESK, lab);
        struct path base = source_path(DESK_BASE, lab);
        if (access(work.text, F_OK) == 0)
            continue;
        if (errno != ENOENT && errno != ENOTDIR)
            refuse_desk(work.text);
        if (access(base.text, F_OK) == 0)
            fprintf(stderr, "%s was missing: here is the starter again\n",
                    work.text);
        place_starter(lab, work.text);
    }
}

int is_untouched(const struct lab *lab)
{
    return same_content(source_path(DESK, lab).text,
                        source_path(STARTERS, lab).text);
}

int has_update(const struct lab *lab)
{
    struct path base = source_path(DESK_BASE, lab);

    return access(base.text, F_OK) == 0 &&
           !same_content(base.text, source_path(STARTERS, lab).text);
}

void follow_update(const struct lab *lab)
{
    struct path starter = source_path(STARTERS, lab);
    struct path base = source_path(DESK_BASE, lab);
    struct path work = source_path(DESK, lab);

    if (same_content(base.text, starter.text))
        return;
    if (access(base.text, F_OK) == -1 ||
        same_content(work.text, starter.text)) {
        if (copy_over(starter.text, base.text) == -1)
            refuse_desk(base.text);
    } else if (same_content(work.text, base.text)) {
        if (copy_over(starter.text, work.text) == -1 ||
            copy_over(starter.text, base.text) == -1)
            refuse_desk(work.text);
        fprintf(stderr, "%s follows an update of the course\n", work.text);
    } else {
        fprintf(stderr,
                "%s has changed since you began; your file is as you left it."
                "\nSee what is new:  diff -u %s %s\nTake it over:     ",
                starter.text, base.text, starter.text);
        print_way(stderr, 'm', "merge", lab->name);
        fputc('\n', stderr);
    }
}

struct path keep_copy(const struct lab *lab)
{
    struct path work = source_path(DESK, lab);
    struct tm now;
    time_t seconds = time(NULL);
    char stamp[32];

    if (!localtime_r(&seconds, &now) ||
        strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &now) == 0)
        errx(2, "the clock gives no time");
    for (int i = 1;; i++) {
        struct path kept = make_path("%s/%s/%s.%s.%d.c", DESK_BACKUP,
                                     lab->chapter, lab->name, stamp, i);
        if (copy_new(work.text, kept.text) == 0)
            return kept;
        if (errno != EEXIST)
            err(2, "%s cannot be kept as %s; nothing was changed", work.text,
                kept.text);
    }
}
