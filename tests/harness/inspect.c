#define _GNU_SOURCE
#include "inspect.h"

#include "pump.h"
#include "tracer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINK = 32, /* a link in /proc/PID/fd as long as it matters */
    MOST_DESCRIPTORS = 2048,
    MOST_LISTENERS = 256
};

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
    if (strncmp(target, "pipe:", 5) == 0 || strncmp(target, "/dev/pts", 8) == 0)
        return DESCRIPTOR_STREAM;
    return DESCRIPTOR_FILE;
}

int descriptor_flags(pid_t tid, int fd)
{
    char name[32], bytes[512];

    snprintf(name, sizeof name, "fdinfo/%d", fd);
    if (!read_proc(bytes, sizeof bytes, tid, name))
        return 0;
    const char *flags = strstr(bytes, "flags:");
    return flags != NULL ? (int)strtol(flags + strlen("flags:"), NULL, 8) : 0;
}

/* Descriptors that are open on one thing: as their links in /proc tell. */
struct copies {
    char target[LINK];
    int n, inheritable;
};

static void add_copies(struct task *task, void *data)
{
    struct copies *c = data;
    char target[LINK];
    DIR *dir;

    if (task->tid != task->pid ||
        (dir = opendir(text("/proc/%d/fd", (int)task->pid))) == NULL)
        return;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        ssize_t k = readlinkat(dirfd(dir), e->d_name, target, LINK - 1);
        target[k > 0 ? k : 0] = '\0';
        if (k <= 0 || strcmp(target, c->target) != 0)
            continue;
        int fd = (int)strtol(e->d_name, NULL, 10);
        c->n++;
        c->inheritable += (descriptor_flags(task->pid, fd) & O_CLOEXEC) == 0;
    }
    closedir(dir);
}

static struct copies find_copies(struct subject *s, int fd)
{
    struct copies c = {.n = 0};

    if (readlink(text("/proc/self/fd/%d", fd), c.target, LINK - 1) > 0)
        each_task(s, add_copies, &c);
    return c;
}

int count_copies(struct subject *s, int fd)
{
    return find_copies(s, fd).n;
}

int count_inheritable_copies(struct subject *s, int fd)
{
    return find_copies(s, fd).inheritable;
}

struct living {
    pid_t pid, tid;
};

static void look_for_living(struct task *task, void *data)
{
    struct living *l = data;

    if (task->pid == l->pid && task->tid != l->pid)
        l->tid = task->tid;
}

/* A thread by which /proc can be asked about a process: when the first one has
 * ended by pthread_exit(), it is asked in vain. */
static pid_t living_thread(pid_t pid)
{
    struct living l = {pid, pid};

    if (task_state(pid) == 'Z')
        each_task(NULL, look_for_living, &l);
    return l.tid;
}

/* Lists the descriptors of a process as their links in /proc have them; how
 * many there are. */
static size_t list_descriptors(pid_t pid, char targets[][LINK], size_t most)
{
    size_t n = 0;
    DIR *dir = opendir(text("/proc/%d/fd", (int)living_thread(pid)));

    if (dir == NULL)
        return 0;
    for (struct dirent *e; n < most && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        ssize_t k = readlinkat(dirfd(dir), e->d_name, targets[n], LINK - 1);
        targets[n++][k > 0 ? k : 0] = '\0';
    }
    closedir(dir);
    return n;
}

static bool is_among(const char *one, char targets[][LINK], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(targets[i], one) == 0)
            return true;
    return false;
}

/* Two descriptors of one socket are one socket. */
int count_sockets_of(pid_t pid)
{
    char targets[MOST_DESCRIPTORS][LINK];
    size_t n = list_descriptors(pid, targets, MOST_DESCRIPTORS);
    int sockets = 0;

    for (size_t i = 0; i < n; i++)
        sockets += strncmp(targets[i], "socket:", 7) == 0 &&
                   !is_among(targets[i], targets, i);
    return sockets;
}

