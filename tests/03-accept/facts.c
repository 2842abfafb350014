/* What chapters/03-accept.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Three sockets of one conversation. */
struct talk {
    int lfd, client, server;
    struct sockaddr_in addr; /* where lfd listens */
};

static const char *last_error(void)
{
    return strerrorname_np(errno);
}

static int tcp_socket(void)
{
    return must(socket(AF_INET, SOCK_STREAM, 0), "socket");
}

static struct sockaddr_in address(const char *digits, in_port_t port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = port};

    inet_pton(AF_INET, digits, &addr.sin_addr);
    return addr;
}

static int bind_to(int fd, struct sockaddr_in addr)
{
    return bind(fd, (struct sockaddr *)&addr, sizeof addr);
}

static int connect_to(int fd, struct sockaddr_in addr)
{
    return connect(fd, (struct sockaddr *)&addr, sizeof addr);
}

static struct sockaddr_in local_address(int fd)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;

    must(getsockname(fd, (struct sockaddr *)&addr, &len), "getsockname");
    return addr;
}

static struct sockaddr_in remote_address(int fd)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;

    must(getpeername(fd, (struct sockaddr *)&addr, &len), "getpeername");
    return addr;
}

static bool same_address(struct sockaddr_in a, struct sockaddr_in b)
{
    return a.sin_addr.s_addr == b.sin_addr.s_addr && a.sin_port == b.sin_port;
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

/* A socket that listens at a port of 127.0.0.1 which the kernel has chosen. */
static int listening_socket(void)
{
    int fd = tcp_socket();

    must(bind_to(fd, address("127.0.0.1", 0)), "bind");
    must(listen(fd, 64), "listen");
    return fd;
}

/* Calls lfd; returns the caller's end. */
static int call(int lfd)
{
    int fd = tcp_socket();

    must(connect_to(fd, local_address(lfd)), "connect");
    return fd;
}

static int accept_from(int lfd)
{
    return must(accept(lfd, NULL, NULL), "accept");
}

static struct talk start_talk(void)
{
    struct talk t = {.lfd = listening_socket()};

    t.addr = local_address(t.lfd);
    t.client = call(t.lfd);
    t.server = accept_from(t.lfd);
    return t;
}

/* Closes with RST instead of FIN. */
static void reset(int fd)
{
    struct linger at_once = {1, 0};

    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
         "setsockopt");
    close(fd);
}

static void add_flag(int fd, int flag)
{
    must(fcntl(fd, F_SETFL, must(fcntl(fd, F_GETFL), "fcntl") | flag), "fcntl");
}

/* The state of a connection: TCP_ESTABLISHED, TCP_FIN_WAIT2, ... */
static int tcp_state(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    return info.tcpi_state;
}

/* --- Children ------------------------------------------------------------ */

static pid_t start_child(void)
{
    return must(fork(), "fork");
}

/* A child that ends at once, with that status. */
static pid_t start_brief_child(int status)
{
    pid_t pid = start_child();

    if (pid == 0)
        _exit(status);
    return pid;
}

/* Returns once that child has ended; it stays to be waited for. */
static void see_end(pid_t pid)
{
    siginfo_t info;

    must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), "waitid");
}

static int wait_for(pid_t pid)
{
    int status;

    must(waitpid(pid, &status, 0), "waitpid");
    return status;
}

/* The letter that says what a process does: R, S, Z, ... */
static char state_of(pid_t pid)
{
    char path[64], line[512], *end;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    end = fgets(line, sizeof line, f) != NULL ? strrchr(line, ')') : NULL;
    fclose(f);
    return end != NULL ? end[2] : 0;
}

/* Returns when that process sleeps in a call. */
static void see_asleep(pid_t pid)
{
    while (state_of(pid) != 'S')
        sched_yield();
}

static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    must(sigaction(signal, &action, NULL), "sigaction");
}

/* An int that parent and child see both. */
static volatile int *shared_int(void)
{
    void *place = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    must(place == MAP_FAILED ? -1 : 0, "mmap");
    return place;
}

/* Says one byte into a pipe, or waits for one. */
static void tell(int pipe[2])
{
    must((int)write(pipe[1], "", 1), "write");
}

static void hear(int pipe[2])
{
    char byte;

    must((int)read(pipe[0], &byte, 1), "read");
}

static void start_thread(pthread_t *id, void *(*run)(void *), void *arg)
{
    errno = pthread_create(id, NULL, run, arg);
    must(errno == 0 ? 0 : -1, "pthread_create");
}

/* Runs it in a thread to its end; returns what it returned. */
static void *run_thread(void *(*run)(void *), void *arg)
{
    pthread_t id;
    void *result;

    start_thread(&id, run, arg);
    errno = pthread_join(id, &result);
    must(errno == 0 ? 0 : -1, "pthread_join");
    return result;
}

/* --- accept() ------------------------------------------------------------ */

FACT(listener_stays, "accept() gives another descriptor, and the listener goes "
                     "on listening")
{
    struct talk t = start_talk();
    int other = call(t.lfd), second = accept_from(t.lfd);

    HOLDS(t.server != t.lfd && second != t.lfd && second != t.server,
          "they are %d, %d and %d", t.lfd, t.server, second);
    HOLDS(option(t.lfd, SOL_SOCKET, SO_ACCEPTCONN) == 1, "it listens no more");
    HOLDS(option(t.server, SOL_SOCKET, SO_ACCEPTCONN) == 0,
          "the accepted socket listens");
    close(other);
}

