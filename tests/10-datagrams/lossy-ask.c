/* The checker of labs/10-datagrams/lossy-ask.c: a server that does not hear,
 * or whose answers are lost, slow, doubled, reordered, forged and mangled.  No
 * verdict hangs on how fast anything is: what is slow comes when the program
 * has asked anew, and waits are judged by how long they are at least. */
#define _GNU_SOURCE
#include "../05-nonblocking/flags.h"
#include "../05-nonblocking/spurious.h"
#include "harness.h"
#include "waits.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 512, /* bytes of text */
    ID = 16,
    HEAD = 1 + ID + 1,
    ASKINGS = 6,
    MOST_CPU_MS = 500, /* of a program that does not spin */
    QUESTIONS = 5,
    STRANGERS = 8 /* more than the askings */
};

/* Waits: one in which an answer always comes, whatever the machine is busy
 * with, and one that is over soon. */
static const char long_wait[] = "5", short_wait[] = "0.002";

/* A program that asks, where it is answered, and what it has asked last. */
struct visit {
    struct subject *s;
    int fd;
    const struct datagram *asked;
};

/* Starts it; it is to ask this socket. */
static struct visit send_out(int fd, const char *wait)
{
    set_limits((struct limits){.cpu_ms = MOST_CPU_MS});
    streams_with_flags();
    return (struct visit){start("127.0.0.1", peer_port(fd), wait, NULL), fd,
                          NULL};
}

static struct visit set_out(const char *wait)
{
    return send_out(peer_datagram("127.0.0.1"), wait);
}