/* Whether the socket with this inode is one of the process's own. */
static bool owns_inode(pid_t pid, unsigned long inode)
{
    char targets[MOST_DESCRIPTORS][LINK];
    size_t n = list_descriptors(pid, targets, MOST_DESCRIPTORS);

    return is_among(text("socket:[%lu]", inode), targets, n);
}

/* A line of /proc/net/tcp (proc_net_tcp(5)) or udp: the local address is
 * printed as 32-bit words of the host's own order, so their bytes are as they
 * were. */
static bool parse_socket(const char *line, unsigned wanted, char hex[33],
                         unsigned *port, unsigned long *inode)
{
    unsigned state;

    return sscanf(line,
                  " %*d: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*s "
                  "%*s %lu",
                  hex, port, &state, inode) == 4 &&
           state == wanted;
}

static bool parse_listener(const char *line, char hex[33], unsigned *port,
                           unsigned long *inode)
{
    return parse_socket(line, TCP_LISTEN, hex, port, inode);
}

static size_t make_address(const char *hex, unsigned port, void *addr)
{
    uint32_t words[4] = {0};
    size_t n = strlen(hex) / 8;

    for (size_t i = 0; i < n; i++)
        sscanf(hex + 8 * i, "%8x", &words[i]);
    if (n == 1) {
        struct sockaddr_in in = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = words[0]};
        memcpy(addr, &in, sizeof in);
        return sizeof in;
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons((uint16_t)port)};
    memcpy(&in6.sin6_addr, words, sizeof words);
    memcpy(addr, &in6, sizeof in6);
    return sizeof in6;
}

static size_t find_in_table(pid_t pid, const char *table, unsigned state,
                            void *addr)
{
    char line[512], hex[33];
    unsigned port;
    unsigned long inode;
    size_t n = 0;
    FILE *f =
        fopen(text("/proc/%d/net/%s", (int)living_thread(pid), table), "re");

    while (f != NULL && n == 0 && fgets(line, sizeof line, f) != NULL)
        if (parse_socket(line, state, hex, &port, &inode) &&
            owns_inode(pid, inode))
            n = make_address(hex, port, addr);
    if (f != NULL)
        fclose(f);
    return n;
}

struct listener_search {
    void *addr;
    size_t n;
};

static void look_for_listener(struct task *task, void *data)
{
    struct listener_search *search = data;

    if (search->n > 0 || task->tid != task->pid)
        return;
    search->n = find_in_table(task->pid, "tcp", TCP_LISTEN, search->addr);
    if (search->n == 0)
        search->n = find_in_table(task->pid, "tcp6", TCP_LISTEN, search->addr);
}

/* UDP has two of TCP's states: who is connected is in TCP_ESTABLISHED, all
 * others are in TCP_CLOSE. */
static void look_for_bound(struct task *task, void *data)
{
    struct listener_search *search = data;

    if (search->n > 0 || task->tid != task->pid)
        return;
    search->n = find_in_table(task->pid, "udp", TCP_CLOSE, search->addr);
    if (search->n == 0)
        search->n = find_in_table(task->pid, "udp6", TCP_CLOSE, search->addr);
}

size_t find_listener(struct subject *s, void *addr)
{
    struct listener_search search = {addr, 0};

    each_task(s, look_for_listener, &search);
    return search.n;
}

size_t find_bound(struct subject *s, void *addr)
{
    struct listener_search search = {addr, 0};

    each_task(s, look_for_bound, &search);
    return search.n;
}

static void add_sockets(struct task *task, void *total)
{
    if (task->tid == task->pid)
        *(int *)total += count_sockets_of(task->pid);
}

int count_sockets_of_all(struct subject *s)
{
    int total = 0;

    each_task(s, add_sockets, &total);
    return total;
}

/* The inodes of all TCP sockets that listen in a process's network: one look
 * at the tables, which takes milliseconds, for all of its kin. */
struct listeners {
    unsigned long inodes[MOST_LISTENERS];
    size_t n;
    int holders;
};

static void read_listeners(struct listeners *l, pid_t pid, const char *table)
{
    char line[512], hex[33];
    unsigned port;
    FILE *f =
        fopen(text("/proc/%d/net/%s", (int)living_thread(pid), table), "re");

    while (f != NULL && l->n < MOST_LISTENERS &&
           fgets(line, sizeof line, f) != NULL)
        l->n += parse_listener(line, hex, &port, &l->inodes[l->n]);
    if (f != NULL)
        fclose(f);
}

