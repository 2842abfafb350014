/* What the harness promises, tried on a puppet (puppet.c): each fault, each
 * helper, in the case where it must succeed.  How they fail is in failing.c. */
#define _GNU_SOURCE
#include "clock.h"
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAIN READ("self"), HINTS("none", "none", "none")

static const char why[] = "The harness itself is wrong.";

CASE("connect", "a client is accepted, heard and answered", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s = start(text("connect:127.0.0.1:%s", peer_port(lfd)),
                              "send:hello", "recv:10", "end", "recv:10", NULL);
    int fd = peer_accept(lfd, why);

    expect_text(fd, "hello", why);
    peer_send_text(fd, "HELLO");
    expect_end(fd, why);
    peer_close(fd);
    expect_exit(s, 0, why);
    expect_prints(s, "connect 0\nsend 5\nrecv 5 HELLO\nend 0\nrecv 0\n", why);
}

CASE("serve", "a server is called, whatever port it has", PLAIN)
{
    struct subject *s =
        start("listen", "accept", "recv:10", "send:ok", "close", NULL);
    int fd = peer_connect(s);

    peer_send_text(fd, "ping");
    expect_text(fd, "ok", why);
    expect_end(fd, why);
    expect_exit(s, 0, why);
}

CASE("pass", "descriptors are passed both ways, and counted", PLAIN)
{
    struct subject *s = start("stdin", "connect-path:door", "pass-stdin",
                              "take", "take:cloexec", "take", "pause", NULL);
    int lfd = peer_listen(text("%s/door", subject_directory(s)));
    int fds[2];

    if (pipe(fds) == -1)
        skip_case("no pipe");
    feed_text(s, "!");
    int fd = peer_accept(lfd, why);
    struct passed p = peer_take_passed(fd, why);
    expect(p.n == 1 && p.bytes[0] == '!' && p.count == 1, "! and one",
           text("%zu bytes, %zu", p.n, p.count), why);
    expect(count_copies(s, p.fds[0]) == 1, "its stdin",
           text("%d", count_copies(s, p.fds[0])), why);
    peer_pass(fd, "a", 1, fds, 2);
    peer_pass(fd, "b", 1, fds, 1);
    peer_pass(fd, "c", 1, NULL, 0);
    expect_prints(s,
                  "stdin 1 !\nconnect-path 0\npass-stdin 1 !\ntake 2 a\n"
                  "take 1 b\ntake 0 c\n",
                  why);
    expect(count_copies(s, fds[0]) == 3, "3",
           text("%d", count_copies(s, fds[0])), why);
    expect(count_inheritable_copies(s, fds[0]) == 2, "2",
           text("%d", count_inheritable_copies(s, fds[0])), why);
    for (int i = 0; i < 2; i++)
        close(fds[i]);
}

CASE("announce", "a server says where it listens, and is called there", PLAIN)
{
    struct subject *s = start_listening("serve", "accept", "recv:5", NULL);
    int fd = peer_connect(s);

    expect(strcmp(listening_address(s), "127.0.0.1") == 0, "127.0.0.1",
           listening_address(s), why);
    expect(strcmp(peer_caller_port(fd), listening_port(s)) == 0,
           listening_port(s), peer_caller_port(fd), why);
    peer_send_text(fd, "hello");
    expect_exit(s, 0, why);
    expect_prints(s, "accept 0\nrecv 5 hello\n", why);
}

CASE("call-anybody", "peers call any address and learn how it came out", PLAIN)
{
    struct subject *s = start_listening("serve", "stdin", NULL);
    int fd = peer_connect_to("127.0.0.1", listening_port(s));

    expect(fd >= 0, "a connection", text("%d", fd), why);
    expect(strcmp(peer_name(fd), text("127.0.0.1:%s", peer_port(fd))) == 0,
           text("127.0.0.1:%s", peer_port(fd)), peer_name(fd), why);
    fd = peer_connect_to("127.0.0.1", peer_port(peer_refuse("127.0.0.1")));
    expect(fd == -ECONNREFUSED, "ECONNREFUSED", strerror(-fd), why);
    for (int i = 0; i < 6; i++) /* the puppet's backlog is 5, one is there */
        fd = peer_connect_to("127.0.0.1", listening_port(s));
    expect(fd == -ETIMEDOUT, "ETIMEDOUT", strerror(-fd), why);
}

/* 0, or the errno of taking this port of loopback. */
static int take_port(const char *port, bool reuse)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)atoi(port)),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = reuse;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int rc = bind(fd, (struct sockaddr *)&a, sizeof a);
    int error = rc == -1 ? errno : 0;
    close(fd);
    return error;
}

CASE("time-wait", "a port can be left in TIME_WAIT", PLAIN)
{
    const char *port = peer_time_wait("127.0.0.1");

    expect(take_port(port, false) == EADDRINUSE, "EADDRINUSE", "no error", why);
    expect(take_port(port, true) == 0, "no error", "an error", why);
}

