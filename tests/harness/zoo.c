/* zoo: the checker of the hostile programs in zoo/.
 *
 * The contract that they keep or break:
 *
 *     PROGRAM deliver HOST PORT   reads a line from stdin, connects, sends
 *                                 it, closes, prints "done", exits 0
 *     PROGRAM serve HOST 0        listens, prints "listening on HOST:PORT",
 *                                 sends "hello\n" to the first caller, closes,
 *                                 exits 0
 *
 * A program keeps to one of the two; its test runs that case only. */
#include "harness.h"

static void expect_delivery(void)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s = start("deliver", "127.0.0.1", peer_port(lfd), NULL);

    feed_text(s, "hello\n");
    feed_end(s);
    int fd = peer_accept(lfd, "A client begins with connect().");
    expect_text(fd, "hello\n", "The line goes out whole.");
    expect_end(fd, "Behind the line the connection is closed.");
    expect_output(s, "done\n", 5, "At the end it says so.");
    expect_exit(s, 0, "All went well.");
}

CASE("delivers", "a line of stdin reaches the other end", READ("zoo"),
     HINTS("Read.", "Connect.", "Send."))
{
    expect_delivery();
}

/* For programs that a loaded machine could stop by another limit first. */
CASE("delivers-by-cpu", "the same, judged by its CPU time alone", READ("zoo"),
     HINTS("Read.", "Connect.", "Send."))
{
    set_limits((struct limits){.wall_ms = 60000});
    expect_delivery();
}

CASE("delivers-by-calls", "the same, with as much time as it takes",
     READ("zoo"), HINTS("Read.", "Connect.", "Send."))
{
    set_limits((struct limits){.cpu_ms = 60000, .wall_ms = 60000});
    expect_delivery();
}

CASE("serves", "it listens where it says that it does", READ("zoo"),
     HINTS("Listen.", "Ask for the port.", "Print it."))
{
    struct subject *s = start_listening("serve", "127.0.0.1", "0", NULL);

    expect_text(peer_connect(s), "hello\n", "A caller is greeted.");
    expect_exit(s, 0, "All went well.");
}
