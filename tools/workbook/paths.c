#include "paths.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>

struct path make_path(const char *format, ...)
{
    struct path path;
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(path.text, sizeof path.text, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof path.text)
        errx(2, "%s...: this path is too long", path.text);
    return path;
}

struct path source_path(const char *tree, const struct lab *lab)
{
    return make_path("%s/%s/%s.c", tree, lab->chapter, lab->name);
}

struct path program_path(const struct lab *lab)
{
    return make_path("%s/work/%s/%s", BUILD_DIR, lab->chapter, lab->name);
}

struct path checker_path(const struct lab *lab)
{
    return make_path("%s/tests/%s/%s.check", BUILD_DIR, lab->chapter,
                     lab->name);
}
