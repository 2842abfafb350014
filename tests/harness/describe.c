#define _GNU_SOURCE
#include "describe.h"

#include "calls.h"
#include "text.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

enum {
    SHOWN = 18 /* bytes of data, so that a line of the story fits */
};

struct name {
    long value;
    const char *name;
};
#define NAME(x)                                                                \
    {                                                                          \
        x, #x                                                                  \
    }

static const struct name domains[] = {
    NAME(AF_UNSPEC), NAME(AF_INET),    NAME(AF_INET6), NAME(AF_UNIX),
    NAME(AF_PACKET), NAME(AF_NETLINK), NAME(AF_VSOCK), {0, NULL}};
static const struct name types[] = {NAME(SOCK_STREAM), NAME(SOCK_DGRAM),
                                    NAME(SOCK_RAW),    NAME(SOCK_SEQPACKET),
                                    NAME(SOCK_RDM),    {0, NULL}};
static const struct name protocols[] = {
    NAME(IPPROTO_TCP),  NAME(IPPROTO_UDP),    NAME(IPPROTO_ICMP),
    NAME(IPPROTO_SCTP), NAME(IPPROTO_ICMPV6), {0, NULL}};
static const struct name hows[] = {
    NAME(SHUT_RD), NAME(SHUT_WR), NAME(SHUT_RDWR), {0, NULL}};
static const struct name message_flags[] = {
    NAME(MSG_NOSIGNAL),     NAME(MSG_DONTWAIT), NAME(MSG_PEEK),
    NAME(MSG_WAITALL),      NAME(MSG_OOB),      NAME(MSG_TRUNC),
    NAME(MSG_CMSG_CLOEXEC), {0, NULL}};
static const struct name options[] = {
    NAME(SO_REUSEADDR), NAME(SO_REUSEPORT), NAME(SO_ERROR),  NAME(SO_RCVTIMEO),
    NAME(SO_SNDTIMEO),  NAME(SO_LINGER),    NAME(SO_RCVBUF), NAME(SO_SNDBUF),
    NAME(SO_KEEPALIVE), NAME(SO_BROADCAST), NAME(SO_TYPE),   NAME(SO_PEERCRED),
    NAME(SO_PASSCRED),  {0, NULL}};
static const struct name tcp_options[] = {
    NAME(TCP_NODELAY),   NAME(TCP_USER_TIMEOUT),
    NAME(TCP_INFO),      NAME(TCP_KEEPIDLE),
    NAME(TCP_KEEPINTVL), NAME(TCP_KEEPCNT),
    NAME(TCP_QUICKACK),  {0, NULL}};
static const struct name ipv6_options[] = {NAME(IPV6_V6ONLY), {0, NULL}};
static const struct name fcntls[] = {
    NAME(F_GETFL), NAME(F_SETFL),         NAME(F_GETFD), NAME(F_SETFD),
    NAME(F_DUPFD), NAME(F_DUPFD_CLOEXEC), {0, NULL}};

static const char *name_of(const struct name *names, long value)
{
    for (; names->name != NULL; names++)
        if (names->value == value)
            return names->name;
    return text("%ld", value);
}

static const char *socket_flags(long flags)
{
    bool both = (flags & SOCK_CLOEXEC) && (flags & SOCK_NONBLOCK);

    return text("%s%s%s", flags & SOCK_CLOEXEC ? "SOCK_CLOEXEC" : "",
                both ? "|" : "", flags & SOCK_NONBLOCK ? "SOCK_NONBLOCK" : "");
}

static const char *type_name(long type)
{
    const char *flags = socket_flags(type);

    return text("%s%s%s", name_of(types, type & 0xf), *flags ? "|" : "", flags);
}

static const char *flag_names(long flags)
{
    const char *all = "";

    for (const struct name *n = message_flags; n->name != NULL; n++)
        if (flags & n->value)
            all = text("%s%s%s", all, *all ? "|" : "", n->name);
    return *all ? all : text("%#lx", flags);
}

