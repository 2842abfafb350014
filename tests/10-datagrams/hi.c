/* The checker of labs/10-datagrams/hi.c: servers that answer, that are silent,
 * that are not there, and strangers who answer in their place.  No verdict
 * hangs on how fast anything is: time passes inside the program's own calls. */
#define _GNU_SOURCE
#include "../05-nonblocking/flags.h"
#include "../05-nonblocking/spurious.h"
#include "harness.h"
#include "waits.h"

#include <errno.h>
#include <string.h>

enum {
    MOST = 512,
    MOST_CPU_MS = 500 /* of a program that does not spin */
};

static const char host[] = "many.example";

/* Long enough for an answer that comes at once, on any machine. */
static const char wait[] = "4";

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

/* The longest time for which one of its calls has asked to wait, in ms; -1
 * when that cannot be told. */
static double longest_asked(struct subject *s)
{
    const struct call_record *r = NULL;
    double longest = -1;

    while ((r = next_call(s, CALL_ANY, r)) != NULL)
        longest = asked_wait(r) > longest ? asked_wait(r) : longest;
    return longest;
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
    rest(v.s);
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
    double asked = longest_asked(v.s);
    static const char two[] = "Without a third argument it waits for 2 s.";

    expect(asked < 3000, "a wait of 2 s", text("one of %g ms", asked), "%s",
           two);
    if (asked < 1500) { /* a part of the time, or it cannot be told */
        let_run(asked == -1 ? 400 : 1200);
        wait_settled(v.s); /* what it was to do in that time, it has done */
    }
    expect(count_tasks(v.s) > 0, "a wait of 2 s", "an end before 1.2 s", "%s",
           two);
    expect(!peer_is_sent(v.fd), "\"hi\" once", "another one",
           "One datagram is sent. What is sent before connect(), or from "
           "another socket that is closed meanwhile, is sent as well.");
    answer(v, word, 20);
    expect_told(v.s, word, 20, "This was the answer.");
    expect(!peer_is_sent(v.fd), "one datagram", "another one",
           "It says hi once; there is no connection to be ended.");
}

/* A program that waits, how long it may, and until when we look. */
struct waiter {
    struct subject *s;
    double most; /* ms */
    uint64_t patience;
};

static bool has_waited(void *data)
{
    const struct waiter *w = data;

    return count_tasks(w->s) == 0 || now_ns() > w->patience ||
           longest_asked(w->s) > w->most;
}

/* It ends; or has asked to wait for much more than its limit.  What it asks
 * for does not hang on the machine; for others there is much patience. */
static void expect_gives_up(struct subject *s, double limit, const char *why)
{
    struct waiter w = {s, limit * 1.5 + 3,
                       now_ns() + (uint64_t)(limit * 1e6 * 100)};

    wait_until(has_waited, &w);
    double asked = longest_asked(s);
    expect(asked <= w.most, text("a wait of %g ms", limit),
           text("one of %g ms", asked), "%s", why);
    expect(now_ns() <= w.patience || count_tasks(s) == 0,
           text("an end after %g ms", limit),
           text("no end after %g ms", limit * 100), "%s", why);
    expect_error(s, NULL, why);
}

CASE("silent", "it gives up when its time is over", READ("a-time-limit"),
     HINTS("The question is lost. How long does recv() wait?",
           "See poll(2); a datagram that is lost is told to nobody.",
           "poll() for what is left of the time; when it says 0, it is over."))
{
    int next;
    struct visit v = {
        .fd = peer_datagram_twins("127.0.0.10", "127.0.0.12", &next)};

    v.s = send_out(host, v.fd, "0.03");
    give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    v = hear(v);
    expect_gives_up(
        v.s, 30,
        "No answer has come: the question was lost, or the answer was. "
        "Nobody tells. A recv() that has no limit waits for ever; this "
        "one had 0.03 seconds.");
    expect(!peer_is_sent(v.fd), "\"hi\" once", "another one",
           "It asks once, and waits. To ask again, and for how long and how "
           "often, is what lossy-ask is about.");
    expect(!peer_is_sent(next), "the first address asked",
           "the second one as well",
           "At the first address nobody has refused: it is silent. The next "
           "one is asked when nobody is there, or no way leads there.");
}

