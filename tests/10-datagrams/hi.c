/* The checker of labs/10-datagrams/hi.c: servers that answer, that are silent,
 * that are not there, and strangers who answer in their place.  No verdict
 * hangs on how fast anything is: time passes inside the program's own calls. */
#define _GNU_SOURCE
#include "../05-nonblocking/flags.h"
#include "../05-nonblocking/spurious.h"
#include "harness.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    MOST = 512,
    MOST_CPU_MS = 500, /* of a program that does not spin */
    NS_PER_MS = 1000 * 1000
};

static const char host[] = "many.example";

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A program that asks, where it is answered, and what it has asked. */
struct visit {
    struct subject *s;
    int fd;
    const struct datagram *asked;
};

/* Starts it; it is to ask this socket.  Without a time: the usual one. */
static struct subject *send_out(const char *where, int fd, const char *seconds)
{
    set_limits((struct limits){.cpu_ms = MOST_CPU_MS});
    streams_with_flags();
    return start(where, peer_port(fd), seconds, NULL);
}

static struct visit hear(struct visit v)
{
    static const char why[] =
        "It says \"hi\": one datagram with these two bytes.";

    v.asked = expect_datagram(v.fd, "hi", 2, "%s", why);
    return v;
}

/* A program that has asked and waits. */
static struct visit arrive(const char *seconds)
{
    struct visit v = {.fd = peer_datagram("127.0.0.1")};

    v.s = send_out("127.0.0.1", v.fd, seconds);
    v = hear(v);
    wait_settled(v.s);
    return v;
}

static void answer(struct visit v, const void *bytes, size_t n)
{
    peer_answer(v.fd, v.asked, bytes, n);
}

/* It ends having printed this answer. */
static void expect_told(struct subject *s, const void *bytes, size_t n,
                        const char *why)
{
    char line[MOST + 1];

    memcpy(line, bytes, n);
    line[n] = '\n';
    expect_output(s, line, n + 1, "%s", why);
    expect_exit(s, 0, "%s", why);
    expect_flags_kept(s, "when it has ended");
}

/* An error: nothing on stdout, a sentence on stderr, status 1. */
static void expect_error(struct subject *s, const char *part, const char *why)
{
    expect_output(s, "", 0, "%s", why);
    expect_exit(s, 1, "%s", why);
    expect_complaint(s, part, "%s", why);
}

