/* race with one child for all sizes of a means, MSG_WAITALL where there are
 * sockets, and memory from memfd_create() in which one message at a time is
 * handed over by a futex. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"pipe", "socketpair", "unix", "tcp", "shm"};
static const size_t sizes[] = {1, 1024, 65536};
static char buf[65536];

struct box {
    _Atomic uint32_t full;
    char bytes[65536];
};

static int in = -1, out = -1; /* of this process */
static struct box *inbox, *outbox;

static void wait_while(struct box *b, uint32_t value)
{
    while (atomic_load(&b->full) == value)
        syscall(SYS_futex, &b->full, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void set(struct box *b, uint32_t value)
{
    atomic_store(&b->full, value);
    syscall(SYS_futex, &b->full, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void put(size_t n)
{
    if (in == -1) {
        wait_while(outbox, 1);
        memcpy(outbox->bytes, buf, n);
        set(outbox, 1);
        return;
    }
    for (size_t at = 0; at < n;) {
        ssize_t k = write(out, buf + at, n - at);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            err(1, "write");
        at += (size_t)k;
    }
}

static void take(size_t n)
{
    if (in == -1) {
        wait_while(inbox, 0);
        memcpy(buf, inbox->bytes, n);
        set(inbox, 0);
        return;
    }
    for (size_t at = 0; at < n;) {
        ssize_t k = in == out ? recv(in, buf + at, n - at, MSG_WAITALL)
                              : read(in, buf + at, n - at);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            err(1, "read");
        if (k == 0)
            errx(1, "the other end is closed");
        at += (size_t)k;
    }
}

static void make_ends(const char *name, int fds[4])
{
    int lfd, yes = 1;
    struct sockaddr_storage ss = {0};
    struct sockaddr_in *tcp = (struct sockaddr_in *)&ss;
    struct sockaddr_un *un = (struct sockaddr_un *)&ss;
    socklen_t n = sizeof *tcp;

    memset(fds, -1, 4 * sizeof *fds);
    if (strcmp(name, "shm") == 0) {
        int fd = memfd_create("race", 0);
        if (ftruncate(fd, 2 * sizeof *inbox) == -1)
            err(1, "ftruncate");
        inbox = mmap(NULL, 2 * sizeof *inbox, PROT_READ | PROT_WRITE,
                     MAP_SHARED, fd, 0);
        outbox = inbox + 1;
        close(fd);
    } else if (strcmp(name, "pipe") == 0) {
        if (pipe(fds) == -1 || pipe(fds + 2) == -1)
            err(1, "pipe");
    } else if (strcmp(name, "socketpair") == 0) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
            err(1, "socketpair");
    } else {
        if (*name == 'u') {
            un->sun_family = AF_UNIX;
            snprintf(un->sun_path + 1, 90, "race-%d", (int)getpid());
            n = (socklen_t)(3 + strlen(un->sun_path + 1));
        } else {
            tcp->sin_family = AF_INET;
            tcp->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        }
        lfd = socket(ss.ss_family, SOCK_STREAM, 0);
        fds[0] = socket(ss.ss_family, SOCK_STREAM, 0);
        if (*name == 't' &&
            setsockopt(lfd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) == -1)
            err(1, "TCP_NODELAY");
        if (bind(lfd, (struct sockaddr *)&ss, n) == -1 || listen(lfd, 1) == -1)
            err(1, "listen");
        getsockname(lfd, (struct sockaddr *)&ss, &n);
        if (connect(fds[0], (struct sockaddr *)&ss, n) == -1)
            err(1, "connect");
        while ((fds[1] = accept(lfd, NULL, NULL)) == -1)
            if (errno != EINTR && errno != ECONNABORTED)
                err(1, "accept");
        if (*name == 't' && setsockopt(fds[0], IPPROTO_TCP, TCP_NODELAY, &yes,
                                       sizeof yes) == -1)
            err(1, "TCP_NODELAY");
        close(lfd);
    }
}

/* The child is on the other side of everything. */
static void take_side(const int fds[4], int is_child)
{
    struct box *b = inbox;

    in = fds[is_child ? 0 : 2];
    out = fds[is_child ? 3 : 1];
    if (fds[2] == -1)
        in = out = fds[!is_child];
    for (int i = 0; i < 4; i++)
        if (fds[i] != in && fds[i] != out && fds[i] != -1)
            close(fds[i]);
    if (is_child && in == -1) {
        inbox = outbox;
        outbox = b;
    }
}

static double clock_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int by_size(const void *a, const void *b)
{
    return *(const double *)a < *(const double *)b ? -1 : 1;
}

static void race(const char *name, long rounds)
{
    double us[12], mb[12];
    int fds[4], status;
    pid_t pid;

    make_ends(name, fds);
    pid = fork();
    if (pid == -1)
        err(1, "fork");
    take_side(fds, pid == 0);
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int s = 0; s < 3; s++) {
        size_t n = sizes[s];
        for (int i = 0; i < 12; i++) {
            double t = clock_us();
            for (long r = 0; r < rounds; r++) {
                if (pid != 0)
                    put(n);
                take(n);
                if (pid == 0)
                    put(n);
            }
            us[i] = (clock_us() - t) / (double)rounds;
        }
        for (int i = 0; i < 12; i++) {
            double t = clock_us();
            for (long r = 0; r < rounds; r++)
                pid != 0 ? put(n) : take(n);
            pid != 0 ? take(1) : put(1);
            mb[i] = (double)(n * (size_t)rounds) / (clock_us() - t);
        }
        if (pid == 0)
            continue;
        qsort(us + 1, 11, sizeof *us, by_size);
        qsort(mb + 1, 11, sizeof *mb, by_size);
        if (dprintf(1, "%s\t%zu\t%.6f\t%.6f\t%.6f\t%.6f\t%ld\n", name, n, us[6],
                    us[3], us[9], mb[6], 11 * rounds) < 0)
            err(1, "stdout");
    }
    if (pid == 0)
        _exit(0);
    if (in == -1)
        munmap(inbox, 2 * sizeof *inbox);
    close(in);
    close(out);
    while (wait(&status) != pid)
        continue;
    if (status != 0)
        errx(1, "the child has failed");
}

int main(int argc, char *argv[])
{
    char none[] = "", *end = none;
    long rounds = argc > 1 ? strtol(argv[1], &end, 10) : 1000;
    int known = *end == '\0' && rounds >= 1 && rounds <= 1000000;

    for (int i = 2; i < argc; i++) {
        int j = 0;
        while (j < 5 && strcmp(argv[i], names[j]) != 0)
            j++;
        known = known && j < 5;
    }
    if (!known) {
        fprintf(stderr, "usage: race [ROUNDS [MEANS]...]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (dprintf(1, "means\tsize\tlatency_us\tq1_us\tq3_us\tthroughput_mb_s\t"
                   "rounds\n") < 0)
        err(1, "stdout");
    for (int i = 0; i < 5 && argc <= 2; i++)
        race(names[i], rounds);
    for (int i = 2; i < argc; i++)
        race(argv[i], rounds);
    return 0;
}
