/* The checker of labs/05-nonblocking/burst.c: readers that stop, go on, never
 * read at all, or leave, and a stdin that comes in drops. */
#define _GNU_SOURCE
#include "clock.h"
#include "flags.h"
#include "harness.h"
#include "spurious.h"

#include <errno.h>
#include <string.h>

enum {
    WINDOW = 1 << 16,  /* a size that does not grow by itself */
    PIECE = 1 << 16,   /* of stdin: what a pipe holds */
    SOON_MS = 5000,    /* by when it is done with one piece */
    MOST_CPU_MS = 500, /* for all of it, when it does not spin */
    SPARE = 8,         /* pieces that wait for room */
    BUSY_CALLS = 1000, /* more than that is no rest */
    NAP_MS = 20,
    MOST = 16 << 20,       /* that is fed to fill all buffers */
    MOST_UNSENT = 64 << 10 /* that the contract allows */
};

/* A program that sends its stdin to us, and our end of its connection. */
struct visit {
    struct subject *s;
    int lfd, fd;
    size_t fed;
    bool is_stuck; /* it sleeps, as long as nothing comes */
};

/* Starts it; faults are armed before it is let in. */
static struct visit set_out(void)
{
    struct visit v = {.lfd = peer_listen("127.0.0.1")};

    prefer_setting("net.ipv4.tcp_wmem", "4096 65536 262144"); /* soon full */
    peer_window(v.lfd, WINDOW);
    set_limits((struct limits){.cpu_ms = MOST_CPU_MS});
    streams_with_flags();
    v.s = start("127.0.0.1", peer_port(v.lfd), NULL);
    return v;
}

static struct visit let_in(struct visit v)
{
    v.fd = peer_accept(v.lfd, "It begins with connect().");
    return v;
}

static struct visit arrive(void)
{
    return let_in(set_out());
}

/* Numbered lines of eight bytes: what is lost, doubled or out of order shows.
 */
static const char *pattern(void)
{
    static char lines[MOST + 1];

    if (lines[0] == '\0')
        for (int i = 0; i < MOST / 8; i++)
            memcpy(lines + i * 8,
                   (char[8]){
                       (char)('0' + i / 1000000 % 10),
                       (char)('0' + i / 100000 % 10),
                       (char)('0' + i / 10000 % 10),
                       (char)('0' + i / 1000 % 10), (char)('0' + i / 100 % 10),
                       (char)('0' + i / 10 % 10), (char)('0' + i % 10), '\n'},
                   8);
    return lines;
}

/* What it has done in calls of one kind. */
struct account {
    size_t bytes;    /* moved */
    size_t refused;  /* EAGAIN */
    uint64_t inside; /* when it began one that has not come back, or 0 */
};

static struct account account_of(struct subject *s, enum call call)
{
    struct account a = {0};
    const struct call_record *r;

    for (r = NULL; (r = next_call(s, call, r)) != NULL;) {
        if (!r->finished)
            a.inside = r->began;
        else if (r->result > 0)
            a.bytes += (size_t)r->result;
        else if (r->result == -EAGAIN)
            a.refused++;
    }
    return a;
}

/* It ends, and has told n bytes and each EAGAIN. */
static void expect_report(struct subject *s, size_t n, const char *why)
{
    wait_exit(s);
    size_t refused = account_of(s, CALL_SEND).refused;
    const char *want = text("sent %zu bytes, waited %zu times\n", n, refused);

    expect_output(s, want, strlen(want), "%s", why);
    expect_exit(s, 0, "All was sent.");
}

/* An error: nothing on stdout, a sentence on stderr, status 1. */
static void expect_error(struct subject *s, const char *part, const char *why)
{
    expect_exit(s, 1, "%s", why);
    expect_complaint(s, part, "The reason is told on stderr.");
    expect_output(s, "", 0, "Not all was sent: there is nothing to report.");
}

/* The reader has broken off: it ends with the reason that the kernel tells,
 * either of two. */
static void expect_broken(struct subject *s, const char *why)
{
    expect_exit(s, 1, "%s", why);
    bool is_pipe = strstr(errors(s, NULL), "Broken pipe") != NULL;
    expect_error(s, is_pipe ? "Broken pipe" : "Connection reset by peer", why);
}

/* The most that it has kept at any time: what its read() calls had given, less
 * what its send() calls had taken by then. */
static size_t most_kept(struct subject *s)
{
    const struct call_record *sent = next_call(s, CALL_SEND, NULL);
    const struct call_record *r = NULL;
    size_t most = 0, in = 0, out = 0;

    while ((r = next_call(s, CALL_READ, r)) != NULL) {
        if (!r->finished || r->result <= 0)
            continue;
        for (; sent != NULL && (!sent->finished || sent->ended <= r->ended);
             sent = next_call(s, CALL_SEND, sent))
            if (sent->finished && sent->result > 0)
                out += (size_t)sent->result;
        in += (size_t)r->result;
        if (in > out && in - out > most)
            most = in - out;
    }
    return most;
}

