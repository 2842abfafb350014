/* ./workbook on a terminal: opens at the first lab that never passed, and
 * after each save builds and checks it and shows the verdict.  Here is the
 * loop; what happens is the session's. */
#define _GNU_SOURCE
#include "watch.h"
#include "../show.h"
#include "press.h"
#include "screen.h"
#include "session.h"
#include "terminal.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    MOST_KEYS = 256,  /* all that one look can bring */
    VERDICT_ROWS = 12 /* without its story, and without the explanation */
};

static const int heard[] = {SIGWINCH, SIGCHLD, SIGINT, SIGTERM,
                            SIGHUP,   SIGTSTP, SIGCONT};

static const char *find_notice(const struct session *s)
{
    static struct path typed;

    if (until_old(s) == 0 && !s->awaits_hint) {
        typed = make_path("%s; above is the last verdict.", s->notice.text);
        return typed.text;
    }
    if (s->view != VIEW_LIST || (!s->list.is_typing && !*s->list.filter))
        return s->notice.text;
    typed = make_path("/%s", s->list.filter);
    return typed.text;
}

static void draw(struct session *s)
{
    struct size size = terminal_size();
    struct screen screen = {
        .place = s->view == VIEW_LIST ? "Labs" : s->lab->name,
        .title = s->view == VIEW_LIST ? "" : s->lab->title,
        .done = s->npassed,
        .all = s->course->nlabs,
        .is_old = until_old(s) == 0,
        .notice = find_notice(s),
        .keys = told_keys(s),
        .few = told_few(s),
    };

    if (s->view == VIEW_LIST)
        draw_list(&s->list, window_rows(size));
    draw_screen(&screen, seen_page(s), size);
}

/* The signals that are heard, from now on read like keys.  SIGTTOU is held
 * back, or nobody could take the terminal back from an editor. */
static int open_signals(void)
{
    sigset_t set;
    int fd;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
        sigaddset(&set, heard[i]);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd == -1)
        err(2, "signalfd");
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return fd;
}

/* How the tasks are to write what we show: a verdict tells its story in so
 * many lines that what was wanted can be seen below it. */
static void tell_tasks(void)
{
    size_t rows = window_rows(terminal_size());
    struct path lines =
        make_path("%zu", rows > VERDICT_ROWS ? rows - VERDICT_ROWS : 0);

    setenv("WORKBOOK_LINES", lines.text, 1);
    setenv("WORKBOOK_KEYS", "1", 1);
    if (wants_colour())
        setenv("WORKBOOK_COLOUR", "1", 1);
}

/* Gives the terminal to the shell until it says to go on. */
static void suspend(void)
{
    give_terminal();
    kill(getpid(), SIGSTOP);
    take_terminal();
}

/* Returns the signal that ends the session, or 0. */
static int hear_signals(int fd)
{
    struct signalfd_siginfo news;
    int ended = 0;

    while (read(fd, &news, sizeof news) == sizeof news) {
        if (news.ssi_signo == SIGTSTP)
            suspend();
        if (news.ssi_signo == SIGWINCH)
            tell_tasks();
        if (news.ssi_signo == SIGINT || news.ssi_signo == SIGTERM ||
            news.ssi_signo == SIGHUP)
            ended = (int)news.ssi_signo;
    }
    return ended;
}

static void hear_keys(struct session *s)
{
    int keys[MOST_KEYS];
    int n = read_keys(keys, MOST_KEYS);

    s->is_over |= n == -1;
    for (int i = 0; i < n && !s->is_over; i++)
        press_key(s, keys[i], window_rows(terminal_size()));
}

/* How long there is nothing to do if there is no news: in milliseconds, -1 for
 * ever. */
static int find_timeout(const struct session *s)
{
    int look = saves_timeout(&s->saves), old = until_old(s);

    if (old <= 0)
        return look;
    return look == -1 || old < look ? old : look;
}

/* Waits for news and takes it in.  Returns the signal that ends it, or 0. */
static int hear(struct session *s, int signals)
{
    int ended = 0;
    struct pollfd polls[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = signals, .events = POLLIN},
        {.fd = s->saves.fd, .events = POLLIN},
        {.fd = s->task.pid != 0 ? s->task.out : -1, .events = POLLIN},
    };

    if (poll(polls, sizeof polls / sizeof *polls, find_timeout(s)) == -1 &&
        errno != EINTR)
        err(2, "poll");
    if (polls[1].revents)
        ended = hear_signals(signals);
    if (polls[3].revents)
        hear_task(s);
    if (polls[0].revents)
        hear_keys(s);
    hear_saves(s);
    return ended;
}

/* Ends as everybody ends whom this signal meets. */
static void die_of(int number)
{
    sigset_t set;

    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int watch_command(struct course *course)
{
    struct session session;
    int signals = open_signals(), ended = 0;

    tell_tasks();
    open_session(&session, course);
    take_terminal();
    while (!session.is_over && !ended) {
        draw(&session);
        ended = hear(&session, signals);
        if (session.task.pid == 0)
            bury_tasks(0);
    }
    give_terminal();
    close_session(&session);
    close(signals);
    if (ended)
        die_of(ended);
    return 0;
}
