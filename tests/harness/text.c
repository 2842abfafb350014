#define _GNU_SOURCE
#include "text.h"

#include "harness.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

void buffer_add(struct buffer *b, const void *bytes, size_t n)
{
    if (b->n + n + 1 > b->room) {
        b->room = 2 * (b->n + n) + 64;
        b->bytes = realloc(b->bytes, b->room);
        if (b->bytes == NULL)
            err(2, "realloc");
    }
    if (n > 0)
        memcpy(b->bytes + b->n, bytes, n);
    b->n += n;
    b->bytes[b->n] = '\0';
}

const char *text_va(const char *format, va_list ap)
{
    char *string;

    if (vasprintf(&string, format, ap) == -1)
        errx(2, "out of memory");
    return string;
}

const char *text(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    const char *string = text_va(format, ap);
    va_end(ap);
    return string;
}

size_t utf8_length(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t len = u[0] < 0x80   ? 1
                 : u[0] < 0xc2 ? 0
                 : u[0] < 0xe0 ? 2
                 : u[0] < 0xf0 ? 3
                 : u[0] < 0xf5 ? 4
                               : 0;

    if (len == 0 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and beyond U+10FFFF. */
    if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
        (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
        return 0;
    return len;
}

/* Appends one byte as C writes it in a string literal. */
static void add_escaped(struct buffer *b, unsigned char c)
{
    static const char names[] = "\aa\bb\ff\nn\rr\tt\vv\"\"\\\\";
    char escape[5];

    for (const char *p = names; c != '\0' && *p != '\0'; p += 2) {
        if ((unsigned char)*p == c) {
            snprintf(escape, sizeof escape, "\\%c", p[1]);
            buffer_add(b, escape, 2);
            return;
        }
    }
    snprintf(escape, sizeof escape, c == '\0' ? "\\0" : "\\x%02x", c);
    buffer_add(b, escape, strlen(escape));
}

/* Whether a byte that is UTF-8 on its own may go to a terminal as it is. */
static bool is_harmless(const char *p, size_t len)
{
    unsigned char first = (unsigned char)p[0];

    if (len == 1)
        return first >= 0x20 && first != 0x7f;
    return !(first == 0xc2 && (unsigned char)p[1] < 0xa0); /* C1 controls */
}

const char *quoted(const void *bytes, size_t n, size_t most)
{
    struct buffer b = {0};
    const char *p = bytes;
    size_t shown = n < most ? n : most;

    buffer_add(&b, "\"", 1);
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
            buffer_add(&b, p + i, 1);
        else
            add_escaped(&b, c);
    }
    buffer_add(&b, "\"", 1);
    if (shown < n)
        buffer_add(&b, "...", 3);
    return b.bytes;
}

const char *printable(const char *string)
{
    struct buffer b = {0};
    size_t n = strlen(string);

    buffer_add(&b, "", 0);
    for (size_t i = 0; i < n;) {
        size_t len = utf8_length(string + i, n - i);
        if (len > 0 && (string[i] == '\n' || is_harmless(string + i, len))) {
            buffer_add(&b, string + i, len);
            i += len;
        } else {
            add_escaped(&b, (unsigned char)string[i++]);
        }
    }
    return b.bytes;
}

/* Columns of a word, counting a UTF-8 sequence as one. */
static int count_columns(const char *p, size_t n)
{
    int columns = 0;

    for (size_t i = 0; i < n; i++)
        columns += ((unsigned char)p[i] & 0xc0) != 0x80;
    return columns;
}

void print_wrapped(FILE *f, const char *words, int indent, int width)
{
    int column = 0;
    bool is_begun = false; /* a line has ended */

    while (*words != '\0') {
        size_t n = strcspn(words, " \n");
        if (n == 0 && *words == ' ' && column == 0 && is_begun) {
            n = strcspn(words, "\n");
            fprintf(f, "%*s%.*s\n", indent, "", (int)n, words);
            words += n + (words[n] == '\n');
            continue;
        }
        if (n > (size_t)(width - indent))
            n = (size_t)(width - indent); /* one long word: broken anywhere */
        int wide = count_columns(words, n);

        if (column > 0 && column + 1 + wide > width) {
            putc('\n', f);
            column = 0;
        }
        if (n > 0) {
            column += fprintf(f, "%*s", column ? 1 : indent, "") + wide;
            fwrite(words, 1, n, f);
        }
        words += n;
        if (*words == '\n') {
            putc('\n', f);
            column = 0;
            is_begun = true;
        }
        words += *words == ' ' || *words == '\n';
    }
    if (column > 0)
        putc('\n', f);
}