/* Whether one asking is another one of the same question. */
static bool is_same(const struct datagram *a, const struct datagram *b)
{
    return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

static bool has_id(const struct datagram *d)
{
    for (size_t i = 1; i <= ID; i++)
        if (d->n < HEAD || (!isdigit((unsigned char)d->bytes[i]) &&
                            (d->bytes[i] < 'a' || d->bytes[i] > 'f')))
            return false;
    return d->bytes[0] == '?' && d->bytes[ID + 1] == ' ';
}

/* The form of a question, and its text. */
static void expect_form(const struct datagram *d, const char *words)
{
    const char *got = quoted(d->bytes, d->n, 50);
    size_t n = strlen(words);

    expect(has_id(d), "\"?\", 16 hexadecimal digits, \" \", the question", got,
           "This is how the server knows a question from other datagrams, and "
           "what it has to put into its answer.");
    expect(
        d->n == HEAD + n && memcmp(d->bytes + HEAD, words, n) == 0,
        text("%.18s and %s, in one datagram", d->bytes, quoted(words, n, 30)),
        n > 100 ? text("%zu bytes: %s", d->n, got) : got,
        "The question is the line, without its newline, behind the id. One "
        "send() makes one datagram.");
}

/* The next question: what is still on its way of the one before, asked anew on
 * a busy machine, is passed over. */
static struct visit hear(struct visit v, const char *words)
{
    const struct datagram *before = v.asked;

    do
        v.asked = peer_receive(v.fd, "It asks the server: %s",
                               quoted(words, strlen(words), 30));
    while (before != NULL && is_same(before, v.asked));
    expect_form(v.asked, words);
    return v;
}

/* The same question comes once more. */
static struct visit hear_again(struct visit v)
{
    const struct datagram *d = peer_receive(
        v.fd, "No answer has come. That the question was lost, or the answer, "
              "is told to nobody: who wants to know asks again.");

    expect(is_same(d, v.asked), quoted(v.asked->bytes, v.asked->n, 40),
           quoted(d->bytes, d->n, 40),
           "It is the same question, so all its bytes are the same. With the "
           "same id, an answer to the first asking is an answer to the second "
           "one, too; and a server can see that it has heard it before.");
    return v;
}

/* A program that has been given a line, and has asked. */
static struct visit arrive(const char *wait, const char *words)
{
    struct visit v = set_out(wait);

    feed_text(v.s, text("%s\n", words));
    return hear(v, words);
}

struct message {
    char bytes[2048];
    size_t n;
};

/* The answer to what was asked, with this text. */
static struct message answer_to(const struct datagram *asked, const void *words,
                                size_t n)
{
    struct message m = {.n = HEAD + n};

    memcpy(m.bytes, asked->bytes, HEAD);
    m.bytes[0] = '!';
    memcpy(m.bytes + HEAD, words, n);
    return m;
}

static void answer_from(int fd, struct visit v, const char *words)
{
    struct message m = answer_to(v.asked, words, strlen(words));

    peer_answer(fd, v.asked, m.bytes, m.n);
}

static void answer(struct visit v, const char *words)
{
    answer_from(v.fd, v, words);
}

/* Its stdin ends, and so does it; its whole output was this. */
static void expect_all(struct visit v, const void *want, size_t n,
                       const char *why)
{
    feed_end(v.s);
    expect_output(v.s, want, n, "%s", why);
    expect_exit(v.s, 0, "%s", why);
    expect_flags_kept(v.s, "when it has ended");
}

static void expect_all_text(struct visit v, const char *want, const char *why)
{
    expect_all(v, want, strlen(want), why);
}

/* An error: nothing more on stdout, a sentence on stderr, status 1. */
static void expect_error(struct subject *s, const char *out, const char *part,
                         const char *why)
{
    expect_output(s, out, strlen(out), "%s", why);
    expect_exit(s, 1, "%s", why);
    expect_complaint(s, part, "%s", why);
}

/* The first asking that went out behind a call, or of all. */
static const struct call_record *next_sent(struct subject *s,
                                           const struct call_record *r)
{
    do
        r = next_call(s, CALL_SEND, r);
    while (r != NULL && r->result <= 0);
    return r;
}

/* The next asking, whether it went out or failed. */
static const struct call_record *next_asking(struct subject *s,
                                             const struct call_record *r)
{
    do
        r = next_call(s, CALL_SEND, r);
    while (r != NULL && r->result == -EINTR);
    return r;
}

static int
count_askings(struct subject *s,
              const struct call_record *(*next)(struct subject *,
                                                const struct call_record *))
{
    const struct call_record *r = NULL;
    int n = 0;

    while ((r = next(s, r)) != NULL)
        n++;
    return n;
}

static const char why_askings[] =
    "It is asked six times, and then no more: nobody may be there at all.";

static void expect_no_more_askings(
    struct subject *s,
    const struct call_record *(*next)(struct subject *,
                                      const struct call_record *))
{
    int n = count_askings(s, next);

    expect(n <= ASKINGS, text("%d askings", ASKINGS), text("%d", n), "%s",
           why_askings);
}

/* All its askings, of which those that failed are some. */
static void expect_askings(struct subject *s)
{
    int n = count_askings(s, next_asking);

    expect(n == ASKINGS, text("%d askings", ASKINGS), text("%d", n), "%s",
           why_askings);
}

static bool has_asked_much(void *s)
{
    return count_tasks(s) == 0 || count_askings(s, next_sent) > ASKINGS ||
           count_askings(s, next_asking) > 2 * ASKINGS + 1;
}

static bool has_tried_much(void *s)
{
    return count_tasks(s) == 0 || count_askings(s, next_asking) > ASKINGS;
}

/* A program that asks, and how long it is to wait behind the first asking. */
struct waiter {
    struct subject *s;
    double first; /* ms */
    uint64_t patience;
};

static const char why_back_off[] =
    "The first wait is SECONDS long, and each is twice as long as the one "
    "before, the last one too; nothing but an answer ends it. A server that "
    "does not answer may have too much to do: whoever asks it at the same pace "
    "for ever, with many others, keeps it so.";

/* The wait of an asking, in ms: from 1 on. */
static double wait_of(const struct waiter *w, int asking)
{
    double ms = w->first;

    for (int i = 1; i < asking && i < ASKINGS; i++)
        ms *= 2;
    return ms;
}

/* The first call that asks to wait for longer than it may, and behind which
 * asking that is.  What a program asks for does not hang on the machine. */
static const struct call_record *asks_too_long(const struct waiter *w,
                                               int *asking)
{
    const struct call_record *r = NULL;

    *asking = 0;
    while ((r = next_call(w->s, CALL_ANY, r)) != NULL) {
        if (r->call == CALL_SEND && r->result != -EINTR)
            ++*asking;
        if (*asking > 0 && asked_wait(r) > wait_of(w, *asking) * 1.5 + 3)
            return r;
    }
    return NULL;
}

static void expect_not_too_long(const struct waiter *w)
{
    int asking;
    const struct call_record *r = asks_too_long(w, &asking);

    expect(r == NULL,
           text("a wait of %g ms behind asking %d", wait_of(w, asking), asking),
           r == NULL ? NULL : text("one of %g ms", asked_wait(r)), "%s",
           why_back_off);
}

static bool has_waited(void *data)
{
    const struct waiter *w = data;
    int asking;

    return count_tasks(w->s) == 0 || now_ns() > w->patience ||
           asks_too_long(w, &asking) != NULL ||
           count_askings(w->s, next_asking) > ASKINGS;
}

/* It waits to the end, and never for much too long. */
static void expect_patience(struct waiter w)
{
    enum {
        MUCH = 30
    };
    double all = w.first * ((1 << ASKINGS) - 1);

    w.patience = now_ns() + (uint64_t)(all * MUCH * 1e6);
    wait_until(has_waited, &w);
    expect_no_more_askings(w.s, next_asking);
    expect_not_too_long(&w);
    expect(now_ns() <= w.patience || count_tasks(w.s) == 0,
           text("an end after %g ms", all),
           text("no end after %g ms", all * MUCH), "%s", why_back_off);
}

/* None of its waits was too short: from what it has done before an asking to
 * the next one, or to the sentence at the end.  Who asks by a plan that was
 * made at the first asking may shorten a wait by what those before it were too
 * long. */
static void expect_back_off(const struct waiter *w)
{
    const struct call_record *r = next_asking(w->s, NULL), *next, *told;
    uint64_t from, until, first = r != NULL ? earliest(w->s, r) : 0;

    for (int i = 1; r != NULL; r = next, i++) {
        from = earliest(w->s, r);
        until = now_ns();
        next = next_asking(w->s, r);
        if (next != NULL)
            until = next->began;
        else if ((told = next_call(w->s, CALL_WRITE, r)) != NULL)
            until = told->began;
        double ms = (double)(until - from) / 1e6, want = wait_of(w, i);
        double all = (double)(until - first) / 1e6;
        expect(ms >= want * 0.999 || all >= (want * 2 - w->first) * 0.999,
               text("a wait of %g ms behind asking %d", want, i),
               text("%s after %.2f ms",
                    next != NULL ? "the next asking" : "the end", ms),
               "%s", why_back_off);
    }
}

/* The first wait for an answer to this question was not much too long. */
static void expect_first_wait(struct visit v)
{
    double ms = strtod(short_wait, NULL) * 1e3;
    const struct call_record *r = NULL;

    do
        r = next_sent(v.s, r);
    while (r != NULL && memcmp(r->head, v.asked->bytes, HEAD) != 0);
    while (r != NULL && (r = next_call(v.s, CALL_ANY, r)) != NULL &&
           r->call != CALL_SEND)
        expect(asked_wait(r) <= ms * 1.5 + 3, text("a first wait of %g ms", ms),
               text("one of %g ms", asked_wait(r)),
               "The question before was asked three times. This is another "
               "one: it begins with the first wait again.");
}

CASE("usage", "wrong usage ends with status 2", READ("lossy-ask"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
    expect_usage(start("127.0.0.1", "80", "1", "2", NULL),
                 "There is one argument too many.");
}

CASE("answer", "it asks the server, and prints the answer", READ("lossy-ask"),
     HINTS("What is a question, by the contract?", "See snprintf(3), send(2).",
           "'?', 16 hexadecimal digits, a space, the line; in one send()."))
{
    const char *word = chance_word(12);
    struct visit v = arrive(NULL, "how late is it"); /* the usual wait */

    rest(v.s);
    expect_not_too_long(&(struct waiter){.s = v.s, .first = 100});
    answer(v, word);
    expect_prints(v.s, text("%s\n", word),
                  "The answer is there: it is printed at once, and stdin may "
                  "stay open for long.");
    expect_all_text(v, text("%s\n", word), "stdin has ended.");
}

CASE("lines", "each line of stdin is a question, in its turn",
     READ("lossy-ask"),
     HINTS("When is the second question asked?", "See read(2).",
           "Ask, print the answer; only then take the next line."))
{
    static const char *const words[] = {"one", "", "three and more", "four"};
    struct visit v = set_out(long_wait);

    feed_text(v.s, "one\n\nthree ");
    for (size_t i = 0; i < 4; i++) {
        if (i == 2) {
            rest(v.s);
            expect(!peer_is_sent(v.fd), "no question before the line is whole",
                   "a datagram", "Half a line is no question.");
            feed_text(v.s, "and more\nfour");
            feed_end(v.s);
        }
        v = hear(v, words[i]);
        rest(v.s);
        expect(!peer_is_sent(v.fd), "one question at a time", "another one",
               "The next question is asked when this one has its answer.");
        answer(v, text("%zu: %s", i + 1, words[i]));
        expect_prints(v.s, text("%zu: %s\n", i + 1, words[i]),
                      "This was the answer to line %zu.", i + 1);
    }
    expect_all_text(v, "1: one\n2: \n3: three and more\n4: four\n",
                    "The last line is a question without a newline, too.");
}

CASE("asks-anew", "what is not answered is asked anew", READ("asking-again"),
     HINTS("The question is lost. Who tells?", "See poll(2): a time limit.",
           "When the time is over, send() the same bytes again."))
{
    struct visit v = arrive(short_wait, "can you hear me");

    v = hear_again(hear_again(v));
    answer(v, "now I can");
    expect_prints(v.s, "now I can\n",
                  "The third asking has been heard and answered.");
    feed_text(v.s, "and me\n");
    v = hear_again(hear(v, "and me"));
    expect_first_wait(v);
    answer(v, "you too");
    expect_all_text(v, "now I can\nyou too\n", "This was the second answer.");
}

CASE("own-ids", "each question has an id that nobody can guess", READ("an-id"),
     HINTS("Where does the id come from?", "See getrandom(2).",
           "64 bits from getrandom() for each question, as %016lx."))
{
    static const char why[] =
        "Who can guess the id can answer without having heard the question: "
        "the time, the pid, a counter and rand() can be guessed. 64 bits of "
        "getrandom() cannot.";
    const struct datagram *ids[QUESTIONS + 1];
    struct visit v = set_out(long_wait);
    size_t n = 0;

    for (; n < QUESTIONS; n++) {
        feed_text(v.s, "who are you\n");
        v = hear(v, "who are you");
        ids[n] = v.asked;
        answer(v, "a server");
        expect_prints(v.s, "a server\n", "This was the answer.");
    }
    ids[n] = arrive(long_wait, "who are you").asked;
    for (size_t i = 0; i <= n; i++)
        expect(memcmp(ids[i]->bytes + 1, ids[i]->bytes + 1 + ID / 2, ID / 2) !=
                   0,
               "64 random bits",
               text("twice the same 32: %.17s", ids[i]->bytes), "%s", why);
    for (size_t i = 0; i <= n; i++)
        for (size_t k = 0; k < i; k++)
            for (size_t half = 1; half < ID; half += ID / 2)
                expect(memcmp(ids[i]->bytes + half, ids[k]->bytes + half,
                              ID / 2) != 0,
                       "ids that have nothing in common",
                       text("%.17s and %.17s", ids[k]->bytes, ids[i]->bytes),
                       "%s", why);
}

CASE("late", "an answer to the first asking is an answer to the second",
     READ("an-id"),
     HINTS("The answer comes after the question was asked anew. Whose is it?",
           "The id says to which question it belongs, not to which asking.",
           "Make the id once for each question, not for each send()."))
{
    struct visit v = arrive(short_wait, "how far is it");
    const struct datagram *first = v.asked;

    const struct datagram *second =
        peer_receive(v.fd, "No answer has come: it asks again.");
    answer(v, "two seconds away");
    rest(v.s);
    expect_all_text(
        v, "two seconds away\n",
        strcmp(first->sender, second->sender) != 0
            ? text("The second asking came from another port, so "
                   "it has a socket of its own. The answer to the "
                   "first one went to %s, and whoever closes that "
                   "socket never hears it: keep one socket.",
                   first->sender)
            : "The server is slow: its answer to the first asking came "
              "when the second one had been sent. It has the id of the "
              "question. If each asking has an id of its own, a server "
              "that is slower than the wait can never answer.");
}

CASE("doubled", "an answer to an earlier question is none to this one",
     READ("doubled-and-reordered"),
     HINTS("Two answers to one question. What is the second one?",
           "Compare the id with that of the question that is asked now.",
           "Receive again, for what is left of the time, when it is another "
           "one."))
{
    struct visit v = arrive(long_wait, "one");
    struct visit first = v;

    feed_text(v.s, "two\n");
    answer(v, "first");
    v = hear(v, "two");
    answer(first, "first");
    rest(v.s);
    answer(v, "second");
    expect_all_text(v, "first\nsecond\n",
                    "The network has doubled the first answer, and its double "
                    "came when the second question had been asked. Whoever "
                    "takes it is one answer late, from here to the end.");
}

CASE("another-port", "what comes from another port is no answer",
     READ("forged"),
     HINTS("Who has sent what recv() gives?",
           "See connect(2): what does it mean for a datagram socket?",
           "connect() the socket; or compare address and port."))
{
    struct visit v = arrive(long_wait, "whom do you trust");

    answer_from(peer_datagram("127.0.0.1"), v, "me");
    rest(v.s);
    answer(v, "nobody");
    expect_all_text(v, "nobody\n",
                    "Another program on the server's host has answered, with "
                    "the right id. An answer comes from the address and the "
                    "port that were asked.");
}

CASE("another-address", "what comes from another address is no answer",
     READ("forged"),
     HINTS("The port is right. Is the address?",
           "See connect(2): what does it mean for a datagram socket?",
           "connect() the socket; or compare address and port."))
{
    int twin, fd = peer_datagram_twins("127.0.0.1", "127.0.0.2", &twin);
    struct visit v = send_out(fd, long_wait);

    feed_text(v.s, "whom do you trust\n");
    v = hear(v, "whom do you trust");
    answer_from(twin, v, "me");
    rest(v.s);
    answer(v, "nobody");
    expect_all_text(v, "nobody\n",
                    "Another host has answered, from the right port and with "
                    "the right id. An answer comes from the address and the "
                    "port that were asked.");
}

/* What is not quite an answer: the head of one, changed. */
static const struct damage {
    const char *what;
    size_t at;    /* this byte of the head */
    char instead; /* is this one; 0: another digit */
} damages[] = {
    {"its first digit is another one", 1, 0},
    {"its last digit is another one", ID, 0},
    {"its mark is that of a question", 0, '?'},
    {"there is no space behind the id", ID + 1, '_'},
};

enum {
    DAMAGES = sizeof damages / sizeof *damages
};

static struct message damaged(const struct datagram *asked,
                              const struct damage *d, const char *words)
{
    struct message m = answer_to(asked, words, strlen(words));

    m.bytes[d->at] = d->instead != 0         ? d->instead
                     : m.bytes[d->at] == '0' ? '1'
                                             : '0';
    return m;
}

/* Heads that are no answers, though a careless eye takes them for it: what
 * stands before the id, the id itself or in capitals, and behind it. */
static const struct likeness {
    const char *what, *before;
    bool has_capitals;
} likenesses[] = {
    {"its id is in capitals", "", true},
    {"a space stands before its id", " ", false},
    {"0x stands before its id", "0x", false},
    {"its id is another one, and the right one stands behind it",
     "0123456789abcdef ", false},
};

static void answer_like(struct visit v, const struct likeness *l)
{
    char id[ID + 1] = "";

    memcpy(id, v.asked->bytes + 1, ID);
    for (size_t i = 0; l->has_capitals && i < ID; i++)
        id[i] = (char)toupper((unsigned char)id[i]);
    if (l->has_capitals && memcmp(id, v.asked->bytes + 1, ID) == 0)
        return; /* it has no letter */
    const char *all = text("!%s%s %s", l->before, id, l->what);
    peer_answer(v.fd, v.asked, all, strlen(all));
}

CASE("mangled", "what is not quite an answer is none", READ("an-id"),
     HINTS("What makes a datagram an answer, by the contract?",
           "See memcmp(3).", "Mark, id and space: all of its first 18 bytes."))
{
    struct visit v = arrive(long_wait, "what is wrong");

    for (size_t i = 0; i < DAMAGES; i++) {
        struct message m = damaged(v.asked, &damages[i], damages[i].what);
        peer_answer(v.fd, v.asked, m.bytes, m.n);
    }
    for (size_t i = 0; i < sizeof likenesses / sizeof *likenesses; i++)
        answer_like(v, &likenesses[i]);
    rest(v.s);
    answer(v, "nothing");
    expect_all_text(v, "nothing\n",
                    "Datagrams came that are no answers. Each of them says of "
                    "itself what is wrong with it.");
}

CASE("short", "a datagram that is too short is no answer",
     READ("an-empty-datagram"),
     HINTS("Five bytes came. What stands behind them in your buffer?",
           "recv() tells how many bytes are new: the rest is old.",
           "Compare the length first."))
{
    struct visit v = arrive(long_wait, "and");
    struct message m = answer_to(v.asked, "old", 3);

    answer(v, "old");
    expect_prints(v.s, "old\n", "This was the answer.");
    for (size_t n = 0; n < HEAD; n += n == 0 ? 1 : HEAD / 2 - 1)
        peer_answer(v.fd, v.asked, m.bytes, n);
    rest(v.s);
    feed_text(v.s, "now\n");
    v = hear(v, "now");
    m = answer_to(v.asked, "", 0);
    for (size_t n = 0; n < HEAD; n += n == 0 ? 1 : HEAD / 2 - 1)
        peer_answer(v.fd, v.asked, m.bytes, n);
    rest(v.s);
    answer(v, "new");
    expect_all_text(v, "old\nnew\n",
                    "Datagrams of 0, 1, 9 and 17 bytes came: none is long "
                    "enough for an answer. What stands behind them in the "
                    "buffer is of the datagram before. And 0 is no end: there "
                    "is none.");
}

CASE("long", "an answer has at most 512 bytes of text",
     READ("longer-than-the-buffer"),
     HINTS("600 bytes came, and there is room for 530. What does recv() say?",
           "See MSG_TRUNC in recv(2).",
           "Room for one byte more than an answer may have: who fills it was "
           "longer."))
{
    const char *words = chance_word(MOST + 1);
    struct visit v = arrive(long_wait, "tell me all");
    struct message m = answer_to(v.asked, words, MOST + 1);

    peer_answer(v.fd, v.asked, m.bytes, m.n);
    rest(v.s);
    m = answer_to(v.asked, words + 1, MOST);
    peer_answer(v.fd, v.asked, m.bytes, m.n);
    expect_all_text(v, text("%s\n", words + 1),
                    "The first datagram had 513 bytes of text, and is no "
                    "answer: in a buffer that is too small it loses its end, "
                    "and nobody tells. The second one had 512.");
}

CASE("any-bytes", "the answer may hold any bytes, or none", READ("one-for-one"),
     HINTS("How does the program know how long the answer is?",
           "printf(3) and strlen(3) stop at a NUL; fwrite(3) takes a count.",
           "One recv() gives all of it: what is behind the head, by count."))
{
    static const char bytes[] = "\0a\0\n\xff%s\r ";
    struct visit v = arrive(long_wait, "%s%n \xff");
    struct message m = answer_to(v.asked, bytes, sizeof bytes - 1);

    peer_answer(v.fd, v.asked, m.bytes, m.n);
    feed_text(v.s, "nothing\n");
    v = hear(v, "nothing");
    answer(v, "");
    expect_all(v, "\0a\0\n\xff%s\r \n\n", sizeof bytes + 1,
               "The first answer holds NUL bytes and more that is not text; "
               "the second one nothing at all.");
}

CASE("long-line", "512 bytes are a question, one more is an error",
     READ("how-large"),
     HINTS("How large is the buffer, and what when it is full?",
           "See the contract: 512 bytes without the newline.",
           "Room for 513 bytes; 513 without a newline are an error."))
{
    const char *most = chance_word(MOST + 1);
    struct visit v = set_out(long_wait);

    feed_text(v.s, text("%s\n%s", most + 1, most));
    v = hear(v, most + 1);
    answer(v, "well");
    expect_error(v.s, "well\n", NULL,
                 "The first question has 512 bytes. The second one has 513, "
                 "and no newline yet: it is too long, whatever is still to "
                 "come.");
    expect(!peer_is_sent(v.fd), "nothing sent of it", "a datagram",
           "Half a question is another question.");
}

CASE("silent", "it asks six times, and waits twice as long each time",
     READ("back-off"),
     HINTS("Nobody answers. How often do you ask, and how long do you wait?",
           "See the contract: 6 times; SECONDS, then twice as long each time.",
           "for (i = 0; i < 6; i++), send, wait, seconds *= 2."))
{
    struct visit v = arrive("0.003", "is anybody there");
    struct waiter w = {.s = v.s, .first = 3};

    expect_patience(w);
    expect_error(v.s, "", NULL,
                 "Nobody has answered any of the askings. The one who asks has "
                 "to find an end by himself.");
    expect_askings(v.s);
    expect_back_off(&w); /* 3, 6, 12, 24, 48 and 96 */
}

/* Again and again, it is given what is no answer. */
static struct visit pester(struct visit v, int times)
{
    struct message m = damaged(v.asked, &damages[0], "forged");

    for (int i = 0; i < times; i++)
        peer_answer(v.fd, v.asked, m.bytes, m.n);
    return v;
}

/* How many datagrams it has received before it asked for the second time. */
static size_t count_heard(struct subject *s)
{
    const struct call_record *second = next_sent(s, next_sent(s, NULL)), *r;
    size_t n = 0;

    for (r = NULL; (r = next_call(s, CALL_RECV, r)) != NULL;)
        n += r->finished && r->result > 0 &&
             (second == NULL || r->began < second->began);
    return n;
}

CASE("strangers", "what is no answer does not lengthen a wait",
     READ("a-time-limit"),
     HINTS("A stranger's datagram was passed over. How long is the next wait?",
           "See clock_gettime(2).",
           "Fix the end of the wait once, when you have sent; before each "
           "poll() ask what is left until then."))
{
    enum {
        IN_TIME = 5,
        LAST_LOOK = 32, /* what the contract permits when the wait is over */
        FLOOD = 44
    };
    const struct times first = {1, IN_TIME};
    struct visit v = set_out("0.06");

    inject_delay(v.s, CALL_SELECT, first, 15);
    inject_delay(v.s, CALL_RECV, first, 15);
    feed_text(v.s, "are you there\n");
    v = hear_again(pester(hear(v, "are you there"), FLOOD));
    answer(v, "I am");
    expect_all_text(v, "I am\n", "This was the answer.");
    expect(count_heard(v.s) <= IN_TIME + LAST_LOOK,
           "the next asking after 60 ms",
           text("%zu datagrams that are no answers before it, the first of "
                "them one every 15 ms",
                count_heard(v.s)),
           "Its wait was over, and it went on with what had come: either each "
           "datagram began the wait anew, or it receives for as long as there "
           "is something. As long as somebody sends, such a program does not "
           "ask again. Look at the clock between two datagrams, or count how "
           "many you take when the wait is over.");
}

CASE("strangers-hurry", "nor does it end one", READ("a-time-limit"),
     HINTS("What came is no answer. Is it a reason to ask again?",
           "Each asking costs the server, and the network.",
           "Go on waiting for what is left of the time."))
{
    struct visit v = pester(arrive(long_wait, "are you there"), STRANGERS);

    rest(v.s);
    expect(!peer_is_sent(v.fd) && count_tasks(v.s) > 0, "one asking",
           count_tasks(v.s) > 0 ? "another one at once" : "an end",
           "Eight datagrams came that were no answers, and the wait was long. "
           "Whoever asks anew for each of them sends as much as a stranger "
           "wants, and has soon asked for the last time.");
    answer(v, "I am");
    expect_all_text(v, "I am\n", "This was the answer.");
}

static bool has_asked(void *s)
{
    return next_sent(s, NULL) != NULL || count_tasks(s) == 0;
}

CASE("refused", "a server that is about to start anew is outlasted",
     READ("refused"),
     HINTS("recv() said ECONNREFUSED. Who may be there in a moment?",
           "See ECONNREFUSED in udp(7): it was so when the datagram came.",
           "Keep the reason for the sentence at the end, and wait on for what "
           "is left of the time."))
{
    enum {
        WAIT_MS = 80,
        LOOKS = 16 /* more than anybody needs to hear of an error */
    };
    int fd = peer_refuse_datagrams("127.0.0.1");
    struct visit v = send_out(fd, "0.08");

    feed_text(v.s, "are you back\n");
    wait_until(has_asked, v.s);
    rest_within(v.s, LOOKS);
    const struct call_record *first = next_asking(v.s, NULL);
    const struct call_record *second =
        first != NULL ? next_asking(v.s, first) : NULL;
    expect(second == NULL || (double)(second->began - earliest(v.s, first)) >=
                                 WAIT_MS * 1e6 * 0.999,
           "the next asking after 80 ms", "another one at once",
           "An asking was refused: that is told at once, and its wait is not "
           "over. Whoever asks again at once has soon asked for the last time, "
           "and the server needs a moment to be there again.");
    v.fd = peer_take_datagrams(fd);
    v.asked = peer_receive(
        v.fd, "Nobody had this port, and the host has said so. That is no "
              "answer: a server that is started anew leaves its port for a "
              "moment. It waits, and asks again.");
    expect_form(v.asked, "are you back");
    answer(v, "yes");
    expect_all_text(v, "yes\n",
                    "An asking was refused, and then somebody was there.");
}

/* Whether a call has told it that it is refused. */
static bool is_told(struct subject *s)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_ANY, r)) != NULL)
        if (r->finished && r->result == -ECONNREFUSED)
            return true;
    return false;
}

