/* kill-parent: tries to kill its parent, the checker, in three ways.
 *
 * Fails: delivers
 * Cause: fail
 * Says: not its own
 */
#define _GNU_SOURCE
#include "deliver.h"

#include <signal.h>
#include <sys/syscall.h>

int main(int argc, char **argv)
{
    pid_t parent = getppid();

    (void)argc;
    if (kill(parent, SIGKILL) == 0 || kill(-getpgid(parent), SIGKILL) == 0 ||
        syscall(SYS_tgkill, parent, parent, SIGKILL) == 0)
        return 3;
    return deliver(argv);
}
