/* The terminal while ./workbook watches: its own screen, each key at once. */
#ifndef WATCH_TERMINAL_H
#define WATCH_TERMINAL_H

#include <stddef.h>

struct size {
    size_t rows, columns;
};

/* Whether there is a terminal to watch on: one to read from and to write to
 * that can more than print. */
int has_terminal(void);

/* Takes the terminal, and gives it back as it was: the first before drawing,
 * the second before anybody else writes to it.  Both may come again. */
void take_terminal(void);
void give_terminal(void);

/* How often it has been taken: whether what was drawn may still be there. */
unsigned times_taken(void);

struct size terminal_size(void);

/* Writes all of it, unless the terminal is gone. */
void write_terminal(const char *text, size_t size);

/* What a key says: its character, or one of these. */
enum key {
    KEY_NONE = 0,
    KEY_ENTER = '\r',
    KEY_ESCAPE = 27,
    KEY_ERASE = 127,
    KEY_UP = 256,
    KEY_DOWN,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_HOME,
    KEY_END
};

/* Reads the keys that wait, at most `most` of them; returns how many.  -1:
 * the terminal is gone. */
int read_keys(int keys[], int most);

#endif
