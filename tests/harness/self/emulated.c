/* How the harness runs a program of another machine (foreign.c): what it can
 * do with one, and what it says when that comes to grief. */
#define _GNU_SOURCE
#include "harness.h"

#include <string.h>

#define PLAIN READ("emulated"), HINTS("none", "none", "none")

static const char why[] = "So it must be.";

CASE("order", "the other machine has the other order", PLAIN)
{
    struct subject *here = start("order", NULL);
    struct subject *there = start_big_endian("order", NULL);

    expect_exit(there, 7, why);
    expect_prints(there, "11 22\n", why);
    expect_exit(here, 7, why);
    expect(strcmp(output(here, NULL), output(there, NULL)) != 0,
           "another order", output(here, NULL), why);
}

CASE("streams", "it has streams like any other, and its calls are not told",
     PLAIN)
{
    struct subject *s = start_big_endian("echo", NULL);
    static char many[100000];

    inject_errno(s, CALL_ANY, ALWAYS, 5);
    memset(many, 'm', sizeof many);
    feed(s, many, sizeof many);
    feed_end(s);
    expect_output(s, many, sizeof many, why);
    expect_complaint(s, "that was all", why);
    expect(count_calls(s, CALL_ANY) == 0, "no call", "some", why);
    expect(wait_exit(s) == 0, "0", "another", why);
}

CASE("files", "its stdin may be a file", PLAIN)
{
    stdin_from_file("file\n", 5);
    expect_output(start_big_endian("echo", NULL), "file\n", 5, why);
}

CASE("waits", "it comes to rest like any other", PLAIN)
{
    struct subject *s = start_big_endian("echo", NULL);

    expect_alive(s, why);
    feed_text(s, "rest");
    expect_idle(s, 20, why);
    feed_end(s);
    expect_output(s, "rest", 4, why);
}

CASE("child", "what it leaves behind is ended with the case", PLAIN)
{
    expect_exit(start_big_endian("fork", NULL), 0, why);
}

CASE("prints-other", "stdout differs", PLAIN)
{
    expect_prints(start_big_endian("order", NULL), "22 11\n", why);
}

CASE("exit-never", "it waits for ever", PLAIN)
{
    expect_exit(start_big_endian("echo", NULL), 0, why);
}

CASE("spin", "it is busy for ever", PLAIN)
{
    set_limits((struct limits){.cpu_ms = 20});
    expect_exit(start_big_endian("spin", NULL), 0, why);
}

CASE("flood", "it prints for ever", PLAIN)
{
    expect_exit(start_big_endian("flood", NULL), 0, why);
}

CASE("overflow", "a sanitizer has something to say", PLAIN)
{
    expect_exit(start_big_endian("overflow", NULL), 0, why);
}

CASE("stray", "it dies of a signal", PLAIN)
{
    expect_exit(start_big_endian("stray", NULL), 0, why);
}
