/* The checker of labs/06-select/dial.c: targets that accept, refuse, never
 * answer, or answer when the checker likes.  What ends before what is made so
 * by events; the clock is asked only for what may never come too early. */
#define _GNU_SOURCE
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

static const char host[] = "many.example";

enum {
    PATIENCE = 300, /* ms */
    LATE = 35,      /* ms from the first attempt to the first wait */
    TRIES = 4,      /* on a slow machine */
    SLACK = 5,      /* ms between two looks at the clock */
    MANY = 30,      /* targets that share one limit */
    AT_ONCE = 100,  /* targets: more than anybody may think enough */
    TOO_MANY = 1040 /* targets: more than fit into a set */
};

/* Who waits in vain, though the limit is long, is not given much time. */
static void be_impatient(void)
{
    set_limits((struct limits){.wall_ms = 2500, .cpu_ms = 200});
}

/* A host that is gone: calls to it are not answered, unless
 * peer_answer_late() does it. */
static int listen_mute(void)
{
    int lfd = peer_listen("127.0.0.1");

    peer_vanish(lfd);
    be_impatient();
    return lfd;
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The lines of a text in alphabetical order: what ended at the same time may
 * be told in any order. */
static const char *sorted(const char *lines)
{
    const char *line[64], *all = "";
    size_t n = 0;

    while (*lines != '\0' && n < 64) {
        size_t len = strcspn(lines, "\n");
        line[n++] = text("%.*s", (int)len, lines);
        lines += len + (lines[len] == '\n');
    }
    qsort(line, n, sizeof line[0], compare);
    for (size_t i = 0; i < n; i++)
        all = text("%s%s\n", all, line[i]);
    return all;
}

/* So many bytes, or a moment until when they may come. */
struct awaited {
    struct subject *s;
    size_t n;
    double until;
};

static bool has_come(void *data)
{
    struct awaited *a = data;
    size_t n;

    output(a->s, &n);
    return n >= a->n || now_ms() >= a->until;
}

/* Once it is at rest it has told these targets, in whatever order, and no
 * other.  (Between the end of one of its processes and the moment when another
 * hears of it all may sleep.) */
static void expect_told(struct subject *s, const char *lines, const char *why)
{
    expect(wait_settled(s), "a program that sleeps",
           "it goes on making calls, or computing",
           "Nothing comes to an end, and it asks again and again.");
    expect_alive(s, "Some are under way still: it waits for them.");
    wait_until(has_come,
               &(struct awaited){s, strlen(lines), now_ms() + PATIENCE});
    const char *got = sorted(output(s, NULL)), *want = sorted(lines);

    expect(strcmp(got, want) == 0, quoted(want, strlen(want), 400),
           quoted(got, strlen(got), 400), "%s", why);
}

/* The last line of a whole output, in milliseconds: "total N ms".  Takes it
 * off. */
static long take_total(struct subject *s, char *all)
{
    size_t n = strlen(all), said;
    const char *last = errors(s, &said);
    char *end, *line = all;

    if (n > 0 && all[n - 1] == '\n') {
        all[n - 1] = '\0';
        line = strrchr(all, '\n');
        line = line == NULL ? all : line + 1;
    }
    expect(strncmp(line, "total ", 6) == 0 &&
               strspn(line + 6, "0123456789") > 0,
           "a last line \"total N ms\"",
           text("%s%s%s", quoted(all, strlen(all), 400),
                said > 0 ? ", and on stderr " : "",
                said > 0 ? quoted(last, said, 200) : ""),
           "When all targets are told, the last line says how long it took. "
           "It ended without it.");
    long ms = strtol(line + 6, &end, 10);
    expect(strcmp(end, " ms") == 0, "\"total N ms\"",
           quoted(line, strlen(line), 60), "The last line is of this form.");
    *line = '\0';
    return ms;
}

/* It ends, having told these targets in whatever order; returns the total,
 * which is not more than the program took as the checker saw it. */
static long expect_all(struct subject *s, double began, const char *lines,
                       int status, const char *why)
{
    wait_exit(s);
    double took = now_ms() - began;
    char *all = strdup(output(s, NULL));
    long total = take_total(s, all);
    const char *got = sorted(all), *want = sorted(lines);

    expect(strcmp(got, want) == 0, quoted(want, strlen(want), 400),
           quoted(got, strlen(got), 400), "%s", why);
    free(all);
    expect_exit(s, status, "0 when all were open, else 1.");
    expect((double)total <= took, text("a total of at most %.0f ms", took),
           text("%ld ms", total),
           "The total is the time that passed from the first beginning to the "
           "last end: that of the slowest, not the sum of all.");
    return total;
}

/* For only_if(): the call goes to this listener. */
static bool calls_it(const struct call_record *r, void *lfd)
{
    in_port_t port = htons((in_port_t)strtol(peer_port(*(int *)lfd), NULL, 10));

    return r->addrlen >= 8 && memcmp(r->addr + 2, &port, 2) == 0;
}

/* How many calls to this listener it has begun. */
static int count_begun(struct subject *s, int lfd)
{
    int n = 0;

    for (const struct call_record *r = NULL;
         (r = next_call(s, CALL_CONNECT, r)) != NULL;)
        n += calls_it(r, &lfd);
    return n;
}

/* The peer's end of a connection that was told to be open: closed by now, and
 * nothing was sent. */
static void expect_hung_up(int fd)
{
    expect_end(fd, "This target was told. Nothing is sent to it, and its "
                   "connection is closed, though others are under way.");
}

static void expect_sockets(struct subject *s, int n, const char *why)
{
    expect(count_sockets_of_all(s) == n, text("%d open sockets", n),
           text("%d", count_sockets_of_all(s)), "%s", why);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("1", NULL), "No target is given.");
}

