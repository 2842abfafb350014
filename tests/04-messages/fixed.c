/* The checker of labs/04-messages/fixed.c: clients whose records come in
 * pieces, come together, or never come whole. */
#define _GNU_SOURCE
#include "harness.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORD = 64,
    SOME = 20,
    MANY = 70,       /* records: more than fit into a page */
    FLOOD = 8,       /* times SOME: more than small buffers hold */
    PATIENCE = 60000 /* ms: each byte may cost a call, on a busy machine */
};

/* Records of letters and digits: NUL bytes are for a case of their own. */
static const char *records(int n)
{
    return chance_word((size_t)n * RECORD);
}

/* What is to come back for n bytes: each whole record, reversed. */
static const char *answers(const void *bytes, size_t n)
{
    char *back = calloc(n + 1, 1);

    for (size_t i = 0; i < n / RECORD * RECORD; i++)
        back[i / RECORD * RECORD + RECORD - 1 - i % RECORD] =
            ((const char *)bytes)[i];
    return back;
}

/* One record there and back. */
static void exchange(int fd, const char *why)
{
    const char *record = records(1);

    peer_send(fd, record, RECORD);
    expect_bytes(fd, answers(record, RECORD), RECORD, "%s", why);
}

/* The server is as it was, and serves the next client. */
static void expect_next_client(const char *why)
{
    int fd = next_client(why);

    exchange(fd, why);
    expect_farewell(fd, why);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    s = start("127.0.0.1", NULL);
    expect_usage(s, "Without exactly two arguments there is nothing to do.");
}

CASE("one-record", "a record comes back reversed, while the client waits",
     READ("fixed-length"),
     HINTS("What does a client see that waits for its answer?",
           "See recv(2): it returns as soon as there is something.",
           "Receive 64 bytes, reverse them, send them, and only then receive "
           "again."))
{
    int fd = first_client();

    exchange(fd, "The record is whole, and its answer is due: the client "
                 "sends no more before it has it.");
    for (int nth = 2; nth <= SOME; nth++) {
        wait_settled(s); /* whoever closes has closed */
        exchange(fd, text("Record %d follows on the same connection. It goes "
                          "on until the client ends its side, be it after "
                          "one record or after a million.",
                          nth));
    }
    peer_end(fd);
    expect_end(fd, "The client has ended its side and has all its answers: "
                   "close the connection, or it waits for more.");
}

CASE("split-record", "a record may come in pieces, cut at any byte",
     READ("fixed-length"),
     HINTS("What if recv() gives a part of the record?",
           "See RETURN VALUE in recv(2): it says how many bytes there are.",
           "Ask again for the bytes that are missing, behind those that have "
           "come, until there are 64."))
{
    set_limits((struct limits){.wall_ms = PATIENCE});
    int fd = first_client();

    for (size_t cut = 1; cut < RECORD; cut++) {
        const char *record = records(1);
        peer_send(fd, record, cut);
        wait_settled(s);
        peer_send(fd, record + cut, RECORD - cut);
        expect_bytes(fd, answers(record, RECORD), RECORD,
                     "The record came in two pieces, of %zu and %zu bytes. "
                     "recv() gives what has arrived, be it less than you "
                     "asked for; the rest is on its way.",
                     cut, RECORD - cut);
    }
}

CASE("byte-by-byte", "a record may come in 64 pieces", READ("fixed-length"),
     HINTS("How often may recv() give less than a record?",
           "See RETURN VALUE in recv(2).",
           "A loop: as long as bytes are missing, receive behind those that "
           "have come."))
{
    int fd = first_client();

    inject_short(s, CALL_RECV, ALWAYS, 1);
    exchange(fd, "Each recv() gave one byte. Two calls are no better than one "
                 "here: go on until 64 bytes are there.");
    exchange(fd, "The second record came one byte at a time as well.");
}

