/* crash-asan: writes behind the end of an array.
 *
 * Fails: delivers
 * Cause: crash
 * Says: write of 1 byte in fill() at crash-asan.c:
 */
#include <stddef.h>

static void fill(volatile char *p, size_t n)
{
    for (size_t i = 0; i <= n; i++)
        p[i] = 'x';
}

int main(void)
{
    char head[16];

    fill(head, sizeof head);
    return head[0] != 'x';
}
