/* What chapters/02-bind-listen.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MANY = 64,      /* more callers than any queue here holds */
    WINDOW_MS = 400 /* a call that is not answered by then was not heard: on
                       one machine an answer takes microseconds, and a SYN is
                       repeated after a second */
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

static void set_option(int fd, int level, int name, int value)
{
    must(setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

/* One of the socket's options that are numbers. */
static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    must(getsockopt(fd, level, name, &value, &len), "getsockopt");
    return value;
}

/* A socket with SO_REUSEADDR, or another option of that level, set. */
static int socket_with(int name)
{
    int fd = tcp_socket();

    set_option(fd, SOL_SOCKET, name, 1);
    return fd;
}

/* A socket bound to a port of 127.0.0.1 that the kernel has chosen. */
static int bound_socket(void)
{
    int fd = tcp_socket();

    must(bind_to(fd, address("127.0.0.1", 0)), "bind");
    return fd;
}

static int listen_with(int backlog)
{
    int fd = bound_socket();

    must(listen(fd, backlog), "listen");
    return fd;
}

static int listening_socket(void)
{
    return listen_with(8);
}

/* The same, at an address of the caller's choice. */
static int listen_at(struct sockaddr_in addr)
{
    int fd = tcp_socket();

    must(bind_to(fd, addr), "bind");
    must(listen(fd, 8), "listen");
    return fd;
}

static void need_private_network(const char *what)
{
    if (!has_private_network())
        skip("needs a private network, %s", what);
}

static void need_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6,
                                .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    if (fd == -1 || bind(fd, (struct sockaddr *)&addr, sizeof addr) == -1)
        skip("no IPv6 here: %s", last_error());
    close(fd);
}

/* Writes a setting of this network; skips the fact where it may not. */
static void set_words(const char *path, const char *words)
{
    int fd = open(path, O_WRONLY);

    if (fd == -1 || write(fd, words, strlen(words)) == -1)
        skip("%s cannot be set: %s", path, last_error());
    close(fd);
}

static void set_number(const char *path, int value)
{
    char words[16];

    snprintf(words, sizeof words, "%d", value);
    set_words(path, words);
}

static long read_number(const char *path)
{
    char line[64] = "";
    int fd = must(open(path, O_RDONLY), path);

    must((int)read(fd, line, sizeof line - 1), path);
    close(fd);
    return strtol(line, NULL, 10);
}

/* Gives up all capabilities, for good. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version =
                                                _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};

    must((int)syscall(SYS_capset, &head, none), "capset");
}

static struct tcp_info tcp_info(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;

    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "TCP_INFO");
    return info;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- What an address is made of ------------------------------------------ */

FACT(length_of_the_family, "bind() wants the length of the family: an IPv6 "
                           "address of sizeof(struct sockaddr) is EINVAL")
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr *addr = (struct sockaddr *)&six;

    need_ipv6();
    int fd = must(socket(AF_INET6, SOCK_STREAM, 0), "socket");
    FAILS(bind(fd, addr, sizeof(struct sockaddr)), EINVAL);
    HOLDS(bind(fd, addr, sizeof six) == 0, "bind() says %s", last_error());
}

FACT(family_must_match, "an IPv4 socket is bound to no IPv6 address: "
                        "EAFNOSUPPORT")
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    FAILS(bind(tcp_socket(), (struct sockaddr *)&six, sizeof six),
          EAFNOSUPPORT);
}

/* --- Binding ------------------------------------------------------------- */

FACT(bound_once, "a socket is bound once: the second bind() is EINVAL")
{
    FAILS(bind_to(bound_socket(), address("127.0.0.1", 0)), EINVAL);
}

FACT(bound_refuses, "who calls a port that is bound and not yet listening is "
                    "refused")
{
    int fd = bound_socket();

    FAILS(connect_to(tcp_socket(), local_address(fd)), ECONNREFUSED);
    must(listen(fd, 8), "listen");
    HOLDS(connect_to(tcp_socket(), local_address(fd)) == 0,
          "with listen(), connect() says %s", last_error());
}

FACT(one_address_only, "a listener at 127.0.0.1 is not at 127.0.0.2: "
                       "ECONNREFUSED")
{
    need_private_network("where nobody else has that port");
    in_port_t port = local_address(listening_socket()).sin_port;

    HOLDS(connect_to(tcp_socket(), address("127.0.0.1", port)) == 0,
          "connect() says %s", last_error());
    FAILS(connect_to(tcp_socket(), address("127.0.0.2", port)), ECONNREFUSED);
}

FACT(any_is_every_address, "a listener at 0.0.0.0 is at each address, and the "
                           "accepted socket has the one that was called")
{
    static const char *const called[] = {"127.0.0.1", "127.0.0.2"};

    need_private_network("for it listens at every address");
    int lfd = listen_at(address("0.0.0.0", 0));
    in_port_t port = local_address(lfd).sin_port;
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in addr = address(called[i], port);
        HOLDS(connect_to(tcp_socket(), addr) == 0, "%s says %s", called[i],
              last_error());
        int fd = must(accept(lfd, NULL, NULL), "accept");
        HOLDS(local_address(fd).sin_addr.s_addr == addr.sin_addr.s_addr,
              "%s was called and has become %s", called[i],
              inet_ntoa(local_address(fd).sin_addr));
    }
    HOLDS(local_address(lfd).sin_addr.s_addr == INADDR_ANY,
          "the listener has become %s", inet_ntoa(local_address(lfd).sin_addr));
}

