/** @file judge.h
 * Whether a program failed as it was meant to: how checkers are proved. */
#ifndef JUDGE_H
#define JUDGE_H

#include "report.h"

/** Compares the run with a file's header lines, which may stand behind " * ":
 *
 *     Fails: CASE, CASE    the exact set, or "none".  Skipped cases aside, and
 *                          those with RANDOM_FAULTS that are not named
 *     Says: WORDS          stand in the message of each of them
 *     Says CASE: WORDS     stand in the message of that one
 *     Cause: NAME          of each of them
 *
 * Says on stdout what differs; returns 0, 1, or 77 when all was skipped. */
int judge_expectation(const struct report *r, const char *path);
/** Whether `unsolved` is the first case that fails; returns as above. */
int judge_starter(const struct report *r, const char *unsolved);

#endif
