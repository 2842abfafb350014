/* What chapters/01-create.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Three sockets of one conversation. */
struct talk {
    int lfd, client, server;
    struct sockaddr_in addr; /* where lfd listens */
};

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

/* A socket bound to a port of 127.0.0.1 that the kernel has chosen. */
static int bound_socket(void)
{
    int fd = tcp_socket();

    must(bind_to(fd, address("127.0.0.1", 0)), "bind");
    return fd;
}

static int listening_socket(void)
{
    int fd = bound_socket();

    must(listen(fd, 8), "listen");
    return fd;
}

static struct talk start_talk(void)
{
    struct talk t = {.lfd = listening_socket(), .client = tcp_socket()};

    t.addr = local_address(t.lfd);
    must(connect_to(t.client, t.addr), "connect");
    t.server = must(accept(t.lfd, NULL, NULL), "accept");
    return t;
}

/* One of the socket's options that are numbers. */
static int option(int fd, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    must(getsockopt(fd, SOL_SOCKET, name, &value, &len), "getsockopt");
    return value;
}

static const char *last_error(void)
{
    return strerrorname_np(errno);
}

/* Gives up all capabilities, for good. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version =
                                                _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};

    must((int)syscall(SYS_capset, &head, none), "capset");
}

/* --- A descriptor, and no file with a name ------------------------------- */

FACT(lowest_descriptor, "socket() gives the lowest free descriptor, also 0")
{
    int low = tcp_socket(), high = tcp_socket();

    close(low);
    int again = tcp_socket();
    HOLDS(again == low && low < high, "%d was free and %d was given", low,
          again);
    close(STDIN_FILENO);
    int zero = tcp_socket();
    HOLDS(zero == 0, "0 was free and %d was given", zero);
}

FACT(read_and_write, "read() and write() work on a connected socket")
{
    struct talk t = start_talk();
    char buf[16];
    struct stat st;

    HOLDS(write(t.client, "hello", 5) == 5, "write() says %s", last_error());
    ssize_t n = read(t.server, buf, sizeof buf);
    HOLDS(n == 5 && memcmp(buf, "hello", 5) == 0, "read() returned %zd", n);
    must(fstat(t.client, &st), "fstat");
    HOLDS(S_ISSOCK(st.st_mode), "the mode is %o", st.st_mode);
}

FACT(not_seekable, "a socket has no position: lseek() says ESPIPE")
{
    struct talk t = start_talk();

    FAILS(lseek(t.client, 0, SEEK_CUR), ESPIPE);
    FAILS(lseek(tcp_socket(), 0, SEEK_SET), ESPIPE);
}

/* A listening socket at the path "meet", in a new directory where we are
 * then; leave_directory() clears that away. */
static char directory[] = "/tmp/facts.XXXXXX";
static const struct sockaddr_un meet = {.sun_family = AF_UNIX,
                                        .sun_path = "meet"};

static int listen_in_directory(void)
{
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");

    must(mkdtemp(directory) != NULL ? 0 : -1, "mkdtemp");
    must(chdir(directory), "chdir");
    must(bind(fd, (const struct sockaddr *)&meet, sizeof meet), "bind");
    must(listen(fd, 8), "listen");
    return fd;
}

static void leave_directory(void)
{
    must(unlink(meet.sun_path), "unlink");
    must(rmdir(directory), "rmdir");
}

FACT(not_opened, "no path leads to a socket: open() says ENXIO")
{
    char self[64];

    snprintf(self, sizeof self, "/proc/self/fd/%d", tcp_socket());
    FAILS(open(self, O_RDWR), ENXIO);

    listen_in_directory();
    int fd = open(meet.sun_path, O_RDWR), error = errno;
    leave_directory();
    errno = error;
    FAILS(fd, ENXIO);
}

FACT(path_is_a_meeting_point, "what AF_UNIX sends is never in the file at its "
                              "path, which may be deleted meanwhile")
{
    int lfd = listen_in_directory();
    int client = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    char buf[16];
    struct stat st;

    must(connect(client, (const struct sockaddr *)&meet, sizeof meet),
         "connect");
    int server = must(accept(lfd, NULL, NULL), "accept");
    ssize_t sent = send(client, "hello", 5, 0);
    must(stat(meet.sun_path, &st), "stat");
    leave_directory();

    HOLDS(sent == 5 && st.st_size == 0, "%zd bytes were sent, %lld are there",
          sent, (long long)st.st_size);
    ssize_t n = recv(server, buf, sizeof buf, 0);
    HOLDS(n == 5, "recv() returned %zd", n);
    int late = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    FAILS(connect(late, (const struct sockaddr *)&meet, sizeof meet), ENOENT);
}

