#define _GNU_SOURCE
#include "start.h"

#include "budget.h"
#include "cases.h"
#include "exhaust.h"
#include "fault.h"
#include "filter.h"
#include "pump.h"
#include "sandbox.h"
#include "schedule.h"
#include "scratch.h"
#include "streams.h"
#include "tracer.h"
#include "trail.h"
#include "withheld.h"
#include "world.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_TOLD = 400, /* bytes of a command line, or a little more */
    EMULATION = 10,  /* times the CPU time, or less */
    USUAL_UMASK = 022
};

struct subject *subjects;
const char *const no_arguments[] = {NULL};

static bool stdin_is_closed; /* for the next subject */
static int first_descriptor; /* that is free for it; 0: the usual one */
static mode_t first_umask = USUAL_UMASK;

void without_stdin(void)
{
    stdin_is_closed = true;
}

void descriptors_begin_at(int first)
{
    first_descriptor = first;
}

void umask_begins_at(mode_t mask)
{
    first_umask = mask;
}

/* In the child, which needs none of the descriptors from 3 on any more. */
static void take_descriptors(void)
{
    if (first_descriptor == 0)
        return;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = STDERR_FILENO + 1; i < first_descriptor; i++)
        if (i != fd && dup2(fd, i) == -1)
            _exit(errno);
    if (fd < first_descriptor)
        fcntl(fd, F_SETFD, 0);
}

static struct subject *add_subject(void)
{
    struct subject *s = calloc(1, sizeof *s);

    if (s == NULL)
        err(2, "calloc");
    *s = (struct subject){
        .next = subjects, .limits = current_limits(), .sockets_at_exit = -1};
    s->directory = make_scratch();
    if (s->directory == NULL)
        break_case("no scratch directory: %s", strerror(errno));
    return subjects = s;
}

/* The child's half: waits until it is traced, confines itself, and becomes
 * the program.  What goes wrong is said on the report pipe. */
static _Noreturn void become_program(const struct sandbox *box, int gate,
                                     const char *const *argv)
{
    char c;

    if (read(gate, &c, 1) != 1)
        _exit(SANDBOX_FAILED);
    enter_sandbox(box);
    if (stdin_is_closed)
        close(STDIN_FILENO);
    take_descriptors();
    umask(first_umask);
    if (install_filter() == 0)
        execve(argv[0], (char *const *)(uintptr_t)argv,
               subject_environment(box->directory));
    _exit(errno); /* write() is watched by now, and nobody is watching yet */
}

/* Our ends of what joins us to a child that has not become the program. */
struct birth {
    pid_t pid;
    int gate;   /* a byte lets it go on */
    int report; /* what went wrong; end of file: it is the program now */
};

static struct birth fork_program(struct subject *s, const char *const *argv)
{
    int theirs[3], gate[2], report[2];

    open_streams(s, theirs);
    if (pipe2(gate, O_CLOEXEC) == -1 ||
        pipe2(report, O_CLOEXEC | O_NONBLOCK) == -1)
        err(2, "pipe");
    struct sandbox box = {.directory = s->directory,
                          .files = s->limits.files,
                          .in = theirs[0],
                          .out = theirs[1],
                          .err = theirs[2],
                          .cpu = -1,
                          .report = report[1]};
    pid_t pid = fork();
    if (pid == -1)
        err(2, "fork");
    if (pid == 0) {
        close(gate[1]);
        become_program(&box, gate[0], argv);
    }
    for (int i = 0; i < 3; i++)
        close(theirs[i]);
    close(gate[0]);
    close(report[1]);
    return (struct birth){pid, gate[1], report[0]};
}

static bool is_born(void *data)
{
    struct subject *s = data;

    return s->has_started || s->ended;
}

/* Seizes the child, lets it go, and waits until it is the program: stopped,
 * before its first instruction. */
static void trace_birth(struct subject *s, struct birth b)
{
    char said[256];

    if (adopt_child(s, b.pid) == -1) {
        kill(b.pid, SIGKILL);
        waitpid(b.pid, NULL, 0);
        break_case("cannot trace the program: %s", strerror(errno));
    }
    if (write(b.gate, "g", 1) != 1)
        break_case("the program's child is gone");
    close(b.gate);
    wait_for(is_born, s);
    ssize_t n = read(b.report, said, sizeof said);
    close(b.report);
    if (n > 0)
        break_case("cannot start the program: %.*s", (int)n, said);
    if (!s->has_started)
        break_case("cannot start the program: %s", what_happened(s));
}

