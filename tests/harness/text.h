/** @file text.h
 * Strings of the harness, beside text() and quoted() of harness.h.  All of
 * them live until the checker ends: it is a short life, with few of them. */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/** A byte buffer that grows; always ended by a NUL that is not counted. */
struct buffer {
    char *bytes;
    size_t n, room;
};

/** Appends n bytes. */
void buffer_add(struct buffer *b, const void *bytes, size_t n);

/** vprintf into a string. */
const char *text_va(const char *format, va_list ap)
    __attribute__((format(printf, 1, 0)));

/** Writes `words` to f, broken at spaces so that no line passes `width`
 * columns, each line indented by `indent` spaces.  A line that begins with a
 * space, behind others, is part of a table and stands as it is. */
void print_wrapped(FILE *f, const char *words, int indent, int width);

/** Copies a string so that a terminal can show it: control characters and
 * bytes that are not UTF-8 become visible escapes; newlines stay. */
const char *printable(const char *string);

/** The length of the UTF-8 sequence at p, of at most n bytes; 0 when what
 * stands there is not UTF-8 (RFC 3629). */
size_t utf8_length(const char *p, size_t n);

#endif
