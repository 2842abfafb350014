#define _GNU_SOURCE
#include "ends.h"

#include "clock.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* A socket of the checker, whether it is still open or not. */
struct end {
    int fd, nth;
    bool is_bound; /* to its own place only: it has no other end */
    bool is_lost;  /* a call that failed at once: its own port is not known, */
    uint64_t began, ended; /* but when it was made */
    struct place own, other;
};

static bool is_noting;
static struct end *ends;
static size_t nends, room;

void begin_ends(void)
{
    is_noting = true;
    nends = 0;
}

void end_ends(void)
{
    is_noting = false;
}

static struct place place_of(const struct endpoint *p)
{
    struct place place = {.address.s6_addr = {[10] = 0xff, [11] = 0xff}};
    const struct sockaddr_in *in = (const struct sockaddr_in *)&p->addr;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&p->addr;

    place.port = ntohs(in->sin_port); /* the same place in IPv6 */
    if (in->sin_family == AF_INET6)
        place.address = in6->sin6_addr;
    else
        memcpy(&place.address.s6_addr[12], &in->sin_addr, sizeof in->sin_addr);
    return place;
}

static void add_end(struct end e)
{
    if (nends == room) {
        room = room == 0 ? 64 : 2 * room;
        ends = reallocarray(ends, room, sizeof *ends);
        if (ends == NULL)
            err(2, "realloc");
    }
    ends[nends++] = e;
}

static bool is_of_internet(const struct endpoint *p)
{
    return p->addr.ss_family == AF_INET || p->addr.ss_family == AF_INET6;
}

void note_bound(int fd)
{
    if (!is_noting)
        return;
    struct endpoint own = own_endpoint(fd);
    if (is_of_internet(&own))
        add_end(
            (struct end){.fd = fd, .is_bound = true, .own = place_of(&own)});
}

void note_call(int fd, const struct endpoint *called, uint64_t began)
{
    if (!is_noting || !is_of_internet(called))
        return;
    struct endpoint own = own_endpoint(fd);
    struct end e = {.fd = fd,
                    .began = began,
                    .ended = now_ns(),
                    .own = place_of(&own),
                    .other = place_of(called)};
    e.is_lost = e.own.port == 0; /* the socket is as good as new */
    add_end(e);
}

void note_accepted(int fd, const struct endpoint *caller)
{
    if (!is_noting || !is_of_internet(caller))
        return;
    struct endpoint own = own_endpoint(fd);
    add_end((struct end){
        .fd = fd, .own = place_of(&own), .other = place_of(caller)});
}

void note_mentioned(int fd, int nth)
{
    size_t i = nends;

    while (i > 0 && ends[i - 1].fd != fd)
        i--;
    if (is_noting && i > 0)
        ends[i - 1].nth = nth;
}

/* Whether a socket that is bound like this gets what is sent there. */
static bool covers(const struct place *bound, const struct place *p)
{
    static const struct in6_addr any4 = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    const struct in6_addr *a = &bound->address;

    return bound->port == p->port &&
           (is_same_place(bound, p) || memcmp(a, &any4, sizeof any4) == 0 ||
            memcmp(a, &in6addr_any, sizeof in6addr_any) == 0);
}

/* The connection between both, as far as the checker knows it. */
static const struct end *find_pair(const struct place *own,
                                   const struct place *other)
{
    for (size_t i = nends; i > 0; i--) {
        const struct end *e = &ends[i - 1];
        if (!e->is_bound && is_same_place(&e->own, own) &&
            is_same_place(&e->other, other))
            return e;
    }
    return NULL;
}

/* Finds a call by when it was made, and notes whence. */
static bool find_lost_call(const struct place *own, const struct place *other,
                           uint64_t ns)
{
    for (size_t i = 0; i < nends; i++) {
        struct end *e = &ends[i];
        if (e->is_lost && is_same_place(&e->other, other) && e->began <= ns &&
            ns <= e->ended) {
            e->is_lost = false;
            e->own = *own;
            return true;
        }
    }
    return false;
}

bool is_checkers(const struct place *own, const struct place *other,
                 uint64_t began)
{
    for (size_t i = 0; i < nends; i++)
        if (ends[i].is_bound && covers(&ends[i].own, own))
            return true;
    return find_pair(own, other) != NULL ||
           (began != 0 && find_lost_call(own, other, began));
}

int mentioned_as(const struct place *own, const struct place *other)
{
    const struct end *e = find_pair(own, other);

    return e != NULL ? e->nth : 0;
}
