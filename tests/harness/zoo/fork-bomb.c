/* fork-bomb: forks, and so does each of its children.
 *
 * Fails: delivers
 * Cause: resource_limit
 * Says: processes
 */
#include <unistd.h>

int main(void)
{
    for (;;)
        fork();
}
