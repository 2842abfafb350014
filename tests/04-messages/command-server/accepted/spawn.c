/* command-server by posix_spawn(), a pidfd and poll(): no handler, no fork() of
 * its own; the name is gathered byte by byte. */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int make_listener(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *ai;
    char addr[NI_MAXHOST], serv[NI_MAXSERV];
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int fd = -1, yes = 1, rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd == -1)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 64) == 0)
            break;
        if (ai->ai_next == NULL)
            err(1, "%s port %s", host, port);
        close(fd);
    }
    freeaddrinfo(list);
    if (fd == -1 || getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "%s port %s", host, port);
    getnameinfo((struct sockaddr *)&ss, len, addr, sizeof addr, serv,
                sizeof serv, NI_NUMERICHOST | NI_NUMERICSERV);
    printf(strchr(addr, ':') != NULL ? "listening on [%s]:%s\n"
                                     : "listening on %s:%s\n",
           addr, serv);
    fflush(stdout);
    return fd;
}

static bool is_name(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '_' && s[i] != '-')
            return false;
    return n >= 1 && n <= 32;
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k == -1 && errno != EINTR)
            return;
        p += k > 0 ? k : 0;
        n -= k > 0 ? (size_t)k : 0;
    }
}

static int start_program(char *path, int out, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, out, 2);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
                                        POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    int rc =
        posix_spawn(pid, path, &files, &attr, (char *[]){path, NULL}, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return rc;
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Reads until the program has ended and the pipe, which never blocks, is
 * empty.  Returns whether it had to be killed. */
static bool gather(pid_t pid, int in, int limit, char *buf, size_t *n)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    long long end = now_ms() + limit;
    bool is_open = true, killed = false, has_ended = false;

    while (!has_ended || is_open) {
        struct pollfd p[2] = {{.fd = pidfd, .events = POLLIN},
                              {.fd = is_open ? in : -1, .events = POLLIN}};
        long long left = end - now_ms();
        if (!has_ended && poll(p, 2, left > 0 ? (int)left : 0) == 0) {
            kill(-pid, SIGKILL); /* too late */
            end += 1000;
        }
        if (!has_ended && (p[0].revents & POLLIN) != 0) {
            has_ended = true;
            kill(-pid, SIGKILL);
        }
        ssize_t k = is_open ? read(in, buf + *n, (1 << 20) + 1 - *n) : -1;
        if (k > 0)
            *n += (size_t)k;
        else if (k == 0 || has_ended)
            is_open = k == -1 && errno == EINTR;
        if (*n > 1 << 20) {
            *n = 1 << 20;
            killed = true;
            is_open = false;
            kill(-pid, SIGKILL);
        }
    }
    close(pidfd);
    return killed;
}

static int run(char *path, int limit, char *buf, size_t *n)
{
    int ends[2], status = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) == -1)
        return 126;
    int rc = start_program(path, ends[1], &pid);
    close(ends[1]);
    if (rc != 0) {
        close(ends[0]);
        *n = (size_t)sprintf(buf, "%.900s: %s\n", path, strerror(rc));
        return rc == ENOENT ? 127 : 126;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    bool killed = gather(pid, ends[0], limit, buf, n);
    close(ends[0]);
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        continue;
    if (killed)
        return 137;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void talk(int fd, char **commands, int limit)
{
    static char out[(1 << 20) + 1];
    char name[34], head[32], c = 0;
    size_t len = 0, n = 0;
    int status = 127;

    while (c != '\n') {
        ssize_t k = recv(fd, &c, 1, 0);
        if (k == -1 && errno == EINTR)
            continue;
        if (k <= 0)
            return;
        if (c != '\n' && len < sizeof name)
            name[len++] = c;
    }
    if (is_name(name, len))
        for (char **p = commands; *p != NULL; p++)
            if (strncmp(*p, name, len) == 0 && (*p)[len] == '=') {
                status = run(*p + len + 1, limit, out, &n);
                break;
            }
    sprintf(head, "%d %zu\n", status, n);
    send_all(fd, head, strlen(head));
    send_all(fd, out, n);
}

int main(int argc, char **argv)
{
    long limit = 2000;
    int at = 1;

    if (argc > 2 && strcmp(argv[1], "--limit") == 0) {
        limit = strtol(argv[2], NULL, 10);
        at = 3;
    }
    bool ok = argc >= at + 3 && limit >= 1 && limit <= 99999;
    for (int i = at + 2; ok && i < argc; i++)
        ok = strchr(argv[i], '=') != NULL &&
             is_name(argv[i], strcspn(argv[i], "="));
    if (!ok) {
        fprintf(stderr, "usage: %s [--limit MS] HOST PORT NAME=PROGRAM...\n",
                argv[0]);
        return 2;
    }
    int lfd = make_listener(argv[at], argv[at + 1]);
    for (;;) {
        int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd == -1) {
            warn("accept");
            poll(NULL, 0, 50);
            continue;
        }
        talk(fd, argv + at + 2, (int)limit);
        close(fd);
    }
}
