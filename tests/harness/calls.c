#define _GNU_SOURCE
#include "calls.h"

#include <sys/syscall.h>

/* Argument letters: f descriptor, D domain, T type, P protocol, A address
 * followed by its length, R address told by the kernel with its length,
 * B bytes going out with their count, I bytes coming in with their count,
 * G message flags after bytes, g
 * message flags, H how (shutdown), L option level and name and value,
 * O the same, being read, C fcntl command, S a time to sleep, d a number,
 * v an iovec or message, N signal, p a process, X a program's path, . not
 * shown. */
#define ROW(nr_, kind_, else__, name_, args_, count_, iovec_, pid_)            \
    {                                                                          \
        .nr = SYS_##nr_, .call = CALL_##kind_, .else_ = CALL_##else__,         \
        .name = name_, .args = args_, .count = count_, .iovec = iovec_,        \
        .pid = pid_                                                            \
    }
#define PLAIN(nr_, kind_, name_, args_)                                        \
    ROW(nr_, kind_, kind_, name_, args_, -1, -1, -1)
/* Calls that could reach a process that is not the subject's own. */
#define REACH(nr_, at)                                                         \
    ROW(nr_, SIGNAL, SIGNAL, #nr_, at ? ".pN" : "pN", -1, -1, at)

static const struct call_shape shapes[] = {
    /* The calls of the sockets API. */
    PLAIN(socket, SOCKET, "socket", "DTP"),
    PLAIN(socketpair, SOCKETPAIR, "socketpair", "DTP"),
    PLAIN(bind, BIND, "bind", "fA"),
    PLAIN(listen, LISTEN, "listen", "fd"),
    PLAIN(accept, ACCEPT, "accept", "fR"),
    PLAIN(accept4, ACCEPT, "accept4", "fRF"),
    PLAIN(connect, CONNECT, "connect", "fA"),
    ROW(sendto, SEND, SEND, "send", "fBG", 2, -1, -1),
    ROW(recvfrom, RECV, RECV, "recv", "fIG", 2, -1, -1),
    ROW(sendmsg, SEND, SEND, "sendmsg", "fvg", -1, 1, -1),
    ROW(recvmsg, RECV, RECV, "recvmsg", "fvg", -1, 1, -1),
    PLAIN(sendmmsg, SEND, "sendmmsg", "f.d"),
    PLAIN(recvmmsg, RECV, "recvmmsg", "f.d"),
    ROW(sendfile, SEND, WRITE, "sendfile", "ff.d", 3, -1, -1),
    ROW(splice, RECV, SEND, "splice", "f.f.d", 4, -1, -1),
    PLAIN(shutdown, SHUTDOWN, "shutdown", "fH"),
    PLAIN(setsockopt, SETSOCKOPT, "setsockopt", "fL"),
    PLAIN(getsockopt, GETSOCKOPT, "getsockopt", "fO"),
    PLAIN(getsockname, GETSOCKNAME, "getsockname", "fR"),
    PLAIN(getpeername, GETPEERNAME, "getpeername", "fR"),

    /* Calls that matter on sockets and pipes. */
    ROW(read, RECV, READ, "read", "fI", 2, -1, -1),
    ROW(write, SEND, WRITE, "write", "fB", 2, -1, -1),
    ROW(readv, RECV, READ, "readv", "fvd", -1, 1, -1),
    ROW(writev, SEND, WRITE, "writev", "fvd", -1, 1, -1),
    ROW(close, CLOSE, ANY, "close", "f", -1, -1, -1),
    ROW(fcntl, FCNTL, FCNTL, "fcntl", "fC", -1, -1, -1),
    ROW(ioctl, IOCTL, ANY, "ioctl", "fd", -1, -1, -1),
    ROW(dup, DUP, DUP, "dup", "f", -1, -1, -1),
    ROW(dup3, DUP, DUP, "dup3", "ff", -1, -1, -1),
    PLAIN(pipe2, PIPE, "pipe", ""),

    /* Waiting for readiness. */
    PLAIN(pselect6, SELECT, "select", "d"),
    PLAIN(ppoll, SELECT, "poll", ".d"),
    PLAIN(epoll_pwait, SELECT, "epoll_wait", "f.dd"),
#ifdef SYS_epoll_pwait2
    PLAIN(epoll_pwait2, SELECT, "epoll_pwait2", "f.d"),
#endif
    PLAIN(epoll_create1, EPOLL, "epoll_create", ""),
    PLAIN(epoll_ctl, EPOLL, "epoll_ctl", "fdf"),

    /* Time: what sleeps is shown, what will wake it is known. */
    PLAIN(nanosleep, SLEEP, "sleep", "S"),
    PLAIN(clock_nanosleep, SLEEP, "sleep", "..S"),
    PLAIN(setitimer, TIMER, "setitimer", "d"),
    PLAIN(timer_settime, TIMER, "timer_settime", "d"),
    PLAIN(timerfd_settime, TIMER, "timerfd_settime", "f"),

    /* Becoming two, becoming another program. */
    PLAIN(clone, FORK, "clone", ""),
    PLAIN(clone3, FORK, "clone", ""),
    PLAIN(execve, EXEC, "execve", "X"),
    PLAIN(execveat, EXEC, "execveat", ".X"),

    /* Names: redirected when a case gives its own hosts. */
    PLAIN(openat, OPEN, "openat", ""),
    PLAIN(rt_sigaction, HANDLER, "sigaction", "N"),

    /* Reaching for other processes; see guard.c. */
    REACH(kill, 0),
    REACH(tkill, 0),
    REACH(tgkill, 0),
    REACH(rt_sigqueueinfo, 0),
    REACH(rt_tgsigqueueinfo, 0),
    REACH(prlimit64, 0),
    REACH(sched_setaffinity, 0),
    REACH(sched_setscheduler, 0),
    REACH(sched_setparam, 0),
    REACH(sched_setattr, 0),
    REACH(process_vm_readv, 0),
    REACH(process_vm_writev, 0),
    REACH(pidfd_open, 0),
    REACH(ptrace, 1),
    REACH(setpriority, 1),
#ifdef __x86_64__
    PLAIN(poll, SELECT, "poll", ".dd"),
    PLAIN(select, SELECT, "select", "d"),
    PLAIN(epoll_wait, SELECT, "epoll_wait", "f.dd"),
    PLAIN(epoll_create, EPOLL, "epoll_create", ""),
    PLAIN(dup2, DUP, "dup2", "ff"),
    PLAIN(fork, FORK, "fork", ""),
    PLAIN(vfork, FORK, "vfork", ""),
    PLAIN(pipe, PIPE, "pipe", ""),
    PLAIN(pause, SLEEP, "pause", ""),
    PLAIN(alarm, TIMER, "alarm", "d"),
    PLAIN(open, OPEN, "open", ""),
#endif
};

enum {
    SHAPES = sizeof shapes / sizeof *shapes
};

const struct call_shape *all_shapes(size_t *n)
{
    *n = SHAPES;
    return shapes;
}

const struct call_shape *find_shape(long nr)
{
    for (size_t i = 0; i < SHAPES; i++)
        if (shapes[i].nr == nr)
            return &shapes[i];
    return NULL;
}

bool needs_descriptor_kind(const struct call_shape *shape)
{
    return shape->call != shape->else_;
}

const char *call_kind_name(enum call call)
{
    static const char *const names[CALL_KINDS] = {
        [CALL_ANY] = "a call",
        [CALL_SOCKET] = "socket",
        [CALL_SOCKETPAIR] = "socketpair",
        [CALL_BIND] = "bind",
        [CALL_LISTEN] = "listen",
        [CALL_ACCEPT] = "accept",
        [CALL_CONNECT] = "connect",
        [CALL_SEND] = "send",
        [CALL_RECV] = "recv",
        [CALL_WRITE] = "write",
        [CALL_READ] = "read",
        [CALL_SHUTDOWN] = "shutdown",
        [CALL_CLOSE] = "close",
        [CALL_SETSOCKOPT] = "setsockopt",
        [CALL_GETSOCKOPT] = "getsockopt",
        [CALL_GETSOCKNAME] = "getsockname",
        [CALL_GETPEERNAME] = "getpeername",
        [CALL_SELECT] = "select or poll",
        [CALL_EPOLL] = "epoll_ctl",
        [CALL_FCNTL] = "fcntl",
        [CALL_IOCTL] = "ioctl",
        [CALL_DUP] = "dup",
        [CALL_PIPE] = "pipe",
        [CALL_SLEEP] = "sleep",
        [CALL_TIMER] = "a timer",
        [CALL_SIGNAL] = "kill",
        [CALL_OPEN] = "open",
        [CALL_HANDLER] = "sigaction",
        [CALL_FORK] = "fork",
        [CALL_EXEC] = "execve",
    };

    return names[call];
}
