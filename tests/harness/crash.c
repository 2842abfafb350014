#define _GNU_SOURCE
#include "crash.h"

#include "harness.h"
#include "sanitizer.h"
#include "symbolize.h"
#include "text.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
    FIRST_PAGE = 4096 /* never mapped: a null pointer and a little */
};

/* The places of a report's three stacks. */
struct places {
    struct place crash, allocated, freed;
};

/* Whether a function belongs to the sanitizer, which clang links into the
 * program itself. */
static bool is_runtime(const char *function)
{
    static const char *const prefixes[] = {
        "__asan",        "__ubsan",        "__tsan",      "__lsan",
        "__interceptor", "___interceptor", "__sanitizer", "_ZN"};

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(function, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* The first of n places that lies in source the learner has. */
static struct place choose_place(const struct place *places, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (places[i].file != NULL &&
            (places[i].function == NULL || !is_runtime(places[i].function)))
            return places[i];
    return (struct place){0};
}

static struct places find_places(const char *program,
                                 const struct sanitizer_report *r)
{
    const struct stack *stacks[3] = {&r->stack, &r->allocated, &r->freed};
    uint64_t addresses[3 * MOST_FRAMES];
    struct place named[3 * MOST_FRAMES], chosen[3];
    size_t n = 0, at = 0;

    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < stacks[i]->n; k++)
            addresses[n++] = stacks[i]->at[k];
    name_places(program, addresses, named, n);
    for (int i = 0; i < 3; i++) {
        chosen[i] = choose_place(named + at, stacks[i]->n);
        at += stacks[i]->n;
    }
    if (r->file != NULL) {
        chosen[0].file = r->file;
        chosen[0].line = r->line;
    }
    return (struct places){chosen[0], chosen[1], chosen[2]};
}

/* " in read_head() at fetch.c:52", as much of it as is known. */
static const char *say_place(struct place p)
{
    if (p.file == NULL)
        return "";
    if (p.function == NULL)
        return text(" at %s:%d", p.file, p.line);
    return text(" in %s() at %s:%d", p.function, p.file, p.line);
}

/* " that make() allocated at fetch.c:7" */
static const char *say_origin(const char *verb, struct place p)
{
    if (p.file == NULL || p.function == NULL)
        return "";
    return text(" that %s() %s at %s:%d", p.function, verb, p.file, p.line);
}

static const char *say_access(const struct sanitizer_report *r)
{
    const char *access = r->access != NULL ? r->access : "use";

    if (r->has_address && r->address < FIRST_PAGE)
        return text(": %s through a null pointer", access);
    if (r->has_address)
        return text(": %s at %#" PRIx64 ", where there is no memory", access,
                    r->address);
    if (r->access == NULL)
        return "";
    if (r->size == 0)
        return text(": %s", access);
    return text(": %s of %zu byte%s", access, r->size, r->size == 1 ? "" : "s");
}

static const char *say_side(enum side side)
{
    switch (side) {
    case SIDE_AFTER:
        return ", past the end of";
    case SIDE_BEFORE:
        return ", before the start of";
    case SIDE_INSIDE:
        return ", inside";
    case SIDE_UNKNOWN:
        break;
    }
    return ", near";
}

/* Which object was missed: ", past the end of 'buf' (line 48)". */
static const char *say_object(const struct sanitizer_report *r, struct places p)
{
    const char *side = say_side(r->side);

    if (r->variable != NULL && r->declared > 0)
        return text("%s '%s' (line %d)", side, r->variable, r->declared);
    if (r->variable != NULL)
        return text("%s '%s'", side, r->variable);
    if (r->region > 0 && r->freed.n > 0)
        return text("%s %zu bytes%s", side, r->region,
                    say_origin("had freed", p.freed));
    if (r->region > 0)
        return text("%s the %zu bytes%s", side, r->region,
                    say_origin("allocated", p.allocated));
    return "";
}

/* `line` without what stands around the words between two marks. */
static const char *cut_between(const char *line, const char *before,
                               const char *behind)
{
    const char *begin = strstr(line, before);
    const char *end =
        begin != NULL ? strstr(begin + strlen(before), behind) : NULL;

    if (end == NULL)
        return NULL;
    begin += strlen(before);
    return text("%.*s", (int)(end - begin), begin);
}

const char *read_abort_message(const char *stderr_text)
{
    /* How glibc's allocator begins its complaints: malloc/malloc.c. */
    static const char *const allocator[] = {
        "free(): ",           "malloc(): ", "realloc(): ",
        "double free or ",    "corrupted ", "munmap_chunk(): ",
        "malloc_consolidate", "sysmalloc",  "tcache_"};
    const char *what = cut_between(stderr_text, ": Assertion `", "' failed.");

    if (what != NULL)
        return text("the assertion '%s' failed", what);
    what = cut_between(stderr_text, "*** ", " ***: terminated");
    if (what != NULL)
        return text("the C library saw a %.*s",
                    (int)(strstr(what, " detected") != NULL
                              ? strstr(what, " detected") - what
                              : (long)strlen(what)),
                    what);
    for (size_t i = 0; i < sizeof allocator / sizeof allocator[0]; i++) {
        const char *at = strstr(stderr_text, allocator[i]);
        if (at != NULL && (at == stderr_text || at[-1] == '\n'))
            return text("the C library's allocator found its memory damaged "
                        "(%.*s)",
                        (int)strcspn(at, "\n"), at);
    }
    return NULL;
}

/* "PROGRAM: FILE:LINE: FUNCTION: Assertion `...": the place of an assert(). */
static struct place find_assertion(const char *stderr_text)
{
    const char *end = strstr(stderr_text, ": Assertion `");
    char file[128], function[128];
    int line;

    if (end == NULL)
        return (struct place){0};
    const char *newline =
        memrchr(stderr_text, '\n', (size_t)(end - stderr_text));
    const char *begin = newline != NULL ? newline + 1 : stderr_text;
    if (sscanf(begin, "%*[^:]: %127[^:]:%d: %127[^:]", file, &line, function) !=
        3)
        return (struct place){0};
    /* clang has the whole prototype: "int main(int, char **)". */
    size_t n = strcspn(function, "(");
    const char *space = memrchr(function, ' ', n);
    const char *name = space != NULL ? space + 1 : function;
    const char *slash = strrchr(file, '/');
    return (struct place){text("%.*s", (int)(function + n - name), name),
                          text("%s", slash != NULL ? slash + 1 : file), line};
}

static const char *explain_abort(const char *stderr_text, struct place place)
{
    const char *message = read_abort_message(stderr_text);
    struct place asserted = find_assertion(stderr_text);

    if (asserted.file != NULL)
        place = asserted;
    if (message != NULL)
        return text("aborted%s: %s", say_place(place), message);
    return text("aborted%s: it called abort()", say_place(place));
}

static const char *explain_report(const char *program, const char *stderr_text,
                                  const struct sanitizer_report *r)
{
    struct places p = find_places(program, r);

    if (strcmp(r->kind, "ABRT") == 0)
        return explain_abort(stderr_text, p.crash);
    if (strcmp(r->kind, "stack-overflow") == 0)
        return text("%s: stack-overflow%s: the stack is full, by a recursion "
                    "that does not end or by very large arrays",
                    r->tool, say_place(p.crash));
    return text("%s: %s%s%s%s", r->tool, r->kind, say_access(r),
                say_place(p.crash), say_object(r, p));
}

/* What a signal means that a program has brought upon itself. */
static const char *describe_signal(int signal)
{
    switch (signal) {
    case SIGSEGV:
        return "it used memory that it does not have: a null or stray "
               "pointer, or an index out of range";
    case SIGBUS:
        return "it used an address behind which there is no memory";
    case SIGFPE:
        return "an integer division without a result, such as by zero";
    case SIGILL:
        return "it came upon what is no instruction";
    case SIGPIPE:
        return "it wrote to a connection or pipe that takes no more bytes. "
               "Unless it ignores SIGPIPE, or sends with MSG_NOSIGNAL, that "
               "ends it before it can see the error EPIPE";
    case SIGSYS:
        return "it made a system call that a filter forbids";
    default:
        return "it has no handler for this signal";
    }
}

static const char *explain_signal(const char *program, int signal,
                                  const char *stderr_text, uint64_t fault_ip)
{
    struct place place = {0};

    if (fault_ip != 0)
        name_places(program, &fault_ip, &place, 1);
    if (signal == SIGABRT)
        return explain_abort(stderr_text, place);
    return text("killed by SIG%s%s: %s", sigabbrev_np(signal), say_place(place),
                describe_signal(signal));
}

/* Whether somebody outside meant this end: a checker, a limit, a person. */
static bool is_ended_from_outside(int signal)
{
    return signal == SIGKILL || signal == SIGTERM || signal == SIGINT ||
           signal == SIGHUP || signal == SIGXFSZ ||
           sigabbrev_np(signal) == NULL;
}

const char *explain_crash(const char *program, int wait_status,
                          const char *stderr_text, uint64_t fault_ip)
{
    struct sanitizer_report report;
    bool was_signalled = WIFSIGNALED(wait_status);
    bool is_suspect =
        was_signalled || (WIFEXITED(wait_status) &&
                          WEXITSTATUS(wait_status) == SANITIZER_STATUS);

    if (!is_suspect)
        return NULL;
    if (was_signalled && is_ended_from_outside(WTERMSIG(wait_status)))
        return NULL;
    if (read_sanitizer_report(program, stderr_text, &report))
        return printable(explain_report(program, stderr_text, &report));
    if (!was_signalled)
        return NULL;
    return printable(
        explain_signal(program, WTERMSIG(wait_status), stderr_text, fault_ip));
}
