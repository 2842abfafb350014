/* kill-by-pidfd: tries to kill its parent, the checker, through a pidfd.
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
    int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);

    (void)argc;
    if (fd != -1 && syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0)
        return 3;
    return deliver(argv);
}
