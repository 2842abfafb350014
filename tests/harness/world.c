#define _GNU_SOURCE
#include "world.h"

#include "harness.h"
#include "netns.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST_SETTINGS = 8
};

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

/* What the cases have changed in the private network, and how it was. */
static struct {
    const char *path, *former;
} settings[MOST_SETTINGS];
static size_t nsettings;

static const char *read_setting(const char *path)
{
    char value[128];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd == -1 ? -1 : read(fd, value, sizeof value);

    if (fd != -1)
        close(fd);
    return n <= 0 ? NULL : text("%.*s", (int)n, value);
}

static bool write_setting(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t n = strlen(value);
    bool is_written = fd != -1 && write(fd, value, n) == (ssize_t)n;

    if (fd != -1)
        close(fd);
    return is_written;
}

/* "net.core.somaxconn" is the file /proc/sys/net/core/somaxconn. */
static const char *setting_path(const char *name)
{
    char *path = strdup(text("/proc/sys/%s", name));

    for (char *c = path; *c != '\0'; c++)
        *c = *c == '.' ? '/' : *c;
    return path;
}

bool prefer_setting(const char *name, const char *value)
{
    const char *path = setting_path(name);
    const char *former = is_private ? read_setting(path) : NULL;

    if (former == NULL || nsettings == MOST_SETTINGS ||
        !write_setting(path, value))
        return false;
    settings[nsettings].path = path;
    settings[nsettings++].former = former;
    note("sets %s to %s", name, value);
    return true;
}

void need_setting(const char *name, const char *value)
{
    need_private_network();
    if (!prefer_setting(name, value))
        skip_case("this system does not let a private network have its own %s",
                  name);
}

void restore_settings(void)
{
    while (nsettings > 0) {
        nsettings--;
        write_setting(settings[nsettings].path, settings[nsettings].former);
    }
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
