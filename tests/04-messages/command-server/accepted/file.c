/* command-server with a file in memory instead of a pipe: SIGCHLD is blocked
 * and awaited by sigtimedwait(), and the file's size is looked at meanwhile. */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
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

enum {
    MOST = 1048576
};

static _Noreturn void be_program(char *path, int file, const sigset_t *mask)
{
    setpgid(0, 0);
    close(0);
    open("/dev/null", O_RDONLY);
    dup2(file, 1);
    dup2(file, 2);
    close_range(3, ~0U, 0);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execve(path, (char *[]){path, NULL}, environ);
    int why = errno;
    dprintf(2, "cannot run %s: %s\n", path, strerror(why));
    _exit(why == ENOENT ? 127 : 126);
}

static off_t size_of(int file)
{
    struct stat st;

    return fstat(file, &st) == 0 ? st.st_size : 0;
}

/* Waits for the program's end, 5 ms at a time. */
static int await(pid_t pid, int file, int limit)
{
    const struct timespec nap = {.tv_nsec = 5 * 1000 * 1000};
    struct timespec began, t;
    sigset_t child;
    siginfo_t info = {0};

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    clock_gettime(CLOCK_MONOTONIC, &began);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == -1 ||
           info.si_pid == 0) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        long ms = (t.tv_sec - began.tv_sec) * 1000 +
                  (t.tv_nsec - began.tv_nsec) / 1000000;
        if (ms >= limit || size_of(file) > MOST)
            kill(-pid, SIGKILL);
        sigtimedwait(&child, NULL, &nap);
    }
    kill(-pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(char *path, int limit, int file)
{
    sigset_t child, before;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    pid_t pid = fork();
    if (pid == 0)
        be_program(path, file, &before);
    int status = 126;
    if (pid > 0) {
        setpgid(pid, pid);
        status = await(pid, file, limit);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return size_of(file) > MOST ? 137 : status;
}

static void answer(int fd, int status, int file)
{
    off_t n = size_of(file) > MOST ? MOST : size_of(file), at = 0;
    char head[40];
    int len = snprintf(head, sizeof head, "%d %lld\n", status, (long long)n);

    for (int sent = 0; sent < len;) {
        ssize_t k = send(fd, head + sent, (size_t)(len - sent), MSG_NOSIGNAL);
        if (k == -1 && errno != EINTR)
            return;
        sent += k > 0 ? (int)k : 0;
    }
    while (at < n)
        if (sendfile(fd, file, &at, (size_t)(n - at)) == -1 && errno != EINTR)
            return;
}

static void talk(int fd, char **commands, int limit)
{
    char line[40];
    size_t n = 0;
    char *newline = NULL, *program = NULL;

    signal(SIGPIPE, SIG_IGN); /* for sendfile(); not while a program starts */
    while (newline == NULL) {
        if (n >= 34) /* too long: the rest goes to the same place */
            n = 34;
        ssize_t k = recv(fd, line + n, sizeof line - n, 0);
        if (k == -1 && errno == EINTR)
            continue;
        if (k <= 0)
            return;
        newline = memchr(line + n, '\n', (size_t)k);
        n += newline != NULL ? (size_t)(newline - line) - n : (size_t)k;
    }
    for (; *commands != NULL && program == NULL; commands++)
        if (is_name(line, n) && strncmp(*commands, line, n) == 0 &&
            (*commands)[n] == '=')
            program = *commands + n + 1;
    int file = memfd_create("output", MFD_CLOEXEC);
    if (file != -1)
        fcntl(file, F_SETFL, O_APPEND);
    signal(SIGPIPE, SIG_DFL);
    int status = program != NULL ? run(program, limit, file) : 127;
    signal(SIGPIPE, SIG_IGN);
    answer(fd, status, file);
    close(file);
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