const char *describe_host(const void *addr)
{
    char host[INET6_ADDRSTRLEN] = "";
    const struct sockaddr_in *in = addr;
    const struct sockaddr_in6 *in6 = addr;

    if (in->sin_family == AF_INET)
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
    else
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
    return text("%s", host);
}

const char *describe_address(const void *addr, size_t n)
{
    struct sockaddr_storage a = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&a;

    memcpy(&a, addr, n < sizeof a ? n : sizeof a);
    if (a.ss_family == AF_INET)
        return text("%s:%u", describe_host(&a), ntohs(in->sin_port));
    if (a.ss_family == AF_INET6) /* the port is in the same place */
        return text("[%s]:%u", describe_host(&a), ntohs(in->sin_port));
    if (a.ss_family == AF_UNIX) {
        struct sockaddr_un *un = (struct sockaddr_un *)&a;
        size_t before = offsetof(struct sockaddr_un, sun_path);
        if (n <= before)
            return "a socket without a name";
        size_t most = n - before;
        return un->sun_path[0] == '\0'
                   ? text("@%s", quoted(un->sun_path + 1, most - 1, 30))
                   : text("%.*s", (int)most, un->sun_path);
    }
    return name_of(domains, a.ss_family);
}

static const char *option_value(const struct call_record *r)
{
    int value;

    if (r->headlen != sizeof value)
        return "...";
    memcpy(&value, r->head, sizeof value);
    return text("%d", value);
}

static const char *option_name(const struct call_record *r)
{
    if (r->args[1] == SOL_SOCKET)
        return name_of(options, r->args[2]);
    if (r->args[1] == IPPROTO_TCP)
        return name_of(tcp_options, r->args[2]);
    if (r->args[1] == IPPROTO_IPV6)
        return name_of(ipv6_options, r->args[2]);
    return text("%ld:%ld", r->args[1], r->args[2]);
}

static const char *sleep_time(const struct call_record *r)
{
    struct timespec t;

    memcpy(&t, r->head, sizeof t);
    return text("%g", (double)t.tv_sec + (double)t.tv_nsec / 1e9);
}

/* The descriptors that a message passes; NULL when there are none. */
static const char *passed_descriptors(const struct call_record *r)
{
    size_t most = sizeof r->passed / sizeof *r->passed;
    const char *all = "";

    if (r->npassed == 0)
        return NULL;
    for (size_t i = 0; i < r->npassed && i < most; i++)
        all = text("%s%s%d", all, i > 0 ? ", " : "", r->passed[i]);
    return text("SCM_RIGHTS [%s%s]", all, r->npassed > most ? ", ..." : "");
}

/* Where a datagram goes to, or who has sent it; "" where that is not told. */
static const char *far_address(const struct call_record *r)
{
    bool is_told = r->nr == SYS_sendto || r->nr == SYS_recvfrom;

    return is_told && r->addrlen > 0
               ? text(", %s", describe_address(r->addr, r->addrlen))
               : "";
}

/* One argument, by its letter in calls.c; NULL: it is not shown. */
static const char *argument(const struct call_record *r, char letter, int i)
{
    switch (letter) {
    case 'D':
        return name_of(domains, r->args[i]);
    case 'T':
        return type_name(r->args[i]);
    case 'F': /* of accept4, after address and length */
        return r->args[i + 1] == 0 ? NULL : socket_flags(r->args[i + 1]);
    case 'P':
        return r->args[i] == 0 ? "0" : name_of(protocols, r->args[i]);
    case 'A':
        return describe_address(r->addr, r->addrlen);
    case 'B':
        return text("%s, %ld", quoted(r->head, r->headlen, SHOWN),
                    r->args[i + 1]);
    case 'v': /* what comes is known with the result */
        return r->call == CALL_SEND ? passed_descriptors(r) : NULL;
    case 'I':
        return text("..., %ld", r->args[i + 1]);
    case 'G': /* after buffer and count */
        return r->args[i + 1] == 0 ? NULL : flag_names(r->args[i + 1]);
    case 'g':
        return r->args[i] == 0 ? NULL : flag_names(r->args[i]);
    case 'H':
        return name_of(hows, r->args[i]);
    case 'L':
        return text("%s, %s", option_name(r), option_value(r));
    case 'O':
        return option_name(r);
    case 'C':
        return name_of(fcntls, r->args[i]);
    case 'S':
        return sleep_time(r);
    case 'N':
        return text("SIG%s", sigabbrev_np((int)r->args[i]));
    case 'X':
        return quoted(r->path, strlen(r->path), 60);
    case 'f':
    case 'd':
    case 'p':
        return text("%d", (int)r->args[i]);
    default:
        return NULL;
    }
}

