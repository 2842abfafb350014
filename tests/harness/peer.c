#define _GNU_SOURCE
#include "peer.h"

#include "cases.h"
#include "describe.h"
#include "difference.h"
#include "inspect.h"
#include "pump.h"
#include "subject.h"
#include "trail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    MOST_PEERS = 2048,
    MOST_PORTS = 100 /* tried until one is free at two addresses */
};

static int peers[MOST_PEERS];
static int npeers;

static int keep(int fd)
{
    if (fd == -1 || npeers == MOST_PEERS)
        break_case("the checker has no socket left: %s", strerror(errno));
    peers[npeers++] = fd;
    return fd;
}

void close_peers(void)
{
    while (npeers > 0)
        close(peers[--npeers]);
}

static void forget(int fd)
{
    for (int i = 0; i < npeers; i++)
        if (peers[i] == fd)
            peers[i] = peers[--npeers];
    close(fd);
}

bool peers_have_data_in_flight(void)
{
    for (int i = 0; i < npeers; i++) {
        struct tcp_info info = {0};
        socklen_t n = sizeof info;
        if (getsockopt(peers[i], IPPROTO_TCP, TCP_INFO, &info, &n) == 0 &&
            info.tcpi_state != TCP_LISTEN && info.tcpi_unacked > 0)
            return true;
    }
    return false;
}

/* A connection's number, for a story that has several. */
static const char *label(int fd)
{
    int nth = 0;

    for (int i = 0; i < npeers; i++) {
        int is_listening = 0;
        socklen_t n = sizeof is_listening;
        getsockopt(peers[i], SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &n);
        nth += !is_listening;
        if (peers[i] == fd)
            return nth > 1 && !is_listening ? text("(connection %d) ", nth)
                                            : "";
    }
    return "";
}

struct place {
    struct sockaddr_storage addr;
    socklen_t len;
};

static struct place place_of(const char *where, const char *port)
{
    struct place p = {0};
    struct sockaddr_un *un = (struct sockaddr_un *)&p.addr;
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;

    if (strchr(where, '/') != NULL) {
        un->sun_family = AF_UNIX;
        strncpy(un->sun_path, where, sizeof un->sun_path - 1);
        p.len = sizeof *un;
        return p;
    }
    if (getaddrinfo(where, port, &hints, &list) != 0)
        break_case("no numeric address: %s", where);
    memcpy(&p.addr, list->ai_addr, list->ai_addrlen);
    p.len = list->ai_addrlen;
    freeaddrinfo(list);
    return p;
}

static struct place own_place(int fd)
{
    struct place p = {.len = sizeof p.addr};

    if (getsockname(fd, (struct sockaddr *)&p.addr, &p.len) == -1)
        break_case("getsockname: %s", strerror(errno));
    return p;
}

static int make_bound(const char *where, const char *port, int type)
{
    struct place p = place_of(where, port);
    int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = keep(socket(p.addr.ss_family, type | flags, 0));

    if (bind(fd, (struct sockaddr *)&p.addr, p.len) == -1)
        break_case("the checker cannot bind %s port %s: %s", where, port,
                   strerror(errno));
    return fd;
}

int peer_listen_port(const char *where, const char *port)
{
    int fd = make_bound(where, port, SOCK_STREAM);
    struct place p;

    if (listen(fd, 128) == -1)
        break_case("listen: %s", strerror(errno));
    p = own_place(fd);
    say_checker(text("listens on %s", describe_address(&p.addr, p.len)));
    return fd;
}

int peer_listen(const char *where)
{
    return peer_listen_port(where, "0");
}

int peer_refuse(const char *where)
{
    int fd = make_bound(where, "0", SOCK_STREAM);
    struct place p = own_place(fd);

    say_checker(
        text("refuses callers at %s", describe_address(&p.addr, p.len)));
    return fd;
}

/* Listens at an address and port, or returns -1 when they are taken.  What
 * lingers there of closed connections (TIME_WAIT) is no hindrance. */
static int try_listen(const char *where, const char *port)
{
    struct place p = place_of(where, port);
    int flags = SOCK_CLOEXEC | SOCK_NONBLOCK, yes = 1;
    int fd = keep(socket(p.addr.ss_family, SOCK_STREAM | flags, 0));

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&p.addr, p.len) == 0 &&
        listen(fd, 128) == 0)
        return fd;
    forget(fd);
    return -1;
}

