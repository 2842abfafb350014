/* The checker of labs/06-select/chat.c: many clients at once, of whom some are
 * silent, some are slow, and some are gone before their turn. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    LINE = 1024,             /* the longest line, with its newline */
    WAITING = 65536,         /* bytes that may wait for a client */
    CROWD = 200,             /* clients at the same time */
    LATE = 8,                /* of them, who read later */
    TURNS = 200,             /* in which everybody has had one */
    WINDOW = 1 << 16,        /* a receive buffer that does not grow */
    CHUNK = 16 * LINE,       /* that a talker says in one breath */
    MOST_SAID = 1 << 20,     /* to fill the buffers of a connection */
    FEW_FILES = 24,          /* descriptors that the server may have */
    SURELY_IN = 12,          /* clients for whom they suffice */
    CALLERS = 32,            /* clients for whom they do not */
    LARGE = FD_SETSIZE - 24, /* the first number of a descriptor */
    ENOUGH_US = 1500000      /* of CPU time */
};

static struct subject *s;
static int sockets;         /* of the server alone */
static size_t enough_calls; /* for what there is to do at once */

/* Lets it do what there is to do, after which it has to sleep.  As long as
 * callers come in or others go, there is something to do: on a busy machine
 * threads take their time. */
static void settle(void)
{
    size_t calls = count_calls(s, CALL_ANY);
    uint64_t cpu = cpu_us(s);
    int before = -1;

    while (!wait_settled_within(s, enough_calls)) {
        if (count_calls(s, CALL_ANY) - calls <= enough_calls &&
            cpu_us(s) - cpu <= ENOUGH_US)
            continue;
        int now = count_sockets(s);
        if (now == before)
            expect_calm(s, 30, 60,
                        "Nobody speaks, nobody calls, and nothing can be sent, "
                        "but it does not come to rest: the trail shows what "
                        "it does over and over. Sleep until there is something "
                        "to do.");
        before = now;
        calls = count_calls(s, CALL_ANY);
        cpu = cpu_us(s);
    }
}

/* Starts the server. */
static void open_chat(void)
{
    enough_calls = 1000;
    s = start_listening("127.0.0.1", "0", NULL);
    settle();
    sockets = count_sockets(s);
}

/* A client that has been let in: what is said from now on is for its ears. */
static int join(void)
{
    int fd = peer_connect(s);

    settle();
    return fd;
}

/* What was said just now comes at once, and not only after a sleep. */
static void expect_awake(int fd, const char *bytes, size_t n, const char *why)
{
    settle();
    size_t sent = count_calls(s, CALL_SEND);

    expect_bytes(fd, bytes, n, "%s", why);
    expect(count_calls(s, CALL_SEND) == sent, "all sent before it sleeps",
           "it slept while there was something to send, and sent it later",
           "%s", why);
}

/* One says a line, and each of the others hears it.  Returns the line. */
static const char *expect_heard(int from, const int *others, size_t n,
                                const char *why)
{
    const char *line = text("%s\n", chance_word(12));

    peer_send_text(from, line);
    for (size_t i = 0; i < n; i++)
        expect_text(others[i], line, "%s", why);
    return line;
}

/* The server still has so many clients. */
static void expect_clients(int n, const char *why)
{
    settle();
    expect_alive(s, "%s", why);
    int now = count_sockets(s) - sockets;
    expect(now == n, text("%d clients connected", n),
           text("%d sockets beside the one that listens", now), "%s", why);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL),
                 "Without exactly two arguments there is nothing to do.");
}

CASE("come-in", "callers are let in, and nothing is said",
     READ("a-listener-among-its-clients"),
     HINTS("What is there to do when a caller comes?", "See accept(2).",
           "select() tells that the socket that listens is readable; then "
           "accept() does not wait."))
{
    open_chat();
    for (int i = 0; i < 3; i++)
        join();
    expect_clients(3, "Each caller is let in as it comes, though those before "
                      "it are silent.");
    expect_idle(s, 20, "Three are connected and say nothing: it sleeps.");
}

CASE("passed-on", "what one says, the others hear", READ("what-it-overwrites"),
     HINTS("For whom does your program wait while it sleeps?",
           "See select(2): a socket that is in no set wakes nobody. And nfds "
           "is the highest of them, plus one.",
           "Each client belongs into the set of those who may be readable, "
           "anew before each select(): it takes out those who are not."))
{
    open_chat();
    int fds[] = {join(), join(), join()};
    const char *why = "A line was said. It goes to everybody who is connected, "
                      "except to the one who wrote it, and at once: nobody "
                      "knows when there is another one.";

    expect_heard(fds[0], (int[]){fds[1], fds[2]}, 2, why);
    expect_heard(fds[1], (int[]){fds[0], fds[2]}, 2, why);
    expect_heard(fds[2], (int[]){fds[0], fds[1]}, 2, why);
    expect_heard(fds[2], (int[]){fds[0], fds[1]}, 2, why);
    expect_heard(fds[0], (int[]){fds[1], fds[2]}, 2, why);
}

