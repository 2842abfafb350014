/* kill-everybody: tries to kill every process that it may.
 *
 * Fails: delivers
 * Cause: fail
 * Says: every process
 */
#include "deliver.h"

#include <signal.h>

int main(int argc, char **argv)
{
    (void)argc;
    if (kill(-1, SIGKILL) == 0)
        return 3;
    return deliver(argv);
}
