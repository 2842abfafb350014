/* race, accepted: non-blocking ends with poll(); shared memory woken by a pair
 * of pipes, eight slots. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCHES = 11, /* that count; one more is made before */
    LARGEST = 65536,
    SLOTS = 8
};

/* Messages on their way from one process to the other, in shared memory. */
struct queue {
    int full[2], empty[2]; /* pipes: a byte for each slot that is, or is not */
    size_t put, taken;     /* each is one side's own */
    char slots[SLOTS][LARGEST];
};

/* What a process has of a means: two descriptors, which may be the same, or
 * two queues. */
struct end {
    int in, out;
    struct queue *from, *to;
};

static char message[LARGEST];

static void open_pipe(struct end ends[2])
{
    int there[2], back[2];

    if (pipe(there) == -1 || pipe(back) == -1)
        err(1, "pipe");
    ends[0] = (struct end){.in = back[0], .out = there[1]};
    ends[1] = (struct end){.in = there[0], .out = back[1]};
}

static void open_socketpair(struct end ends[2])
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
        err(1, "socketpair");
    for (int i = 0; i < 2; i++)
        ends[i] = (struct end){.in = fds[i], .out = fds[i]};
}

/* Two stream sockets, connected by an address that is any of its family. */
static void connect_ends(struct end ends[2], const struct sockaddr *any,
                         socklen_t anylen)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof addr;
    int lfd = socket(any->sa_family, SOCK_STREAM, 0);
    int fd = socket(any->sa_family, SOCK_STREAM, 0), other;

    if (lfd == -1 || fd == -1)
        err(1, "socket");
    if (bind(lfd, any, anylen) == -1 || listen(lfd, 1) == -1)
        err(1, "bind");
    if (getsockname(lfd, (struct sockaddr *)&addr, &len) == -1)
        err(1, "getsockname");
    if (connect(fd, (struct sockaddr *)&addr, len) == -1)
        err(1, "connect");
    while ((other = accept(lfd, NULL, NULL)) == -1)
        if (errno != EINTR && errno != ECONNABORTED)
            err(1, "accept");
    close(lfd);
    ends[0] = (struct end){.in = fd, .out = fd};
    ends[1] = (struct end){.in = other, .out = other};
}

static void open_unix(struct end ends[2])
{
    /* Nothing but the family: the kernel chooses an abstract name. */
    struct sockaddr_un any = {.sun_family = AF_UNIX};

    connect_ends(ends, (struct sockaddr *)&any, sizeof any.sun_family);
}

static void open_tcp(struct end ends[2])
{
    struct sockaddr_in any = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    connect_ends(ends, (struct sockaddr *)&any, sizeof any);
    int yes = 1;
    for (int i = 0; i < 2; i++)
        if (setsockopt(ends[i].in, IPPROTO_TCP, TCP_NODELAY, &yes,
                       sizeof yes) == -1)
            err(1, "setsockopt");
}

