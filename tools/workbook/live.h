/* What is seen while several labs are judged: each chapter of the table as
 * soon as it is complete, and on a terminal a line that tells who is next. */
#ifndef WORKBOOK_LIVE_H
#define WORKBOOK_LIVE_H

#include "trial.h"

#include <stddef.h>

struct live {
    const struct course *course;
    const struct trial *trials;
    size_t n;
    size_t printed; /* chapters */
};

/* Shows what is new; `data` is the struct live. */
void show_live(void *data);

#endif
