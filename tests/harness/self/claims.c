/* claims: facts that end in every way that a fact can end; claims.py knows
 * what must be said of each. */
#include "fact.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *last_error(void)
{
    return "an old error";
}

FACT(is_held, "a fact that holds says what it saw")
{
    errno = EBADF;
    HOLDS(1 + 1 == 2, "it is %d", 1 + 1);
    HOLDS(errno == EBADF, "errno is %d,\n\tand \"%s\"", errno == EBADF, "x");
    HOLDS(sizeof(char) == 1, "it is larger");
    HOLDS(close(dup(STDERR_FILENO)) == 0, "close() says %s", last_error());
    FAILS(close(-1), EBADF);
    HOLDS(errno == EBADF, "%s", last_error());
}

FACT(is_refuted, "a condition does not hold")
{
    HOLDS(1 + 1 == 3, "it is %d", 1 + 1);
}

FACT(is_refuted_in_silence, "a condition does not hold, and has no value")
{
    HOLDS(sizeof(char) == 2, "it is smaller");
}

FACT(has_another_error, "a call fails otherwise")
{
    FAILS(close(-1), EINTR);
}

FACT(has_no_error, "a call succeeds")
{
    FAILS(dup2(STDERR_FILENO, STDERR_FILENO), EBADF);
}

FACT(is_skipped, "it cannot be tried")
{
    skip("there is no %s", "sea");
}

FACT(is_unprepared, "it cannot be prepared")
{
    must(open("/nowhere", O_RDONLY), "open");
}

FACT(is_ended, "a signal ends it")
{
    HOLDS(SIGKILL == 9, "it is %d", SIGKILL);
    raise(SIGKILL);
}

FACT(is_too_slow, "its time is up")
{
    raise(SIGALRM);
}

FACT(leaves, "it leaves in its own way")
{
    exit(42);
}

FACT(repeats, "of equal findings one is kept, of alike ones few")
{
    for (int i = 0; i < 100; i++) {
        HOLDS(i >= 0, "it is %d", i);
        HOLDS(i < 100, "it is larger");
    }
}

FACT(has_much_to_say, "what is too long is cut off, what is too much counted")
{
    char tail[1024];

    for (size_t i = 0; i < sizeof tail; i++)
        tail[i] = 'a';
    tail[sizeof tail - 1] = '\0';
    HOLDS(tail[0] == 'a', "%s", tail);
#define TRY(n) HOLDS(n >= 0, "%d", n);
#define TRY_FIVE(n) TRY(n) TRY(n + 1) TRY(n + 2) TRY(n + 3) TRY(n + 4)
    TRY_FIVE(0)
    TRY_FIVE(10)
    TRY_FIVE(20)
    TRY_FIVE(30)
    TRY_FIVE(40)
}

FACT(speaks_to_nobody, "what a fact prints is not among the results")
{
    printf("}{");
    fflush(stdout);
    HOLDS(write(STDOUT_FILENO, "}{", 2) == 2, "it is not written");
}
