/* How long a program waited for a processor, when there is one for many. */
#define _GNU_SOURCE
#include "starved.h"
#include "check.h"
#include "clock.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RIVALS = 3,
    WORK_MS = 50
};

/* From now on it has one processor, as its children will. */
static void take_one_processor(void)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    CHECK_NUMBER("sched_setaffinity", 0,
                 sched_setaffinity(0, sizeof one, &one));
}

static void work(void)
{
    clock_t end = clock() + WORK_MS * (CLOCKS_PER_SEC / 1000);

    while (clock() < end)
        continue;
}

static pid_t start_rival(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            continue;
    }
    return pid;
}

int main(void)
{
    pid_t rivals[RIVALS];

    take_one_processor();
    if (access("/proc/self/schedstat", R_OK) == -1)
        return 77; /* this kernel does not count */
    for (int i = 0; i < RIVALS; i++)
        rivals[i] = start_rival();
    uint64_t before = starved_ns();
    work();
    uint64_t waited = starved_ns() - before;
    for (int i = 0; i < RIVALS; i++) {
        kill(rivals[i], SIGKILL);
        waitpid(rivals[i], NULL, 0);
    }
    CHECK_NUMBER("three others had their share", 1,
                 waited >= WORK_MS * NS_PER_MS);
    before = starved_ns();
    keep_starved(getpid());
    CHECK_NUMBER("what the dead have waited stays", 1,
                 starved_ns() >= 2 * before);
    return failures != 0;
}
