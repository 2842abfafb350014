/* How long a program waits, and whether it sleeps meanwhile: what the checkers
 * of hi and lossy-ask ask alike. */
#ifndef WAITS_H
#define WAITS_H

#include "clock.h"
#include "harness.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* How long a call asks to wait, in ms, when it does not wait for ever; -1 when
 * that cannot be told. */
static inline double asked_wait(const struct call_record *r)
{
    struct timespec t;
    struct timeval limit;
    int ms = -1;

    if (r->call == CALL_SETSOCKOPT && r->args[1] == SOL_SOCKET &&
        r->args[2] == SO_RCVTIMEO && r->headlen >= sizeof limit) {
        memcpy(&limit, r->head, sizeof limit);
        return (double)limit.tv_sec * 1e3 + (double)limit.tv_usec / 1e3;
    }
#ifdef SYS_poll
    if (r->nr == SYS_poll)
        ms = (int)r->args[2];
#endif
#ifdef SYS_epoll_wait
    if (r->nr == SYS_epoll_wait)
        ms = (int)r->args[3];
#endif
    if (r->nr == SYS_epoll_pwait)
        ms = (int)r->args[3];
    if (r->nr != SYS_ppoll || r->args[2] == 0 || r->headlen < sizeof t)
        return ms;
    memcpy(&t, r->head, sizeof t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* When the program has read the clock for the wait that begins with this call,
 * at the earliest: as the call before it was over. */
static inline uint64_t earliest(struct subject *s, const struct call_record *to)
{
    const struct call_record *r = NULL;
    uint64_t last = 0;

    while ((r = next_call(s, CALL_ANY, r)) != NULL && r != to)
        if (r->finished && r->ended <= to->began && r->ended > last)
            last = r->ended;
    return last;
}

/* It comes to rest after so many looks at its sockets at the most; or spins,
 * which is a verdict. */
static inline void rest_within(struct subject *s, size_t most)
{
    enum {
        MOST_MADE = 1500, /* others, such as reads of one byte */
        MOST_US = 100 * 1000
    };
    size_t looks = count_calls(s, CALL_SELECT) + count_calls(s, CALL_RECV);
    uint64_t used = cpu_us(s), began = now_ns();

    wait_settled_within(s, MOST_MADE);
    looks = count_calls(s, CALL_SELECT) + count_calls(s, CALL_RECV) - looks;
    used = cpu_us(s) - used;
    expect(looks <= most && used <= MOST_US,
           "a program that sleeps while it waits",
           text("%zu looks at what there is, and %.0f ms of the processor, in "
                "%.0f ms",
                looks, (double)used / 1e3, (double)(now_ns() - began) / 1e6),
           "It spins: it looks again and again, and nothing has come. A call "
           "that waits, such as poll() with a time limit, sleeps until there "
           "is something. If poll() says at once that there is, look at what "
           "it says: POLLERR is an error that is to be fetched, and POLLIN "
           "stays as long as nobody receives.");
}

static inline void rest(struct subject *s)
{
    rest_within(s, 40);
}

#endif
