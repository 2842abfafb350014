/* Scratch directories: made, measured, removed whatever is in them. */
#define _GNU_SOURCE
#include "scratch.h"
#include "check.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_file(const char *path, size_t n)
{
    static const char bytes[1 << 16];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    CHECK_NUMBER("write", n, write(fd, bytes, n));
    close(fd);
}

static void test_place(void)
{
    char *parent = realpath(make_scratch(), NULL);

    setenv("TMPDIR", parent, 1);
    const char *path = make_scratch();
    CHECK_NUMBER("below $TMPDIR", 0, strncmp(path, parent, strlen(parent)));
    CHECK_NUMBER("removed", 0, remove_scratch(path));
    CHECK_NUMBER("it is gone", -1, access(path, F_OK));
    setenv("TMPDIR", text("%s/missing", parent), 1);
    path = make_scratch();
    CHECK_NUMBER("else /tmp", 0, strncmp(path, "/tmp/", 5));
    remove_scratch(path);
    setenv("TMPDIR", parent, 1);
    CHECK_NUMBER("removed", 0, remove_scratch(parent));
    unsetenv("TMPDIR");
    free(parent);
}

static void test_usage(void)
{
    const char *path = make_scratch();
    size_t bytes = 1, files = 1;

    scratch_usage(path, &bytes, &files);
    CHECK_NUMBER("bytes of an empty one", 0, bytes);
    CHECK_NUMBER("files of an empty one", 0, files);
    make_file(text("%s/a", path), 1 << 16);
    CHECK_NUMBER("mkdir", 0, mkdir(text("%s/d", path), 0700));
    make_file(text("%s/d/b", path), 1 << 16);
    CHECK_NUMBER("symlink", 0, symlink("/usr", text("%s/usr", path)));
    scratch_usage(path, &bytes, &files);
    CHECK_NUMBER("entries, links not followed", 4, files);
    CHECK_NUMBER("at least what was written", 1, bytes >= 2 << 16);
    CHECK_NUMBER("and little beside it", 1, bytes < 3 << 16);
    scratch_usage("/nonexistent", &bytes, &files);
    CHECK_NUMBER("files of none", 0, files);
    CHECK_NUMBER("removed", 0, remove_scratch(path));
}

/* Links lead out of it, and what they lead to must stay. */
static void test_links(void)
{
    const char *path = make_scratch(), *other = make_scratch();

    make_file(text("%s/kept", other), 5);
    CHECK_NUMBER("link to a directory", 0,
                 symlink(other, text("%s/out", path)));
    CHECK_NUMBER("link to itself", 0, symlink("loop", text("%s/loop", path)));
    CHECK_NUMBER("hard link", 0,
                 link(text("%s/kept", other), text("%s/same", path)));
    CHECK_NUMBER("removed", 0, remove_scratch(path));
    CHECK_NUMBER("outside all is there", 0,
                 access(text("%s/kept", other), F_OK));
    CHECK_NUMBER("removed", 0, remove_scratch(other));
    CHECK_NUMBER("a second time", -1, remove_scratch(other));
    CHECK_NUMBER("errno", ENOENT, errno);
}

/* Deeper than a path can be long, or a process can have descriptors. */
static void test_depth(void)
{
    const char *path = make_scratch();
    char here[PATH_MAX];
    size_t bytes, files;

    if (getcwd(here, sizeof here) == NULL || chdir(path) == -1) {
        CHECK_NUMBER("chdir", 0, errno);
        return;
    }
    for (int i = 0; i < 1100; i++)
        if (mkdir("deep", 0700) == -1 || chdir("deep") == -1)
            CHECK_NUMBER("deeper", 0, errno);
    make_file("bottom", 5);
    CHECK_NUMBER("chdir", 0, chdir(here));
    scratch_usage(path, &bytes, &files);
    CHECK_NUMBER("counted far enough", 1, files > 100);
    CHECK_NUMBER("removed", 0, remove_scratch(path));
}

static void test_permissions(void)
{
    const char *path = make_scratch();

    mkdir(text("%s/a", path), 0700);
    mkdir(text("%s/a/b", path), 0700);
    mkdir(text("%s/a/lifted-0", path), 0700);
    make_file(text("%s/a/b/c", path), 5);
    mkfifo(text("%s/a/fifo", path), 0);
    chmod(text("%s/a/b/c", path), 0);
    chmod(text("%s/a/b", path), 0);
    chmod(text("%s/a", path), 0);
    chmod(path, 0);
    CHECK_NUMBER("removed", 0, remove_scratch(path));
}

int main(void)
{
    test_place();
    test_usage();
    test_links();
    test_depth();
    test_permissions();
    return failures != 0;
}