CASE("split-line", "a line is passed on when it is whole",
     READ("one-wait-for-all"),
     HINTS("Is what recv() gives a line?",
           "See memchr(3), and where you keep half a line: each client has "
           "one of its own.",
           "Append what comes to the client's own buffer, and pass on what "
           "ends in a newline."))
{
    open_chat();
    int a = join(), b = join(), c = join();

    peer_send_text(a, "good ");
    settle();
    peer_send_text(b, "how are");
    settle();
    peer_send_text(a, "morn");
    settle();
    peer_send_text(b, " you\n");
    expect_text(c, "how are you\n",
                "Two clients wrote at the same time, each a part of a line. "
                "Half a line is nothing to be passed on: it is kept, for each "
                "client apart, until its newline comes.");
    peer_send_text(a, "ing\n");
    expect_text(c, "good morning\n",
                "This line came in three pieces, with another client's between "
                "them. It is one line.");
    expect_text(b, "good morning\n", "It goes to the other one, too.");
    expect_text(a, "how are you\n", "And this one to the first.");
}

CASE("many-lines", "several lines that come at once are all passed on",
     READ("chat"),
     HINTS("How many lines are in your buffer?",
           "See recv(2): it gives what has come, which may be three lines and "
           "a half.",
           "Look for a newline until there is none; keep what is behind the "
           "last one, at the front of the buffer."))
{
    open_chat();
    int a = join(), b = join();

    peer_send_text(a, "one\ntwo\n\nfour\nfi");
    expect_text(b, "one\ntwo\n\nfour\n",
                "Four lines came at once, one of them empty. select() looks "
                "into the kernel, not into your buffers: for a line that stays "
                "there it never wakes you.");
    peer_send_text(a, "ve\n");
    expect_text(b, "five\n", "The rest of the fifth line came later.");
}

CASE("any-bytes", "a line may hold any bytes", READ("chat"),
     HINTS("Where does a string end?", "See memchr(3) beside strchr(3).",
           "Work with lengths."))
{
    static const char lines[] = "a\0b\n\r\n\xff\xfe \x01\x7f\n\0\n%s%n\n";
    open_chat();
    int a = join(), b = join();

    peer_send(a, lines, sizeof lines - 1);
    expect_bytes(b, lines, sizeof lines - 1,
                 "Only the newline means something. NUL bytes, carriage "
                 "returns and the like are bytes of a line.");
}

/* A client sends n bytes behind a line; it is dropped, and that line only is
 * heard. */
static void expect_dropped(const int *others, const char *bytes, size_t n,
                           size_t first)
{
    static const char before[] = "before\n";
    char all[sizeof before + LINE + 2];
    size_t end = sizeof before - 1 + n;
    int fd = join();

    memcpy(all, before, sizeof before - 1);
    memcpy(all + sizeof before - 1, bytes, n);
    if (first > 0) {
        first += sizeof before - 1;
        peer_send(fd, all, first);
        settle();
    }
    peer_send(fd, all + first, end - first);
    for (int i = 0; i < 2; i++)
        expect_text(others[i], before,
                    "A line that was whole, and behind it the bytes of one "
                    "that is too long, %s. The first is passed on.",
                    first > 0 ? "in two pieces" : "all in one piece");
    expect_closed(fd,
                  "A client sent %zu bytes, and none of the first %d was a "
                  "newline. A line has at most so many: who waits for the end "
                  "of one that has none needs all the memory there is. Close "
                  "its connection.",
                  n, LINE);
    peer_close(fd);
    expect_clients(2, "The client whose line was too long is dropped, and "
                      "nobody else.");
}

CASE("long-line", "a line of 1024 bytes is passed on, a longer one is not",
     READ("chat"),
     HINTS("What if a client never sends a newline?",
           "The contract says how long a line may be, with its newline.",
           "When 1024 bytes are there and no newline among them, close."))
{
    char longest[LINE + 1], longer[LINE + 2];

    memset(longest, 'x', sizeof longest);
    longest[LINE - 1] = '\n';
    memset(longer, 'y', sizeof longer);
    longer[LINE] = '\n';
    open_chat();
    int fds[] = {join(), join()};
    peer_send(fds[0], longest, LINE / 2);
    settle();
    peer_send(fds[0], longest + LINE / 2, LINE - LINE / 2);
    expect_bytes(fds[1], longest, LINE,
                 "A line of %d bytes, its newline counted, is allowed.", LINE);
    expect_dropped(fds, longer, LINE, 0);
    expect_dropped(fds, longer, LINE, LINE - 1);
    expect_dropped(fds, longer, LINE + 1, 0);
    expect_heard(fds[1], fds, 1,
                 "Somebody's line was too long. Nothing of it is passed on, "
                 "and the others go on.");
}

CASE("half-line", "half a line at the end is thrown away", READ("chat"),
     HINTS("What is in your buffer when recv() returns 0?",
           "See recv(2): 0 is the end of that client's stream.",
           "Close, and forget what there is: nothing of it is passed on, and "
           "nothing is left for who gets the same number next."))
{
    open_chat();
    int a = join(), b = join();

    for (int i = 0; i < 3; i++) {
        int fd = join();
        peer_send_text(fd, "whole\nhal");
        peer_end(fd);
        expect_text(a, "whole\n",
                    "The line was whole as the client ended its side.");
        expect_end(fd, "The client has ended its side, so it has left: its "
                       "connection is closed at once.");
        expect_clients(2, "A client that has left costs a descriptor until you "
                          "close it.");
        expect_text(b, "whole\n", "All the others have heard it.");
    }
    int next = join();
    expect_heard(next, (int[]){a, b}, 2,
                 "A client left in the middle of a line. That half is nobody's "
                 "now: the next caller got the same number from accept(), but "
                 "it is somebody else.");
    expect_heard(a, (int[]){b, next}, 2, "The others go on.");
}

