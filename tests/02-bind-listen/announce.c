/* The checker of announce: it listens where it was told and nowhere else,
 * says so truly, starts again at once, and tells why it cannot. */
#include "harness.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
    CALLERS = 3, /* more than a backlog of 1 lets in */
    WINDOW_MS = 50
};

/* A sentence about how a call has come out, for a verdict. */
static const char *outcome(int rc)
{
    return rc >= 0 ? "a connection" : strerror(-rc);
}

static void expect_connected(const char *address, const char *port,
                             const char *why)
{
    int rc = peer_connect_to(address, port);

    expect(rc >= 0, text("a connection to %s port %s", address, port),
           outcome(rc), "%s", why);
}

static void expect_refused(const char *address, const char *port,
                           const char *why)
{
    int rc = peer_connect_to(address, port);

    expect(rc == -ECONNREFUSED, text("%s port %s refuses", address, port),
           outcome(rc), "%s", why);
}

/* It ends with status 1 and one sentence that has all these parts. */
static void expect_sentence(struct subject *s, const char *host,
                            const char *port, const char *reason,
                            const char *why)
{
    expect_exit(s, 1, "%s", why);
    expect_complaint(s, reason,
                     "%s Say it with the reason, as strerror() has "
                     "it: err() does.",
                     why);
    expect_complaint(s, host,
                     "%s Which host? The one who reads the sentence "
                     "may have started ten servers.",
                     why);
    expect_complaint(s, port,
                     "%s Which port? The one who reads the sentence "
                     "may have started ten servers.",
                     why);
    expect(*output(s, NULL) == '\0', "nothing on stdout",
           quoted(output(s, NULL), strlen(output(s, NULL)), 60),
           "It does not listen, so it must not say that it does.");
}

CASE("usage", "wrong usage ends with status 2", READ("announce"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start("127.0.0.1", NULL);

    expect_usage(s, "A port is missing.");
    s = start("--backlog", "many", "127.0.0.1", "0", NULL);
    expect_exit(s, 2, "A backlog is a number.");
}

CASE("bad-port", "a port is a number from 0 to 65535, and nothing else",
     READ("reading-a-port"),
     HINTS("What does getaddrinfo() take for a port?",
           "is_number() stands at the head of the file.",
           "Refuse the port before anybody else sees it."))
{
    static const char *const bad[] = {"65536", "+0", "http", ""};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct subject *s = start("127.0.0.1", bad[i], NULL);

        expect_exit(s, 1,
                    "A server that takes \"%s\" for a port listens "
                    "where nobody will look.",
                    bad[i]);
        expect_complaint(s, bad[i], "Say which word is not a port.");
    }
}

CASE("says-where", "it says where it listens, at once and truly",
     READ("saying-where-you-are"),
     HINTS("Where is a line that was printed into a pipe?",
           "See setvbuf(3) and fflush(3).",
           "fflush(stdout) behind the printf(), which comes after listen()."))
{
    struct subject *s = start_listening("127.0.0.1", "0", NULL);

    peer_connect(s);
    expect(strcmp(listening_address(s), "127.0.0.1") == 0, "127.0.0.1",
           listening_address(s),
           "The address to listen at is the one that "
           "was asked for.");
    wait_settled(s);
    expect_idle(s, WINDOW_MS, "It serves nobody: until stdin ends it waits.");
    feed_end(s);
    expect_exit(s, 0, "The end of stdin is a good end.");
    const char *line = text("listening on 127.0.0.1:%s\n", listening_port(s));
    expect_output(s, line, strlen(line), "One line, once.");
}

CASE("given-port", "a given port is taken", READ("bind"),
     HINTS("What does bind() get?", "See getaddrinfo(3): ai_addr has both.",
           "bind(fd, ai->ai_addr, ai->ai_addrlen)"))
{
    need_private_network(); /* where it is sure to be free */
    struct subject *s = start_listening("127.0.0.1", "7000", NULL);

    expect(strcmp(listening_port(s), "7000") == 0, "port 7000",
           listening_port(s),
           "The port was asked for in digits; in memory it stands in network "
           "byte order, both on the way in and on the way out.");
    expect_connected("127.0.0.1", "7000", "Callers know this port.");
}

