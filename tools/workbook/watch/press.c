#include "press.h"
#include "editor.h"
#include "terminal.h"

#include <limits.h>
#include <stdlib.h>

static void press_n(struct session *s)
{
    move_on(s, 1);
}

static void press_p(struct session *s)
{
    move_on(s, -1);
}

static void press_h(struct session *s)
{
    show_hint(s);
}

static void press_m(struct session *s)
{
    change_lab(s, "merge");
}

static void press_c(struct session *s)
{
    show_command(s, "check", 0);
}

static void press_s(struct session *s)
{
    show_command(s, "solution", 1);
}

static void press_d(struct session *s)
{
    show_command(s, "docs", 0);
}

static void press_r(struct session *s)
{
    s->asks_reset = 1;
    s->answers = 1;
    set_notice(s, "%s", "y or n?  Reset it? Your file is kept.");
}

static void press_e(struct session *s)
{
    char *why_not = open_editor(s->lab, s->verdict.text);

    if (why_not)
        set_notice(s, "%s", why_not);
    free(why_not);
}

static void press_q(struct session *s)
{
    s->is_over = 1;
}

static const struct {
    int key;
    void (*press)(struct session *session);
} commands[] = {
    {'n', press_n},    {'p', press_p},
    {'h', press_h},    {'l', show_list},
    {'c', press_c},    {'s', press_s},
    {'t', show_story}, {'r', press_r},
    {'e', press_e},    {'m', press_m},
    {'d', press_d},    {'?', show_help},
    {'q', press_q},    {KEY_ESCAPE, show_verdict},
};

/* Moves in the page.  Returns whether the key was for that. */
static int press_scroll(struct page *page, int key, size_t window)
{
    long step = (long)window - 1, all = (long)page->nrows;
    static const int keys[] = {KEY_UP, KEY_DOWN, KEY_PAGE_UP, KEY_PAGE_DOWN,
                               ' ',    KEY_HOME, KEY_END};
    const long by[] = {-1, 1, -step, step, step, -all, all};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i] != key)
            continue;
        scroll_page(page, by[i], window);
        return 1;
    }
    return 0;
}

static void press_in_filter(struct list *list, int key)
{
    if (key == KEY_ERASE)
        erase_filter(list);
    else if (key == KEY_ESCAPE)
        clear_filter(list);
    else
        type_filter(list, key);
}

/* Returns whether the key was for the list. */
static int press_in_list(struct session *s, int key, size_t window)
{
    struct list *list = &s->list;
    int page = (int)window / 2;

    if (key == KEY_ENTER && list->chosen)
        watch_lab(s, list->chosen);
    else if (key == KEY_UP || key == KEY_DOWN)
        choose_lab(list, key == KEY_UP ? -1 : 1);
    else if (key == KEY_PAGE_UP || key == KEY_PAGE_DOWN)
        choose_lab(list, key == KEY_PAGE_UP ? -page : page);
    else if (key == KEY_HOME || key == KEY_END)
        choose_lab(list, key == KEY_HOME ? -INT_MAX : INT_MAX);
    else if (list->is_typing)
        press_in_filter(list, key);
    else if (key == '/')
        list->is_typing = 1;
    else
        return 0;
    return 1;
}

static void answer_reset(struct session *s, int key)
{
    s->asks_reset = 0;
    s->answers = 0;
    set_notice(s, "%s", "");
    if (key == 'y')
        change_lab(s, "reset");
}

void press_key(struct session *s, int key, size_t window)
{
    s->awaits_hint = 0;
    if (s->asks_reset) {
        answer_reset(s, key);
        return;
    }
    if (s->view == VIEW_LIST && press_in_list(s, key, window))
        return;
    if (press_scroll(seen_page(s), key, window))
        return;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].key == key)
            commands[i].press(s);
    }
}

const char *told_keys(const struct session *s)
{
    if (s->asks_reset)
        return "y yes n no";
    if (s->view == VIEW_LIST)
        return "arrows choose  Enter goes there  / searches  Esc back  q quit";
    return "n next p prev h hint l list c all s diff r reset e edit d docs "
           "? help q quit";
}

const char *told_few(const struct session *s)
{
    if (s->asks_reset)
        return "y n";
    return s->view == VIEW_LIST ? "↑ ↓ Enter / Esc q" : "n p h l c s r e d ? q";
}
