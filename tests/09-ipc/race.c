/* The checker of labs/09-ipc/race.c: whether what it prints is what it has
 * done.  How fast anything is does not matter here.  Each call that it makes
 * is seen, and when: so it is known what it may claim. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum {
    BATCHES = 11, /* that count */
    ALL_BATCHES = BATCHES + 1,
    SIZES = 3,
    LARGEST = 65536,
    ALL_MEANS = 5,
    MOST_ROWS = ALL_MEANS * SIZES,
    MOST_EVENTS = 20000, /* of a row */
    MOST_TURNS = 2000,
    MOST_PARTIES = 16,
    FEW = 2,         /* round trips in a batch */
    MANY = 16,       /* the same: more than a queue has room for */
    SOME = 5,        /* the same, where one is to differ from all */
    PIECE = 30000,   /* of the largest message */
    SYNC_BYTES = 64, /* that may go with a message in shared memory */
    LATE_MS = 2,
    CALM_MS = 30,
    CALM_CALLS = 10,
    BACKSTOP = 3000 /* ms: longer than any of it takes */
};

static const size_t sizes[] = {1, 1024, LARGEST};
static const char *const all_means[] = {"pipe", "socketpair", "unix", "tcp",
                                        "shm"};
static const char header[] =
    "means\tsize\tlatency_us\tq1_us\tq3_us\tthroughput_mb_s\trounds\n";

/* A line of the table, and when it was measured: between two lines. */
struct row {
    const char *means;
    size_t size;
    double latency, q1, q3, throughput; /* us, MB/s */
    long rounds;
    uint64_t from, to;
};

static struct row rows[MOST_ROWS];
static size_t nrows;

static int count_lines(const char *s)
{
    int n = 0;

    while ((s = strchr(s, '\n')) != NULL) {
        s++;
        n++;
    }
    return n;
}

/* Reads one line of the table, without trusting it. */
static void read_row(const char *line, const char *name, size_t size,
                     long rounds, struct row *row)
{
    const char *shown = quoted(line, strcspn(line, "\n"), 80);
    char word[16] = "", rest = '\0';

    *row = (struct row){.means = name};
    int n = sscanf(line, "%15[^\t]\t%zu\t%lf\t%lf\t%lf\t%lf\t%ld%c", word,
                   &row->size, &row->latency, &row->q1, &row->q3,
                   &row->throughput, &row->rounds, &rest);
    expect(n == 8 && rest == '\n' && strcmp(word, name) == 0 &&
               row->size == size,
           text("seven values of %s, %zu, with tabs between them", name, size),
           shown,
           "There is a line for each means and each size, in the order of the "
           "contract.");
    expect(row->rounds == rounds, text("%ld rounds", rounds),
           text("%ld", row->rounds),
           "The last column says how many round trips are behind the figures: "
           "%d batches of those that were asked for.",
           BATCHES);
    expect(row->latency > 0 && row->throughput >= 0 && row->q1 > 0,
           "figures that are positive", shown, "Each took some time.");
}

/* Reads the first lines of the table of these means. */
static void read_table(struct subject *s, long rounds, const char *const *names,
                       size_t lines)
{
    const char *at = output(s, NULL);

    expect(strncmp(at, header, sizeof header - 1) == 0,
           quoted(header, sizeof header - 1, 80),
           quoted(at, strcspn(at, "\n"), 80), "The table has a header.");
    at += sizeof header - 1;
    for (nrows = 0; nrows < lines; nrows++) {
        read_row(at, names[nrows / SIZES], sizes[nrows % SIZES],
                 rounds * BATCHES, &rows[nrows]);
        at += strcspn(at, "\n") + 1;
    }
}

/* Finds when each line was written: what was done between two of them belongs
 * to the second. */
static void find_times(struct subject *s)
{
    const struct call_record *r = NULL;
    const char *at = output(s, NULL);
    size_t line = 0, ends = strcspn(at, "\n") + 1, written = 0;

    while ((r = next_call(s, CALL_WRITE, r)) != NULL) {
        if (r->args[0] != 1 || r->result <= 0)
            continue;
        written += (size_t)r->result;
        for (; line <= nrows && written >= ends; line++) {
            if (line > 0)
                rows[line - 1].to = r->began;
            if (line < nrows)
                rows[line].from = r->began;
            ends += strcspn(at + ends, "\n") + 1;
        }
    }
    for (size_t i = 0; i < nrows; i++)
        expect(rows[i].from < rows[i].to,
               "each line as soon as it has been measured",
               "two lines written at once",
               "A table that takes minutes is printed line by line, also into "
               "a pipe or a file.");
}

/* A size in words. */
static const char *bytes_of(size_t n)
{
    return text("%zu byte%s", n, n == 1 ? "" : "s");
}