FACT(descriptors_run_out, "a process that closes nothing ends with EMFILE")
{
    struct rlimit few = {16, 16};
    int made = 0;

    must(setrlimit(RLIMIT_NOFILE, &few), "setrlimit");
    while (socket(AF_INET, SOCK_STREAM, 0) != -1)
        made++;
    HOLDS(errno == EMFILE && made < 16, "%d sockets, then %s", made,
          last_error());
}

FACT(errno_is_not_reset, "a call that succeeds leaves errno as it was")
{
    FAILS(socket(AF_INET, SOCK_RDM, 0), ESOCKTNOSUPPORT);
    HOLDS(tcp_socket() != -1 && errno == ESOCKTNOSUPPORT, "errno is %s",
          last_error());
}

/* Starts cat, which inherits what has no FD_CLOEXEC, and returns once that
 * is settled.  It ends when *until is closed. */
static pid_t start_cat(int *until)
{
    int in[2], started[2];
    char byte;

    must(pipe2(in, O_CLOEXEC), "pipe");
    must(pipe2(started, O_CLOEXEC), "pipe");
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        dup2(in[0], STDIN_FILENO);
        execlp("cat", "cat", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(started[1]);
    must((int)read(started[0], &byte, 1), "read"); /* closed by exec */
    close(started[0]);
    *until = in[1];
    return pid;
}

static int wait_for(pid_t pid)
{
    int status;

    must(waitpid(pid, &status, 0), "waitpid");
    return status;
}

FACT(exec_keeps_the_socket, "a program started by exec() holds the socket, and "
                            "the other side sees no end, unless SOCK_CLOEXEC")
{
    struct talk t = start_talk();
    int until;
    char byte;

    pid_t cat = start_cat(&until);
    close(t.client);
    FAILS(recv(t.server, &byte, 1, MSG_DONTWAIT), EAGAIN);
    close(until);
    int status = wait_for(cat);
    if (status != 0)
        skip("cat ended with status %d", status);
    ssize_t n = recv(t.server, &byte, 1, 0);
    HOLDS(n == 0, "with cat gone, recv() returned %zd", n);

    int client = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(connect_to(client, t.addr), "connect");
    int server = must(accept(t.lfd, NULL, NULL), "accept");
    cat = start_cat(&until);
    close(client);
    n = recv(server, &byte, 1, 0);
    HOLDS(n == 0 && kill(cat, 0) == 0, "recv() returned %zd", n);
    close(until);
    wait_for(cat);
}

FACT(flags_at_birth, "SOCK_CLOEXEC and SOCK_NONBLOCK set FD_CLOEXEC and "
                     "O_NONBLOCK, which are otherwise not set")
{
    int plain = tcp_socket();
    int both =
        must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
             "socket");

    HOLDS(fcntl(plain, F_GETFD) == 0, "F_GETFD: %d", fcntl(plain, F_GETFD));
    HOLDS((fcntl(plain, F_GETFL) & O_NONBLOCK) == 0, "F_GETFL: %#o",
          (unsigned)fcntl(plain, F_GETFL));
    HOLDS(fcntl(both, F_GETFD) == FD_CLOEXEC, "F_GETFD: %d",
          fcntl(both, F_GETFD));
    HOLDS((fcntl(both, F_GETFL) & O_NONBLOCK) != 0, "F_GETFL: %#o",
          (unsigned)fcntl(both, F_GETFL));
}

/* --- Families, types, protocols ------------------------------------------ */

FACT(protocol_zero, "protocol 0 is TCP for a stream and UDP for datagrams")
{
    int udp = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    int stream = option(tcp_socket(), SO_PROTOCOL);
    int datagrams = option(udp, SO_PROTOCOL);

    HOLDS(stream == IPPROTO_TCP, "it is %d", stream);
    HOLDS(datagrams == IPPROTO_UDP, "it is %d", datagrams);
}

