/* The nearest right word. */
#ifndef WORKBOOK_SUGGEST_H
#define WORKBOOK_SUGGEST_H

#include <stddef.h>

/* A search for the word nearest to a wrong one. */
struct suggestion {
    const char *wrong;
    const char *best; /* NULL while nothing is near enough */
    size_t distance;
};

struct suggestion start_suggestion(const char *wrong);
void consider_word(struct suggestion *suggestion, const char *word);

#endif
