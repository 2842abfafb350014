/** @file start.h
 * How a subject comes into the world. */
#ifndef START_H
#define START_H

/** Tries in a throw-away child whether programs can be traced here.
 * Returns NULL, or a sentence that says why not and what would help. */
const char *why_not_traced(void);

#endif
