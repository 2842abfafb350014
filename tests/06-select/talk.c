/* The checker of labs/06-select/talk.c: a peer that speaks when it likes,
 * reads when it likes, and ends when it likes. */
#define _GNU_SOURCE
#include "harness.h"

#include "../05-nonblocking/spurious.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

enum {
    NAP_MS = 10,
    WINDOW = 1 << 16, /* a size that does not grow by itself */
    SMALL_WINDOW = 4096,
    PIECE = 1 << 16,       /* of stdin, at a time: what a pipe holds */
    SMALL_PIECE = 1000,    /* that any program takes at once */
    SPARE = 3,             /* pieces that stdin has when all is full */
    MOST = 16 << 20,       /* that is fed to fill all buffers */
    MOST_UNSENT = 64 << 10 /* that the contract allows */
};

/* A program that talks with us, and our end of its connection. */
struct visit {
    struct subject *s;
    int lfd, fd;
    size_t fed;
    bool is_small; /* its buffer for sending */
};

/* Starts it; faults are armed before it is let in. */
static struct visit set_out_for(int window)
{
    struct visit v = {.lfd = peer_listen("127.0.0.1")};

    set_limits((struct limits){.cpu_ms = 200});
    peer_window(v.lfd, window);
    v.s = start("127.0.0.1", peer_port(v.lfd), NULL);
    return v;
}

static struct visit set_out(void)
{
    return set_out_for(WINDOW);
}

static struct visit let_in(struct visit v)
{
    v.fd = peer_accept(v.lfd, "It begins with connect().");
    return v;
}

/* It has nothing to do, and sleeps. */
static void expect_rest(struct subject *s)
{
    expect(
        wait_settled(s), "a program that sleeps",
        "it goes on making calls, or computing",
        "It has nothing to do, and does not come to rest: select() comes back "
        "again and again. Name a descriptor only while there is something "
        "to do when it is ready.");
}

/* It has connected, and waits for whoever speaks first. */
static struct visit arrive(void)
{
    struct visit v = let_in(set_out());

    expect_rest(v.s);
    return v;
}

/* The same to a peer that will not read, with small buffers: hardly anything
 * reaches it, so that what is full stays so.  Where the buffer for sending has
 * its usual size, filling it takes some megabytes. */
static struct visit arrive_small(void)
{
    bool is_small = prefer_setting("net.ipv4.tcp_wmem", "4096 4096 16384");
    struct visit v = let_in(set_out_for(SMALL_WINDOW));

    v.is_small = is_small;
    expect_rest(v.s);
    return v;
}

/* Now it reads. */
static void read_from_now_on(const struct visit *v)
{
    peer_window(v->fd, WINDOW);
}

/* Numbered lines of eight bytes, n bytes of them at the least: what is lost,
 * doubled or out of order shows. */
static const char *pattern(size_t n)
{
    static char lines[MOST];
    static size_t made;

    for (; made < n; made += 8) {
        size_t left = made / 8;
        for (int at = 6; at >= 0; at--, left /= 10)
            lines[made + (size_t)at] = (char)('0' + left % 10);
        lines[made + 7] = '\n';
    }
    return lines;
}

/* What the peer's kernel has received it acknowledges now, and not with what
 * comes next: that makes room at the other end. */
static void acknowledge(int fd)
{
    int now = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now);
}

/* Whether it keeps something back for good: the kernel may find a little more
 * room a moment later. */
static bool is_full(const struct visit *v)
{
    size_t before;

    expect_rest(v->s);
    do {
        before = bytes_moved(v->s, CALL_SEND);
        if (before == v->fed)
            return false;
        acknowledge(v->fd);
        let_run(NAP_MS);
    } while (bytes_moved(v->s, CALL_SEND) != before);
    return true;
}

static void feed_piece(struct visit *v, size_t n)
{
    if (v->fed + n + SPARE * PIECE > MOST)
        skip_case("the kernel takes %zu bytes that nobody reads", v->fed);
    feed(v->s, pattern(v->fed + n) + v->fed, n);
    v->fed += n;
}

/* The peer receives nothing; feeds it until it keeps something back, and then
 * so much that its stdin does not run dry. */
static void fill(struct visit *v)
{
    do
        feed_piece(v, PIECE);
    while (!is_full(v));
    for (int i = 0; i < SPARE; i++)
        feed_piece(v, PIECE);
}

