/* exec-itself: becomes itself, again and again.
 *
 * Fails: delivers-by-cpu
 * Cause: timeout
 * Says: busy for more than
 */
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argc;
    execv("/proc/self/exe", argv);
    return 1;
}