CASE("usage", "wrong usage ends with status 2", READ("hi"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
    expect_usage(start("127.0.0.1", "80", "1", "2", NULL),
                 "There is one argument too many.");
}

CASE("answer", "it prints what the server answers", READ("one-for-one"),
     HINTS("What does recv() give of a datagram?", "See recv(2).",
           "All of it, at once: print so many bytes, and a newline."))
{
    struct visit v = arrive(NULL);
    const char *word = chance_word(20);

    answer(v, word, 20);
    expect_told(v.s, word, 20, "This was the answer.");
    expect(!peer_is_sent(v.fd), "one datagram", "another one",
           "It says hi once; there is no connection to be ended.");
}

CASE("silent", "it gives up when its time is over", READ("a-time-limit"),
     HINTS("The question is lost. How long does recv() wait?",
           "See poll(2); a datagram that is lost is told to nobody.",
           "poll() for what is left of the time; when it says 0, it is over."))
{
    expect_error(arrive("0.03").s, NULL,
                 "No answer has come: the question was lost, or the answer "
                 "was. Nobody tells. A recv() that has no limit waits for "
                 "ever; this one had 0.03 seconds.");
}

static bool is_past(void *moment)
{
    return now_ns() >= *(uint64_t *)moment;
}

CASE("not-early", "and not before", READ("a-time-limit"),
     HINTS("How long is 0.4 seconds, in what poll() takes?",
           "poll(2) takes milliseconds; clock_gettime(2) gives nanoseconds.",
           "(ns + 999999) / 1000000 milliseconds; a fraction of a second "
           "counts."))
{
    enum {
        LIMIT_MS = 400,
        LOOK_MS = 60
    };
    uint64_t begin = now_ns();
    struct visit v = arrive("0.4");
    uint64_t look = now_ns() + LOOK_MS * NS_PER_MS;

    wait_until(is_past, &look);
    bool has_ended = count_tasks(v.s) == 0;
    int ms = (int)((now_ns() - begin) / NS_PER_MS);
    expect(!has_ended || ms >= LIMIT_MS, "a wait of 0.4 seconds",
           text("an end after %d ms at the most", ms),
           "Nothing has come, and time is left: an answer may still come.");
    if (has_ended)
        return; /* on a machine that is very busy */
    answer(v, "at last", 7);
    if (wait_exit(v.s) == 0)
        expect_told(v.s, "at last", 7, "It came in time.");
}

CASE("seconds", "a limit that is not a number is refused", READ("hi"),
     HINTS("What is a number of seconds, by the contract?",
           "strtod(3) takes blanks, signs, exponents, \"inf\".",
           "Count the digits with strspn(3) before strtod() gets them."))
{
    static const char *const bad[] = {"0", "-1", "1s", ""};
    int fd = peer_datagram("127.0.0.1");

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_error(send_out("127.0.0.1", fd, bad[i]), NULL,
                     text("\"%s\" is no limit: digits, perhaps a point and "
                          "more digits; more than 0, at most 3600.",
                          bad[i]));
    expect(!peer_is_sent(fd), "nothing sent", "a datagram",
           "It is to ask nobody for so long.");
}

CASE("another-port", "what comes from another port is no answer",
     READ("forged"),
     HINTS("Who has sent what recv() gives?",
           "See connect(2): what does it mean for a datagram socket?",
           "connect() the socket; or compare address and port that recvfrom() "
           "tells with those that you have asked."))
{
    struct visit v = arrive("8");
    int beside = peer_datagram("127.0.0.1");

    peer_answer(beside, v.asked, "forged", 6);
    wait_settled(v.s);
    answer(v, "right", 5);
    expect_told(v.s, "right", 5,
                "Another program on the server's host was faster. Anybody may "
                "send a datagram to any port: an answer is what comes from the "
                "address and the port that were asked.");
}

CASE("another-address", "what comes from another address is no answer",
     READ("forged"),
     HINTS("The port is right. Is the address?",
           "See connect(2): what does it mean for a datagram socket?",
           "connect() the socket; or compare all of the address that "
           "recvfrom() tells with the one that you have asked."))
{
    struct visit v;
    int twin;

    v.fd = peer_datagram_twins("127.0.0.1", "127.0.0.2", &twin);
    v.s = send_out("127.0.0.1", v.fd, "8");
    v = hear(v);
    wait_settled(v.s);
    peer_answer(twin, v.asked, "forged", 6);
    wait_settled(v.s);
    answer(v, "right", 5);
    expect_told(v.s, "right", 5,
                "A server of the same port at another address has answered: "
                "that is not who was asked.");
}

/* Time passes inside its own calls, wherever it waits. */
static void slow_down(struct subject *s, int ms)
{
    inject_delay(s, CALL_SELECT, ALWAYS, ms);
    inject_delay(s, CALL_RECV, ALWAYS, ms);
}

static size_t count_received(struct subject *s)
{
    const struct call_record *r;
    size_t n = 0;

    for (r = NULL; (r = next_call(s, CALL_RECV, r)) != NULL;)
        n += r->finished && r->result > 0;
    return n;
}

CASE("many-strangers", "strangers do not lengthen the time",
     READ("a-time-limit"),
     HINTS("A stranger's datagram was passed over. How long is the next wait?",
           "See clock_gettime(2).",
           "Fix the end once; before each wait ask what is left until then."))
{
    enum {
        STRANGERS = 12,
        MOST_TAKEN = 5
    };
    struct visit v = {.fd = peer_datagram("127.0.0.1")};
    int beside = peer_datagram("127.0.0.1");

    v.s = send_out("127.0.0.1", v.fd, "0.04");
    slow_down(v.s, 20);
    v = hear(v);
    for (int i = 0; i < STRANGERS; i++)
        peer_answer(beside, v.asked, "forged", 6);
    expect_error(v.s, NULL, "None of the 12 answers came from the server.");
    expect(count_received(v.s) <= MOST_TAKEN, "an end after 40 ms",
           text("%zu strangers heard, one every 20 ms", count_received(v.s)),
           "Each stranger came in time, and began the time anew: as long as "
           "somebody sends, such a program waits.");
}

CASE("refused", "that nobody is there is heard at once", READ("refused"),
     HINTS("The other host says that nobody has this port. Who hears that?",
           "See ECONNREFUSED in udp(7), and connect(2) on datagram sockets.",
           "connect() the socket, then send(); recv() tells the error."))
{
    int fd = peer_refuse_datagrams("127.0.0.1");

    expect_error(send_out("127.0.0.1", fd, "0.2"), "Connection refused",
                 "Nobody has this port, and the host has said so (ICMP, port "
                 "unreachable). The kernel tells that to a socket which is "
                 "connected: the next call fails with ECONNREFUSED. A socket "
                 "that has many partners would not know whom it concerns, and "
                 "is told nothing.");
}

CASE("empty", "an answer without a byte is an answer",
     READ("an-empty-datagram"),
     HINTS("recv() said 0. Has anything come?",
           "See recv(2), on datagram sockets of zero length.",
           "Only -1 is an error; 0 bytes are an empty line."))
{
    struct visit v = arrive("0.3");

    answer(v, "", 0);
    expect_told(v.s, "", 0,
                "A datagram of 0 bytes has come from the server: it has "
                "answered. On a stream 0 would be the end; here it is a "
                "message.");
}

CASE("any-bytes", "the answer may hold any bytes", READ("hi"),
     HINTS("How does the program know how long the answer is?",
           "printf(3) and strlen(3) stop at a NUL; fwrite(3) takes a count.",
           "Print as many bytes as recv() has given."))
{
    static const char bytes[] = "\0a\0\n\xff%s\r ";
    struct visit v = arrive("8");

    answer(v, bytes, sizeof bytes - 1);
    expect_told(v.s, bytes, sizeof bytes - 1,
                "What recv() gives is bytes and a count, not a string.");
}

CASE("long", "of an answer that is too long nothing is printed",
     READ("longer-than-the-buffer"),
     HINTS("600 bytes came, and there is room for 512. What does recv() say?",
           "See MSG_TRUNC in recv(2).",
           "Room for 513 bytes: who fills them was longer than 512."))
{
    const char *words = chance_word(65507);
    struct visit v = arrive("8");

    answer(v, words, MOST);
    expect_told(v.s, words, MOST, "512 bytes are an answer.");
    for (size_t n = MOST + 1; n <= 65507; n += 65507 - MOST - 1) {
        v = arrive("8");
        answer(v, words, n);
        expect_error(v.s, NULL,
                     "The answer has more than 512 bytes. What does not fit "
                     "into the buffer is thrown away without a word: recv() "
                     "returns the size of the buffer, and the next recv() "
                     "gives the next datagram, not the rest of this one.");
    }
}

CASE("next-address", "when nobody is there, the next address is asked",
     READ("hi"),
     HINTS("A name may have several addresses. Which are asked?",
           "getaddrinfo(3) gives a list: localhost may be ::1 first.",
           "Close the socket, go on with ai->ai_next."))
{
    int twin;
    struct visit v = {
        .fd = peer_datagram_twins("127.0.0.12", "127.0.0.10", &twin)};

    peer_close(twin);
    v.s = send_out(host, v.fd, "8");
    give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    v = hear(v);
    wait_settled(v.s);
    expect(count_sockets(v.s) == 1, "one open socket",
           text("%d", count_sockets(v.s)),
           "The address that has refused has left its socket open.");
    answer(v, "second", 6);
    expect_told(v.s, "second", 6,
                "Nobody has this port at the first address of the name; at "
                "the second one there is a server.");
}

CASE("unreachable", "so it is when an address cannot be reached", READ("hi"),
     HINTS("connect() or send() said ENETUNREACH. Is there another address?",
           "See ERRORS in connect(2).",
           "Close the socket, go on with ai->ai_next; tell the last reason."))
{
    static const enum call calls[] = {CALL_CONNECT, CALL_SEND};

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct visit v = {.fd = peer_datagram("127.0.0.12")};
        v.s = send_out(host, v.fd, "8");
        give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
        struct fault *f = inject_errno(v.s, calls[i], NTH(1), ENETUNREACH);
        v.asked = peer_receive(v.fd, "There is no way to the first address of "
                                     "the name; the second one is there.");
        answer(v, "second", 6);
        expect_told(v.s, "second", 6, "The second address has answered.");
        if (times_done(f) == 0)
            continue; /* it makes no such call */
        v.s = send_out("127.0.0.12", v.fd, "8");
        inject_errno(v.s, calls[i], ALWAYS, ENETUNREACH);
        expect_error(v.s, "Network is unreachable",
                     "There is no way to its only address.");
    }
}

