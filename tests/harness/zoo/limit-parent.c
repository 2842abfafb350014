/* limit-parent: tries to take the descriptors from its parent, the checker.
 *
 * Fails: delivers
 * Cause: fail
 * Says: not its own
 */
#define _GNU_SOURCE
#include "deliver.h"

#include <sys/resource.h>

int main(int argc, char **argv)
{
    struct rlimit none = {0, 0};

    (void)argc;
    if (prlimit(getppid(), RLIMIT_NOFILE, &none, NULL) == 0)
        return 3;
    return deliver(argv);
}
