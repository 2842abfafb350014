/* The checker of labs/05-nonblocking/deadline.c: servers that do not answer,
 * that refuse, that say nothing, or a byte now and then.  No verdict hangs on
 * how fast anything is: time passes inside the program's own calls, which
 * begin later, until its limit is certainly over. */
#define _GNU_SOURCE
#include "clock.h"
#include "flags.h"
#include "harness.h"
#include "spurious.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum {
    MOST_CPU_MS = 500, /* of a program that does not spin */
    WALL_MS = 2500,    /* of a case whose limit is much shorter */
    CALM_MS = 30,      /* a while, for one that sleeps */
    APART_MS = 40      /* signals: two of them are far more than 60 ms */
};

static const char host[] = "many.example";

/* A program that is to connect to us, and our end of its connection. */
struct visit {
    struct subject *s;
    int lfd, fd;
    uint64_t over; /* when its limit is, if it began at once; 0: far away */
};

/* Starts it; it is to call this socket's port, at this host. */
static struct subject *send_out(const char *where, int fd, const char *seconds)
{
    set_limits((struct limits){.cpu_ms = MOST_CPU_MS, .wall_ms = WALL_MS});
    return start(where, peer_port(fd), seconds, NULL);
}

/* Starts it; faults are armed before it is let in. */
static struct visit set_out(const char *seconds)
{
    struct visit v = {.lfd = peer_listen("127.0.0.1")};

    streams_with_flags();
    v.over = now_ns() + (uint64_t)(strtod(seconds, NULL) * NS_PER_S);
    v.s = send_out("127.0.0.1", v.lfd, seconds);
    return v;
}

static bool has_ended(void *data)
{
    return count_tasks(data) == 0;
}

/* Its status when it has ended, or -1 when it does not end. */
static int status_at_end(struct subject *s)
{
    return wait_until(has_ended, s) ? wait_exit(s) : -1;
}

/* Whether it has called; false as well when it has ended. */
static bool has_called(void *lfd)
{
    return peer_is_called(*(int *)lfd);
}

static struct visit let_in(struct visit v)
{
    if (!wait_until(has_called, &v.lfd) && status_at_end(v.s) == 6 &&
        v.over != 0 && now_ns() >= v.over)
        skip_case("this machine is too busy to connect within the limit");
    v.fd = peer_accept(v.lfd, "It begins with connect().");
    return v;
}

/* A program that has connected and waits for the line. */
static struct visit arrive(const char *seconds)
{
    struct visit v = let_in(set_out(seconds));

    wait_settled(v.s);
    return v;
}

/* It ends having printed this line, with this status. */
static void expect_outcome(struct subject *s, const char *line, int status,
                           const char *why)
{
    const char *want = text("%s\n", line);

    expect_output(s, want, strlen(want), "%s", why);
    expect_exit(s, status, "%s", why);
}

/* It ends, and says that the time is over.  In which phase that was, only the
 * program knows. */
static void expect_over(struct subject *s, const char *why)
{
    size_t n;

    if (status_at_end(s) == 6)
        expect_outcome(s, "timed out connecting", 6, why);
    const char *got = output(s, &n);
    if (strcmp(got, "timed out connecting\n") != 0)
        expect_outcome(s, "timed out reading", 7, why);
}

/* It has connected, and says that the time is over.  On a crowded machine it
 * may find that over before it knows that it is connected. */
static void expect_over_reading(struct subject *s, const char *why)
{
    if (status_at_end(s) == 6 && count_calls(s, CALL_RECV) == 0)
        expect_outcome(s, "timed out connecting", 6, why);
    else
        expect_outcome(s, "timed out reading", 7, why);
}

/* An error: nothing on stdout, a sentence on stderr, status 1. */
static void expect_error(struct subject *s, const char *part, const char *why)
{
    expect_output(s, "", 0, "%s", why);
    expect_exit(s, 1, "%s", why);
    expect_complaint(s, part, "The reason is told on stderr.");
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", "80", NULL), "SECONDS is missing.");
}

