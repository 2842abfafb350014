/* Whose file was saved. */
#ifndef WATCH_SAVES_H
#define WATCH_SAVES_H

#include "../manifest.h"

#include <time.h>

struct saves {
    int fd;                 /* readable when something was saved; inotify's */
    int looks;              /* file systems that say nothing are looked at */
    struct timespec *times; /* of each lab's file, when it was last seen */
};

/* Watches the files of all labs on the desk, whose folders are there. */
void open_saves(struct saves *saves, const struct course *course);

/* How long poll() may wait before the next look: milliseconds, or -1. */
int saves_timeout(const struct saves *saves);

/* The lab whose file was saved since the last call, or NULL; of several the
 * last one in the course. */
const struct lab *next_save(struct saves *saves, const struct course *course);

void close_saves(struct saves *saves);

#endif
