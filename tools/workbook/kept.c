#define _GNU_SOURCE
#include "kept.h"
#include "files.h"
#include "paths.h"
#include "result.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct path kept_path(const struct lab *lab, const char *kind)
{
    return make_path("%s/work/%s/%s.%s", BUILD_DIR, lab->chapter, lab->name,
                     kind);
}

/* By what one sees that a file is another than it was, whichever way the
 * clock went meanwhile. */
static struct path identify(struct path file)
{
    struct stat st;

    if (stat(file.text, &st) == -1)
        return make_path("none");
    return make_path("%lu %ld %ld.%09ld", (unsigned long)st.st_ino,
                     (long)st.st_size, (long)st.st_mtim.tv_sec,
                     st.st_mtim.tv_nsec);
}

static struct path identify_source(const struct lab *lab)
{
    return identify(source_path(DESK, lab));
}

static struct path identify_program(const struct lab *lab)
{
    struct path program = identify(program_path(lab));

    return make_path("%s, %s", program.text, identify(checker_path(lab)).text);
}

/* The first line says to what the rest belongs. */
static void keep(struct path path, struct path identity, const char *words)
{
    char *text;
    int n = asprintf(&text, "%s\n%s", identity.text, words);

    if (n == -1)
        err(2, "out of memory");
    replace_lightly(path.text, text, (size_t)n);
    free(text);
}

static char *find_kept(struct path path, struct path identity)
{
    size_t n = strlen(identity.text);
    struct text text;
    char *words = NULL;

    if (read_file(path.text, &text) == -1)
        return NULL;
    if (strncmp(text.bytes, identity.text, n) == 0 && text.bytes[n] == '\n')
        words = strdup(text.bytes + n + 1);
    free(text.bytes);
    return words;
}

void keep_words(const struct lab *lab, const char *words)
{
    keep(kept_path(lab, "words"), identify_source(lab), words);
}

char *kept_words(const struct lab *lab)
{
    return find_kept(kept_path(lab, "words"), identify_source(lab));
}

/* The verdict, and the first case that fails; its story is left out. */
static cJSON *make_brief(const struct lab *lab, const cJSON *result)
{
    cJSON *brief = cJSON_CreateObject(), *cases;
    const cJSON *failure = first_failure(result);

    cJSON_AddStringToObject(brief, "lab", lab->name);
    cJSON_AddStringToObject(brief, "verdict", verdict_of(result));
    cases = cJSON_AddArrayToObject(brief, "cases");
    if (failure) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "id", text_of(failure, "id"));
        cJSON_AddStringToObject(item, "title", text_of(failure, "title"));
        cJSON_AddStringToObject(item, "status", "fail");
        cJSON_AddStringToObject(item, "cause", text_of(failure, "cause"));
        cJSON_AddItemToArray(cases, item);
    }
    return brief;
}

static void keep_verdict(const struct lab *lab, const cJSON *result)
{
    cJSON *brief = make_brief(lab, result);
    char *json = cJSON_PrintUnformatted(brief);

    if (!json)
        errx(2, "out of memory");
    keep(kept_path(lab, "verdict"), identify_program(lab), json);
    free(json);
    cJSON_Delete(brief);
}

void keep_verdicts(const struct trial *trials, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!trials[i].broken && is_judged(trials[i].result))
            keep_verdict(trials[i].lab, trials[i].result);
}

cJSON *kept_verdict(const struct lab *lab)
{
    char *json = find_kept(kept_path(lab, "verdict"), identify_program(lab));
    cJSON *result = json ? parse_result(json, lab) : NULL;

    free(json);
    return result;
}
