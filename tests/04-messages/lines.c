/* The checker of labs/04-messages/lines.c: clients whose lines come in
 * pieces, come together, are too long, or never end. */
#define _GNU_SOURCE
#include "harness.h"
#include "server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIMIT = 1024,
    LONG = 5000,               /* a line that is longer than a page */
    MONSTER = 2 * 65536 + 500, /* one that no buffer holds; in 16 bits, 500 */
    SOME = 20,
    MANY = 1000,     /* lines: their numbers have up to four digits */
    FLOOD = 40,      /* lines of 500 bytes: more than small buffers hold */
    EMPTIES = 1500,  /* empty lines: their answers are as much */
    PATIENCE = 60000 /* ms: each byte may cost a call, on a busy machine */
};

/* A line of n letters and digits. */
static const char *line_of(size_t n)
{
    return text("%s\n", chance_word(n));
}

/* The client's nth line, there and back. */
static void exchange(int fd, int nth, const char *why)
{
    const char *line = line_of(20);

    peer_send_text(fd, line);
    expect_text(fd, text("%d %s", nth, line), "%s", why);
}

/* Whether the server receives by the byte, as it has done with a first line.
 * That is slow, and not wrong: each byte costs a call, so it gets fewer. */
static bool sips(void)
{
    return count_calls(s, CALL_RECV) > 20;
}

/* Lines, and what is to come back. */
struct dialogue {
    char *lines, *answers;
    size_t n, m; /* bytes of them */
};

/* What follows a client's first line: `count` lines, each of at least `least`
 * bytes and of fewer than `below`. */
static struct dialogue make_dialogue(int count, size_t least, size_t below)
{
    const size_t room = (size_t)count * (below + 32);
    struct dialogue d = {malloc(room), malloc(room), 0, 0};

    for (int i = 2; i <= count + 1; i++) {
        const char *line =
            line_of(least + chance_below((uint32_t)(below - least)));
        d.n += (size_t)(stpcpy(d.lines + d.n, line) - (d.lines + d.n));
        char *at = d.answers + d.m;
        d.m += (size_t)(stpcpy(stpcpy(at, text("%d ", i)), line) - at);
    }
    return d;
}

/* The server is as it was, and serves the next client from number 1 on. */
static void expect_next_client(const char *why)
{
    int fd = next_client(why);

    exchange(fd, 1, why);
    expect_farewell(fd, why);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    s = start("127.0.0.1", NULL);
    expect_usage(s, "Without exactly two arguments there is nothing to do.");
}

CASE("one-line", "a line comes back with its number, while the client waits",
     READ("a-delimiter"),
     HINTS("What does a client see that waits for its answer?",
           "See recv(2): it returns as soon as there is something.",
           "As soon as the newline is there, send the number, a space and the "
           "line, and only then receive again."))
{
    int fd = first_client();

    exchange(fd, 1,
             "The line is whole, and its answer is due: the client "
             "sends no more before it has it.");
    for (int nth = 2; nth <= SOME; nth++) {
        wait_settled(s); /* whoever closes has closed */
        exchange(fd, nth,
                 text("Line %d follows on the same connection. It goes on "
                      "until the client ends its side, be it after one line "
                      "or after a million.",
                      nth));
    }
    peer_end(fd);
    expect_end(fd, "The client has ended its side and has all its answers: "
                   "close the connection, or it waits for more.");
}

CASE("split-line", "a line may come in pieces, cut at any byte",
     READ("a-delimiter"),
     HINTS("What if recv() gives a part of the line?",
           "See RETURN VALUE in recv(2): it gives what has come.",
           "As long as there is no newline, keep what there is and receive "
           "more behind it."))
{
    set_limits((struct limits){.wall_ms = PATIENCE});
    int fd = first_client(), nth = 0;
    const char *line = line_of(40);
    const size_t n = strlen(line);

    for (size_t cut = 1; cut < n; cut++) {
        peer_send(fd, line, cut);
        wait_settled(s);
        peer_send(fd, line + cut, n - cut);
        expect_text(fd, text("%d %s", ++nth, line),
                    "The line came in two pieces, of %zu and %zu bytes. A "
                    "line ends where its newline is, and nowhere else.",
                    cut, n - cut);
    }
}

