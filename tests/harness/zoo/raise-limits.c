/* raise-limits: tries to raise its own limits, in vain, and delivers.
 *
 * Fails: none
 */
#include "deliver.h"

#include <sys/resource.h>

int main(int argc, char **argv)
{
    struct rlimit most = {RLIM_INFINITY, RLIM_INFINITY};

    (void)argc;
    if (setrlimit(RLIMIT_FSIZE, &most) == 0)
        return 3;
    most.rlim_cur = most.rlim_max = 4096;
    if (setrlimit(RLIMIT_NOFILE, &most) == 0)
        return 4;
    return deliver(argv);
}