/* The same, but in the end its stdin is empty: what it keeps back is less than
 * a piece, and it can learn now that there will be no more.  The peer speaks as
 * well, which may make a little room; returns what it said. */
static const char *fill_just(struct visit *v)
{
    const char *said = "";

    do {
        do
            feed_piece(v, v->is_small ? SMALL_PIECE : PIECE);
        while (!is_full(v));
        peer_send_text(v->fd, "wait\n");
        expect_prints(
            v->s, "wait\n",
            "The peer does not read for a while, but it speaks. Whoever "
            "sleeps in send() does not hear it: \"writable\" says that "
            "something fits, and not that everything does.");
        said = text("%swait\n", said);
    } while (!is_full(v));
    return said;
}

/* A visit whose stdin has ended while something is left that does not fit, and
 * then the peer has spoken.  Where the kernel finds room for it at the last
 * moment, another is made. */
static struct visit end_while_full(const char **said)
{
    for (;;) {
        struct visit v = arrive_small();

        *said = fill_just(&v);
        feed_end(v.s);
        wait_settled(v.s);
        peer_send_text(v.fd, "all of it?\n");
        wait_settled(v.s);
        if (bytes_moved(v.s, CALL_SEND) < v.fed)
            return v;
        peer_end(v.fd);
        wait_exit(v.s);
    }
}

/* It ends with 0, and all that it has printed was this. */
static void expect_printed(struct subject *s, const void *bytes, size_t n,
                           const char *why)
{
    expect_output(s, bytes, n, "%s", why);
    expect_exit(s, 0, "%s", why);
}

/* The peer speaks once more and ends; it ends, too. */
static void part(struct visit v, const char *before)
{
    const char *all = text("%sbye\n", before);

    peer_send_text(v.fd, "bye\n");
    peer_end(v.fd);
    expect_printed(v.s, all, strlen(all),
                   "The peer spoke a last time and ended: that is printed, "
                   "and it ends with 0.");
}

/* stdin and stdout are as they were when it began. */
static void expect_flags_kept(struct subject *s, int in, int out,
                              const char *when)
{
    static const int flags[] = {O_NONBLOCK, O_APPEND};

    for (int fd = 0; fd <= 1; fd++)
        for (int i = 0; i < 2; i++)
            expect((status_flags(s, fd) & flags[i]) ==
                       ((fd == 0 ? in : out) & flags[i]),
                   text("the status flags of descriptor %d as they were", fd),
                   text("%s is another", i == 0 ? "O_NONBLOCK" : "O_APPEND"),
                   "Looked at %s. The flags belong to the open file "
                   "description, which the shell and other programs share.",
                   when);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
}

CASE("no-server", "a server that is not there is told, with the reason",
     READ("talk"),
     HINTS("What does connect() return when nobody listens?",
           "See connect(2): ECONNREFUSED.",
           "err(1, ...) while errno has the reason."))
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s = start("127.0.0.1", peer_port(fd), NULL);

    expect_exit(s, 1, "Nobody listens there.");
    expect_complaint(s, "Connection refused", "Nobody listens there.");
}

CASE("question", "it sends its stdin, and prints the answer", READ("talk"),
     HINTS("Where do the bytes of stdin go?", "See send(2), recv(2), write(2).",
           "Send what read() has given; write what recv() has given."))
{
    static const char question[] = "two\nlines\0 and more";
    static const char answer[] = "an\0answer";
    struct visit v = set_out();

    feed(v.s, question, sizeof question);
    feed_end(v.s);
    v = let_in(v);
    expect_bytes(v.fd, question, sizeof question,
                 "stdin goes out as it is, NUL bytes and all. (It ended before "
                 "any of it was read. Where poll() says POLLHUP, there may be "
                 "bytes still: only the 0 of read() is the end.)");
    expect_end(v.fd, "stdin has ended: it half-closes.");
    peer_send(v.fd, answer, sizeof answer);
    peer_end(v.fd);
    expect_printed(v.s, answer, sizeof answer,
                   "The answer came after the end of stdin. It is printed as "
                   "it is, NUL bytes and all.");
}

