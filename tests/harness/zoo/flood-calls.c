/* flood-calls: makes watched calls without end.
 *
 * Fails: delivers
 * Cause: timeout
 */
#include <sys/socket.h>

int main(void)
{
    for (;;)
        send(-1, "x", 1, 0);
}