FACT(first_come_first, "accept() gives the callers in the order in which they "
                       "were connected")
{
    int lfd = listening_socket(), client[4];

    for (int i = 0; i < 4; i++)
        client[i] = call(lfd);
    for (int i = 0; i < 4; i++)
        HOLDS(same_address(local_address(client[i]),
                           remote_address(accept_from(lfd))),
              "it is caller %d's turn", i);
}

FACT(same_port_for_all, "the accepted sockets have the listener's address and "
                        "port, and differ in those of their callers")
{
    struct talk t = start_talk();
    int other = call(t.lfd), second = accept_from(t.lfd);

    HOLDS(same_address(local_address(t.server), t.addr), "port %d and port %d",
          ntohs(local_address(t.server).sin_port), ntohs(t.addr.sin_port));
    HOLDS(same_address(local_address(second), t.addr), "port %d and port %d",
          ntohs(local_address(second).sin_port), ntohs(t.addr.sin_port));
    HOLDS(!same_address(remote_address(t.server), remote_address(second)),
          "callers at port %d and port %d",
          ntohs(remote_address(t.server).sin_port),
          ntohs(remote_address(second).sin_port));
    close(other);
}

FACT(connection_is_four_numbers, "callers at one port of several addresses are "
                                 "several connections of one server's port")
{
    static const char *const from[] = {"127.0.0.11", "127.0.0.12",
                                       "127.0.0.13"};
    int lfd = listening_socket();
    in_port_t port = 0;

    for (size_t i = 0; i < 3; i++) {
        int client = tcp_socket();
        if (bind_to(client, address(from[i], port)) == -1)
            skip("port %d of %s: %s", ntohs(port), from[i], last_error());
        port = local_address(client).sin_port;
        HOLDS(connect_to(client, local_address(lfd)) == 0, "%s calls: %s",
              from[i], last_error());
        int server = accept_from(lfd);
        HOLDS(same_address(remote_address(server), local_address(client)),
              "%s calls, and %s is seen", from[i],
              inet_ntoa(remote_address(server).sin_addr));
    }
}

FACT(same_four_numbers_once, "with the same two addresses and ports there is "
                             "no second connection: EADDRNOTAVAIL")
{
    int lfd = listening_socket(), other = listening_socket();
    int client[3];
    in_port_t port = 0;

    for (int i = 0; i < 3; i++) {
        client[i] = tcp_socket();
        set_option(client[i], SOL_SOCKET, SO_REUSEADDR, 1);
        must(bind_to(client[i], address("127.0.0.1", port)), "bind");
        port = local_address(client[i]).sin_port;
    }
    must(connect_to(client[0], local_address(lfd)), "connect");
    HOLDS(connect_to(client[1], local_address(other)) == 0,
          "to another port of the server: %s", last_error());
    FAILS(connect_to(client[2], local_address(lfd)), EADDRNOTAVAIL);
}

FACT(length_zero_writes_nothing, "with *address_len 0 accept() succeeds, and "
                                 "writes no byte of the address")
{
    int lfd = listening_socket(), client = call(lfd);
    struct sockaddr_in addr, before;
    socklen_t len = 0;

    memset(&addr, 0x55, sizeof addr);
    before = addr;
    int server = accept(lfd, (struct sockaddr *)&addr, &len);
    HOLDS(server != -1, "accept() says %s", last_error());
    HOLDS(memcmp(&addr, &before, sizeof addr) == 0, "the address is written");
    HOLDS(len == sizeof addr, "the length is %u", len);
    close(client);
}

FACT(short_length_cuts, "with a length that is too short accept() writes so "
                        "much, succeeds, and says how much it would have been")
{
    int lfd = listening_socket(), client = call(lfd);
    struct sockaddr_in addr = {0};
    socklen_t len = 4; /* the family and the port */

    int server = accept(lfd, (struct sockaddr *)&addr, &len);
    HOLDS(server != -1, "accept() says %s", last_error());
    HOLDS(addr.sin_port == local_address(client).sin_port, "port %d",
          ntohs(addr.sin_port));
    HOLDS(addr.sin_addr.s_addr == 0, "the rest is written too");
    HOLDS(len == sizeof addr, "the length is %u", len);
}

FACT(peer_name_goes_away, "once the caller has reset, getpeername() says "
                          "ENOTCONN, and accept()'s address is still true")
{
    int lfd = listening_socket(), client = call(lfd);
    struct sockaddr_in caller = local_address(client), addr = {0};
    socklen_t len = sizeof addr;

    reset(client);
    int server = accept(lfd, (struct sockaddr *)&addr, &len);
    HOLDS(server != -1 && same_address(addr, caller), "it was port %d",
          ntohs(addr.sin_port));
    FAILS(getpeername(server, (struct sockaddr *)&addr, &len), ENOTCONN);
}

FACT(peer_name_outlives_close, "when the caller has closed, getpeername() "
                               "still says who it was")
{
    struct talk t = start_talk();
    struct sockaddr_in caller = local_address(t.client), addr = {0};
    socklen_t len = sizeof addr;
    char byte;

    close(t.client);
    must((int)recv(t.server, &byte, 1, 0), "recv");
    HOLDS(getpeername(t.server, (struct sockaddr *)&addr, &len) == 0,
          "it says %s", last_error());
    HOLDS(same_address(addr, caller), "it was port %d", ntohs(addr.sin_port));
}

