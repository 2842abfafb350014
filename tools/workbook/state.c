#define _GNU_SOURCE
#include "state.h"
#include "files.h"
#include "lock.h"
#include "paths.h"
#include "site.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STATE_FILE DESK "/.state"
#define STATE_HEAD "version 1\n"
#define NOTHING "-"

static const char DIGITS[] = "0123456789";
static const char NAME[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char STATUS[] = "abcdefghijklmnopqrstuvwxyz_-";
static const char HINTS[] = "abcdefghijklmnopqrstuvwxyz0123456789-:,";

static char *copy_text(const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        err(2, "out of memory");
    return copy;
}

static void set_text(char **field, const char *text)
{
    char *copy = copy_text(text);

    free(*field);
    *field = copy;
}

static struct record *add_record(struct state *state, const char *lab)
{
    struct record *records =
        reallocarray(state->records, state->nrecords + 1, sizeof *records);

    if (!records)
        err(2, "out of memory");
    state->records = records;
    records += state->nrecords++;
    *records = (struct record){
        .lab = copy_text(lab),
        .passed_at = copy_text(NOTHING),
        .status = copy_text(NOTHING),
        .hints = copy_text(NOTHING),
    };
    return records;
}

static void free_records(struct state *state)
{
    for (size_t i = 0; i < state->nrecords; i++) {
        free(state->records[i].lab);
        free(state->records[i].passed_at);
        free(state->records[i].status);
        free(state->records[i].hints);
    }
    free(state->records);
    state->records = NULL;
    state->nrecords = 0;
}

static int consists_of(const char *text, const char *letters)
{
    return *text && text[strspn(text, letters)] == '\0';
}

/* Takes one row, without its newline, apart.  Returns -1 when it is none. */
static int read_row(struct state *state, char *row)
{
    char *lab = strsep(&row, "\t"), *passed_at = strsep(&row, "\t");
    char *status = strsep(&row, "\t"), *hints = strsep(&row, "\t");
    struct record *record;

    if (!hints || row || !consists_of(lab, NAME) ||
        !consists_of(status, STATUS) || !consists_of(hints, HINTS) ||
        (strcmp(passed_at, NOTHING) != 0 && !consists_of(passed_at, DIGITS)))
        return -1;
    record = add_record(state, lab);
    set_text(&record->passed_at, passed_at);
    set_text(&record->status, status);
    set_text(&record->hints, hints);
    return 0;
}

/* Takes the whole file apart.  Returns -1 when it is not one of ours: cut
 * short, overwritten, or of another version. */
static int read_rows(struct state *state, struct text *text)
{
    size_t head = strlen(STATE_HEAD);
    char *rest;

    if (text->size < head || memcmp(text->bytes, STATE_HEAD, head) != 0 ||
        strlen(text->bytes) != text->size ||
        text->bytes[text->size - 1] != '\n')
        return -1;
    text->bytes[text->size - 1] = '\0';
    rest = text->size > head ? text->bytes + head : NULL;
    while (rest) {
        if (read_row(state, strsep(&rest, "\n")) == -1)
            return -1;
    }
    return 0;
}

static void set_aside(void)
{
    struct path aside =
        make_path("%s.damaged.%lld", STATE_FILE, (long long)time(NULL));

    if (rename(STATE_FILE, aside.text) == -1)
        err(2, "%s is damaged and cannot be renamed", STATE_FILE);
    warnx("%s was damaged: it is now %s,\n"
          "and what you have passed is counted anew; your files are untouched",
          STATE_FILE, aside.text);
}

void load_state(struct state *state)
{
    struct text text;

    *state = (struct state){.lock = -1};
    if (read_file(STATE_FILE, &text) == -1) {
        if (errno != ENOENT)
            err(2, "%s", STATE_FILE);
        return;
    }
    if (read_rows(state, &text) == -1) {
        free_records(state);
        set_aside();
    }
    free(text.bytes);
}

void open_state(struct state *state)
{
    int lock = take_lock(BUILD_DIR "/.state.lock", NULL);

    load_state(state);
    state->lock = lock;
}

static int write_state(const struct state *state)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    int rc;

    if (!out)
        err(2, "out of memory");
    fputs(STATE_HEAD, out);
    for (size_t i = 0; i < state->nrecords; i++) {
        const struct record *record = &state->records[i];
        fprintf(out, "%s\t%s\t%s\t%s\n", record->lab, record->passed_at,
                record->status, record->hints);
    }
    if (fclose(out) == EOF)
        err(2, "out of memory");
    rc = replace_file(STATE_FILE, bytes, size);
    free(bytes);
    return rc;
}

