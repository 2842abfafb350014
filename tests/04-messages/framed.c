/* The checker of labs/04-messages/framed.c: clients whose frames come in
 * pieces, come together, claim what they are not, or never come whole. */
#define _GNU_SOURCE
#include "harness.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD = 5,
    MOST = 65536,
    MANY = 300, /* small frames */
    LARGE = 4,  /* frames of MOST bytes */
    FLOOD = 300 /* large frames: more than a connection holds */
};

/* A frame of n letters and digits.  The first is no digit: bodies that look
 * like the end of a head are for a case of their own. */
static const char *frame_of(size_t n)
{
    return n == 0 ? "00000" : text("%05zux%s", n, chance_word(n - 1));
}

/* One frame there and back. */
static void exchange(int fd, size_t n, const char *why)
{
    const char *frame = frame_of(n);

    expect_answer(fd, frame, HEAD + n, frame, HEAD + n, "%s", why);
}

/* The server is as it was, and serves the next client. */
static void expect_next_client(const char *why)
{
    int fd = next_client(why);

    exchange(fd, 7, why);
    expect_farewell(fd, why);
}

/* A client sends a frame, and then what is none: the frame comes back, and
 * the rest is told and is the end.  The client stays connected. */
static int expect_refused(const void *bytes, size_t n, const char *what,
                          const char *why)
{
    size_t before, after;
    int fd = peer_connect(s);

    exchange(fd, 3, "A frame that is right is sent back, whatever follows.");
    errors(s, &before);
    peer_send(fd, bytes, n);
    expect_closed(fd,
                  "The head was %s. %s Tell it on stderr and close the "
                  "connection: nothing goes back to the client, and nothing "
                  "more of it is awaited.",
                  what, why);
    expect_alive(s,
                 "The head was %s, and that is the client's own trouble. The "
                 "server closes this connection and serves the next.",
                 what);
    const char *said = errors(s, &after);
    expect(after > before && said[after - 1] == '\n', "a line on stderr",
           after > before ? quoted(said + before, after - before, 60)
                          : "nothing said",
           "The connection was closed: the head was %s. Whoever looks after "
           "the server wants to read why. Say it on stderr.",
           what);
    return fd;
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    s = start("127.0.0.1", NULL);
    expect_usage(s, "Without exactly two arguments there is nothing to do.");
}

CASE("one-frame", "a frame comes back, while the client waits",
     READ("length-ahead"),
     HINTS("What does a client see that waits for its answer?",
           "See recv(2): it returns as soon as there is something.",
           "Receive the head, then as many bytes as it says, send both, and "
           "only then receive again."))
{
    int fd = first_client();

    exchange(fd, 5,
             "The frame is whole, and its answer is due: the client "
             "sends no more before it has it.");
    exchange(fd, 6, "A second frame follows on the same connection.");
    peer_end(fd);
    expect_end(fd, "The client has ended its side and has all its answers: "
                   "close the connection, or it waits for more.");
}

CASE("lengths", "five digits are a decimal number", READ("length-ahead"),
     HINTS("What number do the digits 0, 0, 0, 1, 0 say?",
           "See ascii(7): the digits stand in a row, from '0' to '9'.",
           "For each of the five: n = 10 * n + (c - '0')."))
{
    static const size_t lengths[] = {1,   8,   10,   77,    99,    100,
                                     255, 256, 4096, 10000, 12345, 32768};
    int fd = first_client();

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        exchange(fd, lengths[i],
                 text("The head said %05zu, and that is %zu: a decimal number, "
                      "whatever zeros it begins with. A C constant, and base "
                      "0 of strtol(), take such zeros for the sign of an "
                      "octal one.",
                      lengths[i], lengths[i]));
}