int peer_refuse_and_listen(const char *refusing, const char *listening)
{
    for (int i = 0; i < MOST_PORTS; i++) {
        int no = make_bound(refusing, "0", SOCK_STREAM);
        int lfd = try_listen(listening, peer_port(no));

        if (lfd != -1) {
            say_checker(
                text("refuses callers at %s:%s", refusing, peer_port(lfd)));
            say_checker(text("listens on %s:%s", listening, peer_port(lfd)));
            return lfd;
        }
        forget(no);
    }
    break_case("no port is free at both %s and %s", refusing, listening);
}

int peer_datagram(const char *where)
{
    return make_bound(where, "0", SOCK_DGRAM);
}

const char *peer_port(int fd)
{
    struct place p = own_place(fd);
    struct sockaddr_in *in = (struct sockaddr_in *)&p.addr;

    return text("%u", ntohs(in->sin_port)); /* the same place in IPv6 */
}

/* The other end's address as getnameinfo() writes it. */
static void name_caller(int fd, char host[NI_MAXHOST], char port[NI_MAXSERV])
{
    struct place p = {.len = sizeof p.addr};

    if (getpeername(fd, (struct sockaddr *)&p.addr, &p.len) == -1 ||
        getnameinfo((struct sockaddr *)&p.addr, p.len, host, NI_MAXHOST, port,
                    NI_MAXSERV, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        host[0] = port[0] = '\0';
}

const char *peer_caller(int fd)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    name_caller(fd, host, port);
    return text("%s", host);
}

const char *peer_caller_port(int fd)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    name_caller(fd, host, port);
    return text("%s", port);
}