CASE("glued", "records may come together", READ("a-stream-has-no-messages"),
     HINTS("What if the next record has come already, or half of it?",
           "See recv(2): it takes at most as many bytes as you ask for.",
           "Ask for the bytes that this record misses and for no more; what "
           "is behind them stays in the kernel."))
{
    const char *five = records(5), *all = records(MANY);
    const size_t half = 2 * RECORD + RECORD / 2;
    set_limits((struct limits){.wall_ms = PATIENCE});
    int fd = first_client();

    peer_send(fd, five, half);
    expect_bytes(fd, answers(five, half), 2 * RECORD,
                 "Two records and a half came at once. The stream does not "
                 "remember how they were sent: the answers to two are due.");
    wait_settled(s);
    peer_send(fd, five + half, 5 * RECORD - half);
    expect_bytes(fd, answers(five + 2 * RECORD, 3 * RECORD), 3 * RECORD,
                 "The other half of the third record came together with two "
                 "more. The first half was there before; what is behind the "
                 "second half belongs to the fourth.");
    peer_send(fd, all, MANY * RECORD);
    peer_end(fd);
    wait_settled(s);
    expect_bytes(fd, answers(all, MANY * RECORD), MANY * RECORD,
                 "%d records came at once, and the client read its answers "
                 "late. Each record has one answer, in order.",
                 MANY);
    expect_end(fd, "All answers are given, and the client has ended.");
}

CASE("any-bytes", "a record may hold any bytes", READ("bytes-are-not-a-string"),
     HINTS("Which of your functions stop at a NUL byte?",
           "strlen(3), strcpy(3), printf(3) with %s: all of them do.",
           "Use the number that recv() returned, and 64."))
{
    unsigned char bytes[4 * RECORD];
    int fd = first_client();

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    peer_send(fd, bytes, sizeof bytes);
    expect_bytes(fd, answers(bytes, sizeof bytes), sizeof bytes,
                 "All 256 bytes, from 0 to 255. A record is 64 bytes and no "
                 "string: its length is known, and a NUL is one of them.");
}

CASE("short-send", "every byte goes back, however little send() takes",
     READ("send-may-take-less"),
     HINTS("What does send() return?", "See RETURN VALUE in send(2).",
           "Send the bytes that were not taken, from where it stopped, until "
           "none is left."))
{
    int fd = first_client();

    inject_short(s, CALL_SEND, (struct times){1, 100}, 1);
    exchange(fd, "send() took one byte and said so, again and again. The "
                 "rest is yours to send, from where it stopped.");
    exchange(fd, "The second record goes back whole as well.");
}

CASE("late-reader", "a client may read its answers late",
     READ("send-may-take-less"),
     HINTS("Where are your answers while nobody reads them?",
           "See send(2): when there is no room, it waits, unless the socket or "
           "MSG_DONTWAIT says that it must not.",
           "Let send() wait: no MSG_DONTWAIT. If your socket never blocks, "
           "EAGAIN is no error: poll() for POLLOUT and go on."))
{
    const char *all = records(SOME);
    const size_t n = SOME * RECORD;

    set_limits((struct limits){.wall_ms = PATIENCE});
    need_small_buffers();
    int fd = first_client();
    size_t sent = peer_fill(fd, all, n, FLOOD * n), last = sent % n;
    wait_settled(s);
    const char *want = answers(all, n);
    const char *why =
        text("The client sent %zu bytes before it read any answer. Then the "
             "kernel has no room for what you send: send() waits for some, or "
             "says EAGAIN where it must not wait. That is no error; the client "
             "reads later, and wants every byte.",
             sent);
    for (size_t done = n; done <= sent; done += n)
        expect_bytes(fd, want, n, "%s", why);
    expect_answer(fd, all + last, n - last, want, n, "%s", why);
    peer_end(fd);
    expect_end(fd, "All answers are given, and the client has ended.");
}

CASE("pause", "a client may be quiet in the middle of a record",
     READ("recv-may-give-less"),
     HINTS("How long may the rest of a record take?",
           "See recv(2), and SO_RCVTIMEO in socket(7).",
           "Leave the waiting to recv(), without a time limit: it returns when "
           "something has come."))
{
    const char *record = records(1);

    set_limits((struct limits){.cpu_ms = 500});
    int fd = first_client();
    exchange(fd, "The first record has its answer.");
    peer_send(fd, record, RECORD / 2);
    expect_patience();
    peer_send(fd, record + RECORD / 2, RECORD / 2);
    expect_bytes(fd, answers(record, RECORD), RECORD,
                 "Half of the record came, and the other half %d ms later. A "
                 "client may be slow or far away: it is served until it ends "
                 "its side.",
                 PAUSE_MS);
}

CASE("half-record", "half a record at the end gets nothing",
     READ("fixed-length"),
     HINTS("What does recv() return at the end of the stream?",
           "See RETURN VALUE in recv(2): 0, now and ever after.",
           "At 0 stop receiving. If fewer than 64 bytes are there, send "
           "nothing, and close."))
{
    const char *two = records(2);

    set_limits((struct limits){.cpu_ms = 500});
    int fd = first_client();
    peer_send(fd, two, RECORD + RECORD / 2);
    expect_bytes(fd, answers(two, RECORD), RECORD,
                 "One record is whole, and its answer is due.");
    peer_end(fd);
    expect_end(fd, "The client has ended its side after half a record: recv() "
                   "returned 0. The rest will never come; half a record gets "
                   "no answer, and the connection is closed.");
    expect_next_client("What the last client left behind is not this one's: "
                       "its record begins with its own first byte.");
}

