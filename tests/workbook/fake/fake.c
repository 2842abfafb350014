/* The checker of a course that is only there to test the runner: it has the
 * command line of a real one, and its three cases ask a program for nothing
 * but `PROGRAM N` to print the numbers from 1 to N.
 *
 * --pcap FILE gets the name of the lab; --trail adds a word to the text.
 *
 * FAKE_STATUS in the environment makes it end with that status at once, as a
 * checker that has failed itself. */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const cases[] = {"one", "two", "three"};
static int failed[3], only = -1, with_trail;
static char lab[64], chapter[64];

/* Whether the program, told n, prints the numbers up to n. */
static int try_case(const char *program, int n)
{
    char command[600], got[64] = "", wanted[64] = "";
    FILE *pipe;

    snprintf(command, sizeof command, "'%s' %d", program, n);
    for (int i = 1; i <= n; i++)
        sprintf(wanted + strlen(wanted), "%d\n", i);
    pipe = popen(command, "r");
    if (!pipe)
        err(2, "popen");
    got[fread(got, 1, sizeof got - 1, pipe)] = '\0';
    return pclose(pipe) == 0 && strcmp(got, wanted) == 0;
}

static const char *verdict(void)
{
    return failed[0] || failed[1] || failed[2] ? "fail" : "pass";
}

static const char *status(int i)
{
    if (only != -1 && only != i)
        return "not_run";
    return failed[i] ? "fail" : "pass";
}

static void print_json(FILE *out)
{
    fprintf(out,
            "{\"schema\":1,\"lab\":\"%s\",\"chapter\":\"%s\",\"verdict\":"
            "\"%s\",\"seed\":\"0x00000000000000ff\",\"seconds\":0.01,"
            "\"netns\":true,\"cases\":[",
            lab, chapter, verdict());
    for (int i = 0; i < 3; i++)
        fprintf(out,
                "%s{\"id\":\"%s\",\"title\":\"counts to %s\",\"status\":"
                "\"%s\",\"cause\":\"%s\",\"message\":\"<&\\\"\\u001b>\","
                "\"wanted\":null,\"got\":\"1\\u001b\\u009b2\",\"why\":null,"
                "\"read\":null,\"hints_total\":3,\"seconds\":0.001,\"trail\":[{"
                "\"ms\":0.1,"
                "\"who\":\"you\",\"text\":\"write\",\"note\":\"late\"}]}",
                i ? "," : "", cases[i], cases[i], status(i),
                failed[i] ? "fail" : "pass");
    fprintf(out, "]}\n");
}

static void print_list(int json)
{
    if (json)
        printf("{\"schema\":1,\"lab\":\"%s\",\"chapter\":\"%s\",\"cases\":[",
               lab, chapter);
    for (int i = 0; i < 3; i++) {
        if (json)
            printf("%s{\"id\":\"%s\",\"title\":\"counts to %s\",\"read\":\"#\","
                   "\"hints\":[\"%s nudge\",\"%s call\",\"%s nearly\"],"
                   "\"formerly\":null}",
                   i ? "," : "", cases[i], cases[i], cases[i], cases[i],
                   cases[i]);
        else
            printf("%s\tcounts to %s\n", cases[i], cases[i]);
    }
    if (json)
        printf("]}\n");
}

/* Lab and chapter, from .../CHAPTER/LAB.check. */
static void find_names(void)
{
    char path[512] = "", *slash;

    if (readlink("/proc/self/exe", path, sizeof path - 1) == -1)
        err(2, "readlink");
    slash = strrchr(path, '/');
    snprintf(lab, sizeof lab, "%.*s", (int)strcspn(slash + 1, "."), slash + 1);
    *slash = '\0';
    snprintf(chapter, sizeof chapter, "%s", strrchr(path, '/') + 1);
}

static void judge(const char *program)
{
    for (int i = 0; i < 3; i++) {
        if (only == -1 || only == i)
            failed[i] = !try_case(program, i + 1);
    }
}

static void write_packets(const char *path)
{
    FILE *out = fopen(path, "w");

    if (!out)
        err(2, "%s", path);
    fputs(lab, out);
    fclose(out);
}

static void print_text(void)
{
    printf("%s   %s\n", lab, verdict());
    for (int i = 0; i < 3; i++)
        printf("  %s %s%s\n", status(i), cases[i],
               with_trail ? " and its story" : "");
    if (with_trail)
        printf("%30s%s\n", "", "stands far to the right");
}

int main(int argc, char **argv)
{
    const char *json = NULL, *forced = getenv("FAKE_STATUS");
    int list = 0;

    find_names();
    for (int i = 1; i < argc - (argv[argc - 1][0] != '-'); i++) {
        if (strcmp(argv[i], "--list") == 0)
            list = 1;
        else if (strcmp(argv[i], "--case") == 0)
            only = argv[++i][0] == 't' ? 1 + (argv[i][1] == 'h') : 0;
        else if (strcmp(argv[i], "--seed") == 0)
            i++;
        else if (strcmp(argv[i], "--pcap") == 0)
            write_packets(argv[++i]);
        else if (strcmp(argv[i], "--trail") == 0)
            with_trail = 1;
        else if (strncmp(argv[i], "--json", 6) == 0)
            json = argv[i] + 6;
    }
    if (forced && !list)
        return (int)strtol(forced, NULL, 10);
    if (list) {
        print_list(json != NULL);
        return 0;
    }
    judge(argv[argc - 1]);
    if (json && *json == '=') {
        FILE *out = fopen(json + 1, "w");
        if (!out)
            err(2, "%s", json + 1);
        print_json(out);
        fclose(out);
    }
    if (json && *json != '=')
        print_json(stdout);
    else
        print_text();
    return strcmp(verdict(), "pass") != 0;
}