CASE("not-ready", "EAGAIN is not the end, though poll() said ready",
     READ("a-time-limit"),
     HINTS("poll() said that there is a datagram, and recv() has none.",
           "See BUGS in select(2): its checksum was wrong.",
           "recv() -1 with EAGAIN: wait again, for what is left of the time."))
{
    struct visit v = {.fd = peer_datagram("127.0.0.1")};

    v.s = send_out("127.0.0.1", v.fd, "8");
    only_if(inject_errno(v.s, CALL_RECV, (struct times){1, 3}, EAGAIN),
            may_say_eagain, NULL);
    v = hear(v);
    answer(v, "here", 4);
    expect_told(v.s, "here", 4,
                "recv() was not to wait, and said EAGAIN: what was ready has "
                "been thrown away, for its checksum was wrong. The answer may "
                "still come.");
}

static bool is_stdout(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 1;
}

CASE("full-disk", "a stdout that takes no more is an error", READ("hi"),
     HINTS("What does write() return when the disk is full?",
           "See ENOSPC in write(2); of stdio, fflush(3) tells it.",
           "fflush(stdout), and err(1, \"stdout\") for EOF."))
{
    struct visit v = arrive("8");
    struct fault *f = inject_errno(v.s, CALL_WRITE, ALWAYS, ENOSPC);

    only_if(f, is_stdout, NULL);
    answer(v, "hello", 5);
    wait_exit(v.s);
    if (times_done(f) > 0)
        expect_error(v.s, "No space left on device",
                     "write() said -1 with ENOSPC: the answer is lost. Who "
                     "ends with 0 says that it was printed.");
}

CASE("every-call", "no interruption changes the outcome", READ("hi"),
     EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7): poll(2) is never restarted.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    struct visit v = {.fd = peer_datagram("127.0.0.1")};

    v.s = send_out("127.0.0.1", v.fd, "8");
    v = hear(v);
    wait_settled(v.s);
    answer(v, "hello", 5);
    expect_told(v.s, "hello", 5,
                "A call was interrupted by a signal. Nothing is lost by that: "
                "make it again.");
}
