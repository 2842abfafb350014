/* busy-poll: asks poll() without end, and never waits.
 *
 * Fails: delivers
 * Cause: timeout
 * Says: busy for more than
 */
#include <poll.h>

int main(void)
{
    struct pollfd p = {.fd = -1, .events = POLLIN};

    for (;;)
        poll(&p, 1, 0);
}
