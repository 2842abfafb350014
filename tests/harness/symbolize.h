/** @file symbolize.h
 * From addresses to lines of source. */
#ifndef SYMBOLIZE_H
#define SYMBOLIZE_H

#include <stddef.h>
#include <stdint.h>

/** A place in somebody's source. */
struct place {
    const char *function; /**< NULL: unknown */
    const char *file;     /**< without its directories; NULL: unknown */
    int line;
};

/** Names the places of n addresses in a program, as its ELF file counts them,
 * with one run of addr2line (binutils).  Where that is missing, or takes
 * longer than some seconds, all places stay unknown. */
void name_places(const char *program, const uint64_t *addresses,
                 struct place *places, size_t n);

/** Reads the two lines that `addr2line -f` writes for one address; returns
 * what follows them, or NULL when they are not there. */
const char *read_place(const char *lines, struct place *place);

#endif
