#define _GNU_SOURCE
#include "abandon.h"

#include "harness.h"
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* SIGPIPE: who was to read the verdict is not there any more. */
static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

enum {
    NENDINGS = sizeof endings / sizeof *endings
};

static volatile sig_atomic_t ended_by; /* 0: nobody wants it to end */
static struct sigaction before[NENDINGS];
static const char *run_directory; /* NULL: there is none to be had */

static void note_signal(int signal)
{
    ended_by = signal;
}

/* What is ignored, as under nohup, stays so. */
static void note_endings(void)
{
    struct sigaction note = {.sa_handler = note_signal, .sa_flags = SA_RESTART};

    for (int i = 0; i < NENDINGS; i++)
        if (sigaction(endings[i], NULL, &before[i]) == 0 &&
            before[i].sa_handler != SIG_IGN)
            sigaction(endings[i], &note, NULL);
}

static void forget_endings(void)
{
    for (int i = 0; i < NENDINGS; i++)
        sigaction(endings[i], &before[i], NULL);
}

void begin_run(void)
{
    note_endings();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* of workers that are killed */
    run_directory = make_scratch();
    if (run_directory != NULL)
        setenv("TMPDIR", run_directory, 1);
}

int is_abandoned(void)
{
    return ended_by != 0;
}

void kill_children(pid_t parent)
{
    FILE *f = fopen(text("/proc/%d/task/%d/children", parent, parent), "re");
    int child;

    while (f != NULL && fscanf(f, "%d", &child) == 1)
        kill(child, SIGKILL);
    if (f != NULL)
        fclose(f);
}

/* The children of those who die come to us. */
static void bury_children(void)
{
    do
        kill_children(getpid());
    while (wait(NULL) != -1 || errno == EINTR);
}

void end_run(void)
{
    if (is_abandoned())
        bury_children();
    if (run_directory != NULL)
        remove_scratch(run_directory);
    forget_endings();
    if (is_abandoned())
        raise(ended_by);
}