CASE("conversation", "either may speak at any time", READ("select"),
     HINTS("stdin is silent. Who hears the peer?",
           "select(2) waits for several descriptors at once.",
           "Name both stdin and the socket in the set; read only from what "
           "select() has left in it."))
{
    struct visit v = arrive();

    peer_send_text(v.fd, "welcome\n");
    expect_prints(v.s, "welcome\n",
                  "The peer speaks first, and stdin is silent. A read() of "
                  "stdin sleeps until somebody types, and hears nothing else.");
    feed_text(v.s, "thanks\n");
    expect_text(v.fd, "thanks\n", "stdin speaks, and the peer is silent now.");
    feed_text(v.s, "are you there?\n");
    expect_text(v.fd, "are you there?\n", "stdin speaks once more.");
    peer_send_text(v.fd, "yes\n");
    expect_prints(v.s, "yes\n", "The peer answers.");
    peer_send_text(v.fd, "and you?\n");
    expect_prints(v.s, "and you?\n", "The peer asks in its turn.");
    part(v, "welcome\nyes\nand you?\n");
}

CASE("as-it-comes", "what has come is passed on, be it two lines or half a one",
     READ("what-select-cannot-see"),
     HINTS("Two lines came at once. Where is the second?",
           "fgets(3) reads all there is, gives one line, and keeps the rest "
           "where select() does not see it.",
           "read(2), and send what it gave, whatever it is."))
{
    struct visit v = arrive();

    feed_text(v.s, "one\ntwo\nthr");
    expect_text(v.fd, "one\ntwo\nthr",
                "Two lines and a half came on stdin at once. What stdio keeps "
                "in its buffer is no longer in the pipe: select() sees nothing "
                "there, and sleeps.");
    peer_send_text(v.fd, "login: ");
    expect_prints(v.s, "login: ",
                  "The peer sent half a line, and waits: it is a question. "
                  "Nobody answers what is not printed.");
    feed_text(v.s, "ee\n");
    expect_text(v.fd, "ee\n", "Then came the rest of the line.");
    part(v, "login: ");
}

CASE("just-full", "a buffer that is just full is no promise of more",
     READ("what-ready-means"),
     HINTS("recv() has filled your buffer. Is there more?",
           "Only select() knows, or EAGAIN; see MSG_DONTWAIT in recv(2).",
           "One recv() for each time that select() says so."))
{
    enum {
        SIZE = 1 << 16 /* of which most buffers are a part */
    };
    struct visit v = arrive();

    hold(v.s, CALL_RECV, NTH(1));
    peer_send(v.fd, pattern(SIZE), SIZE);
    wait_settled(v.s);
    release(v.s);
    expect_prints(v.s, text("%.*s", SIZE, pattern(SIZE)),
                  "The peer sent %d bytes.", SIZE);
    feed_text(v.s, "is that all?\n");
    expect_text(v.fd, "is that all?\n",
                "The peer sent %d bytes, and waits for stdin now. Whoever "
                "receives on because the buffer was full sleeps in recv().",
                SIZE);
}

CASE("half-closes", "after the end of stdin it goes on until the peer ends",
     READ("readable"),
     HINTS("stdin has ended. Is the conversation over?",
           "half_close() tells the peer; recv() says 0 when it has ended, "
           "too.",
           "Leave stdin out of the set from then on, and go on."))
{
    enum {
        SIZE = 200000
    };
    struct visit v = arrive();

    feed_text(v.s, "tell me all\n");
    expect_text(v.fd, "tell me all\n", "stdin is sent.");
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended, and the peer has to know.");
    expect_rest(v.s);
    expect_alive(v.s, "stdin has ended, and the peer has not: the answer is "
                      "still to come.");
    expect_answer(v.fd, pattern(SIZE), SIZE, "", 0, "The answer is long.");
    wait_settled(v.s);
    peer_send(v.fd, pattern(SIZE + 8) + SIZE, 8);
    peer_end(v.fd);
    expect_printed(v.s, pattern(SIZE + 8), SIZE + 8,
                   "A long answer came after the end of stdin, and then its "
                   "end. All of it is printed, to the last byte.");
}

