/* print-escapes: delivers, but prints control sequences of a terminal, and
 * bytes that are not UTF-8, where "done" was due.
 *
 * Fails: delivers
 * Cause: fail
 * Says: \x1b[2J
 */
#include "deliver.h"

int main(int argc, char **argv)
{
    (void)argc;
    fputs("\033[2J\033]0;owned\a\xff\xfe\xc0\x80\x9b"
          "31m",
          stdout);
    fputs("\033[1mAll cases pass\033[0m\n", stderr);
    return deliver(argv);
}
