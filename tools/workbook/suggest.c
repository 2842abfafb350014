#include "suggest.h"

#include <string.h>

enum {
    LONGEST = 64
};

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* How many letters must be put in, left out, replaced or swapped with their
 * neighbour to make b of a. */
static size_t measure_distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST + 1], na = strlen(a), nb = strlen(b);
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    if (na > LONGEST || nb > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= nb; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *oldest = before;
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = smallest(above[j] + 1, row[j - 1] + 1,
                              above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[nb];
}

struct suggestion start_suggestion(const char *wrong)
{
    /* A third of the letters may be wrong, and always two of them. */
    size_t most = strlen(wrong) / 3;

    return (struct suggestion){
        .wrong = wrong,
        .distance = (most < 2 ? 2 : most) + 1,
    };
}

void consider_word(struct suggestion *suggestion, const char *word)
{
    size_t distance = measure_distance(suggestion->wrong, word);

    if (distance < suggestion->distance && distance < strlen(word)) {
        suggestion->distance = distance;
        suggestion->best = word;
    }
}
