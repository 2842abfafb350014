/* The checker of labs/07-shutdown/ask.c: servers that answer only to the end
 * of a question, before they have read it, in drips, or half. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
    LIMIT = 64 * 1024, /* bytes of a question */
    LONG = 300000,     /* an answer that no buffer of a program holds */
    SMALL = 4096,      /* a window that a question does not fit into */
    MOST_CPU_MS = 500, /* for one exchange, when it does not spin */
    IDLE_MS = 25
};

/* A program that asks us, and our end of its connection. */
struct visit {
    struct subject *s;
    int lfd, fd;
};

/* Starts it; what it is to ask is fed later. */
static struct visit set_out(void)
{
    struct visit v = {.lfd = peer_listen("127.0.0.1")};

    set_limits((struct limits){.cpu_ms = MOST_CPU_MS});
    stdin_with_flags(O_APPEND);
    v.s = start("127.0.0.1", peer_port(v.lfd), NULL);
    return v;
}

/* Gives it its question, whole, and lets it in. */
static struct visit let_ask(struct visit v, const void *question, size_t n)
{
    feed(v.s, question, n);
    feed_end(v.s);
    v.fd = peer_accept(v.lfd, "stdin has ended: the question is whole, and "
                              "can be sent.");
    return v;
}

/* A program that has asked this, has half-closed, and waits for the answer. */
static struct visit arrive(const char *question)
{
    struct visit v = let_ask(set_out(), question, strlen(question));

    expect_text(v.fd, question, "stdin is the question.");
    expect_end(v.fd,
               "The question is over, and only the end of the stream can say "
               "so: the server waits for it before it answers. shutdown() "
               "with SHUT_WR sends it, and leaves the other direction open.");
    return v;
}

/* Numbered lines of eight bytes: what is lost, doubled or out of order shows.
 */
static const char *pattern(void)
{
    static char lines[LONG + 8];

    if (lines[0] == '\0')
        for (int i = 0; i < LONG / 8; i++) {
            char *line = lines + i * 8;
            for (int at = 6, left = i; at >= 0; at--, left /= 10)
                line[at] = (char)('0' + left % 10);
            line[7] = '\n';
        }
    return lines;
}

/* It ends with 0, and all that it has printed was this. */
static void expect_printed(struct subject *s, const void *bytes, size_t n,
                           const char *why)
{
    expect_output(s, bytes, n, "%s", why);
    expect_exit(s, 0, "%s", why);
}

/* It prints what was answered before, tells the reason, and ends with 1. */
static void expect_error(struct subject *s, const char *printed,
                         const char *part, const char *why)
{
    expect_output(s, printed, strlen(printed), "%s", why);
    expect_exit(s, 1, "%s", why);
    expect_complaint(s, part, "The reason is told on stderr.");
}

/* The same, of a connection that was reset: whatever was met first, or is told
 * in words of its own. */
static void expect_reset_told(struct subject *s, const char *printed,
                              const char *why)
{
    expect_error(s, printed, NULL, why);
    const char *told = errors(s, NULL);
    expect(strcasestr(told, "reset") != NULL ||
               strcasestr(told, "broken pipe") != NULL,
           "the reason on stderr: the connection was reset",
           quoted(told, strlen(told), 60),
           "The reason is in errno when the call fails, and any other call may "
           "overwrite it, close() too. Keep it, or tell it first.");
}

/* The server has nothing of a question that is none. */
static void expect_nothing_sent(const struct visit *v)
{
    if (peer_is_called(v->lfd))
        expect_closed(peer_accept(v->lfd, "It has connected."),
                      "There is no question that could be sent.");
}

/* stdin and stdout are as they were when it began. */
static void expect_flags_kept(struct subject *s)
{
    expect((status_flags(s, 0) & (O_APPEND | O_NONBLOCK)) == O_APPEND &&
               (status_flags(s, 1) & O_NONBLOCK) == 0,
           "the status flags of stdin and stdout as they were", "others",
           "The flags belong to the open file description, which the shell and "
           "other programs share.");
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
}

