/* The checker of labs/10-datagrams/hi-server.c: callers at several ports and
 * addresses, datagrams without a byte and with many, answers that cannot be
 * sent. */
#define _GNU_SOURCE
#include "../05-nonblocking/flags.h"
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum {
    MOST = 512,
    LARGEST = 65507, /* bytes of a datagram over IPv4 */
    IDLE_MS = 30,
    MOST_TRIES = 8
};

static const unsigned char bytes[LARGEST];

static struct subject *serve(void)
{
    return start_bound("127.0.0.1", "0", NULL);
}

/* What is wrong with an answer that is not the greeting, if that is known. */
static const char *explain(const struct datagram *d, const char *want,
                           const char *why)
{
    size_t n = strlen(want);
    size_t same = d->n < n ? d->n : n;

    if (memcmp(d->bytes, want, same) != 0)
        return why;
    if (d->n > n && d->bytes[n] == '\0')
        return "The greeting is there, and a NUL behind it, or all of the "
               "buffer: a datagram is as long as the count that you give to "
               "sendto(), and the NUL of a string is not counted by strlen().";
    if (d->n > n && d->bytes[n] == '\n')
        return "The greeting is there, and a newline behind it: a datagram "
               "needs no sign of its end, and the contract has none.";
    if (d->n < n)
        return "That is the beginning of the greeting. One sendto() is one "
               "datagram: what belongs together goes in one call.";
    return why;
}

/* Why the answer comes from elsewhere. */
static const char *why_from(struct subject *s)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_CONNECT, r)) != NULL)
        if (r->addrlen >= sizeof(sa_family_t) && r->addr[0] == AF_UNSPEC)
            return "connect() with AF_UNSPEC takes back the peer, and with it "
                   "the port, if the kernel has chosen that: bound with port "
                   "0, the socket has none then. A server has no need of "
                   "connect(): sendto() names the caller.";
    return "The answer has to come from where the question went to. A caller "
           "who is connected never hears any other: send it from the socket "
           "that is bound.";
}

/* What to say of a wrong line: it may look at the same datagram for ever. */
static const char *why_line(struct subject *s, const char *why)
{
    const struct call_record *r = NULL;
    bool has_peeked = false;

    while ((r = next_call(s, CALL_RECV, r)) != NULL) {
        if (r->nr != SYS_recvfrom || (r->args[3] & MSG_PEEK) == 0)
            return why;
        has_peeked = true;
    }
    return has_peeked ? "MSG_PEEK leaves the datagram where it is, and the "
                        "next recvfrom() gives it again. Who looks first has "
                        "to receive it afterwards."
                      : why;
}

/* A caller has sent n bytes: that is told, and the caller is greeted. */
static void expect_hi(struct subject *s, int fd, const char *length,
                      const char *why)
{
    const char *where =
        strchr(listening_address(s), ':') != NULL
            ? text("[%s]:%s", listening_address(s), listening_port(s))
            : text("%s:%s", listening_address(s), listening_port(s));
    const char *want = text("hi, %s", peer_name(fd));

    expect_prints(s, text("caller %s, %s\n", peer_name(fd), length), "%s",
                  why_line(s, why));
    const struct datagram *d =
        peer_receive(fd, "The line is there, and no answer. %s", why);
    expect(d->n == strlen(want) && memcmp(d->bytes, want, d->n) == 0,
           quoted(want, strlen(want), 60), quoted(d->bytes, d->n, 60), "%s",
           explain(d, want, why));
    expect(strcmp(d->sender, where) == 0, text("an answer from %s", where),
           text("one from %s", d->sender), "%s", why_from(s));
}

static void call(struct subject *s, int fd, const char *words, const char *why)
{
    size_t n = strlen(words);

    peer_tell(fd, s, words, n);
    expect_hi(s, fd, text("%zu bytes", n), why);
}

/* It goes on with others. */
static void expect_serves(struct subject *s, const char *why)
{
    expect_alive(s, "%s", why);
    call(s, peer_datagram("127.0.0.1"), "hello", why);
}

