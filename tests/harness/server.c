#define _GNU_SOURCE
#include "harness.h"

#include "calls.h"
#include "cases.h"
#include "clock.h"
#include "describe.h"
#include "ends.h"
#include "inspect.h"
#include "neighbours.h"
#include "peer.h"
#include "pump.h"
#include "start.h"
#include "subject.h"
#include "trail.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* A connection over loopback is made or refused at once; one that is not
     * has lost its first packet, and is tried again after a second. */
    CONNECT_MS = 300
};

static bool has_listened(void *data)
{
    struct subject *s = data;
    const struct call_record *r = nth_call(s, CALL_LISTEN, 1);

    return (r != NULL && r->finished && r->result == 0) || s->ended;
}

/* Where it listens, looked up once: /proc is slow. */
static struct endpoint listener_of(struct subject *s)
{
    if (s->listener.len == 0)
        s->listener.len = (socklen_t)find_listener(s, &s->listener.addr);
    return s->listener;
}

/* A line of its stdout has come, or will not. */
static bool has_line(void *data)
{
    struct subject *s = data;

    return strchr(output(s, NULL) + s->out.used, '\n') != NULL || s->ended;
}

/* The next line of its stdout, without the newline. */
static const char *next_line(struct subject *s)
{
    wait_for(has_line, s);
    const char *line = output(s, NULL) + s->out.used;
    const char *end = strchr(line, '\n');

    if (end == NULL)
        return NULL;
    s->out.used += (size_t)(end + 1 - line);
    return text("%.*s", (int)(end - line), line);
}

static bool begins_line(const struct call_record *r)
{
    static const char words[] = "listening on ";
    size_t n = sizeof words - 1;

    return r->headlen >= n && memcmp(r->head, words, n) == 0;
}

/* The call that printed "listening on ...", or the first that printed
 * anything; NULL when it cannot be told. */
static const struct call_record *find_printing(struct subject *s)
{
    const struct call_record *r = NULL, *first = NULL;

    while ((r = next_call(s, CALL_WRITE, r)) != NULL) {
        if (r->args[0] != STDOUT_FILENO || r->headlen == 0)
            continue;
        if (begins_line(r))
            return r;
        first = first != NULL ? first : r;
    }
    return first;
}

/* What makes a server one that can be called: listen(), or bind() where there
 * are no connections. */
struct door {
    enum call call;
    size_t (*find)(struct subject *s, void *addr);
    const char *wanted, *missing, *why;
};

static const struct door listener = {
    CALL_LISTEN, find_listener, "a socket that listens",
    "no TCP socket that listens", "Before listen() nobody can connect."};
static const struct door bound = {
    CALL_BIND, find_bound, "a UDP socket that is bound, and not connected",
    "no such UDP socket",
    "A datagram finds a socket by its address and port: before bind() it has "
    "none, and connect() shuts it to all callers but one."};

/* A line that is printed first is a promise, not a report. */
static void expect_order(struct subject *s, const struct door *door)
{
    const char *name = call_kind_name(door->call);
    const struct call_record *opened = nth_call(s, door->call, 1);
    const struct call_record *printed = find_printing(s);

    if (opened != NULL && printed != NULL && printed->began < opened->ended)
        fail_case("\"listening on ...\" once it listens",
                  text("the line before %s() had returned", name),
                  "Whoever reads the line calls at once, and is refused if "
                  "%s() comes later.",
                  name);
}

static const char *why_no_line(const struct subject *s)
{
    if (s->ended)
        return "It was to listen there, and to say so; it has ended before.";
    return "A server says where it listens, at once, also into a pipe or a "
           "file: there stdio keeps a line until its buffer is full or is "
           "flushed.";
}

/* It said that it listens, and nothing of it does. */
static _Noreturn void fail_door(struct subject *s, const struct door *door,
                                const char *line)
{
    wait_settled(s); /* it may be about to end */
    fail_case(door->wanted,
              text("the line %s, and %s", quoted(line, strlen(line), 60),
                   s->ended ? what_happened(s) : door->missing),
              "%s",
              s->ended ? "It was to serve there, and nobody has told it to end."
                       : door->why);
}

static void expect_listening_line(struct subject *s, const struct door *door)
{
    const char *line = next_line(s);

    s->listener.len = (socklen_t)door->find(s, &s->listener.addr);
    struct endpoint p = s->listener;

    if (line == NULL)
        fail_case("a line \"listening on ADDR:PORT\" on stdout",
                  *output(s, NULL) != '\0'
                      ? quoted(output(s, NULL), strlen(output(s, NULL)), 60)
                      : text("nothing on stdout: %s", what_happened(s)),
                  "%s", why_no_line(s));
    expect_order(s, door);
    if (p.len == 0)
        fail_door(s, door, line);
    const char *want =
        text("listening on %s", describe_address(&p.addr, p.len));
    expect(strcmp(line, want) == 0, quoted(want, strlen(want), 80),
           quoted(line, strlen(line), 80),
           "The line tells callers where to call. getsockname() knows the "
           "address and the port that the kernel gave.");
}

struct subject *start_listening(const char *argument, ...)
{
    const char *arguments[MOST_ARGUMENTS + 1];
    va_list ap;