/* Says that only half of a fact could be tried. */
static void need_capabilities(void)
{
    if (!has_private_network())
        skip("holds without capabilities; with them it cannot be tried here");
}

FACT(raw_needs_protocol, "AF_INET SOCK_RAW with protocol 0 is EPROTONOSUPPORT, "
                         "with all capabilities too")
{
    FAILS(socket(AF_INET, SOCK_RAW, 0), EPROTONOSUPPORT);
    drop_capabilities();
    FAILS(socket(AF_INET, SOCK_RAW, 0), EPROTONOSUPPORT);
    need_capabilities();
}

FACT(raw_needs_privilege, "AF_INET SOCK_RAW with a protocol is EPERM without "
                          "the capability, and a socket with it")
{
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);

    HOLDS(fd != -1 || !has_private_network(), "with it, socket() says %s",
          last_error());
    drop_capabilities();
    FAILS(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM);
    need_capabilities();
}

FACT(unix_raw_is_dgram, "AF_UNIX makes SOCK_RAW a SOCK_DGRAM")
{
    int fd = must(socket(AF_UNIX, SOCK_RAW, 0), "socket");
    int type = option(fd, SO_TYPE);

    HOLDS(type == SOCK_DGRAM, "the type is %d", type);
}

FACT(seqpacket_families, "SOCK_SEQPACKET exists in AF_UNIX, not in AF_INET")
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    HOLDS(fd != -1, "AF_UNIX says %s", last_error());
    fd = socket(AF_INET, SOCK_SEQPACKET, 0);
    if (fd != -1 && option(fd, SO_PROTOCOL) == IPPROTO_SCTP)
        skip("SCTP is loaded here");
    FAILS(fd, ESOCKTNOSUPPORT);
}

/* --- From a name to addresses -------------------------------------------- */

/* Looks up a stream address in digits; getaddrinfo()'s result. */
static int look_up(const char *host, const char *service,
                   struct sockaddr_in *addr)
{
    struct addrinfo hints = {.ai_family = AF_INET,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(host, service, &hints, &list);

    if (rc == 0) {
        memcpy(addr, list->ai_addr, sizeof *addr);
        freeaddrinfo(list);
    }
    return rc;
}

static void need_glibc(void)
{
#ifndef __GLIBC__
    skip("this C library is not glibc");
#endif
}

static void expect_port(const char *service, int port)
{
    struct sockaddr_in addr = {0};
    int rc = look_up("127.0.0.1", service, &addr);

    HOLDS(rc == 0, "\"%s\": %s", service, gai_strerror(rc));
    HOLDS(ntohs(addr.sin_port) == port, "\"%s\" is port %d", service,
          ntohs(addr.sin_port));
}

FACT(port_wraps, "glibc takes the service \"99999\" and calls port 34463")
{
    need_glibc();
    expect_port("99999", 34463);
    expect_port("65536", 0);
}

FACT(port_is_lenient, "glibc takes \"+80\" and \" 80\" for port 80, but "
                      "neither \"-1\" nor \"80x\"")
{
    struct sockaddr_in addr = {0};

    need_glibc();
    expect_port("+80", 80);
    expect_port(" 80", 80);
    HOLDS(look_up("127.0.0.1", "-1", &addr) != 0, "it is found");
    HOLDS(look_up("127.0.0.1", "80x", &addr) != 0, "it is found");
}

FACT(host_is_lenient, "getaddrinfo() takes 127.1, 0x7f.1 and 2130706433 for "
                      "127.0.0.1, and inet_pton() does not")
{
    static const char *const hosts[] = {"127.1", "0x7f.1", "2130706433"};
    struct in_addr digits;

    need_glibc();
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct sockaddr_in addr = {0};
        int rc = look_up(hosts[i], "80", &addr);
        HOLDS(rc == 0, "%s: %s", hosts[i], gai_strerror(rc));
        HOLDS(addr.sin_addr.s_addr == htonl(INADDR_LOOPBACK), "%s is %s",
              hosts[i], inet_ntoa(addr.sin_addr));
        HOLDS(inet_pton(AF_INET, hosts[i], &digits) == 0,
              "inet_pton() says %d to %s",
              inet_pton(AF_INET, hosts[i], &digits), hosts[i]);
    }
}

