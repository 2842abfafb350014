/* stop-parent: tries to stop its parent, the checker.
 *
 * Fails: delivers
 * Cause: fail
 * Says: not its own
 */
#include "deliver.h"

#include <signal.h>

int main(int argc, char **argv)
{
    (void)argc;
    if (kill(getppid(), SIGSTOP) == 0)
        return 3;
    return deliver(argv);
}