CASE("seconds", "a limit that is not a number is refused", READ("deadline"),
     HINTS("What is a number of seconds, by the contract?",
           "strtod(3) takes blanks, signs, exponents, \"inf\".",
           "Count the digits with strspn(3) before strtod() gets them."))
{
    static const char *const bad[] = {"0.0", "-1",     "1s", "1e1",
                                      "+1",  "3600.5", ""};
    int fd = peer_refuse("127.0.0.1");

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_error(send_out("127.0.0.1", fd, bad[i]), NULL,
                     text("\"%s\" is no limit: digits, perhaps a point and "
                          "more digits; more than 0, at most 3600.",
                          bad[i]));
}

CASE("line", "it prints the line that comes", READ("deadline"),
     HINTS("What is the outcome when all goes well?", "See recv(2).",
           "\"line \", the line, a newline; the status is 0."))
{
    struct visit v = arrive("8.5");
    const char *word = chance_word(12);

    peer_send_text(v.fd, text("%s\n", word));
    expect_outcome(v.s, text("line %s", word), 0,
                   "The line came in time. Whoever takes 0 for the status of "
                   "success can use it in a script.");
    expect_end(v.fd, "It sends nothing, and ends when it has the line.");
    expect_flags_kept(v.s, "when it has ended");
}

CASE("ended", "a stream that ends before the newline is told", READ("deadline"),
     HINTS("What does recv() return at the end of the stream?", "See recv(2).",
           "0 before a newline has come: \"ended\", status 3."))
{
    static const char why[] =
        "The stream ended and no newline had come: half a line is none.";
    struct visit v = arrive("8");

    peer_send_text(v.fd, "half a line");
    peer_end(v.fd);
    expect_outcome(v.s, "ended", 3, why);
    v = arrive("8");
    peer_end(v.fd);
    expect_outcome(v.s, "ended", 3, why);
}

CASE("silent", "it gives up when no line comes in time", READ("poll"),
     HINTS("How long does recv() wait for a silent server?",
           "poll(2) waits for at most so many milliseconds, and then says 0.",
           "poll() before recv(), with what is left of the time."))
{
    struct visit v = set_out("0.05");

    hold_after(v.s, CALL_CONNECT, NTH(1));
    v = let_in(v);
    wait_held(v.s, "It begins with connect().");
    release(v.s);
    expect_over_reading(
        v.s, "The server accepted and said nothing. A recv() on its own waits "
             "for ever; the limit was 0.05 seconds.");
}

CASE("not-early", "it gives up no sooner than it was told",
     READ("one-limit-for-all"),
     HINTS("How long is 0.3 seconds, in what poll() takes?",
           "poll(2) takes milliseconds; clock_gettime(2) gives nanoseconds.",
           "(ns + 999999) / 1000000 milliseconds; a fraction of a second "
           "counts."))
{
    enum {
        LIMIT_MS = 300,
        LOOK_MS = 90
    };
    uint64_t begin = now_ns();
    struct visit v = let_in(set_out("0.3"));

    let_run(LOOK_MS);
    wait_settled(v.s); /* what it was to do in that time, it has done */
    bool has_ended = count_tasks(v.s) == 0;
    int ms = (int)((now_ns() - begin) / NS_PER_MS);
    expect(!has_ended || ms >= LIMIT_MS, "a wait of 0.3 seconds",
           text("an end after %d ms at the most: %s", ms,
                quoted(output(v.s, NULL), strlen(output(v.s, NULL)), 40)),
           "Nothing has come, and time is left: a line may still come. It "
           "gives up once the limit is over, and never before.");
}

CASE("no-answer", "it gives up when connect() is not answered in time",
     READ("a-connect-that-does-not-wait"),
     HINTS("How long does connect() wait when a host is gone?",
           "See EINPROGRESS in connect(2), and poll(2).",
           "Make the socket non-blocking before connect(); then poll() for "
           "POLLOUT, with what is left of the time."))
{
    int lfd = peer_listen("127.0.0.1");

    peer_vanish(lfd);
    expect_outcome(send_out("127.0.0.1", lfd, "0.05"), "timed out connecting",
                   6,
                   "The host is gone: nothing answers the SYN. A blocking "
                   "connect() sends it again and again and gives up after two "
                   "minutes; the limit was 0.05 seconds.");
}

