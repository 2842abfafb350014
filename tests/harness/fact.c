/* facts: proves what a chapter claims
 *
 *     facts [NAME... | --list]
 *
 * Tries the facts with these names, without a name all of them, and prints a
 * line for each.  Exits 0 when all hold; 1 when one does not; 2 when one
 * cannot be judged, or a name is wrong; 77 when all were skipped.
 * --list prints the name and the claim of each, separated by a tab. */
#define _GNU_SOURCE
#include "fact.h"

#include "netns.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

void add_fact(struct fact *fact)
{
    struct fact **end = &facts;

    while (*end != NULL)
        end = &(*end)->next;
    *end = fact;
}

/* Ends this fact's process; its first line has been begun. */
static _Noreturn void finish(int status)
{
    printf("\n");
    fflush(stdout);
    _exit(status);
}

void holds(bool condition, int line, const char *words, const char *measured,
           ...)
{
    va_list args;

    if (condition)
        return;
    printf("\n          line %d wants %s\n          but ", line, words);
    va_start(args, measured);
    vprintf(measured, args);
    va_end(args);
    finish(REFUTED);
}

void fails(long result, int error, int line, const char *call, const char *name)
{
    int got = errno;

    if (result == -1 && got == error)
        return;
    printf("\n          line %d wants %s from %s\n          but ", line, name,
           call);
    if (result == -1)
        printf("it is %s", strerrorname_np(got));
    else
        printf("it returned %ld", result);
    finish(REFUTED);
}

void skip(const char *reason, ...)
{
    va_list args;

    printf("\n          skipped: ");
    va_start(args, reason);
    vprintf(reason, args);
    va_end(args);
    finish(SKIPPED);
}

int must(int result, const char *call)
{
    if (result == -1) {
        printf("\n          cannot be judged: %s: %s", call, strerror(errno));
        finish(BROKEN);
    }
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
    if (write(STDOUT_FILENO, words, sizeof words - 1) == -1)
        _exit(BROKEN);
    _exit(REFUTED);
}

/* Runs one fact in a process of its own.  Returns how that has ended. */
static int try_fact(const struct fact *fact)
{
    int status;

    printf("%s: %s", fact->name, fact->claim);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == -1)
        err(BROKEN, "fork");
    if (pid == 0) {
        signal(SIGALRM, out_of_time);
        alarm(SECONDS);
        private_network = enter_private_network() == 0;
        fact->run();
        finish(HELD);
    }
    if (waitpid(pid, &status, 0) == -1)
        err(BROKEN, "waitpid");
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    printf("\n          ended by signal %d\n", WTERMSIG(status));
    return REFUTED;
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
    int status = SKIPPED;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (const struct fact *fact = facts; fact != NULL; fact = fact->next)
            printf("%s\t%s\n", fact->name, fact->claim);
        return 0;
    }
    for (int i = 1; i < argc; i++)
        status = worse(status, try_fact(find_fact(argv[i])));
    if (argc == 1)
        for (const struct fact *fact = facts; fact != NULL; fact = fact->next)
            status = worse(status, try_fact(fact));
    return status;
}
