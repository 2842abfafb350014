#define _GNU_SOURCE
#include "record.h"

#include "clock.h"
#include "inspect.h"
#include "redirect.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>

#ifndef SYS_alarm
#define SYS_alarm (-1) /* the library makes it of setitimer */
#endif

/* The kernel's sigaction (not the C library's): handler, flags, ... */
struct kernel_sigaction {
    uint64_t handler;
    uint64_t flags;
};

static struct call_record *add_record(struct subject *s)
{
    if (s->ncalls == MOST_CALLS) {
        stop_trespass(s, CAUSE_RESOURCE_LIMIT,
                      "it made more than %d watched calls", MOST_CALLS);
        return NULL;
    }
    if (s->ncalls == s->room) {
        s->room = s->room ? 2 * s->room : 256;
        s->calls = realloc(s->calls, s->room * sizeof(*s->calls));
        if (s->calls == NULL)
            err(2, "realloc");
    }
    struct call_record *r = calloc(1, sizeof *r);
    if (r == NULL)
        err(2, "calloc");
    return s->calls[s->ncalls++] = r;
}

/* Which kind it is: read() on a socket is a recv. */
static enum call kind_of(struct task *task, const struct call_shape *shape,
                         const struct syscall_stop *stop)
{
    /* The sanitizers shuffle the descriptors of their own files. */
    if (!needs_descriptor_kind(shape) && shape->call != CALL_DUP)
        return shape->call;
    switch (descriptor_kind(task->tid, (int)stop->args[0])) {
    case DESCRIPTOR_SOCKET:
        return shape->call;
    case DESCRIPTOR_STREAM:
        return shape->else_;
    default:
        return CALL_ANY;
    }
}

/* When a timer goes off that is set now; 0 when it is stopped. */
static uint64_t due_time(const struct task *task, const struct call_record *r)
{
    struct itimerval t = {0};

    if (r->nr == SYS_alarm)
        t.it_value.tv_sec = r->args[0];
    else if (r->nr != SYS_setitimer || r->args[0] != ITIMER_REAL ||
             peek(task->tid, (uint64_t)r->args[1], &t, sizeof t) < sizeof t)
        return NEVER_OVER;
    if (timerisset(&t.it_interval))
        return NEVER_OVER;
    return timerisset(&t.it_value)
               ? now_ns() + (uint64_t)t.it_value.tv_sec * 1000000000u +
                     (uint64_t)t.it_value.tv_usec * 1000u
               : 0;
}

/* What may wake it later, though no call of its own says so. */
static void note_timers(struct task *task, const struct call_record *r)
{
    struct subject *s = task->subject;
    bool sets_limit = r->call == CALL_SETSOCKOPT && r->args[1] == SOL_SOCKET &&
                      (r->args[2] == SO_RCVTIMEO || r->args[2] == SO_SNDTIMEO);
    uint64_t due = sets_limit              ? NEVER_OVER
                   : r->call == CALL_TIMER ? due_time(task, r)
                                           : 0;

    if (due > s->timers_due)
        s->timers_due = due;
}

static void note_handler(struct task *task, const struct syscall_stop *stop)
{
    struct kernel_sigaction action;
    unsigned long signal = (unsigned long)stop->args[0];

    if (stop->args[1] == 0 || signal > 64 ||
        peek(task->tid, (uint64_t)stop->args[1], &action, sizeof action) <
            sizeof action)
        return;
    task->subject->handlers[signal].is_set =
        action.handler != (uint64_t)(uintptr_t)SIG_DFL &&
        action.handler != (uint64_t)(uintptr_t)SIG_IGN;
    task->subject->handlers[signal].restarts = action.flags & SA_RESTART;
}

/* Name lookup makes sockets of its own: AF_NETLINK to learn the interfaces,
 * close-on-exec datagram sockets to sort addresses (RFC 6724) and to ask a
 * server, and one for the name service cache.  No lab makes such, at least
 * while a case has it look up names, so they are kept out of the story. */
static bool is_lookup_socket(const struct task *task,
                             const struct call_record *r)
{
    long type = r->args[1] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    bool closes = r->args[1] & SOCK_CLOEXEC;

    if (r->args[0] == AF_NETLINK)
        return true;
    if (task->subject->hosts_path == NULL || !closes || r->args[2] != 0)
        return false;
    if (r->args[0] == AF_UNIX)
        return type == SOCK_STREAM && (r->args[1] & SOCK_NONBLOCK);
    return type == SOCK_DGRAM;
}