CASE("broken-behind", "a line counts though the connection broke behind it",
     READ("revents-are-bits"),
     HINTS("The line is there, and the connection is broken. Which counts?",
           "poll(2): revents may hold POLLIN, POLLERR and POLLHUP at once.",
           "Test bits with &; whatever they are, let recv() tell what there "
           "is."))
{
    struct visit v = set_out("8");

    hold(v.s, CALL_SELECT, NTH(2)); /* the first one is for connect() */
    v = let_in(v);
    wait_settled(v.s);
    peer_send_text(v.fd, "last\n");
    peer_reset(v.fd);
    release(v.s);
    expect_outcome(v.s, "line last", 0,
                   "The line was whole; then came a reset. poll() tells all "
                   "that in one number, POLLIN, POLLERR and POLLHUP, so "
                   "revents is not POLLIN alone; and recv() gives the line "
                   "first: it counts.");
}

CASE("refused", "a server that is not there is told",
     READ("writable-is-not-connected"),
     HINTS("The socket is writable. Is it connected?",
           "See SO_ERROR in socket(7), and EINPROGRESS in connect(2).",
           "getsockopt(fd, SOL_SOCKET, SO_ERROR, ...) once: 0, or the reason "
           "why there is no connection."))
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s = send_out("127.0.0.1", fd, "8");

    expect_outcome(s, "refused", 4,
                   "connect() said EINPROGRESS, then came the refusal. poll() "
                   "calls such a socket writable, for it has something to "
                   "tell: whether it is connected, SO_ERROR knows, which is "
                   "cleared as it is read.");

    s = send_out("127.0.0.1", fd, "8");
    inject_errno(s, CALL_CONNECT, ALWAYS, ECONNREFUSED);
    expect_outcome(s, "refused", 4,
                   "connect() itself said ECONNREFUSED: it may know at once, "
                   "and then there is nothing to wait for.");
}

CASE("unreachable", "a host to which no way leads is told",
     READ("a-connect-that-does-not-wait"),
     HINTS("Which errors say that there is no way?",
           "See ENETUNREACH in connect(2), and EHOSTUNREACH in ip(7).",
           "Both are \"unreachable\", status 5."))
{
    static const int reasons[] = {ENETUNREACH, EHOSTUNREACH};
    int fd = peer_refuse("127.0.0.1");

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        struct subject *s = send_out("127.0.0.1", fd, "8");
        inject_errno(s, CALL_CONNECT, ALWAYS, reasons[i]);
        expect_outcome(s, "unreachable", 5,
                       text("connect() said %s.", strerrorname_np(reasons[i])));
    }
}

CASE("gave-up", "a kernel that has given up on an address is a time-out",
     READ("a-connect-that-does-not-wait"),
     HINTS("Which error tells that nobody has answered?",
           "See ETIMEDOUT in connect(2).",
           "ETIMEDOUT is \"timed out connecting\"; whether time is left, the "
           "clock knows."))
{
    static const char why[] =
        "The kernel gave up on the first address (ETIMEDOUT) when the limit "
        "was far from over: there is time for the second one.";
    struct visit v = {.lfd = peer_listen("127.0.0.12")};

    v.s = send_out("127.0.0.12", v.lfd, "8");
    inject_errno(v.s, CALL_CONNECT, ALWAYS, ETIMEDOUT);
    expect_outcome(v.s, "timed out connecting", 6,
                   "connect() said ETIMEDOUT: the kernel has tried for as long "
                   "as it does, and has given up.");

    v.s = send_out(host, v.lfd, "8");
    give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    inject_errno(v.s, CALL_CONNECT, NTH(1), ETIMEDOUT);
    v.fd = peer_accept(v.lfd, why);
    peer_send_text(v.fd, "second\n");
    expect_outcome(v.s, "line second", 0, why);
}

CASE("another-reason", "an error without a word of its own is told as it is",
     READ("deadline"),
     HINTS("What is printed when connect() says EACCES?",
           "See ERRORS in connect(2): there are many.",
           "Name the errors that have a word; err(1, ...) for all others."))
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s = send_out("127.0.0.1", fd, "8");

    inject_errno(s, CALL_CONNECT, ALWAYS, EACCES);
    expect_error(s, "Permission denied",
                 "connect() said EACCES: a rule of this machine forbids it. "
                 "That is neither \"refused\", for nobody was asked, nor any "
                 "other line of the table.");
}

