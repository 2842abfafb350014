/* The exhaustive replay, tried on a careful and on a careless server
 * (echo.c). */
#include "harness.h"

static void converse(const char *manner)
{
    struct subject *s = start(manner, NULL);
    int fd = peer_connect(s);

    peer_send_text(fd, "one two three");
    peer_end(fd);
    expect_text(fd, "one two three", "All that was sent comes back.");
    expect_end(fd, "After the last byte the stream ends.");
}

CASE("careful", "every legal fault is survived", READ("exhaust"),
     HINTS("none", "none", "none"), EXHAUSTIVE, RETRIES_EINTR)
{
    converse("careful");
}

CASE("careful-eintr", "without a word on EINTR it is not given",
     READ("exhaust"), HINTS("none", "none", "none"), EXHAUSTIVE)
{
    converse("careful");
}

CASE("careless", "the first fault that is not survived is named",
     READ("exhaust"), HINTS("none", "none", "none"), EXHAUSTIVE)
{
    converse("careless");
}
