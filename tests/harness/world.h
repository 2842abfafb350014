/** @file world.h
 * Where the checker and its subjects live. */
#ifndef WORLD_H
#define WORLD_H

#include <stddef.h>

/** Enters a network of our own where that is permitted, and keeps to one
 * processor: the nth worker to another than those before it. */
void enter_world(size_t nth);
/** Undoes what need_setting() has done for a case. */
void restore_settings(void);

#endif
