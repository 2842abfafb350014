/** @file findings.h
 * What a fact has found: a fact's process notes it in memory that it shares
 * with the one that reports, so that nothing is lost however it ends. */
#ifndef FINDINGS_H
#define FINDINGS_H

#include "fact.h"

#include <stdio.h>

enum {
    MOST_FINDINGS = 20, /* of one fact; what else was found is counted */
    MOST_ALIKE = 6      /* of one condition: most stand in loops */
};

/** One condition or call that was tried, and what came of it. */
struct finding {
    char tried[240]; /**< as it stands in the program */
    char got[240];   /**< what was measured; empty where that says nothing */
};

/** All that one fact has found. */
struct findings {
    int n, more;    /**< how many are kept, how many are not */
    char why[1024]; /**< why it does not hold; empty when it does */
    struct finding list[MOST_FINDINGS];
};

/** Makes the memory in which findings are noted, shared with processes that
 * are forked from now on; NULL, with errno set, where there is none. */
struct findings *share_findings(void);

/** Notes what came of something that was tried, once; errno stays. */
void note_finding(struct findings *f, const char *tried, const char *got);

/** Notes why a fact does not hold, as one line. */
void note_why(struct findings *f, const char *why);

/** Writes a fact and what it has found as one line of JSON
 * (docs/proof.schema.json). */
void print_findings_json(FILE *out, const struct fact *fact, const char *status,
                         const struct findings *f);

#endif