CASE("empty", "00000 is a frame", READ("length-ahead"),
     HINTS("How many bytes has a body that is empty?",
           "See recv(2). Asked for 0 bytes it waits for one all the same, or "
           "returns 0, which is no end of stream then: do not ask.",
           "Send the head back alone, and go on with the next frame."))
{
    const char *three = "000000000000002ab00000";
    int fd = first_client();

    exchange(fd, 0,
             "00000 is a head, and with it the frame is whole: there "
             "is no body to wait for. It is a message like any other.");
    exchange(fd, 4, "An empty frame is no farewell. The next one follows.");
    peer_send_text(fd, three);
    expect_text(fd, three,
                "Two empty frames, one of two bytes and another empty one "
                "came at once. Each comes back.");
    peer_end(fd);
    expect_end(fd, "All answers are given, and the client has ended.");
}

CASE("cut", "frames may be cut at any byte", READ("recv-may-give-less"),
     HINTS("What if recv() gives a part of the head, or of the body?",
           "See RETURN VALUE in recv(2): it says how many bytes there are.",
           "First the head until it has five bytes, however many calls that "
           "takes; then the body in the same way."))
{
    const char *two = text("%s%s", frame_of(12), frame_of(3));
    const size_t first = HEAD + 12, all = strlen(two);
    int fd = first_client();

    for (size_t cut = 1; cut < all; cut++) {
        peer_send(fd, two, cut);
        wait_settled(s);
        peer_send(fd, two + cut, all - cut);
        expect_bytes(fd, two, all,
                     "Two frames, of %zu and %zu bytes, came in two pieces: "
                     "the first %zu bytes, then the rest. A frame ends where "
                     "its length says, and nowhere else.",
                     first, all - first, cut);
    }
}

CASE("three-pieces", "a head may come in three pieces, and a body too",
     READ("recv-may-give-less"),
     HINTS("How often may recv() give less than you want?",
           "See RETURN VALUE in recv(2).",
           "A loop: as long as bytes are missing, receive behind those that "
           "have come."))
{
    const char *frame = frame_of(300), *slow = frame_of(7);
    int fd = first_client();

    for (size_t a = 1; a < HEAD - 1; a++) {
        peer_send(fd, frame, a);
        wait_settled(s);
        peer_send(fd, frame + a, 1);
        wait_settled(s);
        peer_send(fd, frame + a + 1, HEAD + 100 - a - 1);
        wait_settled(s);
        peer_send(fd, frame + HEAD + 100, 199);
        wait_settled(s);
        peer_send(fd, frame + HEAD + 299, 1);
        expect_bytes(fd, frame, HEAD + 300,
                     "The head came in three pieces, of %zu, 1 and %zu bytes, "
                     "the last one together with 100 bytes of the body; then "
                     "came 199 bytes of it, and then the last one.",
                     a, HEAD - a - 1);
    }
    for (size_t i = 0; i < HEAD + 7; i++) {
        peer_send(fd, slow + i, 1);
        wait_settled(s);
    }
    expect_bytes(fd, slow, HEAD + 7,
                 "The frame came byte by byte. Two calls are no better than "
                 "one here: go on until all that you wait for is there.");
}

CASE("glued", "frames may come together", READ("the-rest-stays"),
     HINTS("What if the next frame has come already, or a part of it?",
           "See recv(2): it takes at most as many bytes as you ask for.",
           "Ask for what this frame misses and for no more; or keep what is "
           "behind it for the next one."))
{
    const char *five = text("%s%s%s%s%s", frame_of(10), frame_of(3),
                            frame_of(30), frame_of(0), frame_of(12));
    const size_t two = 2 * HEAD + 13, half = two + HEAD + 15;
    int fd = first_client();

    peer_send(fd, five, half);
    expect_bytes(fd, five, two,
                 "Two frames and a half came at once. Two are whole, and "
                 "their answers are due.");
    wait_settled(s);
    peer_send_text(fd, five + half);
    expect_text(fd, five + two,
                "The other half of the third frame came together with two "
                "more. The first half had come before; what is behind the "
                "second half is the head of the fourth.");
    peer_end(fd);
    expect_end(fd, "All answers are given, and the client has ended.");
}

