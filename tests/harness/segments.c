/* Each connection is followed from its first packet on, so that a segment
 * which comes once more is known as such, and an acknowledgement that says
 * nothing new is left out.  What belongs to no connection that began in this
 * case is left out as well: the case before may have left it. */
#define _GNU_SOURCE
#include "segments.h"

#include "ends.h"
#include "harness.h"
#include "packet.h"
#include "trail.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* What one end of a connection has sent so far. */
struct way {
    bool has_begun, has_ended; /* by SYN, by FIN */
    bool end_is_answered;
    bool is_closed;  /* its window is 0 */
    bool is_waiting; /* it has asked something, by a probe */
    uint32_t syn;    /* the number of its SYN */
    uint32_t next;   /* the number that comes next */
};

struct flow {
    enum transport transport;
    struct place places[2];
    const char *names[2];
    const char *label;
    bool is_silent;     /* both ends are the checker's */
    struct way ways[2]; /* from each place */
};

static struct flow *flows;
static size_t nflows, room;

static struct flow *add_flow(void)
{
    if (nflows == room) {
        room = room == 0 ? 64 : 2 * room;
        flows = reallocarray(flows, room, sizeof *flows);
        if (flows == NULL)
            err(2, "realloc");
    }
    return memset(&flows[nflows++], 0, sizeof *flows);
}

/* Names both ends of a connection: as "you" and "checker" where the story
 * tells of the checker's socket, else the one that is called by its address.
 * places[0] is the caller's. */
static void name_ends(struct flow *f, uint64_t ns)
{
    const struct place *caller = &f->places[0], *called = &f->places[1];
    bool calls = is_checkers(caller, called, ns);
    bool is_called = is_checkers(called, caller, 0);
    int nth =
        calls ? mentioned_as(caller, called) : mentioned_as(called, caller);
    bool is_told = nth > 0 || (f->transport == TRANSPORT_UDP && is_called);

    f->is_silent = calls && is_called;
    f->names[0] = calls ? "checker" : "you";
    f->names[1] = describe_place(called);
    if (is_told || (f->transport == TRANSPORT_UDP && calls))
        f->names[1] = calls ? "you" : "checker";
    f->label = nth > 1 ? text("(connection %d) ", nth) : "";
}

/* Which way of a connection a segment goes: 0 or 1, -1: it is another's. */
static int find_way(const struct flow *f, const struct segment *s)
{
    bool is_datagram = s->transport != TRANSPORT_TCP;

    if (is_datagram != (f->transport != TRANSPORT_TCP))
        return -1;
    for (int way = 0; way < 2; way++)
        if (is_same_place(&f->places[way], &s->from) &&
            is_same_place(&f->places[!way], &s->to))
            return way;
    return -1;
}

