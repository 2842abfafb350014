/* What the harness promises of datagrams, tried on a program that speaks in
 * them (talker.c); some of these cases must fail, with the words that the list
 * in CMakeLists.txt has for them. */
#define _GNU_SOURCE
#include "harness.h"

#include <string.h>

#define PLAIN READ("datagrams"), HINTS("none", "none", "none")

enum {
    QUESTIONS = 5
};

static const char why[] = "So it must be.";

static void expect_same(const char *a, const char *b)
{
    expect(strcmp(a, b) == 0, a, b, why);
}

CASE("bound", "a server without connections is called, and answers", PLAIN)
{
    struct subject *s = start_bound("serve", NULL);
    int fd = peer_datagram("127.0.0.1");
    const struct datagram *d;

    peer_tell(fd, s, "hi", 2);
    d = expect_datagram(fd, "hi", 2, why);
    expect_same(text("%s:%s", listening_address(s), listening_port(s)),
                d->sender);
    peer_tell(fd, s, "", 0);
    peer_answer(fd, d, "there", 5);
    expect_datagram(fd, "", 0, why);
    expect(peer_receive(fd, why)->n == 5, "5 bytes", "others", why);
    expect(!peer_is_sent(fd), "nothing more", "a datagram", why);
}

CASE("largest", "a datagram may be as large as any", PLAIN)
{
    static const char bytes[65507];
    struct subject *s = start_bound("serve", NULL);
    int fd = peer_datagram("127.0.0.1");

    peer_tell(fd, s, bytes, sizeof bytes);
    expect_datagram(fd, bytes, sizeof bytes, why);
}

CASE("refuses", "nobody is at a port, and then somebody is", PLAIN)
{
    int fd = peer_refuse_datagrams("127.0.0.1");
    const char *port = peer_port(fd);
    struct subject *s = start("call", port, "2", NULL);

    hold(s, CALL_SEND, NTH(2));
    expect_prints(s, "ECONNREFUSED\n", why);
    wait_held(s, why);
    fd = peer_take_datagrams(fd);
    expect_same(port, peer_port(fd));
    release(s);
    peer_answer(fd, expect_datagram(fd, "hi", 2, why), "yes", 3);
    expect_prints(s, "3 yes\n", why);
}

CASE("twins", "two sockets have one port, and are told apart", PLAIN)
{
    int twin, fd = peer_datagram_twins("127.0.0.1", "127.0.0.2", &twin);
    struct subject *s = start("call", peer_port(fd), "1", NULL);
    const struct datagram *d = peer_receive(fd, why);

    expect_same(peer_port(fd), peer_port(twin));
    peer_answer(twin, d, "forged", 6);
    wait_settled(s);
    peer_answer(fd, d, "right", 5);
    expect_prints(s, "5 right\n", why);
}

CASE("whole", "a message is not cut by a fault, nor over a second descriptor",
     PLAIN, EXHAUSTIVE)
{
    struct subject *s = start_bound("serve", NULL);
    int fd = peer_datagram("127.0.0.1");

    for (int i = 0; i < 2; i++) {
        peer_tell(fd, s, "whole", 5);
        expect_datagram(fd, "whole", 5, why);
    }
}

CASE("whole-at-random", "nor by a random one", PLAIN, RANDOM_FAULTS)
{
    struct subject *s = start_bound("serve", NULL);
    int fd = peer_datagram("127.0.0.1");

    for (int i = 0; i < 20; i++) {
        peer_tell(fd, s, "whole", 5);
        expect_datagram(fd, "whole", 5, why);
    }
}

/* What a plan has had the server do. */
struct doings {
    int times[FATE_MANGLED + 1];
};

static int which(const struct datagram *asking, void *data)
{
    (void)data;
    return asking->n == 2 && asking->bytes[0] == 'q' ? asking->bytes[1] - '0'
                                                     : -1;
}

static size_t answer(const struct datagram *asking, enum fate fate, char *bytes,
                     void *data)
{
    struct doings *doings = data;
    bool is_right = fate == FATE_ARRIVES || fate == FATE_DOUBLED;

    doings->times[fate]++;
    bytes[0] = is_right ? 'a' : 'x';
    bytes[1] = asking->bytes[1];
    return 2;
}

static struct subject *serve_by_chance(const char *manner,
                                       struct doings *doings)
{
    struct server server = {.which = which, .answer = answer, .data = doings};

    server.fd = peer_datagram_twins("127.0.0.1", "127.0.0.2", &server.twin);
    server.beside = peer_datagram("127.0.0.1");
    struct subject *s =
        start(manner, peer_port(server.fd), text("%d", QUESTIONS), NULL);
    serve_by_plan(s, &server, QUESTIONS);
    return s;
}

CASE("plan", "each kind of trouble comes, and each question has its answer",
     PLAIN)
{
    static const char want[] = "a0\na1\na2\na3\na4\n";

    for (int i = 0; i < 10; i++) {
        struct doings doings = {{0}};
        struct subject *s = serve_by_chance("ask", &doings);
        expect_output(s, want, strlen(want), why);
        expect(doings.times[FATE_FORGED_PORT] == 1 &&
                   doings.times[FATE_FORGED_ADDRESS] == 1 &&
                   doings.times[FATE_MANGLED] == 2 &&
                   doings.times[FATE_DOUBLED] == 1 &&
                   doings.times[FATE_ARRIVES] == QUESTIONS + 1,
               "each kind of trouble",
               text("%d, %d, %d, %d, %d", doings.times[FATE_FORGED_PORT],
                    doings.times[FATE_FORGED_ADDRESS],
                    doings.times[FATE_MANGLED], doings.times[FATE_DOUBLED],
                    doings.times[FATE_ARRIVES]),
               why);
    }
}

CASE("time-line", "what was on the way is told", PLAIN)
{
    struct doings doings = {{0}};

    expect_output(serve_by_chance("believe", &doings), "a0\n", 3, why);
}

CASE("few-questions", "a plan wants room for all kinds of trouble", PLAIN)
{
    struct server server = {.fd = peer_datagram("127.0.0.1")};

    serve_by_plan(start("claim", NULL), &server, 3);
}

CASE("claims", "it says that it listens, and nobody is there", PLAIN)
{
    start_bound("claim", NULL);
}

CASE("silent", "no datagram comes", PLAIN)
{
    peer_receive(peer_datagram("127.0.0.1"), why);
}

CASE("asleep", "nor while it sleeps", PLAIN)
{
    int fd = peer_datagram("127.0.0.1");

    start("call", peer_port(fd), "1", NULL);
    expect_datagram(fd, "hi", 2, why);
    expect_datagram(fd, "hi", 2, why);
}

CASE("other-bytes", "another datagram comes", PLAIN)
{
    int fd = peer_datagram("127.0.0.1");

    start("call", peer_port(fd), "1", NULL);
    expect_datagram(fd, "", 0, why);
}
