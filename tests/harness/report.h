/** @file report.h
 * What a run has shown, for people and for programs. */
#ifndef REPORT_H
#define REPORT_H

#include "cases.h"

#include <stdio.h>

/** One run of a checker. */
struct report {
    const char *chapter, *lab;
    struct result *results;
    size_t n;
    uint64_t seed;
    double seconds;
    bool netns; /**< the cases had networks of their own */
};

/** The verdict as a person reads it; `with_trails`: every story, whole. */
void print_report(FILE *f, const struct report *r, bool with_trails);
/** What is known while cases still run: the first of those that have failed
 * so far.  The final verdict's may stand before it. */
void print_progress(FILE *f, const struct report *r);
/** The verdict as one line of JSON (docs/result.schema.json). */
void print_report_json(FILE *f, const struct report *r);
/** The cases as one line of JSON, without a run. */
void print_cases_json(FILE *f, const char *chapter, const char *lab);
/** The exit status that stands for it. */
int report_status(const struct report *r);
/** The first case that failed, or NULL. */
const struct result *first_failure(const struct report *r);

#endif
