/* close-stdout: closes stdout and stderr, and sleeps.
 *
 * Fails: delivers
 * Cause: timeout
 * Says: waits
 */
#include <unistd.h>

int main(void)
{
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    for (;;)
        sleep(1000);
}