    va_start(ap, argument);
    gather_arguments(arguments, argument, ap);
    va_end(ap);
    struct subject *s = start_argv(arguments);
    expect_listening_line(s, &listener);
    return s;
}

struct subject *start_bound(const char *argument, ...)
{
    const char *arguments[MOST_ARGUMENTS + 1];
    va_list ap;

    va_start(ap, argument);
    gather_arguments(arguments, argument, ap);
    va_end(ap);
    struct subject *s = start_argv(arguments);
    expect_listening_line(s, &bound);
    return s;
}

static bool is_listening(struct subject *s)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_LISTEN, r)) != NULL)
        if (r->finished && r->result == 0)
            return true;
    return false;
}

void expect_listening_at(struct subject *s, const char *where)
{
    const char *want = text("listening on %s", where);
    const char *line = next_line(s);

    if (line == NULL)
        fail_case(
            text("the line %s on stdout", quoted(want, strlen(want), 130)),
            *output(s, NULL) != '\0'
                ? quoted(output(s, NULL), strlen(output(s, NULL)), 130)
                : text("nothing on stdout: %s", what_happened(s)),
            "%s", why_no_line(s));
    expect_order(s, &listener);
    expect(strcmp(line, want) == 0, quoted(want, strlen(want), 130),
           quoted(line, strlen(line), 130),
           "The line tells callers where to call: at the path or the name that "
           "was given.");
    expect(is_listening(s), "a socket that listens",
           text("the line %s, and no listen() that succeeded",
                quoted(line, strlen(line), 130)),
           "Before listen() nobody can connect.");
    s->listener = endpoint_at(where);
}

/* Waits until it listens. */
static struct endpoint wait_listening(struct subject *s)
{
    if (s->listener.len == 0 &&
        (wait_for(has_listened, s) != PUMP_DONE || s->ended))
        fail_case("a server that listens", what_happened(s),
                  "Before it has called listen(), nobody can connect.");
    struct endpoint p = listener_of(s);
    if (p.len == 0)
        fail_case("a server that listens", what_happened(s),
                  "Its listening socket is gone.");
    return p;
}

const char *listening_address(struct subject *s)
{
    struct endpoint p = wait_listening(s);

    return describe_host(&p.addr);
}

const char *listening_port(struct subject *s)
{
    struct endpoint p = wait_listening(s);

    return text("%u", ntohs(((struct sockaddr_in *)&p.addr)->sin_port));
}

/* A new socket, and whether it is connected: 0, or -errno.  A path is the
 * subject's. */
static int try_connect(const struct subject *s, const struct endpoint *p,
                       int *fd)
{
    bool is_near = s != NULL && p->addr.ss_family == AF_UNIX;
    int flags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

    *fd = keep_peer(socket(p->addr.ss_family, flags, 0));
    int back = is_near ? step_into(s) : -1;
    uint64_t began = now_ns();
    int rc = connect(*fd, (const struct sockaddr *)&p->addr, p->len);
    int error = rc == 0 ? 0 : errno;
    if (is_near)
        step_back(back);
    note_call(*fd, p, began);
    return -error;
}

int peer_connect(struct subject *s)
{
    struct endpoint p = wait_listening(s);
    int fd, rc = try_connect(s, &p, &fd);

    /* Bound to any address: it is reached through loopback as well. */
    if (rc != 0 && rc != -EINPROGRESS)
        fail_case("a connection", strerror(-rc),
                  "Nobody listens where the program says it does.");
    say_checker(text("%sconnects", peer_label(fd)));
    return fd;
}

/* How many calls the private network has dropped at full queues, by its own
 * count (ListenDrops in /proc/net/netstat); -1: cannot be told. */
static long count_dropped(void)
{
    char names[4096], values[4096], *name, *value, *n = names, *v = values;
    long count = -1;
    FILE *f = has_private_network() ? fopen("/proc/net/netstat", "re") : NULL;

    if (f == NULL)
        return -1;
    if (fgets(names, sizeof names, f) != NULL &&
        fgets(values, sizeof values, f) != NULL)
        while (count == -1 && (name = strsep(&n, " ")) != NULL &&
               (value = strsep(&v, " ")) != NULL)
            if (strcmp(name, "ListenDrops") == 0)
                count = strtol(value, NULL, 10);
    fclose(f);
    return count;
}

/* How a connection that is under way has come out.  One that was dropped is
 * known by the count at once, else by its silence. */
static int connected(int fd, long dropped_before)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t n = sizeof error;

    for (int ms = 0; poll(&p, 1, 2) != 1; ms += 2)
        if (ms > CONNECT_MS || count_dropped() > dropped_before)
            return -ETIMEDOUT;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
    return -error;
}

int peer_connect_to(const char *address, const char *port)
{
    struct endpoint p = endpoint_of(address, port);
    long dropped = count_dropped();
    int fd, rc = try_connect(NULL, &p, &fd);

    if (rc == -EINPROGRESS)
        rc = connected(fd, dropped);
    say_checker(text("calls %s: %s", describe_address(&p.addr, p.len),
                     rc == 0 ? "connected" : strerror(-rc)));
    if (rc == 0)
        return fd;
    forget_peer(fd);
    return rc;
}
