/* The checker of labs/04-messages/command-client.c: a server whose answers
 * come in pieces, glued together, too long, too short, or broken. */
#define _GNU_SOURCE
#include "harness.h"

#include <stdlib.h>
#include <string.h>

/* A client of this server, and our end of its connection. */
struct visit {
    struct subject *s;
    int lfd, fd;
};

/* Starts it; faults are armed before it is let in. */
static struct visit set_out(void)
{
    struct visit v = {.lfd = peer_listen("127.0.0.1")};

    v.s = start("127.0.0.1", peer_port(v.lfd), "hello", NULL);
    return v;
}

static struct visit let_in(struct visit v)
{
    v.fd = peer_accept(v.lfd, "A client begins with connect().");
    expect_text(v.fd, "hello\n",
                "The name and a newline: from the newline the server knows "
                "that the name is whole.");
    return v;
}

static struct visit arrive(void)
{
    return let_in(set_out());
}

/* The whole answer comes in one piece, and the server closes. */
static struct subject *answered(const char *answer)
{
    struct visit v = arrive();

    peer_send_text(v.fd, answer);
    peer_close(v.fd);
    return v.s;
}

static void expect_ends(struct subject *s, const char *output, int status,
                        const char *why)
{
    expect_output(s, output, strlen(output), "%s", why);
    expect_exit(s, status, "%s", why);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start("127.0.0.1", "80", NULL);

    expect_usage(s, "A name is missing.");
}

CASE("asks", "it sends the name, and prints the output of the program",
     READ("command-client"),
     HINTS("What follows the first line?", "See recv(2) and write(2).",
           "Behind the newline the output begins: LENGTH bytes."))
{
    struct visit v = arrive();
    const char *word = chance_word(9);

    peer_send_text(v.fd, text("0 %zu\n%s", strlen(word), word));
    peer_end(v.fd);
    expect_ends(v.s, word, 0,
                "All LENGTH bytes came in one piece with the first line: what "
                "recv() has given behind the newline is output.");
    expect_end(v.fd, "The name and a newline are all that the client sends.");
}

CASE("status", "it exits with the status of the program",
     READ("command-client"),
     HINTS("Where does the number in front of LENGTH go?", "See exit(3).",
           "Return it from main()."))
{
    static const int status[] = {1, 137, 254};

    for (size_t i = 0; i < sizeof status / sizeof status[0]; i++)
        expect_ends(answered(text("%d 2\nx\n", status[i])), "x\n", status[i],
                    "The program ran elsewhere; its status is told here, so "
                    "that a script can use it.");
}

CASE("no-server", "a server that is not there is told, with the reason",
     READ("command-client"),
     HINTS("What does connect() return when nobody listens?",
           "See connect(2): ECONNREFUSED.",
           "err(255, ...) while errno has the reason."))
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s = start("127.0.0.1", peer_port(fd), "hello", NULL);

    expect_exit(s, 255,
                "No program ran. 255 says so, for 1 may be the status of a "
                "program.");
    expect_complaint(s, "Connection refused", "The reason is in errno.");
}

CASE("head-in-pieces", "the answer may be cut anywhere", READ("a-delimiter"),
     HINTS("What if recv() gives one digit?",
           "recv(2) returns what has come, not what was sent.",
           "Receive behind what is there until the newline is among it."))
{
    struct visit v = set_out();

    inject_short(v.s, CALL_RECV, ALWAYS, 1);
    v = let_in(v);
    peer_send_text(v.fd, "10 11\nhello\nworld");
    peer_close(v.fd);
    expect_ends(v.s, "hello\nworld", 10,
                "The answer came one byte at a time: the digits of both "
                "numbers, the newline, and the output behind it.");
}

CASE("output-in-pieces", "the output may come in any pieces",
     READ("the-rest-stays"),
     HINTS("How many bytes are still to come after a recv()?", "See recv(2).",
           "Count down from LENGTH, and go on until nothing is left."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, "0 12\nhel");
    wait_settled(v.s, 2000);
    peer_send_text(v.fd, "lo\nw");
    wait_settled(v.s, 2000);
    peer_send_text(v.fd, "orld\n");
    peer_close(v.fd);
    expect_ends(v.s, "hello\nworld\n", 0,
                "The output came in three pieces, the first of them in one "
                "recv() with the line before it.");
}

