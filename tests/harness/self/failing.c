/* How the harness says no: each case must fail, with the words that the
 * list in CMakeLists.txt has for it.  Tried on a puppet (puppet.c). */
#define _GNU_SOURCE
#include "harness.h"

#include <signal.h>
#include <string.h>

#define PLAIN READ("failing"), HINTS("none", "none", "none")

static const char why[] = "So it must be.";

/* A puppet that has connected, and our end. */
static int talk(struct subject **s, const char *one, const char *two)
{
    int lfd = peer_listen("127.0.0.1");

    *s = start(text("connect:127.0.0.1:%s", peer_port(lfd)), one, two, NULL);
    return peer_accept(lfd, why);
}

CASE("prints-other", "stdout differs", PLAIN)
{
    expect_prints(start("socket", NULL), "socket 4\n", why);
}

CASE("prints-nothing", "stdout stays empty", PLAIN)
{
    expect_prints(start("pause", NULL), "hello\n", why);
}

CASE("timer-too-late", "a timer would go off when the case is over", PLAIN)
{
    expect_prints(start("alarm:60", "pause", NULL), "alarm 0\nhello\n", why);
}

CASE("output-longer", "stdout has more than it should", PLAIN)
{
    expect_output(start("socket", "socket", NULL), "socket 3\n", 9, why);
}

CASE("exit-other", "the status differs", PLAIN)
{
    expect_exit(start("exit:3", NULL), 0, why);
}

CASE("held-for-ever", "what the checker holds wakes nobody", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(lfd)), "send:one", NULL);

    hold(s, CALL_SEND, ALWAYS);
    expect_text(peer_accept(lfd, why), "one", why);
}

CASE("exit-never", "it does not end", PLAIN)
{
    expect_exit(start("listen", "accept", NULL), 0, why);
}

CASE("no-complaint", "stderr stays empty", PLAIN)
{
    expect_complaint(start("exit:1", NULL), "reason", why);
}

CASE("long-complaint", "stderr has two lines", PLAIN)
{
    expect_complaint(start("complain:one", "complain:two", NULL), "one", why);
}

CASE("bytes-other", "other bytes arrive", PLAIN)
{
    struct subject *s;

    expect_text(talk(&s, "send:abX", "end"), "abc", why);
}

CASE("bytes-end", "the stream ends before the bytes", PLAIN)
{
    struct subject *s;

    expect_text(talk(&s, "send:ab", "end"), "abc", why);
}

CASE("bytes-never", "the bytes do not come", PLAIN)
{
    struct subject *s;

    expect_text(talk(&s, "send:ab", "recv:1"), "abc", why);
}

CASE("bytes-reset", "a reset arrives in the place of bytes", PLAIN)
{
    struct subject *s;
    int fd = talk(&s, "stdin", "close");

    peer_send_text(fd, "unread");
    feed_text(s, "go");
    expect_text(fd, "abc", why);
}

CASE("end-late", "bytes arrive in the place of the end", PLAIN)
{
    struct subject *s;

    expect_end(talk(&s, "send:more", "end"), why);
}

CASE("no-mark", "the mark does not come", PLAIN)
{
    struct subject *s;

    peer_read_until(talk(&s, "send:GET /\r\n", "end"), "\r\n\r\n", why);
}

CASE("no-call", "nobody connects", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");

    start("pause", NULL);
    peer_accept(lfd, why);
}

CASE("no-call-ended", "the program ends without connecting", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");

    start("exit:4", NULL);
    peer_accept(lfd, why);
}

CASE("no-listener", "nobody listens", PLAIN)
{
    peer_connect(start("socket", "pause", NULL));
}

CASE("no-line", "it listens and does not say so", PLAIN)
{
    start_listening("listen", "pause", NULL);
}

CASE("line-untrue", "it says something else", PLAIN)
{
    start_listening("listen", "pause", NULL);
}

CASE("line-early", "it says so before it listens", PLAIN)
{
    start_listening("claim:7", "stdin", NULL);
}

CASE("line-and-end", "it says so, and ends", PLAIN)
{
    start_listening("claim:7", NULL);
}

CASE("no-line-at", "the line is missing", PLAIN)
{
    expect_listening_at(start("pause", NULL), "door");
}

CASE("line-at-other", "the line tells of another path", PLAIN)
{
    expect_listening_at(start("serve-at:./door", "pause", NULL), "door");
}

CASE("line-at-untrue", "the line is there, and nobody listens", PLAIN)
{
    expect_listening_at(start("claim:1", NULL), "127.0.0.1:1");
}

CASE("not-closed", "the connection goes on", PLAIN)
{
    struct subject *s;

    expect_closed(talk(&s, "send:more", "recv:1"), why);
}