CASE("leaves", "who leaves while others speak hurts nobody", READ("readable"),
     HINTS("What happens to a program that sends to somebody who is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "MSG_NOSIGNAL; that client is to be closed, and the others get "
           "the line."))
{
    open_chat();
    int a = join(), b = join(), c = join(), d = join();

    hold(s, CALL_SEND, NTH(1));
    peer_send_text(a, "one\ntwo\nthree\n");
    wait_held(s, "Three lines came, and others are there to hear them.");
    peer_end(c);
    peer_reset(c);
    release(s);
    const char *why = "One client left as the server was about to send to it: "
                      "send() says EPIPE, and there is a SIGPIPE which ends "
                      "the program that does not prevent it. All others want "
                      "their lines.";
    expect_text(b, "one\ntwo\nthree\n", "%s", why);
    expect_text(d, "one\ntwo\nthree\n", "%s", why);
    expect_clients(3, "One has left, and its connection is to be closed: three "
                      "are connected.");
    peer_send_text(d, "half a li");
    settle();
    peer_reset(d);
    expect_clients(2, "A client reset its connection in the middle of a line: "
                      "recv() says ECONNRESET, and that is the end of this "
                      "client and of nobody else.");
    expect_heard(b, &a, 1, "Two have left in disorder, and two are here.");
}

CASE("idle", "while nobody speaks, it sleeps", READ("a-queue-for-each"),
     HINTS("What wakes your select() while nobody speaks?",
           "See select(2): a socket is writable as long as there is room for "
           "a byte, which is nearly always. And a client that has left is "
           "readable for ever.",
           "Wait for a socket to be writable only while something waits to be "
           "sent to it. No time limit."))
{
    open_chat();
    int fds[] = {join(), join(), join(), join()};

    feed_text(s, "typed by somebody\n");
    expect_heard(fds[0], fds + 1, 3,
                 "A line goes to the others. What somebody has typed where "
                 "the server was started does not: its stdin is not read.");
    peer_end(fds[3]);
    expect_end(fds[3], "A client has left.");
    expect_idle(s, 40,
                "Three clients are connected and silent, one has left, nobody "
                "calls, and nothing waits to be sent. There is nothing to do, "
                "so nothing may be done: sleep until there is.");
    expect_heard(fds[2], fds, 2, "It wakes up when somebody speaks.");
    const struct call_record *r = NULL;
    while ((r = next_call(s, CALL_READ, r)) != NULL)
        expect(r->args[0] != STDIN_FILENO, "stdin not read", "a read(0, ...)",
               "Something was typed. A server runs where nobody types, and its "
               "stdin may be anything: it belongs to others who read there.");
    for (int fd = 0; fd < 2; fd++)
        expect((status_flags(s, fd) & O_NONBLOCK) == 0,
               text("%s as it was", fd == 0 ? "stdin" : "stdout"), "O_NONBLOCK",
               "The status flags belong to the open file, which your shell and "
               "other programs use as well: they do not expect EAGAIN.");
}

CASE("crowd", "two hundred are connected, and most of them are silent",
     READ("one-more-than-the-highest"),
     HINTS("How many clients does your program know?",
           "See FD_SETSIZE in select(2): 1024.",
           "Keep a place for each descriptor that fits into an fd_set."))
{
    int fds[CROWD];

    set_limits((struct limits){
        .tasks = 2 * CROWD + 32, .cpu_ms = 20000, .wall_ms = 30000});
    open_chat();
    for (int i = 0; i < CROWD; i++)
        fds[i] = peer_connect(s);
    enough_calls = 5000;
    expect_clients(CROWD, "Each caller is let in, as long as there are "
                          "descriptors.");
    peer_send_text(fds[3], "half");
    peer_send_text(fds[CROWD - 1], "of");
    settle();
    const char *why =
        "Two hundred are connected, and one of them spoke. All others hear it, "
        "and those with half a line, or who read later, hold up nobody.";
    const char *line = expect_heard(fds[0], fds + 1, CROWD - 1 - LATE, why);
    for (int i = CROWD - LATE; i < CROWD; i++)
        expect_text(fds[i], line, "A line was said before this one read.");
    for (int i = 10; i < CROWD - 2; i++)
        peer_close(fds[i]);
    peer_reset(fds[3]);
    expect_clients(11, "All but eleven have left, at the same time.");
    fds[3] = fds[CROWD - 2];
    expect_heard(fds[5], fds, 5, "Most have left; these are here.");
}

/* What a talker says: numbered lines, so that what is lost, doubled or out of
 * order shows. */
