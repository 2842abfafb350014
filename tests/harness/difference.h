/** @file difference.h
 * Where two runs of bytes part, for a reader. */
#ifndef DIFFERENCE_H
#define DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
    const char *p;
    size_t n;
};

/** Whether they are equal. */
bool equal_bytes(struct bytes a, struct bytes b);
/** Shows `one` from shortly before where it parts from `other`. */
const char *show_difference(struct bytes one, struct bytes other);

#endif
