/* How far a learner is with each lab. */
#ifndef WORKBOOK_PROGRESS_H
#define WORKBOOK_PROGRESS_H

#include "manifest.h"
#include "show.h"
#include "state.h"

/* The mark that stands before a lab. */
enum mark find_mark(const struct state *state, const char *lab);

#endif
