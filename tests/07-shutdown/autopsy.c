/* The checker of labs/07-shutdown/autopsy.c: clients that end in every way
 * there is, or do not end and are only silent. */
#define _GNU_SOURCE
#include "harness.h"

#include "../05-nonblocking/spurious.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

static const char brief[] = "0.05"; /* S, in seconds: how long is silent */

enum {
    CALM_MS = 30,
    CALM_CALLS = 6,
    BEAT_CALLS = 30,   /* the window is longer on a busy machine */
    PROBE_CALLS = 40,  /* to wait for an error, and to tell of it */
    WINDOW_MS = 60,    /* for which accept() says that something has run out */
    MOST_TRIES = 60,   /* calls in that time: pauses of 3 ms are enough */
    MOST_CPU_MS = 500, /* for all of it, when it does not spin */
    WAIT_MS = 2500,    /* by when what takes S seconds must have come */
    BRIEF_MS = 50,     /* the same as `brief` */
    PROBE_MS = 1000,   /* at most for the answer to `?' */
    LATER_MS = 120,    /* after which an error comes, well within a second */
    PAUSE_MS = 30,     /* less than S: not silent yet */
    ATTEMPTS = 5,      /* where the machine is too busy for the first */
    MS_PER_S = 1000,
    NS_PER_MS = 1000 * 1000
};

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * MS_PER_S * NS_PER_MS + t.tv_nsec;
}

/* A server that waits for its first client.  With a short S nothing takes
 * long. */
static struct subject *serve(const char *silent)
{
    set_limits((struct limits){.cpu_ms = MOST_CPU_MS,
                               .wall_ms = silent == NULL ? 0 : WAIT_MS});
    struct subject *s =
        silent == NULL
            ? start_listening("127.0.0.1", "0", NULL)
            : start_listening("--silent", silent, "127.0.0.1", "0", NULL);

    wait_settled(s);
    return s;
}

/* A client, and its name, which a socket that is closed has no more. */
struct client {
    int fd;
    const char *name;
};

static struct client call(struct subject *s)
{
    int fd = peer_connect(s);
    const int yes = 1;

    /* S is less than an acknowledgement may be delayed (RFC 1122: 500 ms). */
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
    return (struct client){fd, peer_name(fd)};
}

/* A client that has said so much, and was heard. */
static struct client call_and_say(struct subject *s, const char *words)
{
    struct client c = call(s);

    peer_send_text(c.fd, words);
    wait_settled(s);
    return c;
}

/* The next line tells of this client. */
static void expect_verdict(struct subject *s, struct client c, size_t bytes,
                           const char *verdict, const char *why)
{
    expect_prints(s, text("%s %zu bytes, %s\n", c.name, bytes, verdict), "%s",
                  why);
}

/* No line has come beside those that told of so many clients. */
static void expect_undecided(struct subject *s, size_t told, const char *why)
{
    const char *lines = output(s, NULL);
    size_t n = 0;

    for (const char *at = lines; (at = strchr(at, '\n')) != NULL; at++)
        n++;
    expect(n == 1 + told, "no verdict yet", quoted(lines, strlen(lines), 100),
           "%s", why);
}

/* Reads what it is sent up to the question, before which a heartbeat may come
 * when the machine is slow. */
static void expect_question(struct client c)
{
    const char *got =
        peer_read_until(c.fd, "?",
                        "The client has ended its side. Whether it is there "
                        "still, only something that is sent to it can tell: "
                        "a `?'.");
    size_t beats = strspn(got, ".");

    expect(strcmp(got + beats, "?") == 0, "`?', and heartbeats at most",
           quoted(got, strlen(got), 40),
           "Nothing else is sent to a client that has ended its side.");
}

/* For how many milliseconds a poll() of one descriptor waits at most; 0 for
 * ever, and of other calls. */
static long poll_limit(const struct call_record *r)
{
    struct timespec t = {0};

    if (r->args[1] != 1)
        return 0;
#ifdef SYS_poll
    if (r->nr == SYS_poll)
        return (int)r->args[2] < 0 ? 0 : (int)r->args[2];
#endif
    if (r->nr == SYS_ppoll && r->args[2] != 0)
        memcpy(&t, r->head, sizeof t);
    return t.tv_sec * MS_PER_S + t.tv_nsec / NS_PER_MS;
}

