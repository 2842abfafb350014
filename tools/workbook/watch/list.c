#define _GNU_SOURCE
#include "list.h"
#include "../progress.h"
#include "../show.h"
#include "../state.h"

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TITLE_COLUMNS = 54
};

static int is_shown(const struct list *list, const struct lab *lab)
{
    return !*list->filter || strcasestr(lab->name, list->filter) ||
           strcasestr(lab->title, list->filter) ||
           strcasestr(lab->chapter, list->filter);
}

/* The next lab that is shown, in a direction; NULL at the end. */
static const struct lab *find_shown(const struct list *list,
                                    const struct lab *from, int by)
{
    const struct lab *first = list->course->labs;
    const struct lab *behind = first + list->course->nlabs;

    for (const struct lab *lab = from; lab >= first && lab < behind; lab += by)
        if (is_shown(list, lab))
            return lab;
    return NULL;
}

/* After the filter has changed: what was chosen, or the nearest. */
static void choose_nearest(struct list *list)
{
    const struct lab *from = list->chosen ? list->chosen : list->course->labs;

    list->chosen = find_shown(list, from, 1);
    if (!list->chosen)
        list->chosen = find_shown(list, from, -1);
}

void open_list(struct list *list, const struct course *course,
               const struct lab *at)
{
    list->course = course;
    list->chosen = at;
    list->is_typing = 0;
    *list->filter = '\0';
}

void free_list(struct list *list)
{
    free_page(&list->page);
}

void choose_lab(struct list *list, int by)
{
    int step = by < 0 ? -1 : 1;
    const struct lab *next;

    for (; by != 0 && list->chosen; by -= step) {
        next = find_shown(list, list->chosen + step, step);
        if (!next)
            return;
        list->chosen = next;
    }
}

void type_filter(struct list *list, int character)
{
    size_t length = strlen(list->filter);

    if (character > 255 || !isprint(character) || length + 1 >= MOST_FILTER)
        return;
    list->filter[length] = (char)character;
    list->filter[length + 1] = '\0';
    choose_nearest(list);
}

void erase_filter(struct list *list)
{
    size_t length = strlen(list->filter);

    if (length > 0)
        list->filter[length - 1] = '\0';
    choose_nearest(list);
}

void clear_filter(struct list *list)
{
    *list->filter = '\0';
    list->is_typing = 0;
    choose_nearest(list);
}

static void print_lab(FILE *out, const struct list *list, const struct lab *lab,
                      const struct state *state)
{
    int is_chosen = lab == list->chosen;

    fprintf(out, "%s", is_chosen ? "› " : "  ");
    print_mark(out, find_mark(state, lab));
    fprintf(out, " %-18s ", lab->name);
    print_cut(out, lab->title, strlen(lab->title), TITLE_COLUMNS);
    fputc('\n', out);
}

/* Prints the labs of a chapter that are shown, under its head.  Returns in
 * *row the row of the chosen one, counted from the top. */
static void print_labs(FILE *out, const struct list *list,
                       const struct chapter *chapter, const struct state *state,
                       size_t *rows, size_t *row)
{
    int has_head = 0;

    for (size_t i = 0; i < list->course->nlabs; i++) {
        const struct lab *lab = &list->course->labs[i];
        if (strcmp(lab->chapter, chapter->name) != 0 || !is_shown(list, lab))
            continue;
        if (!has_head) {
            fprintf(out, "%s%s\n", *rows > 0 ? "\n" : "", chapter->title);
            *rows += *rows > 0 ? 2 : 1;
            has_head = 1;
        }
        if (lab == list->chosen)
            *row = *rows;
        print_lab(out, list, lab, state);
        ++*rows;
    }
}

/* Moves the window as little as is needed to have the choice in it. */
static void follow_choice(struct page *page, size_t row, size_t window)
{
    if (row < page->top + 1)
        page->top = row > 0 ? row - 1 : 0;
    if (row + 1 > page->top + window)
        page->top = row + 1 - window;
}

void draw_list(struct list *list, size_t window)
{
    size_t rows = 0, row = 0, top = list->page.top, size;
    struct state state;
    char *text;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        err(2, "out of memory");
    load_state(&state);
    for (size_t i = 0; i < list->course->nchapters; i++)
        print_labs(out, list, &list->course->chapters[i], &state, &rows, &row);
    if (rows == 0)
        fprintf(out, "No lab has \"%s\" in its name or title.\n", list->filter);
    close_state(&state);
    fclose(out);
    set_page(&list->page, text, size);
    list->page.top = top;
    follow_choice(&list->page, row, window);
    free(text);
}
