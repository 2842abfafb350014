/* eat-memory: takes memory without end, and uses it.
 *
 * Fails: delivers
 * Cause: resource_limit
 * Says: MiB of memory
 */
#include <stdlib.h>
#include <string.h>

int main(void)
{
    for (;;) {
        char *p = malloc(4 << 20);
        if (p != NULL)
            memset(p, 1, 4 << 20);
    }
}
