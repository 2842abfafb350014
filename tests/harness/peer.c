#define _GNU_SOURCE
#include "peer.h"

#include "cases.h"
#include "clock.h"
#include "delivery.h"
#include "describe.h"
#include "ends.h"
#include "pump.h"
#include "trail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
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

/* A peer's socket, and which of the case's connections it is: counted from 1
 * as the story mentions them, 0 as long as it has not. */
static struct {
    int fd, nth;
} peers[MOST_PEERS];
static int npeers, nmentioned;

int keep_peer(int fd)
{
    if (fd == -1 || npeers == MOST_PEERS)
        break_case("the checker has no socket left: %s", strerror(errno));
    peers[npeers].fd = fd;
    peers[npeers++].nth = 0;
    return fd;
}

void close_peers(void)
{
    while (npeers > 0)
        close(peers[--npeers].fd);
    forget_vanished();
    nmentioned = 0;
}

void forget_peer(int fd)
{
    for (int i = 0; i < npeers; i++)
        if (peers[i].fd == fd)
            peers[i] = peers[--npeers];
    close(fd);
}

bool peers_have_data_in_flight(void)
{
    for (int i = 0; i < npeers; i++)
        if (is_in_flight(peers[i].fd))
            return true;
    return false;
}

bool peers_have_more_to_come(void)
{
    for (int i = 0; i < npeers; i++)
        if (is_in_flight(peers[i].fd) || is_still_to_come(peers[i].fd))
            return true;
    return false;
}

const char *peer_label(int fd)
{
    int nth = 1;

    for (int i = 0; i < npeers; i++) {
        if (peers[i].fd != fd)
            continue;
        if (peers[i].nth == 0) {
            peers[i].nth = ++nmentioned;
            note_mentioned(fd, nmentioned);
        }
        nth = peers[i].nth;
    }
    return nth > 1 ? text("(connection %d) ", nth) : "";
}

struct endpoint endpoint_of(const char *where, const char *port)
{
    struct endpoint p = {0};
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

struct endpoint own_endpoint(int fd)
{
    struct endpoint p = {.len = sizeof p.addr};

    if (getsockname(fd, (struct sockaddr *)&p.addr, &p.len) == -1)
        break_case("getsockname: %s", strerror(errno));
    return p;
}

static int make_bound(const char *where, const char *port)
{
    struct endpoint p = endpoint_of(where, port);
    int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = keep_peer(socket(p.addr.ss_family, SOCK_STREAM | flags, 0));

    if (bind(fd, (struct sockaddr *)&p.addr, p.len) == -1)
        break_case("the checker cannot bind %s port %s: %s", where, port,
                   strerror(errno));
    note_bound(fd);
    return fd;
}

int peer_listen_port(const char *where, const char *port)
{
    int fd = make_bound(where, port);
    struct endpoint p;

    if (listen(fd, 128) == -1)
        break_case("listen: %s", strerror(errno));
    p = own_endpoint(fd);
    say_checker(text("listens on %s", describe_address(&p.addr, p.len)));
    return fd;
}

int peer_listen(const char *where)
{
    return peer_listen_port(where, "0");
}

void peer_window(int fd, int bytes)
{
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == -1)
        break_case("SO_RCVBUF: %s", strerror(errno));
}

int peer_refuse(const char *where)
{
    int fd = make_bound(where, "0");
    struct endpoint p = own_endpoint(fd);

    say_checker(
        text("refuses callers at %s", describe_address(&p.addr, p.len)));
    return fd;
}

/* Listens at an address and port, or returns -1 when they are taken.  What
 * lingers there of closed connections (TIME_WAIT) is no hindrance. */
static int try_listen(const char *where, const char *port)
{
    struct endpoint p = endpoint_of(where, port);
    int flags = SOCK_CLOEXEC | SOCK_NONBLOCK, yes = 1;
    int fd = keep_peer(socket(p.addr.ss_family, SOCK_STREAM | flags, 0));

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&p.addr, p.len) == 0 &&
        listen(fd, 128) == 0) {
        note_bound(fd);
        return fd;
    }
    forget_peer(fd);
    return -1;
}

int peer_refuse_and_listen(const char *refusing, const char *listening)
{
    for (int i = 0; i < MOST_PORTS; i++) {
        int no = make_bound(refusing, "0");
        int lfd = try_listen(listening, peer_port(no));

        if (lfd != -1) {
            say_checker(
                text("refuses callers at %s:%s", refusing, peer_port(lfd)));
            say_checker(text("listens on %s:%s", listening, peer_port(lfd)));
            return lfd;
        }
        forget_peer(no);
    }
    break_case("no port is free at both %s and %s", refusing, listening);
}

/* A connection from the checker to itself; returns the end that called. */
static int call_itself(int lfd, int *accepted)
{
    struct endpoint p = own_endpoint(lfd);
    struct pollfd called = {.fd = lfd, .events = POLLIN};
    int fd = keep_peer(socket(p.addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    uint64_t began = now_ns();

    if (connect(fd, (struct sockaddr *)&p.addr, p.len) == -1 ||
        poll(&called, 1, -1) != 1)
        break_case("the checker cannot call itself: %s", strerror(errno));
    note_call(fd, &p, began);
    *accepted = keep_peer(accept4(lfd, NULL, NULL, SOCK_CLOEXEC));
    return fd;
}

const char *peer_time_wait(const char *where)
{
    char byte;
    int server, lfd = try_listen(where, "0");
    const char *port = peer_port(lfd);
    int client = call_itself(lfd, &server);

    shutdown(server, SHUT_WR); /* who ends first keeps TIME_WAIT */
    if (recv(client, &byte, 1, 0) != 0)
        break_case("recv: %s", strerror(errno));
    forget_peer(client);
    if (recv(server, &byte, 1, 0) != 0)
        break_case("recv: %s", strerror(errno));
    forget_peer(server);
    forget_peer(lfd);
    say_checker(text("leaves port %s in TIME_WAIT", port));
    return port;
}

const char *peer_port(int fd)
{
    struct endpoint p = own_endpoint(fd);
    struct sockaddr_in *in = (struct sockaddr_in *)&p.addr;

    return text("%u", ntohs(in->sin_port)); /* the same place in IPv6 */
}

const char *peer_name(int fd)
{
    struct endpoint p = own_endpoint(fd);

    return describe_address(&p.addr, p.len);
}

/* The other end's address as getnameinfo() writes it. */
static void name_caller(int fd, char host[NI_MAXHOST], char port[NI_MAXSERV])
{
    struct endpoint p = {.len = sizeof p.addr};

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
        struct endpoint own = own_endpoint(lfd);
        fail_case(
            text("a connection to %s", describe_address(&own.addr, own.len)),
            what_happened_to_any(), "%s", reason);
    }
    struct endpoint p = {.len = sizeof p.addr};
    int fd = keep_peer(accept4(lfd, (struct sockaddr *)&p.addr, &p.len,
                               SOCK_CLOEXEC | SOCK_NONBLOCK));
    note_accepted(fd, &p);
    say_checker(text("%saccepts", peer_label(fd)));
    return fd;
}
