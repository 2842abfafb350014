/* A network of one's own, or none and nothing changed. */
#define _GNU_SOURCE
#include "netns.h"
#include "check.h"
#include "harness.h"
#include "sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0, or the errno of binding this port of loopback. */
static int try_bind(int family, in_port_t port)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(port),
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = family == AF_INET ? bind(fd, (struct sockaddr *)&in4, sizeof in4)
                               : bind(fd, (struct sockaddr *)&in6, sizeof in6);
    int error = rc == -1 ? errno : 0;

    close(fd);
    return error;
}

/* A port that the kernel chooses, and that stays bound; 0 if there is none. */
static in_port_t chosen_port(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t size = sizeof in;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&in, size) == -1 ||
        getsockname(fd, (struct sockaddr *)&in, &size) == -1)
        return 0;
    return ntohs(in.sin_port);
}

/* Of 32895 to 32898, all but 32896, which is 0x8080. */
static void check_palindromes(void)
{
    FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "we");
    unsigned sum = 0;

    if (range == NULL)
        return;
    fputs("32895 32898", range);
    fclose(range);
    for (int i = 0; i < 3; i++)
        sum += chosen_port();
    CHECK_NUMBER("three ports", 32895 + 32897 + 32898, sum);
    CHECK_NUMBER("and no more", 0, chosen_port());
}

static long network_id(void)
{
    struct stat st = {0};

    stat("/proc/self/ns/net", &st);
    return (long)st.st_ino;
}

static void check_dropped(void)
{
    drop_privileges();
    CHECK_NUMBER("bind port 80", EACCES, try_bind(AF_INET, 80));
    CHECK_NUMBER("raw socket", -1, socket(AF_INET, SOCK_RAW, IPPROTO_TCP));
    CHECK_NUMBER("errno", EPERM, errno);
    CHECK_NUMBER("an ordinary port", 0, try_bind(AF_INET, 8080));
}

static int check_inside(void)
{
    uid_t outer = geteuid();

    CHECK_NUMBER("user", 1000, geteuid());
    CHECK_NUMBER("group", 1000, getegid());
    CHECK_NUMBER("lo, IPv4", 0, try_bind(AF_INET, 40000));
    /* Capabilities are kept: port 80 is ours before they are dropped. */
    CHECK_NUMBER("bind port 80", 0, try_bind(AF_INET, 80));
    if (access("/proc/sys/net/ipv6", F_OK) == 0)
        CHECK_NUMBER("lo, IPv6", 0, try_bind(AF_INET6, 40000));
    check_palindromes();
    CHECK_NUMBER("again, from inside", 0, enter_private_network());
    CHECK_NUMBER("same user", outer, geteuid());
    check_dropped();
    return failures != 0;
}

int main(void)
{
    long before = network_id();

    setenv("WORKBOOK_WITHOUT", "netns", 1);
    CHECK_NUMBER("withheld", -1, enter_private_network());
    CHECK_NUMBER("errno", EPERM, errno);
    CHECK_NUMBER("nothing changed", before, network_id());
    unsetenv("WORKBOOK_WITHOUT");

    uid_t uid = geteuid();
    if (enter_private_network() == -1) {
        printf("skipped: namespaces are refused: %s\n", strerror(errno));
        CHECK_NUMBER("nothing changed", before, network_id());
        CHECK_NUMBER("nothing changed", uid, geteuid());
        return failures != 0 ? 1 : 77;
    }
    CHECK_NUMBER("another network", 1, before != network_id());
    return check_inside();
}
