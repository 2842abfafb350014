#define _GNU_SOURCE
#include "harness.h"

#include "cases.h"
#include "clock.h"
#include "delivery.h"
#include "difference.h"
#include "peer.h"
#include "pump.h"
#include "subject.h"
#include "trail.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    ARRIVES_MS = 50 /* a segment over loopback, at the latest */
};

/* Sending must not wait for more to send. */
static void send_at_once(int fd)
{
    int yes = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static void say_sending(int fd, struct bytes b)
{
    send_at_once(fd);
    say_checker(text("%ssends %s%s", peer_label(fd), quoted(b.p, b.n, 24),
                     b.n > 24 ? text(" (%zu bytes)", b.n) : ""));
}

size_t peer_send(int fd, const void *bytes, size_t n)
{
    size_t sent = 0;

    say_sending(fd, (struct bytes){bytes, n});
    while (sent < n) {
        ssize_t k =
            send(fd, (const char *)bytes + sent, n - sent, MSG_NOSIGNAL);
        if (k > 0)
            sent += (size_t)k;
        else if (errno != EAGAIN || wait_ready(fd, POLLOUT) != PUMP_DONE)
            break;
    }
    return sent;
}

size_t peer_send_text(int fd, const char *string)
{
    return peer_send(fd, string, strlen(string));
}

/* Lets every subject come to rest, or show that it does not. */
static void let_settle(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next)
        wait_settled(s);
}

size_t peer_fill(int fd, const void *bytes, size_t n, size_t most)
{
    size_t taken = 0, before = SIZE_MAX;
    const int small = 65536;
    int room = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room,
                   &(socklen_t){sizeof room}) == 0 &&
        room > small)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    say_sending(fd, (struct bytes){bytes, n});
    while (taken < most) {
        size_t at = taken % n;
        ssize_t k = send(fd, (const char *)bytes + at, n - at, MSG_NOSIGNAL);
        if (k > 0) {
            taken += (size_t)k;
            continue;
        }
        if (errno != EAGAIN || before == taken)
            break;
        before = taken;
        let_settle();
    }
    say_checker(
        text("%shas sent %zu bytes and received none", peer_label(fd), taken));
    return taken;
}

void peer_end(int fd)
{
    say_checker(text("%sends its side", peer_label(fd)));
    shutdown(fd, SHUT_WR);
}

void peer_send_last(int fd, const void *bytes, size_t n)
{
    say_sending(fd, (struct bytes){bytes, n});
    send(fd, bytes, n, MSG_NOSIGNAL | MSG_MORE);
    peer_end(fd);
}

void peer_close(int fd)
{
    say_checker(text("%scloses", peer_label(fd)));
    forget_peer(fd);
}

/* On a busy machine the kernel leaves what is sent over loopback to a thread of
 * its own.  Nothing goes on before the reset is there. */
static void await_reset(const struct far_end *end)
{
    uint64_t give_up = now_ns() + ARRIVES_MS * NS_PER_MS;

    while (!a_peer_has_vanished() && is_still_connected(end) &&
           now_ns() < give_up)
        sched_yield();
}

void peer_reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    struct far_end end = find_far_end(fd);

    say_checker(text("%sresets the connection", peer_label(fd)));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    forget_peer(fd);
    await_reset(&end);
}

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1 && (p.revents & ~POLLOUT) != 0;
}

/* How the arrival of bytes has ended, when it has. */
enum arrival {
    ARRIVAL_MORE,
    ARRIVAL_END,
    ARRIVAL_RESET,
    ARRIVAL_BROKEN, /* the same of a neighbour, where there is no RST */
    ARRIVAL_NOTHING
};

static enum arrival reset_of(int fd)
{
    int domain = AF_UNSPEC;
    socklen_t n = sizeof domain;

    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n);
    return domain == AF_UNIX ? ARRIVAL_BROKEN : ARRIVAL_RESET;
}

/* Waits for bytes and adds up to `most` of them.  An acknowledgement is sent
 * at once: a delayed one would hold back the subject's next small send for
 * 40 ms (Nagle's rule). */
static enum arrival receive(int fd, struct buffer *b, size_t most)
{
    char bytes[65536];
    int yes = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
    if (wait_ready(fd, POLLIN) != PUMP_DONE)
        return ARRIVAL_NOTHING;
    ssize_t n = recv(fd, bytes, most < sizeof bytes ? most : sizeof bytes, 0);
    if (n == -1)
        return errno == EAGAIN ? ARRIVAL_MORE : reset_of(fd);
    if (n == 0)
        return ARRIVAL_END;
    say_checker(
        text("%sreceives %s", peer_label(fd), quoted(bytes, (size_t)n, 24)));
    buffer_add(b, bytes, (size_t)n);
    return ARRIVAL_MORE;
}

/* The end of the stream comes first, the end of the program after it. */
static const char *say_end(const char *end)
{
    for (struct subject *s = subjects; s != NULL; s = s->next) {
        wait_settled(s);
        if (s->ended && s->next == NULL)
            return text("%s: %s", end, what_happened(s));
    }
    return end;
}

static const char *say_arrival(enum arrival a)
{
    switch (a) {
    case ARRIVAL_END:
        return say_end("end of stream");
    case ARRIVAL_RESET:
        return say_end("a reset (RST)");
    case ARRIVAL_BROKEN:
        return say_end("a reset (ECONNRESET)");
    default:
        return text("nothing more: %s", what_happened_to_any());
    }
}

static const char *say_got(struct bytes got, struct bytes want, enum arrival a)
{
    if (a == ARRIVAL_MORE)
        return show_difference(got, want);
    if (got.n == 0)
        return say_arrival(a);
    return text("%s, then %s", show_difference(got, want), say_arrival(a));
}