CASE("usage", "wrong usage ends with status 2", READ("hi-server"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("127.0.0.1", NULL), "PORT is missing.");
}

CASE("listens", "it says where it can be called, and sleeps",
     READ("sendto-and-recvfrom"),
     HINTS("What makes a datagram find your socket?", "See bind(2).",
           "bind(), then getsockname() tells the port; there is no listen()."))
{
    struct subject *s;

    streams_with_flags();
    s = serve();
    wait_settled(s);
    expect_calm(s, IDLE_MS, 4,
                "Nobody calls. There is nothing to do but to sleep in "
                "recvfrom().");
    expect(strcmp(listening_address(s), "127.0.0.1") == 0, "127.0.0.1",
           listening_address(s),
           "HOST says at which address it is called. A server at 0.0.0.0 "
           "hears what comes to all of them, from the network as well, and "
           "its answers come from whichever the kernel chooses.");
    expect_alive(s, "It waits for callers, and never ends by itself.");
    expect_flags_kept(s, "while it serves");
}

CASE("caller", "a caller is told, and greeted by address and port",
     READ("sendto-and-recvfrom"),
     HINTS("Who has sent this datagram?",
           "recvfrom(2) takes a pointer to an address, and one to its length.",
           "recvfrom(fd, buf, n, 0, (struct sockaddr *)&from, &len), with len "
           "= sizeof from before; then sendto() to the same address."))
{
    static const char why[] =
        "There is no connection that would know the other end: recvfrom() "
        "tells with each datagram who has sent it, if you give it room for an "
        "address, and say how much room that is.";
    struct subject *s = serve();
    int fd = peer_datagram("127.0.0.1");

    call(s, fd, "hi", why);
    call(s, fd, "good morning", why);
    peer_tell(fd, s, "a\0b", 3);
    expect_hi(s, fd, "3 bytes",
              "There were 3 bytes, and the second one is a NUL. How long a "
              "datagram is, recvfrom() returns; strlen() tells something "
              "else.");
}

CASE("each-caller", "each caller has an answer of its own",
     READ("whose-address"),
     HINTS("To which address goes the second answer?",
           "Each recvfrom() tells one address: see addrlen in recvfrom(2).",
           "Answer to the address that this recvfrom() has told."))
{
    static const char why[] =
        "Three callers speak in turn, one of them from another address. Each "
        "datagram has its own sender, and the answer goes there.";
    struct subject *s = serve();
    int fds[3] = {peer_datagram("127.0.0.1"), peer_datagram("127.0.0.2"),
                  peer_datagram("127.0.0.1")};

    for (int i = 0; i < 7; i++)
        call(s, fds[i * 2 % 3], "hi", why);
    for (int i = 0; i < 3; i++)
        expect(!peer_is_sent(fds[i]), "one answer to each datagram",
               text("another one to %s", peer_name(fds[i])), "%s", why);
}

CASE("queue", "datagrams that wait together are answered one by one",
     READ("one-for-one"),
     HINTS("Three datagrams wait. What does one recvfrom() give?",
           "See recvfrom(2): a message, whole, and never a second one.",
           "One recvfrom(), one line, one answer; then the next."))
{
    struct subject *s = serve();
    int fds[2] = {peer_datagram("127.0.0.1"), peer_datagram("127.0.0.1")};

    hold(s, CALL_SEND, NTH(1));
    peer_tell(fds[0], s, "one", 3);
    wait_held(s, "It answers the first datagram.");
    peer_tell(fds[1], s, "second", 6);
    peer_tell(fds[0], s, "x", 1);
    release(s);
    expect_hi(s, fds[0], "3 bytes", "This datagram came first.");
    expect_hi(s, fds[1], "6 bytes",
              "This one came while the first one was served. Each of them is "
              "a message with a sender of its own.");
    expect_hi(s, fds[0], "1 bytes", "This one was the third.");
}