CASE("arguments", "a limit or a target of another form is refused",
     READ("dial"),
     HINTS("What is HOST:PORT, and what is SECONDS, by the contract?",
           "strrchr(3) finds the last colon; strtod(3) takes too much.",
           "Look at all of them before the first attempt."))
{
    static const char *const bad[][2] = {
        {"inf", "127.0.0.1:80"}, {"0", "127.0.0.1:80"}, {"8", "127.0.0.1"},
        {"8", "127.0.0.1:x"},    {"8", "::1:80"},
    };
    int lfd = peer_listen("127.0.0.1");

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct subject *s = start(bad[i][0], peer_name(lfd), bad[i][1], NULL);
        const char *why =
            text("\"%s\" or \"%s\" is of another form.", bad[i][0], bad[i][1]);
        expect_output(s, "", 0, "%s", why);
        expect_exit(s, 1, "%s", why);
        expect_complaint(s, NULL, "%s", why);
        expect(!peer_is_called(lfd), "nothing attempted", "a call", "%s", why);
    }
}

CASE("open", "targets that accept are open", READ("many-connects-at-once"),
     HINTS("What are the lines to print?", "See connect(2).",
           "\"HOST:PORT open\", and \"total N ms\" when all are told."))
{
    be_impatient();
    int one = peer_listen("127.0.0.1"), two = peer_listen("127.0.0.2");
    double began = now_ms();
    struct subject *s = start("8", peer_name(one), peer_name(two), NULL);

    expect_all(
        s, began, text("%s open\n%s open\n", peer_name(one), peer_name(two)), 0,
        "Both accepted. connect() said EINPROGRESS, which is no failure: "
        "it goes on, and its socket is writable when it has ended.");
    expect_hung_up(peer_accept(one, "It connects to the first."));
    expect_hung_up(peer_accept(two, "It connects to the second."));
    for (int fd = 0; fd <= 1; fd++)
        expect((status_flags(s, fd) & O_NONBLOCK) == 0,
               text("descriptor %d as it was", fd), "O_NONBLOCK left on it",
               "stdin and stdout are shared with the shell, which finds them "
               "non-blocking now.");
}

