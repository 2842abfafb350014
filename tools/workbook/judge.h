/* Checkers, run over the cores. */
#ifndef WORKBOOK_JUDGE_H
#define WORKBOOK_JUDGE_H

#include "trial.h"

#include <stddef.h>

/* What becomes of the text of a verdict. */
enum verdict_text {
    TEXT_NONE, /* only the result object is made */
    TEXT_SHOW, /* the checker writes it on our stdout, as it comes */
    TEXT_KEEP, /* it is kept in the trial */
};

/* How the checkers of some trials are run. */
struct judging {
    enum verdict_text text;
    const char *const *extra; /* more arguments, NULL at the end; or NULL */
    void (*tell)(void *data); /* called whenever one begins or ends; or NULL */
    void *data;
};

/* Runs the checkers of all trials that were built, and gives every trial its
 * result. */
void judge_trials(struct trial *trials, size_t n, const struct judging *how);

#endif