/* Lets it run to its end, and reads its table. */
static void finish_all(struct subject *s, long rounds, const char *const *names,
                       size_t count)
{
    expect_exit(s, 0,
                "It measures, prints its table, and ends with 0, as the other "
                "process does, whose status waitpid() fetches, if SIGCHLD is "
                "not ignored. That other process has to "
                "answer each message of a round trip, and with one byte each "
                "batch one way; and all that it sends has to be received, or "
                "it is left with EPIPE.");
    read_table(s, rounds, names, count * SIZES);
    find_times(s);
    int lines = count_lines(output(s, NULL));
    expect(lines == (int)nrows + 1, text("%zu lines", nrows + 1),
           text("%d", lines), "Nothing is behind the table.");
}

static void finish(struct subject *s, long rounds, const char *name)
{
    finish_all(s, rounds, &name, 1);
}

static struct subject *run(long rounds, const char *name)
{
    struct subject *s = start(text("%ld", rounds), name, NULL);

    finish(s, rounds, name);
    return s;
}

/* Bytes that one call has moved while a row was measured. */
struct event {
    pid_t tid;
    bool is_sent, is_socket;
    size_t n;
    uint64_t began, ended;
    uint64_t before; /* when its thread had made the call before it */
};

static struct event events[MOST_EVENTS];
static size_t nevents;

static bool moves_bytes(const struct call_record *r)
{
    bool is_of_kind = r->call == CALL_SEND || r->call == CALL_RECV ||
                      r->call == CALL_WRITE || r->call == CALL_READ;

    return is_of_kind && r->args[0] > 2 && r->finished && r->result > 0;
}

/* The last call of each thread, while they are looked at in their order. */
struct last {
    pid_t tid;
    uint64_t ended;
};

static struct last *last_of(struct last *all, pid_t tid)
{
    size_t i = 0;

    while (i < MOST_PARTIES - 1 && all[i].tid != 0 && all[i].tid != tid)
        i++;
    all[i].tid = tid;
    return &all[i];
}

/* Whether a call belongs to a row: by when something was given away, or was
 * here.  Who receives may wait for it since the row before; and who has sent
 * may come back from that later than the other goes on. */
static bool is_within(const struct call_record *r, const struct row *row)
{
    bool is_sent = r->call == CALL_SEND || r->call == CALL_WRITE;
    uint64_t at = is_sent ? r->began : r->ended;

    return at >= row->from && at <= row->to;
}

/* Gathers what was sent and received while a row was measured. */
static void gather(struct subject *s, const struct row *row)
{
    struct last last[MOST_PARTIES] = {{.tid = 0}};
    const struct call_record *r = NULL;

    nevents = 0;
    while ((r = next_call(s, CALL_ANY, r)) != NULL) {
        struct last *own = last_of(last, r->tid);
        if (moves_bytes(r) && is_within(r, row) && nevents < MOST_EVENTS)
            events[nevents++] = (struct event){
                .tid = r->tid,
                .is_sent = r->call == CALL_SEND || r->call == CALL_WRITE,
                .is_socket = r->call == CALL_SEND || r->call == CALL_RECV,
                .n = (size_t)r->result,
                .began = r->began,
                .ended = r->ended,
                .before = own->ended};
        own->ended = r->ended;
    }
}

/* What one process has sent, and then received, before it sent again; and the
 * time that this has taken, at least and at most. */
struct turn {
    size_t sent, received;
    uint64_t began, ended; /* its first call, its last one */
    uint64_t from, to;     /* the call before, the call behind */
};

static struct turn turns[MOST_TURNS];
static size_t nturns;

/* Cuts what a process has done into turns, those that are not whole left
 * out. */
static void find_turns(pid_t tid, uint64_t end)
{
    struct turn *t = NULL;

    nturns = 0;
    for (size_t i = 0; i < nevents && nturns < MOST_TURNS; i++) {
        const struct event *e = &events[i];
        if (e->tid != tid)
            continue;
        if (e->is_sent && (t == NULL || t->received > 0)) {
            if (t != NULL)
                t->to = e->began;
            t = &turns[nturns++];
            *t = (struct turn){.began = e->began, .from = e->before};
        }
        if (t == NULL)
            continue;
        t->sent += e->is_sent ? e->n : 0;
        t->received += e->is_sent ? 0 : e->n;
        t->ended = e->ended;
        t->to = end;
    }
}

/* The turns of one kind: so much is sent, and so much received. */
static size_t keep_turns(struct turn *kept, size_t sent, size_t received)
{
    size_t n = 0;

    for (size_t i = 0; i < nturns; i++)
        if (turns[i].sent == sent && turns[i].received == received)
            kept[n++] = turns[i];
    return n;
}

/* Who has measured a row: the process that has made the round trips and the
 * batches one way, and these. */