CASE("byte-by-byte", "a line may come in as many pieces as it has bytes",
     READ("a-delimiter"),
     HINTS("How often may recv() give no newline?",
           "See RETURN VALUE in recv(2).",
           "A loop: as long as there is no newline, receive behind what has "
           "come."))
{
    int fd = first_client();

    inject_short(s, CALL_RECV, ALWAYS, 1);
    exchange(fd, 1,
             "Each recv() gave one byte. Go on until the newline is "
             "among them.");
    exchange(fd, 2, "The second line came one byte at a time as well.");
}

CASE("glued", "lines may come together", READ("the-rest-stays"),
     HINTS("What is behind the first newline that recv() gave?",
           "See memchr(3) for the newline, memmove(3) for the rest.",
           "Answer each line that is whole; keep the bytes behind the last "
           "newline for the next call."))
{
    const char *a = line_of(10), *b = line_of(5), *c = line_of(30),
               *d = line_of(8), *e = line_of(12);
    const size_t half = strlen(a) + strlen(b) + 15;
    int fd = first_client();

    const char *all = text("%s%s%s%s%s", a, b, c, d, e);
    peer_send(fd, all, half);
    expect_text(fd, text("1 %s2 %s", a, b),
                "Two lines and a half came at once. Two are whole, and their "
                "answers are due.");
    wait_settled(s);
    peer_send_text(fd, all + half);
    expect_text(fd, text("3 %s4 %s5 %s", c, d, e),
                "The other half of the third line came together with two "
                "more. The first half had come before: it stays with you "
                "until its newline comes.");
    peer_end(fd);
    expect_end(fd, "All answers are given, and the client has ended.");
}

CASE("empty-line", "an empty line is a line", READ("a-delimiter"),
     HINTS("How many bytes are there before a newline?", "None, perhaps.",
           "A line of length 0 is answered and counted like any other."))
{
    int fd = first_client();

    peer_send_text(fd, "\n\nx\n");
    expect_text(fd, "1 \n2 \n3 x\n",
                "Two newlines are two empty lines. Each is answered with its "
                "number and a space, and each counts.");
}

CASE("any-bytes", "a line may hold any bytes but a newline",
     READ("bytes-are-not-a-string"),
     HINTS("Which of your functions stop at a NUL byte?",
           "strchr(3), strlen(3), printf(3) with %s: all of them do.",
           "Look for the newline with memchr(3) and copy with memcpy(3), with "
           "the lengths that you know."))
{
    unsigned char line[256], want[258] = "1 ";
    int fd = first_client();

    for (size_t i = 0; i < sizeof line; i++)
        line[i] = (unsigned char)(255 - i);
    memmove(line + 245, line + 246, 10);
    line[255] = '\n';
    memcpy(want + 2, line, sizeof line);
    peer_send(fd, line, sizeof line);
    expect_bytes(fd, want, sizeof want,
                 "The line holds every byte but the newline, from 255 down to "
                 "0. What recv() gives is bytes and a count, not a string: a "
                 "NUL ends nothing.");
    peer_send_text(fd, "a\r\n");
    expect_text(fd, "2 a\r\n",
                "The line is \"a\\r\". Its carriage return is a byte like any "
                "other here, and goes back.");
}

CASE("longest-line", "a line of 1024 bytes comes back, one of 1025 does not",
     READ("ceilings"),
     HINTS("Does the newline count?",
           "The contract: more than 1024 bytes, its newline not counted.",
           "Room for 1024 bytes and the newline; \"too long\" from the "
           "1025th byte on that is no newline."))
{
    const char *most = line_of(LIMIT), *more = line_of(LIMIT + 1);
    int fd = first_client();

    peer_send_text(fd, most);
    expect_text(fd, text("1 %s", most),
                "The line has 1024 bytes before its newline, as many as it "
                "may have.");
    peer_send_text(fd, more);
    expect_text(fd, "too long\n",
                "The line has 1025 bytes before its newline, one too many.");
    exchange(fd, 3,
             "The line that was too long was the second. This is the "
             "third.");
}

