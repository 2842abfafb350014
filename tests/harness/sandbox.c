#define _GNU_SOURCE
#include "sandbox.h"

#include "harness.h"
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* close_range(2) */
#endif

enum {
    FILE_MEGABYTES = 16,
    STACK_BYTES = 8 << 20,
    LAST_SIGNAL = 64,
    OLD_MOST_FILES = 1024 /* where close_range() is missing */
};

static _Noreturn void give_up(const struct sandbox *box, const char *what)
{
    int error = errno;

    dprintf(box->report, "%s: %s", what, strerror(error));
    _exit(SANDBOX_FAILED);
}

/* What the checker ignores or blocks would pass through exec(). */
static void reset_signals(void)
{
    sigset_t none;

    for (int s = 1; s <= LAST_SIGNAL; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A copy of a descriptor out of the way of 0, 1 and 2. */
static int move_up(const struct sandbox *box, int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    if (copy == -1)
        give_up(box, "fcntl(F_DUPFD_CLOEXEC)");
    return copy;
}

static void connect_streams(struct sandbox *box)
{
    box->report = move_up(box, box->report);
    int streams[3] = {move_up(box, box->in), move_up(box, box->out),
                      move_up(box, box->err)};

    for (int fd = 0; fd < 3; fd++)
        if (dup2(streams[fd], fd) == -1)
            give_up(box, "dup2");
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    for (int fd = 3; fd < OLD_MOST_FILES; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Sets both limits of a resource, as near as we are allowed to. */
static int set_limit(__rlimit_resource_t resource, rlim_t value)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) == -1)
        return -1;
    if (limit.rlim_max > value)
        limit.rlim_max = value;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit);
}

static void set_all_limits(const struct sandbox *box)
{
    rlim_t megabytes =
        box->file_megabytes > 0 ? box->file_megabytes : FILE_MEGABYTES;

    if (set_limit(RLIMIT_CORE, 0) == -1 ||
        set_limit(RLIMIT_FSIZE, megabytes << 20) == -1 ||
        set_limit(RLIMIT_NOFILE, box->files) == -1 ||
        set_limit(RLIMIT_STACK, STACK_BYTES) == -1)
        give_up(box, "setrlimit");
}

static void volunteer_for_oom(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd == -1)
        return;
    dprintf(fd, "1000"); /* the most there is: proc(5) */
    close(fd);
}

static void keep_to_cpu(int cpu)
{
    cpu_set_t set;

    if (cpu < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* Has the kernel kill us with the checker; if it has died before that, there
 * is nobody left to run for. */
static void die_with_checker(const struct sandbox *box, pid_t checker)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        give_up(box, "prctl(PR_SET_PDEATHSIG)");
    if (getppid() != checker)
        _exit(SANDBOX_FAILED);
}

void drop_privileges(void)
{
    struct __user_cap_header_struct head = {.version =
                                                _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

    memset(none, 0, sizeof none);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* Root gets what the bounding set allows at each exec().  The first
     * number that is no capability ends the loop with EINVAL. */
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
         cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    syscall(SYS_capset, &head, none);
}

/* Order: the files of /proc before writes are confined; the streams before
 * RLIMIT_NOFILE, which may be lower than the checker's descriptors;
 * PR_SET_PDEATHSIG last, since a change of credentials clears it. */
void enter_sandbox(const struct sandbox *box)
{
    struct sandbox own = *box; /* its report descriptor moves */
    pid_t checker = box->checker > 0 ? box->checker : getppid();

    reset_signals();
    connect_streams(&own);
    if (setsid() == -1)
        give_up(&own, "setsid");
    if (chdir(box->directory) == -1)
        give_up(&own, "chdir to the scratch directory");
    umask(022);
    volunteer_for_oom();
    keep_to_cpu(box->cpu);
    set_all_limits(&own);
    confine_writes(box->directory);
    drop_privileges();
    die_with_checker(&own, checker);
}

/* symbolize=0: a report would cost 90 ms more; crash.c names the lines of the
 * one that is shown.  detect_leaks=0: LeakSanitizer cannot run traced, and
 * costs half the start-up.  A small quarantine keeps a busy program below our
 * memory limit.  handle_abort: abort() and assert() tell where, too.  Of the
 * other options none makes a sanitized program start faster. */
#define COMMON "symbolize=0:exitcode=99:color=never:allocator_may_return_null=1"
#define ASAN                                                                   \
    COMMON ":detect_leaks=0:handle_abort=1:handle_sigill=1:print_legend=0"     \
           ":quarantine_size_mb=16"

char *const *subject_environment(const char *directory)
{
    const char *const words[] = {
        "LC_ALL=C",
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "TZ=UTC",
        text("HOME=%s", directory),
        text("TMPDIR=%s", directory),
        "ASAN_OPTIONS=" ASAN,
        "UBSAN_OPTIONS=" COMMON ":print_stacktrace=1",
        "TSAN_OPTIONS=" COMMON ":halt_on_error=1",
        "LSAN_OPTIONS=" COMMON ":detect_leaks=0",
    };
    enum {
        COUNT = sizeof words / sizeof words[0]
    };
    char **environment = calloc(COUNT + 1, sizeof *environment);

    for (size_t i = 0; environment != NULL && i < COUNT; i++)
        environment[i] = strdup(words[i]);
    return environment;
}