struct racer {
    pid_t tid;
    struct turn trips[MOST_TURNS], one_way[MOST_TURNS];
    size_t ntrips, none_way;
};

static struct racer racer;

static bool finds_racer(const struct row *row, long rounds, pid_t tid)
{
    size_t all = ALL_BATCHES * (size_t)rounds;

    find_turns(tid, row->to);
    racer.tid = tid;
    racer.ntrips = keep_turns(racer.trips, row->size, row->size);
    racer.none_way = keep_turns(racer.one_way, row->size * (size_t)rounds, 1);
    return racer.ntrips >= all && racer.none_way >= ALL_BATCHES;
}

/* How it has come out, when nobody is the racer. */
static const char *tell_turns(const struct row *row, long rounds)
{
    size_t trips = 0, one_way = 0;

    for (size_t i = 0; i < nevents; i++) {
        finds_racer(row, rounds, events[i].tid);
        if (racer.ntrips > trips)
            trips = racer.ntrips;
        if (racer.none_way > one_way)
            one_way = racer.none_way;
    }
    return text("at most %zu and %zu of them", trips, one_way);
}

static void find_racer(const struct row *row, long rounds)
{
    for (size_t i = 0; i < nevents && i < MOST_PARTIES; i++)
        if (finds_racer(row, rounds, events[i].tid))
            return;
    fail_case(
        text("%ld turns of %s out and as many back, and %d of %s out and one "
             "back",
             ALL_BATCHES * rounds, bytes_of(row->size), ALL_BATCHES,
             bytes_of((size_t)rounds * row->size)),
        tell_turns(row, rounds),
        "%s, %s: a round trip is a message there, all of it, and only "
        "then one back. One way it is %ld messages, and one byte back when all "
        "of them are there. There are %d batches of each kind, the first of "
        "which warms up: caches, buffers and the scheduler are cold before it.",
        row->means, bytes_of(row->size), rounds, ALL_BATCHES);
}

/* All bytes that were received while a row was measured. */
static size_t received_by_all(void)
{
    size_t n = 0;

    for (size_t i = 0; i < nevents; i++)
        n += events[i].is_sent ? 0 : events[i].n;
    return n;
}

/* The other process has answered whole messages with whole messages: it has
 * sent so many bytes, and then received as many. */
static void expect_whole_answers(const struct row *row, long rounds)
{
    size_t wanted = ALL_BATCHES * (size_t)rounds - 1, most = 0;

    for (size_t i = 0; i < nevents && i < MOST_PARTIES; i++) {
        if (events[i].tid == racer.tid)
            continue;
        find_turns(events[i].tid, row->to);
        size_t n = keep_turns(turns, row->size, row->size);
        most = n > most ? n : most;
    }
    expect(most >= wanted,
           text("%zu answers of %s to as many", wanted, bytes_of(row->size)),
           text("%zu", most),
           "%s, %s: the other process answers when the message is "
           "there, all of it. Who sends back each piece as it comes makes "
           "another kind of conversation, in which both work at once.",
           row->means, bytes_of(row->size));
}

static int compare_times(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* What may be claimed of the batches that count: each has taken at least and
 * at most so long. */
struct claim {
    double least[BATCHES], most[BATCHES]; /* us */
};

/* The last eleven batches of so many turns each. */
static struct claim time_batches(const struct turn *t, size_t n, size_t each)
{
    struct claim c;

    for (size_t b = 0; b < BATCHES; b++) {
        const struct turn *first = &t[n - (BATCHES - b) * each];
        const struct turn *last = first + each - 1;
        c.least[b] = (double)(last->ended - first->began) / 1e3;
        c.most[b] = (double)(last->to - first->from) / 1e3;
    }
    qsort(c.least, BATCHES, sizeof *c.least, compare_times);
    qsort(c.most, BATCHES, sizeof *c.most, compare_times);
    return c;
}

/* The figure lies between both: three decimals are printed, and clocks differ
 * by a little. */
static void expect_between(double figure, double least, double most,
                           const char *name, const struct row *row,
                           const char *why)
{
    least = least * 0.995 > 0.0011 ? least * 0.995 - 0.0011 : 0;
    most = most * 1.005 + 0.0011;
    expect(figure >= least && figure <= most,
           text("%s of %s, %s, between %.3f and %.3f", name, row->means,
                bytes_of(row->size), least, most),
           text("%.3f", figure), "%s", why);
}

static void judge_latency(const struct row *row, long rounds)
{
    static const char why[] =
        "From the trail it is known how long each batch has taken here, at "
        "least from its first call to its last. That, divided by the round "
        "trips in it, is what one has cost: on the clock on the wall, for who "
        "waits sleeps. Of the eleven batches behind the first the median is "
        "taken.";
    struct claim c =
        time_batches(racer.trips, (size_t)rounds * ALL_BATCHES, (size_t)rounds);
    double n = (double)rounds;

    expect_between(row->latency, c.least[5] / n, c.most[5] / n, "latency_us",
                   row, why);
    expect_between(row->q1, c.least[2] / n, c.most[2] / n, "q1_us", row, why);
    expect_between(row->q3, c.least[8] / n, c.most[8] / n, "q3_us", row, why);
    expect(row->q1 <= row->latency && row->latency <= row->q3,
           "q1 <= latency <= q3",
           text("%g, %g, %g", row->q1, row->latency, row->q3),
           "Sort the times of the %d batches: the third of them is the one "
           "quartile, the sixth the median, the ninth the other quartile.",
           BATCHES);
}

static void judge_throughput(const struct row *row, long rounds)
{
    struct claim c = time_batches(racer.one_way, racer.none_way, 1);
    double bytes = (double)rounds * (double)row->size;

    expect_between(row->throughput, bytes / c.most[5], bytes / c.least[5],
                   "throughput_mb_s", row,
                   text("From the trail it is known how long the batches one "
                        "way have taken here, from the first message until the "
                        "answer was there. In that time ROUNDS messages have "
                        "gone there, in all %s; bytes a microsecond are "
                        "millions a second, and a megabyte is a million bytes. "
                        "When write() returns, its bytes lie in a buffer: who "
                        "stops the clock then has measured copying.",
                        bytes_of((size_t)bytes)));
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("0", NULL), "A batch has at least one round trip.");
    expect_usage(start("1", "pigeon", NULL), "There is no such means.");
}

