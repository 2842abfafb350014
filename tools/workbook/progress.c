#include "progress.h"
#include "desk.h"

#include <string.h>

enum mark find_mark(const struct state *state, const struct lab *lab)
{
    const struct record *record = find_record(state, lab->name);

    if (!record || strcmp(record->status, "-") == 0)
        return MARK_NONE;
    if (strcmp(record->status, "pass") == 0)
        return MARK_PASS;
    if (has_passed(state, lab->name))
        return MARK_LOST;
    return is_untouched(lab) ? MARK_NONE : MARK_FAIL;
}

const struct lab *find_unsolved(const struct course *course, size_t from)
{
    const struct lab *found = NULL;
    struct state state;

    load_state(&state);
    for (size_t i = from; i < course->nlabs && !found; i++) {
        if (!has_passed(&state, course->labs[i].name))
            found = &course->labs[i];
    }
    close_state(&state);
    return found;
}

const struct lab *find_next(const struct course *course, const struct lab *lab)
{
    const struct lab *next =
        find_unsolved(course, (size_t)(lab - course->labs));

    return next ? next : find_unsolved(course, 0);
}

size_t count_passed(const struct course *course)
{
    struct state state;
    size_t n = 0;

    load_state(&state);
    for (size_t i = 0; i < course->nlabs; i++)
        n += (size_t)has_passed(&state, course->labs[i].name);
    close_state(&state);
    return n;
}