CASE("interrupted", "a call that was interrupted is made again", READ("eintr"),
     HINTS("What does it mean when errno is EINTR?",
           "See signal(7), and EINTR in recv(2), send(2) and accept(2).",
           "if (n == -1 && errno == EINTR) continue; in each loop."))
{
    s = start("127.0.0.1", "0", NULL);
    inject_errno(s, CALL_ACCEPT, NTH(1), EINTR);
    inject_errno(s, CALL_RECV, (struct times){1, 2}, EINTR);
    inject_errno(s, CALL_SEND, (struct times){1, 2}, EINTR);
    int fd = peer_connect(s);

    exchange(fd, "The call said -1 with EINTR: a signal came while it had "
                 "nothing done. Nothing is wrong and nothing is lost; make "
                 "the same call again.");
}

CASE(
    "interrupted-midway", "after an interruption it goes on where it was",
    READ("eintr"),
    HINTS("What has come before recv() said -1?",
          "See RETURN VALUE in recv(2) and send(2): that call did nothing, and "
          "the calls before it did what they said.",
          "At EINTR change none of your counts: continue; and the loop asks "
          "for what is still missing."))
{
    s = start("127.0.0.1", "0", NULL);
    inject_short(s, CALL_RECV, NTH(1), 10);
    inject_errno(s, CALL_RECV, (struct times){2, 3}, EINTR);
    int fd = peer_connect(s);

    exchange(fd, "The record had come in part, and the next recv() said -1 "
                 "with EINTR. What has come remains: go on behind it.");
    wait_settled(s);
    inject_short(s, CALL_SEND, NTH(1), 10);
    inject_errno(s, CALL_SEND, (struct times){2, 3}, EINTR);
    exchange(fd, "The answer was sent in part, and the next send() said -1 "
                 "with EINTR. What was sent remains so: go on behind it.");
}

CASE("client-leaves", "a client that leaves before its answer ends nobody",
     READ("when-the-peer-has-left"),
     HINTS("What happens to a program that sends to somebody who is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "send(fd, p, n, MSG_NOSIGNAL): then -1 with EPIPE is all that "
           "happens. Close the connection and serve the next client."))
{
    int fd = first_client();

    exchange(fd, "The first record has its answer.");
    wait_settled(s);
    hold(s, CALL_SEND, NTH(1));
    peer_send(fd, records(2), 2 * RECORD);
    peer_end(fd);
    wait_held(s, "The second record is whole, so its answer is due.");
    peer_reset(fd);
    release(s);
    expect_alive(s, "The client was gone as its answer was sent. That is the "
                    "end of this client and no reason to end the server: "
                    "others are waiting.");
    expect_next_client("One client has left. The next one knows nothing of "
                       "that and wants to be served.");
}

CASE("client-resets", "a client that resets hurts nobody else",
     READ("when-the-peer-has-left"),
     HINTS("What does recv() return after a reset?",
           "See ECONNRESET in recv(2) and errno(3).",
           "recv() says -1 with ECONNRESET: tell it with warn(), close the "
           "connection, and accept the next one."))
{
    set_limits((struct limits){.cpu_ms = 500});
    int fd = first_client();

    peer_send(fd, records(1), RECORD / 2);
    wait_settled(s);
    peer_reset(fd);
    expect_next_client("A client reset its connection in the middle of a "
                       "record. recv() said -1 with ECONNRESET; that is the "
                       "end of this client, and of nobody else.");
}

CASE("every-fault", "no short count and no interruption does harm",
     READ("a-stream-has-no-messages"),
     HINTS("Which calls may do less than you asked for, or nothing at all?",
           "See RETURN VALUE and EINTR in recv(2), send(2) and accept(2).",
           "Each of them in a loop that goes on after EINTR and from where "
           "the last call has stopped."),
     EXHAUSTIVE, RETRIES_EINTR)
{
    s = start_listening("127.0.0.1", "0", NULL);
    int fd = peer_connect(s);

    exchange(fd, "One record, one answer, whatever each call returns.");
    peer_end(fd);
    expect_end(fd, "The client has ended and has its answer.");
}
