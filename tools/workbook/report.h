/* What a check has found, on stdout.  The story of a verdict is always the
 * checker's; here stands what goes around it. */
#ifndef WORKBOOK_REPORT_H
#define WORKBOOK_REPORT_H

#include "trial.h"

#include <stddef.h>

/* One result object a line. */
void print_json(const struct trial *trials, size_t n);

/* After the verdict that a checker has shown itself: what the compiler said,
 * and the way on.  `part`: only some of its cases were run. */
void print_only(const struct course *course, const struct trial *trial,
                int part);

/* A table by chapters, from one of them on, as far as they have been judged.
 * Returns the chapter to go on with. */
size_t print_chapters(const struct course *course, size_t from,
                      const struct trial *trials, size_t n);

/* The verdict of the first lab that was begun and fails. */
void print_first(const struct trial *trials, size_t n);

#endif
