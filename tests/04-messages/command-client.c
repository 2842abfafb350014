/* The checker of labs/04-messages/command-client.c: a server whose answers
 * come in pieces, glued together, too long, too short, or broken. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
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
    static const int status[] = {1, 137};

    for (size_t i = 0; i < sizeof status / sizeof status[0]; i++)
        expect_ends(answered(text("%d 2\nx\n", status[i])), "x\n", status[i],
                    "The program ran elsewhere; its status is told here, so "
                    "that a script can use it.");
    expect_ends(answered("010 0000002\nx\n"), "x\n", 10,
                "The first line was \"010 0000002\". One to three digits are "
                "a STATUS and one to seven a LENGTH, zeros in front of them "
                "or not, and all are decimal.");
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
    wait_settled(v.s);
    peer_send_text(v.fd, "lo\nw");
    wait_settled(v.s);
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
    wait_settled(v.s);
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

CASE("mebibyte", "the longest answer that is right is printed",
     READ("recv-may-give-less"),
     HINTS("How large is your buffer, and how long may the first line be?",
           "See recv(2).",
           "12 bytes are a whole first line. Receive the output into the same "
           "buffer again and again; write each piece before the next."))
{
    static const char head[] = "254 1048576\n";
    static char answer[sizeof head - 1 + (1 << 20)];
    char *output = answer + sizeof head - 1;
    struct visit v = set_out();

    inject_short(v.s, CALL_RECV, (struct times){1, sizeof head - 1}, 1);
    v = let_in(v);
    memcpy(answer, head, sizeof head - 1);
    chance_bytes(output, 1 << 20);
    peer_send(v.fd, answer, sizeof answer);
    peer_end(v.fd);
    expect_exit(v.s, 254,
                "No first line is longer than \"254 1048576\\n\", which has 12 "
                "bytes and came one byte at a time. The newline is the "
                "twelfth; after eleven it may still come.");
    expect_output(v.s, output, 1 << 20,
                  "1,048,576 bytes are allowed: fill a buffer and write it, "
                  "until all of it has come.");
}

/* What is wrong with an answer, in words, and the answer. */
struct wrong {
    const char *what, *answer;
    size_t n;
};
#define WRONG(what, answer)                                                    \
    {                                                                          \
        what, answer, sizeof(answer) - 1                                       \
    }

static void expect_broken(struct wrong wrong, const char *why)
{
    struct visit v = arrive();

    peer_send(v.fd, wrong.answer, wrong.n);
    peer_end(v.fd);
    const char *said = text("%s: the answer was %s.", wrong.what,
                            quoted(wrong.answer, wrong.n, 40));
    expect_exit(v.s, 255, "%s %s", said, why);
    expect_complaint(v.s, NULL, "%s A sentence on stderr tells what is wrong.",
                     said);
    expect_output(v.s, "", 0, "%s Nothing of it is output.", said);
}