CASE("no-server", "a server that is not there is told, with the reason",
     READ("ask"),
     HINTS("What does connect() return when nobody listens?",
           "See connect(2): ECONNREFUSED.",
           "err(1, ...) while errno has the reason."))
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s = start("127.0.0.1", peer_port(fd), NULL);

    feed_text(s, "Is anybody there?\n");
    feed_end(s);
    expect_error(s, "", "Connection refused", "Nobody listens there.");
}

CASE("answer", "it sends the question, and prints the answer", READ("ask"),
     HINTS("Where do the bytes of stdin go, and those of the server?",
           "See send(2), recv(2), write(2).",
           "Send what read_question() has given; write what recv() gives."))
{
    static const char question[] = "two\nlines\0 and more";
    static const char answer[] = "an\0answer";
    struct visit v = let_ask(set_out(), question, sizeof question);

    expect_bytes(v.fd, question, sizeof question,
                 "stdin goes out as it is, NUL bytes and all.");
    wait_settled(v.s);
    peer_send(v.fd, answer, sizeof answer);
    peer_end(v.fd);
    expect_printed(v.s, answer, sizeof answer,
                   "This server answers as soon as it has seen enough. The "
                   "direction from which its answer comes is still open then, "
                   "whatever was done to the other one; it is printed as it "
                   "is, NUL bytes and all.");
    expect_flags_kept(v.s);
}

CASE("half-close", "the server sees the end of the question, and can answer",
     READ("half-closed"), SHOWS_WIRE,
     HINTS("How does the server know that the question is over?",
           "See shutdown(2). SHUT_RD is 0, SHUT_WR is 1: use the names.",
           "shutdown(fd, SHUT_WR) when all of the question is sent, and then "
           "go on receiving."))
{
    static const char why[] =
        "The server has seen the end of the question; now it answers, for the "
        "other direction is open. close() ends both: the answer then finds "
        "nobody, and the kernel replies with RST.";
    struct visit v = arrive("How much is it?\n");

    wait_settled(v.s);
    expect_alive(v.s, "%s", why);
    peer_send_text(v.fd, "It is ");
    wait_settled(v.s);
    peer_send_text(v.fd, "free.\n");
    peer_end(v.fd);
    expect_printed(v.s, "It is free.\n", 12, why);
}

/* Whether it has set a limit to how long its recv() may wait; then that may
 * say EAGAIN at any time. */
static bool has_receive_limit(const struct call_record *r, void *s)
{
    (void)r;
    for (r = NULL; (r = next_call(s, CALL_SETSOCKOPT, r)) != NULL;)
        if (r->args[1] == SOL_SOCKET && r->args[2] == SO_RCVTIMEO)
            return true;
    return false;
}

CASE("drips", "the answer is printed as it comes, to its end", READ("ask"),
     HINTS("What has recv() given: the answer, or a part of it?",
           "See RETURN VALUE in recv(2). stdio keeps back what it is given, "
           "when stdout is a pipe: see setvbuf(3).",
           "recv() and write() in a loop, until recv() says 0."))
{
    struct visit v = arrive("Tell me, slowly.\n");

    only_if(inject_errno(v.s, CALL_RECV, NTH(2), EAGAIN), has_receive_limit,
            v.s);
    for (int i = 0; i < 4; i++) {
        peer_send(v.fd, pattern() + i * 3, 3);
        expect_prints(v.s, text("%.3s", pattern() + i * 3),
                      "A part of the answer has come, and the next one comes "
                      "later, however long it takes: that recv() says EAGAIN, "
                      "where it may wait no longer (SO_RCVTIMEO), is no end. "
                      "Who reads stdout wants to see this one.");
    }
    wait_settled(v.s);
    expect_calm(v.s, IDLE_MS, 12,
                "The server is silent for a while, and has not ended. There "
                "is nothing to do but to sleep in recv().");
    peer_end(v.fd);
    expect_printed(v.s, pattern(), 12, "The server has ended its side.");
}

static bool is_stdout(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 1;
}

CASE("long-answer", "an answer may be long", READ("ask"),
     HINTS("How much of the answer fits into your buffer?",
           "See recv(2) and write(2).",
           "Write out what recv() has given before you receive again."))
{
    struct visit v = arrive("Tell me all.\n");

    only_if(inject_short(v.s, CALL_WRITE, (struct times){1, 3}, 5000),
            is_stdout, NULL);
    expect_answer(v.fd, pattern(), LONG, "", 0, "The answer is long.");
    peer_end(v.fd);
    expect_printed(v.s, pattern(), LONG,
                   "The answer has 300000 bytes, and then it ends. All of it "
                   "is printed, to the last byte, though write() may take "
                   "less than it was given.");
}

