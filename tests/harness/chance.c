#define _GNU_SOURCE
#include "chance.h"

#include "harness.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t state;

/* splitmix64 (Steele, Lea, Flood 2014): every seed is a good one. */
uint64_t next_chance(uint64_t *sequence)
{
    uint64_t z = *sequence += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void seed_chance(uint64_t seed, const char *id)
{
    state = seed;
    for (; *id != '\0'; id++)
        state = (state ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
}

uint64_t fresh_seed(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        err(2, "getrandom");
    return seed;
}

uint32_t chance_below(uint32_t n)
{
    return (uint32_t)(next_chance(&state) >> 32) % n;
}

void chance_bytes(void *bytes, size_t n)
{
    unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(next_chance(&state) >> 56);
}

const char *chance_word(size_t n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char *word = malloc(n + 1);

    if (word == NULL)
        err(2, "malloc");
    for (size_t i = 0; i < n; i++)
        word[i] = letters[chance_below(sizeof letters - 1)];
    word[n] = '\0';
    return word;
}
