/** @file json.h
 * What all that speaks JSON here shares. */
#ifndef JSON_H
#define JSON_H

#include <stdio.h>

/** Writes a string of JSON (RFC 8259), or null; bytes that are not UTF-8
 * become \\u00XX. */
void put_json_string(FILE *f, const char *s);

#endif
