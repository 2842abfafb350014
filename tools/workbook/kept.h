/* What was found out about a lab, kept beside its program for as long as it
 * holds: what the compiler said, until the source changes, and the verdict,
 * until the program or its checker does. */
#ifndef WORKBOOK_KEPT_H
#define WORKBOOK_KEPT_H

#include "trial.h"

#include <cjson/cJSON.h>

/* Keeps what can be kept; a full disk is no trouble.  Verdicts must be of all
 * cases, and the programs still those that were judged. */
void keep_words(const struct lab *lab, const char *words);
void keep_verdicts(const struct trial *trials, size_t n);

/* What was kept, to be freed; NULL when there is nothing that still holds.
 * Of a verdict the first case that fails is there, without its story. */
char *kept_words(const struct lab *lab);
cJSON *kept_verdict(const struct lab *lab);

#endif
