#define _GNU_SOURCE
#include "judge.h"
#include "compiler.h"
#include "files.h"
#include "paths.h"
#include "process.h"
#include "result.h"
#include "show.h"

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A checker that runs. */
struct job {
    struct trial *trial;
    pid_t pid; /* 0: this place is free */
    int out;   /* what it writes to stdout; -1: to ours */
    int json;  /* where the object goes; -1: to stdout */
};

enum {
    MOST_JOBS = 64,
    MOST_ARGS = 32
};

static size_t count_cores(void)
{
    cpu_set_t cores;
    int n = sched_getaffinity(0, sizeof cores, &cores) == -1
                ? 1
                : CPU_COUNT(&cores);

    return n < MOST_JOBS ? (size_t)n : MOST_JOBS;
}

static void start_job(struct job *job, struct trial *trial,
                      enum verdict_text text, const char *const *extra)
{
    struct path checker = checker_path(trial->lab);
    struct path program = program_path(trial->lab), option;
    const char *argv[MOST_ARGS] = {checker.text, "--json"};
    size_t n = 2;

    *job = (struct job){.trial = trial, .out = -1, .json = -1};
    if (text != TEXT_NONE) {
        job->json = open_scratch("result");
        option = make_path("--json=/proc/%ld/fd/%d", (long)getpid(), job->json);
        argv[1] = option.text;
    }
    if (text != TEXT_SHOW)
        job->out = open_scratch("verdict");
    for (; extra && *extra && n < MOST_ARGS - 2; extra++)
        argv[n++] = *extra;
    argv[n] = program.text;
    trial->runs = 1;
    job->pid = spawn(argv, job->out, text == TEXT_KEEP ? job->out : -1);
    if (job->pid == -1)
        err(2, "%s", checker.text);
}

/* Reads the object that a checker has written. */
static cJSON *read_result(const struct job *job, const char *out)
{
    cJSON *result = NULL;
    struct text text;

    if (job->json == -1)
        return parse_result(out, job->trial->lab);
    if (read_descriptor(job->json, &text) == 0) {
        result = parse_result(text.bytes, job->trial->lab);
        free(text.bytes);
    }
    close(job->json);
    return result;
}

static void end_job(struct job *job, int status)
{
    struct trial *trial = job->trial;
    struct text text = {0};

    if (job->out != -1 && read_descriptor(job->out, &text) == -1)
        err(2, "what a checker wrote");
    trial->result = read_result(job, text.bytes ? text.bytes : "");
    if (trial->result || job->json != -1)
        trial->output = text.bytes;
    else
        free(text.bytes);
    if (!trial->result) {
        struct path said = make_path(
            "the checker gave no result, and ended with status %d", status);
        trial->result = make_result(trial->lab, "checker_error", said.text);
    }
    if (job->out != -1)
        close(job->out);
    trial->runs = 0;
    job->pid = 0;
}

/* Waits until any of the jobs ends, and takes its result. */
static void await_job(struct job *jobs, size_t n)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);

    if (pid == -1 && errno != EINTR)
        err(2, "waitpid");
    status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    for (size_t i = 0; i < n; i++) {
        if (pid > 0 && jobs[i].pid == pid)
            end_job(&jobs[i], status);
    }
}

static struct job *find_job(struct job *jobs, size_t n, int busy)
{
    for (size_t i = 0; i < n; i++) {
        if ((jobs[i].pid != 0) == busy)
            return &jobs[i];
    }
    return NULL;
}

/* The object of a lab whose file does not compile. */
static cJSON *tell_broken(const struct trial *trial)
{
    const char *text = trial->compiler;
    struct complaint complaint;
    char *told = NULL;
    cJSON *result;

    if (next_error(&text, &complaint))
        told = tell_complaint(&complaint);
    result = make_result(trial->lab, "build_error", told ? told : "");
    free(told);
    return result;
}

static void tell(const struct judging *how)
{
    if (how->tell)
        how->tell(how->data);
}

void judge_trials(struct trial *trials, size_t n, const struct judging *how)
{
    struct job jobs[MOST_JOBS] = {0}, *job;
    size_t cores = count_cores();

    if (wants_colour())
        setenv("CLICOLOR_FORCE", "1", 1); /* also for verdicts that are kept */
    for (size_t i = 0; i < n; i++) {
        if (trials[i].broken) {
            trials[i].result = tell_broken(&trials[i]);
            continue;
        }
        while (!(job = find_job(jobs, cores, 0)))
            await_job(jobs, cores);
        start_job(job, &trials[i], how->text, how->extra);
        tell(how);
    }
    while (find_job(jobs, cores, 1)) {
        await_job(jobs, cores);
        tell(how);
    }
}

void free_trial(struct trial *trial)
{
    free(trial->compiler);
    free(trial->warnings);
    free(trial->output);
    cJSON_Delete(trial->result);
    *trial = (struct trial){0};
}
