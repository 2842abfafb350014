#include "judge.h"

#include "text.h"

#include <err.h>
#include <string.h>

static FILE *open_headers(const char *path)
{
    FILE *f = fopen(path, "re");

    if (f == NULL)
        err(2, "%s", path);
    return f;
}

/* The next line of the header, from its first word on; NULL at its end. */
static const char *next_header(FILE *f)
{
    static char line[1024];

    if (fgets(line, sizeof line, f) == NULL || strncmp(line, "---", 3) == 0)
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return line + strspn(line, " */");
}

/* What a header line says when it has that name, else NULL. */
static const char *header_value(const char *line, const char *name)
{
    size_t n = strlen(name);

    if (strncmp(line, name, n) != 0 || line[n] != ':')
        return NULL;
    return line + n + 1 + strspn(line + n + 1, " ");
}

/* The value of a header line, or NULL. */
static const char *find_header(const char *path, const char *name)
{
    const char *line, *value = NULL;
    FILE *f = open_headers(path);

    while (value == NULL && (line = next_header(f)) != NULL)
        value = header_value(line, name);
    fclose(f);
    return value != NULL ? text("%s", value) : NULL;
}

/* Whether a comma-separated list names the case. */
static bool names_case(const char *list, const char *id)
{
    size_t n = strlen(id);

    for (const char *p = list; *p != '\0';) {
        p += strspn(p, ", ");
        size_t k = strcspn(p, ", ");
        if (k == n && strncmp(p, id, n) == 0)
            return true;
        p += k;
    }
    return false;
}

static bool is_known_case(const struct report *r, const char *name, size_t n)
{
    for (size_t i = 0; i < r->n; i++)
        if (strlen(r->results[i].c->id) == n &&
            strncmp(r->results[i].c->id, name, n) == 0)
            return true;
    return false;
}

static int check_names(const struct report *r, const char *list)
{
    int bad = 0;

    for (const char *p = list; *p != '\0';) {
        p += strspn(p, ", ");
        size_t k = strcspn(p, ", ");
        if (k > 0 && strcmp(list, "none") != 0 && !is_known_case(r, p, k)) {
            printf("no case is called %.*s\n", (int)k, p);
            bad = 1;
        }
        p += k;
    }
    return bad;
}

/* What a header expects of the cases. */
struct expectation {
    const char *fails;  /* those that fail */
    const char *chance; /* those that fail or pass, as it happens */
    const char *says;   /* what every failure says, or NULL */
    const char *cause;  /* what every failure comes from, or NULL */
};

/* Whether a mistake may be met there or not: chance decides. */
static bool is_left_to_chance(const struct result *x,
                              const struct expectation *e)
{
    return !names_case(e->fails, x->c->id) &&
           (x->c->random_faults || names_case(e->chance, x->c->id));
}

static int judge_words(const struct result *x, const char *says)
{
    if (strstr(x->message, says) != NULL)
        return 0;
    printf("%s: its message does not say \"%s\": %s\n", x->c->id, says,
           printable(x->message));
    return 1;
}

static int judge_case(const struct result *x, const struct expectation *e)
{
    bool is_wanted = names_case(e->fails, x->c->id);
    bool has_failed = x->status == STATUS_FAIL;
    int bad = 0;

    if (x->status == STATUS_SKIP || is_left_to_chance(x, e))
        return 0;
    if (is_wanted != has_failed) {
        printf("%s: wanted %s, got %s%s%s\n", x->c->id,
               is_wanted ? "fail" : "pass", status_name(x->status),
               has_failed ? ": " : "", has_failed ? printable(x->message) : "");
        return 1;
    }
    if (has_failed && e->says != NULL)
        bad = judge_words(x, e->says);
    if (has_failed && e->cause != NULL &&
        strcmp(e->cause, cause_name(x->cause)) != 0) {
        printf("%s: wanted the cause %s, got %s: %s\n", x->c->id, e->cause,
               cause_name(x->cause), printable(x->message));
        bad = 1;
    }
    return bad;
}

/* One line "Says CASE: WORDS".  A case that has not failed has no message, and
 * judge_case() has told of it. */
static int judge_says_line(const struct report *r, const char *line,
                           const char *fails)
{
    const char *id = text("%.*s", (int)strcspn(line, ":"), line);
    const char *says = header_value(line, id);
    int bad = 0;

    if (says == NULL || *says == '\0' || !names_case(fails, id)) {
        printf("\"Says %s\" wants a case that Fails names, and words\n", line);
        return 1;
    }
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->results[i].c->id, id) == 0 &&
            r->results[i].status == STATUS_FAIL)
            bad |= judge_words(&r->results[i], says);
    return bad;
}

static int judge_says_lines(const struct report *r, const char *path,
                            const char *fails)
{
    static const char name[] = "Says ";
    FILE *f = open_headers(path);
    const char *line;
    int bad = 0;

    while ((line = next_header(f)) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            bad |= judge_says_line(r, line + strlen(name), fails);
    fclose(f);
    return bad;
}

/* Whether what the mistake needs to be seen is missing on this machine. */
static bool misses_need(const struct report *r, const char *path)
{
    const char *needs = find_header(path, "Needs");

    return needs != NULL && strcmp(needs, "netns") == 0 && !r->netns;
}

static struct expectation read_expectation(const char *path)
{
    const char *fails = find_header(path, "Fails");
    const char *chance = find_header(path, "Chance");

    if (fails == NULL)
        errx(2, "%s: no line \"Fails: ...\"", path);
    return (struct expectation){fails, chance != NULL ? chance : "",
                                find_header(path, "Says"),
                                find_header(path, "Cause")};
}

int judge_expectation(const struct report *r, const char *path)
{
    const struct expectation e = read_expectation(path);
    int bad;

    if (report_status(r) == 77 || misses_need(r, path))
        return 77;
    bad = check_names(r, e.fails) | check_names(r, e.chance);
    for (size_t i = 0; i < r->n; i++)
        bad |= judge_case(&r->results[i], &e);
    return bad | judge_says_lines(r, path, e.fails);
}

int judge_starter(const struct report *r, const char *unsolved)
{
    const struct result *first = first_failure(r);

    if (report_status(r) == 77)
        return 77;
    if (first != NULL && strcmp(first->c->id, unsolved) == 0)
        return 0;
    printf("wanted %s to be the first case that fails, got %s\n", unsolved,
           first != NULL ? first->c->id : "no failure");
    return 1;
}