CASE("only-there", "who calls another address is refused",
     READ("one-address-loopback-or-any"),
     HINTS("Which addresses are this machine's?",
           "127.0.0.2 is loopback as well, and another address.",
           "Bind the address of HOST, not INADDR_ANY."))
{
    struct subject *s = start_listening("127.0.0.1", "0", NULL);
    const char *port = listening_port(s);

    expect_connected("127.0.0.1", port, "This is where it listens.");
    expect_refused("127.0.0.2", port,
                   "It was told to listen at 127.0.0.1. A server that is "
                   "bound to any address is called from everywhere, also "
                   "from where its owner does not know of.");
}

CASE("any", "with --any it is called at every address",
     READ("both-families-with-one-socket"),
     HINTS("Which one address means all of them?",
           "See in6addr_any and IPV6_V6ONLY in ipv6(7).",
           "Bind :: with IPV6_V6ONLY off: IPv4 callers come in as well."))
{
    need_ipv6();
    struct subject *s = start_listening("--any", "0", NULL);
    const char *port = listening_port(s);

    expect_connected("::1", port, "Any address includes those of IPv6.");
    expect_connected("127.0.0.1", port,
                     "With IPV6_V6ONLY off, a socket that is bound to :: "
                     "takes IPv4 callers too.");
    expect_connected("127.0.0.2", port, "Any address is every address.");
}

static bool is_ipv6(const struct call_record *r, void *data)
{
    (void)data;
    return r->args[0] == AF_INET6;
}

/* The address that bind() got. */
static bool is_at_ipv6(const struct call_record *r, void *data)
{
    const struct sockaddr *addr = (const struct sockaddr *)r->addr;

    (void)data;
    return r->addrlen > 0 && addr->sa_family == AF_INET6;
}

static void expect_any_of_ipv4(struct subject *s, const char *reason)
{
    peer_connect(s);
    expect_connected("127.0.0.2", listening_port(s),
                     text("There is no IPv6 on this machine: %s 0.0.0.0 is "
                          "every address of IPv4.",
                          reason));
    expect_prints(s, text("listening on 0.0.0.0:%s\n", listening_port(s)),
                  "It says where it listens.");
}

CASE("no-ipv6", "without IPv6, --any is every address of IPv4",
     READ("both-families-with-one-socket"),
     HINTS("What does socket() say where there is no IPv6?",
           "EAFNOSUPPORT, or bind() says EADDRNOTAVAIL.",
           "On these two try once more with 0.0.0.0."))
{
    struct subject *s = start("--any", "0", NULL);

    only_if(inject_errno(s, CALL_SOCKET, ALWAYS, EAFNOSUPPORT), is_ipv6, NULL);
    expect_any_of_ipv4(s, "socket() said EAFNOSUPPORT.");
    s = start("--any", "0", NULL);
    only_if(inject_errno(s, CALL_BIND, ALWAYS, EADDRNOTAVAIL), is_at_ipv6,
            NULL);
    expect_any_of_ipv4(s, "bind() said EADDRNOTAVAIL.");
}

CASE("any-taken", "if :: is taken, half of the addresses will not do",
     READ("both-families-with-one-socket"),
     HINTS("Which errors mean that there is no IPv6?",
           "EAFNOSUPPORT and EADDRNOTAVAIL; EADDRINUSE means another thing.",
           "Try 0.0.0.0 after these two errors only."))
{
    struct subject *s = start("--any", "7000", NULL);

    inject_errno(s, CALL_BIND, NTH(1), EADDRINUSE);
    expect_sentence(s, "--any", "7000", "Address already in use",
                    "Somebody listens at :: already. A server that is at "
                    "0.0.0.0 instead is not at every address, and nobody was "
                    "told.");
}