static const char *speech(void)
{
    static char bytes[MOST_SAID + 1];

    if (bytes[0] == '\0') {
        memset(bytes, '.', MOST_SAID);
        for (size_t at = 0; at < MOST_SAID; at += LINE) {
            char number[16];
            snprintf(number, sizeof number, "%08zu ", at / LINE);
            memcpy(bytes + at, number, 9);
            bytes[at + LINE - 1] = '\n';
        }
    }
    return bytes;
}

CASE("burst", "who speaks much at once is heard by all who listen",
     READ("a-queue-for-each"),
     HINTS("How much of it has to wait?",
           "The kernel takes what there is room for: see send(2).",
           "Send first; only what send() does not take waits."))
{
    enum {
        MUCH = 144 << 10
    };
    open_chat();
    int a = join(), b = join(), c = join();

    for (size_t done = 0; done < MUCH; done += MUCH / 2) {
        peer_send(a, speech() + done, MUCH / 2);
        expect_bytes(b, speech() + done, MUCH / 2,
                     "One said %d KiB in one breath, and the others listen. "
                     "All lines reach all of them, in order.",
                     MUCH >> 11);
        expect_bytes(c, speech() + done, MUCH / 2, "The third hears the same.");
    }
    expect_clients(3, "Nobody was slow, so nobody is dropped.");
}

/* Two lines that begin differently, in either order. */
static void expect_both(int fd, const char *one, const char *other,
                        const char *why)
{
    char begin = '\0';

    settle();
    recv(fd, &begin, 1, MSG_PEEK | MSG_DONTWAIT);
    bool is_other = begin == other[0];
    expect_text(fd, is_other ? other : one, "%s", why);
    expect_text(fd, is_other ? one : other, "%s", why);
}

CASE("unmixed", "however little send() takes, lines arrive whole",
     READ("a-queue-for-each"),
     HINTS("What is sent first: what waits already, or what comes now?",
           "See RETURN VALUE in send(2).",
           "While something waits for a client, all that comes for it goes "
           "behind that."))
{
    open_chat();
    int c = join(), a = join(), b = join();
    const char *first = text("first %s\n", chance_word(40)),
               *second = text("second %s\n", chance_word(30));

    hold_after(s, CALL_SEND, NTH(2));
    inject_short(s, CALL_SEND, ALWAYS, 7);
    peer_send_text(a, first);
    settle();
    peer_send_text(c, second);
    settle();
    release(s);
    const char *why = "send() took seven bytes each time and said so, and "
                      "while the rest of a line waited another client spoke. "
                      "Each byte comes once, and a line begins where the one "
                      "before it ends: what comes now goes behind what waits.";
    expect_both(b, first, second, why);
    expect_text(a, second, "%s", why);
    expect_text(c, first, "%s", why);
}

/* The descriptor that a call of the server's was about, as one of ours. */
static int share(const struct call_record *r, long number)
{
    int pid = 0;
    char line[256];
    FILE *status = fopen(text("/proc/%d/status", (int)r->tid), "re");

    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "Tgid: %d", &pid);
    if (status != NULL)
        fclose(status);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int fd = (int)syscall(SYS_pidfd_getfd, pidfd, (int)number, 0);
    if (pidfd == -1 || fd == -1)
        skip_case("pidfd_getfd: %s", strerrorname_np(errno));
    close(pidfd);
    return fd;
}

/* The latest accept() that gave a client; NULL when there is none. */
static const struct call_record *find_accept(void)
{
    const struct call_record *r = NULL, *latest = NULL;

    while ((r = next_call(s, CALL_ACCEPT, r)) != NULL)
        if (r->finished && r->result >= 0)
            latest = r;
    return latest;
}

/* A client for whom the kernel keeps little, as it does when memory is short:
 * that it does not read is soon noticed. */
static int join_slow(void)
{
    int ours = join(), small = WINDOW / 2;
    const struct call_record *r = find_accept();

    peer_window(ours, WINDOW);
    if (r != NULL) {
        int theirs = share(r, r->result);
        setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        close(theirs);
    }
    return ours;
}

/* What it had sent when the talk began. */
static size_t sent_before;

/* What waits in the program for the one who hears what was said. */
static size_t count_waiting(size_t said)
{
    size_t sent = bytes_moved(s, CALL_SEND) - sent_before;

    return said > sent ? said - sent : 0;
}

/* Two alone: the one talks, the other reads nothing.  Goes on until about
 * `want` bytes wait in the program; the last line comes alone.  Returns how
 * much was said in all. */
static size_t talk_until(int talker, size_t said, size_t want)
{
    size_t waiting;

    if (said == 0)
        sent_before = bytes_moved(s, CALL_SEND);
    while ((waiting = count_waiting(said)) < want) {
        if (said > MOST_SAID - CHUNK)
            skip_case("%zu bytes were said to who does not read, and none of "
                      "them seem to wait",
                      said);
        size_t n = LINE;
        if (waiting == 0)
            n = CHUNK;
        else if (want - waiting > 2 * LINE)
            n = (want - waiting) / LINE * LINE - LINE;
        peer_send(talker, speech() + said, n);
        settle();
        said += n;
    }
    note("%zu bytes said, %zu of them wait in the program", said, waiting);
    return said;
}

