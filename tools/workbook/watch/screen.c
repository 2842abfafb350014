#define _GNU_SOURCE
#include "screen.h"
#include "../show.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Clear to the end of the line, and of the screen; all colours off. */
#define CLEAR_LINE "\033[0m\033[K"
#define BOLD "\033[1m"
#define DIM "\033[2m"

enum {
    HEAD_ROWS = 2, /* the head and a blank line */
    FOOT_ROWS = 2, /* the notice, and the keys */
    BAR_COLUMNS = 20,
    NARROW = 60 /* where there is no room for a bar */
};

static const char *paint(const char *escape)
{
    return wants_colour() ? escape : "";
}

static void go_to(FILE *out, size_t row)
{
    fprintf(out, "\033[%zu;1H", row + 1);
}

/* How far one is, at the right: "3 of 40", behind a bar if there is room. */
static size_t print_progress(FILE *out, const struct screen *s, size_t columns)
{
    size_t full = s->all > 0 ? s->done * BAR_COLUMNS / s->all : 0;
    char *count;
    int n = asprintf(&count, " %zu of %zu", s->done, s->all);
    size_t bar = columns >= NARROW ? BAR_COLUMNS : 0;

    if (n == -1)
        err(2, "out of memory");
    fprintf(out, "\033[%zuG", columns - (size_t)n - bar + 1);
    for (size_t i = 0; i < bar; i++)
        fputs(i < full ? "━" : "┄", out);
    fputs(count, out);
    free(count);
    return (size_t)n + bar;
}

static void draw_head(FILE *out, const struct screen *s, size_t columns)
{
    size_t place = strlen(s->place);
    size_t right = (columns >= NARROW ? BAR_COLUMNS : 0) + 12;
    size_t room = columns > right ? columns - right : 1;

    go_to(out, 0);
    fputs(paint(BOLD), out);
    print_cut(out, s->place, place, room);
    fputs(CLEAR_LINE, out);
    if (place + 3 < room) {
        fputs("   ", out);
        print_cut(out, s->title, strlen(s->title), room - place - 3);
    }
    print_progress(out, s, columns);
    go_to(out, 1);
    fputs(CLEAR_LINE, out);
}

static void draw_window(FILE *out, const struct page *page, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        go_to(out, HEAD_ROWS + i);
        if (page->top + i < page->nrows)
            print_row(out, page, page->top + i);
        fputs(CLEAR_LINE, out);
    }
}

/* Where in the page one is, when there is more than can be seen. */
static void draw_notice(FILE *out, const struct screen *s,
                        const struct page *page, struct size size)
{
    size_t rows = window_rows(size), below = page->top + rows;

    go_to(out, HEAD_ROWS + rows);
    if (*s->notice)
        print_cut(out, s->notice, strlen(s->notice), size.columns);
    else if (below < page->nrows)
        fprintf(out, "%s↓ %zu more line%s%s", paint(DIM), page->nrows - below,
                page->nrows - below == 1 ? "" : "s",
                size.columns >= NARROW ? ": arrows, Page Down, space" : "");
    fputs(CLEAR_LINE, out);
}

static void draw_keys(FILE *out, const struct screen *s, struct size size)
{
    const char *keys = strlen(s->keys) <= size.columns ? s->keys : s->few;

    go_to(out, size.rows - 1);
    fputs(paint(DIM), out);
    print_cut(out, keys, strlen(keys), size.columns);
    fputs(CLEAR_LINE, out);
}

size_t window_rows(struct size size)
{
    return size.rows > HEAD_ROWS + FOOT_ROWS ? size.rows - HEAD_ROWS - FOOT_ROWS
                                             : 1;
}

static void write_frame(const char *frame, size_t size)
{
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, frame, size);
        if (n <= 0)
            return; /* reading will tell that it is gone */
        frame += n;
        size -= (size_t)n;
    }
}

void draw_screen(const struct screen *screen, struct page *page,
                 struct size size)
{
    char *frame;
    size_t length;
    FILE *out = open_memstream(&frame, &length);

    if (!out)
        err(2, "out of memory");
    wrap_page(page, size.columns);
    scroll_page(page, 0, window_rows(size));
    draw_head(out, screen, size.columns);
    draw_window(out, page, window_rows(size));
    draw_notice(out, screen, page, size);
    draw_keys(out, screen, size);
    fclose(out);
    write_frame(frame, length);
    free(frame);
}
