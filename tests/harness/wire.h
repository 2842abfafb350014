/** @file wire.h
 * Results on their way from a worker to the checker that reports them. */
#ifndef WIRE_H
#define WIRE_H

#include "cases.h"

#include <stdio.h>

/** Writes the result of the case with this number. */
void send_result(FILE *to, size_t number, const struct result *r);
/** Reads one result into its place in `results`, of which there are n.
 * Returns false at the end of the file, and when it makes no sense. */
bool receive_result(FILE *from, struct result *results, size_t n);

#endif
