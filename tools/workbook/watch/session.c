#include "session.h"
#include "../desk.h"
#include "../files.h"
#include "../kept.h"
#include "../progress.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OLD_MS = 300 /* most verdicts come before, and nothing should flicker */
};

#define WAIT "Just a moment.\n" /* until there is something to show */
#define HELP_FILE "tools/workbook/watch/keys.txt"

void set_notice(struct session *session, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(session->notice.text, sizeof session->notice.text, format, args);
    va_end(args);
}

void open_session(struct session *session, const struct course *course)
{
    const struct lab *first = find_unsolved(course, 0);

    *session =
        (struct session){.course = course, .npassed = count_passed(course)};
    prepare_desk(course);
    open_saves(&session->saves, course);
    watch_lab(session, first ? first : &course->labs[0]);
}

void close_session(struct session *session)
{
    abandon_task(&session->task);
    bury_tasks(1);
    close_saves(&session->saves);
    free_page(&session->verdict);
    free_page(&session->text);
    free_list(&session->list);
}

static void start_job(struct session *session, enum job job,
                      const char *const argv[])
{
    session->job = job;
    session->asks_reset = 0;
    session->answers = 0;
    session->awaits_hint = 0;
    start_task(&session->task, argv);
}

static int is_checking(const struct session *session)
{
    return session->task.pid != 0 && session->job == JOB_CHECK;
}

int until_old(const struct session *session)
{
    int age = task_age(&session->task);

    if (session->view != VIEW_VERDICT || !is_checking(session) ||
        session->task.heard || session->verdict.size == 0)
        return -1;
    return age < OLD_MS ? OLD_MS - age : 0;
}

static void tell_check(struct session *session)
{
    set_notice(session, "Checking %s", source_path(DESK, session->lab).text);
}

void check_lab(struct session *session)
{
    const char *const argv[] = {"workbook", "check", "--follow",
                                session->lab->name, NULL};

    start_job(session, JOB_CHECK, argv);
    tell_check(session);
}

void watch_lab(struct session *session, const struct lab *lab)
{
    if (session->lab != lab)
        set_page(&session->verdict, "", 0);
    session->lab = lab;
    session->view = VIEW_VERDICT;
    check_lab(session);
}

void move_on(struct session *session, int by)
{
    const struct course *course = session->course;
    size_t at = (size_t)(session->lab - course->labs);

    if (by < 0 ? at > 0 : at + 1 < course->nlabs) {
        watch_lab(session, session->lab + by);
        return;
    }
    set_notice(session, "%s is the %s lab.", session->lab->name,
               by < 0 ? "first" : "last");
    session->answers = 1;
}

/* Runs a command and shows what it says.  A check that it ends leaves no
 * verdict. */
static void show_job(struct session *session, enum job job,
                     const char *const argv[])
{
    if (is_checking(session))
        set_page(&session->verdict, "", 0);
    session->view = VIEW_TEXT;
    set_page(&session->text, WAIT, strlen(WAIT));
    start_job(session, job, argv);
}

void show_command(struct session *session, const char *command, int of_lab)
{
    const char *const argv[] = {"workbook", command,
                                of_lab ? session->lab->name : NULL, NULL};

    show_job(session, JOB_OTHER, argv);
    set_notice(session, "./workbook %s%s%s", command, of_lab ? " " : "",
               of_lab ? session->lab->name : "");
}

void show_hint(struct session *session)
{
    if (!is_checking(session)) {
        show_command(session, "hint", 1);
        return;
    }
    session->view = VIEW_VERDICT;
    session->awaits_hint = 1;
    set_notice(session, "%s", "The hint comes with the verdict.");
}

void show_story(struct session *session)
{
    const char *const argv[] = {"workbook", "check", "--trail",
                                session->lab->name, NULL};

    show_job(session, JOB_OTHER, argv);
    set_notice(session, "Playing all cases of %s", session->lab->name);
}

void change_lab(struct session *session, const char *command)
{
    const char *const argv[] = {"workbook", command, session->lab->name, NULL};

    show_job(session, JOB_CHANGE, argv);
}

void show_help(struct session *session)
{
    struct text help;

    if (read_file(HELP_FILE, &help) == -1) {
        set_notice(session, "%s cannot be read", HELP_FILE);
        return;
    }
    session->view = VIEW_TEXT;
    set_page(&session->text, help.bytes, help.size);
    free(help.bytes);
}

void show_list(struct session *session)
{
    session->view = VIEW_LIST;
    set_notice(session, "%s",
               "✓ passes  ✗ fails  ! passed before, fails now  · not begun");
    open_list(&session->list, session->course, session->lab);
}

void show_verdict(struct session *session)
{
    session->view = VIEW_VERDICT;
    session->asks_reset = 0;
    session->answers = 0;
    set_notice(session, "%s", "");
    if (is_checking(session))
        tell_check(session);
    else if (session->verdict.size == 0)
        check_lab(session);
}

struct page *seen_page(struct session *session)
{
    if (session->view == VIEW_LIST)
        return &session->list.page;
    return session->view == VIEW_TEXT ? &session->text : &session->verdict;
}

/* Where to go on from a lab that passes. */
static void tell_next(struct session *session)
{
    const struct course *course = session->course;
    const struct lab *next = find_next(course, session->lab);

    if (next == session->lab + 1)
        set_notice(session,
                   "%s passes.  n goes on to %s; s compares with "
                   "the solution.",
                   session->lab->name, next->name);
    else if (next)
        set_notice(session,
                   "%s passes.  l lists what is left; s compares "
                   "with the solution.",
                   session->lab->name);
    else
        set_notice(session, "All %zu labs have passed.", course->nlabs);
}

static int has_warnings(const struct lab *lab)
{
    char *words = kept_words(lab);
    int found = words != NULL;

    free(words);
    return found;
}

/* What to do now that a check has ended. */
static void tell_end(struct session *session, int status)
{
    if (session->answers || session->view == VIEW_LIST)
        return;
    if (session->view == VIEW_TEXT)
        set_notice(session, "Esc shows the verdict.");
    else if (has_update(session->lab))
        set_notice(session, "The starter has changed since you began.  m puts "
                            "what is new into your file.");
    else if (status == 0)
        tell_next(session);
    else
        set_notice(session, "%s",
                   has_warnings(session->lab)
                       ? "The compiler has warnings: End shows them."
                       : "");
}

void hear_task(struct session *session)
{
    struct page *page =
        session->job == JOB_CHECK ? &session->verdict : &session->text;
    int status;

    if (read_task(&session->task, page, &status))
        return;
    session->npassed = count_passed(session->course);
    if (session->awaits_hint)
        show_command(session, "hint", 1);
    else if (session->job == JOB_CHECK)
        tell_end(session, status);
    else if (!session->answers)
        set_notice(session, "%s", "");
    if (session->job == JOB_CHANGE) {
        next_save(&session->saves, session->course); /* it was not theirs */
        check_lab(session);
    }
}

void hear_saves(struct session *session)
{
    const struct lab *saved = next_save(&session->saves, session->course);
    int is_other = saved != session->lab;

    if (!saved || (session->task.pid != 0 && session->job == JOB_CHANGE))
        return;
    watch_lab(session, saved);
    if (is_other)
        set_notice(session, "You saved %s: now at %s",
                   source_path(DESK, saved).text, saved->name);
}
