/* What the learner has reached: work/.state, one row a lab.
 *
 *   version 1
 *   lab <TAB> passed_at <TAB> last_status <TAB> case:hints,...
 *
 * passed_at is in seconds since 1970; "-" stands for nothing.  Rows of labs
 * that the course does not have (any more, or yet) are kept. */
#ifndef WORKBOOK_STATE_H
#define WORKBOOK_STATE_H

#include <stddef.h>

struct record {
    char *lab;
    char *passed_at;
    char *status;
    char *hints;
};

struct state {
    struct record *records;
    size_t nrecords;
    int lock; /* -1: only read */
    int changed;
};

/* Reads the state.  A damaged file is renamed, and the learner told. */
void load_state(struct state *state);

/* The same, to be changed and then saved; others wait meanwhile. */
void open_state(struct state *state);

/* Ends either.  Returns 0, or -1 after a message when what has changed could
 * not be written; the old file is then still there. */
int close_state(struct state *state);

/* A lab's row, or NULL when it was never tried. */
const struct record *find_record(const struct state *state, const char *lab);
int has_passed(const struct state *state, const char *lab);

void note_verdict(struct state *state, const char *lab, const char *verdict);
void forget_lab(struct state *state, const char *lab);

/* How many hints of a case were given, and that one more was. */
int count_hints(const struct state *state, const char *lab, const char *id);
void note_hint(struct state *state, const char *lab, const char *id);

#endif
