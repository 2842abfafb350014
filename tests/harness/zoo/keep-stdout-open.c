/* keep-stdout-open: delivers; a child that outlives it holds stdout open, so
 * that its end of file never comes.
 *
 * Fails: none
 */
#include "deliver.h"

int main(int argc, char **argv)
{
    (void)argc;
    if (fork() == 0)
        for (;;)
            pause();
    return deliver(argv);
}
