/* A checker's result object; docs/result.schema.json says what is in it. */
#ifndef WORKBOOK_RESULT_H
#define WORKBOOK_RESULT_H

#include "manifest.h"

#include <cjson/cJSON.h>

/* Reads one object.  NULL when it is not a result of this lab. */
cJSON *parse_result(const char *json, const struct lab *lab);

/* A result that no checker gave: a build_error, or a checker_error.  Names
 * the lab's cases as not run if its checker can list them. */
cJSON *make_result(const struct lab *lab, const char *verdict,
                   const char *message);

/* What `CHECKER --list --json` says, or NULL. */
cJSON *list_cases(const struct lab *lab);

/* A text of an object, "" when there is none. */
const char *text_of(const cJSON *object, const char *name);

const char *verdict_of(const cJSON *result);
int passes(const cJSON *result);

/* Whether it says something about the learner's program. */
int is_judged(const cJSON *result);

/* How many cases have that status, or how many there are for NULL. */
size_t count_cases(const cJSON *result, const char *status);

/* The first case that failed, or NULL. */
const cJSON *first_failure(const cJSON *result);

#endif
