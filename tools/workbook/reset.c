#include "choose.h"
#include "commands.h"
#include "desk.h"
#include "files.h"
#include "paths.h"
#include "state.h"

#include <err.h>
#include <stdio.h>

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
        printf("Your file is kept as %s\n", keep_copy(lab).text);
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
