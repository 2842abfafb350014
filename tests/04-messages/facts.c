/* What chapters/04-messages.md claims, proved on this machine. */
#include "fact.h"

#include <errno.h>
#include <sys/socket.h>

FACT(send_needs_a_socket, "send() on a descriptor that is no socket fails")
{
    FAILS(send(0, "x", 1, 0), ENOTSOCK);
}
