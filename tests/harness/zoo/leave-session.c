/* leave-session: delivers, and leaves a child in a session of its own that
 * computes for ever.
 *
 * Fails: none
 */
#include "deliver.h"

int main(int argc, char **argv)
{
    (void)argc;
    if (fork() == 0) {
        setsid();
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        for (volatile unsigned long i = 0;; i++)
            ;
    }
    return deliver(argv);
}
