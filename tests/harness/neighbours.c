#define _GNU_SOURCE
#include "neighbours.h"

#include "cases.h"
#include "harness.h"
#include "peer.h"
#include "trail.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct endpoint endpoint_at(const char *where)
{
    struct endpoint p = {0};
    struct sockaddr_un *un = (struct sockaddr_un *)&p.addr;
    size_t n = strlen(where), name = where[0] == '@' ? 0 : 1; /* NUL behind */

    if (n == 0 || n + name > sizeof un->sun_path)
        break_case("no path or name of a socket: %s", where);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, where, n);
    if (where[0] == '@')
        un->sun_path[0] = '\0';
    p.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + name);
    return p;
}

int step_into(const struct subject *s)
{
    int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (back == -1 || chdir(s->directory) == -1)
        break_case("%s: %s", s->directory, strerror(errno));
    return back;
}

void step_back(int back)
{
    if (fchdir(back) == -1)
        break_case("fchdir: %s", strerror(errno));
    close(back);
}

static int make_socket(int type)
{
    return keep_peer(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/* Calls in a process of its own, whose number the other end is told.  Returns
 * 0, or -errno. */
static int connect_from_child(int fd, const struct endpoint *p, pid_t *pid)
{
    int status;

    *pid = fork();
    if (*pid == 0)
        _exit(connect(fd, (const struct sockaddr *)&p->addr, p->len) == -1
                  ? errno
                  : 0);
    while (*pid != -1 && waitpid(*pid, &status, 0) == -1)
        if (errno != EINTR)
            *pid = -1;
    if (*pid == -1)
        break_case("fork: %s", strerror(errno));
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int call_at(struct subject *s, const char *where, pid_t *pid)
{
    struct endpoint p = endpoint_at(where);
    int fd = make_socket(SOCK_STREAM), back = step_into(s), rc;

    if (pid != NULL)
        rc = connect_from_child(fd, &p, pid);
    else
        rc = connect(fd, (struct sockaddr *)&p.addr, p.len) == -1 ? -errno : 0;
    step_back(back);
    if (rc != 0) {
        say_checker(text("calls %s: %s", where, strerror(-rc)));
        forget_peer(fd);
        return rc;
    }
    say_checker(text("%sconnects to %s%s", peer_label(fd), where,
                     pid != NULL ? text(" as process %d", (int)*pid) : ""));
    return fd;
}

int peer_connect_at(struct subject *s, const char *where)
{
    return call_at(s, where, NULL);
}

int peer_connect_from(struct subject *s, const char *where, pid_t *pid)
{
    return call_at(s, where, pid);
}

/* A socket that is bound there. */
static int bind_at(struct subject *s, const char *where, int type)
{
    struct endpoint p = endpoint_at(where);
    int fd = make_socket(type), back = step_into(s);
    int rc = bind(fd, (struct sockaddr *)&p.addr, p.len);

    if (rc == -1)
        break_case("the checker cannot bind %s: %s", where, strerror(errno));
    step_back(back);
    return fd;
}

int peer_listen_at(struct subject *s, const char *where, int type)
{
    int fd = bind_at(s, where, type);

    if (type == SOCK_DGRAM) {
        say_checker(text("takes datagrams at %s", where));
        return fd;
    }
    if (listen(fd, 128) == -1)
        break_case("listen: %s", strerror(errno));
    say_checker(text("listens at %s", where));
    return fd;
}

void leave_stale_path(struct subject *s, const char *path)
{
    int fd = bind_at(s, path, SOCK_STREAM);

    if (listen(fd, 1) == -1)
        break_case("listen: %s", strerror(errno));
    forget_peer(fd);
    say_checker(text("leaves a stale socket at %s", path));
}

uint64_t file_at(struct subject *s, const char *path, mode_t *mode)
{
    struct stat st;
    int back = step_into(s), rc = lstat(path, &st), error = errno;

    step_back(back);
    if (rc == -1 && error != ENOENT)
        break_case("%s: %s", path, strerror(error));
    if (mode != NULL)
        *mode = rc == 0 ? st.st_mode : 0;
    return rc == 0 ? (uint64_t)st.st_ino : 0;
}
