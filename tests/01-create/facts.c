/* What chapters/01-create.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* Binds a listening socket to a path in a directory of its own, and goes
 * there. */
static int listen_at_path(struct sockaddr_un *addr)
{
    static char dir[] = "/tmp/facts.XXXXXX";
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");

    *addr = (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "meet"};
    must(mkdtemp(dir) == NULL ? -1 : 0, "mkdtemp");
    must(chdir(dir), "chdir");
    int rc = bind(fd, (struct sockaddr *)addr, sizeof *addr);
    must(rmdir(dir) == 0 && rc == 0 ? -1 : 0, "rmdir");
    must(rc, "bind");
    must(listen(fd, 1), "listen");
    return fd;
}