bool peer_is_called(int lfd)
{
    struct pollfd p = {.fd = lfd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

int peer_accept(int lfd, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (wait_ready(lfd, POLLIN) != PUMP_DONE) {
        struct place p = own_place(lfd);
        fail_case(text("a connection to %s", describe_address(&p.addr, p.len)),
                  what_happened_to_any(), "%s", reason);
    }
    int fd = keep(accept4(lfd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
    say_checker(text("%saccepts", label(fd)));
    return fd;
}

/* Sending must not wait for more to send. */
static void send_at_once(int fd)
{
    int yes = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

size_t peer_send(int fd, const void *bytes, size_t n)
{
    size_t sent = 0;

    send_at_once(fd);
    say_checker(text("%ssends %s%s", label(fd), quoted(bytes, n, 24),
                     n > 24 ? text(" (%zu bytes)", n) : ""));
    while (sent < n) {
        ssize_t k =
            send(fd, (const char *)bytes + sent, n - sent, MSG_NOSIGNAL);
        if (k > 0)
            sent += (size_t)k;
        else if (errno != EAGAIN || wait_ready(fd, POLLOUT) != PUMP_DONE)
            break;
    }
    return sent;
}

size_t peer_send_text(int fd, const char *string)
{
    return peer_send(fd, string, strlen(string));
}

void peer_end(int fd)
{
    say_checker(text("%sends its side", label(fd)));
    shutdown(fd, SHUT_WR);
}

void peer_close(int fd)
{
    say_checker(text("%scloses", label(fd)));
    forget(fd);
}

void peer_reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    say_checker(text("%sresets the connection", label(fd)));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    forget(fd);
}

void peer_send_to(int fd, const void *bytes, size_t n, const void *to,
                  size_t tolen)
{
    say_checker(text("sends %s", quoted(bytes, n, 24)));
    if (sendto(fd, bytes, n, 0, to, (socklen_t)tolen) == -1)
        break_case("sendto: %s", strerror(errno));
}

size_t peer_recv_from(int fd, void *bytes, size_t n, void *from,
                      size_t *fromlen, const char *why, ...)
{
    va_list ap;
    socklen_t len = (socklen_t)*fromlen;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    if (wait_ready(fd, POLLIN) != PUMP_DONE)
        fail_case("a datagram", what_happened_to_any(), "%s", reason);
    ssize_t got = recvfrom(fd, bytes, n, 0, from, &len);
    if (got == -1)
        break_case("recvfrom: %s", strerror(errno));
    *fromlen = len;
    say_checker(text("receives %s", quoted(bytes, (size_t)got, 24)));
    return (size_t)got;
}

/* How the arrival of bytes has ended, when it has. */
enum arrival {
    ARRIVAL_MORE,
    ARRIVAL_END,
    ARRIVAL_RESET,
    ARRIVAL_NOTHING
};

/* Waits for bytes and adds up to `most` of them.  An acknowledgement is sent
 * at once: a delayed one would hold back the subject's next small send for
 * 40 ms (Nagle's rule). */
static enum arrival receive(int fd, struct buffer *b, size_t most)
{
    char bytes[65536];
    int yes = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
    if (wait_ready(fd, POLLIN) != PUMP_DONE)
        return ARRIVAL_NOTHING;
    ssize_t n = recv(fd, bytes, most < sizeof bytes ? most : sizeof bytes, 0);
    if (n == -1)
        return errno == EAGAIN ? ARRIVAL_MORE : ARRIVAL_RESET;
    if (n == 0)
        return ARRIVAL_END;
    say_checker(text("%sreceives %s", label(fd), quoted(bytes, (size_t)n, 24)));
    buffer_add(b, bytes, (size_t)n);
    return ARRIVAL_MORE;
}

/* The end of the stream comes first, the end of the program after it. */
static const char *say_end(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next) {
        wait_settled(s, 200);
        if (s->ended && s->next == NULL)
            return text("end of stream: %s", what_happened(s));
    }
    return "end of stream";
}

static const char *say_arrival(enum arrival a)
{
    switch (a) {
    case ARRIVAL_END:
        return say_end();
    case ARRIVAL_RESET:
        return "a reset (RST)";
    default:
        return text("nothing more: %s", what_happened_to_any());
    }
}

static const char *say_got(struct bytes got, struct bytes want, enum arrival a)
{
    if (a == ARRIVAL_MORE)
        return show_difference(got, want);
    if (got.n == 0)
        return say_arrival(a);
    return text("%s, then %s", show_difference(got, want), say_arrival(a));
}

static void check_bytes(int fd, struct bytes want, const char *why)
{
    struct buffer b = {0};
    enum arrival a = ARRIVAL_MORE;

    while (b.n < want.n && a == ARRIVAL_MORE) {
        a = receive(fd, &b, want.n - b.n);
        if (b.n > 0 && memcmp(b.bytes, want.p, b.n) != 0)
            break;
    }
    struct bytes got = {b.bytes, b.n};
    if (!equal_bytes(got, want))
        fail_case(show_difference(want, got), say_got(got, want, a), "%s", why);
    free(b.bytes);
}

void expect_bytes(int fd, const void *want, size_t n, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    check_bytes(fd, (struct bytes){want, n}, text_va(why, ap));
    va_end(ap);
}

void expect_text(int fd, const char *want, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    check_bytes(fd, (struct bytes){want, strlen(want)}, text_va(why, ap));
    va_end(ap);
}

void expect_end(int fd, const char *why, ...)
{
    struct buffer b = {0};
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    enum arrival a = receive(fd, &b, 256);
    if (a != ARRIVAL_END)
        fail_case("end of stream",
                  say_got((struct bytes){b.bytes, b.n}, (struct bytes){0}, a),
                  "%s", reason);
    say_checker(text("%ssees end of stream", label(fd)));
}

const char *peer_read_until(int fd, const char *end, const char *why, ...)
{
    struct buffer b = {0};
    enum arrival a = ARRIVAL_MORE;
    va_list ap;

    va_start(ap, why);
    const char *reason = text_va(why, ap);
    va_end(ap);
    while (a == ARRIVAL_MORE) {
        a = receive(fd, &b, 65536);
        if (b.n > 0 && strstr(b.bytes, end) != NULL)
            return b.bytes;
    }
    fail_case(text("bytes up to %s", quoted(end, strlen(end), 24)),
              say_got((struct bytes){b.bytes, b.n}, (struct bytes){0}, a), "%s",
              reason);
}

static bool has_listened(void *data)
{
    struct subject *s = data;
    const struct call_record *r = nth_call(s, CALL_LISTEN, 1);

    return r != NULL && r->finished && r->result == 0;
}

int peer_connect(struct subject *s)
{
    if (wait_for(has_listened, s) != PUMP_DONE)
        fail_case("a server that listens", what_happened(s),
                  "Before it has called listen(), nobody can connect.");
    struct place p = {0};
    p.len = (socklen_t)find_listener(s->pid, &p.addr);
    if (p.len == 0)
        fail_case("a server that listens", what_happened(s),
                  "Its listening socket is gone.");
    /* Bound to any address: it is reached through loopback as well. */
    int fd = keep(socket(p.addr.ss_family,
                         SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connect(fd, (struct sockaddr *)&p.addr, p.len) == -1 &&
        errno != EINPROGRESS)
        fail_case("a connection", strerror(errno),
                  "Nobody listens where the program says it does.");
    say_checker(text("%sconnects", label(fd)));
    return fd;
}
