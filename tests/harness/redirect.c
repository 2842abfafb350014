#define _GNU_SOURCE
#include "redirect.h"

#include "text.h"

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* Below the stack pointer lie 128 bytes that belong to the program (the red
 * zone of the x86-64 ABI); the path is written well below those. */
enum {
    BELOW_STACK = 4096
};

static const char *replacement(const struct subject *s, const char *path)
{
    if (s->hosts_path == NULL)
        return NULL;
    if (strcmp(path, "/etc/hosts") == 0)
        return s->hosts_path;
    if (strcmp(path, "/etc/nsswitch.conf") == 0)
        return s->nsswitch_path;
    return NULL;
}

void redirect_open(struct task *task, const struct syscall_stop *stop)
{
    int at = stop->nr == SYS_openat ? 1 : 0;
    char path[32] = "";
    uint64_t below = stop->sp - BELOW_STACK;

    /* Short paths only are of interest; a string that lies at the end of a
     * page makes the copy shorter, not void. */
    peek(task->tid, (uint64_t)stop->args[at], path, sizeof path - 1);
    const char *other = replacement(task->subject, path);
    if (other == NULL)
        return;
    if (poke(task->tid, below, other, strlen(other) + 1) == 0)
        set_argument(task->tid, at, (long)below);
}

bool is_name_cache(const struct call_record *r)
{
    struct sockaddr_un un = {0};

    if (r->call != CALL_CONNECT || r->addrlen > sizeof un)
        return false;
    memcpy(&un, r->addr, r->addrlen);
    return un.sun_family == AF_UNIX &&
           strstr(un.sun_path, "/nscd/socket") != NULL;
}

static const char *write_file(const char *directory, const char *name,
                              const char *content)
{
    const char *path = text("%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd == -1 || write(fd, content, strlen(content)) == -1)
        err(2, "%s", path);
    close(fd);
    return path;
}

void give_hosts(struct subject *s, const char *hosts)
{
    s->hosts_path = write_file(s->directory, ".hosts", hosts);
    s->nsswitch_path =
        write_file(s->directory, ".nsswitch.conf",
                   "hosts: files\nservices: files\nprotocols: files\n");
}