CASE("any-always", "--any means both families, whatever the system's setting",
     READ("both-families-with-one-socket"),
     HINTS("Who decides whether an IPv6 socket is called by IPv4?",
           "See IPV6_V6ONLY in ipv6(7): bindv6only is only its default.",
           "Set IPV6_V6ONLY to 0, before bind()."))
{
    need_ipv6();
    need_setting("net.ipv6.bindv6only", "1");
    struct subject *s = start_listening("--any", "0", NULL);

    expect_connected("127.0.0.1", listening_port(s),
                     "Here net.ipv6.bindv6only is 1: a socket that does not "
                     "set IPV6_V6ONLY off before bind() takes IPv6 callers "
                     "only.");
}

CASE("ipv6", "an IPv6 address is bound, and printed in brackets",
     READ("what-an-address-is-made-of"),
     HINTS("How long is an address?", "See ai_addrlen in getaddrinfo(3).",
           "Pass ai->ai_addrlen, and print [ADDR]:PORT."))
{
    need_ipv6();
    struct subject *s = start_listening("::1", "0", NULL);

    expect_connected("::1", listening_port(s), "This is where it listens.");
    expect_refused("127.0.0.1", listening_port(s),
                   "::1 is one address, and 127.0.0.1 another.");
}

CASE("next-address", "the first address that can be bound is taken",
     READ("bind"),
     HINTS("How many addresses does a name have?",
           "getaddrinfo() gives a list.",
           "Walk along the list until listen_at() does not return -1."))
{
    need_private_network(); /* where the port is free at the second one */
    const char *port = peer_port(peer_refuse("127.0.0.2"));
    struct subject *s = start("host.test", port, NULL);

    give_hosts(s, "127.0.0.2 host.test\n127.0.0.3 host.test\n");
    expect_prints(s, text("listening on 127.0.0.3:%s\n", port),
                  "host.test has two addresses, and the port is taken at the "
                  "first (EADDRINUSE). Try the next.");
    peer_connect(s);
    int n = count_sockets(s); /* none, if a child of it has the listener */
    expect(n <= 1, "one socket", text("%d", n),
           "The socket that could not be bound is of no use: close it.");
}

CASE("last-reason", "when no address will do, the last one's reason is told",
     READ("bind"),
     HINTS("Which error is told, when there were several?",
           "errno is overwritten by each call that fails.",
           "Keep errno of the last listen_at() until err()."))
{
    struct subject *s = start("host.test", "7000", NULL);

    give_hosts(s, "127.0.0.2 host.test\n127.0.0.3 host.test\n");
    inject_errno(s, CALL_BIND, NTH(1), EADDRINUSE);
    inject_errno(s, CALL_BIND, NTH(2), EACCES);
    expect_sentence(s, "host.test", "7000", "Permission denied",
                    "host.test has two addresses. The first is in use, the "
                    "second is not permitted: that is the last word.");
}

CASE("time-wait", "a port is taken while an old connection lingers there",
     READ("starting-again-at-once"),
     HINTS("Who has the port, when nobody listens?",
           "See SO_REUSEADDR in socket(7).",
           "setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) "
           "before bind()."))
{
    const char *port = peer_time_wait("127.0.0.1");
    struct subject *s = start("127.0.0.1", port, NULL);

    expect_prints(s, text("listening on 127.0.0.1:%s\n", port),
                  "Nobody listens at this port, but a connection that has "
                  "ended lingers there in TIME_WAIT. With SO_REUSEADDR set "
                  "before it, bind() looks past that.");
    expect_connected("127.0.0.1", port, "It has started again at once.");
}