static bool *lookup_fd(struct task *task, long fd)
{
    static bool none;

    return fd >= 0 && fd < 1024 ? &task->subject->lookup_fds[fd] : &none;
}

static bool *message_fd(struct task *task, long fd)
{
    static bool none;

    return fd >= 0 && fd < 1024 ? &task->subject->message_fds[fd] : &none;
}

/* Keeps which descriptors are sockets whose messages have boundaries; of those
 * that come from another process it is not known. */
static void note_messages(struct task *task, const struct call_record *r)
{
    long type = r->args[1] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    bool has_messages = type == SOCK_DGRAM || type == SOCK_SEQPACKET;
    bool makes_another =
        r->call == CALL_DUP ||
        (r->call == CALL_FCNTL &&
         (r->args[1] == F_DUPFD || r->args[1] == F_DUPFD_CLOEXEC));
    int pair[2];

    if (r->call == CALL_SOCKET)
        *message_fd(task, r->result) = has_messages;
    else if (makes_another)
        *message_fd(task, r->result) = *message_fd(task, r->args[0]);
    else if (r->call == CALL_SOCKETPAIR &&
             peek(task->tid, (uint64_t)r->args[3], pair, sizeof pair) ==
                 sizeof pair)
        *message_fd(task, pair[0]) = *message_fd(task, pair[1]) = has_messages;
    else if (r->call == CALL_ACCEPT)
        *message_fd(task, r->result) = *message_fd(task, r->args[0]);
}

static void hide_lookup(struct task *task, struct call_record *r)
{
    if (r->call == CALL_SOCKET)
        r->hidden = is_lookup_socket(task, r);
    else if (find_shape(r->nr)->args[0] == 'f')
        r->hidden = *lookup_fd(task, r->args[0]);
}

void hide_socket(struct task *task)
{
    struct subject *s = task->subject;
    size_t i = s->ncalls;

    *lookup_fd(task, task->call->args[0]) = true;
    while (i-- > 0 && s->calls[i]->call != CALL_SOCKET)
        s->calls[i]->hidden |= s->calls[i]->args[0] == task->call->args[0];
    if (i < s->ncalls)
        s->calls[i]->hidden = true;
}

static void copy_address(struct task *task, struct call_record *r,
                         uint64_t from, size_t n)
{
    if (from == 0 || n == 0)
        return;
    r->addrlen =
        peek(task->tid, from, r->addr, n < sizeof r->addr ? n : sizeof r->addr);
}

static const char *peek_string(pid_t tid, uint64_t from)
{
    char string[PATH_MAX] = "";

    string[peek(tid, from, string, sizeof string - 1)] = '\0';
    return text("%s", string);
}

static void copy_head(struct task *task, struct call_record *r, uint64_t from,
                      size_t n)
{
    r->headlen =
        peek(task->tid, from, r->head, n < sizeof r->head ? n : sizeof r->head);
}

/* The first of n pieces that holds any bytes. */
static struct iovec first_of(struct task *task, uint64_t at, size_t n)
{
    struct iovec piece = {0};

    for (; n > 0 && piece.iov_len == 0; n--, at += sizeof piece)
        if (peek(task->tid, at, &piece, sizeof piece) < sizeof piece)
            return (struct iovec){0};
    return piece;
}

/* Where the first bytes of the call's data lie. */
static struct iovec first_piece(struct task *task, const struct call_record *r,
                                const struct call_shape *shape)
{
    struct msghdr message;
    uint64_t at = (uint64_t)r->args[1];

    if (shape->count == 2)
        return (struct iovec){(void *)(uintptr_t)at, (size_t)r->args[2]};
    if (shape->iovec != 1)
        return (struct iovec){0};
    if (strstr(shape->name, "msg") == NULL)
        return first_of(task, at, (size_t)r->args[2]);
    if (peek(task->tid, at, &message, sizeof message) < sizeof message)
        return (struct iovec){0};
    return first_of(task, (uint64_t)(uintptr_t)message.msg_iov,
                    message.msg_iovlen);
}

