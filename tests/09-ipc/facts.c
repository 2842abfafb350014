/* What chapters/09-ipc.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

enum {
    PATIENCE = 8000, /* ms for what must happen, on a busy machine */
    A_WHILE = 50,    /* ms in which nothing may happen */
    MOST_FDS = 253,  /* SCM_MAX_FD: unix(7) */
    TIME_WAIT = 6    /* a state in /proc/net/tcp */
};

static char room[1 << 16];

static const char *last_error(void)
{
    return strerrorname_np(errno);
}

static void set_option(int fd, int level, int name, int value)
{
    must(setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    must(getsockopt(fd, level, name, &value, &len), "getsockopt");
    return value;
}

/* What poll() says of fd within ms: revents, or 0. */
static int ready(int fd, int events, int ms)
{
    struct pollfd p = {fd, (short)events, 0};

    must(poll(&p, 1, ms), "poll");
    return p.revents;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1;
}

static bool closes_on_exec(int fd)
{
    return (must(fcntl(fd, F_GETFD), "F_GETFD") & FD_CLOEXEC) != 0;
}

static void say(int fd, const char *words)
{
    must((int)send(fd, words, strlen(words), MSG_NOSIGNAL), "send");
}

static long try_recv(int fd)
{
    return recv(fd, room, sizeof room, MSG_DONTWAIT);
}

static bool came(const char *words, long n)
{
    return n == (long)strlen(words) && memcmp(room, words, strlen(words)) == 0;
}

/* --- Ends ---------------------------------------------------------------- */

struct pair {
    int a, b;
};

static struct pair new_pair(int type)
{
    int ends[2];

    must(socketpair(AF_UNIX, type, 0, ends), "socketpair");
    return (struct pair){ends[0], ends[1]};
}

static int new_socket(int type)
{
    return must(socket(AF_UNIX, type, 0), "socket");
}

static struct pair new_pipe(void)
{
    int ends[2];

    must(pipe(ends), "pipe");
    return (struct pair){.a = ends[0], .b = ends[1]};
}

static struct sockaddr_un path_address(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    memcpy(addr.sun_path, path, strlen(path));
    return addr;
}

static int try_bind(int fd, const char *path)
{
    struct sockaddr_un addr = path_address(path);

    return bind(fd, (struct sockaddr *)&addr, sizeof addr);
}

static int try_connect(int fd, const char *path)
{
    struct sockaddr_un addr = path_address(path);

    return connect(fd, (struct sockaddr *)&addr, sizeof addr);
}

static int listen_at(const char *path, int backlog)
{
    int lfd = new_socket(SOCK_STREAM);

    must(try_bind(lfd, path), "bind");
    must(listen(lfd, backlog), "listen");
    return lfd;
}

static int call_at(const char *path)
{
    int fd = new_socket(SOCK_STREAM);

    must(try_connect(fd, path), "connect");
    return fd;
}

/* An address in the abstract namespace, and its exact length. */
static socklen_t abstract_address(struct sockaddr_un *addr, const char *name)
{
    *addr = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(addr->sun_path + 1, name, strlen(name));
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       strlen(name));
}

static int abstract_listener(const char *name)
{
    struct sockaddr_un addr;
    socklen_t len = abstract_address(&addr, name);
    int lfd = new_socket(SOCK_STREAM);

    must(bind(lfd, (struct sockaddr *)&addr, len), "bind");
    must(listen(lfd, 8), "listen");
    return lfd;
}

static int try_abstract_connect(int fd, const char *name)
{
    struct sockaddr_un addr;
    socklen_t len = abstract_address(&addr, name);

    return connect(fd, (struct sockaddr *)&addr, len);
}

/* The two ends of a TCP connection over loopback; a has called b. */
static struct pair tcp_pair(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof addr;
    int lfd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    struct pair p = {.a = must(socket(AF_INET, SOCK_STREAM, 0), "socket")};

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(lfd, (struct sockaddr *)&addr, sizeof addr), "bind");
    must(listen(lfd, 8), "listen");
    must(getsockname(lfd, (struct sockaddr *)&addr, &len), "getsockname");
    must(connect(p.a, (struct sockaddr *)&addr, sizeof addr), "connect");
    p.b = must(accept(lfd, NULL, NULL), "accept");
    close(lfd);
    return p;
}

/* --- A directory of one's own --------------------------------------------- */

static char scratch[64];

static void enter_scratch(void)
{
    strcpy(scratch, "/tmp/facts-XXXXXX");
    must(mkdtemp(scratch) == NULL ? -1 : 0, "mkdtemp");
    must(chdir(scratch), "chdir");
}

/* Removes the directory and what is in it. */
static void leave_scratch(void)
{
    DIR *dir = opendir(scratch);
    const struct dirent *entry;

    if (dir == NULL) {
        must(-1, "opendir");
        return;
    }
    while ((entry = readdir(dir)) != NULL)
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    must(rmdir(scratch), "rmdir");
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    must(stat(path, &st), "stat");
    return st.st_mode;
}

/* A file with these words in it, open for reading, and without a name. */
static int file_with(const char *words)
{
    int fd = must(memfd_create("fact", 0), "memfd_create");

    must((int)write(fd, words, strlen(words)), "write");
    must((int)lseek(fd, 0, SEEK_SET), "lseek");
    return fd;
}

static char next_byte(int fd)
{
    char c = 0;

    must((int)read(fd, &c, 1), "read");
    return c;
}

/* From now on this process is an ordinary user, who may be refused. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};

    must((int)syscall(SYS_capset, &head, none), "capset");
}

/* --- Children ------------------------------------------------------------- */

/* A child that does not outlive this process, however soon that ends. */
static pid_t start_child(void)
{
    struct pair bound = new_pipe(); /* closed by the child once it is */
    char nothing;

    pid_t pid = must(fork(), "fork");
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(bound.b);
    if (pid != 0)
        must((int)read(bound.a, &nothing, 1), "read");
    close(bound.a);
    return pid;
}

static _Noreturn void stay(void)
{
    for (;;)
        pause();
}

static void wait_for(pid_t pid)
{
    must(waitpid(pid, NULL, 0), "waitpid");
}

static void kill_child(pid_t pid)
{
    must(kill(pid, SIGKILL), "kill");
    wait_for(pid);
}

/* The state of a process: 'S' when it is asleep, 'Z' when it has ended. */
static char state_of(pid_t pid)
{
    char path[64], line[512], *end = NULL;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    must(f == NULL ? -1 : 0, path);
    if (fgets(line, sizeof line, f) != NULL)
        end = strrchr(line, ')');
    fclose(f);
    return end != NULL ? end[2] : '?';
}

static void wait_until(pid_t pid, char state)
{
    while (state_of(pid) != state)
        sched_yield();
}

/* Memory that this process and its children see alike. */
static void *shared_page(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    must(page == MAP_FAILED ? -1 : 0, "mmap");
    return page;
}

/* --- Passing descriptors ---------------------------------------------------
 */

/* Sends n bytes and with them these descriptors. */
static long pass(int sock, const char *bytes, size_t n, const int *fds,
                 size_t count)
{
    _Alignas(struct cmsghdr) char
        control[CMSG_SPACE((MOST_FDS + 1) * sizeof(int))] = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = n};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    return sendmsg(sock, &msg, MSG_NOSIGNAL);
}

static void pass_one(int sock, int fd)
{
    must((int)pass(sock, "x", 1, &fd, 1), "sendmsg");
}

/* What one recvmsg() brought. */
struct parcel {
    long n;      /* bytes, in room */
    int flags;   /* msg_flags */
    int count;   /* descriptors */
    int fds[16]; /* the first of them */
};

/* Receives with this much room for control data. */
static struct parcel fetch(int sock, size_t control_room, int flags)
{
    _Alignas(struct cmsghdr) char control[512];
    struct iovec part = {.iov_base = room, .iov_len = sizeof room};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = control_room};
    struct parcel p = {.n = recvmsg(sock, &msg, MSG_DONTWAIT | flags)};

    p.flags = msg.msg_flags;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL;
         c = CMSG_NXTHDR(&msg, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            p.count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(p.fds, CMSG_DATA(c), (size_t)p.count * sizeof(int));
        }
    return p;
}