CASE("refused", "targets that refuse are told", READ("many-connects-at-once"),
     HINTS("The socket is writable. Is it connected?",
           "See SO_ERROR in socket(7), and EINPROGRESS in connect(2).",
           "getsockopt(fd, SOL_SOCKET, SO_ERROR, ...) once: 0, or the reason "
           "why there is no connection."))
{
    be_impatient();
    int no = peer_refuse("127.0.0.1"), yes = peer_listen("127.0.0.1");
    const char *lines =
        text("%s refused\n%s open\n", peer_name(no), peer_name(yes));
    double began = now_ms();

    struct subject *s = start("8", peer_name(no), peer_name(yes), NULL);
    expect_all(s, began, lines, 1,
               "The first one refused. A socket whose connect() has come to an "
               "end is writable, whatever the end: whether it is connected, "
               "SO_ERROR knows, which is cleared as it is read.");
    size_t sockets = count_calls(s, CALL_SOCKET);
    expect(sockets <= 2, "one attempt for each of two targets",
           text("%zu sockets", sockets),
           "Who refuses has answered. Each target is attempted once.");

    began = now_ms();
    s = start("8", peer_name(no), peer_name(yes), NULL);
    only_if(inject_errno(s, CALL_CONNECT, ALWAYS, ECONNREFUSED), calls_it, &no);
    expect_all(s, began, lines, 1,
               "connect() itself said ECONNREFUSED: it may know at once, and "
               "then there is nothing to wait for.");
}

CASE("greeted", "a server that greets is open, too", READ("readable"),
     HINTS("The socket is readable as well. What does that say?",
           "See the table of what makes a socket readable: data, the end, an "
           "error.",
           "Do not ask whether it is readable. SO_ERROR knows the outcome."))
{
    be_impatient();
    int yes = peer_listen("127.0.0.1");
    double began = now_ms();
    struct subject *s = start("8", peer_name(yes), NULL);

    hold_after(s, CALL_CONNECT, NTH(1));
    int fd = peer_accept(yes, "It connects to it.");
    peer_send_text(fd, "220 at your service\n");
    wait_settled(s);
    release(s);
    expect_all(s, began, text("%s open\n", peer_name(yes)), 0,
               "The server accepted and said its greeting before the program "
               "came to wait, so its socket is readable and writable. That is "
               "no sign of a failure: there are bytes.");
    expect_closed(fd, "This target was told, and its connection is closed.");
}

CASE("other-ends", "each reason has its word, and stops no other target",
     READ("many-connects-at-once"),
     HINTS("Which errors may connect() and socket() tell?",
           "See ERRORS in connect(2).",
           "A table from errno to the word; \"failed\" for all others, with a "
           "sentence on stderr."))
{
    be_impatient();
    static const struct {
        int error;
        const char *word;
    } ends[] = {
        {ENETUNREACH, "unreachable"},
        {EHOSTUNREACH, "unreachable"},
        {ETIMEDOUT, "timed out"},
        {EACCES, "failed"},
    };
    int no = peer_listen("127.0.0.1"), yes = peer_listen("127.0.0.1");

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        double began = now_ms();
        struct subject *s = start("8", peer_name(no), peer_name(yes), NULL);
        only_if(inject_errno(s, CALL_CONNECT, ALWAYS, ends[i].error), calls_it,
                &no);
        expect_all(s, began,
                   text("%s %s\n%s open\n", peer_name(no), ends[i].word,
                        peer_name(yes)),
                   1,
                   text("The first connect() said %s, the second went well.",
                        strerrorname_np(ends[i].error)));
    }
}