/* Lets it come to rest.  Whether it would read more of stdin then. */
static bool takes_more(struct visit *v)
{
    size_t before, n = 0;

    bool rests = wait_settled(v->s);
    do {
        before = n;
        n = account_of(v->s, CALL_READ).bytes;
        if (n == v->fed)
            return rests && most_kept(v->s) <= MOST_UNSENT;
        v->is_stuck = !let_run(NAP_MS);
    } while (rests && n != before);
    return false;
}

static void feed_piece(struct visit *v)
{
    feed(v->s, pattern() + v->fed, PIECE);
    v->fed += PIECE;
}

/* Feeds it more and receives nothing, until it reads no more, or keeps more
 * than it may; and then so much that its stdin does not run dry when the
 * kernel finds a little more room. */
static void fill(struct visit *v)
{
    do {
        if (v->fed + (SPARE + 1) * PIECE > MOST)
            skip_case("the kernel takes %zu bytes that nobody reads", v->fed);
        feed_piece(v);
    } while (takes_more(v));
    for (int i = 0; i < SPARE; i++)
        feed_piece(v);
}

/* The reader has stopped, and send() does not wait for it. */
static void expect_outside(struct visit v)
{
    struct account sent = account_of(v.s, CALL_SEND);
    uint64_t inside = sent.inside == 0 ? 0 : now_ns() - sent.inside;

    expect(inside == 0 || (!v.is_stuck && inside < NAP_MS * NS_PER_MS / 2),
           "the program waiting outside of send()",
           "it sleeps inside of send()",
           "The reader has stopped and the buffers are full, so send() waits, "
           "and with it the whole program. On a non-blocking socket it says "
           "EAGAIN instead, and the program may choose what to do meanwhile.");
}

/* A program whose reader has stopped; it knows, and waits in its own way. */
static struct visit arrive_full(void)
{
    struct visit v = arrive();

    fill(&v);
    expect_alive(v.s,
                 "The reader has stopped, and may go on at any time. Until "
                 "then the program waits, asleep: poll() without a limit "
                 "wakes it when something fits.");
    expect_outside(v);
    struct account sent = account_of(v.s, CALL_SEND);
    expect(sent.refused > 0, "a send() that said EAGAIN",
           text("%zu bytes sent, and no send() that said EAGAIN", sent.bytes),
           "The reader has stopped, and the program waits though send() never "
           "said that nothing fits. As much as fits is sent, until EAGAIN; "
           "only then is it time to wait.");
    return v;
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
}

CASE("sends", "it sends its stdin and tells how many bytes", READ("burst"),
     HINTS("Where do the bytes of stdin go?", "See send(2).",
           "Send what read() has given; at its 0 close and print."))
{
    static const char bytes[] = "two\nlines\0 and more";
    struct visit v = arrive();

    feed(v.s, bytes, sizeof bytes);
    feed_end(v.s);
    expect_bytes(v.fd, bytes, sizeof bytes,
                 "stdin goes out as it is, NUL bytes and all.");
    expect_end(v.fd, "At the end of stdin it closes.");
    expect_report(v.s, sizeof bytes,
                  "Everything fitted at once: there was nothing to wait for.");
}

CASE("empty", "an empty stdin is sent, too", READ("burst"),
     HINTS("What does read() say at once?", "See read(2): 0.",
           "Close, and print: 0 bytes, 0 times."))
{
    struct visit v = arrive();

    feed_end(v.s);
    expect_end(v.fd, "There is nothing to send, and this is the end of it.");
    expect_report(v.s, 0, "Nothing was sent.");
}

CASE("no-server", "a server that is not there is told, with the reason",
     READ("burst"),
     HINTS("What does connect() return when nobody listens?",
           "See connect(2): ECONNREFUSED.",
           "err(1, ...) while errno has the reason."))
{
    int fd = peer_refuse("127.0.0.1");

    expect_error(start("127.0.0.1", peer_port(fd), NULL), "Connection refused",
                 "Nobody listens there.");
}

CASE("drops", "what comes slowly is sent as it comes", READ("burst"),
     HINTS("When is a byte of stdin sent?",
           "fread(3) and fgets(3) wait for more; read(2) gives what is "
           "there.",
           "Send what read() has given before you read again."))
{
    struct visit v = arrive();

    for (int i = 0; i < 4; i++) {
        feed(v.s, pattern() + i * 100, 100);
        expect_bytes(v.fd, pattern() + i * 100, 100,
                     "100 bytes have come on stdin, and the next ones come "
                     "later. These can go.");
    }
    feed_end(v.s);
    expect_end(v.fd, "stdin has ended.");
    expect_report(v.s, 400, "All of it fitted.");
}