CASE("delays-nobody", "a slow client delays nobody", READ("sockets-that-block"),
     HINTS("Which of your calls waits for one client?",
           "See O_NONBLOCK in fcntl(2) and SOCK_NONBLOCK in accept4(2): a "
           "send() of more than there is room for waits for the rest of it, "
           "though select() called the socket writable.",
           "Make each client's socket non-blocking."))
{
    set_limits((struct limits){.wall_ms = 4000});
    open_chat();
    int a = join(), b = join_slow(), c = join();
    size_t said = 0;

    peer_vanish(b); /* so that the kernel moves nothing later on */

    for (; said < MOST_SAID && count_sockets(s) == sockets + 3; said += CHUNK) {
        peer_send(a, speech() + said, CHUNK);
        expect_awake(c, speech() + said, CHUNK,
                     "One talks, one reads nothing, and this one reads at "
                     "once: it hears each line at once. Nobody waits for the "
                     "slow one, not for a moment either; what it has not read "
                     "waits for it, up to 64 KiB, and then it is dropped.");
        settle();
    }
    expect_clients(2, text("One talked, %zu KiB in all. The one that read "
                           "nothing is to be dropped, and nobody else.",
                           said >> 10));
    expect_heard(c, &a, 1, "The others go on.");
}

CASE("slow", "what a slow client has not read yet waits for it",
     READ("a-queue-for-each"),
     HINTS("What do you do with what send() did not take?",
           "See EAGAIN in send(2), and the second set in select(2).",
           "Keep it for that client, and wait for its socket to be writable "
           "as long as there is something. 64 KiB may wait."))
{
    open_chat();
    int a = join(), b = join_slow();

    inject_short(s, CALL_SEND, ALWAYS, LINE - 24);
    size_t said = talk_until(a, 0, WAITING - 2 * LINE);

    expect_clients(2, "Less than 64 KiB wait for a client that does not read. "
                      "It is slow, and that is allowed.");
    expect_bytes(b, speech(), said,
                 "The slow client reads at last. send() had taken a part of "
                 "it; the rest was yours to keep, and to send when its socket "
                 "became writable.");
    expect_heard(b, &a, 1, "It was slow, and now it speaks.");
    expect_heard(a, &b, 1, "It has heard all, so nothing waits any more.");
}

CASE("too-slow", "when more than 64 KiB would wait, that client is dropped",
     READ("a-queue-for-each"),
     HINTS("How much do you keep for a client that never reads?",
           "The contract says how much may wait.",
           "If what waits and what comes are more than 65536 bytes, close "
           "that client's connection and free what waits."))
{
    open_chat();
    int a = join();

    join_slow();
    inject_short(s, CALL_SEND, ALWAYS, LINE - 24);
    size_t said = talk_until(a, 0, WAITING - 2 * LINE);
    while (count_sockets(s) == sockets + 2) {
        size_t waiting = count_waiting(said);
        expect(waiting <= WAITING, "the slow client dropped",
               text("it is connected, and %zu bytes wait for it", waiting),
               "A client reads nothing, and more than 64 KiB wait for it. It "
               "may never read again: who keeps all of it for all of them has "
               "no memory left some day, and then nobody is served.");
        peer_send(a, speech() + said, LINE);
        said += LINE;
        settle();
    }
    int c = join();
    expect_heard(a, &c, 1, "The slow one is gone, and the others go on.");
    expect_heard(c, &a, 1, "The slow one is gone, and the others go on.");
    expect_clients(2, "The next caller, who got the number of the one that was "
                      "dropped, is not slow.");
}

CASE("slow-leaves", "what waits for a client goes with it", READ("readable"),
     HINTS("What does recv() say of a client that has left, each time?",
           "See recv(2): 0, now and ever after. select() calls it readable.",
           "Close its connection, and free what waits for it."))
{
    open_chat();
    set_limits((struct limits){.wall_ms = 5000});
    int a = join(), b = join_slow();

    peer_vanish(b); /* so that the kernel moves nothing later on */
    talk_until(a, 0, WAITING - 2 * LINE);
    expect_idle(s, 30,
                "Lines wait for a client that takes nothing. Its socket is not "
                "writable, so there is nothing to do: asking again and again "
                "whether there is room takes a whole processor.");
    peer_send_text(b, "I am still here\n");
    expect_text(a, "I am still here\n",
                "Lines wait for this client, and it speaks: it is heard.");
    peer_end(b);
    expect_clients(1, "Lines waited for a client, and it ended its side: it "
                      "has left. Nobody waits until it has read them.");
    int c = join();
    expect_heard(a, &c, 1,
                 "The next caller got the number of one for whom lines waited. "
                 "They were not for this one.");
    expect_idle(s, 20, "Everybody has heard everything.");
    peer_close(c);
    expect_clients(1, "It has left; one is here.");
    int d = join_slow();
    peer_vanish(d);
    talk_until(a, 0, 1);
    peer_reset(d);
    expect_clients(1, "Lines waited for a client, and it reset its connection: "
                      "select() calls that readable and writable, and send() "
                      "fails before recv() has told. That is the end of this "
                      "client, and of nobody else.");
    c = join();
    expect_heard(a, &c, 1, "One has left in disorder; the others go on.");
}