CASE("setting", "a private network has settings of its own", PLAIN)
{
    need_setting("net.core.somaxconn", "2");
    struct subject *s = start_listening("serve", "stdin", NULL);

    for (int i = 0; i < 3; i++)
        expect(peer_connect_to("127.0.0.1", listening_port(s)) >= 0,
               "a connection", "none", why);
    int fd = peer_connect_to("127.0.0.1", listening_port(s));
    expect(fd == -ETIMEDOUT, "ETIMEDOUT", text("%d", fd), why);
}

CASE("setting-undone", "the next case has the old settings", PLAIN)
{
    need_private_network();
    struct subject *s = start_listening("serve", "stdin", NULL);

    for (int i = 0; i < 4; i++)
        expect(peer_connect_to("127.0.0.1", listening_port(s)) >= 0,
               "a connection", "none", why);
    expect(!prefer_setting("net.core.no-such-setting", "1"), "a refusal",
           "none", why);
}

CASE("answer", "megabytes go both ways at once", PLAIN)
{
    enum {
        MANY = 12 << 20
    };
    static char bytes[MANY];
    struct subject *s = start_listening("serve", "accept", "echo", NULL);
    int fd = peer_connect(s);

    chance_bytes(bytes, sizeof bytes);
    expect_answer(fd, bytes, sizeof bytes, bytes, sizeof bytes, why);
    peer_end(fd);
    expect_closed(fd, why);
}

static void fill_and_drain(void)
{
    enum {
        MOST = 64 << 20
    };
    static char same[MOST];
    struct subject *s = start_listening("serve", "accept", "echo", NULL);
    int fd = peer_connect(s);
    size_t taken;

    memset(same, 'x', sizeof same);
    taken = peer_fill(fd, same, 4096, MOST);
    expect(taken > 4096 && taken < MOST, "as much as the buffers hold",
           text("%zu bytes", taken), why);
    expect_bytes(fd, same, taken, why);
    peer_end(fd);
    expect_closed(fd, why);
}

CASE("fill",
     "what is sent to nobody's reading comes to an end, and none is lost",
     PLAIN)
{
    fill_and_drain();
}

CASE("fill-small", "what waits for a timer of the kernel's is waited for",
     PLAIN)
{
    need_setting("net.ipv4.tcp_wmem", "4096 4096 4096");
    need_setting("net.ipv4.tcp_rmem", "4096 4096 4096");
    fill_and_drain();
}

CASE("closed-by-reset", "a reset is an end as well", PLAIN)
{
    struct subject *s =
        start_listening("serve", "accept", "stdin", "close", NULL);
    int fd = peer_connect(s);

    peer_send_text(fd, "unread");
    feed_text(s, "go");
    expect_closed(fd, why);
}

CASE("family", "what its children hold, do and become is seen", PLAIN)
{
    struct subject *s =
        start_listening("serve", "fork:900", "exec:/bin/true", "stdin", NULL);

    expect_prints(s, "fork 0\nexec 0\n", why);
    expect(count_listeners(s) == 2, "2", text("%d", count_listeners(s)), why);
    expect(count_sockets_of_all(s) == 2, "2",
           text("%d", count_sockets_of_all(s)), why);
    const struct call_record *r = nth_call(s, CALL_EXEC, 1);
    expect(r != NULL && r->finished && strcmp(r->path, "/bin/true") == 0 &&
               strcmp(r->who, "child 2") == 0,
           "child 2 to become /bin/true", r != NULL ? r->path : "nothing", why);
    expect(count_calls(s, CALL_FORK) == 2, "2",
           text("%zu", count_calls(s, CALL_FORK)), why);
}

CASE("no-fork", "a new process or thread may be refused", PLAIN)
{
    struct subject *s = start("fork:1", "thread", "fork:1", NULL);

    inject_errno(s, CALL_FORK, (struct times){1, 2}, EAGAIN);
    expect_prints(s, "fork EAGAIN\nthread EAGAIN\nfork 0\n", why);
}

/* A program sends, and ends, and nothing of that has come.  False where the
 * machine was slow: what is sent again waits twice as long each time. */
static bool came_late(void)
{
    int lfd = peer_listen("127.0.0.1"), none = 0;
    struct subject *s = start(text("connect:127.0.0.1:%s", peer_port(lfd)),
                              "send:what it left", NULL);

    hold(s, CALL_SEND, NTH(1));
    int fd = peer_accept(lfd, why);
    wait_held(s, why);
    peer_vanish(fd);
    uint64_t sent = now_ns();
    release(s);
    wait_exit(s);
    setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
    if (now_ns() - sent > 100 * NS_PER_MS)
        return false;
    expect_text(fd, "what it left", why);
    expect_end(fd, why);
    return true;
}

