/* link-statically: delivers; statically linked, without sanitizers.
 *
 * Fails: none
 */
#include "deliver.h"

int main(int argc, char **argv)
{
    (void)argc;
    return deliver(argv);
}
