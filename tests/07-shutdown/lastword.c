/* The checker of labs/07-shutdown/lastword.c: clients that go on sending, that
 * read late, that never end, or are gone; and SIGTERM at every moment. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    MOST_LINES = 100000,
    MANY = 20000,            /* lines that no window holds */
    MORE = 40000,            /* bytes behind the line */
    ALLOWED = 1 << 20,       /* bytes that are drained */
    MUCH = ALLOWED - 100000, /* less than that */
    TOO_MUCH = 4 * ALLOWED,  /* no doubt more */
    LATE_NS = 250 * 1000 * 1000,
    NS_PER_MS = 1000 * 1000,
    NS_PER_S = 1000 * 1000 * 1000,
    SHORT_MS = 54,   /* the 60 of --drain 0.06, generously rounded */
    IDLE_MS = 25,    /* for which it has nothing to do */
    PATIENCE = 6000, /* ms on the clock, for a whole case */
    PART = 100,      /* bytes that one recv() is to get */
    PARTS = 100,     /* many times */
    MOST_TRIES = 20, /* calls in a short while, when none succeeds */
    DRIPS = 9,
    DRIP_MS = 16, /* together more than 100 ms */
};

/* What is looked at, and until when. */
struct look {
    int fd;
    struct timespec end;
};

/* The server, and how many sockets it has while nobody is served. */
static struct subject *s;
static int sockets;
static bool is_patient; /* it would drain for a minute */

/* Starts the server; nobody who is to be drained waits for the clock, unless
 * the case is about it. */
static void start_server(const char *seconds)
{
    set_limits((struct limits){.wall_ms = PATIENCE, .cpu_ms = 1000});
    s = start_listening("--drain", seconds, "127.0.0.1", "0", NULL);
    wait_settled(s);
    sockets = count_sockets_of_all(s);
    is_patient = strcmp(seconds, "60") == 0;
}

/* The first n lines of an answer. */
static const char *answer_of(int n)
{
    static char all[MOST_LINES * 12 + 1];
    static size_t ends[MOST_LINES + 1];

    if (all[0] == '\0')
        for (int i = 1; i <= MOST_LINES; i++)
            ends[i] = ends[i - 1] +
                      (size_t)sprintf(all + ends[i - 1], "line %d\n", i);
    return text("%.*s", (int)ends[n], all);
}

/* Bytes that a client sends behind its line. */
static const char *more(void)
{
    static char bytes[TOO_MUCH];

    if (bytes[0] == '\0')
        memset(bytes, 'm', sizeof bytes);
    return bytes;
}