/* Not of the table. */
static bool is_of_message(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] > 2;
}

static bool is_gone(void *s)
{
    return count_tasks(s) == 0;
}

CASE("pieces", "a message is received whole, in however many pieces it comes",
     READ("race"),
     HINTS("How many bytes does read() give?",
           "See read(2) and write(2): as many as it returns.",
           "Loop until all n bytes are there."))
{
    struct subject *s = start(text("%d", FEW), "socketpair", NULL);

    struct fault *sent = inject_short(s, CALL_SEND, ALWAYS, PIECE);
    struct fault *got = inject_short(s, CALL_RECV, ALWAYS, PIECE - 1);
    only_if(sent, is_of_message, NULL);
    only_if(got, is_of_message, NULL);
    wait_until(is_gone, s);
    if (times_done(sent) + times_done(got) > 0)
        expect_exit(s, 0,
                    "Some calls have moved less than was asked for, as they "
                    "may: write() takes what there is room for, read() gives "
                    "what is there. Each returns how much that was, and is "
                    "called again for the rest, from where it stopped. "
                    "Otherwise one sends half a message and waits for its "
                    "answer, and the other waits for the other half.");
    finish(s, FEW, "socketpair");
    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        find_racer(&rows[i], FEW);
        expect_whole_answers(&rows[i], FEW);
    }
}

/* Whether it has made a call of this kind with these first arguments; the
 * flags of a type do not matter. */
static bool has_made(struct subject *s, enum call call, int domain)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, call, r)) != NULL)
        if (r->result >= 0 && r->args[0] == domain)
            return true;
    return false;
}

static bool has_connected(struct subject *s, int family)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_CONNECT, r)) != NULL) {
        const struct sockaddr *a = (const struct sockaddr *)r->addr;
        if ((r->result == 0 || r->result == -EINPROGRESS) &&
            r->addrlen >= sizeof a->sa_family && a->sa_family == family)
            return true;
    }
    return false;
}

/* Whether all that was moved for a row went over sockets, or over pipes. */
static bool goes_over_sockets(bool wanted)
{
    for (size_t i = 0; i < nevents; i++)
        if (events[i].is_socket != wanted)
            return false;
    return nevents > 0;
}

CASE("means", "each line is measured with the means that it names",
     READ("what-each-costs"),
     HINTS("Which calls make such a pair of ends?",
           "See pipe(2), socketpair(2), connect(2).",
           "A row has only calls on the descriptors of its means."))
{
    static const char why[] =
        "A line tells of the means that stands at its head, and of no other: "
        "that is what it was to compare.";

    struct subject *s = start("1", "pipe", "socketpair", "unix", NULL);

    finish_all(s, 1, all_means, 3);
    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        bool is_pipe = i < SIZES;
        expect(goes_over_sockets(!is_pipe),
               text("%s for %s", is_pipe ? "pipes" : "sockets", rows[i].means),
               "something else", why);
    }
    expect(has_made(s, CALL_SOCKETPAIR, AF_UNIX), "socketpair(AF_UNIX, ...)",
           "none", why);
    expect(has_connected(s, AF_UNIX), "connect() to an address of AF_UNIX",
           "none", why);
}

