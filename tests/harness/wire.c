#include "wire.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* Both ends are one program on one machine: values go as they lie in memory,
 * strings behind their length. */

static void put(FILE *to, const void *value, size_t n)
{
    fwrite(value, 1, n, to);
}

static bool get(FILE *from, void *value, size_t n)
{
    return fread(value, 1, n, from) == n;
}

static void put_string(FILE *to, const char *s)
{
    size_t n = s != NULL ? strlen(s) + 1 : 0;

    put(to, &n, sizeof n);
    put(to, s != NULL ? s : "", n);
}

static bool get_string(FILE *from, const char **s)
{
    size_t n;

    *s = NULL;
    if (!get(from, &n, sizeof n))
        return false;
    if (n == 0)
        return true;
    char *copy = malloc(n);
    if (copy == NULL)
        err(2, "malloc");
    *s = copy;
    return get(from, copy, n);
}

static void put_trail(FILE *to, const struct trail *t)
{
    put(to, &t->n, sizeof t->n);
    for (size_t i = 0; i < t->n; i++) {
        put(to, &t->lines[i].ms, sizeof t->lines[i].ms);
        put_string(to, t->lines[i].who);
        put_string(to, t->lines[i].text);
        put_string(to, t->lines[i].note);
    }
}

static bool get_trail(FILE *from, struct trail *t)
{
    if (!get(from, &t->n, sizeof t->n))
        return false;
    t->lines = calloc(t->n + 1, sizeof *t->lines);
    if (t->lines == NULL)
        err(2, "calloc");
    for (size_t i = 0; i < t->n; i++) {
        struct trail_line *l = &t->lines[i];
        if (!get(from, &l->ms, sizeof l->ms) || !get_string(from, &l->who) ||
            !get_string(from, &l->text) || !get_string(from, &l->note))
            return false;
    }
    return true;
}

void send_result(FILE *to, size_t number, const struct result *r)
{
    put(to, &number, sizeof number);
    put(to, &r->status, sizeof r->status);
    put(to, &r->cause, sizeof r->cause);
    put(to, &r->seconds, sizeof r->seconds);
    put_string(to, r->message);
    put_string(to, r->wanted);
    put_string(to, r->got);
    put_string(to, r->why);
    put_trail(to, &r->trail);
    fflush(to);
}

bool receive_result(FILE *from, struct result *results, size_t n)
{
    size_t number;
    struct result r;

    if (!get(from, &number, sizeof number) || number >= n)
        return false;
    r = results[number];
    if (!get(from, &r.status, sizeof r.status) ||
        !get(from, &r.cause, sizeof r.cause) ||
        !get(from, &r.seconds, sizeof r.seconds) ||
        !get_string(from, &r.message) || !get_string(from, &r.wanted) ||
        !get_string(from, &r.got) || !get_string(from, &r.why) ||
        !get_trail(from, &r.trail))
        return false;
    results[number] = r;
    return true;
}
