/* kill-group: kills its process group, itself included; the checker must not be
 * in it.
 *
 * Fails: delivers
 * Cause: fail
 * Says: SIGKILL
 */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    fork();
    kill(0, SIGKILL);
    for (;;)
        pause();
}