/* Whether what has come so far is the beginning of what is wanted. */
static bool is_right_so_far(const struct buffer *b, struct bytes want)
{
    return b->n == 0 || memcmp(want.p, b->bytes, b->n) == 0;
}

/* Receives up to the bytes that are wanted, or to the first wrong ones. */
static enum arrival receive_wanted(int fd, struct buffer *b, struct bytes want)
{
    enum arrival a = ARRIVAL_MORE;

    while (b->n < want.n && a == ARRIVAL_MORE && is_right_so_far(b, want))
        a = receive(fd, b, want.n - b->n);
    return a;
}

static void judge_bytes(struct buffer b, struct bytes want, enum arrival a,
                        const char *why)
{
    struct bytes got = {b.bytes, b.n};

    if (!equal_bytes(got, want))
        fail_case(show_difference(want, got), say_got(got, want, a), "%s", why);
    free(b.bytes);
}

static void check_bytes(int fd, struct bytes want, const char *why)
{
    struct buffer b = {0};
    enum arrival a = receive_wanted(fd, &b, want);

    judge_bytes(b, want, a, why);
}

void expect_bytes(int fd, const void *want, size_t n, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    check_bytes(fd, (struct bytes){want, n}, text_va(why, ap));
    va_end(ap);
}

void expect_text(int fd, const char *want, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    check_bytes(fd, (struct bytes){want, strlen(want)}, text_va(why, ap));
    va_end(ap);
}

void expect_end(int fd, const char *why, ...)
{
    struct buffer b = {0};
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    enum arrival a = receive(fd, &b, 256);
    if (a != ARRIVAL_END)
        fail_case("end of stream",
                  say_got((struct bytes){b.bytes, b.n}, (struct bytes){0}, a),
                  "%s", reason);
    say_checker(text("%ssees end of stream", peer_label(fd)));
}

void expect_closed(int fd, const char *why, ...)
{
    struct buffer b = {0};
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    enum arrival a = receive(fd, &b, 256);
    if (a != ARRIVAL_END && a != ARRIVAL_RESET && a != ARRIVAL_BROKEN)
        fail_case("the connection closed",
                  say_got((struct bytes){b.bytes, b.n}, (struct bytes){0}, a),
                  "%s", reason);
    say_checker(text("%ssees %s", peer_label(fd),
                     a == ARRIVAL_END     ? "end of stream"
                     : a == ARRIVAL_RESET ? "a reset (RST)"
                                          : "a reset (ECONNRESET)"));
}

/* Sends what fits.  Returns false when the connection takes no more. */
static bool send_some(int fd, struct bytes *rest)
{
    ssize_t n = send(fd, rest->p, rest->n, MSG_NOSIGNAL);

    if (n == -1)
        return errno == EAGAIN;
    rest->p = (const char *)rest->p + n;
    rest->n -= (size_t)n;
    return true;
}

/* Sends, and takes what arrives meanwhile, so that neither end waits for the
 * other to read. */
static enum arrival send_and_receive(int fd, struct bytes rest,
                                     struct buffer *b, struct bytes want)
{
    enum arrival a = ARRIVAL_MORE;

    say_sending(fd, rest);
    while (rest.n > 0 && a == ARRIVAL_MORE && is_right_so_far(b, want)) {
        short in = b->n < want.n ? POLLIN : 0;
        if (wait_ready(fd, (short)(in | POLLOUT)) != PUMP_DONE)
            return ARRIVAL_NOTHING;
        if (in != 0 && is_readable(fd))
            a = receive(fd, b, want.n - b->n);
        if (!send_some(fd, &rest))
            break;
    }
    return a;
}

void expect_answer(int fd, const void *bytes, size_t n, const void *want,
                   size_t m, const char *why, ...)
{
    struct buffer b = {0};
    struct bytes wanted = {want, m};
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    enum arrival a = send_and_receive(fd, (struct bytes){bytes, n}, &b, wanted);
    if (a == ARRIVAL_MORE)
        a = receive_wanted(fd, &b, wanted);
    judge_bytes(b, wanted, a, reason);
}

const char *peer_read_until(int fd, const char *end, const char *why, ...)
{
    struct buffer b = {0};
    enum arrival a = ARRIVAL_MORE;
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    while (a == ARRIVAL_MORE) {
        a = receive(fd, &b, 65536);
        if (b.n > 0 && strstr(b.bytes, end) != NULL)
            return b.bytes;
    }
    fail_case(text("bytes up to %s", quoted(end, strlen(end), 24)),
              say_got((struct bytes){b.bytes, b.n}, (struct bytes){0}, a), "%s",
              reason);
}

void peer_send_to(int fd, const void *bytes, size_t n, const void *to,
                  size_t tolen)
{
    say_checker(text("sends %s", quoted(bytes, n, 24)));
    if (sendto(fd, bytes, n, 0, to, (socklen_t)tolen) == -1)
        break_case("sendto: %s", strerror(errno));
}

size_t peer_recv_from(int fd, void *bytes, size_t n, void *from,
                      size_t *fromlen, const char *why, ...)
{
    va_list ap;
    socklen_t len = (socklen_t)*fromlen;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (wait_ready(fd, POLLIN) != PUMP_DONE)
        fail_case("a datagram", what_happened_to_any(), "%s", reason);
    ssize_t got = recvfrom(fd, bytes, n, 0, from, &len);
    if (got == -1)
        break_case("recvfrom: %s", strerror(errno));
    *fromlen = len;
    say_checker(text("receives %s", quoted(bytes, (size_t)got, 24)));
    return (size_t)got;
}