/* What getaddrinfo() gives when there is no host: the IPv4 address. */
static struct in_addr address_of_nobody(int flags)
{
    struct addrinfo hints = {
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list;
    struct sockaddr_in addr;

    must(getaddrinfo(NULL, "80", &hints, &list) == 0 ? 0 : -1, "getaddrinfo");
    memcpy(&addr, list->ai_addr, sizeof addr);
    freeaddrinfo(list);
    return addr.sin_addr;
}

FACT(passive_is_any, "without a host getaddrinfo() gives loopback, and with "
                     "AI_PASSIVE 0.0.0.0")
{
    struct in_addr passive = address_of_nobody(AI_PASSIVE);
    struct in_addr active = address_of_nobody(0);

    HOLDS(passive.s_addr == INADDR_ANY, "AI_PASSIVE gives %s",
          inet_ntoa(passive));
    HOLDS(active.s_addr == htonl(INADDR_LOOPBACK), "0 gives %s",
          inet_ntoa(active));
}

FACT(passive_only_without_host, "AI_PASSIVE changes nothing where a host is "
                                "given")
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICHOST};
    struct addrinfo *list;
    struct sockaddr_in addr;

    must(getaddrinfo("127.0.0.1", "80", &hints, &list) == 0 ? 0 : -1,
         "getaddrinfo");
    memcpy(&addr, list->ai_addr, sizeof addr);
    freeaddrinfo(list);
    HOLDS(addr.sin_addr.s_addr == htonl(INADDR_LOOPBACK), "it gives %s",
          inet_ntoa(addr.sin_addr));
}

/* Puts words into /etc/hosts, for this process alone. */
static void replace_hosts(const char *words)
{
    char path[] = "/tmp/facts.XXXXXX";
    int fd = must(mkstemp(path), "mkstemp");

    dprintf(fd, "%s\n", words);
    close(fd);
    int rc = mount(path, "/etc/hosts", NULL, MS_BIND, NULL), error = errno;
    must(unlink(path), "unlink");
    errno = error;
    if (rc == -1)
        skip("/etc/hosts cannot be replaced: %s", last_error());
}

FACT(own_name_may_be_loopback, "gethostname() may name an address that no "
                               "other machine can call")
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    struct sockaddr_in addr;
    char name[64];

    need_private_network("and names of its own");
    if (unshare(CLONE_NEWNS | CLONE_NEWUTS) == -1)
        skip("names cannot be changed: %s", last_error());
    replace_hosts("127.0.0.1 localhost\n127.0.1.1 facts.test");
    must(sethostname("facts.test", strlen("facts.test")), "sethostname");

    must(gethostname(name, sizeof name), "gethostname");
    int rc = getaddrinfo(name, NULL, &hints, &list);
    if (rc != 0)
        skip("%s is not found in /etc/hosts: %s", name, gai_strerror(rc));
    memcpy(&addr, list->ai_addr, sizeof addr);
    HOLDS(ntohl(addr.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET, "it is %s",
          inet_ntoa(addr.sin_addr));
}

FACT(port_zero_is_chosen, "with port 0 the kernel chooses a port of "
                          "ip_local_port_range, and getsockname() says which")
{
    static const char range[] = "/proc/sys/net/ipv4/ip_local_port_range";
    char line[64] = "";
    int low, high, fd = must(open(range, O_RDONLY), range);

    must((int)read(fd, line, sizeof line - 1), range);
    must(sscanf(line, "%d %d", &low, &high) == 2 ? 0 : -1, range);
    int port = ntohs(local_address(bound_socket()).sin_port);
    HOLDS(low <= port && port <= high, "it is %d, of %d to %d", port, low,
          high);
}

FACT(chosen_ports_differ, "two sockets that are bound to port 0 get two ports")
{
    int one = bound_socket(), other = bound_socket();

    HOLDS(local_address(one).sin_port != local_address(other).sin_port,
          "they have %d and %d", ntohs(local_address(one).sin_port),
          ntohs(local_address(other).sin_port));
}

FACT(no_port_left, "when the range has no free port, port 0 is EADDRINUSE")
{
    need_private_network("with a setting of its own");
    set_words("/proc/sys/net/ipv4/ip_local_port_range", "40000 40000");
    bound_socket();
    FAILS(bind_to(tcp_socket(), address("127.0.0.1", 0)), EADDRINUSE);
}

FACT(clients_take_ports,
     "a port that the kernel gave to a client is EADDRINUSE "
     "for a server, with SO_REUSEADDR too")
{
    int client = tcp_socket();

    must(connect_to(client, local_address(listening_socket())), "connect");
    FAILS(bind_to(tcp_socket(), local_address(client)), EADDRINUSE);
    FAILS(bind_to(socket_with(SO_REUSEADDR), local_address(client)),
          EADDRINUSE);
}