/* The descriptors that go or have come with a message. */
static void read_passed(struct task *task, struct call_record *r)
{
    enum {
        ENOUGH = 2048 /* SCM_MAX_FD descriptors, and more beside them */
    };
    union {
        struct cmsghdr aligned;
        char bytes[ENOUGH];
    } control;
    struct msghdr m;

    if (peek(task->tid, (uint64_t)r->args[1], &m, sizeof m) < sizeof m)
        return;
    size_t n = m.msg_controllen < ENOUGH ? m.msg_controllen : ENOUGH;
    n = peek(task->tid, (uint64_t)(uintptr_t)m.msg_control, &control, n);
    struct cmsghdr *c = n >= sizeof *c ? &control.aligned : NULL;
    if (c == NULL || c->cmsg_level != SOL_SOCKET ||
        c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(0) ||
        c->cmsg_len > n)
        return;
    r->npassed = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(r->passed, CMSG_DATA(c),
           r->npassed * sizeof(int) < sizeof r->passed
               ? r->npassed * sizeof(int)
               : sizeof r->passed);
}

static void read_entry(struct task *task, struct call_record *r,
                       const struct call_shape *shape)
{
    if (r->call == CALL_SEND || r->call == CALL_WRITE) {
        struct iovec piece = first_piece(task, r, shape);
        copy_head(task, r, (uint64_t)(uintptr_t)piece.iov_base, piece.iov_len);
    }
    if (r->nr == SYS_sendmsg)
        read_passed(task, r);
    if (strcmp(shape->args, "fA") == 0)
        copy_address(task, r, (uint64_t)r->args[1], (size_t)r->args[2]);
    if (strcmp(shape->name, "send") == 0 && r->args[4] != 0)
        copy_address(task, r, (uint64_t)r->args[4], (size_t)r->args[5]);
    if (shape->args[0] == '.' && strchr(shape->args, 'S') != NULL)
        peek(task->tid, (uint64_t)r->args[2], r->head, sizeof r->head / 3);
    else if (shape->args[0] == 'S')
        peek(task->tid, (uint64_t)r->args[0], r->head, sizeof r->head / 3);
    if (r->nr == SYS_ppoll && r->args[2] != 0)
        peek(task->tid, (uint64_t)r->args[2], r->head, sizeof r->head / 3);
    if (r->nr == SYS_clone)
        r->flags = (uint64_t)r->args[0];
    if (r->nr == SYS_clone3)
        peek(task->tid, (uint64_t)r->args[0], &r->flags, sizeof r->flags);
    if (r->call == CALL_EXEC)
        r->path =
            peek_string(task->tid, (uint64_t)r->args[shape->args[0] == '.']);
    if (strcmp(shape->args, "fL") == 0)
        copy_head(task, r, (uint64_t)r->args[3], (size_t)r->args[4]);
}

struct call_record *begin_record(struct task *task,
                                 const struct call_shape *shape,
                                 const struct syscall_stop *stop)
{
    struct call_record *r = task->interrupted;

    task->interrupted = NULL;
    if (r != NULL && r->nr == stop->nr) {
        r->finished = false;
        return r;
    }
    if (shape->call == CALL_HANDLER)
        note_handler(task, stop);
    enum call call = kind_of(task, shape, stop);
    if (call == CALL_ANY || call == CALL_HANDLER || call == CALL_OPEN)
        return NULL;
    if (!task->subject->has_started) /* our own execve() of the program */
        return NULL;
    r = add_record(task->subject);
    if (r == NULL)
        return NULL;
    r->call = call;
    r->nr = stop->nr;
    r->tid = task->tid;
    r->who = task->name;
    r->began = now_ns();
    memcpy(r->args, stop->args, sizeof r->args);
    note_timers(task, r);
    hide_lookup(task, r);
    r->hidden |= task->is_other;
    r->is_message = (call == CALL_SEND || call == CALL_RECV) &&
                    *message_fd(task, r->args[0]);
    read_entry(task, r, shape);
    return r;
}

static void read_told_address(struct task *task, struct call_record *r, int at)
{
    unsigned len = 0;

    if (r->args[at] != 0 && r->args[at + 1] != 0 &&
        peek(task->tid, (uint64_t)r->args[at + 1], &len, sizeof len) ==
            sizeof len)
        copy_address(task, r, (uint64_t)r->args[at], len);
}