CASE("no-descriptor", "a target without a descriptor or an address has failed",
     READ("dial"),
     HINTS("May socket() and getaddrinfo() fail for one of many?",
           "See EMFILE in socket(2).",
           "Say why on stderr, print \"failed\", and go on with the next."))
{
    be_impatient();
    const char *unknown = "nobody.example:80";
    int one = peer_listen("127.0.0.1"), two = peer_listen("127.0.0.1");
    double began = now_ms();
    struct subject *s =
        start("8", peer_name(one), unknown, peer_name(two), NULL);

    give_hosts(s, "127.0.0.1 somebody.example\n");
    inject_errno(s, CALL_SOCKET, NTH(1), EMFILE);
    wait_exit(s);
    bool is_two = strstr(output(s, NULL), text("%s failed", peer_name(two)));
    expect_all(s, began,
               text("%s failed\n%s %s\n%s %s\n", unknown, peer_name(one),
                    is_two ? "open" : "failed", peer_name(two),
                    is_two ? "failed" : "open"),
               1,
               "The first socket() said EMFILE, and the second target's name "
               "is not known. The others can be dialled all the same.");
    const char *said = errors(s, NULL);
    int lines = 0;
    for (const char *at = said; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    expect(lines >= 2, "two sentences on stderr",
           quoted(said, strlen(said), 300),
           "\"failed\" says too little: stderr has the reason, for a name that "
           "is not known as well as for a socket that there is not.");
}

CASE("all-at-once", "it begins all before it waits for any",
     READ("many-connects-at-once"),
     HINTS("The first target does not answer. When is the second one's turn?",
           "See EINPROGRESS in connect(2), and SOCK_NONBLOCK in socket(2).",
           "connect() on non-blocking sockets, for all of them; then one "
           "select() for all."))
{
    const char *argument[AT_ONCE + 2] = {"8"};
    int mute = listen_mute();

    for (int i = 1; i <= AT_ONCE; i++)
        argument[i] = peer_name(mute);
    set_limits((struct limits){.tasks = 2 * AT_ONCE});
    struct subject *s = start_argv(argument);
    int begun = 0, before;
    do
        before = begun;
    while (!wait_settled(s) && (begun = count_begun(s, mute)) > before);
    begun = count_begun(s, mute);
    expect(begun >= AT_ONCE, text("%d calls under way", AT_ONCE),
           text("%d calls of connect()", begun),
           "None of the targets answers, and the program waits for some before "
           "it calls the others: the times add up. A connect() that does not "
           "wait lets all of them go on at once.");
    expect_told(s, "", "None of them has come to an end.");
}

CASE("as-each-ends", "each is told as it ends, in whatever order",
     READ("many-connects-at-once"),
     HINTS("What does select() leave in the set?",
           "select(2) clears those that are not ready, each time.",
           "Fill the set anew before each select(), from those that are still "
           "under way; print and close those that it leaves in."))
{
    int one = listen_mute(), two = listen_mute(), no = peer_refuse("127.0.0.1"),
        yes = peer_listen("127.0.0.1");
    double began = now_ms();
    struct subject *s = start("8", peer_name(one), peer_name(no),
                              peer_name(two), peer_name(yes), NULL);

    const char *lines =
        text("%s refused\n%s open\n", peer_name(no), peer_name(yes));
    expect_told(s, lines,
                "The second and the last came to an end, and the others did "
                "not yet: these two can be told.");
    expect_hung_up(peer_accept(yes, "It connects to all."));
    expect_sockets(s, 2,
                   "Two are told, and two are under way: only these need "
                   "their sockets still.");

    int fd = peer_answer_late(two);
    lines = text("%s%s open\n", lines, peer_name(two));
    expect_told(s, lines, "The third one answered after all.");
    expect_hung_up(fd);
    expect_sockets(s, 1, "One is under way.");
    fd = peer_answer_late(one);
    expect_all(s, began, text("%s%s open\n", lines, peer_name(one)), 1,
               "Last of all the first one answered, and then all were told.");
    expect_hung_up(fd);
}

CASE("timed-out", "what does not answer is told when the limit is over",
     READ("many-connects-at-once"),
     HINTS("How long does select() wait?",
           "See the timeout of select(2): seconds and microseconds.",
           "When select() says 0, all that are under way have timed out."))
{
    int mute = listen_mute();
    double began = now_ms();
    struct subject *s = start("0.07", peer_name(mute), NULL);

    long total = expect_all(
        s, began, text("%s timed out\n", peer_name(mute)), 1,
        "It never answered, and the limit was 0.07 seconds. A connect() on "
        "its own waits for two minutes.");
    double took = now_ms() - began;
    expect(took >= 70, "at least 70 ms", text("%.0f ms", took),
           "The limit was 0.07 seconds, and it gave up before.");
    expect(sockets_at_exit(s) == 0, "no open socket as it ends",
           text("%d", sockets_at_exit(s)),
           "What has timed out is told, and its socket is closed: a connect() "
           "that is given up goes on trying until then.");
    expect(total >= 70 - SLACK, "a total of 70 ms or more",
           text("%ld ms", total),
           "The limit was 0.07 seconds, and the slowest took as long. Either "
           "it gave up before, or its total is not time on the clock: the "
           "processor had next to nothing to do.");
}

CASE("one-limit", "all share one limit", READ("many-connects-at-once"),
     HINTS("When does the time of the second target begin?",
           "See clock_gettime(2), CLOCK_MONOTONIC.",
           "Fix the end once, before the first connect(); each select() gets "
           "what is left until then."))
{
    const char *argument[MANY + 2] = {"0.1"}, *lines = "";
    int mute = listen_mute();
    double began = now_ms();

    for (int i = 1; i <= MANY; i++) {
        argument[i] = peer_name(mute);
        lines = text("%s%s timed out\n", lines, peer_name(mute));
    }
    set_limits((struct limits){.wall_ms = 2500, .tasks = 2 * MANY});
    expect_all(start_argv(argument), began, lines, 1,
               "30 targets do not answer. They share 0.1 seconds; a limit for "
               "each of them, one after the other, makes that 3.");
}

/* It has 60 ms for a target that does not answer, and is interrupted four
 * times, 20 ms each. */
static struct subject *be_interrupted(int mute)
{
    const struct times four = {1, 4};
    struct subject *s = start("0.06", peer_name(mute), NULL);

    inject_errno(s, CALL_SELECT, four, EINTR);
    inject_delay(s, CALL_SELECT, four, 20);
    wait_settled(s);
    return s;
}

/* Whether the machine was so slow that hardly any time was left when it came
 * to wait: then nothing is seen, and it is tried again. */
static bool began_late(struct subject *s, const struct call_record *waits)
{
    const struct call_record *calls = nth_call(s, CALL_CONNECT, 1);

    if (calls == NULL || waits == NULL ||
        waits->began < calls->began + (uint64_t)LATE * 1000 * 1000)
        return false;
    wait_exit(s);
    return true;
}

CASE("interrupted", "a signal does not lengthen the limit",
     READ("the-three-answers"),
     HINTS("With which timeout does select() go on after EINTR?",
           "Linux leaves what was left in the timeout, others do not: see "
           "select(2).",
           "Compute what is left before each select(), from the clock."))
{
    const struct call_record *r;
    struct subject *s;
    double began;
    int mute, tries = 0;

    do {
        mute = listen_mute();
        began = now_ms();
        s = be_interrupted(mute);
        r = nth_call(s, CALL_SELECT, 1);
    } while (++tries < TRIES && began_late(s, r));
    if (r != NULL && now_ms() - (double)r->began / 1e6 > 60)
        peer_answer_late(mute); /* else it waits in another way */
    long total = expect_all(
        s, began, text("%s timed out\n", peer_name(mute)), 1,
        "Four times 20 ms passed and a signal interrupted the wait, and the "
        "limit was 60 ms. The target answered after that, too late. Whoever "
        "waits after each signal for the whole time again may wait for ever; "
        "what select() leaves in its timeout does not know of the time that "
        "passes outside of it; and after it has said -1, the set is as it was "
        "filled, and says nothing.");
    expect(total >= 60 - SLACK, "a total of 60 ms or more",
           text("%ld ms", total),
           "The limit was 60 ms, and signals came before its end. Either it "
           "gave up then (but a select() that was interrupted has said -1, "
           "and not that the time is over), or its total is not time on the "
           "clock.");
}

CASE("no-way", "a reason that comes later has its word, too",
     READ("many-connects-at-once"),
     HINTS("The socket is writable, and not connected. Was it refused?",
           "SO_ERROR in socket(7) is the reason itself, as errno has it.",
           "Give what SO_ERROR says to tell(), whatever it is."))
{
    need_private_network();
    int mute = listen_mute(), yes = peer_listen("127.0.0.1");
    double began = now_ms();
    struct subject *s = start("8", peer_name(mute), peer_name(yes), NULL);

    expect_told(s, text("%s open\n", peer_name(yes)),
                "The second accepted, and nothing is known of the first.");
    expect(peer_is_unreachable(mute), "a call under way", "none",
           "The first target has not answered yet.");
    expect_all(
        s, began,
        text("%s unreachable\n%s open\n", peer_name(mute), peer_name(yes)), 1,
        "While the program waited, a router on the way said that it does not "
        "reach the first one. That is not refused: nobody was there to do so.");
}

CASE("twice", "the same target may be given twice", READ("dial"),
     HINTS("Whose is the line?", "Each attempt has a socket of its own.",
           "Find the target by its descriptor, not by its name."))
{
    be_impatient();
    int yes = peer_listen("127.0.0.1"), no = peer_refuse("127.0.0.1");
    double began = now_ms();
    struct subject *s = start("8", peer_name(yes), peer_name(no),
                              peer_name(yes), peer_name(no), NULL);

    expect_all(s, began,
               text("%s open\n%s refused\n%s open\n%s refused\n",
                    peer_name(yes), peer_name(no), peer_name(yes),
                    peer_name(no)),
               1, "Two targets, twice each: four attempts, four lines.");
    expect_hung_up(peer_accept(yes, "It connects to it."));
    expect_hung_up(peer_accept(yes, "It connects to it once more."));
}

CASE("no-stdin", "0 is a descriptor like any other", READ("dial"),
     HINTS("stdin is closed. Which descriptor does socket() give?",
           "The lowest that is free: see open(2).",
           "No descriptor is -1, and not 0."))
{
    be_impatient();
    without_stdin();
    int yes = peer_listen("127.0.0.1");
    double began = now_ms();

    expect_all(start("8", peer_name(yes), NULL), began,
               text("%s open\n", peer_name(yes)), 0,
               "It was started without a stdin (as by `<&-' in a shell), so "
               "the first socket has the lowest free number, 0.");
}

CASE("names", "a name stands for its first address", READ("dial"),
     HINTS("What does getaddrinfo() give?", "See getaddrinfo(3).",
           "The first element of the list, and no other."))
{
    be_impatient();
    int yes = peer_refuse_and_listen("127.0.0.10", "127.0.0.12");
    const char *target = text("%s:%s", host, peer_port(yes));
    double began = now_ms();
    struct subject *s = start("8", target, peer_name(yes), NULL);

    give_hosts(s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    expect_all(s, began, text("%s refused\n%s open\n", target, peer_name(yes)),
               1, "The name has two addresses, and the first one refuses.");
}

CASE("brackets", "an address of IPv6 stands in brackets", READ("dial"),
     HINTS("Which colon comes before the port?", "See strrchr(3).",
           "The last one; and the brackets are not part of the address."))
{
    be_impatient();
    need_ipv6();
    int yes = peer_listen("::1");
    double began = now_ms();

    expect_all(start("8", peer_name(yes), NULL), began,
               text("%s open\n", peer_name(yes)), 0,
               "It listens at ::1, and the target is given as [::1]:PORT.");
}

CASE("too-many", "more targets than fit into a set are refused",
     READ("room-for-1024"),
     HINTS("How many descriptors has an fd_set room for?",
           "See FD_SETSIZE in select(2): beyond it FD_SET() writes over "
           "whatever comes behind.",
           "Count the targets before the first attempt."))
{
    const char *argument[TOO_MANY + 2] = {"8"};
    int no = peer_refuse("127.0.0.1");

    set_limits((struct limits){.files = 2 * TOO_MANY});
    for (int i = 1; i <= TOO_MANY; i++)
        argument[i] = peer_name(no);
    struct subject *s = start_argv(argument);
    expect_exit(s, 1,
                "There are %d targets, and the contract says 1000 at "
                "most: an fd_set has room for descriptors below 1024.",
                TOO_MANY);
    expect_output(s, "", 0, "Nothing is attempted.");
    expect_complaint(s, NULL, "The reason is told on stderr.");
    expect(count_calls(s, CALL_CONNECT) == 0, "nothing attempted",
           text("%zu calls of connect()", count_calls(s, CALL_CONNECT)),
           "There are too many targets: nothing is attempted.");
}

CASE("large-numbers", "a descriptor that no set has room for is not used",
     READ("room-for-1024"),
     HINTS("Which descriptors has an fd_set room for?",
           "See FD_SETSIZE in select(2): FD_SET() does not look whether there "
           "is room.",
           "When socket() gives FD_SETSIZE or more the target has failed, as "
           "if there were no descriptor left."))
{
    enum {
        TARGETS = 4,
        FREE = 2 /* descriptors below FD_SETSIZE */
    };
    int failed = 0, yes = peer_listen("127.0.0.1");
    const char *to = peer_name(yes), *lines = "";

    set_limits((struct limits){
        .wall_ms = 2500, .cpu_ms = 200, .files = FD_SETSIZE + 64});
    descriptors_begin_at(FD_SETSIZE - FREE);
    double began = now_ms();
    struct subject *s = start("8", to, to, to, to, NULL);
    wait_exit(s);
    for (const char *at = output(s, NULL); (at = strstr(at, " failed")); at++)
        failed++;
    for (int i = 0; i < TARGETS; i++)
        lines = text("%s%s %s\n", lines, to, i < failed ? "failed" : "open");
    expect_all(s, began, lines, failed == 0 ? 0 : 1,
               text("The program was started with all descriptors below %d in "
                    "use. What no set has room for is as good as none: such a "
                    "target has failed. (With poll() it may be open.)",
                    FD_SETSIZE - FREE));
    size_t n;
    errors(s, &n);
    expect(failed == 0 || n > 0, "a sentence on stderr", "none",
           "\"failed\" says too little: stderr has the reason.");
}

CASE("asleep", "it sleeps while it waits", READ("what-it-overwrites"),
     HINTS("What does the program do while nothing comes?",
           "select(2) sleeps; and Linux changes its timeout, to 0 in the end.",
           "One select() for all that is left of the time, with a fresh "
           "timeout each time."))
{
    enum {
        MS = 60,
        CALLS = 4
    };
    struct subject *s = start("8", peer_name(listen_mute()),
                              peer_name(peer_refuse("127.0.0.1")), NULL);

    wait_settled(s);
    expect_calm(s, MS, CALLS,
                "Nothing comes, and it asks again and again. A timeout that "
                "was used once is 0 on Linux: what was left of it.");
    expect_alive(s, "The time is not over.");
}

CASE("every-call", "no interruption changes the outcome",
     READ("the-three-answers"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7): select() is interrupted, and never restarted.",
           "After -1 the set says nothing: fill it and wait again, for what "
           "is left of the time."))
{
    int mute = listen_mute(), no = peer_refuse("127.0.0.1");
    double began = now_ms();
    struct subject *s = start("8", peer_name(mute), peer_name(no), NULL);

    expect_told(s, text("%s refused\n", peer_name(no)),
                "A call was interrupted. After a select() that said -1 nothing "
                "is known of those in the set.");
    peer_answer_late(mute);
    expect_all(s, began,
               text("%s open\n%s refused\n", peer_name(mute), peer_name(no)), 1,
               "A call was interrupted. Nothing has happened by that: make it "
               "again.");
}