CASE("nothing", "an empty question, and an empty answer, are legal",
     READ("half-closed"),
     HINTS("What is there to do when there is nothing to send?",
           "shutdown(2) works without a send() before it.",
           "Half-close all the same, and print what there is."))
{
    struct visit v = arrive("");

    peer_send_text(v.fd, "42\n");
    peer_end(v.fd);
    expect_printed(v.s, "42\n", 3,
                   "The question was empty, and the server answers to its "
                   "end.");
    v = arrive("What is the answer?\n");
    peer_end(v.fd);
    expect_printed(v.s, "", 0, "The answer is empty, and it is one.");
}

CASE("question-in-drops", "the question is all of stdin, however it comes",
     READ("ask"),
     HINTS("What does read() give of a pipe?", "See read(2).",
           "Read behind what has come, until read() says 0."))
{
    struct visit v = set_out();

    for (int i = 0; i < 3; i++) {
        feed(v.s, pattern() + i * 100, 100);
        wait_settled(v.s);
    }
    expect(!peer_is_called(v.lfd), "no call before the question is whole",
           "a connection",
           "Who asks may think for an hour, and the server would have waited "
           "all the time for a question that has not come.");
    v = let_ask(v, pattern() + 300, 100);
    expect_bytes(v.fd, pattern(), 400,
                 "The question came on stdin in four parts.");
    expect_end(v.fd, "stdin has ended, and all of it is sent.");
    peer_send_text(v.fd, "Yes.\n");
    peer_end(v.fd);
    expect_printed(v.s, "Yes.\n", 5, "This was the answer.");
}

CASE("longest", "a question of 64 KiB is asked, whatever send() takes of it",
     READ("half-closed"),
     HINTS("What does send() return?", "See RETURN VALUE in send(2).",
           "Send what is left, from where it stopped; only then half-close."))
{
    struct visit v = set_out();

    inject_short(v.s, CALL_SEND, (struct times){1, 3}, 3000);
    inject_short(v.s, CALL_SEND, FROM(5), 3000);
    inject_errno(v.s, CALL_SEND, NTH(4), EINTR);
    v = let_ask(v, pattern(), LIMIT);
    expect_bytes(v.fd, pattern(), LIMIT,
                 "The question has 65536 bytes, as many as it may have, and "
                 "send() takes 3000 at a time; the fourth one was interrupted, "
                 "and has taken nothing. All of them come once, and before the "
                 "end.");
    expect_end(v.fd, "The question is over.");
    peer_send_text(v.fd, "Maybe.\n");
    peer_end(v.fd);
    expect_printed(v.s, "Maybe.\n", 7, "This was the answer.");
}

CASE("too-long", "of a question that is too long, nothing is sent", READ("ask"),
     HINTS("When do you know that a question is too long?",
           "read(2) into a buffer that holds one byte more than is allowed.",
           "Read until the end of stdin or the byte 65537, before the first "
           "send()."))
{
    struct visit v = set_out();

    feed(v.s, pattern(), LIMIT + 1);
    expect_error(v.s, "", NULL,
                 "65537 bytes have come on stdin. That is too long, whatever "
                 "is still to come: stdin may go on for ever.");
    expect_nothing_sent(&v);
}

CASE("bad-stdin", "an error of stdin is not the end of the question",
     READ("ask"),
     HINTS("What does read() return when it fails?", "See read(2): -1.",
           "err(1, \"stdin\") before anything is sent."))
{
    struct visit v = set_out();

    feed_text(v.s, "half of ");
    wait_settled(v.s);
    inject_errno(v.s, CALL_READ, ALWAYS, EIO);
    feed_text(v.s, "it");
    expect_error(v.s, "", "Input/output error",
                 "read() said -1 with EIO. Who takes that for the end asks "
                 "half a question.");
    expect_nothing_sent(&v);
}

