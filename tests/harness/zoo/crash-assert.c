/* crash-assert: asserts what is not so.
 *
 * Fails: delivers
 * Cause: crash
 * Says: the assertion 'argc == 0' failed
 */
#include <assert.h>

int main(int argc, char **argv)
{
    (void)argv;
    assert(argc == 0);
    return 0;
}