CASE("peer-ends", "when the peer ends it ends, though stdin is open",
     READ("readable"),
     HINTS("The peer has ended. What is there to wait for?", "recv(2) says 0.",
           "Return, and exit with 0."))
{
    enum {
        SIZE = 100000
    };
    struct visit v = let_in(set_out());

    peer_send(v.fd, pattern(SIZE), SIZE);
    peer_end(v.fd);
    expect_printed(v.s, pattern(SIZE), SIZE,
                   "The peer said what it had to say, and ended. stdin is "
                   "open, and may be so for ever: nobody would wait for it.");
}

CASE("empty", "an empty stdin is an end like any other", READ("readable"),
     HINTS("What does read() say at once?", "See read(2): 0.",
           "Half-close, and print what the peer says."))
{
    stdin_from_file("", 0);
    struct visit v = let_in(set_out());

    expect_end(v.fd, "stdin is an empty file: there is nothing to send, and "
                     "this is the end of it.");
    part(v, "");
}

CASE("no-stdin", "the socket is not taken for stdin", READ("talk"),
     HINTS("stdin is closed. Which descriptor does socket() give?",
           "The lowest that is free: see open(2). fcntl(2) with F_GETFD says "
           "EBADF when there is none.",
           "Open /dev/null first: it takes the number 0."))
{
    without_stdin();
    struct visit v = arrive();

    peer_send_text(v.fd, "hello\n");
    expect_end(v.fd, "It was started without a stdin (as by `<&-' in a shell), "
                     "so the lowest free descriptor is 0, and the socket gets "
                     "it: what is read from 0 comes from the peer then. A "
                     "stdin that is closed counts as an empty one.");
    expect_prints(v.s, "hello\n", "What the peer says is printed.");
    part(v, "hello\n");
}

CASE("file", "stdin may be a file", READ("what-select-cannot-see"),
     HINTS("Does your way to wait work with a file?",
           "select(2) calls a file readable at any time; epoll_ctl(2) says "
           "EPERM.",
           "Read it piece by piece, whenever the piece before is sent."))
{
    enum {
        SIZE = 300000
    };

    stdin_from_file(pattern(SIZE), SIZE);
    struct visit v = let_in(set_out());
    expect_answer(v.fd, "welcome\n", 8, pattern(SIZE), SIZE,
                  "stdin is a file of %d bytes.", SIZE);
    expect_end(v.fd, "The file has ended.");
    part(v, "welcome\n");
}

CASE("flags", "it takes stdin as it is, and leaves it so", READ("talk"),
     HINTS("Whose is stdin?", "See F_SETFL in fcntl(2), and open(2).",
           "Do not touch its flags. If its read() says EAGAIN, select() "
           "will tell when to try again."))
{
    stdin_with_flags(O_APPEND);
    struct visit v = arrive();

    peer_send_text(v.fd, "welcome\n");
    expect_prints(v.s, "welcome\n", "The peer speaks first.");
    expect_flags_kept(v.s, O_APPEND, 0, "while it waits");
    feed_text(v.s, "late\n");
    expect_text(v.fd, "late\n", "stdin spoke after a while.");
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended.");
    part(v, "welcome\n");
    expect_flags_kept(v.s, O_APPEND, 0, "when it has ended");
}

CASE("both-ways", "both directions move at the same time",
     READ("a-queue-for-each"),
     HINTS("What if both have much to say?",
           "See EAGAIN in send(2), and MSG_DONTWAIT.",
           "Never stay in one direction until it is done: one recv(), one "
           "send(), one read(), and select() again."))
{
    enum {
        SIZE = 1 << 19
    };
    struct visit v = arrive();

    feed(v.s, pattern(SIZE), SIZE);
    expect_answer(v.fd, pattern(SIZE), SIZE, pattern(SIZE), SIZE,
                  "Half a megabyte goes each way at the same time.");
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended, and all of it was sent.");
    peer_end(v.fd);
    expect_printed(v.s, pattern(SIZE), SIZE, "All of it is printed, in order.");
}