CASE("late", "what a program has sent comes, though it has ended", PLAIN)
{
    need_setting("net.ipv4.tcp_rto_min_us", "20000");
    for (int tries = 0; tries < 10; tries++)
        if (came_late())
            return;
    skip_case("this machine is too slow to end a program in time");
}

CASE("orphans", "who is killed in fork() leaves nobody at their birth", PLAIN)
{
    expect_prints(start("kill-breeders:50", NULL), "kill-breeders 50\n", why);
}

CASE("threads", "what a new thread does is seen, whoever has started it", PLAIN)
{
    struct subject *s = start("thread", "thread:4", "thread", "pause", NULL);

    wait_settled(s);
    expect(count_calls(s, CALL_SLEEP) == 8, "8 that sleep",
           text("%zu", count_calls(s, CALL_SLEEP)), why);
}

CASE("newborns", "threads and processes can be held at their birth", PLAIN)
{
    struct subject *s = start("thread", "fork:1", "thread", "pause", NULL);

    hold_newborns(s);
    expect_prints(s, "thread 0\nfork 0\nthread 0\n", why);
    wait_settled(s);
    expect(count_calls(s, CALL_SLEEP) == 1, "1 that sleeps",
           text("%zu", count_calls(s, CALL_SLEEP)), why);
    release(s);
    wait_settled(s);
    expect(count_calls(s, CALL_SLEEP) == 4, "4 that sleep",
           text("%zu", count_calls(s, CALL_SLEEP)), why);
}

CASE("held-after", "a thread can be held when its call is done", PLAIN)
{
    struct subject *s = start("socket", "close", "pause", NULL);

    hold_after(s, CALL_CLOSE, NTH(1));
    wait_held(s, why);
    expect(count_sockets(s) == 0, "no socket", text("%d", count_sockets(s)),
           why);
    expect(strstr(output(s, NULL), "close") == NULL, "it stands still",
           output(s, NULL), why);
    release(s);
    expect_prints(s, "socket 3\nclose 0\n", why);
}

CASE("first-left", "a process is seen, though its first thread has left", PLAIN)
{
    struct subject *s = start("thread", "socket", "leave", NULL);

    expect_prints(s, "thread 0\nsocket 3\n", why);
    wait_settled(s);
    expect(count_sockets(s) == 1, "1", text("%d", count_sockets(s)), why);
    expect(count_descriptors(s) == 4, "4", text("%d", count_descriptors(s)),
           why);
    expect(address_space(s) > 1000000, "a million bytes",
           text("%zu", address_space(s)), why);
}

CASE("address-space", "a thread takes address space", PLAIN)
{
    struct subject *s = start("pause", NULL);
    struct subject *with_thread = start("thread", "pause", NULL);

    wait_settled(s);
    wait_settled(with_thread);
    expect(address_space(with_thread) > address_space(s) + 1000000,
           "a million bytes more",
           text("%zu and %zu", address_space(s), address_space(with_thread)),
           why);
}

CASE("ipv6", "peers speak IPv6", PLAIN)
{
    need_ipv6();
    int lfd = peer_listen("::1");
    struct subject *s =
        start(text("connect:ip6-name:%s", peer_port(lfd)), "send:six", NULL);

    give_hosts(s, "::1 ip6-name\n");
    int fd = peer_accept(lfd, why);
    expect_text(fd, "six", why);
    expect(strcmp(peer_caller(fd), "::1") == 0, "::1", peer_caller(fd), why);
}

CASE("unix-path", "peers listen at a path", PLAIN)
{
    struct subject *s = start("stdin", "connect-path:./door", "send:in", NULL);
    const char *door = text("%s/door", subject_directory(s));
    int lfd = peer_listen(door);

    feed_text(s, "go\n");
    int fd = peer_accept(lfd, why);
    expect_text(fd, "in", why);
}

/* A server at `where`, to which we call by that name and in its place. */
static void expect_served_at(const char *where)
{
    struct subject *s = start(text("serve-at:%s", where), "accept", "caller",
                              "send:hi", "accept", "caller", NULL);
    pid_t pid;

    expect_listening_at(s, where);
    int fd = peer_connect_from(s, where, &pid);
    expect(fd >= 0, "a connection", strerror(-fd), why);
    expect_text(fd, "hi", why);
    expect(pid != getpid(), "another process", "this one", why);
    fd = peer_connect(s);
    expect_exit(s, 0, why);
    expect_prints(s,
                  text("accept 0\ncaller %d %u\nsend 2\n"
                       "accept 0\ncaller %d %u\n",
                       (int)pid, (unsigned)geteuid(), (int)getpid(),
                       (unsigned)geteuid()),
                  why);
    fd = peer_connect_at(s, where);
    expect(fd == -ECONNREFUSED, "a refusal", text("%d", fd), why);
}

CASE("unix-server", "a server is called by path or name, from any process",
     PLAIN)
{
    expect_served_at("./door");
    expect_served_at(text("@%s", chance_word(20)));
    /* As long as a path can be: 107 bytes and a NUL. */
    expect_served_at(text("./%s", chance_word(105)));
}

