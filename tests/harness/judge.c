#include "judge.h"

#include "text.h"

#include <err.h>
#include <string.h>

/* The value of a header line, or NULL. */
static const char *find_header(const char *path, const char *name)
{
    char line[1024];
    const char *value = NULL;
    FILE *f = fopen(path, "re");

    if (f == NULL)
        err(2, "%s", path);
    while (value == NULL && fgets(line, sizeof line, f) != NULL) {
        const char *p = line + strspn(line, " */");
        size_t n = strlen(name);
        if (strncmp(line, "---", 3) == 0)
            break;
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(p, name, n) == 0 && p[n] == ':')
            value = text("%s", p + n + 1 + strspn(p + n + 1, " "));
    }
    fclose(f);
    return value;
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

/* Whether a mistake may be met there or not: chance decides. */
static bool is_left_to_chance(const struct result *x, bool is_wanted)
{
    return x->c->random_faults && !is_wanted;
}

static int judge_case(const struct result *x, const char *fails,
                      const char *says, const char *cause)
{
    bool is_wanted = names_case(fails, x->c->id);
    bool has_failed = x->status == STATUS_FAIL;
    int bad = 0;

    if (x->status == STATUS_SKIP || is_left_to_chance(x, is_wanted))
        return 0;
    if (is_wanted != has_failed) {
        printf("%s: wanted %s, got %s\n", x->c->id, is_wanted ? "fail" : "pass",
               status_name(x->status));
        return 1;
    }
    if (has_failed && says != NULL && strstr(x->message, says) == NULL) {
        printf("%s: its message does not say \"%s\": %s\n", x->c->id, says,
               printable(x->message));
        bad = 1;
    }
    if (has_failed && cause != NULL &&
        strcmp(cause, cause_name(x->cause)) != 0) {
        printf("%s: wanted the cause %s, got %s: %s\n", x->c->id, cause,
               cause_name(x->cause), printable(x->message));
        bad = 1;
    }
    return bad;
}

/* Whether what the mistake needs to be seen is missing on this machine. */
static bool misses_need(const struct report *r, const char *path)
{
    const char *needs = find_header(path, "Needs");

    return needs != NULL && strcmp(needs, "netns") == 0 && !r->netns;
}

int judge_expectation(const struct report *r, const char *path)
{
    const char *fails = find_header(path, "Fails");
    int bad;

    if (fails == NULL)
        errx(2, "%s: no line \"Fails: ...\"", path);
    if (report_status(r) == 77 || misses_need(r, path))
        return 77;
    bad = check_names(r, fails);
    for (size_t i = 0; i < r->n; i++)
        bad |= judge_case(&r->results[i], fails, find_header(path, "Says"),
                          find_header(path, "Cause"));
    return bad;
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
