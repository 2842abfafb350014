#include "page.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAB = 8
};

/* Tabs become blanks, by bytes: in what is shown they stand in sources and
 * before file names, where each is a column. */
static void keep_text(struct page *page, size_t kept, const char *text,
                      size_t size)
{
    char *whole = realloc(page->text, kept + size * TAB + 1);
    size_t line = kept; /* where it begins */

    if (!whole)
        err(2, "out of memory");
    page->text = whole;
    page->size = kept;
    while (line > 0 && whole[line - 1] != '\n')
        line--;
    for (size_t i = 0; i < size; i++) {
        do
            whole[page->size++] = text[i] == '\t' ? ' ' : text[i];
        while (text[i] == '\t' && (page->size - line) % TAB != 0);
        if (text[i] == '\n')
            line = page->size;
    }
    whole[page->size] = '\0';
    page->width = 0;
}

void set_page(struct page *page, const char *text, size_t size)
{
    keep_text(page, 0, text, size);
    page->top = 0;
}

void extend_page(struct page *page, const char *text, size_t size)
{
    keep_text(page, page->size, text, size);
}

/* The length of a terminal's escape sequence, 0 where there is none. */
static size_t escape_length(const char *text)
{
    size_t n = 2;

    if (text[0] != '\033' || text[1] != '[')
        return 0;
    n += strspn(text + n, "0123456789;");
    return n + (text[n] != '\0');
}

/* The bytes of one character, and whether it takes a column. */
static size_t character_length(const char *text)
{
    size_t n = escape_length(text);

    if (n > 0)
        return n;
    for (n = 1; ((unsigned char)text[n] & 0xc0) == 0x80;)
        n++;
    return n;
}

static void add_row(struct page *page, struct row row)
{
    struct row *rows = reallocarray(page->rows, page->nrows + 1, sizeof *rows);

    if (!rows)
        err(2, "out of memory");
    page->rows = rows;
    rows[page->nrows++] = row;
}

/* How much of the text goes into a row of so many columns: all of it, or up
 * to the last blank, or as much as there is room for. */
static size_t fit_row(const char *text, size_t length, size_t columns)
{
    size_t i = 0, used = 0, blank = 0;

    while (i < length) {
        size_t n = character_length(text + i);
        used += escape_length(text + i) == 0;
        if (used > columns)
            return blank > 0 ? blank : i;
        if (text[i] == ' ' && used > 1)
            blank = i;
        i += n;
    }
    return length;
}

/* Splits a line into rows.  Those that follow are indented as the first, which
 * keeps its own indent where that leaves room for words. */
static void wrap_line(struct page *page, size_t start, size_t length)
{
    const char *line = page->text + start;
    size_t blanks = strspn(line, " ");
    size_t indent = blanks < page->width / 2 ? blanks : page->width / 4;
    size_t done = blanks < length ? blanks : length;

    do {
        size_t n = fit_row(line + done, length - done, page->width - indent);
        add_row(page, (struct row){start + done, n, indent});
        done += n;
        while (done < length && line[done] == ' ')
            done++;
    } while (done < length);
}

void wrap_page(struct page *page, size_t width)
{
    if (page->width == width)
        return;
    page->width = width;
    page->nrows = 0;
    for (size_t at = 0; at < page->size;) {
        size_t length = strcspn(page->text + at, "\n");
        wrap_line(page, at, length);
        at += length + 1;
    }
}

void scroll_page(struct page *page, long by, size_t window)
{
    long last = (long)page->nrows - (long)window, top = (long)page->top + by;

    if (top > last)
        top = last;
    page->top = top > 0 ? (size_t)top : 0;
}

void print_row(FILE *out, const struct page *page, size_t row, int in_colour)
{
    const struct row *r = &page->rows[row];

    fprintf(out, "%*s", (int)r->indent, "");
    for (size_t i = 0; i < r->length;) {
        const char *character = page->text + r->start + i;
        size_t n = character_length(character);
        if (in_colour || escape_length(character) == 0)
            fwrite(character, 1, n, out);
        i += n;
    }
}

void free_page(struct page *page)
{
    free(page->text);
    free(page->rows);
    *page = (struct page){0};
}