FACT(hints_must_be_zero, "a struct addrinfo with what was on the stack gives "
                         "EAI_BADFLAGS")
{
    struct addrinfo hints, *list;

    memset(&hints, 0xaa, sizeof hints); /* what happened to be there */
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = 0;
    int rc = getaddrinfo("127.0.0.1", "80", &hints, &list);
    HOLDS(rc == EAI_BADFLAGS, "it is %d", rc);
}

static int count_entries(int type)
{
    struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *list = NULL;
    int n = 0;
    int rc = getaddrinfo("127.0.0.1", "80", &hints, &list);

    HOLDS(rc == 0, "%s", gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
        n++;
    freeaddrinfo(list);
    return n;
}

FACT(each_type_once, "without a type in the hints each address comes three "
                     "times, with SOCK_STREAM once")
{
    int any = count_entries(0), stream = count_entries(SOCK_STREAM);

    need_glibc();
    HOLDS(any == 3 && stream == 1, "it comes %d times, and %d", any, stream);
}

FACT(datagram_connects_to_nobody, "where a stream socket is refused, connect() "
                                  "of a datagram socket returns 0")
{
    struct sockaddr_in nobody = local_address(bound_socket());
    int udp = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");

    FAILS(connect_to(tcp_socket(), nobody), ECONNREFUSED);
    HOLDS(connect_to(udp, nobody) == 0, "it says %s", last_error());
}

FACT(resolver_errors_apart, "getaddrinfo() returns its error, and errno may "
                            "say nothing of it")
{
    struct sockaddr_in addr;

    errno = 0;
    int rc = look_up("nobody.test", "80", &addr);
    HOLDS(rc == EAI_NONAME && errno == 0, "it returned %d, errno is %d", rc,
          errno);
}

FACT(port_in_network_order, "getaddrinfo() puts the port into network order: "
                            "80 is the bytes 0 and 80")
{
    struct sockaddr_in addr;
    unsigned char byte[2];

    must(look_up("127.0.0.1", "80", &addr) == 0 ? 0 : -1, "getaddrinfo");
    memcpy(byte, &addr.sin_port, 2);
    HOLDS(byte[0] == 0 && byte[1] == 80, "the bytes are %d and %d", byte[0],
          byte[1]);
}

FACT(inet_ntoa_overwrites, "the next inet_ntoa() overwrites what the last one "
                           "returned")
{
    struct in_addr one = {htonl(0x7f000001)}, two = {htonl(0x7f000002)};
    const char *first = inet_ntoa(one), *second = inet_ntoa(two);

    HOLDS(strcmp(first, second) == 0, "%s and %s", first, second);
}

FACT(sockaddr_sizes, "struct sockaddr is too small for an IPv6 address, and "
                     "struct sockaddr_storage large enough for all")
{
    HOLDS(sizeof(struct sockaddr_in6) > sizeof(struct sockaddr),
          "they have %zu and %zu bytes", sizeof(struct sockaddr_in6),
          sizeof(struct sockaddr));
    HOLDS(sizeof(struct sockaddr_storage) >= sizeof(struct sockaddr_in6) &&
              sizeof(struct sockaddr_storage) >= sizeof(struct sockaddr_un),
          "it has %zu bytes", sizeof(struct sockaddr_storage));
}

/* --- Connecting ---------------------------------------------------------- */

FACT(listener_cannot_talk, "a listening socket says EPIPE to send() and "
                           "ENOTCONN to recv()")
{
    int lfd = listening_socket();
    char byte;

    FAILS(send(lfd, "x", 1, MSG_NOSIGNAL), EPIPE);
    FAILS(recv(lfd, &byte, 1, 0), ENOTCONN);
}

FACT(ephemeral_port, "before connect() a client's socket has no address, after "
                     "it one that the server sees, with a port nobody chose")
{
    int lfd = listening_socket(), client = tcp_socket();
    struct sockaddr_in before = local_address(client), peer;
    socklen_t len = sizeof peer;

    HOLDS(before.sin_addr.s_addr == 0 && before.sin_port == 0,
          "it was %s port %d", inet_ntoa(before.sin_addr),
          ntohs(before.sin_port));
    FAILS(getpeername(client, (struct sockaddr *)&peer, &len), ENOTCONN);

    must(connect_to(client, local_address(lfd)), "connect");
    int server = must(accept(lfd, NULL, NULL), "accept");
    struct sockaddr_in after = local_address(client);
    HOLDS(after.sin_addr.s_addr == htonl(INADDR_LOOPBACK) &&
              after.sin_port != 0,
          "it is %s port %d", inet_ntoa(after.sin_addr), ntohs(after.sin_port));
    HOLDS(same_address(after, remote_address(server)),
          "the server sees port %d", ntohs(remote_address(server).sin_port));
    HOLDS(same_address(remote_address(client), local_address(lfd)),
          "the client sees port %d", ntohs(remote_address(client).sin_port));
}

FACT(one_address_many_sockets, "all sockets of a server's port share one "
                               "address and port")
{
    struct talk t = start_talk();
    int other = tcp_socket();

    must(connect_to(other, t.addr), "connect");
    int second = must(accept(t.lfd, NULL, NULL), "accept");
    HOLDS(same_address(local_address(t.server), t.addr), "port %d and port %d",
          ntohs(local_address(t.server).sin_port), ntohs(t.addr.sin_port));
    HOLDS(same_address(local_address(second), t.addr), "port %d and port %d",
          ntohs(local_address(second).sin_port), ntohs(t.addr.sin_port));
}

FACT(connect_before_accept, "connect() returns 0 and send() works before the "
                            "server has called accept()")
{
    int lfd = listening_socket(), client = tcp_socket();
    char byte = 0;

    HOLDS(connect_to(client, local_address(lfd)) == 0, "connect() says %s",
          last_error());
    HOLDS(send(client, "x", 1, 0) == 1, "send() says %s", last_error());
    int server = must(accept(lfd, NULL, NULL), "accept");
    HOLDS(recv(server, &byte, 1, 0) == 1 && byte == 'x', "the byte is %d",
          byte);
}

FACT(closed_port_refuses, "a port at which nobody listens says ECONNREFUSED, "
                          "also when a socket is bound to it")
{
    FAILS(connect_to(tcp_socket(), local_address(bound_socket())),
          ECONNREFUSED);
}

FACT(refused_and_used_again, "Linux lets a socket that was refused connect "
                             "again, which POSIX does not promise")
{
    int fd = tcp_socket();

    FAILS(connect_to(fd, local_address(bound_socket())), ECONNREFUSED);
    HOLDS(connect_to(fd, local_address(listening_socket())) == 0,
          "the second connect() says %s", last_error());
}

FACT(connected_once, "a connected socket connects to nobody else: EISCONN")
{
    struct talk t = start_talk();

    FAILS(connect_to(t.client, local_address(listening_socket())), EISCONN);
}

FACT(family_must_match, "an IPv4 socket takes no IPv6 address, and an IPv6 "
                        "address wants its full length")
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                               .sin6_port = htons(80),
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct sockaddr *addr = (const struct sockaddr *)&six;

    FAILS(connect(tcp_socket(), addr, sizeof six), EAFNOSUPPORT);
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd == -1)
        skip("no IPv6 here");
    FAILS(connect(fd, addr, sizeof(struct sockaddr)), EINVAL);
}

