#include "result.h"
#include "files.h"
#include "paths.h"
#include "process.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

cJSON *parse_result(const char *json, const struct lab *lab)
{
    cJSON *result = cJSON_Parse(json);

    if (result && strcmp(text_of(result, "lab"), lab->name) == 0 &&
        *verdict_of(result) &&
        cJSON_IsArray(cJSON_GetObjectItem(result, "cases")))
        return result;
    cJSON_Delete(result);
    return NULL;
}

cJSON *list_cases(const struct lab *lab)
{
    struct path checker = checker_path(lab);
    const char *const argv[] = {checker.text, "--list", "--json", NULL};
    int fd = open_scratch("cases");
    struct text text;
    cJSON *list = NULL;

    if (run(argv, fd, -1) == 0 && read_descriptor(fd, &text) == 0) {
        list = cJSON_Parse(text.bytes);
        free(text.bytes);
    }
    close(fd);
    return list;
}

/* One case of the list as it stands in a result where nothing ran. */
static cJSON *make_case(const cJSON *listed)
{
    static const char *const empty[] = {"cause", "message", "wanted", "got",
                                        "why"};
    const cJSON *hints = cJSON_GetObjectItem(listed, "hints");
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "id", text_of(listed, "id"));
    cJSON_AddStringToObject(item, "title", text_of(listed, "title"));
    cJSON_AddStringToObject(item, "status", "not_run");
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        cJSON_AddNullToObject(item, empty[i]);
    cJSON_AddStringToObject(item, "read", text_of(listed, "read"));
    cJSON_AddNumberToObject(item, "hints_total", cJSON_GetArraySize(hints));
    cJSON_AddNumberToObject(item, "seconds", 0);
    cJSON_AddArrayToObject(item, "trail");
    return item;
}

cJSON *make_result(const struct lab *lab, const char *verdict,
                   const char *message)
{
    cJSON *result = cJSON_CreateObject(), *list = list_cases(lab), *cases;
    const cJSON *listed;

    cJSON_AddNumberToObject(result, "schema", 1);
    cJSON_AddStringToObject(result, "lab", lab->name);
    cJSON_AddStringToObject(result, "chapter", lab->chapter);
    cJSON_AddStringToObject(result, "verdict", verdict);
    cJSON_AddStringToObject(result, "message", message);
    cJSON_AddNullToObject(result, "seed");
    cJSON_AddNumberToObject(result, "seconds", 0);
    cJSON_AddNullToObject(result, "netns");
    cases = cJSON_AddArrayToObject(result, "cases");
    if (!cases)
        errx(2, "out of memory");
    cJSON_ArrayForEach(listed, cJSON_GetObjectItem(list, "cases"))
        cJSON_AddItemToArray(cases, make_case(listed));
    cJSON_Delete(list);
    return result;
}

const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));

    return text ? text : "";
}

const char *verdict_of(const cJSON *result)
{
    return text_of(result, "verdict");
}

int passes(const cJSON *result)
{
    return strcmp(verdict_of(result), "pass") == 0;
}

int is_judged(const cJSON *result)
{
    const char *verdict = verdict_of(result);

    return strcmp(verdict, "checker_error") != 0 &&
           strcmp(verdict, "skip") != 0;
}

size_t count_cases(const cJSON *result, const char *status)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(result, "cases")) n +=
        !status || strcmp(text_of(item, "status"), status) == 0;
    return n;
}

const cJSON *first_failure(const cJSON *result)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(result, "cases"))
    {
        if (strcmp(text_of(item, "status"), "fail") == 0)
            return item;
    }
    return NULL;
}