CASE("slow-peer", "a peer that does not read is still heard",
     READ("a-queue-for-each"),
     HINTS("The socket is writable. Does all of it fit?",
           "A blocking send(2) waits until all of it does; see MSG_DONTWAIT.",
           "A send() that does not wait; what it did not take is sent when "
           "select() says so."))
{
    const char *said;
    struct visit v = end_while_full(&said);

    expect_prints(v.s, "all of it?\n",
                  "stdin has ended, and the peer has not taken all of it yet, "
                  "but it speaks. Whoever sends the rest in a loop of its own "
                  "does not hear it: go on as before until nothing is left.");
    read_from_now_on(&v);
    expect_bytes(v.fd, pattern(v.fed), v.fed,
                 "stdin ended while the peer did not read. What was left then "
                 "is still to be sent, each byte once, in order: half-close "
                 "when stdin has ended and nothing is left to send.");
    expect_end(v.fd, "stdin has ended, and all of it was sent.");
    part(v, text("%sall of it?\n", said));

    v = arrive_small();
    fill(&v);
    peer_send_text(v.fd, "slow down\n");
    expect_prints(v.s, "slow down\n", "The peer does not read, but it speaks.");
    peer_send_text(v.fd, "enough\n");
    peer_end(v.fd);
    expect_printed(v.s, "slow down\nenough\n", 17,
                   "The peer ended, and something is left that it never took. "
                   "Nobody waits for that.");
}

CASE("unread-output", "an output that nobody reads loses nothing", READ("talk"),
     HINTS("stdout is a pipe, and it is full. What does write() do?",
           "See pipe(7), and EAGAIN and EINTR in write(2).",
           "Leave its flags as they are: where it is blocking, write() waits; "
           "where it is not, select() does. write_all() knows both."))
{
    enum {
        SIZE = 300000,
        ODD = 1000, /* so that the last write() fits in part */
        MS = 20,
        CALLS = 6
    };
    stdout_with_flags(O_NONBLOCK);
    struct visit v = arrive();

    inject_errno(v.s, CALL_WRITE, NTH(2), EINTR);
    leave_output(v.s);
    peer_send(v.fd, pattern(SIZE), ODD);
    expect_rest(v.s);
    peer_send(v.fd, pattern(SIZE) + ODD, SIZE - ODD);
    expect_rest(v.s);
    expect_calm(v.s, MS, CALLS,
                "Nobody takes what it prints, and it tries again and again.");
    peer_end(v.fd);
    wait_settled(v.s);
    take_output(v.s);
    expect_printed(
        v.s, pattern(SIZE), SIZE,
        "Nobody took what it printed for a while (think of a pager), "
        "and the peer ended meanwhile. All of it is printed, to the "
        "last byte. (stdout was non-blocking when it began, as a terminal is "
        "that it shares with such a stdin: write() may say EAGAIN.)");
    expect_flags_kept(v.s, 0, O_NONBLOCK, "when it has ended");
}

CASE("bounded", "a slow peer does not fill the memory",
     READ("a-queue-for-each"),
     HINTS("What if stdin has no end, and the peer does not read?",
           "See read(2) and your buffer.",
           "Leave stdin out of the set until all that was read is sent."))
{
    struct visit v = arrive_small();

    fill(&v);
    expect_rest(v.s);
    size_t read = bytes_moved(v.s, CALL_READ),
           sent = bytes_moved(v.s, CALL_SEND);
    expect(read <= sent + MOST_UNSENT,
           text("at most %d bytes read that are not sent yet", MOST_UNSENT),
           text("%zu read, %zu sent", read, sent),
           "The peer has stopped, and the program goes on reading stdin. What "
           "it cannot send it has to keep: with a stdin that does not end it "
           "needs all the memory there is.");
}

CASE("asleep", "it sleeps while there is nothing to do",
     READ("what-it-overwrites"),
     HINTS("What does select() say when it comes back at once?",
           "A socket is nearly always writable; a stdin that has ended is "
           "always readable; a timeout that Linux has used up is 0.",
           "Name a descriptor only while there is something to do when it is "
           "ready."))
{
    enum {
        MS = 30,
        CALLS = 1,      /* who looks every 10 ms makes three */
        MORE_CALLS = 60 /* the kernel may find a little more room */
    };
    struct visit v = arrive_small();

    expect_calm(v.s, MS, CALLS,
                "Nobody speaks, and select() comes back again and again. It "
                "needs no limit: what there is to do wakes it. "
                "(Whoever asks whether the socket is writable is told so at "
                "once, nearly always: ask only while there is something to "
                "send.)");
    fill(&v);
    expect_calm(v.s, MS, MORE_CALLS,
                "The peer does not read, so nothing can be sent; and stdin "
                "has more, which cannot be read yet. Who names stdin all the "
                "same is told at once that it is readable.");
    read_from_now_on(&v);
    expect_bytes(v.fd, pattern(v.fed), v.fed,
                 "The peer reads again. Each byte comes once, in order: what "
                 "did not fit is sent when it does.");
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended.");
    expect_rest(v.s);
    expect_calm(v.s, MS, CALLS,
                "stdin has ended, and the peer is silent. The end of a stream "
                "is readable, for ever: who names stdin still is told so each "
                "time.");
    part(v, "");
}

