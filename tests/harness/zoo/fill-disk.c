/* fill-disk: fills the disk, with files that are not too large each.
 *
 * Fails: delivers
 * Cause: resource_limit
 * Says: MiB to its directory
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char megabyte[1 << 20];

int main(void)
{
    char name[32];

    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "file-%d", i);
        int fd = open(name, O_WRONLY | O_CREAT, 0600);
        for (int k = 0; k < 15; k++)
            if (write(fd, megabyte, sizeof megabyte) == -1)
                return 1;
        close(fd);
    }
    for (;;)
        pause();
}
