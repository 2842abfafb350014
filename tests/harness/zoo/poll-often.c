/* poll-often: asks every ten milliseconds whether something has happened; it
 * is neither busy nor asleep for good.
 *
 * Fails: delivers
 * Cause: timeout
 * Says: your program
 */
#include <poll.h>
#include <stddef.h>

int main(void)
{
    for (;;)
        poll(NULL, 0, 10);
}
