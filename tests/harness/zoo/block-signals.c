/* block-signals: blocks all signals, and sleeps.
 *
 * Fails: delivers
 * Cause: timeout
 * Says: waits
 */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

int main(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (;;)
        sleep(1000);
}