/* All that has come on a socket so far, without waiting: whether this line is
 * in it, or anything at all. */
static bool has_heard(int fd, const char *line)
{
    static char bytes[8 * CHUNK];
    ssize_t got, n = 0;

    while ((got = recv(fd, bytes + n, sizeof bytes - (size_t)n, MSG_DONTWAIT)) >
           0)
        n += got;
    return n > 0 &&
           (line == NULL || memmem(bytes, (size_t)n, line, strlen(line)));
}

CASE("talker", "who talks without end delays nobody",
     READ("a-listener-among-its-clients"),
     HINTS("How often do you call recv() on one client before you look at the "
           "next?",
           "See recv(2): EAGAIN comes when there is nothing more, and that "
           "may never be.",
           "In each turn, one recv() for each client that is readable, and "
           "one look at the callers."))
{
    open_chat();
    int a = join(), talker = join(), z = join(), ear = join();
    bool heard[3] = {false};
    size_t turns = 0;

    hold(s, CALL_RECV, ALWAYS);
    peer_send(talker, speech(), 2 * LINE);
    peer_send_text(a, "before\n");
    peer_send_text(z, "behind\n");
    int caller = peer_connect(s);
    for (; turns < TURNS && !(heard[0] && heard[1] && heard[2]); turns++) {
        wait_settled(s);
        peer_send(talker, speech(), 2 * LINE);
        has_heard(talker, NULL);
        heard[0] |= has_heard(z, "before\n");
        heard[1] |= has_heard(a, "behind\n");
        heard[2] |= has_heard(caller, NULL);
        has_heard(ear, NULL);
        release(s);
    }
    const char *why = "One client talks so fast that there is always more to "
                      "be received. Two others spoke once, one with a smaller "
                      "and one with a larger descriptor, and somebody called: "
                      "each of them has a turn, too.";
    expect(heard[0] && heard[1], "the lines of all who spoke",
           text("after %d calls of recv() the talker only", TURNS), "%s", why);
    expect(heard[2], "the caller let in",
           text("after %d calls of recv() it is not", TURNS), "%s", why);
}

/* The server's descriptor in its latest call of a kind, as one of ours, if it
 * is held there by the checker; else -1. */
static int share_descriptor(enum call call)
{
    const struct call_record *r = nth_call(s, call, count_calls(s, call));

    if (r == NULL || r->finished || r->fault == NULL)
        return -1;
    return share(r, r->args[0]);
}

CASE("caller-gone", "a caller who is gone before accept() delays nobody",
     READ("sockets-that-block"),
     HINTS("Is there a caller, whenever select() has said so?",
           "See NOTES in accept(2), and BUGS in select(2).",
           "Make the socket that listens non-blocking, too; EAGAIN from "
           "accept() means that there is nobody."))
{
    open_chat();
    int fds[] = {join(), join()};

    hold(s, CALL_ACCEPT, NTH(1));
    int caller = peer_connect(s);
    settle();
    int lfd = share_descriptor(CALL_ACCEPT);
    struct pollfd p = {.fd = lfd, .events = POLLIN};
    if (poll(&p, 1, 0) == 1)
        close(accept(lfd, NULL, NULL));
    if (lfd != -1)
        close(lfd);
    note("the caller is gone, and out of the queue");
    peer_reset(caller);
    release(s);
    const char *why =
        "A caller came, and select() said that the listening socket was "
        "readable. Before accept() the caller was gone, and some kernels take "
        "such a caller out of the queue. On a blocking socket accept() waits "
        "for the next one then, and the whole program with it.";
    expect_heard(fds[0], fds + 1, 1, why);
    expect_heard(fds[1], fds, 1, why);
    expect_clients(2, "The caller was gone: nobody has come in.");
    fds[0] = join();
    expect_heard(fds[0], fds + 1, 1, "The next caller is let in.");
}

CASE("nothing-there", "a socket that was readable may have nothing to give",
     READ("sockets-that-block"),
     HINTS("What does recv() do when there is nothing after all?",
           "See BUGS in select(2).",
           "On a non-blocking socket it says -1 and EAGAIN: that is no error "
           "and no end. Go back to select()."))
{
    char bytes[64];

    open_chat();
    int fds[] = {join(), join(), join()};
    hold(s, CALL_RECV, NTH(1));
    peer_send_text(fds[0], "lost\n");
    settle();
    int fd = share_descriptor(CALL_RECV);
    bool is_lost = fd != -1 && recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0;
    if (fd != -1)
        close(fd);
    note("the kernel throws away what had come");
    release(s);
    for (int i = 1; i < 3 && !is_lost; i++)
        expect_text(fds[i], "lost\n", "A line was said.");
    const char *why =
        "select() called a socket readable, and there was nothing to be had "
        "any more: the kernel may find out late that what has come is damaged, "
        "and throw it away. On a blocking socket recv() waits then, and the "
        "whole program with it. Else it says EAGAIN.";
    expect_heard(fds[1], (int[]){fds[0], fds[2]}, 2, why);
    expect_heard(fds[0], fds + 1, 2, why);
    expect_clients(3, "Nobody has left.");
}