static bool has_ended(void *s)
{
    return count_tasks(s) == 0;
}

static const char why_not_early[] =
    "Nothing has come, and time is left: an answer may still come.";

/* Until when it has asked to wait, in ms from a moment on; -1 when that cannot
 * be told. */
static double asked_until(struct subject *s, uint64_t from)
{
    const struct call_record *r = NULL;
    double until = -1;

    while ((r = next_call(s, CALL_ANY, r)) != NULL)
        if (asked_wait(r) >= 0)
            until = (double)(r->began - from) / 1e6 + asked_wait(r);
    return until;
}

/* One that does not tell for how long it waits is waited for. */
static void expect_not_early(void)
{
    enum {
        LIMIT_MS = 120
    };
    uint64_t begin = now_ns();
    struct visit v = {.fd = peer_datagram("127.0.0.1")};

    v.s = send_out("127.0.0.1", v.fd, "0.12");
    v = hear(v);
    expect_gives_up(v.s, LIMIT_MS, "No answer has come.");
    const struct call_record *told =
        next_call(v.s, CALL_WRITE, nth_call(v.s, CALL_SEND, 1));
    uint64_t end = told != NULL ? told->began : now_ns();
    double ms = (double)(end - begin) / 1e6;
    expect(ms >= LIMIT_MS * 0.999,
           text("an end after %d ms, or later", LIMIT_MS),
           text("one %.1f ms after it was started", ms), "%s", why_not_early);
}

CASE("not-early", "and not before", READ("a-time-limit"),
     HINTS("How long is 2.5 seconds, in what poll() takes?",
           "poll(2) takes milliseconds; clock_gettime(2) gives nanoseconds.",
           "(ns + 999999) / 1000000 milliseconds; a fraction of a second "
           "counts."))
{
    enum {
        LIMIT_MS = 2500
    };
    uint64_t begin = now_ns();
    struct visit v = arrive("2.5");
    double until = asked_until(v.s, begin);

    if (until != -1 &&
        until < LIMIT_MS) /* it may wait a part of it at a time */
        let_run(LIMIT_MS - (int)((double)(now_ns() - begin) / 1e6));
    wait_settled(v.s); /* what it was to do by now, it has done */
    uint64_t now = now_ns();
    expect(count_tasks(v.s) > 0 || now - begin >= LIMIT_MS * (uint64_t)1000000,
           "a wait of 2.5 seconds",
           text("an end %.0f ms after it was started",
                (double)(now - begin) / 1e6),
           "%s", why_not_early);
    if (count_tasks(v.s) > 0)
        answer(v, "at last", 7);
    if (count_tasks(v.s) > 0 && wait_exit(v.s) == 0)
        expect_told(v.s, "at last", 7, "It came in time.");
    if (until == -1)
        expect_not_early();
}

