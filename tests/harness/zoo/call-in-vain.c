/* call-in-vain: makes the same call again and again, and gets nothing.
 *
 * Fails: delivers
 * Cause: timeout
 * Says: it called send() 1000 times in a row, and each time got EBADF
 */
#include <sys/socket.h>

int main(void)
{
    for (;;)
        send(-1, "x", 1, 0);
}