FACT(privileged_ports, "ports below ip_unprivileged_port_start are EACCES "
                       "without the capability, and the first above is not")
{
    static const char start[] = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

    need_private_network("with a setting of its own");
    set_number(start, 1024);
    HOLDS(bind_to(tcp_socket(), address("127.0.0.1", htons(1023))) == 0,
          "with the capability, bind() says %s", last_error());
    set_number(start, 90);
    drop_capabilities();
    FAILS(bind_to(tcp_socket(), address("127.0.0.1", htons(89))), EACCES);
    HOLDS(bind_to(tcp_socket(), address("127.0.0.1", htons(90))) == 0,
          "for port 90, bind() says %s", last_error());
}

FACT(port_80_is_refused, "an ordinary user gets EACCES for port 80")
{
    drop_capabilities();
    if (read_number("/proc/sys/net/ipv4/ip_unprivileged_port_start") <= 80)
        skip("this system permits port 80 to everybody");
    FAILS(bind_to(tcp_socket(), address("127.0.0.1", htons(80))), EACCES);
}

FACT(freebind, "IP_FREEBIND lets a socket be bound to an address that this "
               "machine does not have yet")
{
    int fd = tcp_socket();

    set_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
    HOLDS(bind_to(fd, address("192.0.2.1", 0)) == 0, "bind() says %s",
          last_error());
}

/* Lets the programs that this one starts configure the network too. */
static void pass_on_capability(void)
{
    struct __user_cap_header_struct head = {.version =
                                                _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[2];

    must((int)syscall(SYS_capget, &head, caps), "capget");
    caps[0].inheritable = caps[0].permitted;
    must((int)syscall(SYS_capset, &head, caps), "capset");
    must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0),
         "prctl");
}

/* Makes the interface d0, with the address 10.9.9.9, by ip(8) of Debian's
 * package iproute2. */
static void make_interface(void)
{
    static const char commands[] = "PATH=$PATH:/usr/sbin:/sbin\n"
                                   "exec 2>/dev/null\n"
                                   "ip link add d0 type veth peer name d1 &&\n"
                                   "ip address add 10.9.9.9/24 dev d0 &&\n"
                                   "ip link set d0 up\n";
    int status;

    pass_on_capability();
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", commands, (char *)NULL);
        _exit(127);
    }
    must(waitpid(pid, &status, 0), "waitpid");
    if (status != 0)
        skip("no interface: ip(8) ended with status %d", WEXITSTATUS(status));
}

FACT(by_interface, "a listener with SO_BINDTODEVICE is called by that "
                   "interface only; for callers of this machine that is the "
                   "one which has the address")
{
    need_private_network("with an interface of its own");
    make_interface();
    int lfd = listen_at(address("0.0.0.0", 0));
    in_port_t port = local_address(lfd).sin_port;
    struct sockaddr_in lo = address("127.0.0.1", port);
    struct sockaddr_in d0 = address("10.9.9.9", port);

    must(setsockopt(lfd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), "setsockopt");
    HOLDS(connect_to(tcp_socket(), lo) == 0, "lo, bound to lo: %s",
          last_error());
    FAILS(connect_to(tcp_socket(), d0), ECONNREFUSED);
    must(setsockopt(lfd, SOL_SOCKET, SO_BINDTODEVICE, "d0", 3), "setsockopt");
    HOLDS(connect_to(tcp_socket(), d0) == 0, "d0, bound to d0: %s",
          last_error());
    FAILS(connect_to(tcp_socket(), lo), ECONNREFUSED);
}

FACT(interface_without_privilege, "an ordinary user may bind a socket to an "
                                  "interface, but not move it to another")
{
    int fd = tcp_socket();

    drop_capabilities();
    int rc = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
    if (rc == -1 && errno == EPERM)
        skip("Linux before 5.7: EPERM");
    HOLDS(rc == 0, "setsockopt() says %s", last_error());
    FAILS(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 1), EPERM);
}

/* --- When the port is taken ---------------------------------------------- */

FACT(port_in_use, "a port where somebody listens is EADDRINUSE, with "
                  "SO_REUSEADDR on both sockets too")
{
    int plain = listening_socket();
    FAILS(bind_to(tcp_socket(), local_address(plain)), EADDRINUSE);

    int lfd = socket_with(SO_REUSEADDR);
    must(bind_to(lfd, address("127.0.0.1", 0)), "bind");
    must(listen(lfd, 8), "listen");
    FAILS(bind_to(socket_with(SO_REUSEADDR), local_address(lfd)), EADDRINUSE);
}

FACT(any_includes_each, "where somebody listens at 127.0.0.1, 0.0.0.0 is "
                        "EADDRINUSE at that port, and 127.0.0.2 is free")
{
    need_private_network("where nobody else has that port");
    in_port_t port = local_address(listening_socket()).sin_port;

    FAILS(bind_to(tcp_socket(), address("0.0.0.0", port)), EADDRINUSE);
    FAILS(bind_to(socket_with(SO_REUSEADDR), address("0.0.0.0", port)),
          EADDRINUSE);
    HOLDS(bind_to(tcp_socket(), address("127.0.0.2", port)) == 0,
          "127.0.0.2 says %s", last_error());
}

FACT(second_listen_fails, "with SO_REUSEADDR two sockets may be bound to one "
                          "port, but only one listens: EADDRINUSE")
{
    int one = socket_with(SO_REUSEADDR), other = socket_with(SO_REUSEADDR);

    must(bind_to(one, address("127.0.0.1", 0)), "bind");
    HOLDS(bind_to(other, local_address(one)) == 0, "the second bind() says %s",
          last_error());
    must(listen(one, 8), "listen");
    FAILS(listen(other, 8), EADDRINUSE);
}

