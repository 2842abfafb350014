#define _GNU_SOURCE
#include "loss.h"

#include "cases.h"
#include "pump.h"
#include "trail.h"

#include <string.h>

enum {
    LEAST_QUESTIONS = 4, /* room for all kinds of trouble */
    MOST_QUESTIONS = 16,
    MOST_STEPS = 3, /* askings of a question whose fate is planned */
    MOST_KEPT = 64,
    MOST_LINES_TOLD = 40
};

/* An answer that is still on its way. */
struct kept {
    const struct datagram *asking;
    enum fate fate;
    int question;
};

struct plan {
    const struct server *server;
    int questions;
    enum fate fates[MOST_QUESTIONS][MOST_STEPS];
    int nfates[MOST_QUESTIONS];
    int asked[MOST_QUESTIONS]; /* how often so far */
    struct kept kept[MOST_KEPT];
    int nkept;
};

static const char *lines; /* the time line; NULL: there is none */
static int nlines;

void forget_time_line(void)
{
    lines = NULL;
    nlines = 0;
}

const char *time_line(void)
{
    return lines;
}

/* A question goes to the right, an answer to the left. */
static void add_line(const char *asking, const char *arrow, const char *what)
{
    if (lines == NULL)
        lines = "What was on the way, and what became of it:\n";
    if (++nlines == MOST_LINES_TOLD)
        lines = text("%s\n            ... and more", lines);
    if (nlines < MOST_LINES_TOLD)
        lines = text("%s\n%9.2f ms  %-18s %s  %s", lines, story_ms(), asking,
                     arrow, what);
}

static void deal(struct plan *p, int question, enum fate fate)
{
    p->fates[question][p->nfates[question]++] = fate;
}

/* Gives a card to one of the first n questions that has room for another. */
static void deal_to_any(struct plan *p, int n, enum fate fate)
{
    int question = (int)chance_below((uint32_t)n);

    while (p->nfates[question] >= MOST_STEPS - 1)
        question = (question + 1) % n;
    deal(p, question, fate);
}

/* Every kind of trouble comes, to whom and in which order is chance; each
 * question has its answer in the end.  What comes during the next question
 * needs one. */
static void deal_all(struct plan *p)
{
    static const enum fate trouble[] = {FATE_FORGED_PORT, FATE_MANGLED,
                                        FATE_FORGED_ADDRESS, FATE_LOST,
                                        FATE_MANGLED};
    size_t left = sizeof trouble / sizeof *trouble;
    enum fate cards[sizeof trouble / sizeof *trouble];
    int last = p->questions - 1;
    int doubled = (int)chance_below((uint32_t)last);
    int delayed =
        (doubled + 1 + (int)chance_below((uint32_t)last)) % (last + 1);

    memcpy(cards, trouble, sizeof cards);
    deal_to_any(p, last, FATE_REORDERED);
    while (left > 0) {
        size_t i = chance_below((uint32_t)left);
        deal_to_any(p, p->questions, cards[i]);
        cards[i] = cards[--left];
    }
    for (int i = 0; i <= last; i++)
        deal(p, i,
             i == doubled   ? FATE_DOUBLED
             : i == delayed ? FATE_DELAYED
                            : FATE_ARRIVES);
}

static const char *words_of(enum fate fate)
{
    static const char *const words[] = {
        [FATE_LOST] = "the answer is lost",
        [FATE_ARRIVES] = "the answer",
        [FATE_DOUBLED] = "the answer; a double of it is on its way",
        [FATE_DELAYED] = "the answer is slow",
        [FATE_REORDERED] = "the answer takes another way",
        [FATE_FORGED_PORT] = "forged, from another port",
        [FATE_FORGED_ADDRESS] = "forged, from another address",
        [FATE_MANGLED] = "mangled on the way",
    };

    return words[fate];
}

/* Sends what this fate makes of the answer. */
static void send_answer(const struct plan *p, const struct datagram *asking,
                        enum fate fate, const char *what)
{
    const struct server *server = p->server;
    char bytes[sizeof asking->bytes];
    size_t n = server->answer(asking, fate, bytes, server->data);
    int fd = fate == FATE_FORGED_PORT      ? server->beside
             : fate == FATE_FORGED_ADDRESS ? server->twin
                                           : server->fd;

    add_line("", "<-", what);
    peer_answer(fd, asking, bytes, n);
}

static void keep_answer(struct plan *p, const struct datagram *asking,
                        enum fate fate, int question)
{
    if (p->nkept < MOST_KEPT)
        p->kept[p->nkept++] = (struct kept){asking, fate, question};
}

/* Whether an answer that was kept comes now, when this question is asked. */
static bool is_due(const struct kept *k, int question)
{
    return k->question < question ||
           (k->fate == FATE_DELAYED && k->question == question);
}

static void send_kept(struct plan *p, int question)
{
    int left = 0;

    for (int i = 0; i < p->nkept; i++) {
        struct kept k = p->kept[i];
        if (!is_due(&k, question))
            p->kept[left++] = k;
        else
            send_answer(p, k.asking, FATE_ARRIVES,
                        text("the answer to question %d that was %s",
                             k.question + 1,
                             k.fate == FATE_DELAYED   ? "slow"
                             : k.fate == FATE_DOUBLED ? "doubled"
                                                      : "reordered"));
    }
    p->nkept = left;
}

/* Does with an asking what the plan says.  Once a question's fates are used
 * up, its answer has come, or is about to: whoever asks once more is not
 * heard. */
static void meet_fate(struct plan *p, const struct datagram *asking,
                      int question)
{
    int nth = p->asked[question]++;
    enum fate fate =
        nth < p->nfates[question] ? p->fates[question][nth] : FATE_LOST;
    bool comes =
        fate != FATE_LOST && fate != FATE_DELAYED && fate != FATE_REORDERED;

    add_line(nth == 0 ? text("question %d", question + 1)
                      : text("question %d, again", question + 1),
             "->", comes ? "heard" : words_of(fate));
    send_kept(p, question);
    if (fate == FATE_DELAYED || fate == FATE_REORDERED || fate == FATE_DOUBLED)
        keep_answer(p, asking, fate, question);
    if (comes)
        send_answer(p, asking, fate, words_of(fate));
}

struct news {
    const struct subject *s;
    int fd;
};

static bool has_news(void *data)
{
    const struct news *news = data;

    return peer_is_sent(news->fd) || news->s->ended;
}

void serve_by_plan(struct subject *s, const struct server *server,
                   int questions)
{
    struct plan p = {.server = server, .questions = questions};
    struct news news = {s, server->fd};

    if (questions < LEAST_QUESTIONS || questions > MOST_QUESTIONS)
        break_case("a plan is for %d to %d questions", LEAST_QUESTIONS,
                   MOST_QUESTIONS);
    deal_all(&p);
    while (wait_for(has_news, &news) == PUMP_DONE && peer_is_sent(server->fd)) {
        const struct datagram *asking = peer_receive(server->fd, "It asks.");
        int question = server->which(asking, server->data);
        if (question >= 0 && question < questions)
            meet_fate(&p, asking, question);
        else
            add_line("no question", "->", "");
    }
}
