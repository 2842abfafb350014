/* ask-clock: asks the clock without end, and never waits: calls that need no
 * kernel, or are not watched.
 *
 * Fails: delivers-by-cpu
 * Cause: timeout
 * Says: busy for more than
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    struct timespec t;

    for (;;) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        syscall(SYS_getpid);
    }
}