CASE("refused-always", "when it is refused to the end, that is told",
     READ("refused"),
     HINTS("Nobody has answered. What does the user want to know?",
           "recv(2) tells an error of a connected datagram socket once.",
           "Keep errno of recv() and send(), and name it in the sentence."))
{
    int fd = peer_refuse_datagrams("127.0.0.1");
    struct visit v = send_out(fd, "0.001");

    feed_text(v.s, "is anybody there\n");
    wait_until(has_asked_much, v.s);
    /* a send() may take the word of the asking before, and be made once more */
    expect_no_more_askings(v.s, next_sent);
    expect_error(v.s, "", is_told(v.s) ? "Connection refused" : NULL,
                 "Each asking was refused. That is the reason, and the user "
                 "wants to know it.");
    int made = count_askings(v.s, next_asking);
    expect(made >= ASKINGS, text("%d askings", ASKINGS), text("%d", made), "%s",
           why_askings);
}

/* The texts of a plan's questions, and which damage comes next: each of them
 * comes once in two plans. */
struct texts {
    const char *words[QUESTIONS];
    size_t damage;
};

static int find_question(const struct datagram *asking, void *data)
{
    const struct texts *t = data;

    for (int i = 0; i < QUESTIONS; i++)
        if (has_id(asking) && asking->n == HEAD + strlen(t->words[i]) &&
            memcmp(asking->bytes + HEAD, t->words[i], strlen(t->words[i])) == 0)
            return i;
    return -1;
}