CASE("hundreds", "hundreds of frames may come together", READ("the-rest-stays"),
     HINTS("Where does the next frame begin?",
           "See recv(2): what you do not take stays in the kernel.",
           "Take the frames one after the other; what you have received and "
           "not used is the beginning of the next one."))
{
    static const char dashes[] = "---------------------------------------";
    char all[MANY * (HEAD + sizeof dashes)], *p = all;

    set_limits((struct limits){.wall_ms = 30000}); /* a thousand calls */
    int fd = first_client();

    /* Five bytes of which some are dashes can be no head by accident. */
    for (size_t i = 0; i < MANY; i++)
        p = stpcpy(p, text("%05zu%s", i % sizeof dashes,
                           dashes + sizeof dashes - 1 - i % sizeof dashes));
    peer_send_text(fd, all);
    peer_end(fd);
    wait_settled(s);
    expect_bytes(fd, all, (size_t)(p - all),
                 "%d small frames came at once, and the client read its "
                 "answers late. Each frame has one answer, in order.",
                 MANY);
    expect_end(fd, "All answers are given, and the client has ended.");
}

CASE("any-bytes", "a body may hold any bytes", READ("bytes-are-not-a-string"),
     HINTS("Which of your functions stop at a NUL byte?",
           "strlen(3), strcpy(3), printf(3) with %s: all of them do.",
           "Use the number that the head says: it is the length."))
{
    unsigned char bytes[HEAD + 512] = "00512";
    int fd = first_client();

    for (size_t i = HEAD; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    expect_answer(fd, bytes, sizeof bytes, bytes, sizeof bytes,
                  "All 256 bytes were in the body, newlines and NULs too. Its "
                  "length is known from the head, so no byte has to mark its "
                  "end and each may be part of it.");
    memcpy(bytes,
           "00008\0"
           "00003x",
           13);
    peer_send(fd, bytes, 13);
    expect_bytes(fd, bytes, 13,
                 "The body began with a NUL, and looked like a head behind "
                 "that. It is a body: the head says how far it goes.");
    peer_send_text(fd, "000041234");
    expect_text(fd, "000041234",
                "The body was four digits. Five digits are the head, and what "
                "stands behind them is not part of the number.");
    peer_send_text(fd, "00002xy");
    expect_text(fd, "00002xy",
                "The body before was four digits. This frame is of two bytes: "
                "what an earlier one has left in your buffer is not part of "
                "its head.");
}

CASE("largest", "65536 bytes are a frame", READ("ceilings"),
     HINTS("How much room has your frame?",
           "See recv(2), and what you give it as a length.",
           "The room is for 5 + 65536 bytes; 65536 is allowed, and 65537 is "
           "not."))
{
    const char *frame = frame_of(MOST);
    char *all = malloc(LARGE * (HEAD + MOST) + 1), *p = all;
    const size_t piece = 30000;
    int fd = first_client();

    peer_send(fd, frame, piece);
    wait_settled(s);
    expect_answer(fd, frame + piece, HEAD + MOST - piece, frame, HEAD + MOST,
                  "The head said 65536, and that is allowed. The frame came "
                  "in two pieces, the first of %zu bytes.",
                  piece);
    exchange(fd, MOST - 1, "The head said 65535, and that is allowed.");
    for (int i = 0; i < LARGE; i++)
        p = stpcpy(p, frame_of(MOST));
    peer_send(fd, all, piece);
    wait_settled(s);
    expect_answer(fd, all + piece, (size_t)(p - all) - piece, all,
                  (size_t)(p - all),
                  "%d frames of 65536 bytes came: the first %zu bytes, and "
                  "then the rest, as fast as the connection took it. Each "
                  "frame begins where the one before it ends.",
                  LARGE, piece);
}

/* Whoever is refused may stay connected for as long as it likes. */
#define STAYS                                                                  \
    "A client was refused and has not closed its end. Who has broken the "     \
    "rules is not waited for: close() the connection, read nothing more, and " \
    "serve the next one."

CASE("too-long", "a length above 65536 is refused at once", READ("ceilings"),
     HINTS("What if a client says 99999 and sends nothing more?",
           "See the contract: 65536 is the most.",
           "Compare the length with 65536 before you ask for the body. If it "
           "is more, say so on stderr, and close."))
{
    static const char *const heads[] = {"65537", "65540", "70000", "99999"};

    set_limits((struct limits){.cpu_ms = 500});
    peer_close(first_client());
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        peer_close(expect_refused(
            heads[i], HEAD, heads[i],
            "Nothing followed. That is more than 65536, and you "
            "know it as soon as you know the head: a server that "
            "takes any length lets each client choose how much "
            "memory and how much time it costs."));
    expect_refused("65537", HEAD, "65537", "The client stays connected.");
    expect_next_client(STAYS);
}

CASE("no-number", "a head that is not five digits is refused",
     READ("length-ahead"),
     HINTS("What do your functions take for a number?",
           "See strtol(3), atoi(3) and sscanf(3): spaces, signs, and what "
           "follows the digits. See ascii(7) for digits.",
           "Look at each of the five bytes yourself: it is a digit when it is "
           "at least '0' and at most '9'."))
{
    static const struct {
        char bytes[HEAD + 1];
        const char *what;
    } heads[] = {
        {"    5", "four spaces and a 5"},
        {"5    ", "a 5 and four spaces"},
        {"   +5", "three spaces, a plus sign and a 5"},
        {"+0005", "a plus sign and four digits"},
        {"  +12", "two spaces, a plus sign and 12"},
        {"-0001", "a minus sign and four digits"},
        {"-0000", "a minus sign and four zeros"},
        {"0x010", "a hexadecimal number"},
        {"1e3  ", "a number with an exponent"},
        {"0005\n", "four digits and a newline"},
        {"p0010", "a letter whose low bits are those of a 0, and digits"},
        {"0q010", "digits, and a letter whose low bits are those of a 1"},
        {"000A0", "a hexadecimal number of capital letters"},
        {"0000\xb2", "four digits and a byte above 127"},
        {"5\0\0\0\0", "a 5 and four NULs"},
        {"hello", "five letters"},
    };

    set_limits((struct limits){.cpu_ms = 500});
    peer_close(first_client());
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char bytes[HEAD + 16];
        memcpy(bytes, heads[i].bytes, HEAD);
        memset(bytes + HEAD, 'x', 16);
        peer_close(
            expect_refused(bytes, sizeof bytes, heads[i].what,
                           "The contract says five digits; a server that takes "
                           "more than that has clients that rely on it, and no "
                           "two servers take the same."));
    }
    expect_refused("hello", HEAD, "five letters",
                   "The client waits. Nothing that follows can mend that "
                   "head, so do not wait for it.");
    expect_next_client(STAYS);
}

