/* use-io-uring: asks for an io_uring, whose calls nobody could watch; there is
 * none, and it delivers without.
 *
 * Fails: none
 */
#define _GNU_SOURCE
#include "deliver.h"

#include <errno.h>
#include <sys/syscall.h>

int main(int argc, char **argv)
{
    char parameters[256] = {0};

    (void)argc;
    if (syscall(SYS_io_uring_setup, 8, parameters) != -1 || errno != ENOSYS)
        return 3;
    return deliver(argv);
}