FACT(child_keeps_the_port, "a child that has inherited the listener keeps the "
                           "port when its parent has closed it")
{
    int lfd = listening_socket(), status;
    struct sockaddr_in addr = local_address(lfd);
    pid_t child = must(fork(), "fork");

    if (child == 0)
        for (;;)
            pause();
    close(lfd);
    FAILS(bind_to(tcp_socket(), addr), EADDRINUSE);
    HOLDS(connect_to(tcp_socket(), addr) == 0, "connect() says %s",
          last_error());
    must(kill(child, SIGKILL), "kill");
    must(waitpid(child, &status, 0), "waitpid");
    HOLDS(bind_to(tcp_socket(), addr) == 0, "with the child gone: %s",
          last_error());
}

/* One conversation at a listener, both ends of which are closed again. */
enum first {
    SERVER_FIRST,
    CLIENT_FIRST
};

/* Closes one end, and the other when the end of stream has come. */
static void close_in_order(int first, int second)
{
    char byte;

    close(first);
    must((int)recv(second, &byte, 1, 0), "recv");
    close(second);
}

static void hold_conversation(int lfd, enum first first)
{
    int client = tcp_socket();

    must(connect_to(client, local_address(lfd)), "connect");
    int server = must(accept(lfd, NULL, NULL), "accept");
    if (first == SERVER_FIRST)
        close_in_order(server, client);
    else
        close_in_order(client, server);
}

/* A port at which a server has listened, answered and ended.  Whether its
 * sockets had an option set is the caller's choice; 0 means none. */
static struct sockaddr_in left_port(int name, enum first first)
{
    int lfd = name == 0 ? tcp_socket() : socket_with(name);

    must(bind_to(lfd, address("127.0.0.1", 0)), "bind");
    must(listen(lfd, 8), "listen");
    struct sockaddr_in addr = local_address(lfd);
    hold_conversation(lfd, first);
    close(lfd);
    return addr;
}

FACT(time_wait_is_in_use, "the port of a server that closed first and ended is "
                          "EADDRINUSE, unless SO_REUSEADDR is set")
{
    struct sockaddr_in addr = left_port(SO_REUSEADDR, SERVER_FIRST);

    FAILS(bind_to(tcp_socket(), addr), EADDRINUSE);
    int fd = socket_with(SO_REUSEADDR);
    HOLDS(bind_to(fd, addr) == 0, "with it, bind() says %s", last_error());
    HOLDS(listen(fd, 8) == 0, "listen() says %s", last_error());
    HOLDS(connect_to(tcp_socket(), addr) == 0, "connect() says %s",
          last_error());
}

/* The seconds for which a connection of that local port stays in TIME_WAIT:
 * /proc/net/tcp has its state, 06, and what is left of its timer. */
static double time_wait_left(in_port_t port)
{
    char line[512];
    unsigned local, state;
    unsigned long left;
    FILE *file = fopen("/proc/self/net/tcp", "r");
    double found = -1;

    must(file == NULL ? -1 : 0, "/proc/self/net/tcp");
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%*s %*x:%x %*s %x %*s %*x:%lx", &local, &state,
                   &left) == 3 &&
            local == ntohs(port) && state == TCP_TIME_WAIT)
            found = (double)left / (double)sysconf(_SC_CLK_TCK);
    fclose(file);
    return found;
}

FACT(time_wait_is_a_minute, "Linux keeps a connection in TIME_WAIT for a "
                            "minute")
{
    struct sockaddr_in addr = left_port(0, SERVER_FIRST);
    double left = time_wait_left(addr.sin_port);

    HOLDS(left > 50 && left <= 61, "%.1f s are left", left);
}

FACT(time_wait_stays, "a listener that is bound past a connection in TIME_WAIT "
                      "leaves it there")
{
    struct sockaddr_in addr = left_port(SO_REUSEADDR, SERVER_FIRST);
    int fd = socket_with(SO_REUSEADDR);

    must(bind_to(fd, addr), "bind");
    must(listen(fd, 8), "listen");
    double left = time_wait_left(addr.sin_port);
    HOLDS(left > 50, "%.1f s are left", left);
}

FACT(who_closes_first_waits, "when the client closed first, the port of the "
                             "server is free at once")
{
    struct sockaddr_in addr = left_port(0, CLIENT_FIRST);

    HOLDS(bind_to(tcp_socket(), addr) == 0, "bind() says %s", last_error());
}

FACT(both_need_reuseaddr, "SO_REUSEADDR does not help when the socket that was "
                          "there before had not set it")
{
    struct sockaddr_in addr = left_port(0, SERVER_FIRST);

    FAILS(bind_to(socket_with(SO_REUSEADDR), addr), EADDRINUSE);
}

