#include "choose.h"
#include "commands.h"
#include "desk.h"
#include "files.h"
#include "paths.h"
#include "state.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>

/* Keeps a copy of the learner's file under a name of its own. */
static struct path keep_copy(const struct lab *lab, const char *work)
{
    struct tm now;
    time_t seconds = time(NULL);
    char stamp[32];

    if (!localtime_r(&seconds, &now) ||
        strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &now) == 0)
        errx(2, "the clock gives no time");
    for (int i = 1;; i++) {
        struct path kept = make_path("%s/%s/%s.%s.%d.c", DESK_BACKUP,
                                     lab->chapter, lab->name, stamp, i);
        if (copy_new(work, kept.text) == 0)
            return kept;
        if (errno != EEXIST)
            err(2, "%s cannot be kept as %s; nothing was changed", work,
                kept.text);
    }
}

int reset_command(struct course *course, int argc, char **argv)
{
    const struct lab *lab = want_only_lab(course, argc, argv);
    struct path starter = source_path(STARTERS, lab);
    struct path work = source_path(DESK, lab);
    struct state state;

    prepare_desk(course);
    follow_update(lab);
    if (same_content(work.text, starter.text)) {
        printf("%s is the starter already.\n", work.text);
    } else {
        printf("Your file is kept as %s\n", keep_copy(lab, work.text).text);
        if (copy_over(starter.text, work.text) == -1)
            err(2, "%s", work.text);
        if (copy_over(starter.text, source_path(DESK_BASE, lab).text) == -1)
            err(2, "%s", source_path(DESK_BASE, lab).text);
        printf("%s is the starter again.\n", work.text);
    }
    open_state(&state);
    forget_lab(&state, lab->name);
    return close_state(&state) == -1 ? 2 : 0;
}
