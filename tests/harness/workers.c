#define _GNU_SOURCE
#include "workers.h"

#include "abandon.h"
#include "exhaust.h"
#include "look.h"
#include "pcap.h"
#include "start.h"
#include "wire.h"
#include "world.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_WORKERS = 8,
    PER_PROCESSOR = 2,
    MOST_SECONDS = 120 /* without a word from a worker: many times a case's */
};

/* What the workers share. */
static struct shared {
    atomic_size_t taken; /* how many cases */
    atomic_bool is_private;
    atomic_bool has_given_up; /* a worker, and has said why */
} * shared;

struct worker {
    pid_t pid;
    FILE *from;
};

/* Packets go into one file in the order of the cases: one worker writes it. */
static size_t count_workers(size_t ncases, const struct job *job)
{
    cpu_set_t set;
    size_t n = job->pcap != NULL ? 1 : MOST_WORKERS;

    if (sched_getaffinity(0, sizeof set, &set) == 0 &&
        PER_PROCESSOR * (size_t)CPU_COUNT(&set) < n)
        n = PER_PROCESSOR * (size_t)CPU_COUNT(&set);
    return n < ncases ? n : ncases;
}

static struct result run_one(const struct labcase *c, const struct job *job,
                             const char *why_not)
{
    if (why_not != NULL)
        return (struct result){.c = c,
                               .status = STATUS_SKIP,
                               .cause = CAUSE_SKIP,
                               .message = why_not};
    struct result r = job->exhaust || c->exhaustive
                          ? exhaust_case(c, job->program, job->seed)
                          : run_case(c, job->program, job->seed);
    if (r.status != STATUS_PASS || !c->random_faults)
        return r;
    double seconds = r.seconds;
    free(r.trail.lines);
    r = schedule_case(c, job->program, job->seed, job->schedules);
    r.seconds += seconds;
    return r;
}

/* Without packets or a place for them, --pcap is an error before anything has
 * been judged. */
static void begin_pcap(const char *path)
{
    const char *why_not = open_capture(true);

    atomic_store(&shared->has_given_up, true);
    if (why_not != NULL)
        errx(2, "--pcap: the packets cannot be seen here: %s", why_not);
    if (!open_pcap(path))
        err(2, "%s", path);
    atomic_store(&shared->has_given_up, false);
}

/* Adds a case to the file: when it was repeated with faults, its last run. */
static void keep_packets(const struct labcase *c, const char *path)
{
    const struct capture *seen = last_look();

    if (seen == NULL)
        return;
    if (!write_pcap(seen)) {
        atomic_store(&shared->has_given_up, true);
        err(2, "%s", path);
    }
    if (seen->lost > 0)
        warnx("%s: %zu packets are not in %s: there was no room for them",
              c->id, seen->lost, path);
}

/* The case that is next: first the last one, which is often exhaustive and
 * takes longest, then the others as they stand, since of those that fail the
 * first is told. */
static bool take_case(size_t n, bool in_order, size_t *at)
{
    size_t i = atomic_fetch_add(&shared->taken, 1);

    *at = in_order ? i : i == 0 ? n - 1 : i - 1;
    return i < n;
}

static _Noreturn void work(const struct result *results, size_t n,
                           const struct job *job, int to, size_t nth)
{
    FILE *out = fdopen(to, "w");

    if (out == NULL)
        err(2, "fdopen");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN); /* a subject may end before it is fed */
    /* What a subject leaves behind comes to us, not to init. */
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    enter_world(nth);
    atomic_store(&shared->is_private, has_private_network());
    const char *why_not = why_not_traced();
    if (job->pcap != NULL)
        begin_pcap(job->pcap);
    for (size_t at; take_case(n, job->pcap != NULL, &at);) {
        struct result r = run_one(results[at].c, job, why_not);
        send_result(out, at, &r);
        if (job->pcap != NULL)
            keep_packets(results[at].c, job->pcap);
    }
    _exit(0);
}

static struct worker start_worker(const struct result *results, size_t n,
                                  const struct job *job, size_t nth)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) == -1)
        err(2, "pipe");
    pid_t pid = fork();
    if (pid == -1)
        err(2, "fork");
    if (pid == 0) {
        close(ends[0]);
        work(results, n, job, ends[1], nth);
    }
    close(ends[1]);
    FILE *from = fdopen(ends[0], "r");
    if (from == NULL)
        err(2, "fdopen");
    setvbuf(from, NULL, _IONBF, 0); /* or poll() would not see what is left */
    return (struct worker){pid, from};
}

/* Kills what a worker has started, for which it seems to wait for ever. */
static void free_worker(const struct worker *w)
{
    kill_children(w->pid);
    kill(w->pid, SIGKILL);
}

static void bury_worker(struct worker *w)
{
    int status;

    fclose(w->from);
    w->from = NULL;
    if (waitpid(w->pid, &status, 0) != -1 && WIFSIGNALED(status))
        warnx("a worker died of SIG%s", sigabbrev_np(WTERMSIG(status)));
}

/* Waits until some of the workers have something to say: marks them. */
static void await_workers(const struct worker *workers, struct pollfd *polls)
{
    for (size_t i = 0; i < MOST_WORKERS; i++)
        polls[i] = (struct pollfd){
            .fd = workers[i].from != NULL ? fileno(workers[i].from) : -1,
            .events = POLLIN};
    if (poll(polls, MOST_WORKERS, MOST_SECONDS * 1000) == 0)
        for (size_t i = 0; i < MOST_WORKERS; i++)
            if (workers[i].from != NULL)
                free_worker(&workers[i]);
}

/* Takes in what the workers say, a result at a time, until all have ended. */
static void hear_workers(struct worker *workers, size_t nworkers,
                         struct result *results, size_t n,
                         const struct job *job)
{
    struct pollfd polls[MOST_WORKERS];

    while (nworkers > 0 && !is_abandoned()) {
        await_workers(workers, polls);
        for (size_t i = 0; i < MOST_WORKERS && !is_abandoned(); i++) {
            if (polls[i].fd == -1 || polls[i].revents == 0)
                continue;
            if (receive_result(workers[i].from, results, n)) {
                if (job->hear != NULL)
                    job->hear();
            } else {
                bury_worker(&workers[i]);
                nworkers--;
            }
        }
    }
}

/* What no worker has told of. */
static void mark_lost(struct result *results, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (results[i].status == STATUS_NOT_RUN) {
            results[i].status = STATUS_FAIL;
            results[i].cause = CAUSE_CHECKER_ERROR;
            results[i].message =
                "the checker itself came to grief in this case";
        }
}

bool run_all(struct result *results, size_t n, const struct job *job)
{
    struct worker workers[MOST_WORKERS] = {0};
    size_t nworkers = count_workers(n, job);

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        err(2, "mmap");
    for (size_t i = 0; i < n; i++)
        results[i].status = STATUS_NOT_RUN;
    begin_run();
    for (size_t i = 0; i < nworkers; i++)
        workers[i] = start_worker(results, n, job, i);
    hear_workers(workers, nworkers, results, n, job);
    mark_lost(results, n);
    end_run();
    if (atomic_load(&shared->has_given_up))
        exit(2);
    return atomic_load(&shared->is_private);
}
