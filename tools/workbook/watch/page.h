/* A text that is looked at through a window, and wrapped to its width. */
#ifndef WATCH_PAGE_H
#define WATCH_PAGE_H

#include <stddef.h>
#include <stdio.h>

/* A row of the window: a piece of the text, and how far it is indented. */
struct row {
    size_t start, length, indent;
};

struct page {
    char *text; /* ends in '\0' */
    size_t size;
    struct row *rows;
    size_t nrows;
    size_t width; /* that the rows are wrapped to */
    size_t top;   /* the first row that is seen */
};

/* The text is copied; the page is seen from its top. */
void set_page(struct page *page, const char *text, size_t size);

/* Adds to it; what is seen stays where it is. */
void extend_page(struct page *page, const char *text, size_t size);

void wrap_page(struct page *page, size_t width);

/* Moves by so many rows, up if negative; never beyond an end. */
void scroll_page(struct page *page, long by, size_t window);

/* Writes one row, with its colours or without. */
void print_row(FILE *out, const struct page *page, size_t row, int in_colour);

void free_page(struct page *page);

#endif