CASE("each-digit", "each of the five must be a digit", READ("length-ahead"),
     HINTS("Which of the five bytes have you looked at, and for what?",
           "See ascii(7): '/' stands before '0', ':' behind '9'.",
           "if (c < '0' || c > '9') for each of the five, before you add it "
           "to the number."))
{
    static const struct {
        char c;
        const char *name;
    } others[] = {{'/', "the byte before '0', a slash"},
                  {':', "the byte behind '9', a colon"},
                  {'a', "a letter"}};

    set_limits((struct limits){.cpu_ms = 500});
    peer_close(first_client());
    for (int place = 0; place < HEAD; place++)
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            char head[] = "01111";
            head[place] = others[i].c;
            peer_close(expect_refused(
                head, HEAD,
                text("\"%s\": place %d has %s", head, place + 1,
                     others[i].name),
                "What is no digit makes no number, wherever it stands."));
        }
}

CASE("behind-a-frame", "frames before a head that is none are sent back",
     READ("length-ahead"),
     HINTS("What was right before it went wrong?",
           "See recv(2): all of it may come at once.",
           "Answer each frame when it is whole; close when a head is none."))
{
    peer_close(first_client());
    int fd = peer_connect(s);

    peer_send_text(fd, "00003abc00002dexxxxx00003fgh");
    expect_text(fd, "00003abc00002de",
                "Two frames, then five bytes that are no head. The two were "
                "right, and their answers are due.");
    expect_closed(fd, "Behind five bytes that are no head there may be what "
                      "looks like a frame. Nobody knows where one begins: "
                      "nothing more is sent back, and the connection is "
                      "closed.");
    expect_next_client("Nothing of the last client is left: the next one "
                       "begins with a head of its own. " STAYS);
}

