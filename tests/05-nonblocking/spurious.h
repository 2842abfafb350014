/* When EAGAIN may be injected into the calls of a program: what the checkers
 * of non-blocking programs ask alike. */
#ifndef SPURIOUS_H
#define SPURIOUS_H

#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Whether the kernel's notes on a descriptor (proc_pid_fdinfo(5)) hold a line
 * with this word, and one of these bits in the number behind it. */
static inline bool has_bits(pid_t tid, const char *fd, const char *word,
                            int base, unsigned bits)
{
    char line[256];
    bool found = false;
    FILE *info = fopen(text("/proc/%d/fdinfo/%s", (int)tid, fd), "re");

    if (info == NULL)
        return false;
    while (!found && fgets(line, sizeof line, info) != NULL) {
        const char *at = strstr(line, word);
        found =
            at != NULL && (strtoul(at + strlen(word), NULL, base) & bits) != 0;
    }
    fclose(info);
    return found;
}

/* Whether it asks epoll for edges: then EAGAIN without a reason, behind which
 * no edge comes, is nothing that the kernel could do to it. */
static inline bool waits_for_edges(pid_t tid)
{
    bool found = false;
    DIR *dir = opendir(text("/proc/%d/fdinfo", (int)tid));

    if (dir == NULL)
        return false;
    for (struct dirent *d; !found && (d = readdir(dir)) != NULL;)
        found = has_bits(tid, d->d_name, "events:", 16, EPOLLET);
    closedir(dir);
    return found;
}

/* Whether a call does not wait, whatever comes: on a non-blocking socket, or
 * with MSG_DONTWAIT. */
static inline bool never_waits(const struct call_record *r)
{
    const char *fd = text("%ld", r->args[0]);
    long flags = 0;

    if (r->nr == SYS_sendto || r->nr == SYS_recvfrom)
        flags = r->args[3];
    if (r->nr == SYS_sendmsg || r->nr == SYS_recvmsg)
        flags = r->args[2];
    return (flags & MSG_DONTWAIT) != 0 ||
           has_bits(r->tid, fd, "flags:", 8, O_NONBLOCK);
}

/* For only_if(): EAGAIN is an answer that this call may get. */
static inline bool may_say_eagain(const struct call_record *r, void *unused)
{
    (void)unused;
    return never_waits(r) && !waits_for_edges(r->tid);
}

/* For only_if(): the call may wait, so that a signal may interrupt it. */
static inline bool may_wait(const struct call_record *r, void *unused)
{
    (void)unused;
    return !never_waits(r);
}

#endif