CASE("answer-other", "the answer is another", PLAIN)
{
    struct subject *s;
    int fd = talk(&s, "send:abX", "recv:9");

    expect_answer(fd, "question", 8, "abc", 3, why);
}

CASE("error-told", "the story tells of the error that SO_ERROR has told", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s = start(text("connect:127.0.0.1:%s", peer_port(lfd)),
                              "error", "error", NULL);

    hold(s, CALL_GETSOCKOPT, NTH(1));
    int fd = peer_accept(lfd, why);
    wait_held(s, why);
    peer_reset(fd);
    release(s);
    expect_exit(s, 3, why);
}

CASE("child-ended", "the story tells of children", PLAIN)
{
    struct subject *s = start("exec:/bin/true", "stdin", NULL);

    expect_prints(s, "exec 0\n", why);
    fail_case("nothing", "nothing", why);
}

CASE("all-asleep", "it waits, and so do its threads", PLAIN)
{
    expect_prints(start("thread", "listen", "accept", NULL),
                  "thread 0\nlisten 0\naccept 0\n", why);
}

CASE("no-datagram", "no datagram comes", PLAIN)
{
    char byte;
    struct subject *s = start("pause", NULL);
    char from[128];
    size_t fromlen = sizeof from;

    (void)s;
    peer_recv_from(peer_datagram("127.0.0.1"), &byte, 1, from, &fromlen, why);
}

CASE("no-message", "nothing is passed", PLAIN)
{
    struct subject *s = start("connect-path:door", "pause", NULL);
    int lfd = peer_listen(text("%s/door", subject_directory(s)));

    peer_take_passed(peer_accept(lfd, why), why);
}

CASE("passed-told", "the trail tells what was passed", PLAIN)
{
    struct subject *s = start("connect-path:door", "pass-stdin", "take", NULL);
    int lfd = peer_listen(text("%s/door", subject_directory(s)));
    int fds[] = {lfd, lfd, lfd, lfd, lfd};

    peer_pass(peer_accept(lfd, why), "ab", 2, fds, 5);
    expect_exit(s, 1, why);
}

CASE("not-blocked", "it waits elsewhere", PLAIN)
{
    wait_blocked(start("listen", "pause", NULL), CALL_ACCEPT, why);
}

CASE("not-held", "the call to be held is not made", PLAIN)
{
    struct subject *s = start("socket", NULL);

    hold(s, CALL_SEND, NTH(1));
    wait_held(s, why);
}

CASE("not-idle", "it works when it should wait", PLAIN)
{
    struct subject *s = start("burn:500", NULL);

    expect_idle(s, 50, why);
}

CASE("not-calm", "it looks too often", PLAIN)
{
    struct subject *s = start("sleep:5", "sleep:5:90", "stdin", NULL);

    expect_prints(s, "sleep 0\n", why);
    expect_calm(s, 100, 3, why);
}

CASE("busy", "it burns CPU time for ever", PLAIN)
{
    set_limits((struct limits){.cpu_ms = 100, .wall_ms = 60000});
    expect_exit(start("burn:60000", NULL), 0, why);
}

CASE("late", "it sleeps for longer than the case lasts", PLAIN)
{
    expect_exit(start("sleep:60000", NULL), 0, why);
}

CASE("time-up", "it sleeps again and again", PLAIN)
{
    set_limits((struct limits){.wall_ms = 200});
    expect_exit(start("sleep:150", "sleep:150", "sleep:150", NULL), 0, why);
}

CASE("stopped", "it is stopped for good", PLAIN)
{
    struct subject *s = start("listen", "accept", NULL);

    wait_blocked(s, CALL_ACCEPT, why);
    send_signal(s, SIGSTOP);
    expect_exit(s, 0, why);
}

CASE("killed", "a signal kills it", PLAIN)
{
    struct subject *s = start("listen", "accept", NULL);

    wait_blocked(s, CALL_ACCEPT, why);
    send_signal(s, SIGTERM);
    expect_exit(s, 0, why);
}

CASE("not-alive", "it ends when nobody asked it to", PLAIN)
{
    expect_alive(start("socket", NULL), why);
}

CASE("skipped", "it cannot be shown here", PLAIN)
{
    skip_case("no such thing on this machine");
}

CASE("broken", "the checker cannot go on", PLAIN)
{
    peer_listen("no address");
}

static bool is_exhausted(struct subject *s)
{
    wait_exit(s);
    return strcmp(output(s, NULL), "socket 3\n") != 0;
}

CASE("plain-expect", "wanted and got are shown as they were given", PLAIN)
{
    struct subject *s = start("socket", NULL);

    expect(is_exhausted(s), "an apple", "a pear", why);
}
