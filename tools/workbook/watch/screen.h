/* What is drawn: a head, a window onto a page, and the keys. */
#ifndef WATCH_SCREEN_H
#define WATCH_SCREEN_H

#include "page.h"
#include "terminal.h"

struct screen {
    const char *place; /* where one is: the lab, or what is shown instead */
    const char *title;
    size_t done, all;   /* labs that have passed */
    int is_old;         /* the page is: it fades */
    const char *notice; /* a sentence above the keys */
    const char *keys;   /* what can be pressed */
    const char *few;    /* the same for a narrow terminal */
};

/* Draws all of it at once.  The page is wrapped to the terminal. */
void draw_screen(const struct screen *screen, struct page *page,
                 struct size size);

/* How many rows of a page can be seen. */
size_t window_rows(struct size size);

#endif