/* Behind its `?' it waits at most so long.  That is told by the time that it
 * gives to poll(), since nobody likes to wait for a second, or thirty; who
 * waits in another way is not asked. */
static void expect_limit(struct subject *s, int most)
{
    const struct call_record *last = NULL, *r;

    for (r = NULL; (r = next_call(s, CALL_SEND, r)) != NULL;)
        if (r->headlen > 0 && r->head[0] == '?')
            last = r;
    for (r = last; r != NULL && (r = next_call(s, CALL_SELECT, r)) != NULL;)
        expect(poll_limit(r) <= most + 1,
               text("poll() for %d ms at most", most),
               text("poll() for %ld ms", poll_limit(r)),
               "The `?' is sent, and it waits for an error: a second is the "
               "time for it, and S seconds if S is less. Others are waiting, "
               "and so is a client that has half-closed.");
}

static void expect_half_closed(struct subject *s, struct client c, size_t bytes)
{
    peer_end(c.fd);
    expect_question(c);
    expect_verdict(s, c, bytes, "half-closed",
                   "The client has ended its side and is still there: it has "
                   "received the `?', and no error came within the time.");
    expect_closed(c.fd, "That was told, and the connection is over. One `?' is "
                        "enough: the client is sent nothing else.");
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
}

CASE("closed", "a client that closes is told as closed", READ("autopsy"),
     HINTS("What does recv() return at the end?", "See recv(2): 0.",
           "Count the bytes; print the address that accept() gave, the count "
           "and the verdict."))
{
    struct subject *s = serve(NULL);

    for (int i = 0; i < 2; i++) {
        struct client c = call_and_say(s, "some words\n");
        peer_close(c.fd);
        expect_verdict(s, c, 11, "closed",
                       "The client closed, and its 11 bytes had come. What is "
                       "sent to a socket that is closed is answered by RST.");
    }
    wait_settled(s);
    expect(count_sockets(s) == 1, "one open socket, the one that listens",
           text("%d", count_sockets(s)),
           "The clients have ended, and their sockets are still open: each "
           "takes a descriptor, and one day there are none.");
}

CASE("half-closed", "a client that has only ended its side is told from it",
     READ("closed-or-half-closed"),
     HINTS("recv() says 0. Has the client closed?",
           "See shutdown(2), SHUT_WR, and poll(2) with events 0: POLLERR and "
           "POLLHUP come unasked.",
           "send() a `?', then poll() for nothing but errors: when the time "
           "is over and none has come, somebody is there."),
     SHOWS_WIRE)
{
    struct subject *s = serve(brief);
    struct client c = call(s);

    peer_send_text(c.fd, "question");
    expect_half_closed(s, c, 8);
    expect_limit(s, BRIEF_MS);
    c = call(s);
    expect_half_closed(s, c, 0);
    for (int fd = 0; fd <= 1; fd++)
        expect((status_flags(s, fd) & O_NONBLOCK) == 0,
               text("descriptor %d as it was", fd), "O_NONBLOCK set on it",
               "stdin and stdout are shared with the shell, which finds them "
               "non-blocking now.");
}

/* Whether the time for an error may be over, for a program that was told at
 * that moment, or later, that the client has ended its side. */
static bool may_be_late(int64_t told)
{
    return now_ns() - told >= (int64_t)PROBE_MS * NS_PER_MS * 9 / 10;
}

/* A client answers the `?' by RST, later, but in time.  Returns false where the
 * machine was too busy for that. */
