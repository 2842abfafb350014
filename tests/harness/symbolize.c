#define _GNU_SOURCE
#include "symbolize.h"

#include "clock.h"
#include "harness.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
    MOST_ADDRESSES = 64,
    DEADLINE_MS = 5000 /* it takes 5; a loaded machine may need more */
};

/* Starts it with stdout on `out` and stderr out of sight; 0 if it is not
 * there. */
static pid_t spawn_quietly(char *const *argv, int out)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none;
    pid_t pid;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    int error = posix_spawnp(&pid, argv[0], &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return error == 0 ? pid : 0;
}

/* Reads until the end of file or the deadline; whether the end came. */
static bool read_all(int fd, struct buffer *b)
{
    uint64_t deadline = now_ns() + DEADLINE_MS * NS_PER_MS;
    char piece[4096];

    for (uint64_t now; (now = now_ns()) < deadline;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, (int)((deadline - now) / NS_PER_MS) + 1) <= 0)
            continue;
        ssize_t n = read(fd, piece, sizeof piece);
        if (n == 0)
            return true;
        if (n > 0)
            buffer_add(b, piece, (size_t)n);
    }
    return false;
}

/* What a program writes to stdout; NULL when it failed, or took too long. */
static const char *run_program(char *const *argv)
{
    struct buffer b = {0};
    int ends[2], status;

    if (pipe2(ends, O_CLOEXEC) == -1)
        return NULL;
    pid_t pid = spawn_quietly(argv, ends[1]);
    close(ends[1]);
    bool is_whole = pid > 0 && read_all(ends[0], &b);
    close(ends[0]);
    if (pid <= 0)
        return NULL;
    if (!is_whole)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        ;
    return is_whole && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? b.bytes
                                                                     : NULL;
}

const char *read_place(const char *lines, struct place *place)
{
    size_t named = strcspn(lines, "\n");
    const char *where = lines + named + (lines[named] == '\n');
    size_t n = strcspn(where, "\n");
    const char *colon = memrchr(where, ':', n);

    *place = (struct place){0};
    if (colon == NULL || lines[named] != '\n')
        return NULL;
    if (strncmp(lines, "??", 2) != 0)
        place->function = text("%.*s", (int)named, lines);
    place->line = atoi(colon + 1);
    if (place->line > 0) {
        const char *slash = memrchr(where, '/', (size_t)(colon - where));
        const char *file = slash != NULL ? slash + 1 : where;
        place->file = text("%.*s", (int)(colon - file), file);
    }
    return where + n + (where[n] == '\n');
}

void name_places(const char *program, const uint64_t *addresses,
                 struct place *places, size_t n)
{
    const char *argv[MOST_ADDRESSES + 5] = {"addr2line", "-f", "-e", program};

    memset(places, 0, n * sizeof *places);
    if (n == 0 || n > MOST_ADDRESSES)
        return;
    for (size_t i = 0; i < n; i++)
        argv[4 + i] = text("0x%" PRIx64, addresses[i]);
    const char *lines = run_program((char *const *)(uintptr_t)argv);
    for (size_t i = 0; i < n && lines != NULL; i++)
        lines = read_place(lines, &places[i]);
}
