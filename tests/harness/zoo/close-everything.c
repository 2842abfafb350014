/* close-everything: closes all that it was given, and exits.
 *
 * Fails: delivers
 * Cause: fail
 * Says: ended with status 0
 */
#include <unistd.h>

int main(void)
{
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
    _exit(0);
}
