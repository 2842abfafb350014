#include "choose.h"
#include "commands.h"
#include "desk.h"
#include "files.h"
#include "paths.h"
#include "process.h"
#include "show.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFLICT "<<<<<<<"

/* What the learner's file becomes when all that is new in the starter is put
 * in.  Returns how many places both have changed, with both versions between
 * marks there. */
static int merge(const struct lab *lab, struct text *merged)
{
    struct path work = source_path(DESK, lab);
    struct path base = source_path(DESK_BASE, lab);
    struct path starter = source_path(STARTERS, lab);
    const char *const argv[] = {"diff3",   "-m",      "-L",         "yours",
                                "-L",      "before",  "-L",         "new",
                                work.text, base.text, starter.text, NULL};
    int out = open_scratch("merged"), status = run(argv, out, -1), n = 0;

    if (status > 1)
        errx(2, "diff3 could not merge; %s is as it was", work.text);
    if (read_descriptor(out, merged) == -1)
        err(2, "what diff3 wrote");
    close(out);
    for (const char *p = merged->bytes; (p = strstr(p, CONFLICT)); p++)
        n += p == merged->bytes || p[-1] == '\n';
    return n;
}

static void tell(const char *work, int conflicts)
{
    struct path told = make_path("%s has what is new in the starter.", work);

    if (conflicts > 0)
        told = make_path("%s has what is new in the starter, but for %d "
                         "place%s that you have changed as well: look for "
                         "\"%s\".",
                         work, conflicts, conflicts == 1 ? "" : "s", CONFLICT);
    print_wrapped(stdout, 0, told.text);
}

int merge_command(struct course *course, int argc, char **argv)
{
    const struct lab *lab = want_only_lab(course, argc, argv);
    struct path work = source_path(DESK, lab);
    struct path base = source_path(DESK_BASE, lab);
    struct path starter = source_path(STARTERS, lab);
    struct text merged;
    int conflicts;

    prepare_desk(course);
    if (!has_update(lab)) {
        printf("Nothing is new: %s has not changed since you began.\n",
               starter.text);
        return 0;
    }
    conflicts = merge(lab, &merged);
    printf("Your file is kept as %s\n", keep_copy(lab).text);
    if (replace_file(work.text, merged.bytes, merged.size) == -1)
        err(2, "%s", work.text);
    if (copy_over(starter.text, base.text) == -1)
        err(2, "%s", base.text);
    tell(work.text, conflicts);
    free(merged.bytes);
    return conflicts > 0;
}