static struct parcel fetch_one(int sock)
{
    return fetch(sock, CMSG_SPACE(sizeof(int)), 0);
}

/* --- What fork and dup share ---------------------------------------------- */

FACT(dup_shares_the_offset, "what is read by a copy that dup() made is read; "
                            "a file that is opened anew begins at its start")
{
    enter_scratch();
    int fd = must(open("file", O_RDWR | O_CREAT, 0600), "open");
    must((int)write(fd, "abc", 3), "write");
    must((int)lseek(fd, 0, SEEK_SET), "lseek");
    int copy = must(dup(fd), "dup");
    int anew = must(open("file", O_RDONLY), "open");
    leave_scratch();

    HOLDS(next_byte(fd) == 'a', "not the first byte");
    HOLDS(next_byte(copy) == 'b', "the copy has an offset of its own");
    HOLDS(next_byte(anew) == 'a', "the second open() shares the offset");
}

FACT(fork_shares_the_offset, "what a child reads its parent does not read")
{
    int fd = file_with("abc");

    pid_t pid = start_child();
    if (pid == 0)
        _exit(next_byte(fd) == 'a' ? 0 : 1);
    wait_for(pid);
    char c = next_byte(fd);
    HOLDS(c == 'b', "the parent reads '%c'", c);
}

FACT(cloexec_is_the_descriptors, "FD_CLOEXEC is one descriptor's, and dup() "
                                 "does not copy it")
{
    int fd = new_socket(SOCK_STREAM | SOCK_CLOEXEC), copy = must(dup(fd), "");

    HOLDS(closes_on_exec(fd), "it is not set");
    HOLDS(!closes_on_exec(copy), "the copy has it");
    copy = must(fcntl(fd, F_DUPFD_CLOEXEC, 0), "F_DUPFD_CLOEXEC");
    HOLDS(closes_on_exec(copy), "F_DUPFD_CLOEXEC does not set it");
}