CASE("empty", "a datagram without a byte is a datagram",
     READ("an-empty-datagram"),
     HINTS("recvfrom() said 0. What has ended?",
           "See recv(2), on datagram sockets of zero length.",
           "0 is a length like any other: tell and greet."))
{
    static const char why[] =
        "A datagram may hold nothing, and its sender is known all the same. On "
        "a stream 0 is the end; here is no stream, and nothing that could end.";
    struct subject *s = serve();
    int fd = peer_datagram("127.0.0.1");

    call(s, fd, "", why);
    call(s, fd, "", why);
    expect_serves(s, why);
}

CASE("long", "what is longer than 512 bytes is told to be so",
     READ("longer-than-the-buffer"),
     HINTS("600 bytes came, and buf has 512. What does recvfrom() return?",
           "See MSG_TRUNC in recv(2).",
           "With MSG_TRUNC among the flags recvfrom() returns the real length; "
           "or have a buffer that is one byte larger."))
{
    static const char why[] =
        "What a datagram has more than the buffer is thrown away, and "
        "recvfrom() returns the length of what is left as if nothing had "
        "happened; unless it is asked, with MSG_TRUNC, or has room for one "
        "byte more than you need.";
    struct subject *s = serve();
    int fd = peer_datagram("127.0.0.1");

    peer_tell(fd, s, bytes, MOST);
    expect_hi(s, fd, text("%d bytes", MOST),
              "512 bytes are not more than 512 bytes.");
    peer_tell(fd, s, bytes, MOST + 1);
    expect_hi(s, fd, text("more than %d bytes", MOST), why);
    peer_tell(fd, s, bytes, LARGEST);
    expect_hi(s, fd, text("more than %d bytes", MOST), why);
    call(s, fd, "hi", "The rest of a datagram does not come with the next.");
}

CASE("gone", "a caller that has gone hurts nobody",
     READ("errors-that-are-not-yours"),
     HINTS("The answer finds nobody. Whose trouble is that?",
           "See ERRORS in udp(7).", "Go on with the next datagram."))
{
    struct subject *s = serve();
    int fd = peer_datagram("127.0.0.1");
    const char *name = peer_name(fd);

    hold(s, CALL_SEND, NTH(1));
    peer_tell(fd, s, "hi", 2);
    wait_held(s, "It answers the datagram.");
    peer_close(fd);
    release(s);
    expect_prints(s, text("caller %s, 2 bytes\n", name),
                  "It has called; that it has gone since is not known yet.");
    expect_serves(s, "The caller had closed its socket when the answer came. "
                     "Its host says so, and nobody here waits for that.");
}

/* Answers to one caller fail always. */
struct unreachable {
    struct subject *s;
    unsigned char to[16]; /* a struct sockaddr_in */
    struct fault *f;
};

static bool is_to(const struct call_record *r, void *data)
{
    const struct unreachable *u = data;

    return r->addrlen >= 8 && memcmp(r->addr, u->to, 8) == 0;
}

static bool has_insisted(void *data)
{
    const struct unreachable *u = data;

    return times_done(u->f) > MOST_TRIES;
}

CASE("unanswerable", "an answer that cannot be sent hurts nobody else",
     READ("errors-that-are-not-yours"),
     HINTS("sendto() said -1. What of all the other callers?",
           "See ERRORS in sendto(2): most of them are about one address.",
           "warn(), and take the next datagram."))
{
    static const int errors[] = {EPERM, ENETUNREACH, ENOBUFS};
    struct subject *s = serve();
    int fd = peer_datagram("127.0.0.1");

    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        inject_errno(s, CALL_SEND, NTH(1), errors[i]);
        peer_tell(fd, s, "hi", 2);
        expect_prints(s, text("caller %s, 2 bytes\n", peer_name(fd)),
                      "It has called, whatever becomes of the answer.");
        expect_serves(s, text("sendto() said %s: a rule of the network, a way "
                              "that is gone, or a full queue. That concerns "
                              "this answer only.",
                              strerrorname_np(errors[i])));
    }

    struct unreachable u = {.s = s};
    unsigned port = (unsigned)strtoul(peer_port(fd), NULL, 10);
    memcpy(u.to,
           &(struct sockaddr_in){.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(0x7f000001)},
           sizeof u.to);
    u.f = inject_errno(s, CALL_SEND, ALWAYS, EPERM);
    only_if(u.f, is_to, &u);
    peer_tell(fd, s, "hi", 2);
    expect_prints(s, text("caller %s, 2 bytes\n", peer_name(fd)),
                  "It has called, whatever becomes of the answer.");
    wait_settled_within(s, 4 * MOST_TRIES);
    expect(!has_insisted(&u), "the next caller served",
           text("%d attempts to answer this one", times_done(u.f)),
           "sendto() says EPERM, and will say so as long as the rule is there. "
           "Whoever tries until it works serves nobody else.");
    expect_serves(s, "An answer that never goes out holds nobody up.");
}