/* send() with an address is what programmers call sendto(), and nobody calls
 * clone() by this name. */
static const char *api_name(const struct call_record *r,
                            const struct call_shape *shape)
{
    bool is_message =
        strcmp(shape->name, "send") == 0 || strcmp(shape->name, "recv") == 0;

    if (strcmp(shape->name, "clone") == 0)
        return r->flags & CLONE_THREAD  ? "pthread_create"
               : r->flags & CLONE_VFORK ? "vfork"
                                        : "fork";
    if (is_message && r->args[4] != 0)
        return text("%s%s", shape->name, shape->name[0] == 's' ? "to" : "from");
    return shape->name;
}

/* The error that SO_ERROR has told. */
static const char *told_error(const struct call_record *r)
{
    int error;

    memcpy(&error, r->head, sizeof error);
    return error == 0 ? "no error" : strerrorname_np(error);
}

/* The caller that SO_PEERCRED has told. */
static const char *told_caller(const struct call_record *r)
{
    struct ucred c;

    memcpy(&c, r->head, sizeof c);
    return text("uid %u, pid %d", (unsigned)c.uid, (int)c.pid);
}

/* What has come beside the bytes. */
static const char *came_along(const struct call_record *r)
{
    const char *passed = r->call == CALL_RECV ? passed_descriptors(r) : NULL;

    return text("%s%s%s", passed != NULL ? " with " : "",
                passed != NULL ? passed : "", r->is_cut ? ", MSG_CTRUNC" : "");
}

static const char *result_text(const struct call_record *r)
{
    if (r->result < 0)
        return text(" = -1 %s", strerrorname_np((int)-r->result));
    if (r->call == CALL_EXEC)
        return "";
    bool has_bytes = (r->call == CALL_RECV || r->call == CALL_READ) &&
                     r->result > 0 && r->headlen > 0;
    bool has_address = (r->call == CALL_ACCEPT || r->call == CALL_GETSOCKNAME ||
                        r->call == CALL_GETPEERNAME) &&
                       r->addrlen > 0;
    size_t n = (size_t)r->result;
    if (r->call == CALL_GETSOCKOPT && r->headlen == sizeof(int))
        return text(" = %ld (%s)", r->result, told_error(r));
    if (r->call == CALL_GETSOCKOPT && r->headlen == sizeof(struct ucred))
        return text(" = %ld (%s)", r->result, told_caller(r));
    if (has_bytes)
        return text(
            " = %ld %s%s%s", r->result, quoted(r->head, r->headlen, SHOWN),
            n > r->headlen && r->headlen <= 24 ? "..." : "", came_along(r));
    if (has_address)
        return text(" = %ld (%s)", r->result,
                    describe_address(r->addr, r->addrlen));
    return text(" = %ld", r->result);
}

const char *describe_call(const struct call_record *r, bool with_result)
{
    const struct call_shape *shape = find_shape(r->nr);
    const char *args = "";

    for (int i = 0; shape->args[i] != '\0'; i++) {
        const char *one = argument(r, shape->args[i], i);
        if (one != NULL)
            args = text("%s%s%s", args, *args ? ", " : "", one);
    }
    return text("%s(%s%s)%s", api_name(r, shape), args, far_address(r),
                with_result && r->finished ? result_text(r) : "");
}
