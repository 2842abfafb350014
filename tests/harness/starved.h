/** @file starved.h
 * How long the machine was too busy for us: see /proc/PID/schedstat. */
#ifndef STARVED_H
#define STARVED_H

#include <stdint.h>
#include <sys/types.h>

/** Nanoseconds for which the checker and its subjects, ready to run, have
 * waited for a processor; 0 where the kernel does not count.  It only grows. */
uint64_t starved_ns(void);
/** A task is about to end: its share is kept. */
void keep_starved(pid_t tid);

#endif
