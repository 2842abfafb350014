/* trace-parent: tries to trace its parent, the checker.
 *
 * Fails: delivers
 * Cause: fail
 * Says: not its own
 */
#include "deliver.h"

#include <sys/ptrace.h>

int main(int argc, char **argv)
{
    (void)argc;
    if (ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0)
        return 3;
    return deliver(argv);
}
