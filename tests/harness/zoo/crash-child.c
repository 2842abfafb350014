/* crash-child: delivers, but a child of it, which it waits for, crashes.
 *
 * Fails: delivers
 * Cause: crash
 * Says: it called abort()
 */
#include "deliver.h"

#include <sys/wait.h>

int main(int argc, char **argv)
{
    (void)argc;
    if (fork() == 0)
        abort();
    wait(NULL);
    return deliver(argv);
}
