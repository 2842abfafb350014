/* crash-abort: calls abort().
 *
 * Fails: delivers
 * Cause: crash
 * Says: it called abort()
 */
#include <stdlib.h>

int main(void)
{
    abort();
}
