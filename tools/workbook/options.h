/* What follows `./workbook check`. */
#ifndef WORKBOOK_OPTIONS_H
#define WORKBOOK_OPTIONS_H

#include "paths.h"

#include <stddef.h>

struct options {
    int json;           /* result objects instead of text */
    int problems;       /* what is wrong, as editors read it */
    const char *junit;  /* the file to write, or NULL */
    int part;           /* only some cases are run */
    int bare;           /* after "--": only the checker is heard */
    const char **words; /* labs and chapters */
    size_t nwords;
    const char **extra; /* for the checker, NULL at the end */
    size_t nextra;
    struct path file; /* one of them: where packets go */
};

/* Takes the arguments after the command's name apart; exits with a sentence
 * when it cannot. */
void read_options(struct options *options, int argc, char **argv);
void free_options(struct options *options);

#endif
