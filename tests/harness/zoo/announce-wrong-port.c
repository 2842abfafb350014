/* announce-wrong-port: listens on one port and announces the next.
 *
 * Fails: serves
 * Cause: fail
 * Says: listening on 127.0.0.1:
 */
#include "deliver.h"

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof addr;
    int lfd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(lfd, (struct sockaddr *)&addr, sizeof addr) == -1 ||
        listen(lfd, 5) == -1 ||
        getsockname(lfd, (struct sockaddr *)&addr, &len) == -1)
        err(1, "listen");
    printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port) + 1);
    fflush(stdout);
    return accept(lfd, NULL, NULL) == -1;
}