CASE("next-address", "when an address fails, the next one is tried",
     READ("deadline"),
     HINTS("A name may have several addresses. Which ones are tried?",
           "See connect(2): each attempt wants a new socket.",
           "Close the socket, go on with ai->ai_next."))
{
    struct visit v = {.lfd =
                          peer_refuse_and_listen("127.0.0.10", "127.0.0.12")};

    v.s = send_out(host, v.lfd, "8");
    give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    v = let_in(v);
    wait_settled(v.s);
    expect(count_sockets(v.s) == 1, "one open socket",
           text("%d", count_sockets(v.s)),
           "The address that refused has left its socket open.");
    peer_send_text(v.fd, "second\n");
    expect_outcome(v.s, "line second", 0,
                   "The first address refused, the second one answered.");
}

CASE("last-fate", "when no address accepts, the last one's fate is told",
     READ("deadline"),
     HINTS("Two addresses, two reasons. Which is printed?",
           "errno does not live long: keep the reason.",
           "Keep the reason of each attempt in place of the one before."))
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s = send_out(host, fd, "8");

    give_hosts(s, text("127.0.0.1 %s\n127.0.0.2 %s\n", host, host));
    inject_errno(s, CALL_CONNECT, NTH(1), EHOSTUNREACH);
    inject_errno(s, CALL_CONNECT, FROM(2), ECONNREFUSED);
    expect_outcome(s, "refused", 4,
                   "The first address was unreachable, the second one "
                   "refused.");

    s = send_out(host, fd, "8");
    give_hosts(s, text("127.0.0.1 %s\n127.0.0.2 %s\n", host, host));
    inject_errno(s, CALL_CONNECT, NTH(1), ECONNREFUSED);
    inject_errno(s, CALL_CONNECT, FROM(2), EHOSTUNREACH);
    expect_outcome(s, "unreachable", 5,
                   "The first address refused, the second one was "
                   "unreachable.");
}

CASE("one-limit", "all addresses share one limit", READ("one-limit-for-all"),
     HINTS("When does the time for the second address begin?",
           "See clock_gettime(2), CLOCK_MONOTONIC.",
           "Fix the end once, before the first address; each wait gets what "
           "is left until then."))
{
    enum {
        ADDRESSES = 120
    };
    const char *hosts = "";
    int lfd = peer_listen("0.0.0.0");

    for (int i = 1; i <= ADDRESSES; i++)
        hosts = text("%s127.0.0.%d %s\n", hosts, i, host);
    peer_vanish(lfd);
    struct subject *s = send_out(host, lfd, "0.05");
    give_hosts(s, hosts);
    expect_outcome(s, "timed out connecting", 6,
                   "The name has 120 addresses, and none of them answers. They "
                   "share 0.05 seconds; a limit that begins anew for each of "
                   "them makes that 6.");
}

/* Whether it has called this address. */
static bool has_tried(struct subject *s, const char *address)
{
    const struct call_record *r;
    struct in_addr wanted, named;

    inet_pton(AF_INET, address, &wanted);
    for (r = NULL; (r = next_call(s, CALL_CONNECT, r)) != NULL;) {
        memcpy(&named, r->addr + offsetof(struct sockaddr_in, sin_addr),
               sizeof named);
        if (r->addrlen >= sizeof(struct sockaddr_in) &&
            named.s_addr == wanted.s_addr)
            return true;
    }
    return false;
}