static bool has_something(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

static bool has_something_or_late(void *data)
{
    const struct look *l = data;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return has_something(l->fd) || now.tv_sec > l->end.tv_sec ||
           (now.tv_sec == l->end.tv_sec && now.tv_nsec >= l->end.tv_nsec);
}

/* When the last call of a kind began. */
static uint64_t last_of(enum call call)
{
    const struct call_record *r;
    uint64_t last = 0;

    for (r = NULL; (r = next_call(s, call, r)) != NULL;)
        last = r->began;
    return last;
}

/* Whether it has done something to end its side since it sent something last:
 * then the end is on its way. */
static bool has_ended_its_side(void)
{
    uint64_t sent = last_of(CALL_SEND);

    return last_of(CALL_SHUTDOWN) > sent || last_of(CALL_CLOSE) > sent;
}

/* The end of the stream has come by the time at which the server rests, or a
 * little later: nobody waits here for a server that waits itself. */
static void expect_end_at_once(int fd, const char *why)
{
    struct look l = {.fd = fd};

    if (is_patient && wait_settled(s) && !has_ended_its_side()) {
        clock_gettime(CLOCK_MONOTONIC, &l.end);
        l.end.tv_nsec += LATE_NS;
        l.end.tv_sec += l.end.tv_nsec / NS_PER_S;
        l.end.tv_nsec %= NS_PER_S;
        wait_until(has_something_or_late, &l);
        expect(has_something(fd) || has_ended_its_side(), "end of stream",
               "nothing more: your program waits", "%s", why);
    }
    expect_end(fd, "%s", why);
}

/* The client asks for n lines, and gets them, and the end of the stream. */
static void expect_lines(int fd, int n, const char *why)
{
    expect_text(fd, answer_of(n), "%s", why);
    expect_end_at_once(
        fd, "The answer is over, and the client is told so at once, by the end "
            "of the stream: it need not end its own side first.");
}

static bool is_let_go(void *unused)
{
    (void)unused;
    return count_sockets_of_all(s) == sockets && count_zombies(s) == 0;
}

/* The client has ended or is gone: nothing of it is left, and the next one is
 * served. */
static void expect_next_client(const char *why)
{
    expect_alive(s, "%s", why);
    int fd = peer_connect(s);

    peer_send_text(fd, "2\n");
    expect_lines(fd, 2, why);
    peer_end(fd);
    wait_until(is_let_go, NULL);
    int left = count_sockets_of_all(s) - sockets;
    expect(left == 0, "only the socket that listens open",
           text("%d more", left),
           "A client that is done with costs a descriptor until you close it, "
           "and descriptors run out.");
    expect(count_zombies(s) == 0, "no zombie", text("%d", count_zombies(s)),
           "A process for each client is a way to serve. One that has ended "
           "stays in the list of processes until its parent has waited for "
           "it.");
}

/* A client that has its answer and its end, and has not ended its own side. */
static int answered_client(void)
{
    int fd = peer_connect(s);

    peer_send_text(fd, "3\n");
    expect_lines(fd, 3, "The line is whole, so the answer is due.");
    wait_settled(s);
    return fd;
}

/* What the client sends is still taken. */
static void expect_taken(int fd, const char *why)
{
    peer_send_text(fd, "one thing ");
    wait_settled(s);
    expect(peer_send_text(fd, "more\n") == 5,
           "what the client still sends thrown away, and no reset",
           "a reset (RST)", "%s", why);
    wait_settled(s);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
    expect_usage(start("--drain", "127.0.0.1", "0", NULL),
                 "The seconds are missing.");
}

CASE("seconds", "a time that is not a number is refused", READ("lastword"),
     HINTS("What is a number of seconds, by the contract?",
           "strtod(3) takes blanks, signs, exponents, \"inf\".",
           "Count the digits with strspn(3) before strtod() gets them."))
{
    static const char *const bad[] = {"0.0", "inf", "1s"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct subject *it = start("--drain", bad[i], "127.0.0.1", "0", NULL);
        expect_exit(it, 1,
                    "\"%s\" is no time: digits, perhaps a point and "
                    "more digits; more than 0, at most 3600.",
                    bad[i]);
        expect_complaint(it, NULL, "The reason is told on stderr.");
    }
}

CASE("answer", "a number is answered with so many lines, and the end",
     READ("lastword"),
     HINTS("What does the client get?", "See send(2) and close(2).",
           "\"line 1\" to \"line N\"; and then the end of the stream."))
{
    static const int numbers[] = {3, 1, MOST_LINES};

    set_limits((struct limits){.wall_ms = PATIENCE});
    s = start_listening("127.0.0.1", "0", NULL);
    for (int i = 0; i < 3; i++) {
        int fd = peer_connect(s);
        peer_send_text(fd, text("%d\n", numbers[i]));
        expect_text(fd, answer_of(numbers[i]),
                    "The client asked for %d line%s.", numbers[i],
                    numbers[i] == 1 ? "" : "s");
        peer_end(fd);
        expect_end(fd, "The answer is over, and the client has ended, too.");
    }
}

CASE("line-in-pieces", "the line may come in any pieces", READ("lastword"),
     HINTS("What if recv() gives a part of the line?",
           "See RETURN VALUE in recv(2).",
           "As long as there is no newline, receive more behind it."))
{
    start_server("60");
    int fd = peer_connect(s);

    peer_send_text(fd, "01");
    wait_settled(s);
    expect_idle(s, IDLE_MS,
                "The client is slow to send its line. Until more comes, there "
                "is nothing to do but to sleep.");
    peer_send_text(fd, "2");
    wait_settled(s);
    size_t sent = count_calls(s, CALL_SEND);
    peer_send_text(fd, "\n");
    wait_settled(s);
    expect(count_calls(s, CALL_SEND) > sent, "the answer",
           "none: your program sleeps",
           "The newline has come, so the line is whole, and the answer is due. "
           "Nothing else has to come first: neither more bytes, nor silence, "
           "nor the client's end.");
    expect_lines(fd, 12, "The line came in pieces, and 012 is twelve.");
    peer_end(fd);
    expect_next_client("One client has its answer. Here is the next one.");
}

CASE("bad-line", "a line that is no such number is told so", READ("lastword"),
     HINTS("What is a number, by the contract?",
           "strtol(3) and atoi(3) take signs, blanks, and what is behind.",
           "Digits only; compare with 100000 before more digits overflow it."))
{
    static const char *const bad[] = {"0\n",   "100001\n",     "\n",   "-1\n",
                                      "+5\n",  " 5\n",         "5 \n", "0x10\n",
                                      "two\n", "4294967297\n", "7\r\n"};

    start_server("60");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int fd = peer_connect(s);
        peer_send_text(fd, bad[i]);
        expect_text(fd, "not a number from 1 to 100000\n", "The line was %s.",
                    quoted(bad[i], strlen(bad[i]), 20));
        expect_end_at_once(fd, "That was the answer.");
        peer_end(fd);
    }
    int fd = peer_connect(s);
    size_t sent = count_calls(s, CALL_SEND);
    peer_send(fd, more(), 1023);
    wait_settled(s);
    expect(count_calls(s, CALL_SEND) == sent, "nothing yet", "an answer",
           "1023 bytes have come. The newline may be the next one, and then "
           "this was a line.");
    peer_send(fd, more(), 1);
    expect_text(fd, "not a number from 1 to 100000\n",
                "1024 bytes have come, and no newline. It is not going to be a "
                "number any more.");
    expect_end_at_once(fd, "That was the answer.");
    peer_end(fd);
    fd = peer_connect(s);
    peer_send_text(fd, "12");
    peer_end(fd);
    expect_end(fd, "The client has ended its side, and its line has no "
                   "newline: it gets no answer, and is let go. The end of the "
                   "stream comes from close(): on each way that leads out of "
                   "serving a client the descriptor has to be closed.");
    expect_next_client("The last client sent half a line. Here is the next.");
}

