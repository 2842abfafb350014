#define _GNU_SOURCE
#include "screen.h"
#include "../show.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Clear to the end of the line, and of the screen; all colours off. */
#define CLEAR_LINE "\033[0m\033[K"
#define CLEAR_SCREEN "\033[0m\033[2J"
#define BOLD "\033[1m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

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

/* How far one is, at the right: "3 of 40", behind a bar if there is room. */
static void print_progress(FILE *out, const struct screen *s, size_t columns)
{
    size_t full = s->all > 0 ? s->done * BAR_COLUMNS / s->all : 0;

    full += s->done > 0 && full == 0; /* the first step is seen */
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
}

static void print_head(FILE *out, const struct screen *s, size_t columns)
{
    size_t place = strlen(s->place);
    size_t right = (columns >= NARROW ? BAR_COLUMNS : 0) + 12;
    size_t room = columns > right ? columns - right : 1;

    fputs(paint(BOLD), out);
    print_cut(out, s->place, place, room);
    fputs(CLEAR_LINE, out);
    if (place + 3 < room) {
        fputs("   ", out);
        print_cut(out, s->title, strlen(s->title), room - place - 3);
    }
    print_progress(out, s, columns);
    fputs("\n\n", out);
}

static void print_window(FILE *out, const struct page *page, size_t rows,
                         int is_old)
{
    for (size_t i = 0; i < rows; i++) {
        if (is_old)
            fputs(paint(DIM), out);
        if (page->top + i < page->nrows)
            print_row(out, page, page->top + i, !is_old);
        fputc('\n', out);
    }
}

/* A notice, and an arrow at the right when more of the page is below. */
static void print_beside(FILE *out, const char *notice, int is_more,
                         size_t columns)
{
    print_cut(out, notice, strlen(notice),
              is_more && columns > 2 ? columns - 2 : columns);
    if (is_more)
        fprintf(out, "\033[%zuG↓", columns);
}

/* Where in the page one is, when there is more than can be seen. */
static void print_notice(FILE *out, const struct screen *s,
                         const struct page *page, struct size size)
{
    size_t below = page->top + window_rows(size);

    if (*s->notice)
        print_beside(out, s->notice, below < page->nrows, size.columns);
    else if (below < page->nrows)
        fprintf(out, "%s↓ %zu more line%s%s", paint(DIM), page->nrows - below,
                page->nrows - below == 1 ? "" : "s",
                size.columns >= NARROW ? ": arrows, Page Down, space" : "");
    fputc('\n', out);
}

/* Keys with a word on each; what is one letter is a key, and stands out. */
static void print_words(FILE *out, const char *words)
{
    while (*words) {
        size_t length = strcspn(words, " ");
        length += strspn(words + length, " ");
        int is_key = words[1] == ' ' || words[1] == '\0';
        fputs(paint(is_key ? PLAIN : DIM), out);
        fwrite(words, 1, length, out);
        words += length;
    }
    fputc('\n', out);
}

static void print_keys(FILE *out, const struct screen *s, struct size size)
{
    if (strlen(s->keys) <= size.columns) {
        print_words(out, s->keys);
        return;
    }
    print_cut(out, s->few, strlen(s->few), size.columns);
    fputc('\n', out);
}

size_t window_rows(struct size size)
{
    return size.rows > HEAD_ROWS + FOOT_ROWS ? size.rows - HEAD_ROWS - FOOT_ROWS
                                             : 1;
}

/* All rows of the screen, a line each.  To be freed. */
static char *print_frame(const struct screen *s, const struct page *page,
                         struct size size)
{
    char *frame;
    size_t length;
    FILE *out = open_memstream(&frame, &length);

    if (!out)
        err(2, "out of memory");
    print_head(out, s, size.columns);
    print_window(out, page, window_rows(size), s->is_old);
    print_notice(out, s, page, size);
    print_keys(out, s, size);
    fclose(out);
    return frame;
}

/* Writes the rows that are not on the screen already. */
static void write_changes(const char *frame, const char *before)
{
    char *changes;
    size_t size;
    FILE *out = open_memstream(&changes, &size);

    if (!out)
        err(2, "out of memory");
    for (size_t row = 1; *frame; row++) {
        size_t length = strcspn(frame, "\n"), old = strcspn(before, "\n");
        if (length != old || memcmp(frame, before, length) != 0) {
            fprintf(out, "\033[%zu;1H", row);
            fwrite(frame, 1, length, out);
            fputs(CLEAR_LINE, out);
        }
        frame += length + (frame[length] == '\n');
        before += old + (before[old] == '\n');
    }
    fclose(out);
    write_terminal(changes, size);
    free(changes);
}

/* What is on the screen: nothing that we know of when it has been taken anew,
 * or has another size. */
static struct {
    char *frame;
    unsigned taken;
    struct size size;
} shown;

static int is_known(struct size size)
{
    return shown.frame && shown.taken == times_taken() &&
           shown.size.rows == size.rows && shown.size.columns == size.columns;
}

void draw_screen(const struct screen *screen, struct page *page,
                 struct size size)
{
    char *frame;

    wrap_page(page, size.columns);
    scroll_page(page, 0, window_rows(size));
    frame = print_frame(screen, page, size);
    if (!is_known(size))
        write_terminal(CLEAR_SCREEN, strlen(CLEAR_SCREEN));
    write_changes(frame, is_known(size) ? shown.frame : "");
    free(shown.frame);
    shown.frame = frame;
    shown.taken = times_taken();
    shown.size = size;
}
