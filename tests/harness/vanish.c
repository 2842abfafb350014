/* A host that is gone.  A filter on the socket that lets nothing in (BPF; see
 * socket(7)) drops what comes before TCP sees it.  So nothing is acknowledged,
 * as if the cable were cut; no network of its own is needed for it, where the
 * system lets everybody set a filter. */
#define _GNU_SOURCE
#include "harness.h"

#include "cases.h"
#include "ends.h"
#include "peer.h"
#include "trail.h"

#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool one_has; /* in this case */

bool a_peer_has_vanished(void)
{
    return one_has;
}

void forget_vanished(void)
{
    one_has = false;
    forget_calls();
}

void peer_vanish(int fd)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {.len = 1, .filter = &nothing};

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) ==
        -1)
        skip_case("a host cannot be made to vanish (SO_ATTACH_FILTER: %s)",
                  strerror(errno));
    one_has = true;
    watch_calls();
    say_checker(text("%sis gone, as if the cable were cut", peer_label(fd)));
}

/* Looks for a socket whose call to this port has not been answered, in the
 * kernel's table of them (proc(5)).  False when there is none. */
static bool find_caller(struct sockaddr_in called, struct sockaddr_in *caller)
{
    char line[256];
    unsigned addr = 0, port = 0, to_addr, to_port, state;
    bool found = false;
    FILE *table = fopen("/proc/self/net/tcp", "re");

    if (table == NULL)
        err(2, "/proc/self/net/tcp");
    while (!found && fgets(line, sizeof line, table) != NULL)
        found = sscanf(line, "%*d: %8x:%4x %8x:%4x %2x", &addr, &port, &to_addr,
                       &to_port, &state) == 5 &&
                state == TCP_SYN_SENT && to_addr == called.sin_addr.s_addr &&
                to_port == ntohs(called.sin_port);
    fclose(table);
    *caller = (struct sockaddr_in){.sin_family = AF_INET};
    caller->sin_addr.s_addr = addr;
    caller->sin_port = htons((uint16_t)port);
    return found;
}

int peer_answer_late(int lfd)
{
    struct endpoint own = own_endpoint(lfd);
    struct endpoint p = {.len = sizeof(struct sockaddr_in)};
    int yes = 1, type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

    if (!find_caller(*(struct sockaddr_in *)&own.addr,
                     (struct sockaddr_in *)&p.addr))
        return -1;
    int fd = keep_peer(socket(AF_INET, type, 0));
    if (setsockopt(lfd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == -1 ||
        bind(fd, (struct sockaddr *)&own.addr, own.len) == -1 ||
        (connect(fd, (struct sockaddr *)&p.addr, p.len) == -1 &&
         errno != EINPROGRESS))
        break_case("the checker cannot answer late: %s", strerror(errno));
    note_accepted(fd, &p);
    say_checker(text("%sanswers after all", peer_label(fd)));
    return fd;
}