CASE("no-further", "no address is tried when the time is over",
     READ("one-limit-for-all"),
     HINTS("The first address has used up all the time. What about the next?",
           "See clock_gettime(2).",
           "Before the next address ask what is left; at 0 it is over."))
{
    int lfd = peer_refuse_and_listen("127.0.0.10", "127.0.0.12");
    struct subject *s = send_out(host, lfd, "0.05");

    give_hosts(s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    inject_delay(s, CALL_CONNECT, NTH(1), 65);
    int status = status_at_end(s);
    expect(!has_tried(s, "127.0.0.12"), "no call to the second address",
           "it was called",
           "The first address refused, after 65 ms, and the limit was 50: it "
           "was over then. Ask for what is left before each address.");
    if (status == 4)
        expect_outcome(s, "refused", 4, "The only one tried has refused.");
    else
        expect_outcome(s, "timed out connecting", 6,
                       "The first address has used up all the time.");
}

/* Once it sleeps, a line is sent: too late for a program that kept to its
 * limit, which does not sleep any more. */
static void send_too_late(struct visit v)
{
    if (wait_until(has_called, &v.lfd)) {
        v = let_in(v);
        wait_settled(v.s);
        peer_send_text(v.fd, "too late\n");
    }
}

CASE("used-up", "the line gets what connecting has left of the time",
     READ("one-limit-for-all"),
     HINTS("How long may recv() wait when connecting took half the time?",
           "See clock_gettime(2).",
           "The end is fixed before connect(); ask the clock before each "
           "wait."))
{
    struct visit v = set_out("0.05");

    inject_delay(v.s, CALL_CONNECT, NTH(1), 65);
    send_too_late(v);
    expect_over(v.s,
                "connect() took 65 ms and the limit was 50. Nothing was left; "
                "yet a line that came after that was waited for, as if the "
                "time began anew with each call, or had no end: poll() takes "
                "a time below 0 for no limit at all.");
}

CASE("interrupted", "a signal does not lengthen the limit",
     READ("one-limit-for-all"),
     HINTS("With which time does poll() go on after EINTR?",
           "poll(2) does not say how much of its time was left.",
           "Compute what is left inside the loop, not before it."))
{
    const struct times six = {2, 7}; /* the first one is for connect() */
    struct visit v = set_out("0.06");
    struct fault *f[2];

    f[0] = inject_errno(v.s, CALL_SELECT, six, EINTR);
    inject_delay(v.s, CALL_SELECT, six, APART_MS);
    f[1] = inject_errno(v.s, CALL_RECV, six, EINTR);
    only_if(f[1], may_wait, NULL);
    only_if(inject_delay(v.s, CALL_RECV, six, APART_MS), may_wait, NULL);
    hold_after(v.s, CALL_CONNECT, NTH(1));
    v = let_in(v);
    wait_held(v.s, "It begins with connect().");
    peer_send_text(v.fd, "much ");
    release(v.s);
    wait_settled(v.s);
    peer_send_text(v.fd, "too late\n");
    if (times_done(f[0]) + times_done(f[1]) == 0)
        wait_exit(v.s); /* it waits in another way */
    else
        expect_over(v.s,
                    "Every 40 ms a signal interrupted the wait, 6 times, and "
                    "the limit was 60 ms. Whoever waits after each of them "
                    "for the whole time again never ends.");
}

/* A program, and the moment at which its limit may be over. */
struct limited {
    struct subject *s;
    uint64_t over;
};

/* For only_if(): a signal may interrupt the call, since it waits.  After the
 * limit that is certain only of one that names a time and has no timer that
 * would wake it. */
static bool is_wait(const struct call_record *r, void *data)
{
    struct limited *l = data;
    int ms = -1;

#ifdef SYS_poll
    if (r->nr == SYS_poll)
        ms = (int)r->args[2];
#endif
#ifdef SYS_epoll_wait
    if (r->nr == SYS_epoll_wait)
        ms = (int)r->args[3];
#endif
    if (ms < 0 || count_calls(l->s, CALL_TIMER) > 0)
        return now_ns() < l->over;
    return ms > 0;
}

CASE("interrupted-connect", "nor does a signal while it connects",
     READ("one-limit-for-all"),
     HINTS("poll() said EINTR. Is the socket connected?",
           "poll(2): after -1, revents tells nothing.",
           "Wait again, for what is left by then; only 0 is \"over\", and "
           "only more than 0 is ready."))
{
    enum {
        LIMIT_MS = 60,
        TIMES = 12,
        MOST = 4 /* that long is beyond the limit, whatever else happens */
    };
    const struct times often = {1, TIMES};
    int lfd = peer_listen("127.0.0.1");

    peer_vanish(lfd);
    struct limited l = {.over = now_ns() + LIMIT_MS * NS_PER_MS};
    struct subject *s = l.s = send_out("127.0.0.1", lfd, "0.06");
    struct fault *f = inject_errno(s, CALL_SELECT, often, EINTR);
    only_if(f, is_wait, &l);
    only_if(inject_delay(s, CALL_SELECT, often, APART_MS), is_wait, &l);
    expect_outcome(s, "timed out connecting", 6,
                   "Nothing answers, and every 40 ms a signal interrupts the "
                   "wait for connect(): poll() says -1 and EINTR. That is "
                   "neither the end of the time nor a connection.");
    expect(times_done(f) <= MOST, "an end after 60 ms",
           text("%d waits of %d ms each", times_done(f), APART_MS),
           "Every 40 ms a signal interrupted the wait for connect(). Whoever "
           "waits after each of them for the whole time again never ends.");
}

/* How many bytes are wanted to have been received. */
struct taking {
    struct subject *s;
    size_t wanted;
};

static bool has_taken(void *data)
{
    const struct taking *t = data;
    const struct call_record *r;
    size_t n = 0;

    for (r = NULL; (r = next_call(t->s, CALL_RECV, r)) != NULL;)
        if (r->finished && r->result > 0)
            n += (size_t)r->result;
    return n >= t->wanted;
}

CASE("drip", "a byte now and then does not lengthen the limit",
     READ("one-limit-for-all"),
     HINTS("When is it over, if each byte comes in time?",
           "The limit is for the line, not for a recv().",
           "Fix the end once, before connect(); never reset it."))
{
    enum {
        BYTES = 4
    };
    struct visit v = let_in(set_out("0.05"));

    inject_delay(v.s, CALL_RECV, ALWAYS, 30);
    for (struct taking t = {v.s, 1}; t.wanted <= BYTES; t.wanted++) {
        peer_send(v.fd, "x", 1);
        wait_until(has_taken, &t);
        wait_settled(v.s); /* it waits for the next one */
    }
    peer_send_text(v.fd, "\n");
    expect_over_reading(
        v.s, "Each byte came soon after the one before, and the line did not "
             "end within the 50 ms. A limit that begins anew with each recv() "
             "lets a server hold the program for as long as it likes.");
}

CASE("pieces", "the line may come in any pieces", READ("eagain"),
     HINTS("What if recv() gives one byte?",
           "See EAGAIN in recv(2): nothing is there yet.",
           "Receive behind what is there; at EAGAIN wait and receive again."))
{
    struct visit v = arrive("8");

    peer_send_text(v.fd, "in ");
    wait_settled(v.s);
    peer_send_text(v.fd, "three ");
    wait_settled(v.s);
    peer_send_text(v.fd, "pieces\n");
    expect_outcome(v.s, "line in three pieces", 0,
                   "The line came in three pieces. Until the newline is there, "
                   "more is to come.");

    v = set_out("8");
    inject_short(v.s, CALL_RECV, ALWAYS, 1);
    v = let_in(v);
    peer_send_text(v.fd, "byte by byte\n");
    expect_outcome(v.s, "line byte by byte", 0,
                   "Each recv() gave one byte of the line.");
}

CASE("not-ready", "EAGAIN is not the end, though poll() said ready",
     READ("ready-is-not-a-promise"),
     HINTS("What does EAGAIN say about the stream?",
           "See BUGS in select(2): ready is not a promise.",
           "recv() -1 with EAGAIN: wait again, for what is left of the time."))
{
    struct visit v = set_out("8");

    only_if(inject_errno(v.s, CALL_RECV, (struct times){1, 3}, EAGAIN),
            may_say_eagain, NULL);
    v = let_in(v);
    wait_settled(v.s);
    peer_send_text(v.fd, "here\n");
    expect_outcome(v.s, "line here", 0,
                   "recv() said EAGAIN on a non-blocking socket: nothing could "
                   "be had at that moment. That is neither the end of the "
                   "stream nor an error, whatever poll() has said before.");
}

CASE("long-line", "1024 bytes are a line, one more is an error",
     READ("deadline"),
     HINTS("How large is the buffer, and what when it is full?",
           "See the contract: 1024 bytes without the newline.",
           "Room for 1025 bytes; 1025 without a newline are an error at "
           "once."))
{
    const char *most = chance_word(1024);
    struct visit v = arrive("8");

    peer_send(v.fd, most, 1000);
    wait_settled(v.s);
    peer_send_text(v.fd, text("%s\n", most + 1000));
    expect_outcome(v.s, text("line %s", most), 0,
                   "1024 bytes and a newline are a line.");

    v = arrive("8");
    peer_send_text(v.fd, text("%sx", most));
    wait_settled(v.s);
    expect(count_tasks(v.s) == 0, "an error, with status 1",
           "a program that waits for more",
           "1025 bytes came and no newline among them: this is no line of at "
           "most 1024, whatever comes next.");
    expect_error(v.s, NULL, "1025 bytes came and no newline among them.");

    v = arrive("8");
    peer_send_text(v.fd, text("%sx\n", most));
    expect_error(v.s, NULL, "The line has 1025 bytes without its newline.");
}

CASE("any-bytes", "the line may hold any bytes, or none", READ("deadline"),
     HINTS("How does the program know how long the line is?",
           "printf(3) and strlen(3) stop at a NUL; memchr(3) and fwrite(3) "
           "take a count.",
           "Keep the length that recv() has given, and fwrite() so many."))
{
    static const char sent[] = "\0a\0\0\xff%s\r \n";
    static const char line[] = "line \0a\0\0\xff%s\r \n";
    struct visit v = arrive("8");

    peer_send(v.fd, sent, sizeof sent - 1);
    expect_output(v.s, line, sizeof line - 1,
                  "The line holds NUL bytes and more that is not text. What "
                  "recv() gives is bytes and a count, not a string.");
    v = arrive("8");
    peer_send_text(v.fd, "\nsecond\n");
    expect_outcome(v.s, "line ", 0, "A newline on its own ends an empty line.");
}

CASE("what-follows", "what follows the line is left alone", READ("deadline"),
     HINTS("The line is there, and more behind it. What counts?",
           "See memchr(3): the first newline.",
           "Look for the newline before you ask for more; what is behind it "
           "is not printed."))
{
    struct visit v = arrive("8");

    peer_send_text(v.fd, "one\ntwo\nthree");
    expect_outcome(
        v.s, "line one", 0,
        "One recv() gave two lines and a half. The first is wanted.");

    v = set_out("8");
    hold_after(v.s, CALL_CONNECT, NTH(1));
    v = let_in(v);
    wait_held(v.s, "It begins with connect().");
    peer_send_text(v.fd, "all at once\n");
    peer_end(v.fd);
    release(v.s);
    expect_outcome(v.s, "line all at once", 0,
                   "The line and the end of the stream were there at once, as "
                   "soon as it was connected. What came before the end is "
                   "received first.");
}

CASE("reset", "a reset before the line is whole is an error", READ("poll"),
     HINTS("What does recv() return when the connection breaks?",
           "recv(2): -1, and errno has the reason.",
           "err(1, \"recv\") when it is neither EAGAIN nor EINTR."))
{
    struct visit v = arrive("8");

    peer_reset(v.fd);
    expect_error(v.s, "Connection reset",
                 "The connection was reset. That is no end of stream: nobody "
                 "knows what else was to come.");
    v = arrive("8");
    peer_send_text(v.fd, "half a li");
    wait_settled(v.s);
    peer_reset(v.fd);
    expect_error(v.s, "Connection reset",
                 "The connection was reset in the middle of the line.");
    expect_flags_kept(v.s, "after an error, too");
}

static bool has_dialled(void *data)
{
    return count_calls(data, CALL_CONNECT) > 0;
}

CASE("asleep", "it sleeps while it waits", READ("asking-again-and-again"),
     HINTS("What does the program do while nothing comes?",
           "poll(2) sleeps until something comes, or the time is over.",
           "Call recv() again only when poll() has said that it may be "
           "worth it."))
{
    enum {
        CALLS = 4
    };
    static const char why[] =
        "Nothing came, and it asked again and again. That takes a whole "
        "processor for nothing: poll() sleeps, and wakes up in time.";
    struct visit v = arrive("8");

    expect_calm(v.s, CALM_MS, CALLS, "%s", why);
    peer_send_text(v.fd, "half ");
    wait_settled(v.s);
    expect_calm(v.s, CALM_MS, CALLS, "%s", why);
    peer_send_text(v.fd, "of it\n");
    expect_outcome(v.s, "line half of it", 0, "It came in two pieces.");

    peer_vanish(v.lfd);
    struct subject *s = send_out("127.0.0.1", v.lfd, "8");
    wait_until(has_dialled, s);
    wait_settled(s);
    expect_calm(s, CALM_MS, CALLS, "%s", why);
    expect_alive(s, "The time is not over.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("poll"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR, with "
           "what is left of the time."))
{
    struct visit v = arrive("8");

    peer_send_text(v.fd, "a li");
    wait_settled(v.s);
    peer_send_text(v.fd, "ne\n");
    expect_outcome(v.s, "line a line", 0,
                   "A call was interrupted or moved less than was asked for. "
                   "Nothing is lost by that: make it again, from where it "
                   "stopped.");
}
