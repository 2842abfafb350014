#define _GNU_SOURCE
#include "process.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

pid_t spawn(const char *const argv[], int out, int errors)
{
    posix_spawn_file_actions_t actions;
    char *const *words; /* posix_spawn() does not write to them */
    pid_t pid;
    int rc;

    memcpy(&words, &argv, sizeof words);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    if (out != -1)
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (errors != -1)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    rc = posix_spawnp(&pid, argv[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (rc == 0)
        return pid;
    errno = rc;
    return -1;
}

int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) == -1) {
        if (errno != EINTR)
            err(2, "waitpid");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run(const char *const argv[], int out, int errors)
{
    pid_t pid = spawn(argv, out, errors);

    return pid == -1 ? 127 : wait_for(pid);
}

int open_scratch(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);

    if (fd == -1)
        err(2, "memfd_create");
    return fd;
}
