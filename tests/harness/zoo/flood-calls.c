/* flood-calls: makes watched calls without end.
 *
 * Fails: delivers-by-calls
 * Cause: resource_limit
 * Says: watched calls
 */
#include <sys/socket.h>

int main(void)
{
    for (;;)
        socket(AF_UNSPEC, SOCK_STREAM, 0);
}
