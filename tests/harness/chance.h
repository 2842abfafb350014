/** @file chance.h
 * Where the random data of a case comes from. */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdint.h>

/** Starts the case's own sequence: the same seed and id, the same data. */
void seed_chance(uint64_t seed, const char *id);
/** The next 64 random bits of a sequence, of which this number is all there is
 * to keep. */
uint64_t next_chance(uint64_t *sequence);
/** A seed that nobody has chosen. */
uint64_t fresh_seed(void);

#endif
