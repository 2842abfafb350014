/* command-server with threads: one waits for the program, one watches the clock
 * on a condition, and the one that serves reads the pipe. */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

struct job {
    pid_t pid;
    int pipe[2];
    int limit;
    int status;
    bool has_ended;
    pthread_mutex_t lock;
    pthread_cond_t ended;
};

/* Waits for the program; then nobody may write any more: what is in the pipe
 * is all, and a mark behind it would be taken for output, so it is made not
 * to block. */
static void *await_end(void *data)
{
    struct job *job = data;
    siginfo_t info;

    while (waitid(P_PID, (id_t)job->pid, &info, WEXITED | WNOWAIT) == -1)
        continue;
    pthread_mutex_lock(&job->lock);
    kill(-job->pid, SIGKILL);
    while (waitpid(job->pid, &job->status, 0) == -1)
        continue;
    job->has_ended = true;
    pthread_cond_signal(&job->ended);
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

static void *watch_clock(void *data)
{
    struct job *job = data;
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += job->limit / 1000;
    t.tv_nsec += job->limit % 1000 * 1000000L;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&job->lock);
    while (!job->has_ended)
        if (pthread_cond_timedwait(&job->ended, &job->lock, &t) == ETIMEDOUT)
            break;
    if (!job->has_ended)
        kill(-job->pid, SIGKILL);
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

/* Reads with a look at the program every few milliseconds. */
static size_t gather(struct job *job, char *buf, size_t size)
{
    size_t n = 0;

    for (bool last = false; n < size;) {
        struct pollfd p = {.fd = job->pipe[0], .events = POLLIN};
        int ready = poll(&p, 1, last ? 0 : 10);
        if (ready == 0 && last)
            break;
        if (ready == 0) {
            pthread_mutex_lock(&job->lock);
            last = job->has_ended;
            pthread_mutex_unlock(&job->lock);
            continue;
        }
        ssize_t k = ready == 1 ? read(job->pipe[0], buf + n, size - n) : -1;
        if (k == 0)
            break;
        n += k > 0 ? (size_t)k : 0;
    }
    return n;
}

static int run(char *path, int limit, char *buf, size_t *n)
{
    struct job job = {.limit = limit,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .ended = PTHREAD_COND_INITIALIZER};
    pthread_t waiter, watcher;

    if (pipe2(job.pipe, O_CLOEXEC) == -1)
        return 126;
    job.pid = fork();
    if (job.pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        setpgid(0, 0);
        dup2(null, 0);
        dup3(job.pipe[1], 1, 0);
        dup3(job.pipe[1], 2, 0);
        execl(path, path, (char *)NULL);
        int status = errno == ENOENT ? 127 : 126;
        perror(path);
        _exit(status);
    }
    close(job.pipe[1]);
    setpgid(job.pid, job.pid);
    pthread_create(&waiter, NULL, await_end, &job);
    pthread_create(&watcher, NULL, watch_clock, &job);
    *n = gather(&job, buf, (1 << 20) + 1);
    pthread_mutex_lock(&job.lock);
    if (*n > 1 << 20 && !job.has_ended)
        kill(-job.pid, SIGKILL);
    pthread_mutex_unlock(&job.lock);
    pthread_join(waiter, NULL);
    pthread_join(watcher, NULL);
    close(job.pipe[0]);
    if (*n > 1 << 20) {
        *n = 1 << 20;
        return 137;
    }
    return WIFSIGNALED(job.status) ? 128 + WTERMSIG(job.status)
                                   : WEXITSTATUS(job.status);
}

static void talk(int fd, char **commands, int limit)
{
    char line[1024], head[32];
    char *out = malloc((1 << 20) + 1);
    size_t len = 0, n = 0, skipped = 0;
    int status = 127;

    for (;;) {
        ssize_t k = recv(fd, line + len, sizeof line - len, MSG_PEEK);
        if (k == -1 && errno == EINTR)
            continue;
        if (k <= 0)
            goto gone;
        char *newline = memchr(line + len, '\n', (size_t)k);
        size_t take =
            newline != NULL ? (size_t)(newline + 1 - line) - len : (size_t)k;
        while ((k = recv(fd, line + len, take, 0)) == -1 && errno == EINTR)
            continue;
        if (k <= 0)
            goto gone;
        len += (size_t)k;
        if (line[len - 1] == '\n')
            break;
        if (len == sizeof line) {
            skipped += len;
            len = 0;
        }
    }
    if (skipped == 0 && is_name(line, len - 1))
        for (char **p = commands; *p != NULL; p++)
            if (strcspn(*p, "=") == len - 1 && !memcmp(*p, line, len - 1)) {
                status = run(*p + len, limit, out, &n);
                break;
            }
    struct iovec v[2] = {{head, (size_t)sprintf(head, "%d %zu\n", status, n)},
                         {out, n}};
    while (v[0].iov_len + v[1].iov_len > 0) {
        struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
        ssize_t k = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            break;
        for (int i = 0; i < 2; i++) {
            size_t part = (size_t)k < v[i].iov_len ? (size_t)k : v[i].iov_len;
            v[i].iov_base = (char *)v[i].iov_base + part;
            v[i].iov_len -= part;
            k -= (ssize_t)part;
        }
    }
gone:
    free(out);
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
