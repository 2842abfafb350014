#define _GNU_SOURCE
#include "root.h"
#include "paths.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX WORKBOOK_ROOT "/"
#define MOVED "WORKBOOK_MOVED"
#define FOLLOWED "WORKBOOK_FOLLOWED"

static struct stat self;
static int start = -1;
static int has_followed; /* it was started by what it has replaced */

/* Cuts the last n components off a path. */
static void cut_components(char *path, int n)
{
    while (n-- > 0) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
}

/* Whether two paths lead to the same folder, through whatever links. */
static int same_folder(const char *a, const char *b)
{
    struct stat first, second;

    return stat(a, &first) == 0 && stat(b, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Has ./workbook set up a tree that lies elsewhere than where it was built;
 * without these two files it begins anew. */
static void set_up_again(const char *root, char **argv)
{
    struct path entry = make_path("%s/workbook", root);
    struct path cache = make_path("%s/%s/CMakeCache.txt", root, BUILD_DIR);
    struct path rules = make_path("%s/%s/build.ninja", root, BUILD_DIR);

    if (getenv(MOVED))
        errx(2, "built for %s, and not there; remove build/ and try again",
             WORKBOOK_ROOT);
    setenv(MOVED, "1", 1);
    unlink(cache.text);
    unlink(rules.text);
    execv(entry.text, argv);
    err(2, "%s", entry.text);
}

void enter_root(char **argv)
{
    struct path exe = {{0}};

    has_followed = getenv(FOLLOWED) != NULL;
    unsetenv(FOLLOWED); /* what we start may follow again */
    if (readlink("/proc/self/exe", exe.text, sizeof exe.text - 1) == -1 ||
        stat("/proc/self/exe", &self) == -1)
        err(2, "/proc/self/exe");
    cut_components(exe.text, 5); /* build/learn/tools/workbook/workbook */
    if (!same_folder(exe.text, WORKBOOK_ROOT))
        set_up_again(exe.text, argv);
    start = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (chdir(WORKBOOK_ROOT) == -1)
        err(2, "%s", WORKBOOK_ROOT);
}

/* Once: where a source's time lies ahead, each build makes a new one. */
void follow_rebuild(char **argv)
{
    const char *path = BUILD_DIR "/tools/workbook/workbook";
    struct stat now;

    if (has_followed || stat(path, &now) == -1)
        return;
    if (now.st_size == self.st_size &&
        now.st_mtim.tv_sec == self.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == self.st_mtim.tv_nsec)
        return;
    if (start != -1 && fchdir(start) == -1)
        err(2, "the folder that you were in");
    setenv(FOLLOWED, "1", 1);
    execv(make_path("%s%s", PREFIX, path).text, argv);
    err(2, "%s", path);
}

const char *root_prefix(void)
{
    return PREFIX;
}

int open_from_start(const char *path, int flags)
{
    return openat(start, path, flags | O_CLOEXEC, 0666);
}

struct path path_from_start(const char *path)
{
    struct path link = make_path("/proc/self/fd/%d", start), folder = {{0}};

    if (*path == '/')
        return make_path("%s", path);
    if (readlink(link.text, folder.text, sizeof folder.text - 1) == -1)
        err(2, "the folder that you were in");
    return make_path("%s/%s", folder.text, path);
}
