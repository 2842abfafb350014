#include "difference.h"

#include "harness.h"

#include <string.h>

enum {
    SHORT = 60, /* shown whole */
    BEFORE = 12,
    SHOWN = 40
};

bool equal_bytes(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static size_t count_common(struct bytes a, struct bytes b)
{
    size_t i = 0;

    while (i < a.n && i < b.n && a.p[i] == b.p[i])
        i++;
    return i;
}

const char *show_difference(struct bytes one, struct bytes other)
{
    size_t at = count_common(one, other);

    if (one.n == 0)
        return "nothing";
    if (one.n <= SHORT)
        return quoted(one.p, one.n, SHORT);
    if (at == one.n)
        return text("%zu bytes, ending in %s", one.n,
                    quoted(one.p + one.n - BEFORE, BEFORE, BEFORE));
    size_t from = at > BEFORE ? at - BEFORE : 0;
    return text("%zu bytes, from byte %zu on %s", one.n, from,
                quoted(one.p + from, one.n - from, SHOWN));
}
