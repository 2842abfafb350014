#include "lock.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

int take_lock(const char *path, const char *waiting)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

    if (fd == -1)
        err(2, "cannot write %s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
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