static void add_holder(struct task *task, void *data)
{
    struct listeners *l = data;

    if (task->tid != task->pid)
        return;
    for (size_t i = 0; i < l->n; i++)
        if (owns_inode(task->pid, l->inodes[i])) {
            l->holders++;
            return;
        }
}

int count_listeners(struct subject *s)
{
    struct listeners l = {.n = 0};

    read_listeners(&l, s->pid, "tcp");
    read_listeners(&l, s->pid, "tcp6");
    each_task(s, add_holder, &l);
    return l.holders;
}

int count_sockets(struct subject *s)
{
    return count_sockets_of(s->pid);
}

int count_descriptors(struct subject *s)
{
    char targets[MOST_DESCRIPTORS][LINK];

    return (int)list_descriptors(s->pid, targets, MOST_DESCRIPTORS);
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

static void add_thread(struct task *task, void *total)
{
    *(int *)total += task->tid != task->pid;
}

int count_threads(struct subject *s)
{
    int total = 0;

    each_task(s, add_thread, &total);
    return total;
}

/* The state letter of a task, and the parent of its process. */
static char state_and_parent(pid_t tid, pid_t *parent)
{
    char stat[512], state = 'X';

    *parent = 0;
    if (!read_proc(stat, sizeof stat, tid, "stat"))
        return 'X';
    const char *end = strrchr(stat, ')');
    if (end != NULL)
        sscanf(end, ") %c %d", &state, parent);
    return state;
}

pid_t parent_of(pid_t tid)
{
    pid_t parent;

    state_and_parent(tid, &parent);
    return parent;
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
    pid_t parent;

    return state_and_parent(tid, &parent);
}

/* A line of /proc/PID/status that is a set of signals. */
static uint64_t signal_set(const char *status, const char *name)
{
    const char *line = strstr(status, name);

    return line != NULL ? strtoull(line + strlen(name), NULL, 16) : 0;
}

bool has_signal(pid_t tid)
{
    char status[4096];

    if (!read_proc(status, sizeof status, tid, "status"))
        return false;
    uint64_t pending =
        signal_set(status, "\nSigPnd:") | signal_set(status, "\nShdPnd:");
    return (pending & ~signal_set(status, "\nSigBlk:")) != 0;
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

size_t address_space(struct subject *s)
{
    char statm[128];
    unsigned long pages = 0;

    if (read_proc(statm, sizeof statm, living_thread(s->pid), "statm"))
        sscanf(statm, "%lu", &pages);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

uint64_t run_delay(pid_t tid)
{
    char schedstat[128];
    unsigned long long delay = 0;

    if (read_proc(schedstat, sizeof schedstat, tid, "schedstat"))
        sscanf(schedstat, "%*u %llu", &delay);
    return delay;
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

    if (task->tid == task->pid && clock_getcpuclockid(task->pid, &clock) == 0 &&
        clock_gettime(clock, &t) == 0)
        *(uint64_t *)total +=
            (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t cpu_ns(struct subject *s)
{
    uint64_t ns = s->dead_cpu_ns;

    each_task(s, add_cpu, &ns);
    return ns;
}

uint64_t cpu_us(struct subject *s)
{
    uint64_t ns = cpu_ns(s);

    if (ns / 1000 > s->most_cpu_us) /* the share of the dead is rounded */
        s->most_cpu_us = ns / 1000;
    return s->most_cpu_us;
}

/* The number of a child that was waited for may be another's by now: a zombie
 * of the subject has a parent in it. */
static void add_zombie(struct subject *s, pid_t pid, void *total)
{
    pid_t parent;

    if (state_and_parent(pid, &parent) == 'Z' && is_own_process(s, parent) &&
        find_task(parent) != NULL)
        ++*(int *)total;
}

int count_zombies(struct subject *s)
{
    int total = 0;

    each_process(s, add_zombie, &total);
    return total;
}