/* What becomes of a caller. */
static bool is_let_in(int fd, const char *line)
{
    char bytes[64];
    size_t n = 0;
    ssize_t got = -1;

    while (n < sizeof bytes - 1 &&
           (got = recv(fd, bytes + n, sizeof bytes - 1 - n, MSG_DONTWAIT)) > 0)
        n += (size_t)got;
    bytes[n] = '\0';
    if (got == -1 && errno == EAGAIN && strcmp(bytes, line) == 0)
        return true;
    expect(got != -1 || errno != EAGAIN, "the line \"full\" and the end",
           n == 0 ? "nothing: it waits" : quoted(bytes, n, 40),
           "A caller came for whom there is no descriptor. While it waits in "
           "the queue it cannot know that, and the socket that listens stays "
           "readable: a server that leaves it there is woken again and again. "
           "Keep one descriptor back, to accept the call, tell it \"full\", "
           "and close.");
    expect(strcmp(bytes, "full\n") == 0, "the line \"full\" and the end",
           n == 0 ? "the end" : quoted(bytes, n, 40),
           "A caller for whom there is no descriptor is told so, by the line "
           "\"full\", before its connection is closed.");
    return false;
}

/* So many call; the first few are let in, and all the others are either let in
 * or refused.  Returns how many have come in; they stand at the front. */
static size_t expect_full(int *fds, size_t n, size_t surely)
{
    size_t in = 2;

    for (size_t i = 0; i < n; i++)
        fds[i] = peer_connect(s);
    settle();
    expect_alive(s, "Many have called, more than there may be at once.");
    peer_send_text(fds[0], "hello\n");
    expect_text(fds[1], "hello\n", "These two were here before all others.");
    settle();
    for (size_t i = 2; i < n; i++)
        if (is_let_in(fds[i], "hello\n"))
            fds[in++] = fds[i];
        else
            peer_close(fds[i]);
    note("%zu of %zu were let in, the others refused", in, n);
    expect(in >= surely, text("at least %zu let in", surely),
           text("%zu let in", in),
           "There are descriptors for these: who is refused could have been "
           "served.");
    return in;
}

/* It is full.  One leaves, and who comes then is let in. */
static void expect_room_again(int *fds, size_t in)
{
    peer_end(fds[in - 1]);
    expect_end(fds[in - 1], "A client has left.");
    peer_close(fds[in - 1]);
    settle();
    fds[in - 1] = join();
    settle();
    expect_heard(fds[in - 1], (int[]){fds[0], fds[in - 2]}, 2,
                 "All places were taken and one client left: who calls now is "
                 "let in.");
    expect_heard(fds[1], (int[]){fds[in - 1], fds[in - 2]}, 2,
                 "The new one hears the others.");
}

CASE("no-descriptor", "without a descriptor left, callers are told so",
     READ("a-listener-among-its-clients"),
     HINTS("What does accept() say when the table of descriptors is full?",
           "See EMFILE in accept(2): the caller stays in the queue. And see "
           "RLIMIT_NOFILE in getrlimit(2).",
           "Keep the last descriptor back: who gets that one hears \"full\", "
           "and it is closed and free again."))
{
    int fds[CALLERS];

    set_limits((struct limits){.files = FEW_FILES, .tasks = 2 * CALLERS + 32});
    open_chat();
    size_t in = expect_full(fds, CALLERS, SURELY_IN);
    expect(in < CALLERS, "some refused", "all let in",
           "There were descriptors for %d only.", FEW_FILES);
    expect_idle(s, 30,
                "All descriptors are in use, and callers were refused. The "
                "others are silent: it sleeps.");
    expect_room_again(fds, in);
}

CASE("beyond", "a client too many for select() is refused or served",
     READ("room-for-1024"),
     HINTS("What is the highest number that fits into an fd_set?",
           "See FD_SETSIZE in select(2): FD_SET() of 1024 or more writes "
           "behind the set.",
           "When accept() has given a number that is not below FD_SETSIZE, "
           "tell that caller \"full\" and close it."))
{
    int fds[CALLERS];
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < FD_SETSIZE + 2 * CALLERS)
        skip_case("%d descriptors are needed", FD_SETSIZE + 2 * CALLERS);
    set_limits((struct limits){.files = FD_SETSIZE + 2 * CALLERS,
                               .tasks = 2 * CALLERS + 32});
    descriptors_begin_at(LARGE);
    note("the first %d descriptors are in use", LARGE);
    open_chat();
    size_t in = expect_full(fds, CALLERS, SURELY_IN);
    expect_room_again(fds, in);
}

/* What the system has nothing left of, from the moment on when the case says
 * so. */
struct shortage {
    int error, *now;
    struct fault *fault;
    int before;
};

static bool is_short(const struct call_record *r, void *data)
{
    const struct shortage *it = data;

    (void)r;
    return *it->now == it->error;
}

static bool is_met(void *data)
{
    const struct shortage *it = data;

    return times_done(it->fault) > it->before;
}

/* Waits until it meets this shortage anew. */
static void wait_for_shortage(struct shortage *it)
{
    *it->now = it->error;
    it->before = times_done(it->fault);
    wait_until(is_met, it);
}