static size_t make_answer(const struct datagram *asking, enum fate fate,
                          char *bytes, void *data)
{
    struct texts *t = data;
    int i = find_question(asking, data);
    struct message m;

    if (fate == FATE_MANGLED)
        m = damaged(asking, &damages[t->damage++ % DAMAGES], "mangled");
    else if (fate == FATE_FORGED_PORT || fate == FATE_FORGED_ADDRESS)
        m = answer_to(asking, "forged", 6);
    else
        m = answer_to(asking, text("answer to %s", t->words[i]),
                      10 + strlen(t->words[i]));
    memcpy(bytes, m.bytes, m.n);
    return m.n;
}

CASE("lossy", "whatever the network does, each question gets its answer",
     READ("what-may-happen-on-the-way"),
     HINTS("Which datagram of the time line has it taken, or passed over?",
           "From whom is it, which id has it, and whole: then it is one.",
           "Each wait: until its end, pass over all that is no answer; then "
           "ask again with the same bytes."))
{
    struct texts t = {.damage = chance_below(DAMAGES)};

    for (int round = 0; round < 2; round++) {
        struct server server = {
            .which = find_question, .answer = make_answer, .data = &t};
        const char *want = "";
        server.fd = peer_datagram_twins("127.0.0.1", "127.0.0.2", &server.twin);
        server.beside = peer_datagram("127.0.0.1");
        struct visit v = send_out(server.fd, short_wait);
        for (int i = 0; i < QUESTIONS; i++) {
            t.words[i] = chance_word(5 + (size_t)i);
            want = text("%sanswer to %s\n", want, t.words[i]);
            feed_text(v.s, text("%s\n", t.words[i]));
        }
        feed_end(v.s);
        serve_by_plan(v.s, &server, QUESTIONS);
        expect_all_text(v, want,
                        "Answers were lost, came late, twice, in another "
                        "order, from strangers, or with damage; each question "
                        "was answered in the end.");
    }
}