CASE("more-input", "what is unread does not cost the client its answer",
     READ("unread-input-resets"), SHOWS_WIRE,
     HINTS("What does close() do when something has come that nobody has read?",
           "See RFC 9293, 3.6.1: it resets the connection. shutdown(2) with "
           "SHUT_WR ends your side only.",
           "shutdown(), then read until the client has ended its side, and "
           "only then close()."))
{
    start_server("60");
    int fd = peer_connect(s);
    const char *line = text("%d\n", MANY);

    peer_send_text(fd, text("%s2\n%.*s", line, MORE, more()));
    wait_settled(s);
    expect_lines(fd, MANY,
                 "The client sent more than its line, and was slow to read. "
                 "When a socket is closed while there is something in it that "
                 "was not read, the kernel sends RST in place of FIN, and "
                 "what it still had to send is thrown away.");
    peer_end(fd);
    fd = peer_connect(s);
    peer_send_text(fd, text("two\n%.*s", MORE, more()));
    expect_text(fd, "not a number from 1 to 100000\n",
                "The line was \"two\", and more came behind it.");
    expect_end_at_once(fd, "That was the answer. Short as it is, it is not to "
                           "end with a reset either.");
    peer_end(fd);
    fd = peer_connect(s);
    peer_send(fd, more(), MORE);
    expect_text(fd, "not a number from 1 to 100000\n",
                "1024 bytes came without a newline, and more behind them.");
    expect_end_at_once(fd, "That was the answer.");
    expect_taken(fd, "What came behind the 1024 bytes was not read, and is "
                     "drained like anything else. Who closes makes a reset of "
                     "it, though the end of the stream went before.");
    peer_end(fd);
    expect_next_client("The clients have their answers, and have ended.");
}

