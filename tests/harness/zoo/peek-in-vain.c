/* peek-in-vain: looks at the same byte again and again, and waits for a second.
 *
 * Fails: delivers
 * Cause: timeout
 * Says: it called recv() 1000 times in a row, and each time got 1
 */
#include <sys/socket.h>

int main(void)
{
    int ends[2];
    char two[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1 ||
        send(ends[0], "x", 1, 0) != 1)
        return 1;
    while (recv(ends[1], two, sizeof two, MSG_PEEK) < 2)
        ;
    return 0;
}
