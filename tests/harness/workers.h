/** @file workers.h
 * Cases run at the same time, two for each processor, since a case sleeps for
 * half of its time. */
#ifndef WORKERS_H
#define WORKERS_H

#include "schedule.h"

/** What all cases have in common. */
struct job {
    const char *program;
    uint64_t seed;
    bool exhaust;               /**< replay every case with every legal fault */
    struct schedules schedules; /**< of cases with random faults */
    const char *pcap;           /**< a file for the packets, or NULL */
    void (*hear)(void);         /**< called after each result, or NULL */
};

/** Runs results[i].c for each i below n and fills in what came of it.
 * Returns whether they ran in private networks. */
bool run_all(struct result *results, size_t n, const struct job *job);

#endif
