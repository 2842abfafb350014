#include "budget.h"

#include "clock.h"
#include "inspect.h"
#include "pump.h"
#include "scratch.h"
#include "tracer.h"

#include <stdarg.h>

static const struct limits defaults = {
    .tasks = 32, .cpu_ms = 2000, .wall_ms = 10000, .files = 256};
static struct limits current = {
    .tasks = 32, .cpu_ms = 2000, .wall_ms = 10000, .files = 256};

void set_limits(struct limits l)
{
    current.tasks = l.tasks ? l.tasks : current.tasks;
    current.cpu_ms = l.cpu_ms ? l.cpu_ms : current.cpu_ms;
    current.wall_ms = l.wall_ms ? l.wall_ms : current.wall_ms;
    current.files = l.files ? l.files : current.files;
    if (l.wall_ms != 0)
        start_clock(l.wall_ms);
}

struct limits current_limits(void)
{
    return current;
}

void reset_limits(void)
{
    current = defaults;
}

void stop_trespass(struct subject *s, enum cause cause, const char *format, ...)
{
    va_list ap;

    if (s->trespass == NULL) {
        va_start(ap, format);
        s->trespass = text_va(format, ap);
        va_end(ap);
        s->cause = cause;
    }
    kill_subject(s);
}

static void check_disk(struct subject *s)
{
    size_t bytes = 0, files = 0;

    if (s->directory == NULL)
        return;
    scratch_usage(s->directory, &bytes, &files);
    if (files > MOST_FILES)
        stop_trespass(s, CAUSE_RESOURCE_LIMIT,
                      "it made more than %d files in its directory",
                      MOST_FILES);
    else if (bytes > MOST_FILE_BYTES)
        stop_trespass(s, CAUSE_RESOURCE_LIMIT,
                      "it wrote more than %d MiB to its directory",
                      MOST_FILE_BYTES >> 20);
}

static void check_subject(struct subject *s)
{
    if (!is_alive(s) || s->is_killed)
        return;
    if (resident_bytes(s) > MOST_MEMORY)
        stop_trespass(s, CAUSE_RESOURCE_LIMIT,
                      "it used more than %d MiB of memory", MOST_MEMORY >> 20);
    else if (cpu_us(s) > s->limits.cpu_ms * UINT64_C(1000))
        stop_trespass(s, CAUSE_TIMEOUT,
                      "it was busy for more than %u ms of CPU time",
                      s->limits.cpu_ms);
    else
        check_disk(s);
}

void check_limits(void)
{
    static uint64_t last;
    uint64_t now = now_ns();

    if (now - last < 10 * NS_PER_MS)
        return;
    last = now;
    for (struct subject *s = subjects; s != NULL; s = s->next)
        check_subject(s);
}
