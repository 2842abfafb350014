#define _GNU_SOURCE
#include "root.h"
#include "paths.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct path prefix;
static struct stat self;
static int start = -1;

/* Cuts the last n components off a path. */
static void cut_components(char *path, int n)
{
    while (n-- > 0) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
}

void enter_root(char **argv)
{
    struct path exe = {{0}};

    if (readlink("/proc/self/exe", exe.text, sizeof exe.text - 1) == -1 ||
        stat("/proc/self/exe", &self) == -1)
        err(2, "/proc/self/exe");
    cut_components(exe.text, 5); /* build/learn/tools/workbook/workbook */
    prefix = make_path("%s/", exe.text);
    start = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (strcmp(exe.text, WORKBOOK_ROOT) != 0) {
        struct path entry = make_path("%s/workbook", exe.text);
        unlinkat(AT_FDCWD,
                 make_path("%s/%s", exe.text, BUILD_DIR "/CMakeCache.txt").text,
                 0);
        unlinkat(AT_FDCWD,
                 make_path("%s/%s", exe.text, BUILD_DIR "/build.ninja").text,
                 0);
        execv(entry.text, argv);
        err(2, "%s", entry.text);
    }
    if (chdir(exe.text) == -1)
        err(2, "%s", exe.text);
}

void follow_rebuild(char **argv)
{
    const char *path = BUILD_DIR "/tools/workbook/workbook";
    struct stat now;

    if (stat(path, &now) == -1)
        return;
    if (now.st_ino == self.st_ino &&
        now.st_mtim.tv_sec == self.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == self.st_mtim.tv_nsec)
        return;
    if (start != -1 && fchdir(start) == -1)
        err(2, "the folder that you were in");
    execv(make_path("%s%s", prefix.text, path).text, argv);
    err(2, "%s", path);
}

const char *root_prefix(void)
{
    return prefix.text;
}

int open_from_start(const char *path, int flags)
{
    return openat(start, path, flags | O_CLOEXEC, 0666);
}
