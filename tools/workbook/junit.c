#include "junit.h"
#include "result.h"
#include "root.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Writes text as XML; control characters, which XML cannot hold, become
 * U+FFFD. */
static void put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            if ((unsigned char)*text < ' ' && !strchr("\t\n", *text))
                fputs("\xef\xbf\xbd", out);
            else
                fputc(*text, out);
        }
    }
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    put_text(out, value);
    fputc('"', out);
}

/* A line of a failure's story, if there is one. */
static void put_line(FILE *out, const char *name, const char *value)
{
    if (!*value)
        return;
    fprintf(out, "%-8s ", name);
    put_text(out, value);
    fputc('\n', out);
}

static void put_trail(FILE *out, const cJSON *item)
{
    const cJSON *step;

    cJSON_ArrayForEach(step, cJSON_GetObjectItem(item, "trail"))
    {
        const char *note = text_of(step, "note");
        fprintf(out, "%8.2f ms  ",
                cJSON_GetNumberValue(cJSON_GetObjectItem(step, "ms")));
        put_text(out, text_of(step, "who"));
        fputs("  ", out);
        put_text(out, text_of(step, "text"));
        fputs(*note ? "  &lt;- " : "", out);
        put_text(out, note);
        fputc('\n', out);
    }
}

static void put_failure(FILE *out, const cJSON *item)
{
    fputs("      <failure", out);
    put_attribute(out, "type", text_of(item, "cause"));
    put_attribute(out, "message", text_of(item, "message"));
    fputs(">", out);
    put_trail(out, item);
    put_line(out, "wanted", text_of(item, "wanted"));
    put_line(out, "got", text_of(item, "got"));
    put_line(out, "why", text_of(item, "why"));
    put_line(out, "read", text_of(item, "read"));
    fputs("</failure>\n", out);
}

static double seconds_of(const cJSON *object)
{
    const cJSON *seconds = cJSON_GetObjectItem(object, "seconds");

    return cJSON_IsNumber(seconds) ? seconds->valuedouble : 0;
}

static void put_case(FILE *out, const struct lab *lab, const cJSON *item)
{
    const char *status = text_of(item, "status");

    fputs("    <testcase", out);
    put_attribute(out, "classname", lab->name);
    put_attribute(out, "name", text_of(item, "id"));
    fprintf(out, " time=\"%.3f\">\n", seconds_of(item));
    if (strcmp(status, "fail") == 0) {
        put_failure(out, item);
    } else if (strcmp(status, "pass") != 0) {
        fputs("      <skipped", out);
        put_attribute(out, "message",
                      strcmp(status, "skip") == 0 ? text_of(item, "message")
                                                  : "not run");
        fputs("/>\n", out);
    }
    fputs("    </testcase>\n", out);
}

/* What kept a whole lab from being judged: a case of its own, in error. */
static void put_error(FILE *out, const struct trial *trial)
{
    fputs("    <testcase", out);
    put_attribute(out, "classname", trial->lab->name);
    put_attribute(out, "name", trial->broken ? "build" : "checker");
    fputs(" time=\"0\">\n      <error", out);
    put_attribute(out, "type", verdict_of(trial->result));
    put_attribute(out, "message", text_of(trial->result, "message"));
    fputs("/>\n    </testcase>\n", out);
}

static int is_error(const struct trial *trial)
{
    const char *verdict = verdict_of(trial->result);

    return trial->broken || strcmp(verdict, "checker_error") == 0;
}

static void put_suite(FILE *out, const struct trial *trial)
{
    const cJSON *result = trial->result, *item;
    size_t all = count_cases(result, NULL), error = (size_t)is_error(trial);
    size_t failed = count_cases(result, "fail");

    fputs("  <testsuite", out);
    put_attribute(out, "name", trial->lab->name);
    put_attribute(out, "package", trial->lab->chapter);
    fprintf(out,
            " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\""
            " time=\"%.3f\">\n",
            all + error, failed, error,
            all - failed - count_cases(result, "pass"), seconds_of(result));
    if (error)
        put_error(out, trial);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(result, "cases"))
        put_case(out, trial->lab, item);
    fputs("  </testsuite>\n", out);
}

int write_junit(const char *path, const struct trial *trials, size_t n)
{
    int fd = open_from_start(path, O_WRONLY | O_CREAT | O_TRUNC);
    FILE *out = fd == -1 ? NULL : fdopen(fd, "w");

    if (!out) {
        warn("%s", path);
        return -1;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<testsuites name=\"workbook\">\n",
          out);
    for (size_t i = 0; i < n; i++)
        put_suite(out, &trials[i]);
    fputs("</testsuites>\n", out);
    if (fflush(out) == EOF || fsync(fd) == -1) {
        warn("%s", path);
        fclose(out);
        return -1;
    }
    fclose(out);
    return 0;
}