CASE("both-ways", "all bytes go there, and all of them come back",
     READ("what-each-costs"),
     HINTS("What is a round trip?", "See the contract.",
           "The other process receives all of a message before it sends as "
           "many bytes back."))
{
    struct subject *s = run(FEW, "pipe");

    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        size_t all = ALL_BATCHES * FEW * rows[i].size;
        size_t got = received_by_all();
        expect(got >= 3 * all + ALL_BATCHES,
               text("%zu bytes received for %s, %zu", 3 * all + ALL_BATCHES,
                    rows[i].means, rows[i].size),
               text("%zu", got),
               "A message of n bytes has cost something when n bytes have "
               "moved: there and back for a round trip, and there for the "
               "throughput.");
        find_racer(&rows[i], FEW);
    }
}

/* The calls of the other process that are late. */
static bool is_of_child(const struct call_record *r, void *unused)
{
    (void)unused;
    return strcmp(r->who, "you") != 0 && r->args[0] > 2;
}

CASE("latency", "the latency is the time of one round trip",
     READ("what-each-costs"),
     HINTS("From when to when does the clock run, and for how many?",
           "See clock_gettime(2): CLOCK_MONOTONIC.",
           "(end - begin) of a batch, divided by its round trips; sort the "
           "eleven; the sixth is the median."))
{
    struct subject *s = start(text("%d", SOME), "socketpair", NULL);

    /* Some take longer: who does not wait does not notice. */
    only_if(inject_delay(s, CALL_RECV, (struct times){20, 34}, LATE_MS),
            is_of_child, NULL);
    finish(s, SOME, "socketpair");
    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        find_racer(&rows[i], SOME);
        judge_latency(&rows[i], SOME);
    }
}

/* The first call of the other process in a batch one way, of the second line:
 * they come behind all round trips.  In the middle one it is slow all the
 * time. */
static bool begins_one_way(const struct call_record *r, void *data)
{
    int *seen = data, trips = ALL_BATCHES * SOME;

    if (!is_of_child(r, NULL))
        return false;
    ++*seen;
    int batch = (*seen - 3 * trips - 1) / SOME;
    return *seen > 3 * trips && *seen <= 4 * trips &&
           (*seen % SOME == 1 || batch == ALL_BATCHES / 2);
}

CASE("throughput", "the clock stops when all has arrived",
     READ("what-each-costs"),
     HINTS("Where are the bytes when write() has returned?",
           "See write(2): it does not say that anybody has them.",
           "Receive the answer, one byte, and then look at the clock."))
{
    struct subject *s = start(text("%d", SOME), "pipe", NULL);

    /* The other one is slow to receive what comes one way. */
    only_if(inject_delay(s, CALL_READ, ALWAYS, LATE_MS), begins_one_way,
            &(int){0});
    finish(s, SOME, "pipe");
    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        find_racer(&rows[i], SOME);
        judge_throughput(&rows[i], SOME);
    }
}

/* How many different sockets were told not to wait for more to send. */
static int count_nodelay(struct subject *s)
{
    const struct call_record *r = NULL;
    const char *seen = " ";
    int n = 0, on;

    while ((r = next_call(s, CALL_SETSOCKOPT, r)) != NULL) {
        memcpy(&on, r->head, sizeof on);
        if (r->result != 0 || r->args[1] != IPPROTO_TCP ||
            r->args[2] != TCP_NODELAY || r->headlen < sizeof on || on == 0)
            continue;
        const char *one = text(" %d:%ld ", (int)r->tid, r->args[0]);
        n += strstr(seen, one) == NULL;
        seen = text("%s%s", seen, one);
    }
    return n;
}

CASE("nodelay", "TCP is measured, and not its patience", READ("loopback-tcp"),
     HINTS("What does TCP do with a small message while another one is not "
           "acknowledged?",
           "See TCP_NODELAY in tcp(7).",
           "setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ...) at both ends."))
{
    struct subject *s = run(FEW, "tcp");

    gather(s, &rows[0]);
    expect(goes_over_sockets(true) && has_connected(s, AF_INET),
           "connect() to an address of AF_INET", "something else",
           "A line tells of the means that stands at its head.");
    expect(count_nodelay(s) >= 2, "TCP_NODELAY at both ends",
           text("at %d of them", count_nodelay(s)),
           "Nagle's rule holds a small segment back as long as another one is "
           "not acknowledged, and an acknowledgement may be 40 ms late. That "
           "is on loopback as well; but it is not what a message costs. (Set "
           "on the socket that listens it is inherited by accept().)");
    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        find_racer(&rows[i], FEW);
    }
}