FACT(options_are_inherited, "the accepted socket has the listener's options: "
                            "TCP_NODELAY, SO_KEEPALIVE, SO_LINGER, the size of "
                            "its buffer, its time limit")
{
    int lfd = listening_socket(), plain = listening_socket();
    struct linger linger = {1, 7}, got = {0};
    struct timeval limit = {7, 0}, left = {0};
    socklen_t len = sizeof got;

    set_option(lfd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(lfd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(lfd, SOL_SOCKET, SO_SNDBUF, 20000);
    must(setsockopt(lfd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger),
         "SO_LINGER");
    must(setsockopt(lfd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit),
         "SO_RCVTIMEO");
    call(lfd);
    call(plain);
    int server = accept_from(lfd), other = accept_from(plain);

    HOLDS(option(server, IPPROTO_TCP, TCP_NODELAY) == 1 &&
              option(other, IPPROTO_TCP, TCP_NODELAY) == 0,
          "TCP_NODELAY is %d", option(server, IPPROTO_TCP, TCP_NODELAY));
    HOLDS(option(server, SOL_SOCKET, SO_KEEPALIVE) == 1 &&
              option(other, SOL_SOCKET, SO_KEEPALIVE) == 0,
          "SO_KEEPALIVE is %d", option(server, SOL_SOCKET, SO_KEEPALIVE));
    int size = option(server, SOL_SOCKET, SO_SNDBUF);
    HOLDS(size == option(lfd, SOL_SOCKET, SO_SNDBUF) &&
              size != option(other, SOL_SOCKET, SO_SNDBUF),
          "the buffer has %d bytes", size);
    must(getsockopt(server, SOL_SOCKET, SO_LINGER, &got, &len), "getsockopt");
    HOLDS(got.l_onoff == 1 && got.l_linger == 7, "SO_LINGER is {%d, %d}",
          got.l_onoff, got.l_linger);
    len = sizeof left;
    must(getsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &left, &len),
         "getsockopt");
    HOLDS(left.tv_sec == 7, "SO_RCVTIMEO is %ld s", (long)left.tv_sec);
}

/* Accepts by accept4(); returns the flags of descriptor and socket, or-ed. */
static int flags_of_accepted(int lfd, int flags)
{
    int client = call(lfd), fd = accept4(lfd, NULL, NULL, flags);

    must(fd, "accept4");
    close(client);
    return (must(fcntl(fd, F_GETFD), "fcntl") & FD_CLOEXEC ? SOCK_CLOEXEC : 0) |
           (must(fcntl(fd, F_GETFL), "fcntl") & O_NONBLOCK ? SOCK_NONBLOCK : 0);
}

FACT(flags_are_not_inherited, "O_NONBLOCK and FD_CLOEXEC of the listener are "
                              "not inherited; accept4() sets them")
{
    int lfd = listening_socket();

    add_flag(lfd, O_NONBLOCK);
    must(fcntl(lfd, F_SETFD, FD_CLOEXEC), "fcntl");
    int plain = flags_of_accepted(lfd, 0);
    HOLDS(plain == 0, "the flags are %#o", (unsigned)plain);
    int both = flags_of_accepted(lfd, SOCK_CLOEXEC | SOCK_NONBLOCK);
    HOLDS(both == (SOCK_CLOEXEC | SOCK_NONBLOCK), "the flags are %#o",
          (unsigned)both);
}

FACT(reset_before_accept, "a caller that resets before accept() still comes "
                          "out of it; recv() says ECONNRESET, then 0")
{
    int lfd = listening_socket();
    char byte;

    reset(call(lfd));
    int server = accept(lfd, NULL, NULL);
    HOLDS(server != -1, "accept() says %s", last_error());
    FAILS(recv(server, &byte, 1, 0), ECONNRESET);
    ssize_t n = recv(server, &byte, 1, 0);
    HOLDS(n == 0, "then recv() returned %zd", n);
}

FACT(reset_leaves_what_came, "on Linux, bytes that came before the reset are "
                             "received first")
{
    int lfd = listening_socket(), client = call(lfd);
    char buf[16];

    must((int)send(client, "hello", 5, 0), "send");
    reset(client);
    int server = accept_from(lfd);
    ssize_t n = recv(server, buf, sizeof buf, 0);
    HOLDS(n == 5, "recv() returned %zd", n);
    FAILS(recv(server, buf, sizeof buf, 0), ECONNRESET);
}

FACT(closed_before_accept, "a caller that sends and closes before accept() "
                           "comes out of it, with all that it sent")
{
    int lfd = listening_socket(), client = call(lfd);
    char buf[16];

    must((int)send(client, "hello", 5, 0), "send");
    close(client);
    int server = accept(lfd, NULL, NULL);
    HOLDS(server != -1, "accept() says %s", last_error());
    ssize_t n = recv(server, buf, sizeof buf, MSG_WAITALL);
    HOLDS(n == 5 && memcmp(buf, "hello", 5) == 0, "recv() returned %zd", n);
    n = recv(server, buf, sizeof buf, 0);
    HOLDS(n == 0, "recv() returned %zd", n);
}

FACT(errors_that_are_yours, "accept() says EINVAL of a socket that does not "
                            "listen, EBADF of none, ENOTSOCK of a file, "
                            "EOPNOTSUPP of datagrams")
{
    int pipe_ends[2], udp = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");

    must(pipe(pipe_ends), "pipe");
    FAILS(accept(tcp_socket(), NULL, NULL), EINVAL);
    FAILS(accept(-1, NULL, NULL), EBADF);
    FAILS(accept(pipe_ends[0], NULL, NULL), ENOTSOCK);
    FAILS(accept(udp, NULL, NULL), EOPNOTSUPP);
}

/* --- When descriptors run out -------------------------------------------- */

/* Fills the process's table, all but nothing; returns the last descriptor. */
static int fill_table(void)
{
    struct rlimit few = {32, 32};
    int last = -1, fd;

    must(setrlimit(RLIMIT_NOFILE, &few), "setrlimit");
    while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) != -1)
        last = fd;
    must(errno == EMFILE ? 0 : -1, "open");
    return last;
}

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return must(poll(&p, 1, 0), "poll") == 1;
}

