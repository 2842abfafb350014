/* hop-away: forks and exits, and so does each of its children: never many at
 * once, and never the same.
 *
 * Fails: delivers-by-cpu
 * Cause: timeout
 * Says: busy for more than
 */
#include <unistd.h>

int main(void)
{
    for (;;)
        if (fork() != 0)
            _exit(0);
}
