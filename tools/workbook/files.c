#include "files.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int read_descriptor(int fd, struct text *text)
{
    size_t room = 0;

    *text = (struct text){0};
    for (;;) {
        ssize_t n;
        if (room - text->size < 2) {
            char *grown = realloc(text->bytes, room += 16384);
            if (!grown)
                break;
            text->bytes = grown;
        }
        n = pread(fd, text->bytes + text->size, room - text->size - 1,
                  (off_t)text->size);
        if (n == -1)
            break;
        text->size += (size_t)n;
        text->bytes[text->size] = '\0';
        if (n == 0)
            return 0;
    }
    free(text->bytes);
    *text = (struct text){0};
    return -1;
}

int read_file(const char *path, struct text *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc, saved;

    if (fd == -1)
        return -1;
    rc = read_descriptor(fd, text);
    saved = errno;
    close(fd);
    errno = saved;
    return rc;
}

int same_content(const char *a, const char *b)
{
    struct text first, second;
    int same;

    if (read_file(a, &first) == -1)
        return 0;
    if (read_file(b, &second) == -1) {
        free(first.bytes);
        return 0;
    }
    same = first.size == second.size &&
           memcmp(first.bytes, second.bytes, first.size) == 0;
    free(first.bytes);
    free(second.bytes);
    return same;
}

int make_parent(const char *path)
{
    struct path part = make_path("%s", path);

    for (char *p = strchr(part.text + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdir(part.text, 0777) == -1 && errno != EEXIST)
            return -1;
        *p = '/';
    }
    return 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

/* Writes a file beside the one that it is to become; a durable one through to
 * the disk.  Returns 0, or -1 with errno set and no file left. */
static int write_beside(const char *path, const char *bytes, size_t size,
                        int is_durable)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int saved = 0;

    if (fd == -1)
        return -1;
    if (write_all(fd, bytes, size) == -1 || (is_durable && fsync(fd) == -1))
        saved = errno;
    if (close(fd) == -1 && saved == 0)
        saved = errno;
    if (saved == 0)
        return 0;
    unlink(path);
    errno = saved;
    return -1;
}

/* The name under which a file is written before it is put in place; another
 * runner's is another. */
static struct path beside(const char *path)
{
    return make_path("%s.new.%ld", path, (long)getpid());
}

int copy_new(const char *from, const char *to)
{
    struct path new = beside(to);
    struct text text;
    int rc, saved;

    if (make_parent(to) == -1 || read_file(from, &text) == -1)
        return -1;
    rc = write_beside(new.text, text.bytes, text.size, 1);
    free(text.bytes);
    if (rc == -1)
        return -1;
    rc = link(new.text, to); /* unlike rename(), never overwrites */
    if (rc == -1 && errno != EEXIST && access(to, F_OK) == -1)
        rc = rename(new.text, to); /* a file system without links */
    saved = errno;
    unlink(new.text);
    errno = saved;
    return rc;
}

static int replace(const char *path, const char *bytes, size_t size,
                   int is_durable)
{
    struct path new = beside(path);
    int saved;

    if (make_parent(path) == -1)
        return -1;
    if (write_beside(new.text, bytes, size, is_durable) == -1)
        return -1;
    if (rename(new.text, path) == 0)
        return 0;
    saved = errno;
    unlink(new.text);
    errno = saved;
    return -1;
}

int replace_file(const char *path, const char *bytes, size_t size)
{
    return replace(path, bytes, size, 1);
}

int replace_lightly(const char *path, const char *bytes, size_t size)
{
    return replace(path, bytes, size, 0);
}

int copy_over(const char *from, const char *to)
{
    struct text text;
    int rc;

    if (read_file(from, &text) == -1)
        return -1;
    rc = replace_file(to, text.bytes, text.size);
    free(text.bytes);
    return rc;
}