FACT(reuseaddr_is_inherited, "an accepted socket has the SO_REUSEADDR of its "
                             "listener")
{
    int lfd = socket_with(SO_REUSEADDR), client = tcp_socket();

    must(bind_to(lfd, address("127.0.0.1", 0)), "bind");
    must(listen(lfd, 8), "listen");
    must(connect_to(client, local_address(lfd)), "connect");
    int server = must(accept(lfd, NULL, NULL), "accept");
    HOLDS(option(server, SOL_SOCKET, SO_REUSEADDR) == 1, "it is %d",
          option(server, SOL_SOCKET, SO_REUSEADDR));
}

FACT(connections_are_in_use, "while a connection lives whose listener is gone, "
                             "its port is EADDRINUSE, unless SO_REUSEADDR")
{
    int lfd = socket_with(SO_REUSEADDR), client = tcp_socket();

    must(bind_to(lfd, address("127.0.0.1", 0)), "bind");
    must(listen(lfd, 8), "listen");
    struct sockaddr_in addr = local_address(lfd);
    must(connect_to(client, addr), "connect");
    int server = must(accept(lfd, NULL, NULL), "accept");
    close(lfd);

    FAILS(bind_to(tcp_socket(), addr), EADDRINUSE);
    int again = socket_with(SO_REUSEADDR);
    HOLDS(bind_to(again, addr) == 0 && listen(again, 8) == 0,
          "with it, a new listener says %s", last_error());
    HOLDS(send(client, "x", 1, 0) == 1 && recv(server, &(char){0}, 1, 0) == 1,
          "the old connection says %s", last_error());
}

FACT(set_too_late, "SO_REUSEADDR set after bind() comes too late for it")
{
    struct sockaddr_in addr = left_port(SO_REUSEADDR, SERVER_FIRST);
    int fd = tcp_socket();

    FAILS(bind_to(fd, addr), EADDRINUSE);
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    HOLDS(bind_to(fd, addr) == 0, "asked again, bind() says %s", last_error());
}

/* Two listeners at one port, with SO_REUSEPORT. */
static void listen_twice(int lfd[2])
{
    for (int i = 0; i < 2; i++) {
        lfd[i] = socket_with(SO_REUSEPORT);
        must(bind_to(lfd[i],
                     i == 0 ? address("127.0.0.1", 0) : local_address(lfd[0])),
             "the bind of a listener with SO_REUSEPORT");
        must(listen(lfd[i], MANY), "listen");
    }
}

FACT(reuseport_spreads, "with SO_REUSEPORT two sockets listen at one port, and "
                        "each gets a part of the callers")
{
    int lfd[2];

    listen_twice(lfd);
    for (int i = 0; i < MANY; i++)
        must(connect_to(tcp_socket(), local_address(lfd[0])), "connect");
    unsigned one = tcp_info(lfd[0]).tcpi_unacked;
    unsigned other = tcp_info(lfd[1]).tcpi_unacked;
    HOLDS(one > 0 && other > 0 && one + other == MANY,
          "of %d callers one got %u, the other %u", MANY, one, other);
}

FACT(reuseport_past_time_wait, "SO_REUSEPORT on both sockets looks past "
                               "TIME_WAIT too")
{
    struct sockaddr_in addr = left_port(SO_REUSEPORT, SERVER_FIRST);

    FAILS(bind_to(tcp_socket(), addr), EADDRINUSE);
    HOLDS(bind_to(socket_with(SO_REUSEPORT), addr) == 0, "bind() says %s",
          last_error());
}

FACT(reuseport_of_both, "SO_REUSEPORT helps only when the first socket has set "
                        "it too")
{
    struct sockaddr_in addr = local_address(listening_socket());

    FAILS(bind_to(socket_with(SO_REUSEPORT), addr), EADDRINUSE);
}

/* --- Both families ------------------------------------------------------- */

/* A listener at [::], and its port. */
static int any_ipv6(int v6only, in_port_t *port)
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6};
    socklen_t len = sizeof addr;
    int fd = must(socket(AF_INET6, SOCK_STREAM, 0), "socket");

    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6only);
    must(bind(fd, (struct sockaddr *)&addr, sizeof addr), "bind");
    must(listen(fd, 8), "listen");
    must(getsockname(fd, (struct sockaddr *)&addr, &len), "getsockname");
    *port = addr.sin6_port;
    return fd;
}

FACT(dual_stack, "a listener at [::] without IPV6_V6ONLY takes IPv4 callers, "
                 "whose address is ::ffff:127.0.0.1")
{
    struct sockaddr_in6 peer = {0};
    socklen_t len = sizeof peer;
    in_port_t port;

    need_private_network("for it listens at every address");
    need_ipv6();
    int lfd = any_ipv6(0, &port);
    HOLDS(connect_to(tcp_socket(), address("127.0.0.1", port)) == 0,
          "connect() says %s", last_error());
    must(accept(lfd, (struct sockaddr *)&peer, &len), "accept");
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text);
    HOLDS(peer.sin6_family == AF_INET6 && strcmp(text, "::ffff:127.0.0.1") == 0,
          "it is %s", text);
}

FACT(v6only_is_one_family, "with IPV6_V6ONLY an IPv4 caller of [::] is "
                           "refused, and 0.0.0.0 is free at that port")
{
    in_port_t port;

    need_private_network("for it listens at every address");
    need_ipv6();
    any_ipv6(1, &port);
    FAILS(connect_to(tcp_socket(), address("127.0.0.1", port)), ECONNREFUSED);
    HOLDS(bind_to(tcp_socket(), address("0.0.0.0", port)) == 0,
          "0.0.0.0 says %s", last_error());
}