CASE("short-calls", "however little a call moves, each byte goes once",
     READ("writable"),
     HINTS("What do send() and write() return?",
           "See RETURN VALUE in send(2) and write(2).",
           "Go on from where the call stopped, until all n bytes are taken."))
{
    struct visit v = set_out();

    inject_short(v.s, CALL_SEND, ALWAYS, 700);
    inject_short(v.s, CALL_WRITE, ALWAYS, 500);
    v = let_in(v);
    feed(v.s, pattern(16384), 16384);
    expect_bytes(v.fd, pattern(16384), 16384,
                 "send() took 700 bytes each time and said so. The rest is to "
                 "be sent still, from where it stopped.");
    peer_send(v.fd, pattern(8192), 8192);
    peer_end(v.fd);
    expect_printed(v.s, pattern(8192), 8192,
                   "write() took 500 bytes each time and said so.");
}

CASE("not-ready", "EAGAIN is not the end, though select() said ready",
     READ("sockets-that-block"),
     HINTS("What does EAGAIN say about the stream?",
           "See BUGS in select(2): ready is not a promise.",
           "Go back to select(): what was not sent is still to be sent."))
{
    const struct times some = {1, 3};

    stdin_with_flags(O_NONBLOCK | O_APPEND);
    struct visit v = set_out();
    only_if(inject_errno(v.s, CALL_RECV, some, EAGAIN), may_say_eagain, NULL);
    only_if(inject_errno(v.s, CALL_SEND, some, EAGAIN), may_say_eagain, NULL);
    only_if(inject_errno(v.s, CALL_READ, some, EAGAIN), may_say_eagain, NULL);
    v = let_in(v);
    feed_text(v.s, "first\n");
    expect_text(v.fd, "first\n",
                "A read() or send() that does not wait said EAGAIN, though "
                "select() had said ready. That is no error, and nothing was "
                "taken: try again when select() says so.");
    peer_send_text(v.fd, "second\n");
    expect_prints(v.s, "second\n",
                  "recv() said EAGAIN: nothing is there at the moment, which "
                  "is neither the end nor an error.");
    expect_rest(v.s);
    expect_calm(v.s, 20, 6,
                "Nothing comes, and it asks again and again. (stdin is "
                "non-blocking: select() tells when it has something.)");
    expect_flags_kept(v.s, O_NONBLOCK | O_APPEND, 0, "while it waits");
    part(v, "second\n");
}

/* One sentence, which says what befell the connection.  Whoever asks for it a
 * second time is told EPIPE: that is a reason, too. */
static void expect_reason(struct subject *s)
{
    static const char why[] = "The reason is told on stderr, as errno has it.";

    expect_complaint(s, NULL, why);
    const char *said = errors(s, NULL);
    expect(strstr(said, strerror(ECONNRESET)) != NULL ||
               strstr(said, strerror(EPIPE)) != NULL,
           text("a sentence with the reason, \"%s\"", strerror(ECONNRESET)),
           quoted(said, strlen(said), 200), "%s", why);
}

