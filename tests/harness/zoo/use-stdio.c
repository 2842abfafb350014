/* use-stdio: delivers through stdio on the socket, a byte at a time.
 *
 * Fails: none
 */
#include "deliver.h"

int main(int argc, char **argv)
{
    (void)argc;
    FILE *wire = fdopen(reach(argv[2], argv[3]), "r+");
    if (wire == NULL)
        err(1, "fdopen");
    for (int c; (c = getchar()) != EOF;)
        putc(c, wire);
    fclose(wire);
    puts("done");
    return 0;
}
