#define _GNU_SOURCE
#include "task.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
    PIECE = 16384,
    PATIENCE_S = 2 /* for what was told to end */
};

/* Signals that this process holds back are the task's again. */
static void let_signals_in(posix_spawnattr_t *attributes)
{
    sigset_t none;

    sigemptyset(&none);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setflags(attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
}

static pid_t spawn_apart(const char *const argv[], int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *const *words; /* posix_spawn() does not write to them */
    pid_t pid;

    memcpy(&words, &argv, sizeof words);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    let_signals_in(&attributes);
    errno = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, words,
                        environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return errno == 0 ? pid : -1;
}

void start_task(struct task *task, const char *const argv[])
{
    int ends[2];

    abandon_task(task);
    /* What a task leaves behind comes to us, to be waited for. */
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(2, "pipe");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    task->pid = spawn_apart(argv, ends[1]);
    if (task->pid == -1)
        err(2, "workbook cannot be started again");
    task->out = ends[0];
    task->heard = 0;
    clock_gettime(CLOCK_MONOTONIC, &task->began);
    close(ends[1]);
}

int task_age(const struct task *task)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec - task->began.tv_sec) * 1000 +
                 (now.tv_nsec - task->began.tv_nsec) / 1000000);
}

static void add_piece(struct task *task, struct page *page, const char *piece,
                      size_t size)
{
    const char *feed = memrchr(piece, '\f', size);
    const char *start = feed ? feed + 1 : piece;

    size -= (size_t)(start - piece);
    if (feed || !task->heard)
        set_page(page, start, size);
    else
        extend_page(page, start, size);
    task->heard = 1;
}

/* Its exit status, 128 + N when signal N ended it. */
static int end_task(struct task *task)
{
    int status = 0;

    while (waitpid(task->pid, &status, 0) == -1 && errno == EINTR)
        continue;
    close(task->out);
    task->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int read_task(struct task *task, struct page *page, int *status)
{
    char piece[PIECE];
    ssize_t n;

    while ((n = read(task->out, piece, sizeof piece)) > 0)
        add_piece(task, page, piece, (size_t)n);
    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return 1;
    *status = end_task(task);
    return 0;
}

void abandon_task(struct task *task)
{
    if (task->pid == 0)
        return;
    kill(-task->pid, SIGTERM);
    close(task->out);
    task->pid = 0;
}

/* Waits for the next child to end, for so long.  Returns whether one may
 * have. */
static int await_child(const struct timespec *patience)
{
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    return sigtimedwait(&child, NULL, patience) != -1;
}

void bury_tasks(int all)
{
    const struct timespec patience = {.tv_sec = PATIENCE_S};
    pid_t pid;

    do {
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            continue;
    } while (all && pid == 0 && await_child(&patience));
}
