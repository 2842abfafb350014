/* What a subject finds as it begins. */
#define _GNU_SOURCE
#include "sandbox.h"
#include "check.h"
#include "harness.h"
#include "landlock.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *directory;

static rlim_t limit_of(__rlimit_resource_t resource)
{
    struct rlimit limit = {0};

    getrlimit(resource, &limit);
    return limit.rlim_max;
}

static void check_limits_are_set(void)
{
    CHECK_NUMBER("RLIMIT_CORE", 0, limit_of(RLIMIT_CORE));
    CHECK_NUMBER("RLIMIT_FSIZE", 16 << 20, limit_of(RLIMIT_FSIZE));
    CHECK_NUMBER("RLIMIT_NOFILE", 50, limit_of(RLIMIT_NOFILE));
}

static void check_signals(void)
{
    struct sigaction action;
    sigset_t mask;
    int death = 0;

    sigaction(SIGPIPE, NULL, &action);
    CHECK_NUMBER("SIGPIPE is not ignored", true, action.sa_handler == SIG_DFL);
    sigaction(SIGTERM, NULL, &action);
    CHECK_NUMBER("no handler is left", true, action.sa_handler == SIG_DFL);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    CHECK_NUMBER("SIGCHLD is not blocked", 0, sigismember(&mask, SIGCHLD));
    prctl(PR_GET_PDEATHSIG, &death);
    CHECK_NUMBER("dies with its parent", SIGKILL, death);
}

static void check_place(void)
{
    char here[4096], score[16] = "";
    FILE *f = fopen("/proc/self/oom_score_adj", "re");
    cpu_set_t cpus;

    CHECK_TEXT("directory", directory, getcwd(here, sizeof here));
    CHECK_NUMBER("session", getpid(), getsid(0));
    if (f != NULL && fgets(score, sizeof score, f) != NULL)
        CHECK_TEXT("oom_score_adj", "1000\n", score);
    if (f != NULL)
        fclose(f);
    sched_getaffinity(0, sizeof cpus, &cpus);
    CHECK_NUMBER("one processor", 1, CPU_COUNT(&cpus));
}

static void check_privileges(void)
{
    CHECK_NUMBER("no_new_privs", 1, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CHECK_NUMBER("raw socket", -1, socket(AF_INET, SOCK_RAW, IPPROTO_TCP));
    CHECK_NUMBER("errno", EPERM, errno);
    if (can_confine_writes())
        CHECK_NUMBER("writes outside", -1,
                     open("/tmp/x", O_WRONLY | O_CREAT, 0600));
}

/* After an exec: what it had beside 0, 1 and 2 is closed. */
static int check_inside(void)
{
    check_limits_are_set();
    check_signals();
    check_place();
    check_privileges();
    CHECK_TEXT("LC_ALL", "C", getenv("LC_ALL"));
    CHECK_TEXT("TZ", "UTC", getenv("TZ"));
    CHECK_TEXT("HOME", directory, getenv("HOME"));
    CHECK_TEXT("TMPDIR", directory, getenv("TMPDIR"));
    CHECK_NUMBER("ASAN_OPTIONS", true, getenv("ASAN_OPTIONS") != NULL);
    CHECK_TEXT("nothing of ours", NULL, getenv("WORKBOOK_SECRET"));
    CHECK_NUMBER("descriptor 3 is closed", -1, fcntl(3, F_GETFD));
    CHECK_NUMBER("descriptor 99 is closed", -1, fcntl(99, F_GETFD));
    return failures != 0;
}

static int first_cpu(void)
{
    cpu_set_t cpus;
    int cpu = 0;

    sched_getaffinity(0, sizeof cpus, &cpus);
    while (!CPU_ISSET((unsigned)cpu, &cpus))
        cpu++;
    return cpu;
}

static _Noreturn void become_inside(const struct sandbox *box)
{
    char *argv[] = {strdup("sandbox"), strdup("inside"), strdup(directory),
                    NULL};
    int self = open("/proc/self/exe", O_PATH | O_CLOEXEC);

    dup2(1, 99);
    signal(SIGPIPE, SIG_IGN);
    enter_sandbox(box);
    fexecve(self, argv, subject_environment(directory));
    _exit(9);
}

/* Its status; what it says on the report pipe goes to `said`. */
static int run_inside(struct sandbox box, char *said, size_t room)
{
    int report[2], status = -1;

    if (pipe2(report, O_CLOEXEC) == -1)
        return -1;
    box.report = report[1];
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        become_inside(&box);
    close(report[1]);
    ssize_t n = read(report[0], said, room - 1);
    said[n > 0 ? n : 0] = '\0';
    close(report[0]);
    CHECK_NUMBER("wait", pid, waitpid(pid, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **argv)
{
    struct sandbox box = {.files = 50, .out = 1, .err = 2};
    char said[200];

    if (argc == 3 && strcmp(argv[1], "inside") == 0) {
        directory = argv[2];
        return check_inside();
    }
    setenv("WORKBOOK_SECRET", "x", 1);
    box.directory = directory = make_scratch();
    box.cpu = first_cpu();
    CHECK_NUMBER("inside", 0, run_inside(box, said, sizeof said));
    CHECK_TEXT("it says", "", said);

    box.directory = "/nonexistent";
    CHECK_NUMBER("without a directory", SANDBOX_FAILED,
                 run_inside(box, said, sizeof said));
    CHECK_TEXT("it says",
               "chdir to the scratch directory: No such file or directory",
               said);
    CHECK_NUMBER("removed", 0, remove_scratch(directory));
    return failures != 0;
}
