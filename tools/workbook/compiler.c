#define _GNU_SOURCE
#include "compiler.h"
#include "paths.h"
#include "root.h"
#include "show.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#define FAILED "FAILED: "
#define REMARK "remark: " /* as cmake/BigEndian.cmake has it */

enum {
    EXCERPT_LINES = 4
};

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : line + strlen(line);
}

static int starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Where a needle begins in the line, or NULL. */
static const char *find_in_line(const char *line, const char *needle)
{
    return memmem(line, (size_t)(next_line(line) - line), needle,
                  strlen(needle));
}

/* The next line that tells of a failed step, or NULL. */
static const char *next_failure(const char *output)
{
    while (*output && !starts_with(output, FAILED))
        output = next_line(output);
    return *output ? output : NULL;
}

size_t count_failures(const char *output)
{
    size_t n = 0;

    while ((output = next_failure(output))) {
        n++;
        output = next_line(output);
    }
    return n;
}

/* A compiler that has complained of nothing did not fail for the source. */
static char *keep_if_told(const char *from, const char *to)
{
    char *block = strndup(from, (size_t)(to - from));
    const char *text = block;
    struct complaint complaint;

    if (!block)
        err(2, "out of memory");
    if (next_error(&text, &complaint) &&
        !strstr(block, "No space left on device"))
        return block;
    free(block);
    return NULL;
}

char *find_failure(const char *output, const struct lab *lab)
{
    struct path object = make_path("/lab.%s.dir/", lab->name);
    struct path program = make_path(" work/%s/%s ", lab->chapter, lab->name);

    while ((output = next_failure(output))) {
        const char *body = next_line(output);
        const char *end = next_failure(body);
        if (!end)
            end = body + strlen(body);
        if (find_in_line(output, object.text) ||
            find_in_line(output, program.text))
            return keep_if_told(next_line(body), end);
        output = body;
    }
    return NULL;
}

/* Takes a line apart into place and message if it holds one of the marks. */
static int split_line(const char *line, const char *const marks[],
                      struct complaint *found)
{
    for (; *marks; marks++) {
        const char *mark = find_in_line(line, *marks);
        const char *message;
        if (!mark)
            continue;
        if (starts_with(line, "/usr/bin/ld: "))
            line += strlen("/usr/bin/ld: ");
        if (starts_with(line, root_prefix()))
            line += strlen(root_prefix());
        message = mark + strlen(*marks);
        if (message[-2] != ':') /* a linker's words are the message */
            message = mark + strlen(": ");
        *found = (struct complaint){
            .where = line,
            .where_length = (int)(mark - line),
            .message = message,
            .message_length = (int)strcspn(message, "\n"),
        };
        return 1;
    }
    return 0;
}

/* The source lines below a message: indented, or behind a bar. */
static void find_excerpt(const char *line, struct complaint *found)
{
    const char *end = line;

    for (int i = 0; i < EXCERPT_LINES && *end == ' '; i++)
        end = next_line(end);
    found->excerpt = line;
    found->excerpt_length = (int)(end - line);
}

static int next_complaint(const char **text, const char *const marks[],
                          struct complaint *found)
{
    const char *line = *text;

    for (; *line; line = next_line(line)) {
        if (!split_line(line, marks, found))
            continue;
        *text = next_line(line);
        find_excerpt(*text, found);
        return 1;
    }
    *text = line;
    return 0;
}

int next_error(const char **text, struct complaint *found)
{
    static const char *const marks[] = {
        ": error: ", ": fatal error: ", ": undefined reference to ",
        ": multiple definition of ", NULL};

    return next_complaint(text, marks, found);
}

int next_warning(const char **text, const struct lab *lab,
                 struct complaint *found)
{
    static const char *const marks[] = {": warning: ", NULL};
    struct path source = source_path(DESK, lab);

    while (next_complaint(text, marks, found)) {
        if (starts_with(found->where, source.text))
            return 1;
    }
    return 0;
}

int is_linkers(const struct complaint *complaint)
{
    return starts_with(complaint->message, "undefined reference") ||
           starts_with(complaint->message, "multiple definition");
}

const char *find_remark(const char *text)
{
    while (*text && !starts_with(text, REMARK))
        text = next_line(text);
    return *text ? text + strlen(REMARK) : NULL;
}

void print_complaint(FILE *out, const struct complaint *complaint)
{
    const char *line = complaint->excerpt;
    const char *end = line + complaint->excerpt_length;
    char *told = tell_complaint(complaint);

    print_wrapped(out, 2, told);
    free(told);
    if (line < end)
        fputc('\n', out);
    for (; line < end; line = next_line(line)) {
        fputs("  ", out);
        print_cut(out, line, (size_t)strcspn(line, "\n"), 78);
        fputc('\n', out);
    }
}

char *tell_complaint(const struct complaint *complaint)
{
    char *told;

    if (asprintf(&told, "%.*s: %.*s", complaint->where_length, complaint->where,
                 complaint->message_length, complaint->message) == -1)
        err(2, "out of memory");
    return told;
}
