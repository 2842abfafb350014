/* stop-itself: stops itself, again and again.
 *
 * Fails: delivers
 * Cause: timeout
 * Says: stopped itself
 */
#include <signal.h>

int main(void)
{
    for (;;)
        raise(SIGSTOP);
}
