#include "look.h"

#include "ends.h"
#include "pcap.h"
#include "segments.h"
#include "trail.h"

static bool is_told;        /* in the trail */
static const char *why_not; /* nothing can be seen; NULL: it can */
static bool is_looking;
static const struct capture *last;

void begin_look(const struct labcase *c)
{
    is_told = c->shows_wire;
    is_looking = false;
    last = NULL;
    if (!is_told && !is_pcap_open())
        return;
    why_not = open_capture(is_pcap_open());
    if (why_not != NULL)
        return;
    is_looking = true;
    begin_ends();
    begin_capture();
}

void end_look(void)
{
    if (is_looking)
        last = end_capture();
    end_ends();
    if (is_told && last != NULL)
        tell_segments(last);
    else if (is_told)
        say_wire(0, text("is not seen: %s", why_not));
}

const struct capture *last_look(void)
{
    return last;
}