CASE("exact-length", "the output is as long as LENGTH says",
     READ("length-ahead"),
     HINTS("When is the output complete, if the server does not close?",
           "See LENGTH in the contract.",
           "Write no more than is left, and stop at 0."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, "0 5\n12345 and more");
    expect_ends(v.s, "12345", 0,
                "Five bytes were announced and five are the output. The "
                "server has not closed: whoever waits for that waits for "
                "ever.");

    v = arrive();
    peer_send_text(v.fd, "0 5\n123");
    wait_settled(v.s, 2000);
    peer_send_text(v.fd, "45 and more");
    expect_ends(v.s, "12345", 0,
                "More came in one recv() than was left of the five bytes.");
}

CASE("any-bytes", "the output may hold any bytes",
     READ("bytes-are-not-a-string"),
     HINTS("How does the program know how many bytes to write?",
           "write(2) takes a count; printf(3) and strlen(3) stop at a NUL.",
           "write() as many bytes as recv() has returned."))
{
    static const char answer[] = "0 7\n\0a\0\0\xff\n\0";
    struct visit v = arrive();

    peer_send(v.fd, answer, 11);
    peer_end(v.fd);
    expect_output(v.s, answer + 4, 7,
                  "The output holds NUL bytes. What recv() gives is bytes and "
                  "a count, not a string.");
}

CASE("mebibyte", "1,048,576 bytes are printed", READ("recv-may-give-less"),
     HINTS("How large is your buffer?", "See recv(2).",
           "Receive into the same buffer again and again; write each piece "
           "before the next."))
{
    static const char head[] = "0 1048576\n";
    static char answer[sizeof head - 1 + (1 << 20)];
    char *output = answer + sizeof head - 1;
    struct visit v = arrive();

    memcpy(answer, head, sizeof head - 1);
    chance_bytes(output, 1 << 20);
    peer_send(v.fd, answer, sizeof answer);
    peer_end(v.fd);
    expect_output(v.s, output, 1 << 20,
                  "As much as this is allowed: fill a buffer and write it, "
                  "until all of it has come.");
    expect_exit(v.s, 0, "The answer was whole.");
}

static void expect_broken(const char *answer, const char *why)
{
    struct visit v = arrive();

    peer_send_text(v.fd, answer);
    peer_end(v.fd);
    expect_exit(v.s, 255, "%s The answer was %s.", why,
                quoted(answer, strlen(answer), 40));
    expect_complaint(v.s, NULL, "A sentence on stderr tells what is wrong.");
    expect_output(v.s, "", 0, "%s Nothing of it is output.", why);
}

CASE("too-long", "a LENGTH that is larger than allowed is refused",
     READ("ceilings"),
     HINTS("How large may LENGTH be?", "See strtol(3), and its limits.",
           "Count its digits first, then compare with 1,048,576."))
{
    static const char why[] =
        "Whoever believes any length that a server names can be made to fill "
        "a disk, or memory.";

    expect_broken("0 1048577\nx", why);
    expect_broken("0 9999999\nx", why);
    expect_broken("0 4294967297\nx", why);
    expect_broken("0 18446744073709551617\nx", why);
}

CASE("broken", "a first line that is not two numbers is refused",
     READ("length-ahead"),
     HINTS("What does strtol() take for a number?", "See strtol(3).",
           "strspn(s, \"0123456789\") says how many digits there are; what "
           "follows them must be the space, or the end of the line."))
{
    static const char why[] =
        "One to three digits, a space, one to seven digits, a newline: what "
        "is not that is not an answer. strtol() takes blanks and signs, and "
        "0 for no number at all, and does not count digits.";
    static const char *const broken[] = {
        "hello\n", "\n",      "256 0\n",  "0 +1\nx",       "0  1\nx",
        " 0 1\nx", "-1 0\n",  "0 1\r\nx", "0 1 \nx",       "7\n",
        "0 \n",    "0 -1\nx", "0001 0\n", "0 00000001\nx",
    };

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        expect_broken(broken[i], why);
}

