#include "lock.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    SOON_US = 250000
};

static void interrupt(int signal)
{
    (void)signal;
}

/* A check that was told to end needs a moment to do so: nothing to speak of.
 * The alarm that ends the wait comes again, lest the first be too early for
 * flock().  Returns whether the lock was taken. */
static int take_soon(int fd)
{
    static const struct sigaction note = {.sa_handler = interrupt};
    static const struct itimerval soon = {{0, SOON_US}, {0, SOON_US}}, never;
    struct sigaction before;
    int taken;

    sigaction(SIGALRM, &note, &before);
    setitimer(ITIMER_REAL, &soon, NULL);
    taken = flock(fd, LOCK_EX) == 0 || errno != EINTR;
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    return taken;
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
