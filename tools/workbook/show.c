#include "show.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WIDTH = 80,
    COUNT_WIDTH = 9
};

int wants_colour(void)
{
    const char *off = getenv("NO_COLOR"), *term = getenv("TERM");
    const char *forced = getenv("WORKBOOK_COLOUR");

    if ((off && *off) || (term && strcmp(term, "dumb") == 0))
        return 0;
    return isatty(STDOUT_FILENO) || (forced && *forced);
}

int is_watched(void)
{
    const char *keys = getenv("WORKBOOK_KEYS");

    return keys && *keys;
}

int can_redraw(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void print_mark(FILE *out, enum mark mark)
{
    static const char *const marks[] = {"·", "✓", "✗", "!"};
    static const char *const colours[] = {"", "\033[32m", "\033[31m",
                                          "\033[33m"};

    if (wants_colour() && mark != MARK_NONE)
        fprintf(out, "%s%s\033[0m", colours[mark], marks[mark]);
    else
        fputs(marks[mark], out);
}

static int begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static size_t count_columns(const char *text, size_t size)
{
    size_t columns = 0;

    for (size_t i = 0; i < size; i++)
        columns += (size_t)begins_character(text[i]);
    return columns;
}

void print_cut(FILE *out, const char *text, size_t size, size_t columns)
{
    int whole = count_columns(text, size) <= columns;
    size_t room = whole ? columns : columns - 1;

    for (size_t i = 0; i < size; i++) {
        if (begins_character(text[i]) && room-- == 0)
            break;
        fputc(text[i], out);
    }
    if (!whole)
        fputs("…", out);
}

void print_wrapped(FILE *out, int indent, const char *text)
{
    size_t column = 0;

    while (*(text += strspn(text, " \n"))) {
        size_t length = strcspn(text, " \n");
        size_t columns = count_columns(text, length);
        if (column > 0 && column + 1 + columns > WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        if (column == 0)
            column = (size_t)fprintf(out, "%*s", indent, "");
        else
            column += (size_t)fprintf(out, " ");
        fwrite(text, 1, length, out);
        column += columns;
        text += length;
    }
    fputc('\n', out);
}

void print_way(FILE *out, char key, const char *command, const char *lab)
{
    if (is_watched())
        fprintf(out, "press %c", key);
    else
        fprintf(out, "./workbook %s %s", command, lab);
}

void print_chapter(FILE *out, const char *name, const char *title, size_t done,
                   size_t all)
{
    size_t room = WIDTH - COUNT_WIDTH - strlen(name) - 2;
    size_t used = count_columns(title, strlen(title));

    fprintf(out, "%s  ", name);
    print_cut(out, title, strlen(title), room);
    fprintf(out, "%*s%zu of %zu\n", (int)(used < room ? room - used : 0) + 2,
            "", done, all);
}