CASE("signals", "signals do not lengthen the time", READ("a-time-limit"),
     HINTS("poll() said EINTR. How long is the next wait?",
           "See clock_gettime(2).",
           "Fix the end once; before each wait ask what is left until then."))
{
    enum {
        LIMIT_MS = 40
    };
    const struct times first = {1, 3};
    struct visit v = {.fd = peer_datagram("127.0.0.1")};
    const struct call_record *r = NULL, *asked;

    v.s = send_out("127.0.0.1", v.fd, "0.04");
    inject_errno(v.s, CALL_SELECT, first, EINTR);
    only_if(inject_errno(v.s, CALL_RECV, first, EINTR), may_wait, NULL);
    inject_delay(v.s, CALL_SELECT, first, LIMIT_MS / 2);
    only_if(inject_delay(v.s, CALL_RECV, first, LIMIT_MS / 2), may_wait, NULL);
    v = hear(v);
    wait_until(has_ended, v.s);
    asked = nth_call(v.s, CALL_SEND, 1);
    while ((r = next_call(v.s, CALL_ANY, r)) != NULL) {
        double over = ((double)earliest(v.s, r) - (double)asked->ended) / 1e6;
        expect(over < LIMIT_MS || asked_wait(r) <= 1,
               text("no wait of more than %d ms in all", LIMIT_MS),
               text("another one of %g ms after %.1f ms", asked_wait(r), over),
               "A signal has interrupted the wait, again and again, and each "
               "began the time anew: with a signal every second such a program "
               "waits for ever.");
    }
    expect_error(v.s, NULL,
                 "It was interrupted for longer than its time. Then no more is "
                 "waited for; a limit of 0 would be none to SO_RCVTIMEO.");
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
    struct visit v = arrive(wait);
    int beside = peer_datagram("127.0.0.1");

    peer_answer(beside, v.asked, "forged", 6);
    rest(v.s);
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
    v.s = send_out("127.0.0.1", v.fd, wait);
    v = hear(v);
    rest(v.s);
    peer_answer(twin, v.asked, "forged", 6);
    rest(v.s);
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
    struct visit v = arrive(wait);

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
    struct visit v = arrive(wait);

    answer(v, words, MOST);
    expect_told(v.s, words, MOST, "512 bytes are an answer.");
    for (size_t n = MOST + 1; n <= 65507; n += 65507 - MOST - 1) {
        v = arrive(wait);
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
    v.s = send_out(host, v.fd, wait);
    give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    v.asked = expect_datagram(
        v.fd, "hi", 2,
        "Nobody has this port at the first address of the name, which "
        "recv() or send() has told (ECONNREFUSED). There is another address, "
        "and time is left: it is asked next.");
    rest(v.s);
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
        v.s = send_out(host, v.fd, wait);
        give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
        struct fault *f = inject_errno(v.s, calls[i], NTH(1), ENETUNREACH);
        v.asked = peer_receive(v.fd, "There is no way to the first address of "
                                     "the name; the second one is there.");
        answer(v, "second", 6);
        expect_told(v.s, "second", 6, "The second address has answered.");
        if (times_done(f) == 0)
            continue; /* it makes no such call */
        v.s = send_out(host, v.fd, wait);
        give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
        inject_errno(v.s, calls[i], NTH(1), ENETUNREACH);
        inject_errno(v.s, calls[i], FROM(2), EHOSTUNREACH);
        expect_error(v.s, "No route to host",
                     "There is no way to either of its addresses. Of several "
                     "reasons the last one is told.");
    }

    struct visit v = {.fd = peer_datagram("127.0.0.12")};
    v.s = send_out(host, v.fd, "0.04");
    give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    inject_delay(v.s, CALL_CONNECT, NTH(1), 50);
    inject_errno(v.s, CALL_CONNECT, NTH(1), ENETUNREACH);
    wait_until(has_ended, v.s);
    expect(longest_asked(v.s) <= 1, "an end",
           text("another wait of %g ms", longest_asked(v.s)),
           "That there is no way to the first address was told after 50 ms, "
           "and the limit is 40: it is one limit for all addresses together.");
}

CASE("not-ready", "EAGAIN is not the end, though poll() said ready",
     READ("a-time-limit"),
     HINTS("poll() said that there is a datagram, and recv() has none.",
           "See BUGS in select(2): its checksum was wrong.",
           "recv() -1 with EAGAIN: wait again, for what is left of the time."))
{
    struct visit v = {.fd = peer_datagram("127.0.0.1")};

    v.s = send_out("127.0.0.1", v.fd, wait);
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
    struct visit v = arrive(wait);
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

    v.s = send_out("127.0.0.1", v.fd, wait);
    v = hear(v);
    rest(v.s);
    answer(v, "hello", 5);
    expect_told(v.s, "hello", 5,
                "A call was interrupted by a signal. Nothing is lost by that: "
                "make it again.");
}