FACT(full_table_keeps_the_caller, "with EMFILE the caller stays in the queue, "
                                  "the listener stays readable, and accept() "
                                  "fails as often as it is called")
{
    int lfd = listening_socket(), client = call(lfd);
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;
    int last = fill_table();

    for (int i = 0; i < 1000; i++) {
        FAILS(accept(lfd, NULL, NULL), EMFILE);
        HOLDS(is_readable(lfd), "%d calls have failed", i + 1);
    }
    close(last);
    int server = accept(lfd, (struct sockaddr *)&addr, &len);
    HOLDS(server != -1, "with one given back, accept() says %s", last_error());
    HOLDS(same_address(addr, local_address(client)), "it is another caller");
}

FACT(full_table_does_not_wait, "with EMFILE accept() does not wait for a "
                               "caller: it fails at once when nobody calls")
{
    int lfd = listening_socket();

    fill_table();
    HOLDS(!is_readable(lfd), "somebody calls");
    FAILS(accept(lfd, NULL, NULL), EMFILE);
}

FACT(spare_descriptor, "one descriptor kept in reserve lets a full server "
                       "accept, and turn away, all who wait")
{
    int lfd = listening_socket(), client[3];
    char byte;

    for (int i = 0; i < 3; i++)
        client[i] = call(lfd);
    int spare = fill_table();
    for (int i = 0; i < 3; i++) {
        close(spare);
        int server = accept(lfd, NULL, NULL);
        HOLDS(server != -1, "accept() says %s", last_error());
        close(server);
        spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
        HOLDS(spare != -1, "the reserve is lost: %s", last_error());
        ssize_t n = recv(client[i], &byte, 1, 0);
        HOLDS(n == 0, "the caller's recv() returned %zd", n);
    }
}

FACT(limit_is_the_process_own, "each process has a table of its own: a child "
                               "closes, and the parent's stays full")
{
    int lfd = listening_socket();

    call(lfd);
    int last = fill_table();
    pid_t pid = start_child();
    if (pid == 0) {
        close(last);
        _exit(accept(lfd, NULL, NULL) == -1 ? 1 : 0);
    }
    int status = wait_for(pid);
    HOLDS(status == 0, "the child's accept() fails too");
    FAILS(open("/dev/null", O_RDONLY), EMFILE);
}

/* --- fork() -------------------------------------------------------------- */

/* Makes fork() fail from now on.  A limit does for ordinary users; root is
 * exempt, but not in a process namespace whose first process has ended. */
static void forbid_fork(void)
{
    struct rlimit none = {0, 0};

    must(setrlimit(RLIMIT_NPROC, &none), "setrlimit");
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid == -1)
        return;
    wait_for(pid);
    if (unshare(CLONE_NEWPID) == -1)
        skip("the limit does not bind root, and unshare() says %s",
             last_error());
    wait_for(start_brief_child(0));
}

FACT(fork_returns_once_or_twice, "fork() returns in parent and child; when it "
                                 "fails it returns once, with -1")
{
    volatile int *returned = shared_int();
    pid_t parent = getpid();

    pid_t pid = fork();
    __atomic_add_fetch(returned, 1, __ATOMIC_SEQ_CST);
    if (pid == 0)
        _exit(getppid() == parent ? 0 : 1);
    HOLDS(pid > 0 && wait_for(pid) == 0, "getppid() says another");
    HOLDS(*returned == 2, "it returned %d times", *returned);

    forbid_fork();
    *returned = 0;
    pid = fork();
    __atomic_add_fetch(returned, 1, __ATOMIC_SEQ_CST);
    if (pid == 0)
        _exit(0);
    HOLDS(pid == -1, "it returned %d", (int)pid);
    HOLDS(*returned == 1, "it returned %d times", *returned);
}

