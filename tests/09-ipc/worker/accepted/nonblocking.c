/* worker, with a non-blocking socket on both sides, epoll in the parent, whose
 * stdin may be a file, and readv and writev; a pidfd tells of the child's
 * end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char up[4096], down[32768];
static size_t nup;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "worker: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void await(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    while (poll(&p, 1, -1) == -1 && errno == EINTR)
        continue;
}

static bool is_passing(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* The child: a number and a piece of a line in one call. */
static bool give(int fd, const char *number, const char *piece, size_t n)
{
    size_t k = strlen(number), at = 0;
    union {
        const char *from;
        void *to;
    } a = {.from = number}, b = {.from = piece};

    while (at < k + n) {
        size_t skip = at < k ? at : k, over = at - skip;
        struct iovec v[] = {{(char *)a.to + skip, k - skip},
                            {(char *)b.to + over, n - over}};
        ssize_t put = writev(fd, v, 2);
        if (put > 0)
            at += (size_t)put;
        else if (errno == EAGAIN)
            await(fd, POLLOUT);
        else if (errno != EINTR)
            return false;
    }
    return true;
}

static int child(int fd)
{
    char in[1000], number[30];
    unsigned long count = 0;
    bool fresh = true;

    for (;;) {
        struct iovec v[] = {{in, 500}, {in + 500, 500}};
        ssize_t n = readv(fd, v, 2);
        if (n == -1 && errno == EAGAIN)
            await(fd, POLLIN);
        if (n == -1 && is_passing())
            continue;
        if (n == -1)
            return 5;
        if (n == 0)
            return fresh || give(fd, "", "\n", 1) ? 0 : 6;
        for (char *p = in; p < in + n;) {
            char *q = memchr(p, '\n', (size_t)(in + n - p));
            char *next = q != NULL ? q + 1 : in + n;
            number[0] = '\0';
            if (fresh)
                snprintf(number, sizeof number, "%lu: ", ++count);
            if (!give(fd, number, p, (size_t)(next - p)))
                return 6;
            fresh = q != NULL;
            p = next;
        }
    }
}

static void print_all(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t put = write(1, p, n);
        if (put == -1 && errno == EAGAIN)
            await(1, POLLOUT);
        else if (put == -1 && errno != EINTR)
            die("stdout");
        if (put > 0) {
            p += put;
            n -= (size_t)put;
        }
    }
}

/* Takes what stdin has, when there is room; false: it has ended. */
static bool take_input(void)
{
    if (nup == sizeof up)
        return true;
    ssize_t n = read(0, up + nup, sizeof up - nup);
    if (n == -1 && !is_passing())
        die("stdin");
    if (n > 0)
        nup += (size_t)n;
    return n != 0;
}

static void push(int fd)
{
    ssize_t n = send(fd, up, nup, MSG_NOSIGNAL);

    if (n <= 0)
        return; /* EAGAIN; or the end, of which recv() will tell */
    nup -= (size_t)n;
    memmove(up, up + n, nup);
}

/* What stands between us and the next event: stdin, if it can be watched. */
static void arm(int ep, int fd, bool open, bool pollable)
{
    struct epoll_event in = {.events = EPOLLIN, .data.fd = 0};
    struct epoll_event both = {.events = EPOLLIN, .data.fd = fd};

    if (nup > 0)
        both.events |= EPOLLOUT;
    epoll_ctl(ep, EPOLL_CTL_MOD, fd, &both);
    if (pollable && (!open || nup > 0))
        epoll_ctl(ep, EPOLL_CTL_DEL, 0, NULL);
    else if (pollable)
        epoll_ctl(ep, EPOLL_CTL_ADD, 0, &in);
}

/* True when the child's end was seen after all of stdin had gone. */
static bool run(int fd)
{
    int ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd}, got[2];
    bool open = true, told = false;

    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
    e.data.fd = 0;
    bool pollable = epoll_ctl(ep, EPOLL_CTL_ADD, 0, &e) == 0;
    for (;;) {
        bool is_file = !pollable && open && nup == 0;
        arm(ep, fd, open, pollable);
        int n = epoll_wait(ep, got, 2, is_file ? 0 : -1);
        if (n == -1 && errno != EINTR)
            die("epoll_wait");
        if (is_file)
            open = take_input();
        for (int i = 0; i < n; i++)
            if (got[i].data.fd == 0)
                open = take_input();
        if (nup > 0)
            push(fd);
        if (!open && nup == 0 && !told)
            told = shutdown(fd, SHUT_WR) == 0;
        ssize_t k = recv(fd, down, sizeof down, 0);
        if (k > 0)
            print_all(down, (size_t)k);
        else if (k == 0 || !is_passing())
            return told;
    }
}

int main(int argc, char **argv)
{
    int v[2], status = 0, spare;

    if (argc != 1) {
        fprintf(stderr, "usage: %s (no arguments)\n", argv[0]);
        return 2;
    }
    do
        spare = open("/dev/null", O_RDONLY);
    while (spare >= 0 && spare < 3);
    close(spare);
    signal(SIGPIPE, SIG_IGN);
    if (socketpair(AF_LOCAL, SOCK_STREAM | SOCK_NONBLOCK, 0, v) == -1)
        die("socketpair");
    pid_t pid = fork();
    if (pid == -1)
        die("fork");
    if (pid == 0) {
        close(v[1]);
        _exit(child(v[0]));
    }
    close(v[0]);
    bool told = run(v[1]);
    if (waitpid(pid, &status, 0) != pid)
        die("waitpid");
    if (WIFSIGNALED(status))
        fprintf(stderr, "worker: SIG%s has killed the child\n",
                sigabbrev_np(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0 || !told)
        fprintf(stderr, "worker: the child has left with %d\n",
                WEXITSTATUS(status));
    return status != 0 || !told;
}