CASE("in-use", "a port on which somebody listens is not shared",
     READ("both-must-have-said-so"),
     HINTS("What do two listeners at one port do with a caller?",
           "SO_REUSEADDR does not permit them, SO_REUSEPORT does.",
           "Set SO_REUSEADDR only, and look at what bind() and listen() "
           "return."))
{
    struct subject *first = start_listening("127.0.0.1", "0", NULL);
    const char *port = listening_port(first);
    struct subject *second = start("127.0.0.1", port, NULL);

    expect_sentence(second, "127.0.0.1", port, "Address already in use",
                    "The first copy listens there. The second must not get "
                    "half of its callers, and must not believe that it "
                    "listens.");
}

CASE("not-ours", "an address of another machine is told",
     READ("when-bind-fails"),
     HINTS("What does bind() say of a foreign address?", "EADDRNOTAVAIL.",
           "When no address of the list could be bound, err() with host and "
           "port."))
{
    struct subject *s = start("192.0.2.1", "7000", NULL);

    expect_sentence(s, "192.0.2.1", "7000", "Cannot assign requested address",
                    "192.0.2.1 is not an address of this machine.");
}

CASE("privileged", "a port that is not permitted is told",
     READ("numbers-that-are-not-yours"),
     HINTS("Who may bind port 80?", "EACCES: see ip(7).",
           "It is an error of bind() like any other: tell host, port and "
           "reason."))
{
    need_private_network(); /* there the program has no privilege */
    struct subject *s = start("127.0.0.1", "80", NULL);

    expect_sentence(s, "127.0.0.1", "80", "Permission denied",
                    "Ports below 1024 need a privilege.");
}

CASE("no-name", "a name that nobody knows is told", READ("when-bind-fails"),
     HINTS("Who says that a name is unknown?", "gai_strerror(3).",
           "errx(1, \"%s port %s: %s\", host, port, gai_strerror(rc))"))
{
    struct subject *s = start("nowhere.test", "7000", NULL);

    give_hosts(s, "127.0.0.1 host.test\n");
    expect_exit(s, 1, "There is no address to listen at.");
    expect_complaint(s, "nowhere.test", "Say which name is unknown.");
}

CASE("listen-fails", "an error of listen() is told, too", READ("listen"),
     HINTS("Can listen() fail?", "See ERRORS in listen(2).",
           "Test it for -1 as bind() is tested, and close the socket."))
{
    struct subject *s = start("127.0.0.1", "7000", NULL);

    inject_errno(s, CALL_LISTEN, ALWAYS, EADDRINUSE);
    expect_sentence(s, "127.0.0.1", "7000", "Address already in use",
                    "listen() said that another socket listens at this port "
                    "by now. Whoever does not look waits for callers who "
                    "never come.");
}

/* How many of some callers are connected, before anybody accepts. */
static int count_let_in(struct subject *s)
{
    int n = 0;

    while (n < CALLERS && peer_connect_to("127.0.0.1", listening_port(s)) >= 0)
        n++;
    return n;
}

CASE("backlog", "the backlog is what was asked for, or the most there is",
     READ("what-the-backlog-counts"),
     HINTS("How many may wait?", "See listen(2).",
           "listen(fd, backlog), with SOMAXCONN when no number was given."))
{
    int few =
        count_let_in(start_listening("--backlog", "1", "127.0.0.1", "0", NULL));
    int one =
        count_let_in(start_listening("--backlog", "0", "--any", "0", NULL));
    int many = count_let_in(start_listening("127.0.0.1", "0", NULL));

    expect(few == 2, "2 of 3 callers connected",
           text("%d of 3 callers connected", few),
           "With --backlog 1 the queue holds one caller, and one more; the "
           "third is not heard.");
    expect(one == 1, "1 of 3 callers connected",
           text("%d of 3 callers connected", one),
           "--backlog 0 is a number like any other, with --any too: the queue "
           "holds one caller.");
    expect(many == CALLERS, "3 of 3 callers connected",
           text("%d of 3 callers connected", many),
           "Without --backlog the queue is as long as the system permits.");
}