CASE("too-long", "a LENGTH that is larger than allowed is refused",
     READ("ceilings"),
     HINTS("How large may LENGTH be?", "See strtol(3), and its limits.",
           "Count its digits first, then compare with 1,048,576."))
{
    static const struct wrong wrong[] = {
        WRONG("LENGTH is one more than is allowed", "0 1048577\nx"),
        WRONG("LENGTH is 2 to the 32nd and 1", "0 4294967297\nx"),
        WRONG("LENGTH is 2 to the 64th and 1", "0 18446744073709551617\nx"),
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_broken(wrong[i], "Whoever believes any length that a server "
                                "names can be made to fill a disk, or memory. "
                                "And a number with too many digits may be a "
                                "small one when you have it in a variable.");
}

CASE("broken", "a first line that is not two numbers is refused",
     READ("length-ahead"),
     HINTS("What does strtol() take for a number?", "See strtol(3).",
           "strspn(s, \"0123456789\") says how many digits there are; what "
           "follows them must be the space, or the end of the line."))
{
    static const struct wrong wrong[] = {
        WRONG("There is no number in it", "hello\n"),
        WRONG("The first line is empty", "\n"),
        WRONG("There is no LENGTH", "7\n"),
        WRONG("Behind the space there is no LENGTH", "0 \n"),
        WRONG("STATUS is above 255", "256 0\n"),
        WRONG("STATUS has four digits", "0001 0\n"),
        WRONG("LENGTH has eight digits", "0 00000001\nx"),
        WRONG("STATUS has a sign", "-1 0\n"),
        WRONG("LENGTH has a minus sign", "0 -1\nx"),
        WRONG("LENGTH has a plus sign", "0 +1\nx"),
        WRONG("There is a space in front of STATUS", " 0 1\nx"),
        WRONG("There are two spaces between the numbers", "0  1\nx"),
        WRONG("A tab stands between the numbers", "0\t1\nx"),
        WRONG("There is a space behind LENGTH", "0 1 \nx"),
        WRONG("There is a carriage return behind LENGTH", "0 1\r\nx"),
        WRONG("There is a NUL behind LENGTH, and more", "0 5\0junk\n12345"),
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_broken(wrong[i],
                      "One to three digits, a space, one to seven digits, a "
                      "newline: what is not that is not an answer. strtol() "
                      "takes blanks and signs, and 0 for no number at all, "
                      "and does not count digits; and a NUL ends a string, "
                      "not a line.");
}

CASE("endless-line", "a first line without an end is refused", READ("ceilings"),
     HINTS("How long can the first line be?",
           "Count: three digits, a space, "
           "seven digits, a newline.",
           "Give up when there are 12 bytes and no newline among them."))
{
    static const char *const endless[] = {
        "255 10485760",
        "0 0000000000000000000000000000000000005",
    };

    for (size_t i = 0; i < sizeof endless / sizeof endless[0]; i++) {
        struct visit v = arrive();
        peer_send_text(v.fd, endless[i]);
        expect_exit(v.s, 255,
                    "%zu bytes came without a newline. After 12 it is clear "
                    "that this is no answer, and the server may never send "
                    "one. Whoever goes on looking for it waits, and needs "
                    "more and more memory.",
                    strlen(endless[i]));
        expect_complaint(v.s, NULL,
                         "A sentence on stderr tells what is wrong.");
    }
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
    wait_settled(v.s);
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

static bool is_cut_short_by_signals(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 1 && r->args[2] > PIPE_BUF;
}

CASE("write-interrupted", "an interrupted write() is made again", READ("eintr"),
     HINTS("What does write() say when a signal comes while it waits?",
           "See EINTR in write(2).",
           "Go on with the loop when it says -1 and errno is EINTR."))
{
    enum {
        LONG = 2 * PIPE_BUF
    };
    static char answer[16 + LONG];
    struct visit v = set_out();

    only_if(inject_errno(v.s, CALL_WRITE, NTH(1), EINTR),
            is_cut_short_by_signals, NULL);
    v = let_in(v);
    size_t n = (size_t)snprintf(answer, 16, "0 %d\n", LONG);
    chance_bytes(answer + n, LONG);
    peer_send(v.fd, answer, n + LONG);
    peer_end(v.fd);
    expect_exit(v.s, 0,
                "write() said -1 and EINTR: the pipe was full, and a signal "
                "came while it waited for room. Nothing was written, and "
                "nothing is wrong.");
    expect_output(v.s, answer + n, LONG, "Make the call again.");
}

static bool is_not_to_stderr(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] != 2;
}

CASE("stdout-fails", "output that cannot be written is an error",
     READ("command-client"),
     HINTS("What does write() return when the disk is full?",
           "See ENOSPC in write(2). With stdio, fflush(3) tells it.",
           "err(255, \"stdout\") when it says -1, whatever STATUS was."))
{
    struct visit v = set_out();

    only_if(inject_errno(v.s, CALL_WRITE, ALWAYS, ENOSPC), is_not_to_stderr,
            NULL);
    v = let_in(v);
    peer_send_text(v.fd, "0 6\nhello\n");
    peer_end(v.fd);
    expect_exit(v.s, 255,
                "stdout was a file on a full disk, and write() said -1 with "
                "ENOSPC. The output is lost; whoever sees status 0 believes "
                "that it is there.");
    expect_complaint(v.s, "No space left on device", "errno has the reason.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("eintr"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, "4 12\nhello\n");
    wait_settled(v.s);
    peer_send_text(v.fd, "world\n");
    peer_end(v.fd);
    expect_ends(v.s, "hello\nworld\n", 4,
                "A call was interrupted or moved less than was asked for. "
                "Nothing is lost by that: make it again, from where it "
                "stopped.");
}
