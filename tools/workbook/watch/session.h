/* What ./workbook knows while it watches, and what it can be told to do. */
#ifndef WATCH_SESSION_H
#define WATCH_SESSION_H

#include "../manifest.h"
#include "../paths.h"
#include "list.h"
#include "page.h"
#include "saves.h"
#include "task.h"

enum view {
    VIEW_VERDICT, /* of the lab */
    VIEW_TEXT,    /* what another command says */
    VIEW_LIST,
};

enum job {
    JOB_CHECK,
    JOB_CHANGE, /* of the learner's file: is short, and not abandoned */
    JOB_OTHER,
};

struct session {
    const struct course *course;
    const struct lab *lab;
    enum view view;
    struct page verdict, text;
    struct list list;
    struct task task;
    enum job job;
    struct saves saves;
    struct path notice;
    size_t npassed; /* labs, as of when the last task ended */
    int asks_reset;
    int answers;     /* the notice answers a key: it stays */
    int awaits_hint; /* which comes when the check has ended */
    int is_over;
};

/* Begins at the first lab that never passed. */
void open_session(struct session *session, const struct course *course);
void close_session(struct session *session);

/* Makes a lab the one that is watched, and checks it. */
void watch_lab(struct session *session, const struct lab *lab);

/* The lab before or behind, by -1 or 1. */
void move_on(struct session *session, int by);

/* Checks the lab again, whatever is seen meanwhile. */
void check_lab(struct session *session);

/* Runs a command, of the lab or of all, and shows what it says. */
void show_command(struct session *session, const char *command, int of_lab);

/* Shows the next hint, at once or with the verdict that it is for. */
void show_hint(struct session *session);

/* Plays the lab's cases once more, and shows all that happened. */
void show_story(struct session *session);

void show_help(struct session *session);

/* Runs a command that changes the lab's file, and then checks it. */
void change_lab(struct session *session, const char *command);

void show_list(struct session *session);
void show_verdict(struct session *session);

/* The page that is seen. */
struct page *seen_page(struct session *session);

/* In how many milliseconds the verdict that is seen becomes an old one, since
 * no other has come of the file as it is: 0 when it is, -1 when it will not. */
int until_old(const struct session *session);

/* News: from the task, and of files. */
void hear_task(struct session *session);
void hear_saves(struct session *session);

void set_notice(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
