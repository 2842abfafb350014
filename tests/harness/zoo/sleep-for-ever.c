/* sleep-for-ever: sleeps until a signal comes, and none does.
 *
 * Fails: delivers
 * Cause: timeout
 * Says: waits
 */
#include <unistd.h>

int main(void)
{
    for (;;)
        pause();
}