FACT(any_reaches_oneself, "connect() to 0.0.0.0 reaches this machine")
{
    int lfd = listening_socket(), client = tcp_socket();
    struct sockaddr_in addr = address("0.0.0.0", local_address(lfd).sin_port);

    HOLDS(connect_to(client, addr) == 0, "connect() says %s", last_error());
    HOLDS(same_address(remote_address(client), local_address(lfd)),
          "it reached %s", inet_ntoa(remote_address(client).sin_addr));
}

FACT(source_address, "a socket that is bound before connect() calls from that "
                     "address")
{
    int lfd = listening_socket(), client = tcp_socket();

    must(bind_to(client, address("127.0.0.2", 0)), "bind");
    must(connect_to(client, local_address(lfd)), "connect");
    int server = must(accept(lfd, NULL, NULL), "accept");
    HOLDS(remote_address(server).sin_addr.s_addr == htonl(0x7f000002),
          "it calls from %s", inet_ntoa(remote_address(server).sin_addr));
}

FACT(foreign_source, "bind() to another machine's address is EADDRNOTAVAIL")
{
    if (!has_private_network())
        skip("without a private network, 192.0.2.1 may be this machine's");
    FAILS(bind_to(tcp_socket(), address("192.0.2.1", 0)), EADDRNOTAVAIL);
}

