/* From the learner's words to labs. */
#ifndef WORKBOOK_CHOOSE_H
#define WORKBOOK_CHOOSE_H

#include "manifest.h"
#include "trial.h"

/* The lab of that name.  When there is none, brings the course up to date
 * and looks again; then exits, naming the nearest one. */
const struct lab *want_lab(struct course *course, const char *word,
                           char **argv);

/* The lab that is a command's only argument; exits when it is not so. */
const struct lab *want_only_lab(struct course *course, int argc, char **argv);

/* Brings the course up to date: its description, and this runner. */
void refresh_course(struct course *course, char **argv);

/* Makes a trial of each lab that the words name, of all labs if there are no
 * words; in course order, each once.  Returns how many. */
size_t choose_trials(struct course *course, const char *const *words,
                     size_t nwords, char **argv, struct trial **trials);

#endif
