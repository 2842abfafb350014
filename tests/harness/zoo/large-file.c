/* large-file: writes one file without end.
 *
 * Fails: delivers
 * Cause: resource_limit
 * Says: SIGXFSZ
 */
#include <fcntl.h>
#include <unistd.h>

static const char megabyte[1 << 20];

int main(void)
{
    int fd = open("large", O_WRONLY | O_CREAT, 0600);

    while (write(fd, megabyte, sizeof megabyte) != -1)
        ;
    return 1;
}
