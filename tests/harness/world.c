#define _GNU_SOURCE
#include "world.h"

#include "harness.h"
#include "netns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_private;

/* One processor for both ends: a traced call costs 9 us so, and ten times
 * that when every stop wakes another processor.  Which one the first worker
 * takes differs from checker to checker. */
static void choose_cpu(size_t nth)
{
    cpu_set_t all, one;
    size_t cpu = 0;

    if (sched_getaffinity(0, sizeof all, &all) == -1)
        return;
    nth = ((size_t)getppid() + nth) % (size_t)CPU_COUNT(&all);
    for (; nth > 0 || !CPU_ISSET(cpu, &all); cpu++)
        nth -= CPU_ISSET(cpu, &all) ? 1 : 0;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

void enter_world(size_t nth)
{
    choose_cpu(nth);
    is_private = enter_private_network() == 0;
}

bool has_private_network(void)
{
    return is_private;
}

void need_private_network(void)
{
    if (!is_private)
        skip_case("this system refuses a private network namespace");
}

void need_ipv6(void)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6,
                             .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = fd == -1 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof a);

    if (fd != -1)
        close(fd);
    if (rc == -1)
        skip_case("this system has no IPv6 on loopback");
}
