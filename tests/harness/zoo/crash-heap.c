/* crash-heap: reads a block of memory that it has given back.
 *
 * Fails: delivers
 * Cause: crash
 * Says: bytes that drop() had freed at crash-heap.c:
 */
#include <stdlib.h>
#include <string.h>

static void drop(char *p)
{
    free(p);
}

int main(void)
{
    char *volatile line = strdup("hello");

    drop(line);
    return line[0];
}