CASE("long-line", "a line that is too long is skipped to its end",
     READ("ceilings"),
     HINTS("Where do the bytes go that nobody wants?",
           "See recv(2): they must be received, for the next line is behind "
           "them.",
           "Remember that this line is too long, throw its bytes away until "
           "its newline, then answer once."))
{
    static const struct {
        size_t cut, n;
    } lines[] = {{1, 1100},    {1025, 1100}, {1024, 1100}, {1023, 1100},
                 {1026, 1100}, {2048, LONG}, {4096, LONG}, {LONG, LONG}};
    set_limits((struct limits){.wall_ms = PATIENCE});
    int fd = first_client(), nth = 1;

    exchange(fd, 1, "The first line has its answer.");
    const bool few = sips();
    const size_t cuts = few ? 3 : sizeof lines / sizeof *lines;
    const size_t most = few ? LONG / 2 : MONSTER;
    for (size_t i = 0; i < cuts; i++) {
        const char *line = line_of(lines[i].n);
        peer_send(fd, line, lines[i].cut);
        wait_settled(s);
        peer_send_text(fd, line + lines[i].cut);
        expect_text(fd, "too long\n",
                    "A line of %zu bytes came in two pieces, the first of %zu "
                    "bytes. It is one line and has one answer, when its "
                    "newline has come.%s",
                    lines[i].n, lines[i].cut,
                    lines[i].n < LONG ? ""
                                      : " A recv() into a buffer that is full "
                                        "asks for 0 bytes and gets 0, and "
                                        "that is not the end of the stream.");
        nth++;
        exchange(fd, ++nth,
                 "The line behind one that was too long is a line "
                 "like any other.");
    }
    const char *glued = text("%sx\n%sy\n", line_of(most), line_of(1100));
    peer_send_text(fd, glued);
    expect_text(fd, text("too long\n%d x\ntoo long\n%d y\n", nth + 2, nth + 4),
                "A line of %zu bytes, a short one, another long one, and "
                "a short one came at once. What is behind the newline of a "
                "long line is the next line.",
                most);
}

CASE("short-send", "every byte goes back, however little send() takes",
     READ("send-may-take-less"),
     HINTS("What does send() return?", "See RETURN VALUE in send(2).",
           "Send the bytes that were not taken, from where it stopped, until "
           "none is left."))
{
    int fd = first_client();

    inject_short(s, CALL_SEND, (struct times){1, 30}, 1);
    exchange(fd, 1,
             "send() took one byte and said so, again and again. The "
             "rest is yours to send, from where it stopped.");
    exchange(fd, 2, "The second line goes back whole as well.");
}

CASE("half-line", "half a line at the end gets nothing", READ("a-delimiter"),
     HINTS("What does recv() return at the end of the stream?",
           "See RETURN VALUE in recv(2): 0, now and ever after.",
           "At 0 stop receiving. Without its newline it is no line: send "
           "nothing, and close."))
{
    set_limits((struct limits){.cpu_ms = 500});
    int fd = first_client();

    peer_send_text(fd, text("%shalf", line_of(20)));
    peer_read_until(fd, "\n", "One line is whole, and its answer is due.");
    peer_end(fd);
    expect_end(fd, "The client has ended its side in the middle of a line: "
                   "recv() returned 0. Its newline will never come; half a "
                   "line gets no answer, and the connection is closed.");
    fd = peer_connect(s);
    peer_send_text(fd, chance_word(LONG));
    peer_end(fd);
    expect_end(fd, "The client has ended its side in the middle of a line "
                   "that was too long already. Without its newline it is no "
                   "line and gets no answer.");
    expect_next_client("What the last client left behind is not this one's: "
                       "its line begins with its own first byte, and its "
                       "numbers begin with 1.");
}

CASE("many-lines", "many lines at once, and answers that are read late",
     READ("the-rest-stays"),
     HINTS("What happens to a buffer that fills faster than it empties?",
           "See memmove(3), and the size that you give to recv(2).",
           "Use all whole lines that have come before you receive again."))
{
    set_limits((struct limits){.wall_ms = PATIENCE});
    int fd = first_client();

    exchange(fd, 1, "The first line has its answer.");
    struct dialogue d = sips() ? make_dialogue(MANY - 1, 0, 2)
                               : make_dialogue(MANY - 1, 65, 80);
    peer_send(fd, d.lines, d.n);
    wait_settled(s);
    expect_bytes(fd, d.answers, d.m,
                 "%d lines came at once, and the client read its answers "
                 "late. Each line has one answer, in order, wherever your "
                 "buffer ended.",
                 MANY - 1);
    const char *most = line_of(LIMIT);
    peer_send_text(fd, most);
    expect_text(fd, text("%d %s", MANY + 1, most),
                "Line %d has %d bytes, and that is allowed. Its answer has %zu "
                "bytes: the number, a space, the line and its newline.",
                MANY + 1, LIMIT, strlen(most) + 5);
}

