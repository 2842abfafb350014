#define _GNU_SOURCE
#include "scratch.h"

#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_ENTRIES = 4096, /* where counting ends */
    MOST_LEVELS = 128
};

/* Opens a directory below another for reading; NULL with errno. */
static DIR *open_below(int dfd, const char *name)
{
    int fd = openat(dfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd == -1)
        return NULL;
    DIR *dir = fdopendir(fd);
    if (dir == NULL)
        close(fd);
    return dir;
}

/* The next name in a directory, "." and ".." left out; NULL at its end. */
static const char *next_name(DIR *dir)
{
    struct dirent *entry;

    do
        entry = readdir(dir);
    while (entry != NULL && (strcmp(entry->d_name, ".") == 0 ||
                             strcmp(entry->d_name, "..") == 0));
    return entry != NULL ? entry->d_name : NULL;
}

const char *make_scratch(void)
{
    const char *parent = getenv("TMPDIR");
    char *real = parent != NULL ? realpath(parent, NULL) : NULL;
    struct stat st;

    if (real != NULL && (stat(real, &st) == -1 || !S_ISDIR(st.st_mode))) {
        free(real);
        real = NULL;
    }
    const char *start = text("%s/workbook-XXXXXX", real ? real : "/tmp");
    free(real);
    char *path = strdup(start);
    if (path == NULL)
        return NULL;
    const char *made = mkdtemp(path);
    if (made == NULL)
        free(path);
    return made;
}

static void add_usage(int dfd, const char *name, int level, size_t *bytes,
                      size_t *files)
{
    DIR *dir = open_below(dfd, name);
    struct stat st;

    if (dir == NULL)
        return;
    while (*files < MOST_ENTRIES && (name = next_name(dir)) != NULL) {
        ++*files;
        if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == -1)
            continue;
        *bytes += (size_t)st.st_blocks * 512; /* its unit: stat(3type) */
        if (S_ISDIR(st.st_mode) && level < MOST_LEVELS)
            add_usage(dirfd(dir), name, level + 1, bytes, files);
    }
    closedir(dir);
}

void scratch_usage(const char *path, size_t *bytes, size_t *files)
{
    *bytes = *files = 0;
    add_usage(AT_FDCWD, path, 1, bytes, files);
}

/* Gives a directory all its owner's permissions. */
static bool is_directory_opened(int dfd, const char *name)
{
    struct stat st;

    return fstatat(dfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode) && fchmodat(dfd, name, S_IRWXU, 0) == 0;
}

/* Moves an entry of a directory into `top`, under a name that is free. */
static int lift_entry(int dfd, const char *name, int top)
{
    static unsigned long serial;
    char fresh[40];

    do
        snprintf(fresh, sizeof fresh, "lifted-%lu", serial++);
    while (faccessat(top, fresh, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    return renameat(dfd, name, top, fresh);
}

/* Empties a directory: directories in it move up into `top`. */
static int empty_into(int top, DIR *dir)
{
    const char *name;

    while ((name = next_name(dir)) != NULL) {
        if (is_directory_opened(dirfd(dir), name)) {
            if (lift_entry(dirfd(dir), name, top) == -1)
                return -1;
        } else if (unlinkat(dirfd(dir), name, 0) == -1) {
            return -1;
        }
    }
    return 0;
}

/* Removes one entry of `top`; if a directory, its own directories move up. */
static int remove_entry(int top, const char *name)
{
    if (!is_directory_opened(top, name))
        return unlinkat(top, name, 0);
    DIR *dir = open_below(top, name);
    if (dir == NULL)
        return -1;
    int rc = empty_into(top, dir);
    closedir(dir);
    return rc == -1 ? -1 : unlinkat(top, name, AT_REMOVEDIR);
}

/* Neither depth nor the length of a path is a limit here: a subject can build
 * what a recursive walk has too few descriptors for, so the tree is
 * flattened, level by level. */
int remove_scratch(const char *path)
{
    const char *name;
    int rc = 0;

    if (chmod(path, S_IRWXU) == -1)
        return -1;
    DIR *dir = open_below(AT_FDCWD, path);
    if (dir == NULL)
        return -1;
    bool is_empty = false;
    while (rc == 0 && !is_empty) {
        is_empty = true;
        rewinddir(dir); /* what moved up may have been passed already */
        while (rc == 0 && (name = next_name(dir)) != NULL) {
            is_empty = false;
            rc = remove_entry(dirfd(dir), name);
        }
    }
    int error = errno;
    closedir(dir);
    errno = error;
    return rc == -1 ? -1 : rmdir(path);
}
