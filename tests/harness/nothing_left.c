/* nothing_left: runs a check and looks at what it leaves behind.
 *
 *     nothing_left SECONDS CHECK [OPTION...] PROGRAM
 *
 * The program is copied into a fresh directory, which is the check's TMPDIR:
 * so whatever comes of it has its executable or its working directory there.
 * Fails when the check takes longer than SECONDS, leaves a process or a file
 * there, or prints a control character.  Else its status is the check's. */
#define _GNU_SOURCE
#include "clock.h"
#include "harness.h"
#include "scratch.h"
#include "text.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *place; /* the fresh directory */
static size_t ncopied;    /* into it */

static const char *copy_file(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *copy =
        text("%s/%s", place, slash != NULL ? slash + 1 : program);
    static char bytes[1 << 16];
    ssize_t n;
    int from = open(program, O_RDONLY | O_CLOEXEC);

    if (from == -1) {
        remove_scratch(place);
        err(2, "%s", program);
    }
    int to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

    if (to == -1)
        err(2, "%s", copy);
    while ((n = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)n) != n)
            err(2, "%s", copy);
    close(from);
    close(to);
    ncopied++;
    return copy;
}

/* The program, and what it is on another machine, if it was built for one. */
static const char *copy_program(const char *program)
{
    const char *other = text("%s.s390x", program);

    if (access(other, X_OK) == 0)
        copy_file(other);
    return copy_file(program);
}

/* Runs the check with its stdout and stderr on a pipe, which is returned. */
static int start_check(char **argv, pid_t *pid)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) == -1 || (*pid = fork()) == -1)
        err(2, "cannot start the check");
    if (*pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        setenv("TMPDIR", place, 1);
        execv(argv[0], argv);
        err(2, "%s", argv[0]);
    }
    close(ends[1]);
    return ends[0];
}

/* Copies what comes to stdout, until the end of file or the deadline. */
static bool pass_on(int fd, uint64_t deadline, struct buffer *seen)
{
    char bytes[4096];

    for (uint64_t now; (now = now_ns()) < deadline;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, (int)((deadline - now) / NS_PER_MS) + 1) <= 0)
            continue;
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n <= 0)
            return true;
        buffer_add(seen, bytes, (size_t)n);
        fwrite(bytes, 1, (size_t)n, stdout);
    }
    return false;
}

static bool has_control(const struct buffer *b)
{
    for (size_t i = 0; i < b->n; i++) {
        unsigned char c = (unsigned char)b->bytes[i];
        if ((c < ' ' && c != '\n') || c == 0x7f)
            return true;
    }
    return false;
}

/* Whether /proc/PID/NAME points into the directory. */
static bool points_here(const char *pid, const char *name)
{
    char path[PATH_MAX];
    ssize_t n = readlink(text("/proc/%s/%s", pid, name), path, sizeof path - 1);
    size_t len = strlen(place);

    return n > (ssize_t)len && strncmp(path, place, len) == 0 &&
           path[len] == '/';
}

/* Counts what lives on, and ends it. */
static int end_processes(void)
{
    DIR *proc = opendir("/proc");
    int n = 0;

    if (proc == NULL)
        err(2, "/proc");
    for (struct dirent *e; (e = readdir(proc)) != NULL;) {
        if (e->d_name[0] < '0' || e->d_name[0] > '9')
            continue;
        if (points_here(e->d_name, "exe") || points_here(e->d_name, "cwd")) {
            printf("left behind: process %s\n", e->d_name);
            kill((pid_t)strtol(e->d_name, NULL, 10), SIGKILL);
            n++;
        }
    }
    closedir(proc);
    return n;
}

static int reap_check(pid_t pid, bool has_ended)
{
    int status;

    if (!has_ended)
        kill(pid, SIGKILL);
    if (waitpid(pid, &status, 0) == -1 || !WIFEXITED(status))
        return 2;
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    struct buffer seen = {0};
    size_t bytes, files;
    pid_t pid;

    if (argc < 4 || (place = make_scratch()) == NULL)
        err(2, "usage: nothing_left SECONDS CHECK [OPTION...] PROGRAM");
    uint64_t limit = strtoull(argv[1], NULL, 10) * 1000 * NS_PER_MS;
    argv[argc - 1] = strdup(copy_program(argv[argc - 1]));
    int fd = start_check(argv + 2, &pid);
    bool has_ended = pass_on(fd, now_ns() + limit, &seen);
    int status = reap_check(pid, has_ended);

    if (!has_ended)
        printf("it was not done after %s s\n", argv[1]);
    int left = end_processes();
    scratch_usage(place, &bytes, &files);
    if (files != ncopied)
        printf("left behind: %zu files\n", files - ncopied);
    bool is_unsafe = has_control(&seen);
    if (is_unsafe)
        printf("it printed control characters\n");
    remove_scratch(place);
    if (!has_ended || left > 0 || files != ncopied || is_unsafe)
        return 1;
    return status;
}
