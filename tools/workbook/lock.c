#include "lock.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum {
    TRIES = 50,
    PAUSE_MS = 5
};

/* A check that was told to end needs a moment to do so: nothing to speak of.
 * Returns whether the lock was taken. */
static int take_soon(int fd)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

    for (int i = 0; i < TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return 1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

int take_lock(const char *path, const char *waiting)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

    if (fd == -1)
        err(2, "cannot write %s", path);
    if (take_soon(fd))
        return fd;
    if (waiting)
        fprintf(stderr, "%s\n", waiting);
    flock(fd, LOCK_EX);
    return fd;
}

void share_lock(int lock)
{
    flock(lock, LOCK_SH);
}

void drop_lock(int lock)
{
    close(lock);
}