CASE("sends-later", "what comes after the answer does not cost it either",
     READ("the-orderly-end"), SHOWS_WIRE,
     HINTS("Nothing was unread when you closed. What if the client sends now?",
           "Data for a socket that nobody has any more is answered with RST.",
           "After shutdown() read on, until recv() says 0."))
{
    start_server("60");
    int fd = peer_connect(s);

    peer_send_text(fd, text("%d\n", MANY));
    wait_settled(s);
    peer_send_text(fd, "and another thing\n");
    wait_settled(s);
    expect_lines(fd, MANY,
                 "The client was slow to read, and meanwhile sent more. To a "
                 "socket that is closed that is data for nobody: the kernel "
                 "answers with RST, and throws away what it still had to "
                 "send.");
    expect_taken(fd, "The client has its answer, and has not ended: it may "
                     "still be sending, for the minute that was allowed.");
    peer_end(fd);
    expect_next_client("The client has its answer, and has ended.");
}

CASE("end-at-once", "the end of the answer is told before the client ends",
     READ("the-orderly-end"), SHOWS_WIRE,
     HINTS("When does the client learn that the answer is over?",
           "See shutdown(2) with SHUT_WR.",
           "shutdown(fd, SHUT_WR) first, and then drain."))
{
    start_server("60");
    int fd = answered_client();

    expect(count_sockets_of_all(s) > sockets,
           "the connection still open for what the client sends", "closed",
           "The client has seen the end of the answer, and has not ended its "
           "own side. It may be sending at this moment.");
    expect_idle(s, IDLE_MS,
                "The client is silent, and has not ended its side: there is "
                "nothing to do but to sleep, with a limit.");
    expect_taken(fd, "The server is to drain what comes, for a minute.");
    peer_end(fd);
    expect_next_client("The client has ended its side: there is nothing more "
                       "to wait for.");
}

CASE("client-half-closes", "a client that has ended its side gets its answer",
     READ("closed-or-half-closed"),
     HINTS("recv() says 0. Is the client gone?",
           "See shutdown(2): it may have ended one direction only.",
           "Answer a line that is whole, whatever comes behind it."))
{
    start_server("60");
    int fd = peer_connect(s);

    peer_send_text(fd, text("%d\n", MANY));
    peer_end(fd);
    wait_settled(s);
    expect_lines(fd, MANY,
                 "The client sent its line and ended its side: it has nothing "
                 "more to say, and listens.");
    expect_next_client("The client has its answer, and had ended before.");
}

CASE("much-input", "almost 1 MiB behind the line is drained",
     READ("the-orderly-end"),
     HINTS("How much may the client still send?", "See recv(2).",
           "Read on, until 0, or 1 MiB has come."))
{
    static const char why[] = "The client has its answer, and goes on sending: "
                              "less than 1 MiB in all. So long it is drained.";

    start_server("60");
    int fd = answered_client();
    inject_short(s, CALL_RECV, (struct times){1, PARTS}, PART);
    size_t sent = peer_send(fd, more(), PART * PARTS);
    wait_settled(s);
    expect_taken(fd, "The client has its answer, and has sent 10000 bytes "
                     "more; each recv() got 100 of them. What recv() returns "
                     "is what counts, and not the size of your buffer.");
    sent += peer_send(fd, more(), MUCH - sent);
    expect(sent == MUCH, text("%d bytes taken, and no reset", MUCH),
           text("a reset (RST) after %zu bytes", sent), "%s", why);
    expect_taken(fd, why);
    peer_end(fd);
    expect_next_client("The client has ended.");
}