CASE("two-processes", "each line costs no process and no descriptor for good",
     READ("a-child-that-dies"),
     HINTS("What is left of a child that has ended?", "See wait(2).",
           "waitpid() for it, and close both ends, before the next one."))
{
    struct subject *s = start("1", "socketpair", NULL);
    int lines = 0, open[SIZES + 2] = {0};

    hold(s, CALL_WRITE, ALWAYS);
    while (lines < SIZES) { /* the header, and two */
        wait_held(s, "It prints a line for each size.");
        lines = count_lines(output(s, NULL));
        open[lines] = count_descriptors(s);
        expect(count_zombies(s) <= 1, "at most one child that has just ended",
               text("%d that nobody has waited for", count_zombies(s)),
               "A child that has ended stays a zombie until its parent waits "
               "for it.");
        release(s);
    }
    /* One may be closed at this very moment. */
    expect(open[SIZES] <= open[1] + 1,
           text("%d descriptors, as with the first line", open[1]),
           text("%d with the third", open[SIZES]),
           "The ends of what has been measured are open still, and each line "
           "brings more.");
    expect_exit(s, 0, "It ends when all is measured.");
    const struct call_record *r = NULL;
    bool has_forked = false;
    while ((r = next_call(s, CALL_FORK, r)) != NULL)
        has_forked |= r->result > 0 && (r->flags & CLONE_THREAD) == 0;
    expect(has_forked, "a second process", "threads of one, at most",
           "It measures what two processes pay to talk.");
}

/* Whether a process has memory that is shared, and may be written. */
static bool shares_memory(pid_t pid)
{
    char line[512];
    bool found = false;
    FILE *f = fopen(text("/proc/%d/maps", (int)pid), "re");

    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
        found = strstr(line, " rw-s ") != NULL;
    if (f != NULL)
        fclose(f);
    return found;
}

/* Whether it sleeps until a child ends. */
static bool waits_for_end(pid_t tid)
{
    long nr = -1;
    FILE *f = fopen(text("/proc/%d/syscall", (int)tid), "re");

    if (f != NULL) {
        if (fscanf(f, "%ld", &nr) != 1)
            nr = -1;
        fclose(f);
    }
    return nr == SYS_wait4 || nr == SYS_waitid;
}

/* Whether it sleeps at a futex of which only its own threads know. */
static bool waits_privately(pid_t tid)
{
    unsigned long op = 0;
    long nr = -1;
    FILE *f = fopen(text("/proc/%d/syscall", (int)tid), "re");

    if (f != NULL) {
        if (fscanf(f, "%ld %*s %lx", &nr, &op) != 2)
            nr = -1;
        fclose(f);
    }
    return nr == SYS_futex && (op & FUTEX_PRIVATE_FLAG) != 0;
}

/* Why it may not have come to its end in shared memory, as it stands now. */
static const char *why_stuck(struct subject *s, pid_t first)
{
    const char *said = errors(s, NULL);

    if (strstr(said, "Sanitizer") != NULL)
        return "It has written or read where there is no memory of its own. "
               "Behind the last slot comes the first again.";
    if (waits_privately(first))
        return "It sleeps at a lock (futex) that works between threads of one "
               "process only: a sem_post() in another does not wake it. A "
               "semaphore in memory that processes share has to be told so: "
               "pshared, the argument in the middle of sem_init(3), is not 0.";
    if (*said != '\0')
        return text("It has said %s. A message is copied into a slot that is "
                    "empty, and copied out of one that is full: wait for the "
                    "one before, and tell of the other behind. Both sides go "
                    "around the same slots, of which there are as many as the "
                    "semaphore of the empty ones begins with.",
                    quoted(said, strlen(said), 60));
    return "Both wait, each for what the other should tell. Who puts a message "
           "in waits for a slot that is empty, and counts up those that are "
           "full; who takes one out waits for one that is full, and counts up "
           "those that are empty. At the beginning of each line 0 are full, "
           "and all are empty. And behind the last slot comes the first.";
}

static bool has_two_tasks(void *s)
{
    return count_tasks(s) > 1;
}