CASE("answers-unread", "a server may answer and end before it has read",
     READ("ask"), SHOWS_WIRE,
     HINTS("Where is the question when send() has returned?",
           "See SO_LINGER in socket(7): without it, the kernel goes on "
           "sending when the program has ended.",
           "Leave make_room() and SO_LINGER as they are, and wait for "
           "nothing but the answer."))
{
    struct visit v = set_out();

    peer_window(v.lfd, SMALL);
    v = let_ask(v, pattern(), LIMIT);
    wait_settled(v.s);
    peer_send_text(v.fd, "Whatever it is: no.\n");
    peer_end(v.fd);
    expect_prints(v.s, "Whatever it is: no.\n",
                  "The server has read nothing yet, has answered, and has "
                  "ended its side. That the question is on its way, or still "
                  "in the kernel, is nothing to wait for. A send() that waits "
                  "for room waits for this server to read: SO_SNDBUF makes "
                  "room for a whole question.");
    wait_settled(v.s); /* it may have ended */
    expect_bytes(v.fd, pattern(), LIMIT,
                 "Now the server reads the question. The kernel delivers what "
                 "it has taken, even when the program has ended; unless it "
                 "was told to throw it away (SO_LINGER with a time of 0).");
    expect_end(v.fd, "The question is over.");
    expect_printed(v.s, "Whatever it is: no.\n", 20, "This was the answer.");
}

