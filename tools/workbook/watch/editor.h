/* The learner's editor. */
#ifndef WATCH_EDITOR_H
#define WATCH_EDITOR_H

#include "../manifest.h"

/* Opens a lab's file where there is something to do: at the compiler's first
 * error, if the verdict tells of one, or at the first TODO.  An editor of the
 * terminal has it to itself until it ends.  Returns NULL, or why it could not,
 * to be freed. */
char *open_editor(const struct lab *lab, const char *verdict);

#endif