FACT(dual_stack_takes_both, "without IPV6_V6ONLY [::] and 0.0.0.0 are not to "
                            "be had at one port: EADDRINUSE")
{
    in_port_t port;

    need_private_network("for it listens at every address");
    need_ipv6();
    any_ipv6(0, &port);
    FAILS(bind_to(tcp_socket(), address("0.0.0.0", port)), EADDRINUSE);

    struct sockaddr_in6 addr = {.sin6_family = AF_INET6};
    addr.sin6_port = local_address(listen_at(address("0.0.0.0", 0))).sin_port;
    int six = must(socket(AF_INET6, SOCK_STREAM, 0), "socket");
    set_option(six, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    FAILS(bind(six, (struct sockaddr *)&addr, sizeof addr), EADDRINUSE);
}

/* Switches IPv6 off, for interfaces that are there and that will be. */
static void disable_ipv6(void)
{
    set_number("/proc/sys/net/ipv6/conf/all/disable_ipv6", 1);
    set_number("/proc/sys/net/ipv6/conf/default/disable_ipv6", 1);
}

FACT(dual_stack_without_ipv6, "with disable_ipv6 ::1 is EADDRNOTAVAIL, and a "
                              "dual-stack listener at [::] takes IPv4 callers")
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6,
                                .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    in_port_t port;

    need_private_network("with a setting of its own");
    need_ipv6();
    disable_ipv6();
    int fd = must(socket(AF_INET6, SOCK_STREAM, 0), "socket");
    FAILS(bind(fd, (struct sockaddr *)&addr, sizeof addr), EADDRNOTAVAIL);
    any_ipv6(0, &port);
    HOLDS(connect_to(tcp_socket(), address("127.0.0.1", port)) == 0,
          "connect() says %s", last_error());
}

FACT(v6only_default, "whether IPV6_V6ONLY is set from the start is the "
                     "setting bindv6only, and it cannot be set after bind()")
{
    static const char setting[] = "/proc/sys/net/ipv6/bindv6only";
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6,
                                .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int one = 1;

    need_private_network("with a setting of its own");
    need_ipv6();
    for (int value = 0; value <= 1; value++) {
        set_number(setting, value);
        int fd = must(socket(AF_INET6, SOCK_STREAM, 0), "socket");
        HOLDS(option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == value,
              "with bindv6only %d it is %d", value,
              option(fd, IPPROTO_IPV6, IPV6_V6ONLY));
        must(bind(fd, (struct sockaddr *)&addr, sizeof addr), "bind");
        FAILS(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one),
              EINVAL);
    }
}

/* --- Listening ----------------------------------------------------------- */

FACT(passive_for_good,
     "a socket that listens cannot connect any more (EISCONN), "
     "and a connected one cannot listen (EINVAL)")
{
    int lfd = listening_socket(), client = tcp_socket();

    FAILS(connect_to(lfd, local_address(listening_socket())), EISCONN);
    HOLDS(option(lfd, SOL_SOCKET, SO_ACCEPTCONN) == 1, "SO_ACCEPTCONN is %d",
          option(lfd, SOL_SOCKET, SO_ACCEPTCONN));
    must(connect_to(client, local_address(lfd)), "connect");
    FAILS(listen(client, 8), EINVAL);
}

FACT(datagrams_do_not_listen, "listen() on a datagram socket is EOPNOTSUPP")
{
    int fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");

    must(bind_to(fd, address("127.0.0.1", 0)), "bind");
    FAILS(listen(fd, 8), EOPNOTSUPP);
}

FACT(listen_without_bind, "listen() without bind() listens at every address, "
                          "at a port that the kernel chooses")
{
    int fd = tcp_socket();

    need_private_network("for it listens at every address");
    HOLDS(listen(fd, 8) == 0, "it says %s", last_error());
    struct sockaddr_in addr = local_address(fd);
    HOLDS(addr.sin_addr.s_addr == INADDR_ANY && addr.sin_port != 0,
          "it is %s port %d", inet_ntoa(addr.sin_addr), ntohs(addr.sin_port));
}

/* Starts a call, for which nobody waits. */
static int start_call(struct sockaddr_in addr)
{
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");

    if (connect_to(fd, addr) == -1 && errno != EINPROGRESS)
        must(-1, "connect");
    return fd;
}

/* Whether a call has come to an end within so many milliseconds. */
static bool is_answered(int fd, int ms)
{
    struct pollfd call = {.fd = fd, .events = POLLOUT};

    return must(poll(&call, 1, ms), "poll") == 1;
}

/* Calls until one is not answered; returns how many were, at most MANY.
 * *last is the one that was not. */
static int fill(int lfd, int *last)
{
    for (int n = 0; n < MANY; n++) {
        *last = start_call(local_address(lfd));
        if (!is_answered(*last, WINDOW_MS))
            return n;
    }
    return MANY;
}

static int count_callers(int lfd)
{
    int last;

    return fill(lfd, &last);
}

