/* Text for a terminal of 80 columns. */
#ifndef WORKBOOK_SHOW_H
#define WORKBOOK_SHOW_H

#include <stddef.h>
#include <stdio.h>

enum mark {
    MARK_NONE,
    MARK_PASS,
    MARK_FAIL,
    MARK_LOST
};

/* Whether stdout is a terminal that wants colour; see no-color.org.  Or
 * WORKBOOK_COLOUR is set: what goes into a pipe will come to such a one. */
int wants_colour(void);

/* Whether this is shown where ./workbook watches: WORKBOOK_KEYS is set. */
int is_watched(void);

/* Whether stdout is a terminal where a line can be written over. */
int can_redraw(void);

/* Writes a check mark, a cross, or what else stands before a lab's name. */
void print_mark(FILE *out, enum mark mark);

/* Writes at most `columns` characters of UTF-8; what was cut ends in "…". */
void print_cut(FILE *out, const char *text, size_t size, size_t columns);

/* Writes words in lines of at most 80 columns, all of them indented. */
void print_wrapped(FILE *out, int indent, const char *text);

/* How a command is given that is about a lab: by its key if ./workbook watches
 * and shows this, else in a shell. */
void print_way(FILE *out, char key, const char *command, const char *lab);

/* A chapter's head line: its name, its title and its count at the right. */
void print_chapter(FILE *out, const char *name, const char *title, size_t done,
                   size_t all);

#endif