CASE("end-in-frame", "a frame that is not whole gets nothing",
     READ("length-ahead"),
     HINTS("What does recv() return at the end of the stream?",
           "See RETURN VALUE in recv(2): 0, now and ever after.",
           "At 0 stop receiving. If bytes are missing, send nothing, and "
           "close."))
{
    static const size_t ends[] = {1, HEAD - 1, HEAD, HEAD + 1, HEAD + 39};

    set_limits((struct limits){.cpu_ms = 500});
    peer_close(first_client());
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const char *half = frame_of(40);
        int fd = peer_connect(s);
        exchange(fd, 3,
                 "A client of its own, and a frame that is whole. What the "
                 "client before left behind is no part of it.");
        peer_send(fd, half, ends[i]);
        wait_settled(s);
        peer_end(fd);
        expect_end(fd,
                   "The client has ended its side after %zu bytes of a frame "
                   "of %d: recv() returned 0. The rest will never come; "
                   "nothing of such a frame goes back, not even its head, and "
                   "the connection is closed.",
                   ends[i], HEAD + 40);
    }
    expect_next_client("What the last client left behind is not this one's: "
                       "its frame begins with its own head.");
}

CASE("short-send", "every byte goes back, however little send() takes",
     READ("send-may-take-less"),
     HINTS("What does send() return?", "See RETURN VALUE in send(2).",
           "Send the bytes that were not taken, from where it stopped, until "
           "none is left."))
{
    int fd = first_client();

    inject_short(s, CALL_SEND, (struct times){1, 40}, 1);
    exchange(fd, 30,
             "send() took one byte and said so, again and again. The "
             "rest is yours to send, from where it stopped.");
    exchange(fd, 20, "The second frame goes back whole as well.");
    inject_short(s, CALL_SEND, ALWAYS, 7000);
    exchange(fd, 30000,
             "send() took 7000 bytes each time. The rest is yours "
             "to send, from where it stopped.");
}

CASE("late-reader", "a client may read its answers late",
     READ("send-may-take-less"),
     HINTS("Where are your answers while nobody reads them?",
           "See send(2): when there is no room, it waits, unless the socket or "
           "MSG_DONTWAIT says that it must not.",
           "Let send() wait: no MSG_DONTWAIT. If your socket never blocks, "
           "EAGAIN is no error: poll() for POLLOUT and go on."))
{
    const size_t all = HEAD + 50000, end = 100, begin = 1000;
    const char *frame = frame_of(all - HEAD);
    const char *next = text("%s%.*s", frame + begin, (int)begin, frame);

    if (has_private_network())
        need_small_buffers(); /* else it takes megabytes */
    int fd = first_client();

    peer_send(fd, frame, all - end);
    wait_settled(s);
    peer_send_text(fd, text("%s%.*s", frame + all - end, (int)begin, frame));
    wait_settled(s);
    /* A server that keeps all answers in memory takes all of it. */
    size_t sent = all + begin + peer_fill(fd, next, all, FLOOD * all);
    const char *why =
        text("The client sent %zu bytes of large frames before it read any "
             "answer, until the connection took no more. Then the kernel has "
             "no room for what you send: send() waits for some, or says "
             "EAGAIN where it must not wait. That is no error; the client "
             "reads later, and wants every byte.",
             sent);
    for (size_t done = all; done < sent; done += all)
        expect_bytes(fd, frame, all, "%s", why);
    size_t last = (sent - 1) % all + 1;
    expect_answer(fd, frame + last, all - last, frame, all, "%s", why);
    peer_end(fd);
    expect_end(fd, "All answers are given, and the client has ended.");
}

