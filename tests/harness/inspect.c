#define _GNU_SOURCE
#include "inspect.h"

#include "pump.h"
#include "tracer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Reads a small file of /proc as a string; false when it is gone. */
static bool read_proc(char *to, size_t room, pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return false;
    ssize_t n = read(fd, to, room - 1);
    close(fd);
    to[n > 0 ? n : 0] = '\0';
    return n > 0;
}

enum descriptor_kind descriptor_kind(pid_t tid, int fd)
{
    char path[64], target[16] = "";

    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)tid, fd);
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n == -1)
        return DESCRIPTOR_NONE;
    if (strncmp(target, "socket:", 7) == 0)
        return DESCRIPTOR_SOCKET;
    if (strncmp(target, "pipe:", 5) == 0 ||
        strncmp(target, "/dev/pts", 8) == 0)
        return DESCRIPTOR_STREAM;
    return DESCRIPTOR_FILE;
}

/* Counts a process's descriptors that are of a kind, or all for NONE. */
static int count_kind(pid_t pid, enum descriptor_kind kind)
{
    char path[64];
    int n = 0;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        n += kind == DESCRIPTOR_NONE ||
             descriptor_kind(pid, atoi(e->d_name)) == kind;
    }
    closedir(dir);
    return n;
}

int count_sockets_of(pid_t pid)
{
    return count_kind(pid, DESCRIPTOR_SOCKET);
}

int count_sockets(struct subject *s)
{
    return count_sockets_of(s->pid);
}

int count_descriptors(struct subject *s)
{
    return count_kind(s->pid, DESCRIPTOR_NONE);
}

int sockets_at_exit(struct subject *s)
{
    wait_exit(s);
    return s->sockets_at_exit;
}

int count_tasks(struct subject *s)
{
    return s->tasks;
}

pid_t process_of(pid_t tid)
{
    char status[512];
    int pid = 0;

    if (!read_proc(status, sizeof status, tid, "status"))
        return 0;
    const char *line = strstr(status, "\nTgid:");
    if (line != NULL)
        sscanf(line, "\nTgid: %d", &pid);
    return pid;
}

char task_state(pid_t tid)
{
    char stat[512];

    if (!read_proc(stat, sizeof stat, tid, "stat"))
        return 'X';
    const char *end = strrchr(stat, ')');
    return end != NULL && end[1] == ' ' ? end[2] : 'X';
}

bool blocked_call(pid_t tid, long *nr, long args[6])
{
    char line[256];
    unsigned long a[6] = {0};

    if (!read_proc(line, sizeof line, tid, "syscall") ||
        sscanf(line, "%ld %lx %lx %lx %lx %lx %lx", nr, &a[0], &a[1], &a[2],
               &a[3], &a[4], &a[5]) < 1)
        return false;
    for (int i = 0; i < 6; i++)
        args[i] = (long)a[i];
    return *nr >= 0;
}

static void add_resident(struct task *task, void *total)
{
    char statm[128];
    unsigned long pages = 0;

    if (task->tid == task->pid &&
        read_proc(statm, sizeof statm, task->pid, "statm"))
        sscanf(statm, "%*u %lu", &pages);
    *(size_t *)total += pages * (size_t)sysconf(_SC_PAGESIZE);
}

size_t resident_bytes(struct subject *s)
{
    size_t total = 0;

    each_task(s, add_resident, &total);
    return total;
}

static void add_cpu(struct task *task, void *total)
{
    clockid_t clock;
    struct timespec t;

    if (task->tid == task->pid &&
        clock_getcpuclockid(task->pid, &clock) == 0 &&
        clock_gettime(clock, &t) == 0)
        *(uint64_t *)total +=
            (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t cpu_us(struct subject *s)
{
    uint64_t ns = s->dead_cpu_ns;

    each_task(s, add_cpu, &ns);
    return ns / 1000;
}

static void add_zombie(struct task *task, void *n)
{
    *(int *)n += task->tid == task->pid && task_state(task->pid) == 'Z';
}

int count_zombies(struct subject *s)
{
    int n = 0;

    each_task(s, add_zombie, &n);
    return n;
}
