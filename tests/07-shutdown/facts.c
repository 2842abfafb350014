/* What chapters/07-shutdown.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <errno.h>
#include <sys/socket.h>

FACT(unix_says_at_once, "with AF_UNIX the first send() to an end that is "
                        "closed says EPIPE")
{
    int ends[2];

    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    must(shutdown(ends[1], SHUT_RDWR), "shutdown");
    FAILS(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
}
