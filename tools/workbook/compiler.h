/* What compilers and linkers say, understood well enough to show the first
 * thing that matters. */
#ifndef WORKBOOK_COMPILER_H
#define WORKBOOK_COMPILER_H

#include "manifest.h"

#include <stdio.h>

/* One message; the parts lie in the text that was searched. */
struct complaint {
    const char *where, *message, *excerpt;
    int where_length, message_length, excerpt_length;
};

/* How many steps failed, by ninja's output. */
size_t count_failures(const char *output);

/* The part of ninja's output that tells of a failed step of this lab, as a
 * new string; NULL when it did not fail, or not by the learner's doing. */
char *find_failure(const char *output, const struct lab *lab);

/* Finds the next error, or the next warning about a file, and moves *text
 * behind it.  Returns whether there was one. */
int next_error(const char **text, struct complaint *found);
int next_warning(const char **text, const struct lab *lab,
                 struct complaint *found);

/* Whether it is the linker who complains. */
int is_linkers(const struct complaint *complaint);

/* What the course's own build says of a failed step, up to the end of its
 * line; NULL when it says nothing. */
const char *find_remark(const char *text);

/* Writes a complaint, indented, in at most 80 columns. */
void print_complaint(FILE *out, const struct complaint *complaint);

/* The same in one line, as a new string. */
char *tell_complaint(const struct complaint *complaint);

#endif