static bool reset_in_time(void)
{
    static const char why[] =
        "A second is the time for an error, and it is not over: from far "
        "away, or when a segment is lost, the answer takes its time.";
    struct subject *s = serve(NULL);
    struct client c = call_and_say(s, "words");
    int64_t told = now_ns();

    peer_end(c.fd);
    expect_text(c.fd, "?",
                "The client has ended its side: it is sent a `?', at once, and "
                "nothing before it.");
    size_t calls = count_calls(s, CALL_ANY);
    wait_settled_within(s, PROBE_CALLS);
    expect(count_calls(s, CALL_ANY) - calls < PROBE_CALLS,
           "a few calls, and then sleep", "calls over and over",
           "The answer to `?' takes its time, and until then it asks again "
           "and again. The end of a stream is always readable: who waits for "
           "POLLIN is told so at once. Wait for errors only.");
    if (may_be_late(told))
        return false;
    expect_undecided(s, 0, why);
    expect_limit(s, PROBE_MS);
    let_run(LATER_MS);
    wait_settled(s); /* what it was to do in that time, it has done */
    if (may_be_late(told))
        return false;
    expect_undecided(s, 0, why);
    expect_alive(s, "It waits for the answer.");
    peer_reset(c.fd);
    if (may_be_late(told))
        return false;
    expect_verdict(s, c, 5, "closed",
                   "The `?' was answered by RST, though not at once: over a "
                   "real network that takes a round trip. A second is the "
                   "time for it.");
    return true;
}

CASE("error-in-time", "an error within the time makes it closed",
     READ("closed-or-half-closed"),
     HINTS("How long may the answer to `?' be on its way?",
           "send(2) only puts bytes into a buffer; RST comes a round trip "
           "later.",
           "poll() with the time for the answer; POLLERR is the answer."),
     SHOWS_WIRE)
{
    for (int tries = 0; tries < ATTEMPTS; tries++)
        if (reset_in_time())
            return;
    skip_case("this machine is too busy to answer in time");
}

CASE("reset", "a reset is told, with all bytes before it", READ("fin-and-rst"),
     HINTS("RST has come, and so had bytes. Which comes first?",
           "recv(2): ECONNRESET, once nothing is left to receive. poll(2): "
           "POLLIN, POLLERR and POLLHUP together.",
           "recv() until it says 0 or -1; only then look at the reason."),
     SHOWS_WIRE)
{
    struct subject *s = serve(NULL);
    struct client c = call_and_say(s, "broken ");

    peer_reset(c.fd);
    expect_verdict(s, c, 7, "reset",
                   "recv() said -1 with ECONNRESET: the client has broken "
                   "off.");

    struct client first = call_and_say(s, "the first");
    c = call(s);
    peer_send_text(c.fd, "said in the queue");
    wait_settled(s);
    peer_reset(c.fd);
    struct client third = call(s);
    peer_send_text(third.fd, "too");
    peer_close(third.fd);
    peer_close(first.fd);
    expect_verdict(s, first, 9, "closed", "The first client has closed.");
    expect_verdict(s, c, 17, "reset",
                   "While the first was examined, the second said 17 bytes and "
                   "broke off. accept() gives it all the same, and its bytes "
                   "can be received; its address comes from accept(), since a "
                   "connection that is no more has none (getpeername() says "
                   "ENOTCONN).");
    expect_verdict(s, third, 3, "closed", "The third has waited, too.");
}

CASE("every-byte", "all bytes are counted, however they come", READ("autopsy"),
     HINTS("How many bytes does one recv() give?", "See recv(2).",
           "Add up what each recv() says, until it says 0 or -1."))
{
    enum {
        SIZE = 200000
    };
    static char bytes[SIZE];
    struct subject *s = serve(NULL);

    struct client c = call_and_say(s, "in ");
    peer_send_text(c.fd, "three ");
    wait_settled(s);
    peer_send_text(c.fd, "pieces");
    peer_close(c.fd);
    expect_verdict(s, c, 15, "closed", "15 bytes came, in three pieces.");

    c = call(s);
    peer_send(c.fd, bytes, SIZE);
    peer_close(c.fd);
    expect_verdict(s, c, SIZE, "closed",
                   "That many bytes came, in as many pieces as the buffer "
                   "makes of them; and all of them were NUL.");
}

/* A client that has said something three times, and was never silent for S
 * between. */
struct talk {
    struct subject *s;
    struct client c;
    int64_t spoke; /* when it began to say the last of it */
};

/* On a busy machine that takes more than one try, each with a server of its
 * own. */
