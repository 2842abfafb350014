/* crash-ubsan: adds to the largest integer.
 *
 * Fails: delivers
 * Cause: crash
 * Says: UndefinedBehaviorSanitizer: signed integer overflow
 */
#include <limits.h>

int main(int argc, char **argv)
{
    int most = INT_MAX;

    (void)argv;
    return most + argc;
}
