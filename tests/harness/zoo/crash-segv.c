/* crash-segv: writes through a null pointer; built without sanitizers.
 *
 * Fails: delivers
 * Cause: crash
 * Says: SIGSEGV in store() at crash-segv.c:
 */
#include <stddef.h>

static void store(volatile int *p)
{
    *p = 1;
}

int main(void)
{
    store(NULL);
    return 0;
}