static struct talk talk(void)
{
    for (int tries = 0; tries < ATTEMPTS; tries++) {
        struct talk t = {.s = serve(brief)};
        int64_t longest = 0;

        t.c = call(t.s);
        t.spoke = now_ns();
        peer_send_text(t.c.fd, "words");
        for (int i = 0; i < 2; i++) {
            let_run(PAUSE_MS);
            int64_t last = t.spoke;
            t.spoke = now_ns();
            peer_send_text(t.c.fd, ", more");
            int64_t pause = now_ns() - last;
            longest = pause > longest ? pause : longest;
        }
        if (longest < (int64_t)BRIEF_MS * NS_PER_MS)
            return t;
    }
    skip_case("this machine is too busy to speak in time");
}

/* Since the client spoke at that moment no heartbeat was sent before its time.
 * That one comes later is nobody's fault. */
static void expect_no_haste(struct subject *s, int64_t spoke)
{
    const struct call_record *r = NULL;
    int64_t due = spoke;

    while ((r = next_call(s, CALL_SEND, r)) != NULL) {
        due += (int64_t)BRIEF_MS * NS_PER_MS * 9 / 10;
        expect((int64_t)r->began >= due,
               "a heartbeat after each S seconds of silence: 50 ms",
               text("one %d ms after the client's last words",
                    (int)(((int64_t)r->began - spoke) / NS_PER_MS)),
               "A client is silent when it has said nothing for S seconds: "
               "they begin with its last byte, and anew with each heartbeat. "
               "Who speaks is there, and is not asked.");
    }
}

CASE("silent", "a client that is silent and there is waited for",
     READ("a-heartbeat-of-your-own"),
     HINTS("Nothing comes. Is the client gone, or only silent?",
           "poll(2) with a time limit says 0 when it is over; the kernel of "
           "the other end acknowledges what comes, whatever its program does.",
           "After S seconds send `.'; go on waiting; only an error says that "
           "nobody is there."))
{
    struct talk t = talk();
    struct subject *s = t.s;
    struct client c = t.c;

    for (int i = 0; i < 3; i++)
        expect_text(c.fd, ".",
                    "The client was silent for S seconds: it is sent a `.', "
                    "and so again after S more.");
    expect_no_haste(s, t.spoke);
    expect_undecided(
        s, 0,
        "The client says nothing, and receives the heartbeats: its host "
        "acknowledges them. A silent client is no dead one.");
    expect_calm(s, CALM_MS, BEAT_CALLS,
                "S is 0.05 seconds, and the heartbeats come without a pause. "
                "(atoi(\"0.05\") is 0.)");
    peer_send_text(c.fd, " and more");
    expect_half_closed(s, c, 26);
}

/* Whether so many heartbeats were sent. */
struct beats {
    struct subject *s;
    size_t wanted;
};

static bool have_beaten(void *data)
{
    const struct beats *b = data;

    return count_calls(b->s, CALL_SEND) >= b->wanted;
}

CASE("stopped", "a client whose process is stopped is not unreachable",
     READ("a-heartbeat-of-your-own"),
     HINTS("Who acknowledges a segment: the process, or the kernel?",
           "See SIGSTOP in signal(7), TCP_USER_TIMEOUT in tcp(7).",
           "Do not count answers of the client: wait for an error of the "
           "connection."),
     SHOWS_WIRE)
{
    struct subject *s = serve("0.02");
    struct client c = call_and_say(s, "then stopped");
    struct beats b = {s, 5};

    only_if(inject_errno(s, CALL_SEND, NTH(1), EAGAIN), may_say_eagain, NULL);
    wait_until(have_beaten, &b);
    expect_undecided(
        s, 0,
        "The client receives nothing, as if it were stopped by SIGSTOP; its "
        "kernel acknowledges every heartbeat all the same. The host is there, "
        "and the process may go on. When a heartbeat does not fit any more "
        "(EAGAIN), that says nothing about the host.");
    expect(count_calls(s, CALL_SEND) >= b.wanted, "heartbeats, again and again",
           text("%zu", count_calls(s, CALL_SEND)),
           "The client is silent. A heartbeat after each S seconds asks its "
           "host whether it is there.");
    expect_alive(s, "The client is there.");
    peer_reset(c.fd);
    expect_verdict(s, c, 12, "reset", "In the end it broke off.");
}

/* Where it sets TCP_USER_TIMEOUT, that is about S seconds.  There are other
 * ways. */
