#define _GNU_SOURCE
#include "netns.h"

#include "withheld.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    INNER_ID = 1000 /* not 0: whoever runs us, the subject is not root */
};

/* The maps under /proc take one write each, or none (user_namespaces(7)). */
static int write_file(const char *path, const char *words)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t n = strlen(words);

    if (fd == -1)
        return -1;
    ssize_t written = write(fd, words, n);
    int error = errno;
    close(fd);
    errno = error;
    return written == (ssize_t)n ? 0 : -1;
}

static int map_id(const char *path, unsigned outer)
{
    char line[32];

    snprintf(line, sizeof line, "%d %u 1", INNER_ID, outer);
    return write_file(path, line);
}

static int raise_loopback(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd == -1)
        return -1;
    int rc = ioctl(fd, SIOCSIFFLAGS, &lo);
    int error = errno;
    close(fd);
    errno = error;
    return rc;
}

static int enter_namespaces(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1)
        return -1;
    /* A group map needs this first, unless one is privileged outside. */
    if (write_file("/proc/self/setgroups", "deny") == -1)
        return -1;
    if (map_id("/proc/self/uid_map", uid) == -1 ||
        map_id("/proc/self/gid_map", gid) == -1)
        return -1;
    return raise_loopback();
}

/* Does it in a child that ends at once.  Returns 0, or -1 with its errno. */
static int try_in_child(void)
{
    int status;
    pid_t pid = fork();

    if (pid == -1)
        return -1;
    if (pid == 0)
        _exit(enter_namespaces() == 0 ? 0 : errno);
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    return errno == 0 ? 0 : -1;
}

/* Leaves out the ports that are the same in both byte orders, 0x8080 and the
 * like, when the kernel gives a port: whoever forgets htons() is to fail each
 * time.  Where this is not permitted, such a port is rare. */
static void reserve_palindromes(void)
{
    char list[256 * sizeof "65535,"];
    size_t n = 0;

    for (unsigned byte = 1; byte < 256; byte++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%u,", byte * 0x101);
    write_file("/proc/sys/net/ipv4/ip_local_reserved_ports", list);
}

int enter_private_network(void)
{
    if (is_withheld("netns")) {
        errno = EPERM;
        return -1;
    }
    if (try_in_child() == -1 || enter_namespaces() == -1)
        return -1;
    reserve_palindromes();
    return 0;
}
