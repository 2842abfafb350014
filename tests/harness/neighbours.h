/** @file neighbours.h
 * Sockets of AF_UNIX, as the rest of the harness sees them. */
#ifndef NEIGHBOURS_H
#define NEIGHBOURS_H

#include "subject.h"

/** A path, or a name behind "@", as the subject has it on its command line. */
struct endpoint endpoint_at(const char *where);

/** Makes the subject's directory the checker's, so that a path of the subject
 * means the same to both, whatever its length; returns what step_back()
 * needs. */
int step_into(const struct subject *s);
/** Undoes it. */
void step_back(int back);

#endif
