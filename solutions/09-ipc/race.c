/* race: what a message to a neighbour costs, honestly measured
 *
 *     race [ROUNDS [MEANS]...]
 *
 * Measures how fast two processes of one machine exchange messages of 1, 1024
 * and 65536 bytes.  MEANS are
 *
 *     pipe         a pipe for each direction
 *     socketpair   one pair of AF_UNIX stream sockets
 *     unix         the same, connected by a name
 *     tcp          TCP over 127.0.0.1, with TCP_NODELAY at both ends
 *     shm          memory that both share, and something that wakes who waits
 *
 * or all of them, in this order, when none is named.  It prints tab-separated
 * values, first a header, then a line for each means and size, as soon as it
 * has been measured:
 *
 *     means  size  latency_us  q1_us  q3_us  throughput_mb_s  rounds
 *     pipe   1     2.214       2.198  2.265  1.102            11000
 *
 * A round trip is a message of that size to the other process, which has
 * received all of it before it sends back as many bytes, and the receipt of
 * all of those.  A batch is ROUNDS round trips, one after the other (1 to
 * 1000000; 1000 when it is not given).  One batch is made to warm up and does
 * not count; each of the eleven that follow takes a time, which is divided by
 * ROUNDS.  The latency is the median of the eleven, in microseconds; q1 and q3,
 * the quartiles, are the third smallest and the third largest.
 *
 * Then follow twelve batches of another kind: ROUNDS messages, one behind the
 * other, to the other process, which answers with one byte when it has
 * received all of them.  The first warms up.  The throughput is the median
 * again, in millions of bytes a second, from before the first message until
 * the answer is here.
 *
 * Times and throughputs have three decimals, or more; `rounds` tells how many
 * round trips were counted.  A process that waits sleeps.  In shared memory a
 * message is copied in and copied out.  The memory has no name, and a socket
 * one that is abstract or in the current directory.  When it ends, nothing is
 * left: no process, no name.
 *
 * Whatever fails is told on stderr, with the reason, and the status is 1; so
 * is a table that cannot be written, and another process that ends before its
 * time.  When the process that was started is killed, the other one ends, too.
 * In shared memory nobody is told of an end, and may wait for ever.  EINTR
 * from any call but connect() is retried.  With other arguments it prints its
 * usage to stderr and exits 2.
 *
 * Read chapters/09-ipc.md. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <semaphore.h>
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
    SLOTS = 4
};

/* Messages on their way from one process to the other, in shared memory. */
struct queue {
    sem_t full, empty; /* how many slots hold a message, and do not */
    size_t put, taken; /* each is one side's own */
    char slots[SLOTS][LARGEST];
};

/* What a process has of a means: two descriptors, which may be the same, or
 * two queues. */
struct end {
    int in, out;
    struct queue *from, *to;
};

static char message[LARGEST];

/* The number of the last message of a line, each way, modulo 256. */
static unsigned char nsent, nreceived;

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
    /* TODO 1: TCP_NODELAY for both, lest one small message waits for the
     * acknowledgement of another. */
    int yes = 1;

    for (int i = 0; i < 2; i++)
        if (setsockopt(ends[i].in, IPPROTO_TCP, TCP_NODELAY, &yes,
                       sizeof yes) == -1)
            err(1, "setsockopt");
    /* END 1 */
}

static void open_shm(struct end ends[2])
{
    static struct queue *queues;
    const int prot = PROT_READ | PROT_WRITE;

    /* TODO 2: two queues, in memory that a child has together with its parent
     * and not as a copy; and semaphores that work between processes. */
    if (queues == NULL)
        queues = mmap(NULL, 2 * sizeof *queues, prot,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (queues == MAP_FAILED)
        err(1, "mmap");
    for (int i = 0; i < 2; i++) {
        queues[i].put = queues[i].taken = 0;
        if (sem_init(&queues[i].full, 1, 0) == -1 ||
            sem_init(&queues[i].empty, 1, SLOTS) == -1)
            err(1, "sem_init");
    }
    /* END 2 */
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

/* Copies n bytes into the next slot, when it is empty. */
static void put_into(struct queue *q, const char *bytes, size_t n)
{
    /* TODO 3: wait, copy, and tell the other side. */
    while (sem_wait(&q->empty) == -1)
        if (errno != EINTR)
            err(1, "sem_wait");
    memcpy(q->slots[q->put++ % SLOTS], bytes, n);
    sem_post(&q->full);
    /* END 3 */
}

/* Copies n bytes out of the next slot, when there are some. */
static void take_from(struct queue *q, char *bytes, size_t n)
{
    /* TODO 4: wait, copy, and tell the other side. */
    while (sem_wait(&q->full) == -1)
        if (errno != EINTR)
            err(1, "sem_wait");
    memcpy(bytes, q->slots[q->taken++ % SLOTS], n);
    sem_post(&q->empty);
    /* END 4 */
}

/* Sends a message of n bytes, which begins and ends with its number. */
static void send_message(const struct end *e, size_t n)
{
    message[0] = message[n - 1] = (char)++nsent;
    if (e->to != NULL) {
        put_into(e->to, message, n);
        return;
    }
    /* TODO 5: all of it, however little write() takes. */
    for (size_t done = 0; done < n;) {
        ssize_t put = write(e->out, message + done, n - done);
        if (put == -1 && errno != EINTR)
            err(1, "write");
        done += put > 0 ? (size_t)put : 0;
    }
    /* END 5 */
}

/* Receives n bytes. */
static void receive_bytes(const struct end *e, size_t n)
{
    if (e->from != NULL) {
        take_from(e->from, message, n);
        return;
    }
    /* TODO 6: all of it, in as many pieces as it comes. */
    for (size_t done = 0; done < n;) {
        ssize_t got = read(e->in, message + done, n - done);
        if (got == 0)
            errx(1, "the other process has ended");
        if (got == -1 && errno != EINTR)
            err(1, "read");
        done += got > 0 ? (size_t)got : 0;
    }
    /* END 6 */
}

/* Receives the next message of n bytes.  Who measures an exchange sees to it
 * that what was sent is what comes. */
static void receive_message(const struct end *e, size_t n)
{
    char number = (char)++nreceived;

    receive_bytes(e, n);
    if (message[0] != number || message[n - 1] != number)
        errx(1, "what has come is not the message that was sent");
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
    /* TODO 7: the time that one of them took. */
    return (now_us() - began) / (double)rounds;
    /* END 7 */
}

/* A batch one way: bytes a microsecond, which are megabytes a second. */
static double time_one_way(const struct end *e, size_t n, long rounds)
{
    double began = now_us();

    for (long i = 0; i < rounds; i++)
        send_message(e, n);
    /* TODO 8: receive the answer, a message of one byte.  What write() has
     * taken is not there yet; when is all of it? */
    receive_message(e, 1);
    return (double)n * (double)rounds / (now_us() - began);
    /* END 8 */
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
    /* TODO 9: one batch to warm up, then those that count. */
    time_batch(e, n, rounds);
    for (int b = 0; b < BATCHES; b++)
        results[b] = time_batch(e, n, rounds);
    /* END 9 */
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

    nsent = nreceived = 0;
    m->open(ends);
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