CASE("endless-line", "a first line without an end is refused", READ("ceilings"),
     HINTS("How long can the first line be?",
           "Count: three digits, a space, "
           "seven digits, a newline.",
           "Give up when there are 12 bytes and no newline among them."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, text("0 %s", "0000000000000000000000000000000000005"));
    expect_exit(v.s, 255,
                "After 12 bytes without a newline it is clear that this is no "
                "answer, and the server may never send one. Whoever goes on "
                "looking for it waits, and needs more and more memory.");
    expect_complaint(v.s, NULL, "A sentence on stderr tells what is wrong.");
}

CASE("cut-short", "an answer that ends too early is an error",
     READ("end-of-stream"),
     HINTS("How does the program notice that bytes are missing?",
           "recv(2): 0 before LENGTH is reached.",
           "0 with bytes missing: tell it, and exit with 255."))
{
    static const char why[] =
        "LENGTH said 10, and 7 bytes came. Half of an output with the status "
        "0 would be taken for the whole.";
    struct subject *s = answered("0 10\n1234567");

    expect_ends(s, "1234567", 255, why);
    expect_complaint(s, NULL, "A sentence on stderr tells what is wrong.");
    expect_exit(answered("0 1"), 255,
                "The stream ended within the first line. That is no LENGTH "
                "of 1, which could have been 10.");
    expect_exit(answered(""), 255,
                "The stream ended before anything had come.");
}

CASE("reset", "a connection that breaks is an error", READ("receiving"),
     HINTS("What does recv() return when the connection breaks?",
           "recv(2): -1, and errno has the reason.",
           "err(255, \"recv\") when recv() says -1."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, "0 10\n1234");
    wait_settled(v.s, 2000);
    peer_reset(v.fd);
    expect_exit(v.s, 255, "recv() said -1, with ECONNRESET.");
    expect_complaint(v.s, "Connection reset", "errno has the reason.");
    expect_output(v.s, "1234", 4, "What came before is written.");
}

CASE("server-leaves", "a server that has left is an error, not a signal",
     READ("when-the-peer-has-left"),
     HINTS("What happens at send() when the server is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "MSG_NOSIGNAL at each send(), and err(255, ...) for -1."))
{
    struct visit v = set_out();

    hold(v.s, CALL_SEND, NTH(1));
    v.fd = peer_accept(v.lfd, "A client begins with connect().");
    wait_held(v.s, "The client sends the name.");
    peer_end(v.fd);
    peer_reset(v.fd);
    release(v.s);
    expect_exit(v.s, 255,
                "The server has closed. To send to it makes the kernel send "
                "SIGPIPE, which ends a program that does not expect it.");
    expect_complaint(v.s, NULL, "The reason is told on stderr.");
}

CASE("short-calls", "every byte goes out, however little a call takes",
     READ("send-may-take-less"),
     HINTS("What do send() and write() return?",
           "See RETURN VALUE in send(2) and write(2).",
           "Go on from where the call stopped, until all n bytes are taken."))
{
    struct visit v = set_out();

    inject_short(v.s, CALL_SEND, ALWAYS, 2);
    inject_short(v.s, CALL_WRITE, ALWAYS, 3);
    v = let_in(v);
    peer_send_text(v.fd, "0 16\na longer output\n");
    peer_end(v.fd);
    expect_ends(v.s, "a longer output\n", 0,
                "write() took 3 bytes and said so. The rest is yours to write "
                "again, from where it stopped.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("eintr"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, "4 12\nhello\n");
    wait_settled(v.s, 2000);
    peer_send_text(v.fd, "world\n");
    peer_end(v.fd);
    expect_ends(v.s, "hello\nworld\n", 4,
                "A call was interrupted or moved less than was asked for. "
                "Nothing is lost by that: make it again, from where it "
                "stopped.");
}
