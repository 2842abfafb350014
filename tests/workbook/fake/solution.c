/* NAME: count to a number
 *
 *   NAME N
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;

    /* TODO 1: print all numbers up to n */
    for (long i = 1; i <= n; i++)
        printf("%ld\n", i);
    /* END 1 */
    return 0;
}
