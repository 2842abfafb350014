/* flood-stderr: complains without end.
 *
 * Fails: delivers
 * Cause: output_limit
 * Says: printed more than
 */
#include <err.h>

int main(void)
{
    for (;;)
        warnx("all work and no play makes Jack a dull boy");
}
