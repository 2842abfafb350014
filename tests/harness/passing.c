#define _GNU_SOURCE
#include "harness.h"

#include "cases.h"
#include "peer.h"
#include "pump.h"
#include "trail.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MOST_PASSED = 253 /* that a message may carry: SCM_MAX_FD of unix(7) */
};

/* Room for the control message with all that may come, aligned as it must. */
union control {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(MOST_PASSED * sizeof(int))];
};

void peer_pass(int fd, const void *bytes, size_t n, const int *fds,
               size_t count)
{
    union control control = {.bytes = ""};
    struct iovec piece = {(void *)(uintptr_t)bytes, n};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};

    if (count > MOST_PASSED)
        break_case("more than %d descriptors in a message", MOST_PASSED);
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof *fds);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(count * sizeof *fds);
        memcpy(CMSG_DATA(c), fds, count * sizeof *fds);
    }
    say_checker(text("%ssends %s with %zu descriptor%s", peer_label(fd),
                     quoted(bytes, n, 24), count, count == 1 ? "" : "s"));
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    /* Who has gone takes nothing, and that is the case's to judge. */
    if (sent == -1 && errno != EPIPE && errno != ECONNRESET)
        break_case("sendmsg: %s", strerror(errno));
}

/* Keeps what a control message has brought, as far as there is room. */
static void keep_passed(struct passed *p, struct cmsghdr *c)
{
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

    for (size_t i = 0; i < n; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
        keep_peer(fd);
        if (p->count < sizeof p->fds / sizeof *p->fds)
            p->fds[p->count] = fd;
        p->count++;
    }
}

struct passed peer_take_passed(int fd, const char *why, ...)
{
    union control control;
    struct passed p = {.count = 0};
    struct iovec piece = {p.bytes, sizeof p.bytes};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (wait_ready(fd, POLLIN) != PUMP_DONE)
        fail_case("a message", what_happened_to_any(), "%s", reason);
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got == -1)
        fail_case("a message", strerror(errno), "%s", reason);
    p.n = (size_t)got;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL;
         c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            keep_passed(&p, c);
    say_checker(got == 0 && p.count == 0
                    ? text("%ssees end of stream", peer_label(fd))
                    : text("%sreceives %s with %zu descriptor%s",
                           peer_label(fd), quoted(p.bytes, p.n, 24), p.count,
                           p.count == 1 ? "" : "s"));
    return p;
}