static bool is_reuseport(const struct call_record *r)
{
    return r->args[1] == SOL_SOCKET && r->args[2] == SO_REUSEPORT;
}

static const char *why_taken(struct subject *s)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_SETSOCKOPT, r)) != NULL)
        if (is_reuseport(r))
            return "Another server has this port. With SO_REUSEPORT two of the "
                   "same user share it, and the callers are divided among "
                   "them: that is for those who mean it.";
    return "Another server has this port. With SO_REUSEADDR, which on a TCP "
           "server helps against TIME_WAIT, two UDP sockets may have the same "
           "port: the newer one takes all datagrams away from the older, and "
           "nobody is told.";
}

CASE("taken", "a port that another server has is an error",
     READ("sendto-and-recvfrom"),
     HINTS("Two servers at one port: who gets the datagrams?",
           "See SO_REUSEADDR in socket(7): what it does depends on the type.",
           "No SO_REUSEADDR: there is no TIME_WAIT here that it would help "
           "against."))
{
    struct subject *s = serve();
    struct subject *second = start("127.0.0.1", listening_port(s), NULL);

    wait_settled(second);
    expect_exit(second, 1, "%s", why_taken(second));
    expect_output(second, "", 0, "It listens nowhere.");
    expect_complaint(second, "Address already in use",
                     "The reason is told on stderr.");
}

CASE("next-address", "the first address that can be bound is taken",
     READ("hi-server"),
     HINTS("HOST may have several addresses. Which is bound?", "See bind(2).",
           "Try each of the list; close the socket of one that fails."))
{
    int twin, fd = peer_datagram_twins("127.0.0.10", "127.0.0.12", &twin);
    const char *port = peer_port(fd);

    peer_close(twin);
    struct subject *s = start("many.example", port, NULL);
    give_hosts(s, "127.0.0.10 many.example\n127.0.0.12 many.example\n");
    expect_prints(s, text("listening on 127.0.0.12:%s\n", port),
                  "The first address of the name has another socket at this "
                  "port; the second one is free.");
    wait_settled(s);
    expect(count_sockets(s) == 1, "one open socket",
           text("%d", count_sockets(s)),
           "The address that could not be bound has left its socket open.");
}

CASE("ipv6", "over IPv6 it is the same", READ("hi-server"),
     HINTS("How large is an address?", "See sockaddr_storage in socket(7).",
           "Take struct sockaddr_storage, and getnameinfo(); brackets around "
           "an IPv6 address."))
{
    struct subject *s;

    need_ipv6();
    s = start_bound("::1", "0", NULL);
    call(s, peer_datagram("::1"), "hi",
         "An address of IPv6 is longer, and has brackets where a port "
         "follows.");
}

CASE("every-call", "no interruption changes anything", READ("hi-server"),
     EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    static const char why[] =
        "A call was interrupted by a signal. Nothing is lost by that: make it "
        "again, with the length of the address as at first.";
    struct subject *s = serve();
    int fd = peer_datagram("127.0.0.1");

    call(s, fd, "hi", why);
    call(s, fd, "", why);
    call(s, peer_datagram("127.0.0.2"), "hi", why);
}