/* The command line, for the story: the first of its many arguments. */
static const char *join_arguments(const char *const *argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *line = slash != NULL ? slash + 1 : argv[0];

    for (argv++; *argv != NULL && strlen(line) < MOST_TOLD; argv++)
        line = text("%s %s", line, **argv ? *argv : "''");
    return *argv == NULL ? line : text("%s ...", line);
}

/* What is done to calls can only be done to the program's own. */
static void arm_faults(struct subject *s)
{
    if (s->is_emulated)
        return;
    arm_replay(s);
    begin_schedule(s);
}

struct subject *start_by(const char *emulator, const char *program,
                         const char *const *arguments)
{
    const char *argv[MOST_ARGUMENTS + 3] = {emulator};
    size_t first = emulator != NULL; /* of the program's own */
    struct subject *s = add_subject();

    s->program = program;
    s->is_emulated = emulator != NULL;
    if (s->is_emulated)
        s->limits.cpu_ms *= EMULATION;
    argv[first] = program;
    for (size_t i = 0; arguments[i] != NULL; i++) {
        if (i == MOST_ARGUMENTS)
            break_case("more than %d arguments", MOST_ARGUMENTS);
        argv[first + i + 1] = arguments[i];
    }
    say_checker(text("starts %s", join_arguments(argv + first)));
    struct birth birth = fork_program(s, argv);
    stdin_is_closed = false;
    first_descriptor = 0;
    first_umask = USUAL_UMASK;
    trace_birth(s, birth);
    arm_faults(s);
    return s;
}

struct subject *start_argv(const char *const *arguments)
{
    return start_by(NULL, current_program(), arguments);
}

void gather_arguments(const char *list[], const char *first, va_list ap)
{
    size_t n = 0;

    for (; first != NULL && n < MOST_ARGUMENTS;
         first = va_arg(ap, const char *))
        list[n++] = first;
    list[n] = NULL;
}

struct subject *start(const char *argument, ...)
{
    const char *arguments[MOST_ARGUMENTS + 1];
    va_list ap;

    va_start(ap, argument);
    gather_arguments(arguments, argument, ap);
    va_end(ap);
    return start_argv(arguments);
}

static void free_faults(struct fault *f)
{
    while (f != NULL) {
        struct fault *next = f->next;
        free(f);
        f = next;
    }
}

static void forget_subject(struct subject *s)
{
    keep_recording(s);
    close_streams(s);
    remove_scratch(s->directory);
    for (size_t i = 0; i < s->ncalls; i++)
        free(s->calls[i]);
    free(s->calls);
    free_faults(s->faults);
    free_faults(s->done_once);
    free(s);
}

void end_subjects(void)
{
    reap_all();
    while (subjects != NULL) {
        struct subject *s = subjects;
        subjects = s->next;
        forget_subject(s);
    }
}

/* The throw-away child: waits until it is traced, then filters itself. */
static _Noreturn void try_filter(int gate)
{
    char c;

    if (read(gate, &c, 1) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        _exit(1);
    _exit(install_filter() == -1);
}

static bool can_seize(pid_t pid)
{
    return !is_withheld("ptrace") &&
           ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL) == 0;
}

const char *why_not_traced(void)
{
    int gate[2], status;

    if (pipe2(gate, O_CLOEXEC) == -1)
        err(2, "pipe");
    pid_t pid = fork();
    if (pid == -1)
        err(2, "fork");
    if (pid == 0) {
        close(gate[1]);
        try_filter(gate[0]);
    }
    bool is_seized = can_seize(pid);
    close(gate[0]);
    close(gate[1]); /* lets it go on: end of file */
    waitpid(pid, &status, __WALL);
    if (!is_seized)
        return "this system does not let one program trace another: see "
               "/proc/sys/kernel/yama/ptrace_scope, or give the container "
               "--cap-add=SYS_PTRACE";
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return "this system refuses seccomp filters";
    return NULL;
}