FACT(one_more_than_asked, "the queue holds one more than the backlog, so 1 for "
                          "backlog 0")
{
    static const int backlogs[] = {0, 1, 2, 5, 17};

    for (size_t i = 0; i < sizeof backlogs / sizeof *backlogs; i++) {
        int n = count_callers(listen_with(backlogs[i]));
        HOLDS(n == backlogs[i] + 1, "with %d it holds %d", backlogs[i], n);
    }
}

FACT(somaxconn_bounds, "a backlog above somaxconn counts as somaxconn, and so "
                       "does a negative one")
{
    need_private_network("with a setting of its own");
    set_number("/proc/sys/net/core/somaxconn", 3);
    int above = count_callers(listen_with(20));
    int negative = count_callers(listen_with(-1));
    int below = count_callers(listen_with(2));

    HOLDS(above == 4, "with 20 it holds %d", above);
    HOLDS(negative == 4, "with -1 it holds %d", negative);
    HOLDS(below == 3, "with 2 it holds %d", below);
}

FACT(somaxconn_is_read_once, "somaxconn counts when listen() is called, and "
                             "listen() may be called again")
{
    need_private_network("with a setting of its own");
    set_number("/proc/sys/net/core/somaxconn", 5);
    int lfd = listen_with(20);
    set_number("/proc/sys/net/core/somaxconn", 9);
    HOLDS(tcp_info(lfd).tcpi_sacked == 5, "now the backlog is %u",
          tcp_info(lfd).tcpi_sacked);
    must(listen(lfd, 20), "listen");
    HOLDS(tcp_info(lfd).tcpi_sacked == 9, "listening again, it is %u",
          tcp_info(lfd).tcpi_sacked);
}

FACT(listener_shows_its_queue,
     "TCP_INFO of a listener tells how many wait, and "
     "the backlog")
{
    int lfd = listen_with(7);

    for (unsigned n = 0; n < 3; n++) {
        struct tcp_info info = tcp_info(lfd);
        HOLDS(info.tcpi_unacked == n && info.tcpi_sacked == 7,
              "%u wait, the backlog is %u", info.tcpi_unacked,
              info.tcpi_sacked);
        must(connect_to(tcp_socket(), local_address(lfd)), "connect");
    }
    must(accept(lfd, NULL, NULL), "accept");
    HOLDS(tcp_info(lfd).tcpi_unacked == 2, "after accept() %u wait",
          tcp_info(lfd).tcpi_unacked);
}

/* A counter of /proc/net/netstat, for this network. */
static long count_of(const char *name)
{
    char names[8192], numbers[8192], *more_names, *more_numbers;
    FILE *file = fopen("/proc/self/net/netstat", "r");
    long found = -1;

    must(file == NULL ? -1 : 0, "/proc/self/net/netstat");
    while (found == -1 && fgets(names, sizeof names, file) != NULL &&
           fgets(numbers, sizeof numbers, file) != NULL) {
        char *word = strtok_r(names, " \n", &more_names);
        char *number = strtok_r(numbers, " \n", &more_numbers);
        for (; word != NULL && number != NULL;
             word = strtok_r(NULL, " \n", &more_names),
             number = strtok_r(NULL, " \n", &more_numbers))
            if (strcmp(word, name) == 0)
                found = strtol(number, NULL, 10);
    }
    fclose(file);
    return found;
}

FACT(full_is_silence, "when the queue is full nobody is refused: the SYN is "
                      "dropped and counted, and the caller repeats it")
{
    int lfd = listen_with(0), late;
    long before = count_of("ListenOverflows");
    double begun = seconds();

    HOLDS(fill(lfd, &late) == 1, "the queue did not fill");
    HOLDS(count_of("ListenOverflows") > before, "ListenOverflows is %ld",
          count_of("ListenOverflows"));
    HOLDS(tcp_info(late).tcpi_state == TCP_SYN_SENT, "its state is %d",
          tcp_info(late).tcpi_state);

    must(accept(lfd, NULL, NULL), "accept");
    HOLDS(is_answered(late, 6000), "with room made, it is not answered");
    HOLDS(option(late, SOL_SOCKET, SO_ERROR) == 0 &&
              tcp_info(late).tcpi_state == TCP_ESTABLISHED,
          "its state is %d", tcp_info(late).tcpi_state);
    HOLDS(seconds() - begun > 0.9, "it took %.1f s", seconds() - begun);
}

FACT(connect_gives_up, "a caller that is not heard gets ETIMEDOUT, within "
                       "seconds where tcp_syn_retries is 1")
{
    int last;

    need_private_network("with a setting of its own");
    set_number("/proc/sys/net/ipv4/tcp_syn_retries", 1);
    HOLDS(fill(listen_with(0), &last) == 1, "the queue did not fill");
    HOLDS(is_answered(last, 9000), "it still waits");
    int error = option(last, SOL_SOCKET, SO_ERROR);
    HOLDS(error == ETIMEDOUT, "it is %s", strerrorname_np(error));
}