CASE("shared", "shared memory is shared, and each waits for the other",
     READ("shared-memory"),
     HINTS("How does the other process learn that a message is there?",
           "See MAP_SHARED in mmap(2), and pshared in sem_init(3).",
           "mmap(MAP_SHARED | MAP_ANONYMOUS) before fork(); a semaphore for "
           "slots that are full and one for those that are empty."))
{
    static const char why_shared[] =
        "No memory of the program is shared: after fork() each process has a "
        "copy of its own, and what one writes there the other never sees.";
    struct subject *s = start(text("%d", MANY), "shm", NULL);

    hold_newborns(s);
    bool has_forked = wait_until(has_two_tasks, s);
    const char *said = errors(s, NULL);
    expect(has_forked, "a second process",
           *said == '\0' ? "none" : quoted(said, strlen(said), 60),
           "Shared memory has two sides. It needs no name for that, neither by "
           "shm_open() nor by sem_open(): names outlive who is killed, and are "
           "refused here. What is mapped before fork() the child has as "
           "well.");
    wait_settled(s);
    expect_calm(s, CALM_MS, CALM_CALLS,
                "The other process has not begun, and nothing is to be "
                "received yet. Who asks in a loop whether something is there "
                "burns the processor that the other one needs: sleep, by a "
                "semaphore or a futex.");
    pid_t first = nth_call(s, CALL_ANY, 1)->tid;
    bool shares = shares_memory(first);
    bool has_ended = !has_two_tasks(s);
    bool has_measured = count_lines(output(s, NULL)) > 1 ||
                        (count_tasks(s) == 2 && waits_for_end(first));
    expect(!has_measured && !has_ended, "nothing measured yet",
           has_ended ? "it has ended"
                     : "all is measured, and it waits for the other process to "
                       "end",
           "The other process has not made a single step: no message has gone "
           "to it, and none has come back. Wait until the other one says that "
           "there is something.");
    release(s);
    wait_until(is_gone, s);
    expect_exit(s, 0, "%s", shares ? why_stuck(s, first) : why_shared);
    expect(shares, "memory that is shared (rw-s in /proc/PID/maps)", "none",
           "%s", why_shared);
    finish(s, MANY, "shm");
    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        size_t most = (size_t)3 * ALL_BATCHES * MANY * SYNC_BYTES;
        expect(rows[i].size < LARGEST || received_by_all() <= most,
               "messages in memory, and at most a few bytes by calls",
               text("%zu bytes received", received_by_all()),
               "The messages go through a pipe or a socket.");
    }
}

CASE("table", "there is a line for each means and size", READ("race"),
     HINTS("What does the contract say of the table?",
           "See printf(3) and setvbuf(3).",
           "A header and fifteen lines; between the values stand tabs."))
{
    struct subject *s = start("1", NULL);

    finish_all(s, 1, all_means, ALL_MEANS);
}

static void expect_reason(struct subject *s, const char *reason,
                          const char *why)
{
    expect_exit(s, 1, "%s", why);
    const char *said = errors(s, NULL);
    expect(strstr(said, reason) != NULL, text("\"%s\" on stderr", reason),
           quoted(said, strlen(said), 60),
           "errno has the reason when a call has failed.");
}

static bool is_of_stdout(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 1;
}

static bool is_of_tcp(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[1] == IPPROTO_TCP;
}

CASE("failures", "what fails is told, with the reason", READ("race"),
     HINTS("Which of the calls may fail?", "See err(3).",
           "err(1, ...) while errno has the reason."))
{
    struct subject *s = start("1", "socketpair", NULL);

    inject_errno(s, CALL_SOCKETPAIR, ALWAYS, EMFILE);
    expect_reason(s, "Too many open files", "There is no socketpair.");
    s = start("1", "tcp", NULL);
    struct fault *f = inject_errno(s, CALL_SETSOCKOPT, ALWAYS, ENOBUFS);
    only_if(f, is_of_tcp, NULL);
    wait_exit(s);
    if (times_done(f) > 0)
        expect_reason(s, "No buffer space",
                      "TCP_NODELAY was refused. Without it something else is "
                      "measured than the line says.");
    s = start("1", "socketpair", NULL);
    only_if(inject_errno(s, CALL_WRITE, FROM(2), ENOSPC), is_of_stdout, NULL);
    expect_reason(s, "No space left",
                  "The table cannot be written, for the disk is full. A table "
                  "that is not whole is no success.");
}

/* Whose messages are sent: of the process that was started, or, when it takes
 * no part, of the one that has sent first. */
struct senders {
    pid_t first;
    int of_started, of_first;
};

static bool is_third_message(const struct call_record *r, void *data)
{
    struct senders *v = data;

    if (r->args[0] <= 2)
        return false;
    if (strcmp(r->who, "you") == 0)
        return ++v->of_started == 3;
    if (v->first == 0)
        v->first = r->tid;
    if (v->of_started > 0 || r->tid != v->first)
        return false;
    return ++v->of_first == 3;
}

struct fewer {
    struct subject *s;
    int tasks;
};

static bool are_fewer(void *data)
{
    const struct fewer *f = data;

    return count_tasks(f->s) < f->tasks;
}

/* Kills a process; that the checker holds it does not keep it from dying. */
static void kill_process(struct subject *s, pid_t pid, const char *words)
{
    struct fewer f = {s, count_tasks(s)};

    note("kills %s (SIGKILL)", words);
    kill(pid, SIGKILL);
    wait_until(are_fewer, &f);
}

/* The process that is held; or another one, but not that which was started:
 * that is to tell what has happened. */
