/* The exhaustive replay, and random faults, tried on careful and on careless
 * servers (echo.c). */
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

CASE("random", "random faults are survived", READ("random"),
     HINTS("none", "none", "none"), RANDOM_FAULTS, RETRIES_EINTR)
{
    converse("careful");
}

CASE("random-eintr", "without a word on EINTR it is not given", READ("random"),
     HINTS("none", "none", "none"), RANDOM_FAULTS)
{
    converse("no-signals");
}

CASE("random-careless", "the schedule that is not survived is named",
     READ("random"), HINTS("none", "none", "none"), RANDOM_FAULTS)
{
    converse("careless");
}

CASE("random-polling", "who does not wait meets EAGAIN, and polls again",
     READ("random"), HINTS("none", "none", "none"), RANDOM_FAULTS,
     RETRIES_EINTR)
{
    converse("polling");
}

CASE("random-surprised", "who does not wait for anything meets EAGAIN",
     READ("random"), HINTS("none", "none", "none"), RANDOM_FAULTS,
     RETRIES_EINTR)
{
    converse("surprised");
}

CASE("random-edges", "what epoll would have to tell once more is not done",
     READ("random"), HINTS("none", "none", "none"), RANDOM_FAULTS,
     RETRIES_EINTR)
{
    struct subject *s = start("edges", NULL);
    int fd = peer_connect(s);

    peer_send_text(fd, "one two three");
    expect_text(fd, "one two three", "All that was sent comes back.");
    peer_end(fd);
    expect_end(fd, "After the last byte the stream ends.");
}