/* What it sends, it receives. */
static void expect_echo(int fd)
{
    char buf[16];

    HOLDS(send(fd, "me", 2, 0) == 2, "send() says %s", last_error());
    ssize_t n = recv(fd, buf, sizeof buf, 0);
    HOLDS(n == 2 && memcmp(buf, "me", 2) == 0, "recv() returned %zd", n);
}

FACT(self_connect, "a socket that connects to its own port is connected with "
                   "itself")
{
    int fd = bound_socket();

    HOLDS(connect_to(fd, local_address(fd)) == 0, "connect() says %s",
          last_error());
    expect_echo(fd);
}

static void write_file(const char *path, const char *words)
{
    int fd = must(open(path, O_WRONLY), path);

    must((int)write(fd, words, strlen(words)), path);
    close(fd);
}

FACT(self_connect_unasked, "a client may be given the very port that it calls, "
                           "where nobody listens")
{
    int fd = tcp_socket();

    if (!has_private_network())
        skip("needs a private network, to make that port the only one");
    write_file("/proc/sys/net/ipv4/ip_local_port_range", "40000 40000");
    HOLDS(connect_to(fd, address("127.0.0.1", htons(40000))) == 0,
          "connect() says %s", last_error());
    HOLDS(same_address(local_address(fd), remote_address(fd)), "its port is %d",
          ntohs(local_address(fd).sin_port));
    expect_echo(fd);
}

/* --- Sending, receiving, closing ----------------------------------------- */

FACT(empty_send, "send() of 0 bytes on TCP returns 0 and sends nothing")
{
    struct talk t = start_talk();
    char buf[16];

    HOLDS(send(t.client, "", 0, 0) == 0, "it says %s", last_error());
    FAILS(recv(t.server, buf, sizeof buf, MSG_DONTWAIT), EAGAIN);
    must((int)send(t.client, "x", 1, 0), "send");
    ssize_t n = recv(t.server, buf, sizeof buf, 0);
    HOLDS(n == 1, "recv() returned %zd", n);
}

FACT(no_seams, "two send() may come out of one recv(), and one out of two")
{
    struct talk t = start_talk();
    char buf[16];

    must((int)send(t.client, "abc", 3, 0), "send");
    must((int)send(t.client, "def", 3, 0), "send");
    must((int)recv(t.server, buf, 6, MSG_PEEK | MSG_WAITALL), "recv");
    ssize_t n = recv(t.server, buf, 4, 0);
    HOLDS(n == 4 && memcmp(buf, "abcd", 4) == 0, "recv() returned %zd", n);
    n = recv(t.server, buf, sizeof buf, 0);
    HOLDS(n == 2 && memcmp(buf, "ef", 2) == 0, "recv() returned %zd", n);
}

FACT(end_repeats, "after the last byte recv() returns 0, each time it is asked")
{
    struct talk t = start_talk();
    char buf[16];

    must((int)send(t.server, "bye", 3, 0), "send");
    close(t.server);
    ssize_t n = recv(t.client, buf, sizeof buf, 0);
    HOLDS(n == 3, "recv() returned %zd", n);
    for (int i = 0; i < 3; i++) {
        n = recv(t.client, buf, sizeof buf, 0);
        HOLDS(n == 0, "recv() returned %zd", n);
    }
}

FACT(unread_resets, "close() with bytes unread resets: the other side's recv() "
                    "says ECONNRESET")
{
    struct talk t = start_talk();
    char byte;

    must((int)send(t.client, "hello", 5, 0), "send");
    must((int)recv(t.server, &byte, 1, 0), "recv");
    close(t.server);
    FAILS(recv(t.client, &byte, 1, 0), ECONNRESET);
}

FACT(exit_closes, "when a process is killed, the other side sees the end")
{
    struct talk t = start_talk();
    char byte;
    int until;

    pid_t cat = start_cat(&until);
    close(t.client);
    must(kill(cat, SIGKILL), "kill");
    ssize_t n = recv(t.server, &byte, 1, 0);
    HOLDS(n == 0, "recv() returned %zd", n);
    wait_for(cat);
}
