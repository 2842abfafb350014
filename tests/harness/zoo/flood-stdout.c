/* flood-stdout: prints without end.
 *
 * Fails: delivers
 * Cause: output_limit
 * Says: printed more than
 */
#include <stdio.h>

int main(void)
{
    while (puts("All work and no play makes Jack a dull boy.") != EOF)
        ;
    return 1;
}