CASE("file", "stdin may be a file", READ("burst"),
     HINTS("Does your way to wait work with a file?",
           "epoll_ctl(2): EPERM for a file. A file is always readable.",
           "Wait for the socket only; read() on a file does not wait."))
{
    enum {
        SIZE = 30000 /* fits into the buffers, whoever is faster */
    };

    stdin_from_file(pattern(), SIZE);
    struct visit v = arrive();
    expect_bytes(v.fd, pattern(), SIZE, "stdin is a file of %d bytes.", SIZE);
    expect_end(v.fd, "The file has ended.");
    expect_report(v.s, SIZE, "The whole file was sent.");
}

CASE("stops", "a reader that stops and goes on loses nothing",
     READ("the-unsent-tail"),
     HINTS("What does send() do when nothing fits?",
           "See EAGAIN in send(2), fcntl(2) for O_NONBLOCK, and poll(2).",
           "EAGAIN: count it, poll() for POLLOUT, and send() again from "
           "where you stopped."))
{
    struct visit v = arrive_full();
    size_t half = v.fed / 2;

    expect_bytes(v.fd, pattern(), half,
                 "The reader goes on. Each byte comes once, in order: what did "
                 "not fit is sent when it does.");
    fill(&v);
    expect_outside(v);
    size_t more = (v.fed - half) / 2;
    peer_end(v.fd);
    expect_bytes(v.fd, pattern() + half, more,
                 "The reader stopped twice, and goes on. Each byte comes once, "
                 "in order: what did not fit is sent when it does. That it "
                 "sends no more itself does not end what it receives.");
    fill(&v);
    expect_outside(v);
    feed_end(v.s);
    expect_bytes(v.fd, pattern() + half + more, v.fed - half - more,
                 "The reader stopped three times. Each byte comes once, in "
                 "order: what did not fit is sent when it does. That it sends "
                 "no more itself does not end what it receives.");
    expect_end(v.fd, "stdin has ended, and all of it was sent.");
    expect_report(v.s, v.fed,
                  "M is how often send() said EAGAIN, N what it took in all.");
}

CASE("flags", "stdin and stdout stay as they are, all the while",
     READ("where-the-flag-lives"),
     HINTS("Whose flag is O_NONBLOCK, the descriptor's or the file's?",
           "See open(2) on open file descriptions, and fcntl(2).",
           "Set it on the socket only: read() on stdin may wait."))
{
    struct visit v = arrive();

    wait_settled(v.s);
    expect_flags_kept(v.s, "while it waits for stdin");
    feed_text(v.s, "first");
    wait_settled(v.s);
    expect_flags_kept(v.s, "while it waits for more");
    feed_end(v.s);
    wait_exit(v.s);
    expect_flags_kept(v.s, "when it has ended");

    v = arrive();
    peer_reset(v.fd);
    feed_text(v.s, "first");
    feed_text(v.s, "second");
    feed_end(v.s);
    wait_exit(v.s);
    expect_flags_kept(v.s, "after an error, too");
}

CASE("asleep", "it sleeps while it waits", READ("asking-again-and-again"),
     HINTS("What does the program do while nothing fits?",
           "poll(2) sleeps until the socket is writable.",
           "send() again only when poll() has come back."))
{
    static const char why[] =
        "The reader has stopped, and the program asks again and again whether "
        "something fits. That takes a whole processor for nothing: poll() "
        "sleeps until it does.";
    struct visit v = arrive();

    wait_settled(v.s);
    expect_calm(v.s, 30, 6, "There is nothing to send yet: read() sleeps.");
    fill(&v);
    peer_send_text(v.fd, "left alone");
    wait_settled_within(v.s, BUSY_CALLS);
    expect_calm(v.s, 45, 1000, "%s", why); /* a late acknowledgement */
    expect_calm(v.s, 30, 6, "%s", why);
    expect_alive(v.s, "The reader has stopped, and may go on at any time.");
}

CASE("bounded", "a slow reader does not fill the memory",
     READ("the-unsent-tail"),
     HINTS("What if stdin has no end, and the reader has stopped?",
           "See read(2) and your buffer.",
           "At most 64 KiB at once, and all of it sent before you read "
           "more."))
{
    enum {
        PIECES = 8
    };

    stdin_holds(PIECES * PIECE);
    struct visit v = set_out();
    feed(v.s, pattern(), PIECES * PIECE);
    v.fed = PIECES * PIECE;
    v = let_in(v);
    fill(&v);
    size_t kept = most_kept(v.s);
    expect(kept <= MOST_UNSENT,
           text("at most %d bytes read that are not sent yet", MOST_UNSENT),
           text("%zu bytes read and not sent", kept),
           "The reader is slow, and the program goes on reading stdin. What it "
           "cannot send it has to keep: with a stdin that does not end it "
           "needs all the memory there is. The contract allows 64 KiB.");
}

