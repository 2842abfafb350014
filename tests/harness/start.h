/** @file start.h
 * How a subject comes into the world. */
#ifndef START_H
#define START_H

#include "subject.h"

#include <stdarg.h>

/** Tries in a throw-away child whether programs can be traced here.
 * Returns NULL, or a sentence that says why not and what would help. */
const char *why_not_traced(void);

enum {
    MOST_ARGUMENTS = 2048 /**< that a subject may be given */
};

/** Starts a program with its arguments, which end with NULL: by an emulator,
 * at whose path it is called with the program, or as it is (NULL).  The calls
 * of an emulator are not the program's: they are neither counted nor told, and
 * no fault is done to them. */
struct subject *start_by(const char *emulator, const char *program,
                         const char *const *arguments);

/** Collects arguments up to NULL; `list` has room for MOST_ARGUMENTS and the
 * NULL that ends it. */
void gather_arguments(const char *list[], const char *first, va_list ap);

#endif
