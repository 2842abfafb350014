#define _GNU_SOURCE
#include "sanitizer.h"

#include "harness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the reader stands in a report. */
struct reader {
    struct sanitizer_report *r;
    const char *program;   /* without its directories */
    struct stack *current; /* takes the frames that follow; NULL: none does */
    long offset;           /* of the access in a frame; -1: unknown */
    bool has_exact;        /* the object that ends at this offset was seen */
};

static const char *find_basename(const char *path, size_t n)
{
    const char *slash = memrchr(path, '/', n);

    return slash != NULL ? slash + 1 : path;
}

/* What follows `words` in the line, or NULL. */
static const char *after(const char *line, const char *words)
{
    const char *at = strstr(line, words);

    return at != NULL ? at + strlen(words) : NULL;
}

/* "    #1 0x4dcef9  (/path/fetch+0x4dcef9) (BuildId: 048e)" */
static void read_frame(struct reader *in, const char *line)
{
    const char *open = strchr(line, '(');
    const char *plus = NULL;
    struct stack *stack = in->current;

    for (const char *p = open; p != NULL && (p = strstr(p, "+0x")); p++)
        plus = p;
    if (plus == NULL || stack == NULL || stack->n == MOST_FRAMES)
        return;
    const char *module = find_basename(open + 1, (size_t)(plus - open - 1));
    size_t n = (size_t)(plus - module);
    if (strlen(in->program) == n && memcmp(module, in->program, n) == 0)
        stack->at[stack->n++] = strtoull(plus + 1, NULL, 16);
}

/* "ERROR: AddressSanitizer: SEGV on unknown address 0x000000000000 (pc ..." */
static void read_headline(struct reader *in, const char *kind)
{
    const char *address = after(kind, " on unknown address ");

    if (strncmp(kind, "attempting ", 11) == 0)
        kind += 11;
    in->r->kind = text("%.*s", (int)strcspn(kind, " ("), kind);
    if (address != NULL && *address == '0') {
        in->r->has_address = true;
        in->r->address = strtoull(address, NULL, 16);
    }
}

/* "/path/fetch.c:52:7: runtime error: index 10 out of bounds ..." */
static void read_runtime_error(struct reader *in, const char *line,
                               const char *sentence)
{
    size_t n = strcspn(line, " ");
    const char *file = find_basename(line, n);
    int name = (int)strcspn(file, ":");

    in->r->tool = "UndefinedBehaviorSanitizer";
    in->r->kind = text("%s", sentence);
    if (file[name] == ':' && atoi(file + name + 1) > 0) {
        in->r->file = text("%.*s", name, file);
        in->r->line = atoi(file + name + 1);
    }
}

static bool begin_report(struct reader *in, const char *line)
{
    const char *rest;

    in->current = &in->r->stack;
    if ((rest = after(line, "ERROR: AddressSanitizer: ")) != NULL) {
        in->r->tool = "AddressSanitizer";
        read_headline(in, rest);
    } else if ((rest = after(line, "WARNING: ThreadSanitizer: ")) != NULL) {
        in->r->tool = "ThreadSanitizer";
        in->r->kind = text("%.*s", (int)strcspn(rest, "("), rest);
    } else if ((rest = after(line, ": runtime error: ")) != NULL) {
        read_runtime_error(in, line, rest);
    }
    return in->r->tool != NULL;
}

/* "WRITE of size 11 at 0x60200000001a thread T0" */
static void read_access(struct reader *in, const char *line)
{
    const char *size = after(line, " of size ");

    if (in->r->access != NULL)
        return;
    if (strncmp(line, "READ of", 7) == 0 || strstr(line, "a READ memory"))
        in->r->access = "read";
    if (strncmp(line, "WRITE of", 8) == 0 || strstr(line, "a WRITE memory"))
        in->r->access = "write";
    if (in->r->access != NULL && size != NULL)
        in->r->size = strtoull(size, NULL, 10);
}

/* Which words stand for which side differs from version to version. */
static enum side read_side(const char *words)
{
    if (strstr(words, "inside"))
        return SIDE_INSIDE;
    if (strstr(words, "to the right of") || strstr(words, " after ") ||
        strstr(words, "overflows"))
        return SIDE_AFTER;
    if (strstr(words, "to the left of") || strstr(words, " before ") ||
        strstr(words, "underflows"))
        return SIDE_BEFORE;
    return SIDE_UNKNOWN;
}

/* "0x60200000001a is located 0 bytes to the right of 10-byte region [...)",
 * or "... of global variable 'table' defined in 'x.c:1:12' (0x..) of size 16",
 * or "Address 0x.. is located in stack of thread T0 at offset 48 in frame". */
static void read_location(struct reader *in, const char *words)
{
    const char *global = after(words, "global variable '");
    const char *region = strstr(words, "-byte region");
    const char *offset = after(words, " at offset ");

    if (in->r->variable != NULL || in->r->region != 0)
        return;
    if (strncmp(words, "in stack", 8) == 0) {
        in->current = NULL; /* the frame that follows is said already */
        in->offset = offset != NULL ? strtol(offset, NULL, 10) : -1;
        return;
    }
    in->r->side = read_side(words);
    if (global != NULL)
        in->r->variable = text("%.*s", (int)strcspn(global, "'"), global);
    while (region != NULL && region > words && region[-1] >= '0' &&
           region[-1] <= '9')
        region--;
    if (region != NULL)
        in->r->region = strtoull(region, NULL, 10);
}

/* "    [32, 48) 'buf' (line 48) <== Memory access at offset 48 overflows ..."
 * The mark may stand at the object behind the one that was overrun: the one
 * that ends at the very offset is it. */
static void read_object(struct reader *in, const char *line)
{
    char name[64];
    long begin, end;
    int declared = 0;

    if (sscanf(line, " [%ld, %ld) '%63[^']' (line %d)", &begin, &end, name,
               &declared) < 3 ||
        in->has_exact)
        return;
    in->has_exact = end == in->offset;
    if (!in->has_exact && strstr(line, "<== Memory access") == NULL)
        return;
    in->r->variable = text("%s", name);
    in->r->declared = declared;
    in->r->side = in->has_exact ? SIDE_AFTER : read_side(line);
}

static void read_line(struct reader *in, const char *line)
{
    const char *words;

    if (line[strspn(line, " ")] == '#')
        read_frame(in, line);
    else if (strstr(line, "freed by thread") != NULL)
        in->current = &in->r->freed;
    else if (strstr(line, "allocated by thread") != NULL)
        in->current = &in->r->allocated;
    else if (strstr(line, "created by") || strstr(line, "Previous "))
        in->current = NULL;
    else if ((words = after(line, " is located ")) != NULL)
        read_location(in, words);
    else if (line[strspn(line, " ")] == '[')
        read_object(in, line);
    else if ((words = after(line, "SUMMARY: AddressSanitizer: ")) != NULL)
        read_headline(in, words);
    else
        read_access(in, line);
}

bool read_sanitizer_report(const char *program, const char *errors,
                           struct sanitizer_report *report)
{
    struct reader in = {.r = report,
                        .program = find_basename(program, strlen(program)),
                        .offset = -1};
    bool has_begun = false;

    *report = (struct sanitizer_report){0};
    while (*errors != '\0') {
        size_t n = strcspn(errors, "\n");
        const char *line = text("%.*s", (int)n, errors);
        if (!has_begun)
            has_begun = begin_report(&in, line);
        else
            read_line(&in, line);
        if (has_begun && strncmp(line, "SUMMARY:", 8) == 0)
            break;
        errors += n + (errors[n] == '\n');
    }
    return has_begun;
}