CASE("unix-neighbours", "others are at a path before the program looks", PLAIN)
{
    mode_t mode;
    struct subject *s =
        start("connect-path:stale", "connect-path:live", "connect-path:other",
              "connect-path:none", "serve-at:stale", "serve-at:mine", NULL);

    leave_stale_path(s, "stale");
    int lfd = peer_listen_at(s, "live", SOCK_STREAM);
    peer_listen_at(s, "other", SOCK_DGRAM);
    uint64_t inode = file_at(s, "stale", &mode);
    expect(inode != 0 && S_ISSOCK(mode), "a socket", text("%o", mode), why);
    expect(file_at(s, "none", &mode) == 0 && mode == 0, "nothing", "a file",
           why);
    peer_accept(lfd, why);
    expect_prints(s,
                  "connect-path ECONNREFUSED\nconnect-path 0\n"
                  "connect-path EPROTOTYPE\nconnect-path ENOENT\n"
                  "serve-at EADDRINUSE\n",
                  why);
    expect_listening_at(s, "mine");
    expect(file_at(s, "mine", NULL) != 0, "a file", "none", why);
}

CASE("umask", "files have the mode that a case wants to allow", PLAIN)
{
    static const mode_t modes[] = {0777, 0755, 0700};
    mode_t mode;

    for (int i = 0; i < 3; i++) {
        if (modes[i] != 0755)
            umask_begins_at(0777 & ~modes[i]);
        struct subject *s = start("serve-at:door", NULL);
        expect_listening_at(s, "door");
        file_at(s, "door", &mode);
        expect((mode & 07777) == modes[i], text("%o", modes[i]),
               text("%o", mode & 07777), why);
    }
}

CASE("unix-queue", "a queue that is full is told, without waiting", PLAIN)
{
    struct subject *s = start("serve-at:door", "stdin", NULL);

    expect_listening_at(s, "door");
    expect(peer_connect_at(s, "door") >= 0, "a connection", "none", why);
    int fd = peer_connect_at(s, "door");
    expect(fd == -EAGAIN, "EAGAIN", text("%d", fd), why);
}

CASE("caller", "a caller is told to be another one", PLAIN)
{
    struct subject *s =
        start("serve-at:door", "accept", "error", "caller", "caller", NULL);

    inject_caller(s, NTH(2), 4711, 4294967294u);
    expect_listening_at(s, "door");
    peer_connect(s);
    expect_exit(s, 0, why);
    expect_prints(s,
                  text("accept 0\nerror 0\ncaller 4711 4294967294\n"
                       "caller %d %u\n",
                       (int)getpid(), (unsigned)geteuid()),
                  why);
}

CASE("datagram", "peers exchange datagrams", PLAIN)
{
    char bytes[16];
    struct sockaddr_storage from;
    size_t fromlen = sizeof from;
    int fd = peer_datagram("127.0.0.1");
    struct subject *s = start(text("ask:%s:hi", peer_port(fd)), NULL);

    size_t n = peer_recv_from(fd, bytes, sizeof bytes, &from, &fromlen, why);
    expect(n == 2 && memcmp(bytes, "hi", 2) == 0, "hi", quoted(bytes, n, 16),
           why);
    peer_send_to(fd, "yo", 2, &from, fromlen);
    expect_prints(s, "ask 2 yo\n", why);
}

CASE("errno", "a call fails with the errno that was armed, and only it", PLAIN)
{
    struct subject *s = start("socket", "socket", "socket", NULL);
    struct fault *f = inject_errno(s, CALL_SOCKET, NTH(2), EMFILE);

    expect_prints(s, "socket 3\nsocket EMFILE\nsocket 4\n", why);
    expect(times_done(f) == 1, "1", text("%d", times_done(f)), why);
}

static bool is_unix(const struct call_record *r, void *data)
{
    (void)data;
    return r->args[0] == AF_UNIX;
}

CASE("only-if", "a fault may choose its calls", PLAIN)
{
    struct subject *s = start("socket", "connect-path:./none", "socket", NULL);

    only_if(inject_errno(s, CALL_SOCKET, ALWAYS, ENOBUFS), is_unix, NULL);
    expect_prints(s, "socket 3\nconnect-path EBADF\nsocket 4\n", why);
}

/* Starts a puppet that connects and then does this; faults are armed before
 * answer() lets it run. */
static struct subject *start_talk(int *lfd, const char *one, const char *two)
{
    *lfd = peer_listen("127.0.0.1");
    return start(text("connect:127.0.0.1:%s", peer_port(*lfd)), one, two, NULL);
}

static int answer(struct subject *s, int lfd)
{
    int fd = peer_accept(lfd, why);

    expect_prints(s, "connect 0\n", why);
    return fd;
}

