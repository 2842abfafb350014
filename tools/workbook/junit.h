/* Results in JUnit's XML, for the tools that read nothing else. */
#ifndef WORKBOOK_JUNIT_H
#define WORKBOOK_JUNIT_H

#include "trial.h"

#include <stddef.h>

/* Writes a suite for each lab and a test case for each case.  Returns 0, or
 * -1 after a message when the file could not be written. */
int write_junit(const char *path, const struct trial *trials, size_t n);

#endif
