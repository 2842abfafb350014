/* announce-nothing: announces a port and does not listen anywhere.
 *
 * Fails: serves
 * Cause: fail
 * Says: no TCP socket that listens
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    puts("listening on 127.0.0.1:80");
    fflush(stdout);
    for (;;)
        pause();
}
