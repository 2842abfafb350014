/** @file sanitizer.h
 * Reads what AddressSanitizer and its kin write to stderr as they stop a
 * program, with symbolize=0. */
#ifndef SANITIZER_H
#define SANITIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MOST_FRAMES = 8
};

/** The frames of one stack that lie in the program itself, innermost first;
 * addresses as its ELF file counts them. */
struct stack {
    uint64_t at[MOST_FRAMES];
    size_t n;
};

/** On which side of an object a bad access was. */
enum side {
    SIDE_UNKNOWN,
    SIDE_AFTER,
    SIDE_BEFORE,
    SIDE_INSIDE
};

/** What a report says.  Strings are NULL when it does not say. */
struct sanitizer_report {
    const char *tool;     /**< "AddressSanitizer" */
    const char *kind;     /**< "heap-use-after-free"; UBSan: a sentence */
    const char *access;   /**< "read" or "write" */
    size_t size;          /**< of the access in bytes; 0: unknown */
    bool has_address;     /**< a signal's report: the address follows */
    uint64_t address;     /**< that was no memory */
    const char *file;     /**< UBSan names the place itself */
    int line;             /**< in that file */
    const char *variable; /**< the object that was missed */
    int declared;         /**< the line of its declaration; 0: unknown */
    size_t region;        /**< or the bytes of a heap block; 0: none */
    enum side side;
    struct stack stack, allocated, freed;
};

/** Reads the first report in what the program wrote to stderr.  Returns false
 * when there is none. */
bool read_sanitizer_report(const char *program, const char *errors,
                           struct sanitizer_report *report);

#endif