CASE("late-reader", "a client may read its answers late",
     READ("send-may-take-less"),
     HINTS("Where are your answers while nobody reads them?",
           "See send(2): when there is no room, it waits, unless the socket or "
           "MSG_DONTWAIT says that it must not.",
           "Let send() wait: no MSG_DONTWAIT. If your socket never blocks, "
           "EAGAIN is no error: poll() for POLLOUT and go on."))
{
    set_limits((struct limits){.wall_ms = PATIENCE});
    need_small_buffers();
    int fd = first_client();

    exchange(fd, 1, "The first line has its answer.");
    struct dialogue d =
        sips() ? make_dialogue(EMPTIES, 0, 1) : make_dialogue(FLOOD, 500, 501);
    size_t sent = peer_fill(fd, d.lines, d.n, d.n);
    wait_settled(s);
    expect_answer(fd, d.lines + sent, d.n - sent, d.answers, d.m,
                  "The client sent %zu bytes of lines before it read any "
                  "answer. Then the kernel has no room for what you send: "
                  "send() waits for some, or says EAGAIN where it must not "
                  "wait. That is no error; the client reads later, and wants "
                  "every byte.",
                  sent);
    peer_end(fd);
    expect_end(fd, "All answers are given, and the client has ended.");
}

CASE("pause", "a client may be quiet in the middle of a line",
     READ("recv-may-give-less"),
     HINTS("How long may the rest of a line take?",
           "See recv(2), and SO_RCVTIMEO in socket(7).",
           "Leave the waiting to recv(), without a time limit: it returns when "
           "something has come."))
{
    const char *line = line_of(20);

    set_limits((struct limits){.cpu_ms = 500});
    int fd = first_client();
    exchange(fd, 1, "The first line has its answer.");
    peer_send(fd, line, 10);
    expect_patience();
    peer_send_text(fd, line + 10);
    expect_text(fd, text("2 %s", line),
                "Half of the line came, and the other half %d ms later. A "
                "client may be slow or far away: it is served until it ends "
                "its side.",
                PAUSE_MS);
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

    exchange(fd, 1,
             "The call said -1 with EINTR: a signal came while it had "
             "nothing done. Nothing is wrong and nothing is lost; make "
             "the same call again.");
}

CASE(
    "interrupted-midway", "after an interruption it goes on where it was",
    READ("eintr"),
    HINTS("What has come before recv() said -1?",
          "See RETURN VALUE in recv(2) and send(2): that call did nothing, and "
          "the calls before it did what they said.",
          "At EINTR change none of your counts: continue; what has come "
          "stays where it is."))
{
    s = start("127.0.0.1", "0", NULL);
    inject_short(s, CALL_RECV, NTH(1), 10);
    inject_errno(s, CALL_RECV, (struct times){2, 3}, EINTR);
    int fd = peer_connect(s);

    exchange(fd, 1,
             "The line had come in part, and the next recv() said -1 with "
             "EINTR. What has come remains: go on behind it.");
    wait_settled(s);
    inject_short(s, CALL_SEND, NTH(1), 10);
    inject_errno(s, CALL_SEND, (struct times){2, 3}, EINTR);
    exchange(fd, 2,
             "The answer was sent in part, and the next send() said -1 with "
             "EINTR. What was sent remains so: go on behind it.");
}

CASE("client-leaves", "a client that leaves before its answer ends nobody",
     READ("when-the-peer-has-left"),
     HINTS("What happens to a program that sends to somebody who is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "send(fd, p, n, MSG_NOSIGNAL): then -1 with EPIPE is all that "
           "happens. Close the connection and serve the next client."))
{
    int fd = first_client();

    exchange(fd, 1, "The first line has its answer.");
    wait_settled(s);
    hold(s, CALL_SEND, NTH(1));
    peer_send_text(fd, "one\ntwo\n");
    peer_end(fd);
    wait_held(s, "The second line is whole, so its answer is due.");
    peer_reset(fd);
    release(s);
    expect_alive(s, "The client was gone as its answer was sent. That is the "
                    "end of this client and no reason to end the server: "
                    "others are waiting.");
    expect_next_client("One client has left with a line unanswered. The next "
                       "one knows nothing of that: it is served, what comes "
                       "back is its own, and its lines are counted from 1.");
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

    peer_send_text(fd, "half");
    wait_settled(s);
    peer_reset(fd);
    expect_next_client("A client reset its connection in the middle of a "
                       "line. recv() said -1 with ECONNRESET; that is the end "
                       "of this client, and of nobody else.");
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

    peer_send_text(fd, "a\nbc\n");
    expect_text(fd, "1 a\n2 bc\n",
                "Two lines, two answers, whatever each call returns.");
    peer_end(fd);
    expect_end(fd, "The client has ended and has its answers.");
}
