#include "problems.h"
#include "compiler.h"
#include "files.h"
#include "paths.h"
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t first_todo(const char *path)
{
    struct text text;
    size_t line = 1;
    const char *todo;

    if (read_file(path, &text) == -1)
        return 1;
    todo = strstr(text.bytes, "TODO");
    for (const char *p = text.bytes; todo && p < todo; p++)
        line += *p == '\n';
    free(text.bytes);
    return line;
}

/* Editors know only the desk: what is told of another place, a linker's words
 * mostly, stands at the head of the lab's file. */
static void print_told(const struct lab *lab, const char *kind,
                       const struct complaint *complaint)
{
    int is_here = strncmp(complaint->where, DESK "/", strlen(DESK "/")) == 0;

    if (!is_here)
        printf("%s:1: %s: ", source_path(DESK, lab).text, kind);
    printf("%.*s: %s%s%.*s\n", complaint->where_length, complaint->where,
           is_here ? kind : "", is_here ? ": " : "", complaint->message_length,
           complaint->message);
}

static void print_errors(const struct trial *trial)
{
    const char *text = trial->compiler;
    struct complaint complaint;

    while (next_error(&text, &complaint))
        if (strncmp(complaint.where, "collect2:", strlen("collect2:")) != 0)
            print_told(trial->lab, "error", &complaint);
}

static void print_warnings(const struct trial *trial)
{
    const char *text = trial->warnings;
    struct complaint complaint;

    while (text && next_warning(&text, trial->lab, &complaint))
        print_told(trial->lab, "warning", &complaint);
}

/* A problem is one line, whatever the words are, and no terminal obeys it:
 * C0, DEL, and C1 as UTF-8 has them become blanks. */
static void print_line(const char *words)
{
    for (; *words; words++) {
        const unsigned char *c = (const unsigned char *)words;
        int is_c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
        putchar(is_c1 || c[0] < ' ' || c[0] == 0x7f ? ' ' : *words);
        words += is_c1;
    }
}

static void print_words(const char *name, const char *words)
{
    if (!*words)
        return;
    printf("; %s ", name);
    print_line(words);
}

static void print_case(const struct trial *trial, size_t line,
                       const cJSON *item)
{
    if (strcmp(text_of(item, "status"), "fail") != 0)
        return;
    printf("%s:%zu: error: %s: %s", source_path(DESK, trial->lab).text, line,
           text_of(item, "id"), text_of(item, "title"));
    print_words("wanted", text_of(item, "wanted"));
    print_words("got", text_of(item, "got"));
    putchar('\n');
}

static void print_cases(const struct trial *trial)
{
    size_t line = first_todo(source_path(DESK, trial->lab).text);
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(trial->result, "cases"))
        print_case(trial, line, item);
}

void print_problems(const struct trial *trials, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (trials[i].broken) {
            print_errors(&trials[i]);
            continue;
        }
        print_warnings(&trials[i]);
        print_cases(&trials[i]);
    }
}
