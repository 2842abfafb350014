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

static void print_told(const char *kind, const struct complaint *complaint)
{
    printf("%.*s: %s: %.*s\n", complaint->where_length, complaint->where, kind,
           complaint->message_length, complaint->message);
}

static void print_errors(const struct trial *trial)
{
    const char *text = trial->compiler;
    struct complaint complaint;

    while (next_error(&text, &complaint))
        print_told("error", &complaint);
}

static void print_warnings(const struct trial *trial)
{
    const char *text = trial->compiler;
    struct complaint complaint;

    while (text && next_warning(&text, trial->lab, &complaint))
        print_told("warning", &complaint);
}

/* A problem is one line, whatever the words are. */
static void print_words(const char *name, const char *words)
{
    if (!*words)
        return;
    printf("; %s ", name);
    for (; *words; words++)
        putchar(*words == '\n' ? ' ' : *words);
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
