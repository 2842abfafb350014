#define _GNU_SOURCE
#include "harness.h"

#include "cases.h"
#include "describe.h"
#include "difference.h"
#include "ends.h"
#include "peer.h"
#include "pump.h"
#include "trail.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MOST_PORTS = 100 /* tried until one is free at two addresses */
};

/* A datagram socket at an address and port, or -1 with errno set. */
static int try_bind(const char *where, const char *port, bool is_shared)
{
    struct endpoint p = endpoint_of(where, port);
    int flags = SOCK_CLOEXEC | SOCK_NONBLOCK, yes = 1;
    int fd = keep_peer(socket(p.addr.ss_family, SOCK_DGRAM | flags, 0));

    if (is_shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&p.addr, p.len) == 0) {
        note_bound(fd);
        return fd;
    }
    int error = errno;
    forget_peer(fd);
    errno = error;
    return -1;
}

static int must_bind(const char *where, const char *port, bool is_shared)
{
    int fd = try_bind(where, port, is_shared);

    if (fd == -1)
        break_case("the checker cannot bind %s port %s: %s", where, port,
                   strerror(errno));
    return fd;
}

int peer_datagram(const char *where)
{
    return must_bind(where, "0", false);
}

int peer_datagram_port(const char *where, const char *port)
{
    return must_bind(where, port, false);
}

int peer_datagram_twins(const char *where, const char *other, int *twin)
{
    for (int i = 0; i < MOST_PORTS; i++) {
        int fd = must_bind(where, "0", false);

        *twin = try_bind(other, peer_port(fd), false);
        if (*twin != -1)
            return fd;
        forget_peer(fd);
    }
    break_case("no port is free at both %s and %s", where, other);
}

/* A socket that is connected to itself has the port, and hears nobody: who
 * calls there is answered as if the port were free. */
int peer_refuse_datagrams(const char *where)
{
    int fd = must_bind(where, "0", true);
    struct endpoint own = own_endpoint(fd);

    if (connect(fd, (struct sockaddr *)&own.addr, own.len) == -1)
        break_case("connect: %s", strerror(errno));
    say_checker(text("refuses datagrams at %s", peer_name(fd)));
    return fd;
}

int peer_take_datagrams(int refusing)
{
    struct endpoint own = own_endpoint(refusing);
    int fd = must_bind(describe_host(&own.addr), peer_port(refusing), true);

    forget_peer(refusing);
    say_checker(text("takes datagrams at %s", peer_name(fd)));
    return fd;
}

bool peer_is_sent(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

static const struct datagram *receive_datagram(int fd)
{
    struct datagram *d = calloc(1, sizeof *d);
    struct sockaddr_storage from;
    socklen_t len = sizeof from;

    if (d == NULL)
        err(2, "calloc");
    ssize_t n = recvfrom(fd, d->bytes, sizeof d->bytes, 0,
                         (struct sockaddr *)&from, &len);
    if (n == -1)
        break_case("recvfrom: %s", strerror(errno));
    d->n = (size_t)n;
    memcpy(d->from, &from, len < sizeof d->from ? len : sizeof d->from);
    d->fromlen = len;
    d->sender = describe_address(&from, len);
    say_checker(
        text("%s receives %s", peer_name(fd), quoted(d->bytes, d->n, 24)));
    return d;
}

const struct datagram *peer_receive(int fd, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (wait_ready(fd, POLLIN) != PUMP_DONE)
        fail_case(text("a datagram to %s", peer_name(fd)),
                  what_happened_to_any(), "%s", reason);
    return receive_datagram(fd);
}

/* Shows one datagram, from where it parts from another. */
static const char *show(struct bytes one, struct bytes other)
{
    return one.n == 0 ? "an empty datagram" : show_difference(one, other);
}

const struct datagram *expect_datagram(int fd, const void *want, size_t n,
                                       const char *why, ...)
{
    struct bytes wanted = {want, n};
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (wait_ready(fd, POLLIN) != PUMP_DONE)
        fail_case(text("the datagram %s", show(wanted, wanted)),
                  what_happened_to_any(), "%s", reason);
    const struct datagram *d = receive_datagram(fd);
    struct bytes got = {d->bytes, d->n};
    if (!equal_bytes(got, wanted))
        fail_case(show(wanted, got), show(got, wanted), "%s", reason);
    return d;
}

static void send_datagram(int fd, const void *bytes, size_t n, const void *to,
                          size_t tolen)
{
    say_checker(text("%s sends %s%s", peer_name(fd), quoted(bytes, n, 24),
                     n > 24 ? text(" (%zu bytes)", n) : ""));
    if (sendto(fd, bytes, n, 0, to, (socklen_t)tolen) == -1)
        break_case("sendto: %s", strerror(errno));
}

void peer_answer(int fd, const struct datagram *asked, const void *bytes,
                 size_t n)
{
    send_datagram(fd, bytes, n, asked->from, asked->fromlen);
}

void peer_tell(int fd, struct subject *s, const void *bytes, size_t n)
{
    struct endpoint p = endpoint_of(listening_address(s), listening_port(s));

    send_datagram(fd, bytes, n, &p.addr, p.len);
}