CASE("short-send", "only so many bytes of a send are taken", PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "send:abcdef", "send:ghi");

    inject_short(s, CALL_SEND, ALWAYS, 4);
    expect_text(answer(s, lfd), "abcdghi", why);
    expect_prints(s, "send 4\nsend 3\n", why);
}

CASE("short-write", "write() on a socket is a send", PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "write:abcdef", "end");

    inject_short(s, CALL_SEND, NTH(1), 2);
    expect_text(answer(s, lfd), "ab", why);
    expect_prints(s, "write 2\n", why);
}

CASE("short-writev", "an array of pieces is cut where it has so many bytes",
     PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "writev:abc:def", "writev::ghijk");

    inject_short(s, CALL_SEND, ALWAYS, 4);
    expect_text(answer(s, lfd), "abcdghij", why);
    expect_prints(s, "writev 4\nwritev 4\n", why);
}

CASE("short-sendmsg", "a message is cut, and left as it was", PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "sendmsg:abcdef", "sendmsg:ghi");

    inject_short(s, CALL_SEND, NTH(1), 5);
    expect_text(answer(s, lfd), "abcdeghi", why);
    expect_prints(s, "sendmsg 5\nsendmsg 3\n", why);
}

CASE("short-recv", "recv() gives less than has come", PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "recv:10", "recv:10");

    inject_short(s, CALL_RECV, NTH(1), 2);
    peer_send_text(answer(s, lfd), "abcdef");
    expect_prints(s, "recv 2 ab\nrecv 4 cdef\n", why);
}

CASE("short-readv", "readv() gives less than has come", PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "readv:4", "readv:4");

    inject_short(s, CALL_RECV, NTH(1), 3);
    peer_send_text(answer(s, lfd), "abcdef");
    expect_prints(s, "readv 3 abc\nreadv 3 def\n", why);
}

CASE("report", "a call that did its work is reported as interrupted", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(lfd)), "send:x", NULL);

    inject_report(s, CALL_CONNECT, NTH(1), EINTR);
    int fd = peer_accept(lfd, why);
    expect_text(fd, "x", why);
    expect_prints(s, "connect EINTR\nsend 1\n", why);
}

CASE("hold", "a held call is made after its release", PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "send:a", "send:b");

    hold(s, CALL_SEND, NTH(2));
    int fd = answer(s, lfd);
    expect_text(fd, "a", why);
    wait_held(s, why);
    release(s);
    expect_text(fd, "b", why);
}

CASE("hold-reset", "a peer that leaves meanwhile is met by the held call",
     PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "recv:10", "recv:10");

    hold(s, CALL_RECV, NTH(1));
    int fd = answer(s, lfd);
    wait_held(s, why);
    peer_reset(fd);
    release(s);
    expect_prints(s, "recv ECONNRESET\n", why);
}

CASE("delay", "a delayed call begins later", PLAIN)
{
    struct subject *s = start("socket", "socket", NULL);

    inject_delay(s, CALL_SOCKET, NTH(2), 20);
    expect_exit(s, 0, why);
    uint64_t first = nth_call(s, CALL_SOCKET, 1)->ended;
    uint64_t second = nth_call(s, CALL_SOCKET, 2)->ended;
    expect(second - first >= 20000000, "20 ms at least",
           text("%llu ns", (unsigned long long)(second - first)), why);
}

CASE("signal", "a signal interrupts a call that waits", PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, text("handle:%d", SIGUSR1), "recv:10");

    inject_signal(s, CALL_RECV, NTH(1), SIGUSR1);
    answer(s, lfd);
    expect_prints(s, "handle 0\nrecv EINTR\n", why);
}

CASE("signal-restart", "with SA_RESTART it is one call, not two", PLAIN)
{
    int lfd;
    struct subject *s =
        start_talk(&lfd, text("handle:%d:restart", SIGUSR1), "recv:10");

    inject_signal(s, CALL_RECV, NTH(1), SIGUSR1);
    int fd = answer(s, lfd);
    wait_blocked(s, CALL_RECV, why);
    peer_send_text(fd, "late");
    expect_prints(s, "handle 0\nrecv 4 late\n", why);
    expect(count_calls(s, CALL_RECV) == 1, "one recv()",
           text("%zu", count_calls(s, CALL_RECV)), why);
}

CASE("signal-before", "a signal before a call interrupts nothing", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(lfd)),
              text("handle:%d", SIGUSR1), "recv:10", "handled", NULL);

    inject_signal_before(s, CALL_RECV, NTH(1), SIGUSR1);
    int fd = answer(s, lfd);
    wait_blocked(s, CALL_RECV, why);
    expect_prints(s, "handle 0\n", why);
    peer_send_text(fd, "late");
    expect_prints(s, "recv 4 late\nhandled 1\n", why);
    expect(count_calls(s, CALL_RECV) == 1, "one recv()",
           text("%zu", count_calls(s, CALL_RECV)), why);
}

