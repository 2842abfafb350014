/* flood-stderr: complains without end.
 *
 * Fails: delivers
 * Cause: output_limit
 * Says: printed more than
 */
#include <stdio.h>

int main(void)
{
    for (;;)
        fprintf(stderr, "%4000s\n", "all work and no play");
}
