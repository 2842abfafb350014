#define _GNU_SOURCE
#include "build.h"
#include "compiler.h"
#include "files.h"
#include "kept.h"
#include "lock.h"
#include "paths.h"
#include "process.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE BUILD_DIR "/.lock"
#define WAITING "Another ./workbook is at work here; waiting for it."

/* Runs ninja for the targets.  Returns its exit status, and in output all
 * that it and the compiler wrote. */
static int run_ninja(const char *const argv[], char **output)
{
    int fd = open_scratch("ninja");
    struct text text;
    int status;

    setenv("LC_ALL", "C", 1); /* its messages are to be understood */
    status = run(argv, fd, fd);
    if (status == 127)
        errx(2, "ninja cannot be run; ./workbook setup puts it right");
    if (read_descriptor(fd, &text) == -1)
        err(2, "what ninja wrote");
    close(fd);
    *output = text.bytes;
    return status;
}

/* What stops the course itself from being built is not for the learner to
 * mend: shows the end of it. */
static void give_up(const char *output)
{
    const char *tail = output + strlen(output);

    for (int lines = 0; tail > output && lines < 16; tail--)
        lines += tail[-1] == '\n';
    fputs(*tail == '\n' ? tail + 1 : tail, stderr);
    if (strstr(output, "No space left on device"))
        errx(2, "the disk is full: nothing was judged");
    errx(2, "the course could not be built; your files are as you left them.\n"
            "If build/ was damaged, remove it and try again.");
}

void refresh_build(void)
{
    static const char *const argv[] = {"ninja",   "-C",       BUILD_DIR,
                                       "--quiet", "workbook", NULL};
    int lock = take_lock(LOCK_FILE, WAITING);
    char *output;

    if (run_ninja(argv, &output) != 0)
        give_up(output);
    free(output);
    drop_lock(lock);
}

/* The command line: two targets a lab, and this runner. */
static const char **list_targets(const struct trial *trials, size_t n,
                                 struct path *names)
{
    static const char *const head[] = {"ninja",   "-C",  BUILD_DIR,
                                       "--quiet", "-k0", "workbook"};
    size_t used = sizeof head / sizeof *head;
    const char **argv = calloc(used + 2 * n + 1, sizeof *argv);

    if (!argv)
        err(2, "out of memory");
    memcpy(argv, head, sizeof head);
    for (size_t i = 0; i < n; i++) {
        names[2 * i] = make_path("lab.%s", trials[i].lab->name);
        names[2 * i + 1] = make_path("check.%s", trials[i].lab->name);
        argv[used++] = names[2 * i].text;
        argv[used++] = names[2 * i + 1].text;
    }
    return argv;
}

/* What holds the warnings about a lab, or NULL.  Nothing is said of what was
 * built before: then those hold that were kept. */
static char *find_warnings(const struct lab *lab, const char *output)
{
    const char *text = output;
    struct complaint warning;

    if (!next_warning(&text, lab, &warning))
        return kept_words(lab);
    keep_words(lab, output);
    return strdup(output);
}

/* Gives each trial what the compiler said of it.  Returns how many of the
 * failures that ninja tells of are learners' files. */
static size_t share_out(struct trial *trials, size_t n, const char *output)
{
    size_t broken = 0;

    for (size_t i = 0; i < n; i++) {
        trials[i].warnings = find_warnings(trials[i].lab, output);
        trials[i].compiler = find_failure(output, trials[i].lab);
        trials[i].broken = trials[i].compiler != NULL;
        broken += (size_t)trials[i].broken;
    }
    return broken;
}

static int is_later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* A file that was put back, by mv or cp -p, has an old time: ninja would take
 * it for built.  What came to its place after the build has no object. */
static void forget_object(const struct lab *lab)
{
    struct path source = source_path(DESK, lab);
    struct path object = make_path("%s/CMakeFiles/lab.%s.dir/%s.o", BUILD_DIR,
                                   lab->name, source.text);
    struct stat file, built;

    if (stat(source.text, &file) == 0 && stat(object.text, &built) == 0 &&
        is_later(file.st_ctim, built.st_mtim))
        unlink(object.text);
}

int build_trials(struct trial *trials, size_t n)
{
    struct path *names = calloc(2 * n, sizeof *names);
    const char **argv;
    int lock, status;
    char *output;

    if (!names)
        err(2, "out of memory");
    argv = list_targets(trials, n, names);
    lock = take_lock(LOCK_FILE, WAITING);
    for (size_t i = 0; i < n; i++)
        forget_object(trials[i].lab);
    status = run_ninja(argv, &output);
    if (share_out(trials, n, output) != count_failures(output) ||
        (status != 0 && count_failures(output) == 0))
        give_up(output);
    share_lock(lock);
    free(output);
    free(names);
    free(argv);
    return lock;
}

void end_build(int lock)
{
    drop_lock(lock);
}
