/** @file check.h
 * Plain checks for the harness's unit tests: they print wanted and got. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

/** How many checks have failed; main() returns `failures != 0`. */
static int failures;

/** Two numbers are the same. */
#define CHECK_NUMBER(what, want, got)                                          \
    check_number(__LINE__, what, (long)(want), (long)(got))
/** Two strings are the same; either may be NULL. */
#define CHECK_TEXT(what, want, got) check_text(__LINE__, what, want, got)

static inline void check_number(int line, const char *what, long want, long got)
{
    if (want == got)
        return;
    printf("line %d: %s: wanted %ld, got %ld\n", line, what, want, got);
    failures++;
}

static inline void check_text(int line, const char *what, const char *want,
                              const char *got)
{
    if (want == got || (want != NULL && got != NULL && strcmp(want, got) == 0))
        return;
    printf("line %d: %s\n  wanted %s\n  got    %s\n", line, what,
           want != NULL ? want : "(NULL)", got != NULL ? got : "(NULL)");
    failures++;
}

#endif