CASE("not-ready", "EAGAIN is not the end, though poll() said ready",
     READ("a-time-limit"),
     HINTS("poll() said that there is a datagram, and recv() has none.",
           "See BUGS in select(2): its checksum was wrong.",
           "recv() -1 with EAGAIN: wait on, for what is left of the time."))
{
    struct visit v = set_out(long_wait);

    only_if(inject_errno(v.s, CALL_RECV, (struct times){1, 3}, EAGAIN),
            may_say_eagain, NULL);
    feed_text(v.s, "here\n");
    v = hear(v, "here");
    answer(v, "there");
    expect_all_text(v, "there\n",
                    "recv() was not to wait, and said EAGAIN: what was ready "
                    "has been thrown away, for its checksum was wrong.");
}

CASE("cannot-send", "a send() that fails is as good as a datagram that is lost",
     READ("errors-that-are-not-yours"),
     HINTS("send() said ENOBUFS. What will it say next time?",
           "See ERRORS in send(2).", "Keep the reason, wait, and ask again."))
{
    static const int errors[] = {ENETUNREACH, ECONNREFUSED};

    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct visit v = set_out(short_wait);
        inject_errno(v.s, CALL_SEND, NTH(1), errors[i]);
        feed_text(v.s, "and now\n");
        v.asked = peer_receive(
            v.fd,
            "send() said %s: the network was away for a moment, or told of an "
            "asking before. The next asking may go through: wait, and ask "
            "again.",
            strerrorname_np(errors[i]));
        expect_form(v.asked, "and now");
        answer(v, "now");
        expect_all_text(v, "now\n", "The next asking went through.");
    }

    struct visit v = set_out("0.001");
    inject_errno(v.s, CALL_SEND, ALWAYS, ENETUNREACH);
    feed_text(v.s, "and now\n");
    wait_until(has_tried_much, v.s);
    expect(count_askings(v.s, next_asking) <= ASKINGS,
           text("%d askings", ASKINGS),
           text("%d", count_askings(v.s, next_asking)),
           "send() says ENETUNREACH each time. An asking that fails is an "
           "asking: its wait follows, and the sixth is the last. Whoever "
           "repeats it until it goes through spins as long as the network is "
           "away.");
    expect_error(v.s, "", "Network is unreachable",
                 "No asking went out: the reason is told in the end.");
    expect_askings(v.s);
}