CASE("first-refused", "EAGAIN at the first send() is a wait like any other",
     READ("eagain"),
     HINTS("May the first send() say EAGAIN?", "See EAGAIN in send(2).",
           "Count it, poll(), send() again: nothing has been taken."))
{
    struct visit v = set_out();

    only_if(inject_errno(v.s, CALL_SEND, NTH(1), EAGAIN), may_say_eagain, NULL);
    only_if(inject_errno(v.s, CALL_SEND, (struct times){3, 5}, EAGAIN),
            may_say_eagain, NULL);
    v = let_in(v);
    feed_text(v.s, "first ");
    expect_text(v.fd, "first ",
                "send() said EAGAIN, so it took nothing: these "
                "bytes are sent again.");
    feed_text(v.s, "second");
    feed_end(v.s);
    expect_text(v.fd, "second",
                "send() said EAGAIN, three times though poll() "
                "called the socket writable. That is no error.");
    expect_end(v.fd, "stdin has ended.");
    expect_report(v.s, 12, "Each EAGAIN counts, whatever poll() has said.");
}

CASE("short-sends", "however little send() takes, each byte is sent once",
     READ("the-unsent-tail"),
     HINTS("What does send() return?", "See RETURN VALUE in send(2).",
           "Go on from where the call stopped, until all n bytes are taken."))
{
    struct visit v = set_out();

    inject_short(v.s, CALL_SEND, ALWAYS, 700);
    v = let_in(v);
    feed(v.s, pattern(), 16384);
    feed_end(v.s);
    expect_bytes(v.fd, pattern(), 16384,
                 "send() took 700 bytes and said so. The rest is yours to "
                 "send, from where it stopped.");
    expect_end(v.fd, "stdin has ended.");
    expect_report(v.s, 16384,
                  "A send() that takes less than all has taken something: "
                  "that is no EAGAIN.");
}

CASE("reset", "a reader that never reads and then breaks off is told",
     READ("revents-are-bits"),
     HINTS("What does poll() say of a connection that is broken?",
           "poll(2): POLLERR and POLLHUP come unasked, beside POLLOUT.",
           "When poll() has come back, let send() tell what there is."))
{
    struct visit v = arrive_full();

    peer_reset(v.fd);
    expect_broken(v.s,
                  "The reader has broken off while the program waited. poll() "
                  "comes back with POLLOUT, POLLERR and POLLHUP together; the "
                  "reason comes from send().");
}

CASE("reader-leaves", "a reader that has left is an error, not a signal",
     READ("burst"),
     HINTS("What happens at send() when the reader is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "MSG_NOSIGNAL at each send(), and err(1, ...) for -1."))
{
    struct visit v = arrive();

    feed_text(v.s, "first");
    expect_text(v.fd, "first", "What comes on stdin is sent.");
    wait_settled(v.s);
    peer_end(v.fd);
    peer_reset(v.fd);
    feed_text(v.s, "second");
    feed_text(v.s, "third");
    feed_end(v.s);
    expect_broken(v.s,
                  "The reader has left. To send to it makes the kernel send "
                  "SIGPIPE, which ends a program that does not expect it; and "
                  "bytes that nobody takes are not sent.");
}

CASE("bad-stdin", "an error of stdin is not its end", READ("burst"),
     HINTS("What does read() return when it fails?", "See read(2): -1.",
           "err(1, \"stdin\"), and no report."))
{
    struct visit v = arrive();

    feed_text(v.s, "half of it");
    expect_text(v.fd, "half of it", "What came before is sent.");
    wait_settled(v.s);
    inject_errno(v.s, CALL_READ, ALWAYS, EIO);
    feed_text(v.s, "rest");
    expect_error(v.s, "Input/output error",
                 "read() said -1 with EIO. Who takes that for the end reports "
                 "half a file as the whole.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("poll"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    struct visit v = set_out();

    only_if(inject_errno(v.s, CALL_SEND, NTH(2), EAGAIN), may_say_eagain, NULL);
    v = let_in(v);
    feed_text(v.s, "first ");
    expect_text(v.fd, "first ", "What comes on stdin is sent.");
    feed_text(v.s, "second");
    feed_end(v.s);
    expect_text(v.fd, "second", "Each byte comes once, in order.");
    expect_end(v.fd, "stdin has ended.");
    expect_report(v.s, 12,
                  "A call was interrupted or moved less than was asked for. "
                  "Nothing is lost by that, and EINTR is not a wait: make the "
                  "call again, from where it stopped.");
}