static void read_exit(struct task *task, struct call_record *r)
{
    const struct call_shape *shape = find_shape(r->nr);

    if (r->call == CALL_RECV || r->call == CALL_READ) {
        struct iovec piece = first_piece(task, r, shape);
        size_t n = (size_t)r->result < piece.iov_len ? (size_t)r->result
                                                     : piece.iov_len;
        copy_head(task, r, (uint64_t)(uintptr_t)piece.iov_base, n);
    }
    if (r->nr == SYS_recvmsg) {
        struct msghdr m = {.msg_flags = 0};
        read_passed(task, r);
        peek(task->tid, (uint64_t)r->args[1], &m, sizeof m);
        r->is_cut = (m.msg_flags & MSG_CTRUNC) != 0;
    }
    if (shape->args[0] == 'f' && shape->args[1] == 'R')
        read_told_address(task, r, 1);
    if (r->call == CALL_GETSOCKOPT && r->result == 0 &&
        r->args[1] == SOL_SOCKET)
        copy_head(task, r, (uint64_t)r->args[3],
                  r->args[2] == SO_ERROR      ? sizeof(int)
                  : r->args[2] == SO_PEERCRED ? sizeof(struct ucred)
                                              : 0);
    if (strcmp(shape->name, "recv") == 0 && r->args[4] != 0)
        read_told_address(task, r, 4);
}

/* Whether the call has taken nothing: it failed, was at the end, or has only
 * looked. */
static bool takes_nothing(const struct call_record *r)
{
    long flags = r->nr == SYS_recvfrom  ? r->args[3]
                 : r->nr == SYS_recvmsg ? r->args[2]
                                        : 0;

    return r->result <= 0 || (flags & MSG_PEEK) != 0;
}

/* Whether the call gave nothing, and just as the one before it. */
static bool is_vain(const struct call_record *r, const struct call_record *last)
{
    bool may_spin = r->call == CALL_RECV || r->call == CALL_SEND ||
                    r->call == CALL_ACCEPT || r->call == CALL_CONNECT;

    return may_spin && takes_nothing(r) && last->call == r->call &&
           last->result == r->result && last->args[0] == r->args[0];
}

/* A loop that goes on after the end, or does not wait, never comes out. */
static void check_spin(struct subject *s, const struct call_record *r)
{
    if (s->ncalls < 2 || !is_vain(r, s->calls[s->ncalls - 2])) {
        s->in_vain = 0;
        return;
    }
    if (++s->in_vain == MOST_IN_VAIN)
        stop_trespass(s, CAUSE_TIMEOUT,
                      "it called %s() %d times in a row, and each time got "
                      "%s",
                      call_kind_name(r->call), MOST_IN_VAIN,
                      r->result >= 0 ? text("%ld", r->result)
                                     : strerrorname_np((int)-r->result));
}

void end_record(struct task *task, long result)
{
    struct call_record *r = task->call;

    r->result = result;
    r->finished = true;
    r->ended = now_ns();
    if (result <= -512 && result >= -516) { /* -ERESTART...: see tracer.c */
        task->interrupted = r;
        task->interruption = result;
        r->result = -EINTR;
    }
    check_spin(task->subject, r);
    if (result < 0)
        return;
    read_exit(task, r);
    note_messages(task, r);
    if (r->call == CALL_SOCKET)
        *lookup_fd(task, result) = r->hidden;
    else if (r->call == CALL_CLOSE)
        *lookup_fd(task, r->args[0]) = *message_fd(task, r->args[0]) = false;
}

static bool is_counted(const struct call_record *r, enum call call)
{
    return !r->hidden && (call == CALL_ANY || r->call == call);
}

size_t count_calls(struct subject *s, enum call call)
{
    size_t n = 0;

    for (size_t i = 0; i < s->ncalls; i++)
        n += is_counted(s->calls[i], call);
    return n;
}

const struct call_record *nth_call(struct subject *s, enum call call, size_t n)
{
    for (size_t i = 0; i < s->ncalls; i++)
        if (is_counted(s->calls[i], call) && --n == 0)
            return s->calls[i];
    return NULL;
}

const struct call_record *next_call(struct subject *s, enum call call,
                                    const struct call_record *after)
{
    static size_t at; /* where the last one was found */
    size_t i = 0;

    if (after != NULL) {
        if (at >= s->ncalls || s->calls[at] != after)
            for (at = 0; at < s->ncalls && s->calls[at] != after;)
                at++;
        i = at + 1;
    }
    for (; i < s->ncalls; i++)
        if (is_counted(s->calls[i], call)) {
            at = i;
            return s->calls[i];
        }
    return NULL;
}

size_t bytes_moved(struct subject *s, enum call call)
{
    const struct call_record *r;
    size_t bytes = 0;

    for (r = NULL; (r = next_call(s, call, r)) != NULL;)
        if (r->finished && r->result > 0)
            bytes += (size_t)r->result;
    return bytes;
}
