/* How far a learner is with each lab. */
#ifndef WORKBOOK_PROGRESS_H
#define WORKBOOK_PROGRESS_H

#include "manifest.h"
#include "show.h"
#include "state.h"

/* The mark that stands before a lab: none while its file is the starter,
 * whatever a checker says of that. */
enum mark find_mark(const struct state *state, const struct lab *lab);

/* The first lab, from a place on, that never passed; NULL when all have. */
const struct lab *find_unsolved(const struct course *course, size_t from);

/* Where to go on from a lab: the first behind it that never passed, or else
 * the first of all; NULL when all have. */
const struct lab *find_next(const struct course *course, const struct lab *lab);

/* How many labs have passed. */
size_t count_passed(const struct course *course);

#endif