static void expect_bound(struct subject *s)
{
    for (const struct call_record *r = NULL;
         (r = next_call(s, CALL_SETSOCKOPT, r)) != NULL;) {
        unsigned ms = 0;
        if (r->args[1] != IPPROTO_TCP || r->args[2] != TCP_USER_TIMEOUT ||
            r->headlen != sizeof ms)
            continue;
        memcpy(&ms, r->head, sizeof ms);
        expect(ms >= BRIEF_MS * 9 / 10 && ms <= BRIEF_MS * 3 / 2,
               text("TCP_USER_TIMEOUT of S, which is %d ms", BRIEF_MS),
               text("%u", ms),
               "TCP_USER_TIMEOUT is in milliseconds, S in seconds. With 0 it "
               "is as if it was not set: the kernel tries for a quarter of an "
               "hour. With less than S a client that is only far away passes "
               "for unreachable.");
    }
}

CASE("unreachable", "a host that is gone is told", READ("tcp_user_timeout"),
     HINTS("Nothing is in flight. Who would notice that the host is gone?",
           "See TCP_USER_TIMEOUT in tcp(7): how long what was sent may stay "
           "unacknowledged. SO_KEEPALIVE begins after two hours.",
           "setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, ...) with S in "
           "milliseconds, and a heartbeat to be acknowledged: recv() says "
           "ETIMEDOUT."),
     SHOWS_WIRE)
{
    /* The kernel gives up sooner, where it lets itself be told: else it takes
     * 200 ms until it sends again. */
    prefer_setting("net.ipv4.tcp_rto_min_us", "20000");
    struct subject *s = serve(brief);
    struct client c = call_and_say(s, "the last words");

    peer_vanish(c.fd);
    expect_verdict(s, c, 14, "unreachable",
                   "The cable is cut: no FIN, no RST, nothing comes. While "
                   "nothing is sent, nothing is missed; the heartbeat is not "
                   "acknowledged, and the kernel sends it again and again, "
                   "for a quarter of an hour if nobody tells it for how long "
                   "(S seconds).");
    expect_bound(s);
    c = call_and_say(s, "next");
    peer_reset(c.fd);
    expect_verdict(s, c, 4, "reset", "The next client has its turn.");
}

CASE("no-way", "errors that say that no way leads there are unreachable",
     READ("when-a-peer-dies"),
     HINTS("Which errors come from a network?",
           "See EHOSTUNREACH, ENETUNREACH and ETIMEDOUT in ip(7) and tcp(7).",
           "All three are \"unreachable\"."))
{
    static const int errors[] = {EHOSTUNREACH, ETIMEDOUT};
    struct subject *s = serve(NULL);

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        inject_errno(s, CALL_RECV, NTH(1), errors[i]);
        struct client c = call(s);
        peer_send_text(c.fd, "words");
        expect_verdict(
            s, c, 0, "unreachable",
            text("recv() said %s: the host does not answer, or a router knows "
                 "no way there.",
                 strerrorname_np(errors[i])));
    }

    s = serve(brief);
    struct client c = call_and_say(s, "words");
    /* The connection is over, and send() fails: only the reason is ours. */
    inject_report(s, CALL_SEND, NTH(1), EHOSTUNREACH);
    hold(s, CALL_SEND, NTH(1));
    wait_held(s, "The client is silent: a heartbeat is sent after S seconds.");
    peer_reset(c.fd);
    release(s);
    expect_verdict(s, c, 5, "unreachable",
                   "The heartbeat could not be sent: send() said EHOSTUNREACH. "
                   "An error says the same, whichever call tells it, and is "
                   "told once: behind it recv() says 0, as at an end of "
                   "stream.");
}