static bool has_something(void *fd)
{
    struct pollfd p = {.fd = *(int *)fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

/* The server reads at last, as much as there still is. */
static void take_what_comes(struct visit v)
{
    static char question[LIMIT];

    note("reads the question");
    while (wait_until(has_something, &v.fd))
        if (recv(v.fd, question, sizeof question, 0) <= 0)
            break;
}

CASE("talks-first", "a server may give a long answer before it reads",
     READ("both-directions-at-once"),
     HINTS("Both send, and nobody reads. Who gives way?",
           "send(2) waits for room. SO_SNDBUF in socket(7) makes room; "
           "poll(2) waits for both directions.",
           "Leave make_room() where it is; or receive whenever there is "
           "something, while you send."))
{
    enum {
        ANSWER = 40000
    };
    struct visit v;

    need_setting("net.ipv4.tcp_wmem", "4096 4096 4096");
    v = set_out();
    peer_window(v.lfd, SMALL);
    v = let_ask(v, pattern(), LIMIT);
    wait_settled(v.s);
    expect_answer(v.fd, pattern(), ANSWER, "", 0,
                  "The server answers before it has read anything.");
    peer_end(v.fd);
    expect_prints(v.s, text("%.*s", ANSWER, pattern()),
                  "The server writes its whole answer before it reads the "
                  "question. It waits in send() until somebody takes it; a "
                  "program that waits in send() itself, for the server to "
                  "read, waits for ever.");
    take_what_comes(v);
    expect_printed(v.s, pattern(), ANSWER, "This was the answer.");
}

CASE("reset", "half an answer is told from a whole one", READ("fin-and-rst"),
     SHOWS_WIRE,
     HINTS("What does recv() return after a reset?",
           "See ECONNRESET in recv(2).",
           "0 is the end of the answer; -1 is an error: err(1, \"recv\")."))
{
    struct visit v = arrive("What is the whole truth?\n");

    peer_send_text(v.fd, "The whole ");
    expect_prints(v.s, "The whole ", "This much has been answered.");
    wait_settled(v.s);
    peer_reset(v.fd);
    expect_reset_told(
        v.s, "The whole ",
        "The server has broken off in the middle of its answer. "
        "recv() says -1 with ECONNRESET then, and 0 only when the "
        "answer has come to its end.");

    v = set_out();
    only_if(hold(v.s, CALL_WRITE, NTH(1)), is_stdout, NULL);
    v = let_ask(v, "And then?\n", 10);
    expect_text(v.fd, "And then?\n", "stdin is the question.");
    expect_end(v.fd, "The question is over.");
    peer_send_text(v.fd, "Then ");
    wait_settled(v.s);
    peer_reset(v.fd);
    release(v.s);
    expect_reset_told(
        v.s, "Then ",
        "The server broke off while the program was busy with what had come. "
        "The reset is there already, and is told once, to whoever asks first: "
        "recv(), or getsockopt() with SO_ERROR. Who does not look at what that "
        "says gets 0 from recv(), as if the answer were whole.");
}

CASE("reset-while-sending", "what was answered is printed, though send() fails",
     READ("when-the-peer-has-gone"), SHOWS_WIRE,
     HINTS("send() has failed. What is still there to be read?",
           "A send() that says ECONNRESET has told the error, and then "
           "recv() gives what has come, and 0.",
           "Keep the reason; print the answer; then tell the reason."))
{
    struct visit v = set_out();

    hold(v.s, CALL_SEND, NTH(1));
    v = let_ask(v, pattern(), 1000);
    wait_held(v.s, "The question is to be sent.");
    peer_send_text(v.fd, "Too many questions.\n");
    peer_reset(v.fd);
    release(v.s);
    expect_reset_told(
        v.s, "Too many questions.\n",
        "The server said a word, and reset the connection before "
        "the question was sent: send() said -1. What the server had "
        "said is here and can be read, and it may be the reason. "
        "recv() then says 0, for an error is told once; but the "
        "question was not sent, so the status is 1.");
}

/* A program that is about to send its question when the server is gone. */
static void meet_nobody(struct visit v, const char *said, const char *why)
{
    size_t n = strlen(said);

    hold(v.s, CALL_SEND, NTH(1));
    v = let_ask(v, pattern(), 1000);
    wait_held(v.s, "The question is to be sent.");
    peer_send(v.fd, said, n);
    peer_close(v.fd);
    release(v.s);
    expect_output(v.s, said, n, "%s", why);
    int status = wait_exit(v.s);
    expect(status == 0 || status == 1, "status 1, or 0",
           text("status %d", status), "%s", why);
    if (status == 1)
        expect_complaint(v.s, NULL, "The reason is told on stderr.");
}

CASE("answers-unasked", "what was answered is printed, though shutdown() fails",
     READ("when-the-peer-has-gone"), SHOWS_WIRE,
     HINTS("What does shutdown() say of a connection that is no more?",
           "See ENOTCONN in shutdown(2).",
           "Keep the reason, if you want to tell it; and print the answer."))
{
    meet_nobody(set_out(), "We know what you want.\n",
                "The server answered and closed before the question came. "
                "send() was taken, and met RST; so shutdown() says ENOTCONN. "
                "The answer is here, and it is whole: print it.");
}

CASE("server-leaves", "a server that has left is an error, not a signal",
     READ("when-the-peer-has-gone"), SHOWS_WIRE,
     HINTS("What happens at send() when the server is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "MSG_NOSIGNAL at each send(); keep the reason, and print what has "
           "come."))
{
    struct visit v = set_out();

    inject_short(v.s, CALL_SEND, NTH(1), 100);
    meet_nobody(v, "We are closed.\n",
                "The server answered and closed before the question came. The "
                "first send() was taken, and met RST; the second one says "
                "EPIPE, and makes the kernel send SIGPIPE, which ends a "
                "program that does not expect it. The answer is here, and it "
                "is whole: print it.");
}

CASE("full-disk", "a stdout that takes no more is an error", READ("ask"),
     HINTS("What does write() return when the disk is full?",
           "See ENOSPC in write(2); of stdio, fflush(3) tells it.",
           "err(1, \"stdout\") for -1."))
{
    struct visit v = set_out();
    struct fault *f = inject_errno(v.s, CALL_WRITE, ALWAYS, ENOSPC);

    only_if(f, is_stdout, NULL);
    v = let_ask(v, "Why?\n", 5);
    expect_text(v.fd, "Why?\n", "stdin is the question.");
    expect_end(v.fd, "The question is over.");
    peer_send_text(v.fd, "Because.\n");
    peer_end(v.fd);
    wait_exit(v.s);
    if (times_done(f) > 0)
        expect_error(v.s, "", "No space left on device",
                     "write() said -1 with ENOSPC: the answer is lost. Who "
                     "ends with 0 says that it was printed.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("ask"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    struct visit v = arrive("Who are you?\n");

    peer_send_text(v.fd, "A server.\n");
    peer_end(v.fd);
    expect_printed(v.s, "A server.\n", 10,
                   "A call was interrupted, or moved less than was asked for. "
                   "Nothing is lost by that: make it again, from where it "
                   "stopped.");
}