CASE("hosts", "names come from the case's own hosts", PLAIN)
{
    int lfd = peer_listen("127.0.0.9");
    struct subject *s =
        start(text("connect:somewhere:%s", peer_port(lfd)), "send:x", NULL);

    give_hosts(s, "127.0.0.9 somewhere\n");
    int fd = peer_accept(lfd, why);
    expect_text(fd, "x", why);
    expect(count_calls(s, CALL_SOCKET) == 1, "one socket, the lookup's aside",
           text("%zu", count_calls(s, CALL_SOCKET)), why);
}

static bool is_called(void *lfd)
{
    return peer_is_called(*(int *)lfd);
}

CASE("is-called", "a waiting caller is seen without being let in", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s =
        start("stdin", text("connect:127.0.0.1:%s", peer_port(lfd)), NULL);

    wait_blocked(s, CALL_READ, why);
    expect(!peer_is_called(lfd), "no caller", "one", why);
    feed_text(s, "go");
    expect(wait_until(is_called, &lfd), "a caller", "none", why);
}

CASE("one-port-twice",
     "one port refuses at one address and answers at "
     "another",
     PLAIN)
{
    int lfd = peer_refuse_and_listen("127.0.0.10", "127.0.0.12");
    const char *port = peer_port(lfd);
    struct subject *s = start(text("connect:127.0.0.10:%s", port),
                              text("connect:127.0.0.12:%s", port), NULL);

    peer_accept(lfd, why);
    expect_prints(s, "connect ECONNREFUSED\nconnect 0\n", why);
}

CASE("own-network", "in a network of its own every port is free", PLAIN)
{
    need_private_network();
    note("has a network of its own");
    int lfd = peer_listen_port("127.0.0.1", "7777");

    expect(strcmp(peer_port(lfd), "7777") == 0, "7777", peer_port(lfd), why);
}

CASE("refuse", "a port where nobody listens refuses", PLAIN)
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(fd)), NULL);

    expect_prints(s, "connect ECONNREFUSED\n", why);
}

CASE("stdin", "stdin is fed, and ended", PLAIN)
{
    struct subject *s = start("stdin", "stdin", NULL);

    feed_text(s, "one");
    expect_prints(s, "stdin 3 one\n", why);
    feed_end(s);
    expect_prints(s, "stdin 0\n", why);
}

CASE("stdin-unread", "a program may end before it is fed", PLAIN)
{
    struct subject *s = start("exit:0", NULL);

    expect_exit(s, 0, why);
    feed_text(s, "too late");
    feed_end(s);
}

CASE("stdin-file", "stdin may be a file", PLAIN)
{
    stdin_from_file("hello", 5);
    struct subject *s = start("stdin", "stdin", NULL);

    expect_exit(s, 0, why);
    expect_prints(s, "stdin 5 hello\nstdin 0\n", why);
}

CASE("left-output", "stdout may be left unread for a while", PLAIN)
{
    struct subject *s = start("print:100000", "print:100000", NULL);

    leave_output(s);
    wait_blocked(s, CALL_WRITE, why);
    take_output(s);
    expect_exit(s, 0, why);
}

CASE("status-flags", "flags of stdin and stdout are seen, also afterwards",
     PLAIN)
{
    struct subject *s = start("nonblock:0", "pause", NULL);

    wait_settled(s);
    expect((status_flags(s, 0) & O_NONBLOCK) != 0, "O_NONBLOCK", "none", why);
    expect((status_flags(s, 1) & O_NONBLOCK) == 0, "none", "O_NONBLOCK", why);
    send_signal(s, SIGKILL);
    expect_exit(s, 128 + SIGKILL, why);
    expect((status_flags(s, 0) & O_NONBLOCK) != 0, "O_NONBLOCK", "none", why);
}

CASE("next-call", "calls are gone through one after another", PLAIN)
{
    struct subject *s = start("socket", "socket", "print:1", "socket", NULL);
    const struct call_record *r = NULL;
    size_t n = 0;

    expect_exit(s, 0, why);
    while ((r = next_call(s, CALL_SOCKET, r)) != NULL)
        expect(r == nth_call(s, CALL_SOCKET, ++n), "the same call", "another",
               why);
    expect(n == 3, "3 calls", text("%zu", n), why);
    expect(next_call(s, CALL_SOCKET, nth_call(s, CALL_SOCKET, 2)) ==
               nth_call(s, CALL_SOCKET, 3),
           "the third call", "another", why);
}

CASE("stdin-flags", "stdin may have status flags from the start", PLAIN)
{
    stdin_with_flags(O_APPEND);
    struct subject *s = start("pause", NULL);
    expect((status_flags(s, 0) & O_APPEND) != 0, "O_APPEND", "none", why);

    stdin_with_flags(O_APPEND);
    s = start("nonblock:0", NULL);
    expect_exit(s, 0, why);
    expect((status_flags(s, 0) & O_APPEND) == 0, "none", "O_APPEND", why);
}