CASE("in-flight", "what arrives while it sends is not lost",
     READ("fin-and-rst"),
     HINTS("send() has failed. Has all been received?",
           "send(2) takes the error from the socket: ECONNRESET is told once, "
           "be it to send() or to recv().",
           "Keep the error of send(), receive what is there, and judge by the "
           "error."))
{
    struct subject *s = serve("0.03");
    struct client c = call_and_say(s, "some ");

    hold(s, CALL_SEND, NTH(1));
    wait_held(s, "The client is silent: a heartbeat is sent after S seconds.");
    peer_send_text(c.fd, "more");
    peer_reset(c.fd);
    inject_short(s, CALL_RECV, ALWAYS, 3);
    release(s);
    expect_verdict(s, c, 9, "reset",
                   "Just as the heartbeat was to be sent, 4 more bytes came "
                   "(three, and one), and RST. send() said ECONNRESET: an "
                   "error is told once, "
                   "and recv() says 0 after that, behind the bytes. Who "
                   "forgets it takes the reset for an end of stream.");

    s = serve(NULL);
    c = call_and_say(s, "words");
    hold(s, CALL_SEND, NTH(1));
    peer_end(c.fd);
    wait_held(s, "The client has ended its side: a `?' is sent.");
    peer_reset(c.fd);
    release(s);
    expect_verdict(s, c, 5, "closed",
                   "The client had closed before the `?' was sent, so send() "
                   "itself fails. It makes the kernel send SIGPIPE as well, "
                   "which ends a program that does not expect it: "
                   "MSG_NOSIGNAL.");
}

CASE("sleeps", "it sleeps while it waits", READ("autopsy"),
     HINTS("Nobody calls, or the client is silent. What does it do?",
           "See accept(2) and poll(2).",
           "One poll() with the time that is left, and not one each "
           "millisecond."))
{
    struct subject *s = serve(NULL);

    expect_calm(s, CALM_MS, CALM_CALLS, "Nobody calls.");
    struct client c = call_and_say(s, "words");
    expect_calm(s, CALM_MS, CALM_CALLS,
                "The client is silent, and the 30 seconds are not over.");
    peer_close(c.fd);
    expect_verdict(s, c, 5, "closed", "The client has closed.");
}

/* Whether there is a shortage at the moment: for only_if(). */
static bool is_short(const struct call_record *r, void *data)
{
    (void)r;
    return *(bool *)data;
}

CASE("shortage", "a shortage of descriptors is outlasted", READ("autopsy"),
     HINTS("accept() says EMFILE. For how long?", "See ERRORS in accept(2).",
           "Sleep a little, and try again."))
{
    bool shortage = true;
    struct subject *s = serve(NULL);
    struct client clients[2];

    only_if(inject_errno(s, CALL_ACCEPT, ALWAYS, EMFILE), is_short, &shortage);
    for (int i = 0; i < 2; i++) {
        clients[i] = call(s);
        peer_send_text(clients[i].fd, "words");
        peer_close(clients[i].fd);
    }
    expect_calm(s, WINDOW_MS, MOST_TRIES,
                "The client stays in the queue, so accept() fails again at "
                "once, thousands of times in a second: sleep a little before "
                "you try again.");
    shortage = false;
    for (int i = 0; i < 2; i++)
        expect_verdict(s, clients[i], 5, "closed",
                       "There was no descriptor for a while. The client has "
                       "waited in the queue.");
}

CASE("interrupted", "a signal is no answer", READ("closed-or-half-closed"),
     HINTS("poll() says -1. What has happened to the client?",
           "See EINTR in poll(2).",
           "poll() again, with what is left of the time."))
{
    struct subject *s = serve(NULL);
    struct client c = call_and_say(s, "words");

    hold(s, CALL_SEND, NTH(1));
    peer_end(c.fd);
    wait_held(s, "The client has ended its side: a `?' is sent.");
    inject_errno(s, CALL_SELECT, (struct times){1, 2}, EINTR);
    release(s);
    expect_text(c.fd, "?", "The client is asked whether it is there.");
    wait_settled_within(s, PROBE_CALLS);
    expect_undecided(s, 0,
                     "poll() said -1: a signal has interrupted it. That is "
                     "neither an error of the connection nor the end of the "
                     "time.");
    peer_reset(c.fd);
    expect_verdict(s, c, 5, "closed",
                   "The answer came after the signals: an error.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("autopsy"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    static const char why[] =
        "A call was interrupted, or moved less than was asked for, or its "
        "caller had gone (ECONNABORTED). Make it again, or wait for the next.";
    struct subject *s = serve(NULL);

    struct client c = call(s);
    peer_send_text(c.fd, "some words\n");
    peer_close(c.fd);
    expect_verdict(s, c, 11, "closed", why);
}