static pid_t find_victim(struct subject *s, bool is_held)
{
    const struct call_record *r = NULL;
    pid_t held = 0, other = 0;

    while ((r = next_call(s, CALL_ANY, r)) != NULL)
        if (!r->finished && r->fault != NULL)
            held = r->tid;
    while ((r = next_call(s, CALL_ANY, r)) != NULL)
        if (is_of_child(r, NULL) && r->tid != held)
            other = r->tid;
    if ((is_held ? held : other) == 0)
        fail_case("calls of another process", "none",
                  "Messages go to a process and back.");
    return is_held ? held : other;
}

/* The end of the process that was started is seen by the others. */
static void expect_heirs_end(void)
{
    struct subject *s = start("2", "socketpair", NULL);

    only_if(hold(s, CALL_RECV, NTH(3)), is_of_child, NULL);
    wait_held(s, "Messages are exchanged.");
    kill_process(s, nth_call(s, CALL_ANY, 1)->tid,
                 "the process that was started");
    release(s);
    expect(wait_until(is_gone, s), "no process left",
           text("%d still there, asleep", count_tasks(s)),
           "The process that was started was killed in the middle of a "
           "round trip. What it had is closed by that, and the other one meets "
           "the end, or EPIPE; unless it holds a copy of the other's end "
           "itself, by fork(), and waits for itself.");
}

CASE("other-dies", "another process that dies is told, and not waited for",
     READ("the-end-you-do-not-use"),
     HINTS("Who can still write into the pipe when the other process is gone?",
           "See pipe(7): there is an end when no writer is left.",
           "Each process closes the ends that it does not use, behind fork()."))
{
    /* It dies while it is to receive: the first waits for its answer.  Or it is
     * dead when the first sends. */
    static const struct {
        const char *means;
        enum call call;
        int nth;
    } some[] = {{"pipe", CALL_READ, 1},
                {"socketpair", CALL_RECV, 3},
                {"socketpair", CALL_SEND, 1}};

    for (int i = 0; i < 3; i++) {
        struct subject *s = start("2", some[i].means, NULL);
        bool receives = some[i].call != CALL_SEND;
        struct senders v = {.first = 0};
        if (receives)
            only_if(hold(s, some[i].call, NTH(some[i].nth)), is_of_child, NULL);
        else
            only_if(hold(s, CALL_SEND, NTH(some[i].nth)), is_third_message, &v);
        wait_held(s, "Messages are exchanged.");
        kill_process(s, find_victim(s, receives), "the other process");
        release(s);
        expect_exit(s, 1,
                    "%s: the other process was killed in the middle of a round "
                    "trip. read() says 0 when nobody has the other end open "
                    "any more, nor you yourself; write() says EPIPE, with a "
                    "SIGPIPE. Otherwise the answer is awaited for ever.",
                    some[i].means);
        expect(*errors(s, NULL) != '\0', "a sentence on stderr", "nothing",
               "It has not measured what it was to measure. That is told.");
    }
    expect_heirs_end();
}

/* Who was interrupted last, of each kind of calls. */
struct interrupted {
    pid_t tids[MOST_PARTIES];
};

/* Each call that is not of the table is interrupted once, and then made. */
static bool is_first_try(const struct call_record *r, void *data)
{
    struct interrupted *was = data;
    pid_t *at = &was->tids[strcmp(r->who, "you") == 0];

    if (r->args[0] <= 2)
        return false;
    *at = *at == r->tid ? 0 : r->tid;
    return *at != 0;
}

CASE("every-call", "each call is interrupted once, and nothing changes",
     READ("race"),
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    static const enum call kinds[] = {CALL_ACCEPT, CALL_SEND, CALL_RECV};
    struct interrupted was[3] = {{.tids = {0}}};
    struct subject *s = start(text("%d", FEW), "unix", NULL);

    for (int i = 0; i < 3; i++)
        only_if(inject_errno(s, kinds[i], ALWAYS, EINTR), is_first_try,
                &was[i]);
    finish(s, FEW, "unix");
    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        find_racer(&rows[i], FEW);
    }
}

static bool has_two_rows(void *s)
{
    return count_lines(output(s, NULL)) > 2;
}

CASE("any-weather", "random faults change nothing", READ("race"), RANDOM_FAULTS,
     RETRIES_EINTR,
     HINTS("Which call was cut or interrupted before it went wrong?",
           "See read(2), write(2), accept(2).",
           "One step at a time, each from where the last one stopped."))
{
    static const char *const tcp[] = {"tcp"};
    struct subject *s = start("1", "tcp", NULL);

    /* Messages of 64 KiB would come in very many pieces. */
    expect(wait_until(has_two_rows, s), "two lines behind the header",
           quoted(output(s, NULL), strlen(output(s, NULL)), 80),
           "Some calls were interrupted, or moved less than was asked for. "
           "That is no error, and nothing is lost by it.");
    read_table(s, 1, tcp, 2);
    find_times(s);
    for (size_t i = 0; i < nrows; i++) {
        gather(s, &rows[i]);
        find_racer(&rows[i], 1);
    }
}