CASE("reset", "a reset is told, after what came before it", READ("readable"),
     HINTS("The connection is broken. Is there still something to read?",
           "send(2) and recv(2): ECONNRESET. What had come can still be "
           "received.",
           "After an error of send() do not end: receive until there is "
           "nothing more, then tell the reason."))
{
    enum {
        SIZE = 60 << 10 /* less than a window has room for at first */
    };
    struct visit v = arrive();

    peer_reset(v.fd);
    expect_exit(v.s, 1,
                "The connection was reset. That is no end: nobody "
                "knows what else was to come.");
    expect_reason(v.s);

    v = arrive();
    hold(v.s, CALL_SELECT, NTH(1));
    peer_send(v.fd, pattern(SIZE), SIZE);
    wait_settled(v.s);
    peer_reset(v.fd);
    feed_text(v.s, "another\n");
    wait_settled(v.s);
    release(v.s);
    expect_output(v.s, pattern(SIZE), SIZE,
                  "The peer said something long, and broke off, and at the "
                  "same moment stdin had more for it. Whoever sends first "
                  "learns of the reset from send() (or shutdown(), when stdin "
                  "has ended); what the peer said is there all the same: "
                  "receive until there is nothing more, and end then.");
    expect_exit(v.s, 1, "The connection was reset.");
    expect_reason(v.s);

    v = arrive();
    hold(v.s, CALL_SEND, NTH(1));
    feed_text(v.s, "anybody?\n");
    wait_settled(v.s);
    peer_reset(v.fd);
    release(v.s);
    expect_exit(v.s, 1,
                "The connection was reset as the program was about to send. "
                "send() says so, once; recv() says 0 then, which is no end.");
    expect_reason(v.s);
}

CASE("peer-leaves", "a peer that has left is no signal", READ("talk"),
     HINTS("What happens at send() when the peer is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "MSG_NOSIGNAL at each send()."))
{
    struct visit v = arrive();

    hold(v.s, CALL_SEND, NTH(1));
    feed_text(v.s, "anybody?\n");
    wait_settled(v.s);
    peer_end(v.fd);
    peer_reset(v.fd);
    release(v.s);
    int status = wait_exit(v.s);
    expect(status == 0 || status == 1, "it ends with 0, or with 1",
           text("%d", status),
           "The peer has left, and the program was about to send. The kernel "
           "answers with EPIPE and SIGPIPE, which ends a program that does "
           "not expect it, without a word.");
}

CASE("bad-stdin", "an error of stdin is not its end", READ("talk"),
     HINTS("What does read() return when it fails?", "See read(2): -1.",
           "err(1, \"stdin\")."))
{
    struct visit v = arrive();

    inject_errno(v.s, CALL_READ, FROM(2), EIO);
    feed_text(v.s, "half of it");
    expect_text(v.fd, "half of it", "What came before is sent.");
    wait_settled(v.s);
    feed_text(v.s, "rest");
    wait_settled(v.s);
    expect(count_tasks(v.s) == 0, "a program that has ended, with status 1",
           "a program that goes on",
           "read() said -1 with EIO. Who takes that for the end tells the "
           "peer that half of it was all.");
    expect_exit(v.s, 1, "read() of stdin said EIO.");
    expect_complaint(v.s, "Input/output error",
                     "The reason is told on stderr.");
}

/* For only_if(). */
static bool is_to_stdout(const struct call_record *r, void *data)
{
    (void)data;
    return r->args[0] == 1;
}

CASE("bad-stdout", "what cannot be printed is told", READ("talk"),
     HINTS("What does write() return when it fails?", "See write(2): -1.",
           "err(1, \"stdout\")."))
{
    struct visit v = set_out();
    struct fault *f = inject_errno(v.s, CALL_WRITE, ALWAYS, ENOSPC);

    only_if(f, is_to_stdout, NULL);
    v = let_in(v);
    peer_send_text(v.fd, "are you listening?\n");
    wait_settled(v.s);
    peer_end(v.fd);
    wait_exit(v.s);
    if (times_done(f) == 0)
        return; /* it prints in a way of its own */
    expect_exit(v.s, 1,
                "write() to stdout said ENOSPC: the disk is full. What the "
                "peer said is lost, and a status of 0 would hide it.");
    expect_complaint(v.s, "No space left", "The reason is told on stderr.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("the-three-answers"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls. select() is never "
           "restarted.",
           "After -1 the sets say nothing: go back to the top of the loop, "
           "fill them, and wait again."))
{
    static const char why[] =
        "A call was interrupted or moved less than was asked for. Nothing is "
        "lost by that: make it again, from where it stopped. After a select() "
        "that said -1 nothing is known to be ready.";
    struct visit v = arrive();

    peer_send_text(v.fd, "welcome\n");
    expect_prints(v.s, "welcome\n", why);
    feed_text(v.s, "hello\n");
    expect_text(v.fd, "hello\n", why);
    feed_end(v.s);
    expect_end(v.fd, why);
    part(v, "welcome\n");
}
