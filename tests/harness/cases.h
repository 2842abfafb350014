/** @file cases.h
 * The cases of this checker, and what came of each. */
#ifndef CASES_H
#define CASES_H

#include "subject.h"
#include "trail.h"

enum status {
    STATUS_PASS,
    STATUS_FAIL,
    STATUS_SKIP,
    STATUS_NOT_RUN
};

/** What came of one case. */
struct result {
    const struct labcase *c;
    enum status status;
    enum cause cause;
    const char *message; /**< all of it in one line; "" when it passed */
    const char *wanted, *got, *why; /**< may be NULL */
    uint64_t seed;
    double seconds;
    struct trail trail;
};

/** The cases in the order of their file; how many. */
struct labcase **all_cases(size_t *n);
/** Runs one case on the program, with a world of its own. */
struct result run_case(const struct labcase *c, const char *path,
                       uint64_t seed);
/** The program that start() runs. */
const char *current_program(void);
/** Ends the case: the checker itself cannot go on. */
_Noreturn void break_case(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/** The name of a cause or status as the JSON has it. */
const char *cause_name(enum cause cause);
const char *status_name(enum status status);

#endif
