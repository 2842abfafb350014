/* What the harness sees on the wire, tried on a puppet (puppet.c).  The cases
 * hold conversations; what is told of them, wire.py compares with its list. */
#define _GNU_SOURCE
#include "harness.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLAIN READ("wire"), HINTS("none", "none", "none")

static const char why[] = "The harness itself is wrong.";

/* A puppet that has connected to this address, and our end. */
static int talk(const char *where, struct subject **s, const char *one,
                const char *two)
{
    int lfd = peer_listen(where);

    *s = start(text("connect:%s", strchr(where, ':') != NULL
                                      ? text("six:%s", peer_port(lfd))
                                      : text("%s:%s", where, peer_port(lfd))),
               one, two, NULL);
    give_hosts(*s, "::1 six\n");
    return peer_accept(lfd, why);
}

CASE("conversation", "both speak and end", PLAIN, SHOWS_WIRE)
{
    struct subject *s;
    int fd = talk("127.0.0.1", &s, "send:hello", "recv:10");

    expect_text(fd, "hello", why);
    peer_send_text(fd, "HI");
    expect_end(fd, why);
    peer_close(fd);
    expect_exit(s, 0, why);
}

CASE("last-word", "what is sent last is seen, and its answer", PLAIN,
     SHOWS_WIRE)
{
    struct subject *s;
    int fd = talk("127.0.0.1", &s, "stdin", NULL);

    wait_blocked(s, CALL_READ, why);
    peer_send_text(fd, "the last word");
    peer_reset(fd);
}

CASE("ipv6", "over IPv6 as well", PLAIN, SHOWS_WIRE)
{
    need_ipv6();
    struct subject *s;
    int fd = talk("::1", &s, "send:six", "stdin");

    expect_text(fd, "six", why);
    wait_blocked(s, CALL_READ, why);
    peer_reset(fd);
}

CASE("unread", "who closes with bytes unread resets the connection", PLAIN,
     SHOWS_WIRE)
{
    struct subject *s;
    int fd = talk("127.0.0.1", &s, "stdin", "close");

    peer_send_text(fd, "unread");
    feed_text(s, "go");
    expect_closed(fd, why);
    expect_exit(s, 0, why);
}

CASE("window", "a window closes and opens", PLAIN, SHOWS_WIRE)
{
    enum {
        SOME = 100000
    };
    static char bytes[SOME];
    int lfd = peer_listen("127.0.0.1");

    peer_window(lfd, 4096);
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(lfd)), "flood", NULL);
    int fd = peer_accept(lfd, why);
    wait_blocked(s, CALL_SEND, why);
    expect_idle(s, 700, why); /* time for a probe */
    expect_bytes(fd, bytes, sizeof bytes, why);
    peer_reset(fd);
    expect_exit(s, 0, why);
}

CASE("again", "what is not acknowledged is sent again", PLAIN, SHOWS_WIRE)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(lfd)), "patience:700",
              "stdin", "send:anybody?", "recv:1", NULL);
    int fd = peer_accept(lfd, why);

    peer_vanish(fd);
    feed_text(s, "go");
    expect_exit(s, 0, why);
}

CASE("several", "each connection has its name", PLAIN, SHOWS_WIRE)
{
    struct subject *s =
        start_listening("serve", "accept", "accept", "send:two", "stdin", NULL);
    int one = peer_connect(s), two = peer_connect(s);

    expect_text(two, "two", why);
    wait_blocked(s, CALL_READ, why);
    peer_reset(two);
    peer_reset(one);
}

CASE("refused", "an address that is not answered is named", PLAIN, SHOWS_WIRE)
{
    int lfd = peer_refuse_and_listen("127.0.0.10", "127.0.0.12");
    const char *port = peer_port(lfd);
    struct subject *s =
        start(text("connect:127.0.0.10:%s", port),
              text("connect:127.0.0.12:%s", port), "stdin", NULL);
    int fd = peer_accept(lfd, why);

    wait_blocked(s, CALL_READ, why);
    peer_reset(fd);
}

CASE("own-calls", "calls of the checker: to the subject, to itself, in vain",
     PLAIN, SHOWS_WIRE)
{
    struct subject *s = start_listening("serve", "stdin", NULL);

    peer_connect_to("127.0.0.1", listening_port(s));
    peer_connect_to("127.0.0.2", listening_port(s)); /* nobody is there */
    peer_connect_to("127.0.0.1", peer_port(peer_refuse("127.0.0.1")));
    peer_time_wait("127.0.0.1");
}

CASE("datagrams", "datagrams, and one to nobody", PLAIN, SHOWS_WIRE)
{
    char bytes[16], from[128];
    size_t fromlen = sizeof from;
    int fd = peer_datagram("127.0.0.1");
    struct subject *s =
        start(text("ask:%s:hi", peer_port(fd)), "ask:9:nobody", NULL);

    peer_recv_from(fd, bytes, sizeof bytes, from, &fromlen, why);
    peer_send_to(fd, "you", 3, from, fromlen);
    expect_prints(s, "ask 3 you\n", why);
    wait_blocked(s, CALL_RECV, why);
}

/* Datagrams to nobody, to fill the ring; the harness does not know of this
 * socket. */
static void send_many(int many, size_t n)
{
    static char bytes[65507];

    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(9),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    for (int i = 0; i < many; i++)
        sendto(fd, bytes, n, 0, (struct sockaddr *)&a, sizeof a);
    close(fd);
}

CASE("too-many", "packets without room are counted", PLAIN, SHOWS_WIRE)
{
    send_many(20000, 0);
}

CASE("too-large", "so are those without room in a file", PLAIN, SHOWS_WIRE)
{
    send_many(1100, 65507); /* 69 MiB */
}

CASE("not-asked", "who does not ask is not told", PLAIN)
{
    struct subject *s;
    int fd = talk("127.0.0.1", &s, "send:hello", NULL);

    expect_text(fd, "hello", why);
}

CASE("drip", "alike lines of both sides are folded", PLAIN, SHOWS_WIRE)
{
    struct subject *s;
    int fd = talk("127.0.0.1", &s, "stdin", NULL);

    wait_blocked(s, CALL_READ, why);
    for (int i = 0; i < 5; i++) { /* what TCP sends at first unanswered */
        peer_send_text(fd, "x");
        peer_send_text(fd, "xy");
    }
    fail_case(NULL, NULL, "So that the story is shown.");
}
