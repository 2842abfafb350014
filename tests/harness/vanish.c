/* A host that is gone.  A filter on the socket that lets nothing in (BPF; see
 * socket(7)) drops what comes before TCP sees it.  So nothing is acknowledged,
 * as if the cable were cut; no network of its own is needed for it. */
#define _GNU_SOURCE
#include "harness.h"

#include "cases.h"
#include "peer.h"
#include "trail.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

static bool one_has; /* in this case */

bool a_peer_has_vanished(void)
{
    return one_has;
}

void forget_vanished(void)
{
    one_has = false;
}

void peer_vanish(int fd)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {.len = 1, .filter = &nothing};

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) ==
        -1)
        break_case("SO_ATTACH_FILTER: %s", strerror(errno));
    one_has = true;
    say_checker(text("%sis gone, as if the cable were cut", peer_label(fd)));
}
