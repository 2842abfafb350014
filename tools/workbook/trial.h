/* One lab on its way from source to verdict. */
#ifndef WORKBOOK_TRIAL_H
#define WORKBOOK_TRIAL_H

#include "manifest.h"

#include <cjson/cJSON.h>

struct trial {
    const struct lab *lab;
    char *compiler; /* what was said when it did not compile; or NULL */
    char *warnings; /* what holds its warnings; or NULL */
    int broken;     /* the learner's file does not compile */
    int runs;       /* its checker is at work */
    char *output;   /* what the checker wrote, if that was kept */
    cJSON *result;  /* the result object; NULL until there is one */
};

void free_trial(struct trial *trial);

#endif
