#define _GNU_SOURCE
#include "saves.h"
#include "../paths.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    LOOK_MS = 500,
    MOST_BYTES = 4096 /* of news, in one read */
};

/* File systems where others may write without this kernel hearing of it:
 * statfs(2). */
static const unsigned long silent[] = {
    0x6969,     /* NFS */
    0x01021997, /* 9P: virtual machines, WSL */
    0x65735546, /* FUSE: sshfs, folders shared with a container */
    0xff534d42, /* CIFS */
    0xfe534d42, /* SMB2 */
    0x786f4256, /* VirtualBox */
};

static int is_silent(const char *path)
{
    struct statfs fs;

    if (statfs(path, &fs) == -1)
        return 1;
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        if ((unsigned long)fs.f_type == silent[i])
            return 1;
    }
    return 0;
}

static struct timespec time_of(const struct lab *lab)
{
    struct stat st;

    if (stat(source_path(DESK, lab).text, &st) == -1)
        return (struct timespec){0};
    return st.st_mtim;
}

static int is_same(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Editors write into the file, or put another one in its place. */
static void watch_folders(struct saves *saves, const struct course *course)
{
    for (size_t i = 0; i < course->nchapters; i++) {
        struct path folder = make_path("%s/%s", DESK, course->chapters[i].name);
        if (inotify_add_watch(saves->fd, folder.text,
                              IN_CLOSE_WRITE | IN_MOVED_TO) == -1)
            saves->looks = 1;
    }
}

void open_saves(struct saves *saves, const struct course *course)
{
    *saves = (struct saves){
        .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
        .looks = is_silent(DESK),
        .times = calloc(course->nlabs + 1, sizeof *saves->times),
    };
    if (!saves->times)
        err(2, "out of memory");
    watch_folders(saves, course);
    for (size_t i = 0; i < course->nlabs; i++)
        saves->times[i] = time_of(&course->labs[i]);
}

int saves_timeout(const struct saves *saves)
{
    return saves->looks ? LOOK_MS : -1;
}

/* The lab whose file is called so, or NULL. */
static const struct lab *find_saved(const struct course *course,
                                    const char *name)
{
    size_t length = strlen(name);

    if (length < 2 || strcmp(name + length - 2, ".c") != 0)
        return NULL;
    return find_lab(course, name);
}

/* The last file of a lab that the kernel has told of, or NULL. */
static const struct lab *read_news(int fd, const struct course *course)
{
    _Alignas(struct inotify_event) char news[MOST_BYTES];
    const struct lab *saved = NULL, *lab;
    ssize_t size;

    while ((size = read(fd, news, sizeof news)) > 0) {
        for (char *p = news; p < news + size;) {
            const struct inotify_event *event = (const void *)p;
            lab = event->len > 0 ? find_saved(course, event->name) : NULL;
            saved = lab ? lab : saved;
            p += sizeof *event + event->len;
        }
    }
    return saved;
}

/* The last lab whose file has another time than when it was looked at. */
static const struct lab *look_at_times(struct saves *saves,
                                       const struct course *course)
{
    const struct lab *saved = NULL;

    for (size_t i = 0; i < course->nlabs; i++) {
        struct timespec now = time_of(&course->labs[i]);
        if (now.tv_sec == 0 || is_same(now, saves->times[i]))
            continue;
        saves->times[i] = now;
        saved = &course->labs[i];
    }
    return saved;
}

const struct lab *next_save(struct saves *saves, const struct course *course)
{
    const struct lab *told = read_news(saves->fd, course);
    const struct lab *seen = saves->looks ? look_at_times(saves, course) : NULL;

    return told ? told : seen;
}

void close_saves(struct saves *saves)
{
    close(saves->fd);
    free(saves->times);
}
