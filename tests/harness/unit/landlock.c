/* Writes stay in the directory; all else stays free. */
#define _GNU_SOURCE
#include "landlock.h"
#include "check.h"
#include "harness.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *inside, *outside;

/* 0, or the errno of opening. */
static int try_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd == -1)
        return errno;
    close(fd);
    return 0;
}

static int error_of(int rc)
{
    return rc == -1 ? errno : 0;
}

static void check_inside(void)
{
    const char *file = text("%s/file", inside);

    CHECK_NUMBER("make", 0, try_open(file, O_WRONLY | O_CREAT));
    CHECK_NUMBER("truncate", 0, error_of(truncate(file, 10)));
    CHECK_NUMBER("mkdir", 0, error_of(mkdir(text("%s/d", inside), 0700)));
    CHECK_NUMBER("rename", 0,
                 error_of(rename(file, text("%s/renamed", inside))));
    CHECK_NUMBER("symlink", 0,
                 error_of(symlink("/etc", text("%s/etc", inside))));
    CHECK_NUMBER("remove", 0, error_of(rmdir(text("%s/d", inside))));
}

static void check_outside(void)
{
    const char *kept = text("%s/kept", outside);

    CHECK_NUMBER("write", EACCES, try_open(kept, O_WRONLY));
    CHECK_NUMBER("make", EACCES,
                 try_open(text("%s/new", outside), O_WRONLY | O_CREAT));
    CHECK_NUMBER("remove", EACCES, error_of(unlink(kept)));
    CHECK_NUMBER("mkdir", EACCES, error_of(mkdir(text("%s/d", outside), 0700)));
    CHECK_NUMBER("move out", 1,
                 rename(text("%s/renamed", inside), text("%s/in", outside)) ==
                     -1);
    CHECK_NUMBER("read", 0, try_open(kept, O_RDONLY));
    CHECK_NUMBER("through a link", EACCES,
                 try_open(text("%s/etc/new", inside), O_WRONLY | O_CREAT));
}

static void check_devices(void)
{
    CHECK_NUMBER("/dev/null", 0, try_open("/dev/null", O_WRONLY | O_TRUNC));
    CHECK_NUMBER("/dev/zero", 0, try_open("/dev/zero", O_RDWR));
    CHECK_NUMBER("/dev/full", 0, try_open("/dev/full", O_WRONLY));
    CHECK_NUMBER("stdout", 0, try_open("/dev/stdout", O_WRONLY));
}

/* A program that is run from here is confined, too. */
static void check_exec(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        close(STDERR_FILENO);
        execlp("touch", "touch", text("%s/made", outside), NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    CHECK_NUMBER("touch ran and was refused", 1,
                 WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int main(void)
{
    int ends[2];

    setenv("WORKBOOK_WITHOUT", "netns,landlock,ptrace", 1);
    CHECK_NUMBER("withheld", false, can_confine_writes());
    CHECK_NUMBER("withheld", false, confine_writes("/tmp"));
    setenv("WORKBOOK_WITHOUT", "netns,landlocked", 1);
    if (!can_confine_writes()) {
        puts("skipped: this kernel has no Landlock");
        return 77;
    }
    inside = make_scratch();
    outside = make_scratch();
    CHECK_NUMBER("before", 0,
                 try_open(text("%s/kept", outside), O_WRONLY | O_CREAT));
    CHECK_NUMBER("no directory", false, confine_writes("/nonexistent"));
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        /* As a subject's: a pipe, opened anew by name. */
        CHECK_NUMBER("pipe", 0, pipe(ends));
        CHECK_NUMBER("in force", true, confine_writes(inside));
        check_inside();
        check_outside();
        check_devices();
        CHECK_NUMBER("a pipe by name", 0,
                     try_open(text("/proc/self/fd/%d", ends[1]), O_WRONLY));
        check_exec();
        fflush(stdout);
        _exit(failures != 0);
    }
    int status = -1;
    CHECK_NUMBER("wait", pid, waitpid(pid, &status, 0));
    CHECK_NUMBER("the confined child", 0, status);
    CHECK_NUMBER("removed", 0, remove_scratch(inside));
    CHECK_NUMBER("removed", 0, remove_scratch(outside));
    return failures != 0;
}
