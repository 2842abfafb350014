#define _GNU_SOURCE
#include "cases.h"
#include "start.h"
#include "withheld.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MACHINE "s390x"
#define EMULATOR "qemu-" MACHINE
#define INSTALL                                                                \
    "sudo apt-get install --no-install-recommends gcc-s390x-linux-gnu "        \
    "libc6-dev-s390x-cross qemu-user"

/* Where the shell would find the emulator; NULL when it is not there. */
static const char *find_emulator(void)
{
    const char *p = getenv("PATH");

    while (p != NULL && *p != '\0') {
        size_t n = strcspn(p, ":");
        const char *path = text("%.*s/" EMULATOR, (int)n, p);
        if (n > 0 && access(path, X_OK) == 0)
            return path;
        p += n + (p[n] == ':');
    }
    return NULL;
}

static const char *find_program(void)
{
    const char *path = text("%s." MACHINE, current_program());

    return access(path, X_OK) == 0 ? path : NULL;
}

void need_big_endian(void)
{
    bool is_there = find_emulator() != NULL && find_program() != NULL;

    if (!is_there || is_withheld(MACHINE))
        skip_case("there is no compiler or no emulator of a big-endian machine "
                  "here. This brings them: " INSTALL);
}

struct subject *start_big_endian_argv(const char *const *arguments)
{
    need_big_endian();
    return start_by(find_emulator(), find_program(), arguments);
}

struct subject *start_big_endian(const char *argument, ...)
{
    const char *arguments[MOST_ARGUMENTS + 1];
    va_list ap;

    va_start(ap, argument);
    gather_arguments(arguments, argument, ap);
    va_end(ap);
    return start_big_endian_argv(arguments);
}