/* A SYN begins a connection, unless it is the same one again. */
static bool begins_anew(const struct way *w, const struct segment *s)
{
    return s->transport == TRANSPORT_TCP &&
           (s->flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN && w->syn != s->seq;
}

static struct flow *find_flow(const struct segment *s, uint64_t ns, int *way)
{
    bool is_call = s->transport == TRANSPORT_UDP ||
                   (s->transport == TRANSPORT_TCP &&
                    (s->flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN);

    for (size_t i = nflows; i > 0; i--) {
        struct flow *f = &flows[i - 1];
        *way = find_way(f, s);
        if (*way != -1 && !begins_anew(&f->ways[*way], s))
            return f;
    }
    if (!is_call)
        return NULL;
    struct flow *f = add_flow();
    *way = 0;
    f->transport = s->transport;
    f->places[0] = s->from;
    f->places[1] = s->to;
    name_ends(f, ns);
    return f;
}

/* Whether the number a comes after b, on a circle of 2^32 (RFC 9293, 3.4). */
static bool is_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static const char *add_words(const char *words, const char *more)
{
    if (*more == '\0')
        return words;
    return *words == '\0' ? more : text("%s, %s", words, more);
}

static const char *tell_syn(struct way *w, const struct segment *s)
{
    bool is_again = w->has_begun;

    if ((s->flags & FLAG_SYN) == 0)
        return "";
    w->has_begun = true;
    w->syn = s->seq;
    if (!is_again)
        w->next = s->seq + 1;
    return text("SYN%s%s", (s->flags & FLAG_ACK) != 0 ? ", ACK" : "",
                is_again ? " again" : "");
}

/* Data; what has been sent before is sent again. */
static const char *tell_data(struct way *w, const struct segment *s)
{
    uint32_t length = (uint32_t)s->length, end = s->seq + length;
    uint32_t again = is_after(w->next, s->seq) ? w->next - s->seq : 0;
    const char *urgent = (s->flags & FLAG_URG) != 0 ? ", urgent" : "";

    if (length == 0)
        return "";
    const char *bytes = text("%u byte%s", length, length == 1 ? "" : "s");
    if (again >= length)
        return text("%s again%s", bytes, urgent);
    w->next = end;
    if (again > 0)
        return text("%s (%u again)%s", bytes, again, urgent);
    return text("%s%s", bytes, urgent);
}

static const char *tell_fin(struct way *w, const struct segment *s)
{
    bool is_again = w->has_ended;

    if ((s->flags & FLAG_FIN) == 0)
        return "";
    if (!is_again)
        w->next = s->seq + (uint32_t)s->length + 1;
    w->has_ended = true;
    return is_again ? "FIN again" : "FIN";
}

/* A segment without anything whose number is that of the byte before makes
 * the other end answer. */
static const char *tell_probe(struct way *w, const struct way *other,
                              const struct segment *s)
{
    if (!w->has_begun || s->length > 0 || s->seq != w->next - 1 ||
        (s->flags & (FLAG_SYN | FLAG_FIN)) != 0)
        return "";
    w->is_waiting = true;
    return other->is_closed ? "window probe" : "keep-alive";
}

/* What a segment says of its sender's room. */
static const char *tell_window(struct way *w, const struct way *other,
                               const struct segment *s)
{
    bool was_closed = w->is_closed, is_closed = s->window == 0;

    if ((s->flags & FLAG_SYN) != 0)
        return "";
    w->is_closed = is_closed;
    if (is_closed && was_closed)
        return other->is_waiting ? "window 0 again" : "";
    if (is_closed)
        return "window 0";
    return was_closed ? "window open again" : "";
}

/* An acknowledgement that is worth a word. */
static const char *tell_ack(struct way *other, const struct segment *s)
{
    bool was_waiting = other->is_waiting;

    if ((s->flags & FLAG_ACK) == 0 || s->length > 0)
        return "";
    other->is_waiting = false;
    if (other->has_ended && !other->end_is_answered &&
        !is_after(other->next, s->ack)) {
        other->end_is_answered = true;
        return "ACK of FIN";
    }
    return was_waiting ? "ACK" : "";
}

/* What a segment says, in words; "": nothing new. */
static const char *tell(struct way *w, struct way *other,
                        const struct segment *s)
{
    if (s->transport == TRANSPORT_REFUSAL)
        return "port unreachable (ICMP)";
    if (s->transport == TRANSPORT_UDP)
        return text("%zu byte%s, datagram", s->length,
                    s->length == 1 ? "" : "s");
    if ((s->flags & FLAG_RST) != 0)
        return "RST";
    const char *words = tell_syn(w, s);
    words = add_words(words, tell_probe(w, other, s));
    words = add_words(words, tell_data(w, s));
    words = add_words(words, tell_fin(w, s));
    const char *window = tell_window(w, other, s);
    const char *ack = tell_ack(other, s);
    words = add_words(words, window);
    return *window == '\0' ? add_words(words, ack) : words;
}

static void tell_packet(const struct packet *p)
{
    struct segment s;
    struct flow *f = NULL;
    int way;

    if (read_packet(p->bytes, p->n, p->length, &s))
        f = find_flow(&s, p->ns, &way);
    if (f == NULL || f->is_silent)
        return;
    const char *words = tell(&f->ways[way], &f->ways[!way], &s);
    if (*words != '\0')
        say_wire(p->ns, text("%s%s → %s  %s", f->label, f->names[way],
                             f->names[!way], words));
}

void tell_segments(const struct capture *c)
{
    nflows = 0;
    for (size_t i = 0; i < c->n; i++)
        tell_packet(&c->packets[i]);
    if (c->lost > 0)
        say_wire(UINT64_MAX,
                 text("%zu packets more: too many to see them all", c->lost));
}