static void open_shm(struct end ends[2])
{
    static struct queue *queues;
    const int prot = PROT_READ | PROT_WRITE;

    if (queues == NULL)
        queues = mmap(NULL, 2 * sizeof *queues, prot,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (queues == MAP_FAILED)
        err(1, "mmap");
    for (int i = 0; i < 2; i++) {
        queues[i].put = queues[i].taken = 0;
        if (queues[i].full[1] != 0)
            for (int j = 0; j < 2; j++) {
                close(queues[i].full[j]);
                close(queues[i].empty[j]);
            }
        char tokens[SLOTS] = {0};
        if (pipe(queues[i].full) == -1 || pipe(queues[i].empty) == -1 ||
            write(queues[i].empty[1], tokens, SLOTS) != SLOTS)
            err(1, "pipe");
    }
    for (int i = 0; i < 2; i++)
        ends[i] = (struct end){
            .in = -1, .out = -1, .from = &queues[i], .to = &queues[1 - i]};
}

static void close_end(const struct end *e)
{
    if (e->in != -1)
        close(e->in);
    if (e->out != e->in)
        close(e->out);
}

/* Makes sure that one byte went through a blocking pipe. */
static void pass(ssize_t n, int fd, bool is_read)
{
    char c = 0;

    while (n == -1 && errno == EINTR)
        n = is_read ? read(fd, &c, 1) : write(fd, &c, 1);
    if (n != 1)
        errx(1, "the other process has ended");
}

/* Copies n bytes into the next slot, when it is empty. */
static void put_into(struct queue *q, const char *bytes, size_t n)
{
    pass(read(q->empty[0], &(char){0}, 1), q->empty[0], true);
    memcpy(q->slots[q->put++ % SLOTS], bytes, n);
    pass(write(q->full[1], "", 1), q->full[1], false);
}

/* Copies n bytes out of the next slot, when there are some. */
static void take_from(struct queue *q, char *bytes, size_t n)
{
    pass(read(q->full[0], &(char){0}, 1), q->full[0], true);
    memcpy(bytes, q->slots[q->taken++ % SLOTS], n);
    pass(write(q->empty[1], "", 1), q->empty[1], false);
}

/* Sends a message of n bytes. */
static void send_message(const struct end *e, size_t n)
{
    if (e->to != NULL) {
        put_into(e->to, message, n);
        return;
    }
    const char *p = message;
    while (n > 0) {
        ssize_t k = write(e->out, p, n);
        if (k == -1 && errno == EAGAIN) {
            poll(&(struct pollfd){.fd = e->out, .events = POLLOUT}, 1, -1);
            continue;
        }
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            err(1, "write");
        p += k;
        n -= (size_t)k;
    }
}

/* Receives a message of n bytes. */
static void receive_message(const struct end *e, size_t n)
{
    if (e->from != NULL) {
        take_from(e->from, message, n);
        return;
    }
    char *p = message;
    while (n > 0) {
        ssize_t k = read(e->in, p, n);
        if (k == -1 && errno == EAGAIN) {
            poll(&(struct pollfd){.fd = e->in, .events = POLLIN}, 1, -1);
            continue;
        }
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            err(1, "read");
        if (k == 0)
            errx(1, "the other process has ended");
        p += k;
        n -= (size_t)k;
    }
}

/* The other process: answers all round trips, and then all that comes one
 * way. */
static void answer(const struct end *e, size_t n, long rounds)
{
    for (int b = 0; b < 1 + BATCHES; b++)
        for (long i = 0; i < rounds; i++) {
            receive_message(e, n);
            send_message(e, n);
        }
    for (int b = 0; b < 1 + BATCHES; b++) {
        for (long i = 0; i < rounds; i++)
            receive_message(e, n);
        send_message(e, 1);
    }
}

/* Microseconds since some moment; this clock is never set. */
static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A batch of round trips: microseconds for each. */
static double time_round_trips(const struct end *e, size_t n, long rounds)
{
    double began = now_us();

    for (long i = 0; i < rounds; i++) {
        send_message(e, n);
        receive_message(e, n);
    }
    return (now_us() - began) / (double)rounds;
}

/* A batch one way: bytes a microsecond, which are megabytes a second. */
static double time_one_way(const struct end *e, size_t n, long rounds)
{
    double began = now_us();

    for (long i = 0; i < rounds; i++)
        send_message(e, n);
    receive_message(e, 1);
    return (double)n * (double)rounds / (now_us() - began);
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Measures all batches, and sorts the results of those that count. */
static void measure(double results[BATCHES],
                    double (*time_batch)(const struct end *, size_t, long),
                    const struct end *e, size_t n, long rounds)
{
    time_batch(e, n, rounds);
    for (int b = 0; b < BATCHES; b++)
        results[b] = time_batch(e, n, rounds);
    qsort(results, BATCHES, sizeof *results, compare);
}

/* Waits for the end of the other process. */
static void reap(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            err(1, "waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        errx(1, "the other process has failed");
}

static const struct means {
    const char *name;
    void (*open)(struct end ends[2]);
} all_means[] = {{"pipe", open_pipe},
                 {"socketpair", open_socketpair},
                 {"unix", open_unix},
                 {"tcp", open_tcp},
                 {"shm", open_shm}};

enum {
    ALL = sizeof all_means / sizeof *all_means
};

/* Measures one means with messages of n bytes, and prints its line. */
static void race(const struct means *m, size_t n, long rounds)
{
    double us[BATCHES], speed[BATCHES];
    struct end ends[2];

    m->open(ends);
    for (int i = 0; i < 2; i++)
        if (ends[i].in != -1 &&
            (fcntl(ends[i].in, F_SETFL,
                   O_NONBLOCK | fcntl(ends[i].in, F_GETFL)) == -1 ||
             fcntl(ends[i].out, F_SETFL,
                   O_NONBLOCK | fcntl(ends[i].out, F_GETFL)) == -1))
            err(1, "fcntl");
    pid_t pid = fork();
    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        close_end(&ends[0]);
        answer(&ends[1], n, rounds);
        _exit(0);
    }
    close_end(&ends[1]);
    measure(us, time_round_trips, &ends[0], n, rounds);
    measure(speed, time_one_way, &ends[0], n, rounds);
    close_end(&ends[0]);
    reap(pid);
    printf("%s\t%zu\t%.3f\t%.3f\t%.3f\t%.3f\t%ld\n", m->name, n,
           us[BATCHES / 2], us[2], us[BATCHES - 3], speed[BATCHES / 2],
           BATCHES * rounds);
    if (fflush(stdout) == EOF || ferror(stdout))
        err(1, "stdout");
}

/* The means of this name, NULL when there is none. */
static const struct means *find_means(const char *name)
{
    for (size_t i = 0; i < ALL; i++)
        if (strcmp(all_means[i].name, name) == 0)
            return &all_means[i];
    return NULL;
}

/* The number of rounds, 0 when it is none from 1 to 1000000. */
static long parse_rounds(const char *s)
{
    size_t n = strlen(s);
    bool is_number = n >= 1 && n <= 7 && strspn(s, "0123456789") == n;
    long rounds = is_number ? strtol(s, NULL, 10) : 0;

    return rounds <= 1000000 ? rounds : 0;
}

int main(int argc, char *argv[])
{
    static const size_t sizes[] = {1, 1024, LARGEST};
    long rounds = argc > 1 ? parse_rounds(argv[1]) : 1000;
    bool is_known = rounds > 0;

    for (int i = 2; i < argc; i++)
        is_known = is_known && find_means(argv[i]) != NULL;
    if (!is_known) {
        fprintf(stderr, "usage: %s [ROUNDS [MEANS]...]\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);         /* write() says EPIPE */
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line goes out when it is whole */
    printf("means\tsize\tlatency_us\tq1_us\tq3_us\tthroughput_mb_s\trounds\n");
    for (int i = 0; i < (argc > 2 ? argc - 2 : ALL); i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            race(argc > 2 ? find_means(argv[i + 2]) : &all_means[i], sizes[j],
                 rounds);
    return 0;
}