static bool is_stdout(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 1;
}

CASE("full-disk", "a stdout that takes no more is an error", READ("lossy-ask"),
     HINTS("What does write() return when the disk is full?",
           "See ENOSPC in write(2); of stdio, fflush(3) tells it.",
           "fflush(stdout), and err(1, \"stdout\") for EOF."))
{
    struct visit v = arrive(long_wait, "is there room");
    struct fault *f = inject_errno(v.s, CALL_WRITE, ALWAYS, ENOSPC);

    only_if(f, is_stdout, NULL);
    answer(v, "none");
    feed_end(v.s);
    wait_exit(v.s);
    if (times_done(f) > 0)
        expect_error(v.s, "", "No space left on device",
                     "write() said -1 with ENOSPC: the answer is lost. Who "
                     "ends with 0 says that it was printed.");
}

CASE("every-call", "no interruption changes the outcome", READ("lossy-ask"),
     EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7): poll(2) is never restarted.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    struct visit v = arrive(long_wait, "one");

    rest(v.s);
    answer(v, "1");
    expect_prints(v.s, "1\n", "This was the first answer.");
    feed_text(v.s, "two\n");
    v = hear(v, "two");
    answer(v, "2");
    expect_all_text(v, "1\n2\n",
                    "A call was interrupted by a signal, or read() gave one "
                    "byte. Nothing is lost by that: make it again.");
}