CASE("stdout-flags", "stdout may have status flags from the start", PLAIN)
{
    stdout_with_flags(O_APPEND);
    struct subject *s = start("print:3", "pause", NULL);
    expect((status_flags(s, 1) & O_APPEND) != 0, "O_APPEND", "none", why);

    stdout_with_flags(O_APPEND);
    stdout_to_file();
    s = start("print:3", NULL);
    expect_exit(s, 0, why);
    expect((status_flags(s, 1) & O_APPEND) != 0, "O_APPEND", "none", why);

    s = start("pause", NULL);
    expect((status_flags(s, 1) & O_APPEND) == 0, "none", "O_APPEND", why);
}

CASE("large-stdin", "one read() may get more than a pipe usually holds", PLAIN)
{
    enum {
        SIZE = 200000
    };

    stdin_holds(SIZE);
    struct subject *s = start("stdin", NULL);
    feed(s, calloc(SIZE, 1), SIZE);
    wait_exit(s);
    const struct call_record *r = nth_call(s, CALL_READ, 1);
    if (r->result == 1 << 16)
        skip_case("this system refuses F_SETPIPE_SZ");
    expect(r->result > 1 << 16, "more than 64 KiB", text("%ld", r->result),
           why);
}

CASE("stdout-file", "stdout may be a file, read when it has ended", PLAIN)
{
    stdout_to_file();
    struct subject *s = start("print:100000", "print:3", NULL);
    size_t n;

    expect_exit(s, 0, why);
    output(s, &n);
    expect(n == 100024, "100024 bytes", text("%zu", n), why);
}

CASE("one-stream", "stdin and stdout may be one socket", PLAIN)
{
    stdout_is_stdin();
    struct subject *s = start("stdin", "stdin", "nonblock:0", NULL);

    feed_text(s, "go");
    expect_prints(s, "stdin 2 go\n", why);
    feed_end(s);
    expect_exit(s, 0, why);
    expect_prints(s, "stdin 0\n", why);
    expect((status_flags(s, 1) & O_NONBLOCK) != 0, "O_NONBLOCK", "none", why);
}

CASE("stdout-closed", "stdout may lose its reader", PLAIN)
{
    struct subject *s = start("handle:13", "stdin", NULL);

    wait_blocked(s, CALL_READ, why);
    close_output(s);
    feed_text(s, "go");
    wait_exit(s);
    const struct call_record *r =
        nth_call(s, CALL_WRITE, count_calls(s, CALL_WRITE));
    expect(r->result == -EPIPE, "EPIPE", text("%ld", r->result), why);
}

CASE("vanish", "a host that is gone acknowledges nothing", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(lfd)), "patience:50",
              "stdin", "send:anybody?", "recv:1", NULL);
    int fd = peer_accept(lfd, why);

    peer_vanish(fd);
    feed_text(s, "go");
    expect_exit(s, 0, why);
    expect_prints(s,
                  "connect 0\npatience 0\nstdin 2 go\nsend 8\n"
                  "recv ETIMEDOUT\n",
                  why);
}

CASE("vanished-listener", "a host that is gone answers no call", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");

    peer_vanish(lfd);
    int rc = peer_connect_to("127.0.0.1", peer_port(lfd));
    expect(rc == -ETIMEDOUT, "ETIMEDOUT", text("%d", rc), why);
}

CASE("answer-late", "a call to a host that was gone is answered", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");

    peer_vanish(lfd);
    expect(peer_answer_late(lfd) == -1, "-1", "a socket", why);
    struct subject *s = start(text("connect:127.0.0.1:%s", peer_port(lfd)),
                              "recv:2", "send:you", NULL);
    wait_blocked(s, CALL_CONNECT, why);
    int fd = peer_answer_late(lfd);
    peer_send_text(fd, "me");
    expect_text(fd, "you", why);
    expect_output(s, "connect 0\nrecv 2 me\nsend 3\n", 27, why);
    expect_end(fd, why);
    expect(peer_answer_late(lfd) == -1, "-1", "a socket", why);
}

CASE("unreachable", "a router says that there is no way", PLAIN)
{
    need_private_network();
    int lfd = peer_listen("127.0.0.1");

    peer_vanish(lfd);
    expect(!peer_is_unreachable(lfd), "nobody calls", "a call", why);
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(lfd)), NULL);
    wait_blocked(s, CALL_CONNECT, why);
    expect(peer_is_unreachable(lfd), "a call", "nobody calls", why);
    expect_output(s, "connect EHOSTUNREACH\n", 21, why);
    expect(!peer_is_unreachable(lfd), "nobody calls", "a call", why);
}

