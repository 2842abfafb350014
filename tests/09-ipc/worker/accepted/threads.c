/* worker, with two threads in the parent: one for stdin, which may wait in
 * send() for as long as it likes, and one for the answers.  The child gathers
 * whole lines before it answers them. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int fd; /* the parent's end */
static atomic_bool all_sent;

/* write() or send() of all n bytes; 0, or -1. */
static int put(int to, const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t k = write(to, buf, n);
        if (k >= 0) {
            buf += k;
            n -= (size_t)k;
        } else if (errno == EAGAIN) {
            struct pollfd p = {.fd = to, .events = POLLOUT};
            poll(&p, 1, -1);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

static ssize_t get(int from, char *buf, size_t n)
{
    for (;;) {
        ssize_t k = read(from, buf, n);
        if (k >= 0 || (errno != EINTR && errno != EAGAIN))
            return k;
        if (errno == EAGAIN) {
            struct pollfd p = {.fd = from, .events = POLLIN};
            poll(&p, 1, -1);
        }
    }
}

static void *feed_child(void *nothing)
{
    static char buf[8192];
    ssize_t n;

    while ((n = get(STDIN_FILENO, buf, sizeof buf)) > 0)
        if (put(fd, buf, (size_t)n) == -1)
            return nothing; /* the other thread will see why */
    if (n == -1)
        err(1, "stdin");
    all_sent = true;
    shutdown(fd, SHUT_WR);
    return nothing;
}

static void answer(int end, unsigned nth, const char *line, size_t n)
{
    char number[24];

    int k = snprintf(number, sizeof number, "%u: ", nth);
    if (put(end, number, (size_t)k) == -1 || put(end, line, n) == -1 ||
        put(end, "\n", 1) == -1)
        _exit(3);
}

static void work(int end)
{
    size_t room = 1 << 16, have = 0;
    char *buf = malloc(room);
    unsigned nth = 0;
    ssize_t n;

    while ((n = get(end, buf + have, room - have)) > 0) {
        char *from = buf, *newline;
        have += (size_t)n;
        while ((newline = memchr(from, '\n', have)) != NULL) {
            answer(end, ++nth, from, (size_t)(newline - from));
            have -= (size_t)(newline + 1 - from);
            from = newline + 1;
        }
        memmove(buf, from, have);
        if (have == room)
            buf = realloc(buf, room *= 2);
    }
    if (n == 0 && have > 0)
        answer(end, ++nth, buf, have);
    _exit(n == 0 ? 0 : 2);
}

static void print_answers(void)
{
    static char buf[8192];
    ssize_t n;

    while ((n = get(fd, buf, sizeof buf)) > 0)
        if (put(STDOUT_FILENO, buf, (size_t)n) == -1)
            err(1, "stdout");
}

static int look_at(int status)
{
    if (WIFSIGNALED(status))
        fprintf(stderr, "child: %s\n", strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0 || !all_sent)
        fprintf(stderr, "child: gave up with %d\n", WEXITSTATUS(status));
    else
        return 0;
    return 1;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    int ends[2], status;

    (void)argv;
    if (argc > 1) {
        fputs("usage: worker\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    while (fcntl(0, F_GETFD) == -1 || fcntl(1, F_GETFD) == -1)
        if (open("/dev/null", O_RDWR) == -1)
            err(1, "/dev/null");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        err(1, "socketpair");
    pid_t pid = fork();
    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        close(ends[0]);
        work(ends[1]);
    }
    close(ends[1]);
    fd = ends[0];
    errno = pthread_create(&thread, NULL, feed_child, NULL);
    if (errno != 0)
        err(1, "pthread_create");
    print_answers();
    while (waitpid(pid, &status, 0) == -1)
        continue;
    exit(look_at(status)); /* and the other thread with it */
}