FACT(orphans_get_another_parent, "when the parent has ended, getppid() names "
                                 "another")
{
    int gone[2], answer[2], parents[2];

    must(pipe(gone), "pipe");
    must(pipe(answer), "pipe");
    pid_t parent = start_child();
    if (parent == 0) {
        int before[2];
        must(pipe(before), "pipe");
        if (fork() == 0) {
            parents[0] = getppid();
            tell(before);
            hear(gone);
            parents[1] = getppid();
            _exit(write(answer[1], parents, sizeof parents) == -1);
        }
        hear(before);
        _exit(0);
    }
    wait_for(parent);
    tell(gone);
    must((int)read(answer[0], parents, sizeof parents), "read");
    HOLDS(parents[0] == parent && parents[1] != parent,
          "they were %d and %d, and it %d", parents[0], parents[1],
          (int)parent);
}

FACT(memory_is_copied, "what the child writes into a variable the parent does "
                       "not see")
{
    volatile int mine = 1;

    pid_t pid = start_child();
    if (pid == 0) {
        mine = 2;
        _exit(mine);
    }
    int status = wait_for(pid);
    HOLDS(WEXITSTATUS(status) == 2 && mine == 1, "the parent has %d", mine);
}

/* How often a line is written that waits in stdio's buffer at fork(), when
 * the child ends by `end`. */
static int count_lines(void (*end)(int))
{
    FILE *file = tmpfile();
    int lines = 0, c;

    must(file != NULL ? 0 : -1, "tmpfile");
    fputs("listening\n", file); /* stays in the buffer */
    pid_t pid = start_child();
    if (pid == 0)
        end(0);
    wait_for(pid);
    fflush(file);
    rewind(file);
    while ((c = getc(file)) != EOF)
        lines += c == '\n';
    fclose(file);
    return lines;
}

FACT(buffers_are_copied, "a line in stdio's buffer at fork() is written twice "
                         "when the child calls exit(), and once when _exit()")
{
    int twice = count_lines(exit), once = count_lines(_exit);

    HOLDS(twice == 2, "with exit() %d times", twice);
    HOLDS(once == 1, "with _exit() %d times", once);
}

FACT(one_socket_two_descriptors, "parent and child have one socket: what one "
                                 "receives the other does not")
{
    struct talk t = start_talk();
    char buf[16];

    must((int)send(t.client, "abcdef", 6, 0), "send");
    pid_t pid = start_child();
    if (pid == 0)
        _exit(recv(t.server, buf, 3, MSG_WAITALL) == 3 ? 0 : 1);
    HOLDS(wait_for(pid) == 0, "the child did not receive");
    ssize_t n = recv(t.server, buf, sizeof buf, 0);
    HOLDS(n == 3 && memcmp(buf, "def", 3) == 0, "the parent received %zd", n);
}

FACT(fin_at_the_last_close, "a socket that parent and child hold sends FIN "
                            "when the last of them has closed it")
{
    struct talk t = start_talk();
    int closed[2];
    char byte;

    must(pipe(closed), "pipe");
    pid_t pid = start_child();
    if (pid == 0) {
        close(t.server);
        tell(closed);
        pause();
    }
    hear(closed);
    HOLDS(tcp_state(t.server) == TCP_ESTABLISHED,
          "after the first close() the state is %d", tcp_state(t.server));
    FAILS(recv(t.client, &byte, 1, MSG_DONTWAIT), EAGAIN);
    close(t.server);
    ssize_t n = recv(t.client, &byte, 1, 0);
    HOLDS(n == 0, "after the last close() recv() returned %zd", n);
    kill(pid, SIGKILL);
}

