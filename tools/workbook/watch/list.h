/* The list of chapters and labs, to choose one from. */
#ifndef WATCH_LIST_H
#define WATCH_LIST_H

#include "../manifest.h"
#include "page.h"

enum {
    MOST_FILTER = 40
};

struct list {
    const struct course *course;
    const struct lab *chosen; /* NULL: nothing matches */
    char filter[MOST_FILTER]; /* what names or titles must hold */
    int is_typing;            /* keys go into the filter */
    struct page page;
};

/* Opens it at a lab, all labs shown. */
void open_list(struct list *list, const struct course *course,
               const struct lab *at);
void free_list(struct list *list);

/* Moves the choice by so many labs that are shown. */
void choose_lab(struct list *list, int by);

/* Adds a character to the filter, takes one off it, or all. */
void type_filter(struct list *list, int character);
void erase_filter(struct list *list);
void clear_filter(struct list *list);

/* Draws it anew, with the choice inside of a window of so many rows. */
void draw_list(struct list *list, size_t window);

#endif