int close_state(struct state *state)
{
    int rc = state->changed ? write_state(state) : 0;

    if (rc == -1)
        warn("cannot save your progress in %s", STATE_FILE);
    else if (state->changed)
        tell_site(state);
    if (state->lock != -1)
        drop_lock(state->lock);
    free_records(state);
    return rc;
}

const struct record *find_record(const struct state *state, const char *lab)
{
    for (size_t i = 0; i < state->nrecords; i++) {
        if (strcmp(state->records[i].lab, lab) == 0)
            return &state->records[i];
    }
    return NULL;
}

static struct record *want_record(struct state *state, const char *lab)
{
    for (size_t i = 0; i < state->nrecords; i++) {
        if (strcmp(state->records[i].lab, lab) == 0)
            return &state->records[i];
    }
    return add_record(state, lab);
}

int has_passed(const struct state *state, const char *lab)
{
    const struct record *record = find_record(state, lab);

    return record && strcmp(record->passed_at, NOTHING) != 0;
}

void note_verdict(struct state *state, const char *lab, const char *verdict)
{
    struct record *record = want_record(state, lab);

    if (strcmp(record->status, verdict) != 0) {
        set_text(&record->status, verdict);
        state->changed = 1;
    }
    if (strcmp(verdict, "pass") == 0 && !has_passed(state, lab)) {
        free(record->passed_at);
        if (asprintf(&record->passed_at, "%lld", (long long)time(NULL)) == -1)
            err(2, "out of memory");
        state->changed = 1;
    }
}

void forget_lab(struct state *state, const char *lab)
{
    struct record *record = want_record(state, lab);

    set_text(&record->passed_at, NOTHING);
    set_text(&record->status, NOTHING);
    set_text(&record->hints, NOTHING);
    state->changed = 1;
}

/* Where a case's "id:count" begins in a list of hints, or NULL. */
static const char *find_hints(const char *hints, const char *id)
{
    size_t length = strlen(id);

    while (hints) {
        if (strncmp(hints, id, length) == 0 && hints[length] == ':')
            return hints;
        hints = strchr(hints, ',');
        hints = hints ? hints + 1 : NULL;
    }
    return NULL;
}

int count_hints(const struct state *state, const char *lab, const char *id)
{
    const struct record *record = find_record(state, lab);
    const char *found = record ? find_hints(record->hints, id) : NULL;

    return found ? (int)strtol(strchr(found, ':') + 1, NULL, 10) : 0;
}

void note_hint(struct state *state, const char *lab, const char *id)
{
    int count = count_hints(state, lab, id) + 1;
    struct record *record = want_record(state, lab);
    const char *old = record->hints, *found = find_hints(old, id);
    char *hints;
    int rc;

    if (found) {
        const char *rest = found + strcspn(found, ",");
        rc = asprintf(&hints, "%.*s%s:%d%s", (int)(found - old), old, id, count,
                      rest);
    } else if (strcmp(old, NOTHING) == 0) {
        rc = asprintf(&hints, "%s:%d", id, count);
    } else {
        rc = asprintf(&hints, "%s,%s:%d", old, id, count);
    }
    if (rc == -1)
        err(2, "out of memory");
    free(record->hints);
    record->hints = hints;
    state->changed = 1;
}