CASE("shortage", "while the system has nothing left, callers wait",
     READ("a-listener-among-its-clients"),
     HINTS("What does select() say while a caller is in the queue whom you "
           "cannot accept?",
           "See ENFILE and ENOBUFS in accept(2), and the last argument of "
           "select(2).",
           "Leave the socket that listens out of the set for some "
           "milliseconds. Set the time anew for each select(): Linux counts "
           "it down."))
{
    int now = ENFILE;
    struct shortage all[] = {{ENFILE, &now, NULL, 0},
                             {ENOBUFS, &now, NULL, 0},
                             {ENOMEM, &now, NULL, 0}};

    set_limits((struct limits){.wall_ms = 4000});
    open_chat();
    int fds[] = {join(), join()};
    for (int i = 0; i < 3; i++) {
        all[i].fault = inject_errno(s, CALL_ACCEPT, ALWAYS, all[i].error);
        only_if(all[i].fault, is_short, &all[i]);
    }
    peer_connect(s);
    int late = peer_connect(s);
    for (int i = 0; i < 3; i++) {
        const char *name = strerrorname_np(all[i].error);
        wait_for_shortage(&all[i]);
        expect_calm(s, 25, 60,
                    "accept() says %s: the whole system has run out of "
                    "something. The caller stays in the queue, and the "
                    "listening socket is readable all the time. Who asks again "
                    "at once spins: leave it alone for some milliseconds.",
                    name);
        expect_alive(s,
                     "accept() says %s: the whole system has run out of "
                     "something. There will be some again.",
                     name);
    }
    wait_for_shortage(&all[2]);
    peer_send_text(fds[0], "while you wait\n");
    expect_awake(fds[1], "while you wait\n", strlen("while you wait\n"),
                 "No caller can be let in at the moment. Those who are here "
                 "are not to suffer from that: wait for them meanwhile, and "
                 "not for the callers.");
    now = 0;
    peer_send_text(late, "at last\n");
    expect_text(fds[0], "at last\n",
                "There are descriptors again, and callers have waited in the "
                "queue. They are let in without anybody having to call.");
}

/* Lines of all lengths, the longest last. */
static const char *word_lines(char name)
{
    const char *lines = "";

    for (size_t n = 1; n < LINE; n *= 3)
        lines = text("%s%c%s\n", lines, name, chance_word(n));
    return text("%s%c%s\n", lines, name, chance_word(LINE - 2));
}

static bool is_readable(void *fd)
{
    struct pollfd p = {.fd = *(int *)fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

/* Two have spoken at the same time: the lines of each come whole and in their
 * order, in whatever way they are mixed. */
static void expect_mixed(int fd, const char *one, const char *other,
                         const char *why)
{
    while (*one != '\0' || *other != '\0') {
        char begin = '\0';
        wait_until(is_readable, &fd);
        recv(fd, &begin, 1, MSG_PEEK | MSG_DONTWAIT);
        bool is_others = *other != '\0' && (begin == *other || *one == '\0');
        const char **from = is_others ? &other : &one;
        size_t n = strcspn(*from, "\n") + 1;
        expect_bytes(fd, *from, n, "%s", why);
        *from += n;
    }
}

CASE("random-faults", "however little each call does, all is heard",
     READ("what-ready-means"),
     HINTS("What do you take for granted when select() has called a socket "
           "ready?",
           "See RETURN VALUE, EAGAIN and EINTR in recv(2) and send(2).",
           "Each call does as much as it likes, or nothing. Count what it "
           "did, keep the rest, and go back to select()."),
     RANDOM_FAULTS, RETRIES_EINTR)
{
    open_chat();
    enough_calls = 20000;
    int a = join(), b = join(), c = join(), gone = join();
    const char *from_a = word_lines('a'), *from_b = word_lines('b');
    const char *why = "Two speak at the same time. Each line arrives once, "
                      "whole and in its sender's order.";

    peer_send_text(gone, "good bye\nI was about to");
    peer_end(gone);
    expect_text(a, "good bye\n", "One left in the middle of a line.");
    expect_text(b, "good bye\n", "The others hear that as well.");
    expect_text(c, "good bye\n", "And the third.");
    expect_end(gone, "It has left, so its connection is closed.");
    peer_send_text(a, from_a);
    peer_send_text(b, from_b);
    expect_mixed(c, from_a, from_b, why);
    expect_text(a, from_b, "%s", why);
    expect_text(b, from_a, "%s", why);
    expect_clients(3, "One has left, and three are here.");
}

CASE("every-fault", "no short count and no interruption does harm",
     READ("the-three-answers"),
     HINTS("Which calls may do less than you asked for, or nothing at all?",
           "See RETURN VALUE and EINTR in select(2), recv(2), send(2) and "
           "accept(2).",
           "After EINTR the sets say nothing: make the call again. What "
           "send() did not take waits."),
     EXHAUSTIVE, RETRIES_EINTR)
{
    open_chat();
    int a = join(), b = join();

    peer_send_text(a, "hello, all\n");
    peer_end(a);
    expect_text(b, "hello, all\n",
                "The line arrives, whatever each call says.");
    expect_end(a, "The client has left.");
    expect_clients(1, "The other one is here.");
}
