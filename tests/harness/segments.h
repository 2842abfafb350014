/** @file segments.h
 * The third voice of a trail: what was on the wire. */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include "capture.h"

/** Adds to the story each packet that means something to its reader. */
void tell_segments(const struct capture *c);

#endif