FACT(end_of_process_is_a_close, "the end of the child alone sends no FIN while "
                                "the parent holds the socket")
{
    struct talk t = start_talk();
    char byte;

    wait_for(start_brief_child(0));
    HOLDS(tcp_state(t.server) == TCP_ESTABLISHED, "the state is %d",
          tcp_state(t.server));
    FAILS(recv(t.client, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

FACT(shutdown_does_not_count, "shutdown() sends FIN however many descriptors "
                              "lead to the socket")
{
    struct talk t = start_talk();
    char byte;

    must(dup(t.server), "dup");
    must(shutdown(t.server, SHUT_WR), "shutdown");
    ssize_t n = recv(t.client, &byte, 1, 0);
    HOLDS(n == 0, "recv() returned %zd", n);
}

FACT(each_caller_to_one, "when several processes accept from one listener, "
                         "each caller comes out once")
{
    int lfd = listening_socket(), first = call(lfd), second = call(lfd);
    struct sockaddr_in theirs, mine;
    int answer[2];

    must(pipe(answer), "pipe");
    pid_t pid = start_child();
    if (pid == 0) {
        theirs = remote_address(accept_from(lfd));
        _exit(write(answer[1], &theirs, sizeof theirs) == -1);
    }
    must((int)read(answer[0], &theirs, sizeof theirs), "read");
    mine = remote_address(accept_from(lfd));
    HOLDS(same_address(theirs, local_address(first)) &&
              same_address(mine, local_address(second)),
          "ports %d and %d", ntohs(theirs.sin_port), ntohs(mine.sin_port));
    add_flag(lfd, O_NONBLOCK);
    FAILS(accept(lfd, NULL, NULL), EAGAIN);
}

/* --- Children who have ended --------------------------------------------- */

FACT(zombies_stay, "a child that has ended stays in the table of processes "
                   "until it is waited for")
{
    pid_t pid = start_brief_child(3);

    see_end(pid);
    HOLDS(state_of(pid) == 'Z', "its state is %c", state_of(pid));
    HOLDS(kill(pid, 0) == 0, "kill() says %s", last_error());
    int status = wait_for(pid);
    HOLDS(WIFEXITED(status) && WEXITSTATUS(status) == 3, "the status is %#x",
          (unsigned)status);
    FAILS(kill(pid, 0), ESRCH);
}

FACT(zombies_hold_no_socket, "a zombie has closed its descriptors")
{
    struct talk t = start_talk();
    char byte;

    pid_t pid = start_child();
    if (pid == 0)
        _exit(0);
    close(t.server);
    see_end(pid);
    ssize_t n = recv(t.client, &byte, 1, 0);
    HOLDS(n == 0 && state_of(pid) == 'Z',
          "recv() returned %zd, its state is %c", n, state_of(pid));
}

static volatile int *handled; /* how often count_signal() ran */

static void count_signal(int signal)
{
    (void)signal;
    ++*handled;
}

static void count_child_signals(int flags)
{
    handled = shared_int();
    handle(SIGCHLD, count_signal, flags);
}

/* Ends three children while SIGCHLD is blocked, then lets it through. */
static void end_three_children(void)
{
    sigset_t set, before;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    must(sigprocmask(SIG_BLOCK, &set, &before), "sigprocmask");
    for (int i = 0; i < 3; i++)
        see_end(start_brief_child(0));
    must(sigprocmask(SIG_SETMASK, &before, NULL), "sigprocmask");
}

FACT(signals_merge, "three children that end while SIGCHLD is blocked give "
                    "one signal")
{
    count_child_signals(0);
    end_three_children();
    HOLDS(*handled == 1, "the handler ran %d times", *handled);
}

FACT(wait_until_none_is_left, "waitpid(-1, ..., WNOHANG) gives one ended child "
                              "a call, 0 while others live, then -1 and ECHILD")
{
    int end[2];

    must(pipe(end), "pipe");
    pid_t living = start_child();
    if (living == 0) {
        hear(end);
        _exit(0);
    }
    end_three_children();
    for (int i = 0; i < 3; i++) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        HOLDS(pid > 0 && pid != living, "call %d returned %d", i + 1, (int)pid);
    }
    pid_t none = waitpid(-1, NULL, WNOHANG);
    HOLDS(none == 0, "with one living it returned %d", (int)none);
    tell(end);
    wait_for(living);
    FAILS(waitpid(-1, NULL, WNOHANG), ECHILD);
}

static void reap_one(int signal)
{
    (void)signal;
    waitpid(-1, NULL, WNOHANG);
}

FACT(one_wait_leaves_zombies, "a handler that waits once leaves two of three "
                              "children that ended together")
{
    int left = 0;

    handle(SIGCHLD, reap_one, SA_RESTART);
    end_three_children();
    while (waitpid(-1, NULL, WNOHANG) > 0)
        left++;
    HOLDS(left == 2, "%d are left", left);
}

FACT(accept_is_interrupted, "without SA_RESTART a child's end lets accept() "
                            "fail with EINTR")
{
    int lfd = listening_socket();
    pid_t parent = getpid();

    count_child_signals(0);
    if (start_child() == 0) {
        see_asleep(parent);
        _exit(0);
    }
    FAILS(accept(lfd, NULL, NULL), EINTR);
    HOLDS(*handled == 1, "the handler ran %d times", *handled);
}

FACT(accept_is_restarted, "with SA_RESTART accept() goes on waiting after the "
                          "handler")
{
    int lfd = listening_socket();
    pid_t parent = getpid();

    count_child_signals(SA_RESTART);
    pid_t caller = start_child();
    if (caller == 0) {
        see_asleep(parent);
        kill(parent, SIGCHLD);
        while (*handled == 0)
            sched_yield();
        see_asleep(parent);
        call(lfd);
        pause();
    }
    int server = accept(lfd, NULL, NULL);
    HOLDS(server != -1, "accept() says %s", last_error());
    HOLDS(*handled == 1, "the handler ran %d times", *handled);
    kill(caller, SIGKILL);
}

FACT(ignored_children_leave_nothing, "with SIGCHLD ignored on purpose, or "
                                     "SA_NOCLDWAIT, children leave no zombie, "
                                     "and wait() says ECHILD once all ended")
{
    handle(SIGCHLD, SIG_IGN, 0);
    pid_t pid = start_brief_child(3);
    FAILS(waitpid(pid, NULL, 0), ECHILD);
    FAILS(kill(pid, 0), ESRCH);

    count_child_signals(SA_NOCLDWAIT);
    pid = start_brief_child(3);
    while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
        continue;
    FAILS(waitpid(pid, NULL, 0), ECHILD);
    FAILS(kill(pid, 0), ESRCH);
}

FACT(default_is_not_ignoring, "SIGCHLD is ignored by default, and that leaves "
                              "zombies all the same")
{
    handle(SIGCHLD, SIG_DFL, 0);
    pid_t pid = start_brief_child(0);
    see_end(pid);
    HOLDS(state_of(pid) == 'Z', "its state is %c", state_of(pid));
}

/* Whether SIGCHLD stands in that row of a program's status which this process
 * starts: SigIgn for signals that it ignores, SigCgt for those it handles. */
static bool passes_on(const char *row)
{
    unsigned long long set;
    char line[64] = "";
    int out[2];

    must(pipe(out), "pipe");
    if (start_child() == 0) {
        dup2(out[1], STDOUT_FILENO);
        execlp("grep", "grep", row, "/proc/self/status", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    for (size_t n = 0; n < sizeof line - 1; n++)
        if (read(out[0], line + n, 1) != 1)
            break;
    if (sscanf(line, "%*s %llx", &set) != 1)
        skip("grep did not run");
    return (set >> (SIGCHLD - 1) & 1) != 0;
}

FACT(ignoring_is_passed_on, "a program started while SIGCHLD is ignored begins "
                            "with it ignored; a handler is not passed on")
{
    handle(SIGCHLD, SIG_DFL, 0);
    HOLDS(!passes_on("SigIgn"), "it is ignored by default");
    handle(SIGCHLD, SIG_IGN, 0);
    HOLDS(passes_on("SigIgn"), "it is not ignored");
    count_child_signals(SA_RESTART);
    HOLDS(!passes_on("SigIgn") && !passes_on("SigCgt"), "it is handled");
}

/* --- Inside a handler ---------------------------------------------------- */

static void reap_all(int signal)
{
    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

static void reap_all_and_keep_errno(int signal)
{
    int saved = errno;

    reap_all(signal);
    errno = saved;
}

FACT(handler_changes_errno, "a handler that calls waitpid() changes errno "
                            "under the program's hands, unless it restores it")
{
    handle(SIGCHLD, reap_all, SA_RESTART);
    FAILS(close(-1), EBADF);
    must(raise(SIGCHLD), "raise");
    HOLDS(errno == ECHILD, "errno is %s", last_error());

    handle(SIGCHLD, reap_all_and_keep_errno, SA_RESTART);
    FAILS(close(-1), EBADF);
    must(raise(SIGCHLD), "raise");
    HOLDS(errno == EBADF, "errno is %s", last_error());
}

/* --- Threads ------------------------------------------------------------- */

static void *return_argument(void *arg)
{
    return arg;
}

FACT(thread_errors_are_returned, "pthread_create() returns its error, and "
                                 "never -1")
{
    pthread_attr_t attr;
    pthread_t id;

    pthread_attr_init(&attr);
    must(pthread_attr_setstacksize(&attr, (size_t)1 << 46) == 0 ? 0 : -1,
         "pthread_attr_setstacksize");
    int rc = pthread_create(&id, &attr, return_argument, NULL);
    HOLDS(rc == EAGAIN, "it returned %d", rc);
}

/* How many pages of memory this process has mapped. */
static long count_pages(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    must(f != NULL && fscanf(f, "%ld", &pages) == 1 ? 0 : -1, "statm");
    fclose(f);
    return pages;
}

/* Waits until no thread is left but this one. */
static void see_threads_end(void)
{
    struct stat st; /* a directory has a link for each directory in it */

    do {
        sched_yield();
        must(stat("/proc/self/task", &st), "stat");
    } while (st.st_nlink > 3);
}

/* How many stacks' worth of memory is kept of threads that have ended. */
static long stacks_kept(int detached)
{
    enum {
        THREADS = 32,
        STACK = 4 << 20
    };
    long before = count_pages();
    pthread_attr_t attr;
    pthread_t id;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    pthread_attr_setdetachstate(&attr, detached);
    for (int i = 0; i < THREADS; i++) {
        errno = pthread_create(&id, &attr, return_argument, NULL);
        must(errno == 0 ? 0 : -1, "pthread_create");
        see_threads_end();
    }
    return (count_pages() - before) / (STACK / sysconf(_SC_PAGESIZE));
}

FACT(unjoined_threads_stay, "a thread that is neither joined nor detached "
                            "leaves its stack behind")
{
    long detached = stacks_kept(PTHREAD_CREATE_DETACHED);
    long joinable = stacks_kept(PTHREAD_CREATE_JOINABLE);

    HOLDS(detached < 4, "of 32 detached ones %ld stacks are kept", detached);
    HOLDS(joinable >= 28, "of 32 others %ld stacks are kept", joinable);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void begin_and_end_thread(void)
{
    run_thread(return_argument, NULL);
}

static void begin_and_end_child(void)
{
    wait_for(start_brief_child(0));
}

/* The least time, of many, that it takes: what others cost is left out. */
static double least_time(void (*act)(void))
{
    double least = 1e9;

    for (int i = 0; i < 200; i++) {
        double start = seconds();
        act();
        double took = seconds() - start;
        if (took < least)
            least = took;
    }
    return least;
}

FACT(threads_cost_less, "to start a thread and see its end takes less time "
                        "than the same with a process")
{
    double thread = least_time(begin_and_end_thread);
    double child = least_time(begin_and_end_child);

    HOLDS(thread < child, "%.1f us and %.1f us", thread * 1e6, child * 1e6);
}

FACT(fork_grows_with_memory, "fork() takes more time in a process that has "
                             "more memory in use")
{
    size_t size = (size_t)64 << 20;
    double small = least_time(begin_and_end_child);

    char *much = malloc(size);
    must(much != NULL ? 0 : -1, "malloc");
    for (size_t i = 0; much != NULL && i < size; i += 4096)
        much[i] = 1;
    double large = least_time(begin_and_end_child);
    HOLDS(large > small, "%.1f us and then %.1f us", small * 1e6, large * 1e6);
    free(much);
}

/* Where a thread and main() wait for each other. */
static pthread_barrier_t gate;

static void pass_gate(void)
{
    pthread_barrier_wait(&gate);
}

static void *read_late(void *arg)
{
    pass_gate(); /* main() goes on first, as it may */
    return (void *)(long)*(int *)arg;
}

FACT(address_of_a_variable, "a thread that is given the address of the loop's "
                            "variable finds there what the loop put there next")
{
    pthread_t id;
    void *found;
    int cfd = 4;

    pthread_barrier_init(&gate, NULL, 2);
    start_thread(&id, read_late, &cfd);
    cfd = 5; /* the next caller */
    pass_gate();
    pthread_join(id, &found);
    HOLDS((long)found == 5, "it finds %ld", (long)found);
}

static void *end_process(void *arg)
{
    (void)arg;
    exit(7);
}

static void *end_thread(void *arg)
{
    (void)arg;
    pthread_exit(NULL);
}

static void *get_killed(void *arg)
{
    struct rlimit none = {0, 0};

    (void)arg;
    setrlimit(RLIMIT_CORE, &none);
    abort();
}

/* How a process ends one thread of which does that, and whose main() then
 * exits with 0. */
static int end_of_process(void *(*run)(void *))
{
    pid_t pid = start_child();

    if (pid == 0) {
        run_thread(run, NULL);
        _exit(0);
    }
    return wait_for(pid);
}

FACT(exit_ends_all_threads, "exit() in one thread ends all of them; "
                            "pthread_exit() ends one")
{
    int all = end_of_process(end_process), one = end_of_process(end_thread);

    HOLDS(WIFEXITED(all) && WEXITSTATUS(all) == 7, "the status is %#x",
          (unsigned)all);
    HOLDS(WIFEXITED(one) && WEXITSTATUS(one) == 0, "the status is %#x",
          (unsigned)one);
}

FACT(crash_of_one_is_of_all, "a thread that crashes takes the process with it; "
                             "a child that crashes is the parent's status")
{
    int threads = end_of_process(get_killed);

    HOLDS(WIFSIGNALED(threads) && WTERMSIG(threads) == SIGABRT,
          "the status is %#x", (unsigned)threads);
    pid_t pid = start_child();
    if (pid == 0)
        get_killed(NULL);
    int child = wait_for(pid);
    HOLDS(WIFSIGNALED(child) && WTERMSIG(child) == SIGABRT,
          "the status is %#x, and the parent lives", (unsigned)child);
}

static void *close_descriptor(void *arg)
{
    return (void *)(long)close(*(int *)arg);
}

FACT(threads_have_one_table, "a descriptor that a thread closes is closed for "
                             "all, and FIN is sent")
{
    struct talk t = start_talk();
    char byte;

    run_thread(close_descriptor, &t.server);
    FAILS(fcntl(t.server, F_GETFD), EBADF);
    ssize_t n = recv(t.client, &byte, 1, 0);
    HOLDS(n == 0, "recv() returned %zd", n);
}

FACT(second_close_hits_another, "accept() gives the number again that was just "
                                "closed, so closing it twice closes another's")
{
    struct talk t = start_talk();
    int other = call(t.lfd);
    char byte;

    close(t.server);
    int second = accept_from(t.lfd);
    HOLDS(second == t.server, "%d was closed and %d was given", t.server,
          second);
    HOLDS(close(t.server) == 0, "the second close() says %s", last_error());
    ssize_t n = recv(other, &byte, 1, 0);
    HOLDS(n == 0, "the other's recv() returned %zd", n);
}

static void *cut_words(void *arg)
{
    return strtok(arg, " ");
}

FACT(strtok_is_shared, "strtok() continues in what another thread gave it")
{
    char mine[] = "a b", theirs[] = "x y";

    strtok(mine, " ");
    run_thread(cut_words, theirs);
    char *next = strtok(NULL, " ");
    HOLDS(next == theirs + 2, "it says %s", next != NULL ? next : "no more");
}

static void *break_down_time(void *arg)
{
    return localtime(arg);
}

FACT(localtime_is_shared, "localtime() returns the same buffer in each thread")
{
    time_t now = 0;
    struct tm *mine = localtime(&now);

    HOLDS(run_thread(break_down_time, &now) == mine, "it is another");
}

static void *set_errno(void *arg)
{
    (void)arg;
    errno = EBADF;
    return &errno;
}

FACT(errno_is_each_threads_own, "each thread has an errno of its own")
{
    pthread_t id;
    void *theirs;

    start_thread(&id, set_errno, NULL);
    errno = EINTR;
    pthread_join(id, &theirs);
    HOLDS(errno == EINTR && theirs != (void *)&errno, "errno is %s",
          last_error());
}

static void *name_address(void *arg)
{
    struct in_addr addr = {*(in_addr_t *)arg};

    return inet_ntoa(addr);
}

FACT(inet_ntoa_is_each_threads_own, "in glibc each thread has an inet_ntoa() "
                                    "buffer of its own")
{
    in_addr_t one = htonl(0x7f000001), two = htonl(0x7f000002);

#ifndef __GLIBC__
    skip("this C library is not glibc");
#endif
    const char *mine = name_address(&one);
    const char *theirs = run_thread(name_address, &two);
    HOLDS(theirs != mine && strcmp(mine, "127.0.0.1") == 0, "mine is %s", mine);
}
