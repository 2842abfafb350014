/* worker, accepted: epoll for all, SIGCHLD by signalfd(), non-blocking ends, a
 * ring of 64 KiB each way, stdout waited for like the others; the child spells
 * byte by byte. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM 65536u

struct ring {
    size_t in, out; /* never wrapped: in - out bytes are there */
    char bytes[ROOM];
};

static size_t filled(const struct ring *r)
{
    return r->in - r->out;
}

static int spans(struct ring *r, size_t at, size_t n, struct iovec v[2])
{
    size_t begin = at % ROOM, first = ROOM - begin < n ? ROOM - begin : n;

    v[0] = (struct iovec){r->bytes + begin, first};
    v[1] = (struct iovec){r->bytes, n - first};
    return n > first ? 2 : 1;
}

static ssize_t fill(int fd, struct ring *r)
{
    struct iovec v[2];
    int k = spans(r, r->in, ROOM - filled(r), v);
    ssize_t n = readv(fd, v, k);

    if (n > 0)
        r->in += (size_t)n;
    return n;
}

static ssize_t drain(int fd, struct ring *r, size_t most)
{
    struct iovec v[2];
    size_t n = filled(r) < most ? filled(r) : most;
    int k = spans(r, r->out, n, v);
    ssize_t did = writev(fd, v, k);

    if (did > 0)
        r->out += (size_t)did;
    return did;
}

static void put(struct ring *r, char c)
{
    r->bytes[r->in++ % ROOM] = c;
}

/* The child: reads only while there is room for what becomes of it. */
static int child(int fd)
{
    static struct ring out;
    unsigned long number = 0;
    bool fresh = true, ended = false;
    char some[512];

    while (!ended || filled(&out) > 0) {
        bool room = !ended && filled(&out) < ROOM / 2;
        struct pollfd p = {.fd = fd};
        if (room)
            p.events |= POLLIN;
        if (filled(&out) > 0)
            p.events |= POLLOUT;
        if (poll(&p, 1, -1) == -1)
            continue;
        if (filled(&out) > 0 && drain(fd, &out, ROOM) == -1 &&
            errno != EAGAIN && errno != EINTR)
            return 7;
        if (!room)
            continue;
        ssize_t n = read(fd, some, sizeof some);
        if (n == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n == -1)
            return 8;
        ended = n == 0;
        for (ssize_t i = 0; i < n; i++) {
            if (fresh) {
                char digits[24];
                int d = snprintf(digits, sizeof digits, "%lu: ", ++number);
                for (int j = 0; j < d; j++)
                    put(&out, digits[j]);
            }
            put(&out, some[i]);
            fresh = some[i] == '\n';
        }
        if (ended && !fresh)
            put(&out, '\n');
    }
    return 0;
}

static int ep;

/* Waits for events at fd, or for none.  Returns false when fd cannot be waited
 * for (a file), and is always ready. */
static bool watch(int fd, uint32_t events, uint32_t *now, bool *never)
{
    struct epoll_event e = {.events = events, .data.fd = fd};

    if (*never)
        return false;
    if (events == *now)
        return true;
    int op = *now == 0     ? EPOLL_CTL_ADD
             : events == 0 ? EPOLL_CTL_DEL
                           : EPOLL_CTL_MOD;
    while (epoll_ctl(ep, op, fd, &e) == -1) {
        if (errno == EINTR)
            continue;
        if (errno != EPERM)
            err(1, "epoll_ctl");
        *never = true;
        return false;
    }
    *now = events;
    return true;
}

int main(int argc, char **argv)
{
    static struct ring to, from;
    int ends[2], status = 0;
    sigset_t chld;

    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                   ends) == -1)
        err(1, "socketpair");
    pid_t pid = fork();
    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        close(ends[1]);
        _exit(child(ends[0]));
    }
    close(ends[0]);
    int fd = ends[1];
    int sfd = signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC);
    ep = epoll_create1(EPOLL_CLOEXEC);
    if (sfd == -1 || ep == -1)
        err(1, "epoll or signalfd");
    uint32_t w0 = 0, w1 = 0, ws = 0, wg = 0;
    bool n0 = false, n1 = false, ns = false, ng = false;
    bool stdin_ended = false, told = false, answered = false, dead = false,
         deaf = false;

    watch(sfd, EPOLLIN, &wg, &ng);
    while (!dead || !answered || filled(&from) > 0) {
        bool r0 = !stdin_ended && !deaf && !answered && filled(&to) < ROOM;
        bool w = filled(&from) > 0;
        bool idle = true;
        uint32_t s = 0;
        if (!answered && filled(&from) < ROOM)
            s |= EPOLLIN;
        if (!answered && !deaf && filled(&to) > 0)
            s |= EPOLLOUT;
        idle &= watch(0, r0 ? EPOLLIN : 0, &w0, &n0) || !r0;
        idle &= watch(1, w ? EPOLLOUT : 0, &w1, &n1) || !w;
        watch(fd, s, &ws, &ns);
        struct epoll_event e[4];
        int n = epoll_wait(ep, e, 4, idle ? -1 : 0);
        if (n == -1 && errno != EINTR)
            err(1, "epoll_wait");
        bool ready0 = n0 && r0, ready1 = n1 && w;
        for (int i = 0; i < n; i++) {
            if (e[i].data.fd == 0)
                ready0 = true;
            else if (e[i].data.fd == 1)
                ready1 = true;
            else if (e[i].data.fd == sfd) {
                struct signalfd_siginfo si;
                if (read(sfd, &si, sizeof si) == -1 && errno != EINTR &&
                    errno != EAGAIN)
                    err(1, "signalfd");
                pid_t got;
                while ((got = waitpid(pid, &status, WNOHANG)) == -1)
                    if (errno != EINTR)
                        err(1, "waitpid");
                if (got == pid) {
                    dead = true;
                    watch(sfd, 0, &wg, &ng);
                }
            } else if (e[i].data.fd == fd) {
                if ((s & EPOLLIN) != 0) {
                    ssize_t k = fill(fd, &from);
                    if (k == 0 ||
                        (k == -1 && errno != EAGAIN && errno != EINTR)) {
                        answered = true;
                        watch(fd, 0, &ws, &ns);
                        continue;
                    }
                }
                if (!deaf && filled(&to) > 0 && drain(fd, &to, ROOM) == -1 &&
                    errno != EAGAIN && errno != EINTR)
                    deaf = true;
            }
        }
        if (ready0 && r0) {
            ssize_t k = fill(0, &to);
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                err(1, "stdin");
            stdin_ended = k == 0;
        }
        if (ready1 && w && drain(1, &from, 4096) == -1 && errno != EAGAIN &&
            errno != EINTR)
            err(1, "stdout");
        if (stdin_ended && !deaf && !told && filled(&to) == 0) {
            told = true;
            shutdown(fd, SHUT_WR);
        }
    }
    if (WIFSIGNALED(status))
        errx(1, "the child: signal %s", strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0 || !told)
        errx(1, "the child: status %d", WEXITSTATUS(status));
    return 0;
}
