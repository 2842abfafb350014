/* facts: proves what a chapter claims
 *
 *     facts [--json] [NAME...]
 *     facts --list
 *
 * Tries the facts with these names, without a name all of them, and prints a
 * line for each.  Exits 0 when all hold; 1 when one does not; 2 when one
 * cannot be judged, or a name is wrong; 77 when all were skipped.
 * --json prints a line about the machine, then for each fact one with what it
 * has found; docs/proof.schema.json describes them.
 * --list prints the name and the claim of each, separated by a tab. */
#define _GNU_SOURCE
#include "fact.h"

#include "findings.h"
#include "harness.h"
#include "json.h"
#include "netns.h"
#include "text.h"

#include <err.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How a fact's process ends, and the whole program. */
enum {
    HELD = 0,
    REFUTED = 1,
    BROKEN = 2,
    SKIPPED = 77
};

enum {
    SECONDS = 10 /* a backstop: what is slow here waits for ever */
};

static struct fact *facts;
static bool private_network;
static struct findings *findings; /* only where JSON is wanted */

void add_fact(struct fact *fact)
{
    struct fact **end = &facts;

    while (*end != NULL)
        end = &(*end)->next;
    *end = fact;
}

/* Ends this fact's process; its first line has been begun, and goes on in
 * others when there is something to say. */
static _Noreturn void finish(int status, const char *kind, const char *why)
{
    if (why != NULL)
        printf("\n          %s%s", kind, why);
    if (findings != NULL && why != NULL)
        note_why(findings, why);
    printf("\n");
    fflush(stdout);
    _exit(status);
}

/* Whether what was measured says something although the condition holds: it
 * has a value in it, and that is not the error of a call that succeeded. */
static bool is_telling(const char *condition, const char *arguments)
{
    if (strstr(condition, "errno") != NULL)
        return true;
    return arguments[strlen(arguments) - 1] != '"' &&
           strstr(arguments, "last_error()") == NULL &&
           strstr(arguments, "gai_strerror(") == NULL;
}

void holds(bool condition, int line, const char *words, const char *arguments,
           const char *measured, ...)
{
    const char *got = "";
    int error = errno;
    va_list args;

    if (condition && findings == NULL)
        return;
    if (!condition || is_telling(words, arguments)) {
        va_start(args, measured);
        got = text_va(measured, args);
        va_end(args);
    }
    if (findings != NULL)
        note_finding(findings, words, got);
    if (!condition)
        finish(REFUTED, "",
               text("line %d wants %s\n          but %s", line, words, got));
    errno = error;
}

void fails(long result, int error, int line, const char *call, const char *name)
{
    int got = errno;
    char seen[64];

    if (result == -1)
        snprintf(seen, sizeof seen, "is %s", strerrorname_np(got));
    else
        snprintf(seen, sizeof seen, "returned %ld", result);
    if (findings != NULL)
        note_finding(findings, call,
                     text("%s %s", result == -1 ? "errno" : "it", seen));
    if (result != -1 || got != error)
        finish(REFUTED, "",
               text("line %d wants %s from %s\n          but it %s", line, name,
                    call, seen));
    errno = got;
}

void skip(const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    const char *why = text_va(reason, args);
    va_end(args);
    finish(SKIPPED, "skipped: ", why);
}

int must(int result, const char *call)
{
    if (result == -1)
        finish(BROKEN,
               "cannot be judged: ", text("%s: %s", call, strerror(errno)));
    return result;
}

bool has_private_network(void)
{
    return private_network;
}

static void out_of_time(int signal)
{
    static const char words[] = "\n          not done in time\n";

    (void)signal;
    if (findings != NULL)
        strcpy(findings->why, "not done in time");
    if (write(STDOUT_FILENO, words, sizeof words - 1) == -1)
        _exit(BROKEN);
    _exit(REFUTED);
}

/* In the fact's own process.  Where JSON is wanted its words are not: it has
 * noted what it found. */
static _Noreturn void run_fact(const struct fact *fact)
{
    if (findings != NULL && freopen("/dev/null", "w", stdout) == NULL)
        err(BROKEN, "/dev/null");
    signal(SIGALRM, out_of_time);
    alarm(SECONDS);
    private_network = enter_private_network() == 0;
    fact->run();
    finish(HELD, "", NULL);
}

/* Runs one fact in a process of its own.  Returns how that has ended. */
static int try_fact(const struct fact *fact)
{
    int status;

    if (findings == NULL)
        printf("%s: %s", fact->name, fact->claim);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == -1)
        err(BROKEN, "fork");
    if (pid == 0)
        run_fact(fact);
    if (waitpid(pid, &status, 0) == -1)
        err(BROKEN, "waitpid");
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    const char *why = text("ended by signal %d", WTERMSIG(status));
    if (findings == NULL)
        printf("\n          %s\n", why);
    else
        note_why(findings, why);
    return REFUTED;
}

static const char *status_word(int status)
{
    return status == HELD      ? "held"
           : status == REFUTED ? "refuted"
           : status == SKIPPED ? "skipped"
                               : "cannot";
}

/* Runs one fact and says what came of it.  Returns how it has ended. */
static int report_fact(const struct fact *fact)
{
    if (findings != NULL)
        memset(findings, 0, sizeof *findings);
    int status = try_fact(fact);
    if (findings != NULL)
        print_findings_json(stdout, fact, status_word(status), findings);
    return status;
}

/* Whether this system permits a fact a network of its own. */
static bool permits_private_network(void)
{
    int status;
    pid_t pid = fork();

    if (pid == -1)
        err(BROKEN, "fork");
    if (pid == 0)
        _exit(enter_private_network() == 0 ? 0 : 1);
    if (waitpid(pid, &status, 0) == -1)
        err(BROKEN, "waitpid");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Where and when this was: a line of JSON, before those of the facts. */
static void print_machine(void)
{
    time_t now = time(NULL);
    struct utsname host;
    char day[16];

    if (uname(&host) == -1)
        err(BROKEN, "uname");
    strftime(day, sizeof day, "%Y-%m-%d", gmtime(&now));
    fputs("{\"schema\":1,\"kernel\":", stdout);
    put_json_string(stdout, text("%s %s", host.sysname, host.release));
    fputs(",\"machine\":", stdout);
    put_json_string(stdout, host.machine);
    printf(",\"libc\":\"glibc %s\",\"date\":\"%s\",\"netns\":%s}\n",
           gnu_get_libc_version(), day,
           permits_private_network() ? "true" : "false");
}

static const struct fact *find_fact(const char *name)
{
    for (const struct fact *fact = facts; fact != NULL; fact = fact->next)
        if (strcmp(fact->name, name) == 0)
            return fact;
    errx(BROKEN, "there is no fact %s; see --list", name);
}

/* The worse of two ends; a skipped fact says nothing about the others. */
static int worse(int one, int other)
{
    if (one == SKIPPED)
        return other;
    if (other == SKIPPED)
        return one;
    return one > other ? one : other;
}

int main(int argc, char *argv[])
{
    int status = SKIPPED, first = 1;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (const struct fact *fact = facts; fact != NULL; fact = fact->next)
            printf("%s\t%s\n", fact->name, fact->claim);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--json") == 0) {
        first++;
        findings = share_findings();
        if (findings == NULL)
            err(BROKEN, "mmap");
        print_machine();
    }
    for (int i = first; i < argc; i++)
        status = worse(status, report_fact(find_fact(argv[i])));
    if (argc == first)
        for (const struct fact *fact = facts; fact != NULL; fact = fact->next)
            status = worse(status, report_fact(fact));
    return status;
}
