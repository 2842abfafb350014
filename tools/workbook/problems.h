/* Verdicts as editors read them: FILE:LINE: error: WORDS, a line for each
 * case that fails, as compilers write for each mistake. */
#ifndef WORKBOOK_PROBLEMS_H
#define WORKBOOK_PROBLEMS_H

#include "trial.h"

#include <stddef.h>

/* Prints what is wrong with the labs: the compiler's errors or the cases that
 * fail, and warnings. */
void print_problems(const struct trial *trials, size_t n);

/* The line of a file where its first TODO stands; 1 when there is none. */
size_t first_todo(const char *path);

#endif
