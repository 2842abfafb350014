/** @file world.h
 * Where the checker and its subjects live. */
#ifndef WORLD_H
#define WORLD_H

/** Enters a network of our own where that is permitted, and keeps to one
 * processor. */
void enter_world(void);

#endif
