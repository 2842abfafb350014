#include "progress.h"

#include <string.h>

enum mark find_mark(const struct state *state, const char *lab)
{
    const struct record *record = find_record(state, lab);

    if (!record || strcmp(record->status, "-") == 0)
        return MARK_NONE;
    if (strcmp(record->status, "pass") == 0)
        return MARK_PASS;
    return has_passed(state, lab) ? MARK_LOST : MARK_FAIL;
}
