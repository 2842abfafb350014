/** @file fact.h
 * What a chapter claims about the kernel or the C library, proved.
 *
 * A chapter's facts are one program, tests/CHAPTER/facts.c, which holds facts
 * and nothing else; fact.c brings main().
 *
 *     FACT(not_seekable, "a socket has no position: lseek() says ESPIPE")
 *     {
 *         int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
 *
 *         FAILS(lseek(fd, 0, SEEK_CUR), ESPIPE);
 *         HOLDS(errno > 0, "errno is %d", errno);
 *     }
 *
 * Each fact runs in a process of its own, in a private network where the
 * system permits one, and has ten seconds.  What it opens it may leave open.
 */
#ifndef FACT_H
#define FACT_H

#include <stdbool.h>

/** One claim; FACT() makes it. */
struct fact {
    const char *name;  /**< [a-z0-9_]+, as the chapter links to it */
    const char *claim; /**< what is true, in one sentence */
    void (*run)(void);
    struct fact *next;
};

/** Begins a fact; its body follows in braces. */
#define FACT(id, sentence)                                                     \
    static void fact_run_##id(void);                                           \
    __attribute__((constructor)) static void fact_add_##id(void)               \
    {                                                                          \
        static struct fact fact = {                                            \
            .name = #id, .claim = sentence, .run = fact_run_##id};             \
        add_fact(&fact);                                                       \
    }                                                                          \
    static void fact_run_##id(void)

/** The claim holds only if `condition` does.  After it stands, as for
 * printf(), what was measured.  Where that has a value in it, it is told also
 * of a condition that holds, and must be true then: "it gave %d, then %d", and
 * not "it gave %d again".  Only last_error() and gai_strerror() say nothing of
 * calls that succeed, and are not told then. */
#define HOLDS(condition, ...)                                                  \
    do {                                                                       \
        bool held = (condition); /* before what is measured */                 \
        holds(held, __LINE__, #condition, #__VA_ARGS__, __VA_ARGS__);          \
    } while (0)

/** The claim holds only if `call` returns -1 and sets errno to `error`. */
#define FAILS(call, error) fails(call, error, __LINE__, #call, #error)

/** Ends the fact without a verdict: it cannot be tried here. */
_Noreturn void skip(const char *reason, ...)
    __attribute__((format(printf, 1, 2)));

/** The result of a call that only prepares: when it is -1 the fact cannot be
 * judged, and `call` is told with errno. */
int must(int result, const char *call);

/** Whether this process has a network of its own, with all capabilities. */
bool has_private_network(void);

/* How FACT(), HOLDS() and FAILS() do it. */
void add_fact(struct fact *fact);
void holds(bool condition, int line, const char *words, const char *arguments,
           const char *measured, ...) __attribute__((format(printf, 5, 6)));
void fails(long result, int error, int line, const char *call,
           const char *name);

#endif