/* How many bytes have been received. */
static size_t bytes_received(void)
{
    const struct call_record *r;
    size_t n = 0;

    for (r = NULL; (r = next_call(s, CALL_RECV, r)) != NULL;)
        if (r->finished && r->result > 0)
            n += (size_t)r->result;
    return n;
}

static size_t wanted; /* bytes to have been received */

static bool has_taken_or_closed(void *unused)
{
    return bytes_received() >= wanted || is_let_go(unused);
}

CASE("flood", "a client that never stops is stopped after 1 MiB",
     READ("the-orderly-end"),
     HINTS("When is it enough?", "Count what recv() gives.",
           "When 1 MiB has been thrown away, close."))
{
    static const char why[] =
        "The client has its answer, and goes on sending, without an end. 1 "
        "MiB of that is drained; then the server closes, for others wait.";

    start_server("60");
    int fd = answered_client();
    wanted = TOO_MUCH;
    peer_send(fd, more(), TOO_MUCH);
    wait_until(has_taken_or_closed, NULL);
    expect(is_let_go(NULL), "the connection closed",
           text("%zu bytes received, and still open", bytes_received()), "%s",
           why);
    expect(bytes_received() < 2 * ALLOWED, "about 1 MiB received",
           text("%zu bytes", bytes_received()), "%s", why);
    expect_next_client(why);
}

/* When it closed the connection, at the latest: where several processes or
 * threads close, nobody knows which of them was the last one. */