CASE("short-recv", "every byte is awaited, however little recv() gives",
     READ("recv-may-give-less"),
     HINTS("What does recv() return, even when you have asked for all?",
           "See MSG_WAITALL in recv(2): it still may return less, if a signal "
           "is caught.",
           "A loop: as long as bytes are missing, receive behind those that "
           "have come."))
{
    s = start("127.0.0.1", "0", NULL);
    inject_short(s, CALL_RECV, NTH(1), 3);
    inject_short(s, CALL_RECV, NTH(2), 1);
    inject_short(s, CALL_RECV, NTH(4), 10);
    int fd = peer_connect(s);

    exchange(fd, 44,
             "The whole frame had come, and recv() gave a part of it only. "
             "It may always do that, with MSG_WAITALL too: call it again for "
             "the bytes that are missing.");
}

CASE("interrupted", "a call that was interrupted is made again", READ("eintr"),
     HINTS("What does it mean when errno is EINTR?",
           "See signal(7), and EINTR in recv(2), send(2) and accept(2).",
           "if (n == -1 && errno == EINTR) continue; in each loop."))
{
    s = start("127.0.0.1", "0", NULL);
    inject_errno(s, CALL_ACCEPT, NTH(1), EINTR);
    inject_errno(s, CALL_RECV, (struct times){1, 2}, EINTR);
    inject_errno(s, CALL_RECV, NTH(4), EINTR);
    inject_errno(s, CALL_SEND, (struct times){1, 2}, EINTR);
    int fd = peer_connect(s);

    exchange(fd, 44,
             "The call said -1 with EINTR: a signal came while it had "
             "nothing done. Nothing is wrong and nothing is lost; "
             "make the same call again.");
    peer_end(fd);
    expect_end(fd, "The client has ended and has its answer.");
    wait_settled(s);
    inject_short(s, CALL_RECV, NTH(1), 3);
    inject_errno(s, CALL_RECV, NTH(2), EINTR);
    inject_short(s, CALL_RECV, NTH(3), 2);
    inject_errno(s, CALL_RECV, NTH(4), EINTR);
    inject_short(s, CALL_SEND, NTH(1), 10);
    inject_errno(s, CALL_SEND, NTH(2), EINTR);
    exchange(peer_connect(s), 44,
             "A call did a part of its work, and the next one said -1 with "
             "EINTR. What was received or sent before remains so: go on from "
             "there.");
}

CASE("client-leaves", "a client that leaves before its answer ends nobody",
     READ("when-the-peer-has-left"),
     HINTS("What happens to a program that sends to somebody who is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "send(fd, p, n, MSG_NOSIGNAL): then -1 with EPIPE is all that "
           "happens. Close the connection and serve the next client."))
{
    int fd = first_client();

    exchange(fd, 5, "The first frame has its answer.");
    hold(s, CALL_SEND, NTH(1));
    peer_send_text(fd, "00003one00003two");
    peer_end(fd);
    wait_held(s, "A frame is whole, so its answer is due.");
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
    static const size_t cuts[] = {2, HEAD, HEAD + 10};

    set_limits((struct limits){.cpu_ms = 500});
    peer_close(first_client());
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        int fd = peer_connect(s);
        peer_send(fd, frame_of(40), cuts[i]);
        wait_settled(s);
        peer_reset(fd);
        expect_next_client(
            text("A client reset its connection after %zu bytes of a frame. "
                 "recv() said -1 with ECONNRESET; that is the end of this "
                 "client, and of nobody else.",
                 cuts[i]));
    }
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

    exchange(fd, 12, "One frame, one answer, whatever each call returns.");
    peer_end(fd);
    expect_end(fd, "The client has ended and has its answer.");
}
