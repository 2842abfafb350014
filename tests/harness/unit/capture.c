/* Each packet is seen once, in order and in time; what cannot be kept is
 * counted. */
#define _GNU_SOURCE
#include "capture.h"
#include "check.h"
#include "clock.h"
#include "harness.h"
#include "world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ETHERNET = 14,
    HEADERS = ETHERNET + 20 + 8, /* and those of IPv4 and UDP */
    LARGE = 65507                /* the most that a datagram takes */
};

static int from, to;
static struct sockaddr_in there;

static void open_pair(void)
{
    socklen_t n = sizeof there;

    there = (struct sockaddr_in){.sin_family = AF_INET,
                                 .sin_addr = {htonl(INADDR_LOOPBACK)}};
    from = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    to = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bind(to, (struct sockaddr *)&there, sizeof there);
    getsockname(to, (struct sockaddr *)&there, &n);
}

static void send_datagrams(size_t many, size_t n)
{
    static char bytes[LARGE];
    ssize_t sent = 0;

    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)i;
    for (size_t i = 0; i < many; i++)
        sent =
            sendto(from, bytes, n, 0, (struct sockaddr *)&there, sizeof there);
    CHECK_NUMBER("sent", n, sent);
}

static void check_order(const struct capture *c, uint64_t began)
{
    uint64_t before = began, now = now_ns();

    for (size_t i = 0; i < c->n; i++) {
        CHECK_NUMBER("later than the one before", 1, c->packets[i].ns > before);
        before = c->packets[i].ns;
    }
    CHECK_NUMBER("not in the future", 1, before <= now);
}

static void check_headers(void)
{
    uint64_t began = now_ns();

    begin_capture();
    send_datagrams(3, 1000);
    const struct capture *c = end_capture();
    CHECK_NUMBER("three, each once", 3, c->n);
    CHECK_NUMBER("none lost", 0, c->lost);
    CHECK_NUMBER("length", HEADERS + 1000, c->packets[0].length);
    CHECK_NUMBER("kept", MOST_HEADERS, c->packets[0].n);
    check_order(c, began);
}

/* Nothing of what was sent in between belongs to the next one. */
static void check_pauses(void)
{
    send_datagrams(5, 10);
    begin_capture();
    CHECK_NUMBER("none", 0, end_capture()->n);
}

static void check_whole(void)
{
    begin_capture();
    send_datagrams(1, 10);
    send_datagrams(2, LARGE);
    send_datagrams(1, 20);
    const struct capture *c = end_capture();
    CHECK_NUMBER("four", 4, c->n);
    CHECK_NUMBER("small", HEADERS + 10, c->packets[0].n);
    CHECK_NUMBER("large", HEADERS + LARGE, c->packets[2].n);
    CHECK_NUMBER("its last byte", (unsigned char)(LARGE - 1),
                 c->packets[2].bytes[HEADERS + LARGE - 1]);
    CHECK_NUMBER("small again", HEADERS + 20, c->packets[3].n);
}

/* More than there is room for, and each one is heard of. */
static void check_loss(size_t many, size_t n)
{
    begin_capture();
    send_datagrams(many, n);
    const struct capture *c = end_capture();
    CHECK_NUMBER("some are lost", 1, c->lost > 0);
    CHECK_NUMBER("all are counted", many, c->n + c->lost);
    begin_capture();
    send_datagrams(1, n);
    c = end_capture();
    CHECK_NUMBER("the next one has room", 1, c->n);
    CHECK_NUMBER("and lost none", 0, c->lost);
}

/* In a process of its own, since it is opened once. */
static int try_kind(bool whole)
{
    enter_world(0);
    if (!has_private_network()) {
        CHECK_NUMBER("refused", 1, open_capture(whole) != NULL);
        printf("skipped: namespaces are refused\n");
        return failures != 0 ? 1 : 77;
    }
    setenv("WORKBOOK_WITHOUT", "capture", 1);
    CHECK_NUMBER("withheld", 1, open_capture(whole) != NULL);
    unsetenv("WORKBOOK_WITHOUT");
    CHECK_TEXT("open", NULL, open_capture(whole));
    CHECK_TEXT("open again", NULL, open_capture(whole));
    if (failures != 0)
        return 1;
    open_pair();
    whole ? check_whole() : check_headers();
    check_pauses();
    check_loss(whole ? 2000 : 50000, whole ? LARGE : 1);
    check_pauses();
    return failures != 0;
}

int main(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        status = try_kind(true);
        fflush(stdout);
        _exit(status);
    }
    waitpid(pid, &status, 0);
    CHECK_NUMBER("whole packets", 0, WEXITSTATUS(status) % 77);
    return try_kind(false);
}