static uint64_t closed_by_now(void)
{
    struct timespec now;

    if (count_calls(s, CALL_FORK) == 0 &&
        last_of(CALL_CLOSE) > last_of(CALL_SEND))
        return last_of(CALL_CLOSE);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* The server closes, though the client does not: not before so many
 * milliseconds have gone by since its answer, by a clock that can only be late
 * here. */
static void expect_let_go_after(int ms, const char *why)
{
    set_limits((struct limits){.wall_ms = PATIENCE / 2});
    expect(wait_until(is_let_go, NULL), "the connection closed", "still open",
           "%s", why);
    uint64_t stayed = closed_by_now() - last_of(CALL_SEND);
    expect(stayed >= (uint64_t)ms * NS_PER_MS,
           "the connection open for 0.06 seconds",
           text("closed after %.3f", (double)stayed / NS_PER_S),
           "--drain says for how long the client may still send, and it may "
           "be a fraction of a second. Who leaves earlier resets a client "
           "that is not so quick.");
    expect_next_client(why);
}

CASE("silent", "a client that does not end is let go when the time is over",
     READ("the-orderly-end"),
     HINTS("How long does recv() wait for a client that is gone?",
           "poll(2) has a time limit; so has recv(), see SO_RCVTIMEO in "
           "socket(7).",
           "poll() for what is left of the time; 0 is its end: close."))
{
    start_server("0.06");
    answered_client();
    expect_let_go_after(
        SHORT_MS, "The client has its answer, and neither sends nor ends. "
                  "0.06 seconds of that are enough.");
    peer_vanish(answered_client());
    expect_let_go_after(
        SHORT_MS, "The client's host is gone: its end will never come. 0.06 "
                  "seconds of that are enough.");
}

CASE("drip", "a byte now and then does not lengthen the time",
     READ("the-orderly-end"),
     HINTS("When is it over, if each byte comes in time?",
           "The limit is for all of it, not for a recv(): clock_gettime(2).",
           "Fix the end once, before the loop; wait for what is left."))
{
    start_server("0.1");
    int fd = answered_client();

    inject_delay(s, CALL_RECV, ALWAYS, DRIP_MS);
    inject_delay(s, CALL_SELECT, ALWAYS, DRIP_MS); /* the next byte is there */
    for (int i = 0; i < DRIPS && !is_let_go(NULL); i++) {
        wanted = bytes_received() + 1;
        peer_send(fd, "x", 1);
        if (!wait_until(has_taken_or_closed, NULL))
            break;
    }
    expect(is_let_go(NULL) || bytes_received() < wanted,
           "the connection closed",
           text("still open after %d ms", DRIPS * DRIP_MS),
           "After its answer the client sent a byte every %d ms, %d times, "
           "and the time was 100 ms. A limit that begins anew with each byte "
           "lets a client hold the server for as long as it likes.",
           DRIP_MS, DRIPS);
}

CASE("resets", "a client that resets harms nobody else", READ("fin-and-rst"),
     HINTS("Which calls fail when the client has reset the connection?",
           "ECONNRESET in recv(2) and send(2), ENOTCONN in shutdown(2).",
           "warn() at most; close, and take the next client."))
{
    start_server("60");
    int fd = peer_connect(s);

    peer_send_text(fd, "12");
    wait_settled(s);
    peer_reset(fd);
    expect_next_client("A client reset its connection in mid-line.");
    wait_settled(s);
    hold(s, CALL_SEND, NTH(1));
    fd = peer_connect(s);
    peer_send_text(fd, "12\n");
    wait_held(s, "The line is whole, so the answer is due.");
    peer_reset(fd);
    release(s);
    expect_next_client("A client reset its connection before it was answered.");
    wait_settled(s);
    hold(s, CALL_SHUTDOWN, NTH(1));
    fd = peer_connect(s);
    peer_send_text(fd, "12\n");
    expect_text(fd, answer_of(12), "The line is whole, so the answer is due.");
    wait_held(s, "The answer is over: shutdown() tells the client.");
    peer_reset(fd);
    release(s);
    expect_next_client("A client reset its connection before shutdown(), which "
                       "says ENOTCONN then: there is nobody to be told.");
    peer_reset(answered_client());
    expect_next_client("A client reset its connection after its answer.");
}

CASE("leaves", "a client that has left ends nobody",
     READ("when-the-peer-has-gone"),
     HINTS("What happens at send() when the client is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "MSG_NOSIGNAL at each send(); close, and take the next client."))
{
    start_server("60");
    hold(s, CALL_SEND, NTH(1));
    inject_short(s, CALL_SEND, NTH(1), 10);
    int fd = peer_connect(s);

    peer_send_text(fd, text("%d\n", MANY));
    wait_held(s, "The line is whole, so the answer is due.");
    peer_close(fd);
    release(s);
    expect_next_client("The client closed before its answer came. The first "
                       "send() was taken, and met RST; the next one says "
                       "EPIPE, and makes the kernel send SIGPIPE, which ends "
                       "a program that does not expect it.");
}

/* Whether it has set a limit to how long its send() may wait; then that may
 * say EAGAIN at any time. */
static bool has_send_limit(const struct call_record *r, void *unused)
{
    (void)r;
    (void)unused;
    for (r = NULL; (r = next_call(s, CALL_SETSOCKOPT, r)) != NULL;)
        if (r->args[1] == SOL_SOCKET && r->args[2] == SO_SNDTIMEO)
            return true;
    return false;
}

CASE("reads-late", "a client may read its answer late", READ("ending-a-server"),
     HINTS("Where is the answer while nobody reads it?",
           "See send(2): when there is no room it waits, and a signal may end "
           "that; if it must not wait, it says EAGAIN.",
           "Send what is left, from where it stopped, however often that is."))
{
    need_setting("net.ipv4.tcp_wmem", "4096 16384 32768");
    start_server("60");
    inject_short(s, CALL_SEND, NTH(1), PART);
    only_if(inject_errno(s, CALL_SEND, NTH(2), EAGAIN), has_send_limit, NULL);
    int fd = peer_connect(s);

    peer_send_text(fd, text("%d\n", MANY));
    wait_settled(s);
    expect_lines(fd, MANY,
                 "The client asked for more than the kernel has room for, and "
                 "was slow to read. send() waits for room then, or says EAGAIN "
                 "where it must not wait, or not for longer (SO_SNDTIMEO): "
                 "that is no error, and the client may take its time.");
    peer_end(fd);
    fd = peer_connect(s);
    peer_send_text(fd, text("%d\n", MANY));
    wait_settled(s);
    send_signal(s, SIGTERM);
    wait_settled(s);
    expect_lines(fd, MANY,
                 "SIGTERM came while the answer waited for room. send() comes "
                 "back with what it has sent so far, or with EINTR; the answer "
                 "is finished all the same.");
    peer_end(fd);
    expect_exit(s, 0, "The answer that was in work is finished.");
}

CASE("term-idle", "SIGTERM ends it while it waits for a client",
     READ("ending-a-server"),
     HINTS("What happens to accept() or poll() when a signal comes?",
           "See signal(7), and SA_RESTART in sigaction(2).",
           "The handler writes a byte into a pipe, and poll() waits for both, "
           "the socket and the pipe."))
{
    start_server("60");
    int fd = peer_connect(s);

    peer_send_text(fd, "2\n");
    expect_lines(fd, 2, "The line is whole, so the answer is due.");
    peer_end(fd);
    wait_settled(s);
    send_signal(s, SIGTERM);
    expect_exit(s, 0,
                "SIGTERM came while it waited for a client, and nothing was in "
                "work: it ends with 0. A handler that was installed with "
                "SA_RESTART, as signal() does it, has accept() go on waiting.");
}

static bool is_to_stdout(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 1;
}

CASE("term-race", "SIGTERM is not missed just before the wait",
     READ("a-signal-between-two-calls"),
     HINTS("What if the signal comes between the look and the call?",
           "The handler has run when accept() begins: nothing interrupts it "
           "then. A pipe remembers, and so does ppoll(2) with a mask.",
           "Leave a byte in a pipe that poll() watches."))
{
    static const char why[] =
        "SIGTERM came just before the call in which the program waits for a "
        "client, behind any look at a variable: its handler had run when the "
        "call began, so nothing interrupted that. The signal must leave "
        "something that the call itself can see.";

    set_limits((struct limits){.wall_ms = PATIENCE});
    s = start("127.0.0.1", "0", NULL);
    inject_signal_before(s, CALL_ACCEPT, NTH(1), SIGTERM);
    inject_signal_before(s, CALL_SELECT, NTH(1), SIGTERM);
    expect_exit(s, 0, "%s", why);

    start_server("60");
    inject_signal_before(s, CALL_RECV, NTH(1), SIGTERM);
    inject_signal_before(s, CALL_SELECT, NTH(1), SIGTERM);
    peer_connect(s);
    expect_exit(s, 0,
                "A client has been accepted and sends nothing. SIGTERM came "
                "just before the call in which the program waits for its "
                "line, and nothing interrupts that either.");
}

CASE("term-at-once", "SIGTERM ends it with 0 as soon as it has said where",
     READ("ending-a-server"),
     HINTS("When does a service manager know that you have begun?",
           "See sigaction(2): before it, SIGTERM does what it does by default.",
           "Install the handler before you print."))
{
    set_limits((struct limits){.wall_ms = PATIENCE});
    s = start("127.0.0.1", "0", NULL);
    only_if(hold_after(s, CALL_WRITE, NTH(1)), is_to_stdout, NULL);
    wait_held(s, "It listens, and prints where.");
    send_signal(s, SIGTERM);
    release(s);
    expect_exit(s, 0,
                "\"listening on\" tells whoever started the server that it is "
                "ready. From then on SIGTERM may come, and has to find your "
                "handler.");
}

CASE("shortage", "without descriptors it waits, and does not spin",
     READ("lastword"),
     HINTS("accept() says EMFILE. Is the caller still waiting?",
           "See EMFILE in accept(2). The caller stays in the queue, and poll() "
           "says so at once, each time.",
           "Sleep a little before you try again."))
{
    start_server("60");
    inject_errno(s, CALL_ACCEPT, ALWAYS, EMFILE);
    peer_connect(s);
    wait_settled_within(s, MOST_TRIES * 10);
    expect_calm(s, IDLE_MS, MOST_TRIES,
                "accept() said EMFILE: there is no descriptor free. The caller "
                "stays in the queue, so the next look finds it at once, again "
                "and again, and uses up the processor.");
}

CASE("term-answer", "SIGTERM lets an answer be finished",
     READ("ending-a-server"),
     HINTS("What does SIGTERM do to a program that has no handler?",
           "See sigaction(2), and EINTR in send(2).",
           "The handler only leaves a note; it is read when the client has "
           "been let go."))
{
    start_server("60");
    hold_after(s, CALL_SEND, NTH(1));
    inject_short(s, CALL_SEND, NTH(1), 1000);
    int fd = peer_connect(s);

    peer_send_text(fd, text("%d\n%.*s", MANY, MORE, more()));
    wait_held(s, "The line is whole, so the answer is due.");
    send_signal(s, SIGTERM);
    release(s);
    wait_settled(s);
    expect_lines(fd, MANY,
                 "SIGTERM came when 1000 bytes of the answer were sent. The "
                 "client waits for all of it, and cannot know of that: it is "
                 "finished, and drained, like any other.");
    peer_end(fd);
    expect_exit(s, 0, "The answer that was in work is finished.");
}

CASE("term-line", "SIGTERM does not wait for half a line",
     READ("ending-a-server"),
     HINTS("What is in work, when a client has sent half a line?",
           "poll(2) can wait for the line and for the signal.",
           "Nothing is: close, and end."))
{
    start_server("60");
    int fd = peer_connect(s);

    peer_send_text(fd, "12");
    wait_settled(s);
    send_signal(s, SIGTERM);
    expect_exit(s, 0,
                "A client has sent half a line, and perhaps never sends the "
                "rest. Nothing of an answer is in work: it is let go.");
    expect_closed(fd, "It gets no answer.");
}

CASE("term-drain", "SIGTERM does not cut the drain short", READ("drain"),
     HINTS("Which call does SIGTERM interrupt while you drain?",
           "EINTR in poll(2) and recv(2): it is not the client's end.",
           "Go on, for what is left of the time."))
{
    start_server("60");
    int fd = answered_client();

    send_signal(s, SIGTERM);
    wait_settled(s);
    expect_taken(fd, "SIGTERM came while the client was drained. A client "
                     "that is reset now may lose what it has not yet read of "
                     "its answer: it is let go as ever.");
    peer_end(fd);
    expect_exit(s, 0, "The client has ended its side: nothing is in work.");
}

CASE("term-busy", "after SIGTERM nobody is accepted, whoever waits",
     READ("ending-a-server"),
     HINTS("Two things are there at once: a caller, and the signal. Which is "
           "looked at first?",
           "ppoll(2) with a mask says that a caller is there, and lets no "
           "signal in: it did not wait.",
           "Look for the signal before you accept, each time."))
{
    start_server("60");
    int fd = answered_client();
    int next = peer_connect(s);

    wait_settled(s);
    send_signal(s, SIGTERM);
    wait_settled(s);
    peer_send_text(next, "2\n");
    peer_end(fd);
    expect_closed(next,
                  "SIGTERM came while one client was drained and another one "
                  "waited to be accepted; then came this one's line. If "
                  "whoever waits is served first, a busy server never ends.");
    expect_exit(s, 0, "Nothing is in work any more.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("lastword"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    start_server("60");
    int fd = peer_connect(s);

    peer_send_text(fd, "2\nmore");
    expect_lines(fd, 2,
                 "A call was interrupted, or moved less than was asked for. "
                 "Nothing is lost by that: make it again, from where it "
                 "stopped.");
    peer_send_text(fd, "and more");
    peer_end(fd);
    wait_settled(s);
    send_signal(s, SIGTERM);
    expect_exit(s, 0, "Nothing is in work.");
}