FACT(flock_is_the_descriptions, "a lock by flock() is shared by dup() and "
                                "refused to one who has opened the file anew")
{
    enter_scratch();
    int fd = must(open("lock", O_RDWR | O_CREAT, 0600), "open");
    int copy = must(dup(fd), "dup"), anew = must(open("lock", O_RDWR), "open");
    leave_scratch();

    must(flock(fd, LOCK_EX | LOCK_NB), "flock");
    HOLDS(flock(copy, LOCK_EX | LOCK_NB) == 0, "%s", last_error());
    FAILS(flock(anew, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    close(fd);
    FAILS(flock(anew, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    close(copy);
    HOLDS(flock(anew, LOCK_EX | LOCK_NB) == 0, "%s", last_error());
}

FACT(options_are_the_sockets, "an option that is set by one descriptor is set "
                              "for all that lead to the socket")
{
    struct pair p = new_pair(SOCK_STREAM);
    int copy = must(dup(p.a), "dup");

    set_option(copy, SOL_SOCKET, SO_PASSCRED, 1);
    HOLDS(option(p.a, SOL_SOCKET, SO_PASSCRED) == 1, "it is off");
}

FACT(socket_has_one_description, "a socket cannot be opened anew, not by "
                                 "/proc/self/fd either; a pipe can")
{
    struct pair p = new_pair(SOCK_STREAM), q = new_pipe();
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", p.a);
    FAILS(open(path, O_RDWR), ENXIO);
    snprintf(path, sizeof path, "/proc/self/fd/%d", q.a);
    HOLDS(open(path, O_RDONLY) != -1, "%s", last_error());
}

/* --- Pipes -----------------------------------------------------------------
 */

FACT(pipe_is_one_way, "a pipe's ends are good for one direction each")
{
    struct pair p = new_pipe();

    FAILS(write(p.a, "x", 1), EBADF);
    FAILS(read(p.b, room, 1), EBADF);
}

FACT(one_pipe_answers_itself, "who writes a question into a pipe and reads "
                              "from it gets the question")
{
    struct pair p = new_pipe();

    pid_t pid = start_child();
    if (pid == 0)
        stay(); /* too late: the parent is quicker */
    must((int)write(p.b, "question", 8), "write");
    long n = read(p.a, room, sizeof room);
    HOLDS(came("question", n), "%ld bytes come", n);
    kill_child(pid);
}

FACT(pipe_is_no_socket, "send() to a pipe says ENOTSOCK, so there is no "
                        "MSG_NOSIGNAL, and no shutdown()")
{
    struct pair p = new_pipe();

    FAILS(send(p.b, "x", 1, MSG_NOSIGNAL), ENOTSOCK);
    FAILS(shutdown(p.b, SHUT_WR), ENOTSOCK);
}

FACT(small_writes_are_whole, "a write of PIPE_BUF bytes goes into a pipe whole "
                             "or not at all; a larger one may go in part")
{
    struct pair p = new_pipe();
    long size = must(fcntl(p.b, F_GETPIPE_SZ), "F_GETPIPE_SZ");
    long page = sysconf(_SC_PAGESIZE), all = 0, n;
    char *bytes = calloc(1, (size_t)size);

    must(bytes == NULL ? -1 : 0, "calloc");
    if (page != PIPE_BUF)
        skip("a page has %ld bytes", page);
    must(fcntl(p.b, F_SETFL, O_NONBLOCK), "F_SETFL");
    while ((n = write(p.b, bytes, PIPE_BUF)) != -1) {
        HOLDS(n == PIPE_BUF, "%ld bytes", n);
        all += n;
    }
    HOLDS(errno == EAGAIN, "%s", last_error());
    HOLDS(all == size, "%ld bytes of %ld", all, size);
    must((int)read(p.a, room, PIPE_BUF), "read");
    n = write(p.b, bytes, PIPE_BUF + 1);
    HOLDS(n == PIPE_BUF, "%ld bytes", n);
}

FACT(pipe_can_grow, "F_SETPIPE_SZ changes how much a pipe holds")
{
    struct pair p = new_pipe();
    int size = must(fcntl(p.b, F_GETPIPE_SZ), "F_GETPIPE_SZ");

    HOLDS(size >= PIPE_BUF, "%d bytes", size);
    if (fcntl(p.b, F_SETPIPE_SZ, 2 * size) == -1 && errno == EPERM)
        skip("this user has too many pipes");
    HOLDS(fcntl(p.b, F_GETPIPE_SZ) >= 2 * size, "not grown");
}

/* --- socketpair ------------------------------------------------------------
 */

FACT(pair_goes_both_ways, "what is sent into either end of a socketpair comes "
                          "out of the other, and not out of itself")
{
    struct pair p = new_pair(SOCK_STREAM);

    say(p.a, "to b");
    FAILS(try_recv(p.a), EAGAIN);
    HOLDS(came("to b", try_recv(p.b)), "not what was sent");
    say(p.b, "to a");
    HOLDS(came("to a", try_recv(p.a)), "not what was sent");
}

FACT(pair_has_no_name, "the ends of a socketpair have no address but the "
                       "family")
{
    struct pair p = new_pair(SOCK_STREAM);
    struct sockaddr_un addr;
    socklen_t len = sizeof addr;

    must(getpeername(p.a, (struct sockaddr *)&addr, &len), "getpeername");
    HOLDS(len == sizeof(sa_family_t), "%u bytes", len);
}

FACT(pairs_are_local, "socketpair() makes no pair in AF_INET")
{
    int ends[2];

    FAILS(socketpair(AF_INET, SOCK_STREAM, 0, ends), EOPNOTSUPP);
}

FACT(unused_end_hides_the_end, "a child that keeps a copy of its parent's end "
                               "never sees the end, until it closes the copy")
{
    struct pair p = new_pair(SOCK_STREAM), told = new_pair(SOCK_STREAM);

    pid_t pid = start_child();
    if (pid == 0) {
        must((int)read(told.b, room, 1), "read"); /* the parent has closed */
        bool hidden = ready(p.b, POLLIN, A_WHILE) == 0;
        close(p.a);
        bool seen = ready(p.b, POLLIN, PATIENCE) != 0 && try_recv(p.b) == 0;
        _exit((hidden ? 0 : 1) | (seen ? 0 : 2));
    }
    close(p.b);
    close(p.a);
    say(told.a, "x");
    int status;
    must(waitpid(pid, &status, 0), "waitpid");
    HOLDS(!(WEXITSTATUS(status) & 1), "it sees the end");
    HOLDS(!(WEXITSTATUS(status) & 2), "it does not see the end");
}

FACT(unused_end_hides_a_death, "a parent that keeps a copy of its child's end "
                               "does not see that the child has died")
{
    struct pair p = new_pair(SOCK_STREAM);

    pid_t pid = start_child();
    if (pid == 0)
        stay();
    kill_child(pid);
    HOLDS(ready(p.a, POLLIN, A_WHILE) == 0, "it sees it");
    close(p.b);
    HOLDS(ready(p.a, POLLIN, PATIENCE) != 0, "it does not see it");
    HOLDS(try_recv(p.a) == 0, "not the end");
}

FACT(killed_child_is_an_end, "when a child is killed that had read everything, "
                             "its parent's recv() says 0 and send() EPIPE")
{
    struct pair p = new_pair(SOCK_STREAM);

    pid_t pid = start_child();
    if (pid == 0)
        stay();
    close(p.b);
    kill_child(pid);
    HOLDS(try_recv(p.a) == 0, "not the end");
    FAILS(send(p.a, "x", 1, MSG_NOSIGNAL), EPIPE);
}

FACT(unread_question_is_a_reset, "when a child dies that had not read "
                                 "everything, recv() gives what it had said, "
                                 "then ECONNRESET, then 0")
{
    struct pair p = new_pair(SOCK_STREAM);

    say(p.a, "question");
    pid_t pid = start_child();
    if (pid == 0) {
        say(p.b, "wait");
        stay();
    }
    close(p.b);
    HOLDS(ready(p.a, POLLIN, PATIENCE) != 0, "nothing comes");
    kill_child(pid);
    HOLDS(came("wait", try_recv(p.a)), "what it had said is lost");
    FAILS(try_recv(p.a), ECONNRESET);
    HOLDS(try_recv(p.a) == 0, "not the end");
}

FACT(half_close_works_in_a_pair, "after SHUT_WR the other end reads 0 and its "
                                 "answer still comes, whoever else holds a "
                                 "copy")
{
    struct pair p = new_pair(SOCK_STREAM);
    int copy = must(dup(p.a), "dup");

    say(p.a, "question");
    must(shutdown(p.a, SHUT_WR), "shutdown");
    HOLDS(came("question", try_recv(p.b)), "the question is lost");
    HOLDS(try_recv(p.b) == 0, "not the end");
    say(p.b, "answer");
    HOLDS(came("answer", try_recv(copy)), "the answer is lost");
}

/* Sends into fd until there is no room. */
static void fill(int fd)
{
    while (send(fd, room, sizeof room, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        ;
    must(errno == EAGAIN ? 0 : -1, "send");
}

FACT(both_full_is_a_standstill, "when both directions are full neither end can "
                                "send until one of them receives")
{
    struct pair p = new_pair(SOCK_STREAM);

    fill(p.a);
    fill(p.b);
    HOLDS(ready(p.a, POLLOUT, 0) == 0 && ready(p.b, POLLOUT, 0) == 0,
          "there is room");
    while (try_recv(p.b) > 0)
        ;
    HOLDS(ready(p.a, POLLOUT, 0) != 0, "there is no room");
}

static long taken_in_pieces(struct pair p, size_t piece)
{
    long n, all = 0;

    while ((n = send(p.a, room, piece, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
        all += n;
    return all;
}

static long taken_by(struct pair p)
{
    return taken_in_pieces(p, 1024);
}

FACT(sender_pays_for_the_room, "how much fits into an AF_UNIX connection the "
                               "sender's SO_SNDBUF says; SO_RCVBUF does not")
{
    struct pair p = new_pair(SOCK_STREAM), q = new_pair(SOCK_STREAM),
                r = new_pair(SOCK_STREAM);

    set_option(q.b, SOL_SOCKET, SO_RCVBUF, 4096);
    set_option(r.a, SOL_SOCKET, SO_SNDBUF, 16384);
    long usual = taken_by(p), small_room = taken_by(q), small = taken_by(r);
    HOLDS(small_room == usual, "%ld against %ld", small_room, usual);
    HOLDS(small < usual / 2, "%ld against %ld", small, usual);
}

FACT(small_pieces_fill_the_room, "byte by byte an AF_UNIX connection is full "
                                 "after some hundred bytes, in pieces of "
                                 "16 KiB all of SO_SNDBUF goes in")
{
    struct pair p = new_pair(SOCK_STREAM), q = new_pair(SOCK_STREAM);
    int size = 0;
    socklen_t n = sizeof size;

    must(getsockopt(p.a, SOL_SOCKET, SO_SNDBUF, &size, &n), "SO_SNDBUF");
    long large = taken_in_pieces(p, 16384), bytes = taken_in_pieces(q, 1);
    HOLDS(large >= size - 16384, "%ld of %d", large, size);
    HOLDS(bytes < large / 100, "%ld against %ld", bytes, large);
}

/* --- Stream, datagram, seqpacket ------------------------------------------ */

FACT(two_kinds_keep_messages, "a stream runs two sends together; datagram and "
                              "seqpacket keep them apart")
{
    const int kinds[] = {SOCK_DGRAM, SOCK_SEQPACKET};
    struct pair p = new_pair(SOCK_STREAM);

    say(p.a, "abc");
    say(p.a, "de");
    HOLDS(came("abcde", try_recv(p.b)), "not both");
    for (int i = 0; i < 2; i++) {
        p = new_pair(kinds[i]);
        say(p.a, "abc");
        say(p.a, "de");
        HOLDS(came("abc", try_recv(p.b)), "not the first");
        HOLDS(came("de", try_recv(p.b)), "not the second");
    }
}

FACT(short_room_cuts_a_message, "what does not fit into recv()'s buffer is "
                                "lost; MSG_TRUNC in the flags gives the length")
{
    const int kinds[] = {SOCK_DGRAM, SOCK_SEQPACKET};

    for (int i = 0; i < 2; i++) {
        struct pair p = new_pair(kinds[i]);
        say(p.a, "abcdef");
        say(p.a, "next");
        long n = recv(p.b, room, 4, MSG_DONTWAIT);
        HOLDS(came("abcd", n), "%ld", n);
        HOLDS(came("next", try_recv(p.b)), "the rest has stayed");
        say(p.a, "abcdef");
        n = recv(p.b, room, 4, MSG_DONTWAIT | MSG_TRUNC);
        HOLDS(n == 6, "%ld", n);
    }
}

FACT(message_must_fit, "a message that is larger than SO_SNDBUF is EMSGSIZE, "
                       "in both kinds")
{
    const int kinds[] = {SOCK_DGRAM, SOCK_SEQPACKET};

    for (int i = 0; i < 2; i++) {
        struct pair p = new_pair(kinds[i]);
        set_option(p.a, SOL_SOCKET, SO_SNDBUF, 16384);
        FAILS(send(p.a, room, sizeof room, MSG_DONTWAIT), EMSGSIZE);
    }
}

FACT(unix_datagrams_wait, "an AF_UNIX datagram is not dropped when its "
                          "receiver is slow: the sender waits")
{
    struct pair p = new_pair(SOCK_DGRAM);
    int sent = 0, got = 0;

    while (send(p.a, "x", 1, MSG_DONTWAIT) == 1)
        sent++;
    HOLDS(errno == EAGAIN, "%s", last_error());
    while (try_recv(p.b) == 1)
        got++;
    HOLDS(got == sent, "%d of %d", got, sent);
}

FACT(datagrams_have_no_end, "when the other end of a datagram pair is closed, "
                            "recv() waits on, and send() says ECONNREFUSED")
{
    struct pair p = new_pair(SOCK_DGRAM);

    close(p.b);
    FAILS(try_recv(p.a), EAGAIN);
    HOLDS(ready(p.a, POLLIN, A_WHILE) == 0, "it is readable");
    FAILS(send(p.a, "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
}

FACT(seqpacket_has_an_end, "when the other end of a seqpacket pair is closed, "
                           "recv() says 0, as in a stream")
{
    struct pair p = new_pair(SOCK_SEQPACKET);

    say(p.a, "last");
    close(p.a);
    HOLDS(came("last", try_recv(p.b)), "the last message is lost");
    HOLDS(try_recv(p.b) == 0, "not the end");
}

FACT(empty_message_is_a_zero, "an empty SEQPACKET message makes recv() say 0, "
                              "as the end does, and another message may follow")
{
    struct pair p = new_pair(SOCK_SEQPACKET);

    must((int)send(p.a, "", 0, 0), "send");
    say(p.a, "more");
    struct parcel empty = fetch(p.b, 0, 0);
    HOLDS(empty.n == 0, "%ld", empty.n);
    HOLDS(came("more", try_recv(p.b)), "nothing follows");
    close(p.a);
    struct parcel end = fetch(p.b, 0, 0);
    HOLDS(end.n == 0 && end.flags == empty.flags, "%ld, flags %x and %x", end.n,
          (unsigned)end.flags, (unsigned)empty.flags);
}

FACT(stream_sends_no_nothing, "in a stream an empty send() sends nothing")
{
    struct pair p = new_pair(SOCK_STREAM);

    HOLDS(send(p.a, "", 0, 0) == 0, "%s", last_error());
    FAILS(try_recv(p.b), EAGAIN);
}

/* Sends from an address that recvfrom() has filled in. */
static long answer(int fd, struct sockaddr_un *to, socklen_t len)
{
    return sendto(fd, "answer", 6, MSG_DONTWAIT, (struct sockaddr *)to, len);
}

FACT(unbound_gets_no_answer, "a datagram client that has not bound comes "
                             "without an address, and cannot be answered")
{
    struct sockaddr_un from;
    socklen_t len = sizeof from;
    int server = new_socket(SOCK_DGRAM), client = new_socket(SOCK_DGRAM);

    enter_scratch();
    must(try_bind(server, "server"), "bind");
    must(try_connect(client, "server"), "connect");
    leave_scratch();
    say(client, "question");
    must((int)recvfrom(server, room, 64, 0, (struct sockaddr *)&from, &len),
         "recvfrom");
    HOLDS(len == 0, "%u bytes of address", len);
    FAILS(answer(server, &from, len), ENOTCONN);
}

FACT(autobind_gives_a_name, "bind() with the family alone gives an abstract "
                            "name, and then the answer comes")
{
    struct sockaddr_un from = {.sun_family = AF_UNIX};
    socklen_t len = sizeof from;
    int server = new_socket(SOCK_DGRAM), client = new_socket(SOCK_DGRAM);

    enter_scratch();
    must(try_bind(server, "server"), "bind");
    must(bind(client, (struct sockaddr *)&from, sizeof(sa_family_t)), "bind");
    must(try_connect(client, "server"), "connect");
    leave_scratch();
    say(client, "question");
    must((int)recvfrom(server, room, 64, 0, (struct sockaddr *)&from, &len),
         "recvfrom");
    HOLDS(len > sizeof(sa_family_t) && from.sun_path[0] == '\0',
          "%u bytes of address", len);
    HOLDS(answer(server, &from, len) == 6, "%s", last_error());
    HOLDS(came("answer", try_recv(client)), "it does not come");
}

/* --- A name in the file system ----------------------------------------------
 */

FACT(bind_makes_a_file, "bind() makes a file of the type socket, which stays "
                        "when the socket is closed")
{
    enter_scratch();
    int lfd = listen_at("s", 8);
    HOLDS(S_ISSOCK(mode_of("s")), "mode %o", (unsigned)mode_of("s"));
    close(lfd);
    HOLDS(S_ISSOCK(mode_of("s")), "mode %o", (unsigned)mode_of("s"));
    leave_scratch();
}

FACT(callers_have_no_name, "the address of a caller that has not bound is the "
                           "family alone")
{
    struct sockaddr_un addr;
    socklen_t len = sizeof addr;

    enter_scratch();
    int lfd = listen_at("s", 8);
    call_at("s");
    leave_scratch();
    must(accept(lfd, (struct sockaddr *)&addr, &len), "accept");
    HOLDS(len == sizeof(sa_family_t), "%u bytes", len);
}

FACT(stale_path_is_in_use, "a path that nobody listens at is EADDRINUSE, and "
                           "SO_REUSEADDR does not help")
{
    int fd = new_socket(SOCK_STREAM);

    enter_scratch();
    close(listen_at("s", 8));
    FAILS(try_bind(fd, "s"), EADDRINUSE);
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    FAILS(try_bind(fd, "s"), EADDRINUSE);
    must(unlink("s"), "unlink");
    HOLDS(try_bind(fd, "s") == 0, "%s", last_error());
    leave_scratch();
}

FACT(connect_tells_stale_from_live, "connect() to a stale path says "
                                    "ECONNREFUSED, to none ENOENT, and to a "
                                    "live server it succeeds")
{
    int fd = new_socket(SOCK_STREAM);

    enter_scratch();
    FAILS(try_connect(fd, "s"), ENOENT);
    int lfd = listen_at("s", 8);
    HOLDS(try_connect(fd, "s") == 0, "%s", last_error());
    close(lfd);
    FAILS(try_connect(new_socket(SOCK_STREAM), "s"), ECONNREFUSED);
    leave_scratch();
}

FACT(full_queue_is_alive, "a live server whose queue is full makes connect() "
                          "wait, and a non-blocking one say EAGAIN")
{
    enter_scratch();
    listen_at("s", 0);
    call_at("s");
    FAILS(try_connect(new_socket(SOCK_STREAM | SOCK_NONBLOCK), "s"), EAGAIN);
    pid_t pid = start_child();
    if (pid == 0) {
        call_at("s");
        _exit(0);
    }
    wait_until(pid, 'S');
    poll(NULL, 0, A_WHILE);
    HOLDS(state_of(pid) == 'S', "it does not wait");
    kill_child(pid);
    leave_scratch();
}

FACT(other_kind_is_alive, "connect() to a live server of another kind says "
                          "EPROTOTYPE")
{
    enter_scratch();
    must(try_bind(new_socket(SOCK_DGRAM), "s"), "bind");
    FAILS(try_connect(new_socket(SOCK_STREAM), "s"), EPROTOTYPE);
    leave_scratch();
}

FACT(plain_file_refuses_too, "connect() to a regular file says ECONNREFUSED")
{
    enter_scratch();
    close(must(open("s", O_CREAT | O_RDWR, 0600), "open"));
    FAILS(try_connect(new_socket(SOCK_STREAM), "s"), ECONNREFUSED);
    FAILS(try_bind(new_socket(SOCK_STREAM), "s"), EADDRINUSE);
    leave_scratch();
}

FACT(not_yet_listening_looks_stale, "between bind() and listen() connect() "
                                    "says ECONNREFUSED")
{
    int lfd = new_socket(SOCK_STREAM);

    enter_scratch();
    must(try_bind(lfd, "s"), "bind");
    FAILS(try_connect(new_socket(SOCK_STREAM), "s"), ECONNREFUSED);
    must(listen(lfd, 8), "listen");
    HOLDS(try_connect(new_socket(SOCK_STREAM), "s") == 0, "%s", last_error());
    leave_scratch();
}

FACT(unlinked_server_is_deaf, "a server whose path was unlinked keeps its "
                              "callers, and nobody can call any more, while "
                              "another binds the path")
{
    enter_scratch();
    int lfd = listen_at("s", 8), cfd = call_at("s");
    int sfd = must(accept(lfd, NULL, NULL), "accept");
    must(unlink("s"), "unlink");
    FAILS(try_connect(new_socket(SOCK_STREAM), "s"), ENOENT);
    say(cfd, "still here");
    HOLDS(came("still here", try_recv(sfd)), "the caller is lost");
    int other = listen_at("s", 8);
    call_at("s");
    HOLDS(ready(other, POLLIN, 0) != 0, "the other server has no caller");
    HOLDS(ready(lfd, POLLIN, 0) == 0, "the first server has a caller");
    leave_scratch();
}

FACT(rename_moves_a_server, "a server that was bound at one path is called at "
                            "the path that rename() gave its file")
{
    enter_scratch();
    close(listen_at("s", 8));
    int lfd = listen_at("s.new", 8);
    must(rename("s.new", "s"), "rename");
    HOLDS(try_connect(new_socket(SOCK_STREAM), "s") == 0, "%s", last_error());
    HOLDS(ready(lfd, POLLIN, 0) != 0, "it has no caller");
    leave_scratch();
}

FACT(path_of_108_needs_no_nul, "a path of 108 bytes binds without a NUL, one "
                               "of 109 is EINVAL")
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    char longer[sizeof addr + 1] = {0};

    enter_scratch();
    memset(addr.sun_path, 's', sizeof addr.sun_path);
    int fd = new_socket(SOCK_STREAM);
    HOLDS(bind(fd, (struct sockaddr *)&addr, sizeof addr) == 0, "%s",
          last_error());
    socklen_t len = sizeof addr;
    must(getsockname(fd, (struct sockaddr *)&addr, &len), "getsockname");
    HOLDS(len == sizeof addr + 1, "getsockname() says %u", len);
    memcpy(longer, &addr, sizeof addr);
    longer[sizeof addr] = 's';
    fd = new_socket(SOCK_STREAM);
    FAILS(bind(fd, (struct sockaddr *)longer, sizeof longer), EINVAL);
    leave_scratch();
}

FACT(cut_path_binds_elsewhere, "a path that was cut to fit binds, at another "
                               "path")
{
    char path[121], cut[108];
    struct stat st;

    enter_scratch();
    memset(path, 's', 120);
    path[120] = '\0';
    snprintf(cut, sizeof cut, "%.107s", path);
    HOLDS(try_bind(new_socket(SOCK_STREAM), cut) == 0, "%s", last_error());
    FAILS(stat(path, &st), ENOENT);
    HOLDS(S_ISSOCK(mode_of(cut)), "it is not there either");
    leave_scratch();
}

FACT(proc_shortens_a_path, "a directory that is open makes a long path short, "
                           "by /proc/self/fd")
{
    char path[64];

    enter_scratch();
    int dir = must(open(".", O_PATH | O_DIRECTORY), "open");
    must(chdir("/"), "chdir");
    snprintf(path, sizeof path, "/proc/self/fd/%d/s", dir);
    listen_at(path, 8);
    must(chdir(scratch), "chdir");
    HOLDS(try_connect(new_socket(SOCK_STREAM), "s") == 0, "%s", last_error());
    leave_scratch();
}

FACT(umask_decides_the_mode, "bind() gives the file the mode 0777 less the "
                             "umask")
{
    enter_scratch();
    umask(022);
    must(try_bind(new_socket(SOCK_STREAM), "a"), "bind");
    umask(0177);
    must(try_bind(new_socket(SOCK_STREAM), "b"), "bind");
    HOLDS((mode_of("a") & 0777) == 0755, "%o", (unsigned)mode_of("a"));
    HOLDS((mode_of("b") & 0777) == 0600, "%o", (unsigned)mode_of("b"));
    leave_scratch();
}

FACT(fchmod_before_bind, "fchmod() of the socket before bind() gives the mode "
                         "too")
{
    int fd = new_socket(SOCK_STREAM);

    enter_scratch();
    umask(022);
    must(fchmod(fd, 0600), "fchmod");
    must(try_bind(fd, "s"), "bind");
    HOLDS((mode_of("s") & 0777) == 0600, "%o", (unsigned)mode_of("s"));
    leave_scratch();
}

FACT(connect_needs_to_write, "who may not write to the file may not connect, "
                             "and reading is not asked for")
{
    enter_scratch();
    listen_at("s", 8);
    drop_capabilities();
    must(chmod("s", 0400), "chmod");
    FAILS(try_connect(new_socket(SOCK_STREAM), "s"), EACCES);
    must(chmod("s", 0200), "chmod");
    HOLDS(try_connect(new_socket(SOCK_STREAM), "s") == 0, "%s", last_error());
    leave_scratch();
}

FACT(directory_guards_too, "who may not search the directory may not connect")
{
    enter_scratch();
    must(mkdir("d", 0700), "mkdir");
    listen_at("d/s", 8);
    drop_capabilities();
    must(chmod("d", 0), "chmod");
    FAILS(try_connect(new_socket(SOCK_STREAM), "d/s"), EACCES);
    must(chmod("d", 0700), "chmod");
    HOLDS(try_connect(new_socket(SOCK_STREAM), "d/s") == 0, "%s", last_error());
    must(unlink("d/s"), "unlink");
    must(rmdir("d"), "rmdir");
    leave_scratch();
}

FACT(chmod_sends_nobody_away, "who has connected before chmod() is in the "
                              "queue, and stays")
{
    enter_scratch();
    int lfd = listen_at("s", 8), cfd = call_at("s");
    must(chmod("s", 0), "chmod");
    int sfd = must(accept(lfd, NULL, NULL), "accept");
    say(cfd, "hello");
    HOLDS(came("hello", try_recv(sfd)), "it is gone");
    leave_scratch();
}

FACT(abstract_length_counts, "an abstract name is as long as bind() was told: "
                             "its zeros are part of it")
{
    struct sockaddr_un addr;
    int lfd = new_socket(SOCK_STREAM);

    abstract_address(&addr, "fact-length");
    must(bind(lfd, (struct sockaddr *)&addr, sizeof addr), "bind");
    must(listen(lfd, 8), "listen");
    FAILS(try_abstract_connect(new_socket(SOCK_STREAM), "fact-length"),
          ECONNREFUSED);
    HOLDS(connect(new_socket(SOCK_STREAM), (struct sockaddr *)&addr,
                  sizeof addr) == 0,
          "%s", last_error());
}

FACT(abstract_name_goes, "an abstract name is free when the socket is closed, "
                         "and in use before")
{
    struct sockaddr_un addr;
    socklen_t len = abstract_address(&addr, "fact-goes");
    int lfd = abstract_listener("fact-goes"), fd = new_socket(SOCK_STREAM);

    FAILS(bind(fd, (struct sockaddr *)&addr, len), EADDRINUSE);
    close(lfd);
    HOLDS(bind(fd, (struct sockaddr *)&addr, len) == 0, "%s", last_error());
}

FACT(abstract_name_has_no_mode, "no umask keeps anybody from an abstract name")
{
    umask(0777);
    drop_capabilities();
    abstract_listener("fact-mode");
    HOLDS(try_abstract_connect(new_socket(SOCK_STREAM), "fact-mode") == 0, "%s",
          last_error());
}

FACT(abstract_names_end_at_the_network, "in another network namespace an "
                                        "abstract name is not there, and a "
                                        "path is")
{
    if (!has_private_network())
        skip("a network of one's own is not permitted");
    enter_scratch();
    listen_at("s", 8);
    abstract_listener("fact-net");
    must(unshare(CLONE_NEWNET), "unshare");
    FAILS(try_abstract_connect(new_socket(SOCK_STREAM), "fact-net"),
          ECONNREFUSED);
    HOLDS(try_connect(new_socket(SOCK_STREAM), "s") == 0, "%s", last_error());
    leave_scratch();
}

/* --- Who is calling ---------------------------------------------------------
 */

static struct ucred peer_of(int fd)
{
    struct ucred who;
    socklen_t len = sizeof who;

    must(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len), "SO_PEERCRED");
    return who;
}

FACT(peercred_names_the_caller, "SO_PEERCRED gives the number and the user of "
                                "the process that has called")
{
    int lfd = abstract_listener("fact-cred");

    pid_t pid = start_child();
    if (pid == 0) {
        must(try_abstract_connect(new_socket(SOCK_STREAM), "fact-cred"), "");
        stay();
    }
    struct ucred who = peer_of(must(accept(lfd, NULL, NULL), "accept"));
    HOLDS(who.pid == pid, "%d for %d", who.pid, pid);
    HOLDS(who.uid == geteuid() && who.gid == getegid(), "%u, %u", who.uid,
          who.gid);
    kill_child(pid);
}

FACT(peercred_is_of_the_beginning, "SO_PEERCRED names who has called "
                                   "connect(), or listen(), and not who holds "
                                   "the socket now")
{
    int lfd = abstract_listener("fact-begin"), cfd = new_socket(SOCK_STREAM);
    pid_t server = start_child();
    if (server == 0) {
        must(accept(lfd, NULL, NULL), "accept"); /* the child serves */
        stay();
    }
    must(try_abstract_connect(cfd, "fact-begin"), "connect");
    struct ucred who = peer_of(cfd);
    HOLDS(who.pid == getpid(), "the server is %d, and this is %d", who.pid,
          getpid());
    kill_child(server);
}

FACT(pair_names_its_maker, "in a socketpair both ends name the process that "
                           "made it")
{
    struct pair p = new_pair(SOCK_STREAM), told = new_pipe();

    pid_t pid = start_child();
    if (pid == 0) {
        struct ucred who = peer_of(p.b);
        must((int)write(told.b, &who.pid, sizeof who.pid), "write");
        stay();
    }
    pid_t named;
    must((int)read(told.a, &named, sizeof named), "read");
    HOLDS(named == getpid(), "the child hears %d", named);
    HOLDS(peer_of(p.a).pid == getpid(), "the parent hears %d",
          peer_of(p.a).pid);
    kill_child(pid);
}

/* Sends a byte and says that it comes from this process. */
static long send_as(int fd, pid_t pid)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))] = {
        0};
    struct ucred who = {pid, geteuid(), getegid()};
    struct iovec part = {.iov_base = (char[]){"x"}, .iov_len = 1};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_CREDENTIALS;
    c->cmsg_len = CMSG_LEN(sizeof who);
    memcpy(CMSG_DATA(c), &who, sizeof who);
    return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* Whose the next message is; 0 when it does not say. */
static pid_t sender_of(int fd)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
    struct ucred who = {0};
    struct iovec part = {.iov_base = room, .iov_len = sizeof room};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof control};

    must((int)recvmsg(fd, &msg, 0), "recvmsg");
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    if (c != NULL && c->cmsg_type == SCM_CREDENTIALS)
        memcpy(&who, CMSG_DATA(c), sizeof who);
    return who.pid;
}

FACT(passcred_names_the_sender, "with SO_PASSCRED each message names its "
                                "sender, and a false name is EPERM")
{
    struct pair p = new_pair(SOCK_STREAM);

    set_option(p.a, SOL_SOCKET, SO_PASSCRED, 1);
    pid_t pid = start_child();
    if (pid == 0) {
        say(p.b, "x");
        stay();
    }
    pid_t named = sender_of(p.a);
    HOLDS(named == pid, "%d for %d", named, pid);
    drop_capabilities();
    FAILS(send_as(p.b, pid), EPERM);
    HOLDS(send_as(p.b, getpid()) == 1, "%s", last_error());
    kill_child(pid);
}

FACT(credentials_mark_an_empty_message, "with SO_PASSCRED an empty SEQPACKET "
                                        "message names its sender, and the end "
                                        "names nobody")
{
    struct pair p = new_pair(SOCK_SEQPACKET);

    set_option(p.b, SOL_SOCKET, SO_PASSCRED, 1);
    must((int)send(p.a, "", 0, 0), "send");
    close(p.a);
    HOLDS(sender_of(p.b) == getpid(), "the message names nobody");
    HOLDS(sender_of(p.b) == 0, "the end names somebody");
}

FACT(peerpidfd_outlives_the_number, "SO_PEERPIDFD gives a descriptor that "
                                    "means this process and none after it")
{
    int lfd = abstract_listener("fact-pidfd"), fd = -1;
    socklen_t len = sizeof fd;

    pid_t pid = start_child();
    if (pid == 0) {
        must(try_abstract_connect(new_socket(SOCK_STREAM), "fact-pidfd"), "");
        stay();
    }
    int sfd = must(accept(lfd, NULL, NULL), "accept");
    if (getsockopt(sfd, SOL_SOCKET, SO_PEERPIDFD, &fd, &len) == -1)
        skip("SO_PEERPIDFD: %s", strerror(errno));
    HOLDS(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) == 0, "%s",
          last_error());
    kill_child(pid);
    FAILS(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
}

FACT(tcp_names_nobody, "SO_PEERCRED of a TCP connection names nobody, over "
                       "loopback too")
{
    struct ucred who = peer_of(tcp_pair().b);

    HOLDS(who.pid == 0 && who.uid == (uid_t)-1, "%d, %u", who.pid, who.uid);
}

/* --- Passing a descriptor
 * ----------------------------------------------------- */

FACT(passed_file_shares_its_offset, "a file that was passed is read on where "
                                    "the sender's offset is, and moves it")
{
    struct pair p = new_pair(SOCK_STREAM);
    int fd = file_with("abc");

    next_byte(fd);
    pass_one(p.a, fd);
    struct parcel got = fetch_one(p.b);
    HOLDS(got.count == 1, "%d descriptors", got.count);
    HOLDS(next_byte(got.fds[0]) == 'b', "it has an offset of its own");
    HOLDS(next_byte(fd) == 'c', "the sender's offset has stayed");
}

FACT(passed_flags_are_shared, "O_NONBLOCK set by the receiver is set for the "
                              "sender")
{
    struct pair p = new_pair(SOCK_STREAM), q = new_pair(SOCK_STREAM);

    pass_one(p.a, q.a);
    struct parcel got = fetch_one(p.b);
    must(fcntl(got.fds[0], F_SETFL, O_NONBLOCK), "F_SETFL");
    FAILS(recv(q.a, room, 1, 0), EAGAIN);
}

FACT(passed_has_a_new_number, "what arrives has a number that was free with "
                              "the receiver")
{
    struct pair p = new_pair(SOCK_STREAM);
    int fd = must(fcntl(file_with("abc"), F_DUPFD, 100), "F_DUPFD");
    int lowest = must(dup(fd), "dup");

    close(lowest);
    pass_one(p.a, fd);
    struct parcel got = fetch_one(p.b);
    HOLDS(got.fds[0] == lowest, "%d, and %d was free", got.fds[0], lowest);
}

FACT(cloexec_at_receipt, "what arrives stays open over exec, unless recvmsg() "
                         "is given MSG_CMSG_CLOEXEC")
{
    struct pair p = new_pair(SOCK_STREAM);
    int fd = file_with("abc");

    must(fcntl(fd, F_SETFD, FD_CLOEXEC), "F_SETFD");
    pass_one(p.a, fd);
    HOLDS(!closes_on_exec(fetch_one(p.b).fds[0]), "it is set");
    pass_one(p.a, fd);
    struct parcel got = fetch(p.b, CMSG_SPACE(sizeof(int)), MSG_CMSG_CLOEXEC);
    HOLDS(closes_on_exec(got.fds[0]), "it is not set");
}

FACT(stream_needs_a_byte, "without a byte a stream passes no descriptor, and "
                          "sendmsg() says 0; a seqpacket passes it")
{
    struct pair p = new_pair(SOCK_STREAM), q = new_pair(SOCK_SEQPACKET);
    int fd = file_with("abc");

    long n = pass(p.a, "", 0, &fd, 1);
    HOLDS(n == 0, "it says %ld", n);
    FAILS(fetch_one(p.b).n, EAGAIN);
    pass(q.a, "", 0, &fd, 1);
    HOLDS(fetch_one(q.b).count == 1, "it is lost");
}

FACT(room_is_counted, "what finds no room is closed, MSG_CTRUNC says so, and "
                      "the first ones have arrived")
{
    struct pair p = new_pair(SOCK_STREAM), q = new_pair(SOCK_STREAM),
                r = new_pair(SOCK_STREAM);

    must((int)pass(p.a, "x", 1, (int[]){q.a, r.a}, 2), "sendmsg");
    close(q.a);
    close(r.a);
    struct parcel got = fetch(p.b, CMSG_LEN(sizeof(int)), 0);
    HOLDS(got.flags & MSG_CTRUNC, "MSG_CTRUNC is not set");
    HOLDS(got.count == 1 && is_open(got.fds[0]), "%d came", got.count);
    HOLDS(try_recv(r.b) == 0, "the second is not closed");
    FAILS(try_recv(q.b), EAGAIN);
}

FACT(full_table_is_no_room, "when the process may open no more, what does not "
                            "fit into its table is closed, with MSG_CTRUNC")
{
    struct pair p = new_pair(SOCK_STREAM);
    int fd = file_with("abc"), next = must(dup(fd), "dup");
    struct rlimit limit;

    close(next);
    must((int)pass(p.a, "x", 1, (int[]){fd, fd}, 2), "sendmsg");
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = (rlim_t)next + 1;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    struct parcel got = fetch(p.b, CMSG_SPACE(2 * sizeof(int)), 0);
    HOLDS(got.n == 1 && got.count == 1, "%ld bytes, %d descriptors", got.n,
          got.count);
    HOLDS(got.flags & MSG_CTRUNC, "MSG_CTRUNC is not set");
}

FACT(room_for_one_takes_two, "where a size_t has 8 bytes, CMSG_SPACE() for one "
                             "descriptor has room for two")
{
    struct pair p = new_pair(SOCK_STREAM);
    int fd = file_with("abc");

    if (sizeof(size_t) != 8)
        skip("a size_t has %zu bytes", sizeof(size_t));
    must((int)pass(p.a, "x", 1, (int[]){fd, fd}, 2), "sendmsg");
    struct parcel got = fetch_one(p.b);
    HOLDS(got.count == 2, "%d came", got.count);
    HOLDS(!(got.flags & MSG_CTRUNC), "MSG_CTRUNC is set");
}

FACT(recv_throws_them_away, "recv() takes the byte, and the descriptor that "
                            "came with it is closed; recvmsg() without room "
                            "says MSG_CTRUNC")
{
    struct pair p = new_pair(SOCK_STREAM), q = new_pair(SOCK_STREAM);
    int copy = must(dup(q.a), "dup");

    pass_one(p.a, q.a);
    close(q.a);
    HOLDS(try_recv(p.b) == 1, "the byte does not come");
    pass_one(p.a, copy);
    close(copy);
    FAILS(try_recv(q.b), EAGAIN);
    struct parcel got = fetch(p.b, 0, 0);
    HOLDS(got.n == 1 && (got.flags & MSG_CTRUNC), "%ld, flags %x", got.n,
          (unsigned)got.flags);
    HOLDS(try_recv(q.b) == 0, "it is still open");
}

FACT(descriptors_end_a_recv,
     "recvmsg() on a stream ends behind the bytes that "
     "came with a descriptor; those before may be in it")
{
    struct pair p = new_pair(SOCK_STREAM);
    int fd = file_with("abc");

    say(p.a, "1");
    must((int)pass(p.a, "2", 1, &fd, 1), "sendmsg");
    must((int)pass(p.a, "3", 1, &fd, 1), "sendmsg");
    say(p.a, "4");
    struct parcel got = fetch_one(p.b);
    HOLDS(came("12", got.n) && got.count == 1, "%ld bytes, %d descriptors",
          got.n, got.count);
    got = fetch_one(p.b);
    HOLDS(came("3", got.n) && got.count == 1, "%ld bytes, %d descriptors",
          got.n, got.count);
    got = fetch_one(p.b);
    HOLDS(came("4", got.n) && got.count == 0, "%ld bytes, %d descriptors",
          got.n, got.count);
}

FACT(peek_makes_a_descriptor, "MSG_PEEK brings a descriptor too, and the next "
                              "recvmsg() another one")
{
    struct pair p = new_pair(SOCK_STREAM);

    pass_one(p.a, file_with("abc"));
    struct parcel first = fetch(p.b, CMSG_SPACE(sizeof(int)), MSG_PEEK);
    struct parcel second = fetch_one(p.b);
    HOLDS(first.count == 1 && second.count == 1, "%d and %d", first.count,
          second.count);
    HOLDS(first.fds[0] != second.fds[0], "it is the same");
}

FACT(on_its_way_it_is_open, "what is on its way stays open though its sender "
                            "has closed it")
{
    struct pair p = new_pair(SOCK_STREAM), q = tcp_pair();

    pass_one(p.a, q.b);
    close(q.b);
    FAILS(try_recv(q.a), EAGAIN);
    struct parcel got = fetch_one(p.b);
    say(got.fds[0], "from another");
    HOLDS(came("from another", recv(q.a, room, sizeof room, 0)), "not sent");
}

FACT(never_fetched_is_closed, "what is never fetched is closed when the socket "
                              "is on which it lay")
{
    struct pair p = new_pair(SOCK_STREAM), q = new_pair(SOCK_STREAM);

    pass_one(p.a, q.a);
    close(q.a);
    FAILS(try_recv(q.b), EAGAIN);
    close(p.b);
    HOLDS(ready(q.b, POLLIN, PATIENCE) != 0, "it is open");
    HOLDS(try_recv(q.b) == 0, "it is open");
}

FACT(passed_with_what_has_come, "what a connection had received before it was "
                                "passed the receiver reads")
{
    struct pair p = new_pair(SOCK_STREAM), q = tcp_pair();

    say(q.a, "early");
    HOLDS(ready(q.b, POLLIN, PATIENCE) != 0, "nothing comes");
    pass_one(p.a, q.b);
    close(q.b);
    long n = try_recv(fetch_one(p.b).fds[0]);
    HOLDS(came("early", n), "%ld", n);
}

FACT(passed_listener_accepts, "a listener can be passed, with the callers who "
                              "wait in its queue")
{
    struct pair p = new_pair(SOCK_STREAM);
    int lfd = abstract_listener("fact-listener");

    must(try_abstract_connect(new_socket(SOCK_STREAM), "fact-listener"), "");
    pass_one(p.a, lfd);
    close(lfd);
    HOLDS(accept(fetch_one(p.b).fds[0], NULL, NULL) != -1, "%s", last_error());
}

FACT(most_are_253, "one message takes 253 descriptors, and 254 are EINVAL")
{
    struct pair p = new_pair(SOCK_STREAM);
    int fds[MOST_FDS + 1];

    for (int i = 0; i <= MOST_FDS; i++)
        fds[i] = p.a;
    FAILS(pass(p.a, "x", 1, fds, MOST_FDS + 1), EINVAL);
    HOLDS(pass(p.a, "x", 1, fds, MOST_FDS) == 1, "%s", last_error());
}

FACT(passing_can_be_forbidden, "with SO_PASSRIGHTS at 0 the other side's "
                               "sendmsg() says EPERM")
{
    struct pair p = new_pair(SOCK_STREAM);
    int off = 0, fd = file_with("abc");

    if (setsockopt(p.b, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof off) == -1)
        skip("SO_PASSRIGHTS: %s", strerror(errno));
    FAILS(pass(p.a, "x", 1, &fd, 1), EPERM);
}

FACT(tcp_passes_nothing, "over TCP sendmsg() succeeds, and the byte comes "
                         "without the descriptor")
{
    struct pair p = tcp_pair();
    int fd = file_with("abc");

    HOLDS(pass(p.a, "x", 1, &fd, 1) == 1, "%s", last_error());
    HOLDS(ready(p.b, POLLIN, PATIENCE) != 0, "nothing comes");
    struct parcel got = fetch_one(p.b);
    HOLDS(got.n == 1 && got.count == 0, "%ld bytes, %d descriptors", got.n,
          got.count);
}

/* --- Shared memory
 * -------------------------------------------------------------- */

FACT(shared_mapping_is_one, "what a child writes into a shared mapping its "
                            "parent reads")
{
    volatile int *number = shared_page();

    pid_t pid = start_child();
    if (pid == 0) {
        *number = 42;
        _exit(0);
    }
    wait_for(pid);
    HOLDS(*number == 42, "%d", *number);
}

FACT(memfd_can_be_passed, "memory that was passed as a descriptor is the same "
                          "memory")
{
    struct pair p = new_pair(SOCK_STREAM);
    int fd = file_with("abc");

    pass_one(p.a, fd);
    int other = fetch_one(p.b).fds[0];
    char *mine = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *theirs = mmap(NULL, 3, PROT_READ, MAP_SHARED, other, 0);
    must(mine == MAP_FAILED || theirs == MAP_FAILED ? -1 : 0, "mmap");
    mine[1] = 'x';
    HOLDS(memcmp(theirs, "axc", 3) == 0, "%.3s", theirs);
}

FACT(shrunk_memory_kills, "who reads shared memory that its owner has shrunk "
                          "gets SIGBUS; a seal forbids the shrinking")
{
    int fd = must(memfd_create("fact", MFD_ALLOW_SEALING), "memfd_create");

    must(ftruncate(fd, 4096), "ftruncate");
    volatile char *mine = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    must(mine == MAP_FAILED ? -1 : 0, "mmap");
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        signal(SIGBUS, SIG_DFL);
        must(ftruncate(fd, 0), "ftruncate");
        _exit(mine[0]);
    }
    int status;
    must(waitpid(pid, &status, 0), "waitpid");
    HOLDS(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS, "status %x",
          (unsigned)status);
    must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), "F_ADD_SEALS");
    must(ftruncate(fd, 4096), "ftruncate");
    FAILS(ftruncate(fd, 0), EPERM);
}

/* Whether a child that waits for a semaphore is woken by the parent's post. */
static bool post_wakes(int shared)
{
    sem_t *sem = shared_page();

    must(sem_init(sem, shared, 0), "sem_init");
    pid_t pid = start_child();
    if (pid == 0) {
        sem_wait(sem);
        _exit(0);
    }
    wait_until(pid, 'S');
    must(sem_post(sem), "sem_post");
    for (int ms = 0; ms < (shared ? PATIENCE : A_WHILE); ms++) {
        if (state_of(pid) == 'Z') {
            wait_for(pid);
            return true;
        }
        poll(NULL, 0, 1);
    }
    kill_child(pid);
    return false;
}

FACT(semaphores_must_be_shared, "sem_post() wakes another process if the "
                                "semaphore was made for several, and else not")
{
    HOLDS(post_wakes(1), "it sleeps on");
    HOLDS(!post_wakes(0), "it wakes up");
}

FACT(semaphore_counts, "a semaphore begins with the number that sem_init() "
                       "gives it, and waits at 0 for sem_post()")
{
    sem_t *sem = shared_page();

    must(sem_init(sem, 1, 4), "sem_init");
    for (int i = 0; i < 4; i++)
        must(sem_wait(sem), "sem_wait");
    FAILS(sem_trywait(sem), EAGAIN);
    must(sem_post(sem), "sem_post");
    HOLDS(sem_trywait(sem) == 0, "%s", last_error());
}

static void do_nothing(int signal)
{
    (void)signal;
}

FACT(semaphore_is_interrupted, "sem_wait() fails with EINTR when a signal's "
                               "handler has run, and has counted nothing")
{
    const struct sigaction handled = {.sa_handler = do_nothing};
    sem_t *sem = shared_page();
    int value;

    must(sem_init(sem, 1, 0), "sem_init");
    pid_t pid = start_child();
    if (pid == 0) {
        must(sigaction(SIGUSR1, &handled, NULL), "sigaction");
        _exit(sem_wait(sem) == -1 ? errno : 0);
    }
    wait_until(pid, 'S');
    must(kill(pid, SIGUSR1), "kill");
    int status;
    must(waitpid(pid, &status, 0), "waitpid");
    HOLDS(WIFEXITED(status) && WEXITSTATUS(status) == EINTR, "status %x",
          (unsigned)status);
    must(sem_getvalue(sem, &value), "sem_getvalue");
    HOLDS(value == 0, "%d", value);
}

FACT(dead_owner_is_told, "a robust mutex says EOWNERDEAD when its owner has "
                         "died; memory alone says nothing")
{
    pthread_mutex_t *mutex = shared_page();
    pthread_mutexattr_t how;

    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(mutex, &how);
    pid_t pid = start_child();
    if (pid == 0) {
        pthread_mutex_lock(mutex);
        raise(SIGKILL);
    }
    wait_for(pid);
    int error = pthread_mutex_lock(mutex);
    HOLDS(error == EOWNERDEAD, "%s", strerrorname_np(error));
}

/* --- Loopback TCP
 * ------------------------------------------------------------------ */

static struct tcp_info tcp_info(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    return info;
}

/* How many bytes this end has taken and not yet sent. */
static int unsent(int fd)
{
    int n = -1;

    must(ioctl(fd, SIOCOUTQNSD, &n), "SIOCOUTQNSD");
    return n;
}

FACT(loopback_has_nagle, "over loopback the second small piece waits for the "
                         "acknowledgement of the first, in round after round")
{
    struct pair p = tcp_pair();
    int waited = 0;

    for (int i = 0; i < 10; i++) {
        say(p.a, "1");
        say(p.a, "2");
        waited += unsent(p.a) > 0;
        must((int)recv(p.b, room, 2, MSG_WAITALL), "recv");
        say(p.b, "answer");
        must((int)recv(p.a, room, 6, MSG_WAITALL), "recv");
    }
    HOLDS(waited > 5, "in %d of 10", waited);
}

FACT(loopback_has_segments, "over loopback TCP counts segments, and each has "
                            "a largest size")
{
    struct pair p = tcp_pair();

    must((int)send(p.a, room, sizeof room, 0), "send");
    must((int)recv(p.b, room, sizeof room, MSG_WAITALL), "recv");
    struct tcp_info info = tcp_info(p.a);
    HOLDS(info.tcpi_data_segs_out >= 2, "%u segments", info.tcpi_data_segs_out);
    HOLDS(info.tcpi_snd_mss < sizeof room, "up to %u bytes", info.tcpi_snd_mss);
}

/* Whether a TCP socket with this local port is in TIME_WAIT. */
static bool has_time_wait(in_port_t port)
{
    char line[512];
    unsigned local, state;
    bool found = false;
    FILE *file = fopen("/proc/self/net/tcp", "r");

    if (file == NULL) {
        must(-1, "/proc/self/net/tcp");
        return false;
    }
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%*s %*x:%x %*s %x", &local, &state) == 2)
            found = found || (local == ntohs(port) && state == TIME_WAIT);
    fclose(file);
    return found;
}

FACT(loopback_has_time_wait, "over loopback who ends first has TIME_WAIT")
{
    struct pair p = tcp_pair();
    struct sockaddr_in addr = {0};
    socklen_t len = sizeof addr;
    int ms = 0;

    must(getsockname(p.a, (struct sockaddr *)&addr, &len), "getsockname");
    close(p.a);
    must((int)recv(p.b, room, 1, 0), "recv");
    close(p.b);
    while (ms < PATIENCE && !has_time_wait(addr.sin_port)) {
        poll(NULL, 0, 1);
        ms++;
    }
    HOLDS(ms < PATIENCE, "it took %d ms", ms);
}

FACT(unix_has_no_tcp, "an AF_UNIX connection has no TCP_NODELAY: each piece is "
                      "there at once")
{
    struct pair p = new_pair(SOCK_STREAM);
    int on = 1, there = 0;

    FAILS(setsockopt(p.a, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on),
          EOPNOTSUPP);
    for (int i = 1; i <= 10; i++) {
        say(p.a, "x");
        must(ioctl(p.b, SIOCINQ, &there), "SIOCINQ");
        HOLDS(there == i, "%d of %d", there, i);
    }
}

/* The processor time of so many questions and answers of 64 bytes, in us; this
 * process is both sides. */
static double cost_of(struct pair p, int rounds)
{
    struct timespec from, to;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int i = 0; i < rounds; i++) {
        must((int)send(p.a, room, 64, 0), "send");
        must((int)recv(p.b, room, 64, MSG_WAITALL), "recv");
        must((int)send(p.b, room, 64, 0), "send");
        must((int)recv(p.a, room, 64, MSG_WAITALL), "recv");
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) * 1e6 +
           (double)(to.tv_nsec - from.tv_nsec) / 1e3;
}

FACT(unix_costs_less_than_tcp, "a question and its answer cost less processor "
                               "time by AF_UNIX than by TCP over loopback")
{
    struct pair local = new_pair(SOCK_STREAM), tcp = tcp_pair();
    int cheaper = 0;

    set_option(tcp.a, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(tcp.b, IPPROTO_TCP, TCP_NODELAY, 1);
    cost_of(local, 200);
    cost_of(tcp, 200);
    for (int i = 0; i < 15; i++)
        cheaper += cost_of(local, 500) < cost_of(tcp, 500);
    HOLDS(cheaper > 7, "in %d of 15 batches", cheaper);
}