FACT(open_but_nobody_there, "a caller whom nobody accepts is connected, may "
                            "send, and hears nothing")
{
    int lfd = listening_socket(), client = tcp_socket();
    char byte;

    HOLDS(connect_to(client, local_address(lfd)) == 0, "connect() says %s",
          last_error());
    HOLDS(send(client, "hello", 5, 0) == 5, "send() says %s", last_error());
    FAILS(recv(client, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

FACT(close_resets_those_who_wait, "when the listener is closed, those in its "
                                  "queue get ECONNRESET, and who calls then "
                                  "is refused")
{
    int lfd = listening_socket(), client = tcp_socket();
    struct sockaddr_in addr = local_address(lfd);
    char byte;

    must(connect_to(client, addr), "connect");
    close(lfd);
    FAILS(recv(client, &byte, 1, 0), ECONNRESET);
    FAILS(connect_to(tcp_socket(), addr), ECONNREFUSED);
}

FACT(exit_resets_those_who_wait, "when the process ends, so do those in the "
                                 "queue: ECONNRESET")
{
    int lfd = listening_socket(), client = tcp_socket();
    char byte;
    pid_t child = must(fork(), "fork");

    if (child == 0)
        for (;;)
            pause();
    must(connect_to(client, local_address(lfd)), "connect");
    close(lfd);
    FAILS(recv(client, &byte, 1, MSG_DONTWAIT), EAGAIN);
    must(kill(child, SIGKILL), "kill");
    FAILS(recv(client, &byte, 1, 0), ECONNRESET);
}

FACT(accepted_stay, "a connection that was accepted outlives its listener")
{
    int lfd = listening_socket(), client = tcp_socket();
    char byte = 0;

    must(connect_to(client, local_address(lfd)), "connect");
    int server = must(accept(lfd, NULL, NULL), "accept");
    close(lfd);
    HOLDS(send(server, "x", 1, 0) == 1 && recv(client, &byte, 1, 0) == 1,
          "it says %s", last_error());
}

/* A listener that keeps its callers half-open until they speak: for
 * TCP_DEFER_ACCEPT the ACK alone is not enough. */
static int deferring_listener(int backlog)
{
    int fd = bound_socket();

    set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30);
    must(listen(fd, backlog), "listen");
    return fd;
}

FACT(half_open_are_bounded_too, "with syncookies off, no more connections are "
                                "half open than the backlog; with cookies "
                                "more callers get through")
{
    need_private_network("with a setting of its own");
    set_number("/proc/sys/net/ipv4/tcp_syncookies", 0);
    int lfd = deferring_listener(4);
    int off = count_callers(lfd);
    unsigned waiting = tcp_info(lfd).tcpi_unacked;
    set_number("/proc/sys/net/ipv4/tcp_syncookies", 1);
    int on = count_callers(deferring_listener(4));

    HOLDS(waiting == 0, "%u are whole", waiting);
    HOLDS(off >= 4 && off <= 5, "with cookies off %d get through", off);
    HOLDS(on > off, "with them off %d get through, with them on %d", off, on);
}

/* A caller whose connection is whole once this byte has come. */
static int call_and_speak(struct sockaddr_in addr)
{
    int fd = tcp_socket();

    must(connect_to(fd, addr), "connect");
    must((int)send(fd, "x", 1, 0), "send");
    return fd;
}

FACT(last_ack_is_ignored, "a caller whose last ACK meets a full queue believes "
                          "that it is connected, and gets in when there is "
                          "room")
{
    int lfd = deferring_listener(2), early = tcp_socket();
    struct sockaddr_in addr = local_address(lfd);
    char byte = 0;

    HOLDS(connect_to(early, addr) == 0, "connect() says %s", last_error());
    for (int i = 0; i < 3; i++)
        call_and_speak(addr);
    HOLDS(tcp_info(lfd).tcpi_unacked == 3, "%u wait",
          tcp_info(lfd).tcpi_unacked);
    must((int)send(early, "y", 1, 0), "send");
    HOLDS(tcp_info(lfd).tcpi_unacked == 3, "with the fourth %u wait",
          tcp_info(lfd).tcpi_unacked);
    HOLDS(tcp_info(early).tcpi_state == TCP_ESTABLISHED &&
              tcp_info(early).tcpi_unacked > 0,
          "its state is %d, and %u packets are not acknowledged",
          tcp_info(early).tcpi_state, tcp_info(early).tcpi_unacked);

    for (int i = 0; i < 3; i++)
        must(accept(lfd, NULL, NULL), "accept");
    int last = accept(lfd, NULL, NULL);
    HOLDS(last != -1 && recv(last, &byte, 1, 0) == 1 && byte == 'y',
          "with room made, it says %s", last_error());
}

/* --- Saying where you are ------------------------------------------------ */

FACT(pipe_gets_it_late, "what printf() writes to a pipe leaves the program at "
                        "fflush(), or at once where setvbuf() made lines leave")
{
    int plain[2], lines[2];
    struct pollfd in = {.events = POLLIN};

    must(pipe(plain), "pipe");
    must(pipe(lines), "pipe");
    FILE *one = fdopen(plain[1], "w"), *other = fdopen(lines[1], "w");
    setvbuf(other, NULL, _IOLBF, 0);
    fprintf(one, "listening on 127.0.0.1:80\n");
    fprintf(other, "listening on 127.0.0.1:80\n");

    in.fd = plain[0];
    HOLDS(poll(&in, 1, 0) == 0, "it is there without fflush()");
    fflush(one);
    HOLDS(poll(&in, 1, 0) == 1, "it is not there after fflush()");
    in.fd = lines[0];
    HOLDS(poll(&in, 1, 0) == 1, "line by line, it is not there");
}