CASE("window", "a peer that does not read stops the sender soon", PLAIN)
{
    int lfd = peer_listen("127.0.0.1");
    peer_window(lfd, 4096);
    struct subject *s =
        start(text("connect:127.0.0.1:%s", peer_port(lfd)), "flood", NULL);

    peer_accept(lfd, why);
    wait_blocked(s, CALL_SEND, why);
}

CASE("settled-within", "who makes many calls is told from who is at rest",
     PLAIN)
{
    struct subject *s =
        start("socket", "socket", "socket", "socket", "pause", NULL);

    expect(!wait_settled_within(s, 2), "false", "true", why);
    expect(wait_settled(s), "true", "false", why);
    expect(wait_settled_within(s, 2), "true", "false", why);
}

CASE("without-stdin", "descriptor 0 is free for the first socket", PLAIN)
{
    without_stdin();
    struct subject *s = start("socket", NULL);

    expect_output(s, "socket 0\n", 9, why);
}

CASE("many-descriptors", "the first descriptors are in use", PLAIN)
{
    set_limits((struct limits){.files = 1100});
    descriptors_begin_at(1000);
    struct subject *s = start("socket", "socket", NULL);

    expect_output(s, "socket 1000\nsocket 1001\n", 24, why);
    expect_output(start("socket", NULL), "socket 3\n", 9, why);
}

CASE("complaint", "one line on stderr, and the status", PLAIN)
{
    struct subject *s = start("complain:no such host", "exit:1", NULL);

    expect_complaint(s, "no such host", why);
    expect_exit(s, 1, why);
}

CASE("descriptors", "descriptors and sockets are counted", PLAIN)
{
    struct subject *s = start("socket", "socket", "pause", NULL);

    wait_blocked(s, CALL_SLEEP, why);
    expect(count_sockets(s) == 2, "2", text("%d", count_sockets(s)), why);
    expect(count_descriptors(s) == 5, "5", text("%d", count_descriptors(s)),
           why);
}

CASE("sockets-at-exit", "what was still open at the end is known", PLAIN)
{
    struct subject *s = start("socket", "socket", "close", NULL);

    expect(sockets_at_exit(s) == 1, "1", text("%d", sockets_at_exit(s)), why);
}

CASE("tasks", "threads and children are counted", PLAIN)
{
    struct subject *s = start("thread", "fork:500", "pause", NULL);

    wait_blocked(s, CALL_SLEEP, why);
    expect_prints(s, "thread 0\nfork 0\n", why);
    expect(count_tasks(s) == 3, "3", text("%d", count_tasks(s)), why);
    expect(count_threads(s) == 1, "1", text("%d", count_threads(s)), why);
}

static bool has_zombie(void *s)
{
    return count_zombies(s) == 1;
}

CASE("zombies", "a child that nobody waits for is seen", PLAIN)
{
    struct subject *s = start("fork:1", "pause", NULL);

    expect(wait_until(has_zombie, s), "one zombie",
           text("%d", count_zombies(s)), why);
}

CASE("idle", "a program that waits is idle", PLAIN)
{
    struct subject *s = start("listen", "accept", NULL);

    wait_blocked(s, CALL_ACCEPT, why);
    expect_idle(s, 30, why);
    expect_alive(s, why);
}

CASE("calm", "a program may look again now and then", PLAIN)
{
    struct subject *s = start("sleep:5", "sleep:5:3", "sleep:5:3", "stdin",
                              NULL); /* what it prints is of use */

    expect_prints(s, "sleep 0\n", why);
    expect_calm(s, 50, 4, why);
}

CASE("cpu", "CPU time is counted", PLAIN)
{
    struct subject *s = start("burn:30", "pause", NULL);

    wait_blocked(s, CALL_SLEEP, why);
    expect(cpu_us(s) >= 25000, "30 ms",
           text("%llu us", (unsigned long long)cpu_us(s)), why);
}

CASE("read-until", "the peer reads up to a mark", PLAIN)
{
    int lfd;
    struct subject *s = start_talk(&lfd, "send:GET /\r\n", "send:\r\n");
    const char *head = peer_read_until(answer(s, lfd), "\r\n\r\n", why);

    expect(strcmp(head, "GET /\r\n\r\n") == 0, "the head", head, why);
}

CASE("chance", "random data is random, and made of what it says", PLAIN)
{
    const char *a = chance_word(12), *b = chance_word(12);

    expect(strcmp(a, b) != 0, "two words", a, why);
    expect(strlen(a) == 12 && strspn(a, "abcdefghijklmnopqrstuvwxyz"
                                        "0123456789") == 12,
           "small letters and digits", a, why);
    expect(chance_below(1) == 0, "0", "more", why);
}

CASE("quoting", "bytes are made safe to show", PLAIN)
{
    const char *shown = quoted("a\"\\\n\0\033\xff\xc3\xa9", 9, 20);

    expect(strcmp(shown, "\"a\\\"\\\\\\n\\0\\x1b\\xff\\xc3\\xa9\"") == 0,
           "escapes", shown, why);
}
