/* The checker of labs/01-create/fetch.c: web servers that answer in pieces,
 * too little, too much, or not at all. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char host[] = "host.test";

/* A fetch of /path from a server on this address of host.test. */
struct visit {
    struct subject *s;
    int lfd, fd;
};

static const char call_why[] =
    "The name has this address, and a server listens there.";

/* Starts it; faults are armed before it is let in. */
static struct visit set_out(const char *where)
{
    struct visit v = {.lfd = peer_listen(where)};

    v.s = start(host, peer_port(v.lfd), "/path", NULL);
    give_hosts(v.s, text("%s %s\n", where, host));
    return v;
}

static struct visit let_in(struct visit v)
{
    v.fd = peer_accept(v.lfd, "%s", call_why);
    return v;
}

/* Lets it take what has come, until it waits for more: how is its affair. */
static void let_it_wait(struct visit v)
{
    wait_settled(v.s);
}

static struct visit arrive(const char *where)
{
    return let_in(set_out(where));
}

/* Reads the request, which ends with an empty line. */
static const char *take_request(struct visit v)
{
    return peer_read_until(v.fd, "\r\n\r\n",
                           "A request ends with an empty line: CR LF CR LF "
                           "after its last word.");
}

static const char *head_for(const char *status, size_t length)
{
    return text("HTTP/1.0 %s\r\nServer: checker\r\nContent-Length: %zu\r\n\r\n",
                status, length);
}

/* A whole answer in one piece. */
static void answer(struct visit v, const char *status, const char *body)
{
    take_request(v);
    peer_send_text(v.fd, text("%s%s", head_for(status, strlen(body)), body));
    peer_close(v.fd);
}

static void expect_body(struct visit v, const void *body, size_t n,
                        const char *why)
{
    expect_output(v.s, body, n, "%s", why);
    expect_exit(v.s, 0, "The status is 2xx and the body came whole.");
}

CASE("plain", "a page that comes in one piece is printed",
     READ("one-http-exchange-byte-by-byte"),
     HINTS("The program runs as it is. What does it print?",
           "See recv(2) and fwrite(3).",
           "What follows the head in the buffer is the body's beginning."))
{
    struct visit v = arrive("127.0.0.1");
    const char *body = text("<p>%s</p>\n", chance_word(20));

    answer(v, "200 OK", body);
    expect_body(v, body, strlen(body),
                "This is the body that was sent. Its beginning came with the "
                "head, in the same recv().");
    expect_complaint(v.s, "HTTP/1.0 200 OK",
                     "The status line goes to stderr, so that stdout holds "
                     "the body alone.");
}

CASE("request", "the request is what a server expects",
     READ("one-http-exchange-byte-by-byte"),
     HINTS("What does the first line of a request consist of?",
           "See RFC 1945, section 5.",
           "GET, a space, the path, a space, HTTP/1.0, CR LF; then Host, CR "
           "LF; then CR LF alone."))
{
    struct visit v = arrive("127.0.0.1");
    static const char why[] =
        "A server reads these bytes and nothing else: each line ends in CR "
        "LF, and an empty line ends the request.";

    expect_text(v.fd,
                text("GET /path HTTP/1.0\r\nHost: %s:%s\r\n\r\n", host,
                     peer_port(v.lfd)),
                "%s", why);
    peer_send_text(v.fd, head_for("200 OK", 0));
    peer_end(v.fd);
    expect_body(v, "", 0, "The body is empty.");
    expect_end(v.fd, "%s", why);
}

/* Two addresses; the first one refuses. */
static struct visit arrive_second(const char *first, const char *second)
{
    struct visit v = {.lfd = peer_refuse_and_listen(first, second)};

    v.s = start(host, peer_port(v.lfd), "/path", NULL);
    give_hosts(v.s, text("%s %s\n%s %s\n", first, host, second, host));
    v.fd =
        peer_accept(v.lfd, "The first address of the name refused. That says "
                           "nothing about the second: go on with the next one, "
                           "on a new socket.");
    return v;
}

CASE("next-address", "when an address refuses, the next one is tried",
     READ("every-address-in-turn"),
     HINTS("How many addresses does the name have, and how many are tried?",
           "See ai_next in getaddrinfo(3), and connect(2).",
           "Loop over the list: socket() and connect() for each, close() and "
           "go on when one fails, stop at the first that connects."))
{
    struct visit v = arrive_second("127.0.0.10", "127.0.0.12");

    answer(v, "200 OK", "second");
    expect_body(v, "second", 6, "The second address serves the page.");
}

CASE("failed-closed", "the socket of an address that failed is closed",
     READ("every-address-in-turn"),
     HINTS("How many sockets are open once the program is connected?",
           "See close(2).",
           "close(fd) before the loop goes on to the next address."))
{
    struct visit v = arrive_second("127.0.0.10", "127.0.0.12");

    take_request(v);
    int open = count_sockets(v.s);
    expect(open == 1, "one open socket", text("%d", open),
           "A socket whose connect() failed is still open, and of no use any "
           "more: each address that fails would leave one behind.");
}

CASE("other-family", "a name may have addresses of both families",
     READ("every-address-in-turn"),
     HINTS("For which family is the socket made?",
           "See ai_family in getaddrinfo(3).",
           "socket(ai->ai_family, ...) anew for each address of the list."))
{
    need_ipv6();
    struct visit v = {.lfd = peer_refuse_and_listen("::1", "127.0.0.1")};
    v.s = start(host, peer_port(v.lfd), "/path", NULL);
    give_hosts(v.s, text("::1 %s\n127.0.0.1 %s\n", host, host));
    v.fd = peer_accept(v.lfd, "The name has an IPv6 and an IPv4 address, and "
                              "only one of them is served.");
    answer(v, "200 OK", "four");
    expect_body(v, "four", 4, "The server is at the IPv4 address.");

    v.lfd = peer_refuse_and_listen("127.0.0.1", "::1");
    v.s = start(host, peer_port(v.lfd), "/path", NULL);
    give_hosts(v.s, text("127.0.0.1 %s\n::1 %s\n", host, host));
    v.fd = peer_accept(v.lfd, "The name has an IPv6 and an IPv4 address, and "
                              "only one of them is served.");
    answer(v, "200 OK", "six");
    expect_body(v, "six", 3, "The server is at the IPv6 address.");
}

CASE("no-such-family", "a family that this system lacks is passed over",
     READ("every-address-in-turn"),
     HINTS("What if socket() fails, and not connect()?",
           "See EAFNOSUPPORT in socket(2).",
           "Go on with the next address when socket() says -1, too."))
{
    struct visit v = set_out("127.0.0.12");

    give_hosts(v.s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    inject_errno(v.s, CALL_SOCKET, NTH(1), EAFNOSUPPORT);
    v.fd = peer_accept(v.lfd, "socket() refused the first address with "
                              "EAFNOSUPPORT, as a kernel without IPv6 does. "
                              "The next one may be of another family.");
    answer(v, "200 OK", "x");
    expect_body(v, "x", 1, "The second address serves the page.");
}

CASE("all-refuse", "when no address answers, the last reason is told",
     READ("every-address-in-turn"),
     HINTS("What does errno hold when the loop is over?",
           "See errno(3): any call may change it, close() too.",
           "Save errno before close() and put it back after."))
{
    int fd = peer_refuse("127.0.0.10");
    struct subject *s = start(host, peer_port(fd), "/path", NULL);

    give_hosts(s, text("127.0.0.10 %s\n127.0.0.12 %s\n", host, host));
    inject_errno(s, CALL_CONNECT, NTH(2), ETIMEDOUT);
    expect_exit(s, 1, "Nobody answered.");
    expect_complaint(s, "Connection timed out",
                     "The first address refused, the last one was silent "
                     "until connect() gave up with ETIMEDOUT. Tell that, "
                     "while errno still holds it; and what comes out of the "
                     "loop must be -1, not the number of a closed socket.");
    expect(count_calls(s, CALL_SEND) == 0, "nothing is sent",
           text("%zu calls of send()", count_calls(s, CALL_SEND)),
           "Nobody is connected. A datagram socket says that it is, for "
           "connect() asks nobody there: the list has to be one of stream "
           "sockets.");
}

CASE("head-in-pieces", "the head may be cut anywhere",
     READ("sending-and-reading-until-the-end"),
     HINTS("What if recv() gives half of the head?",
           "recv(2) returns what has come, not what was sent.",
           "Receive behind what is there until CR LF CR LF is among the bytes "
           "so far, wherever the pieces were cut."))
{
    struct visit v = set_out("127.0.0.1");
    const char *head = head_for("200 OK", 4);

    /* One byte at a time to the end of the head: cut at every place. */
    inject_short(v.s, CALL_RECV, (struct times){1, (int)strlen(head)}, 1);
    v = let_in(v);
    answer(v, "200 OK", "body");
    expect_body(v, "body", 4,
                "The head came in pieces, cut everywhere, also inside its "
                "last CR LF CR LF. recv() gives what has arrived: go on until "
                "the head is whole.");
}

CASE("body-in-pieces", "the body may come in any number of pieces",
     READ("sending-and-reading-until-the-end"),
     HINTS("What happens when the body is longer than one recv() gives?",
           "See RETURN VALUE in recv(2).",
           "Write what each recv() gave, as many bytes as it gave, until all "
           "have come or it returns 0."))
{
    char body[64];
    struct visit v = set_out("127.0.0.1");

    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)(i + 1); /* no NUL: that is another case */
    /* After the head one byte at a time, and all of them are there. */
    inject_short(v.s, CALL_RECV, FROM(2), 1);
    v = let_in(v);
    take_request(v);
    peer_send_text(v.fd, head_for("200 OK", sizeof body));
    let_it_wait(v);
    peer_send(v.fd, body, sizeof body);
    expect_body(v, body, sizeof body,
                "The body came one byte at a time, which is as good as all "
                "at once: go on until Content-Length bytes have come.");
}

CASE("any-bytes", "a body may hold NUL bytes",
     READ("sending-and-reading-until-the-end"),
     HINTS("How does the program know how many bytes to write?",
           "fwrite(3) takes a count; printf(3) and strlen(3) stop at a NUL.",
           "fwrite(buf, 1, n, stdout) with the n that recv() returned."))
{
    static const char body[] = "\0a\0\0b\n\0";
    struct visit v = arrive("127.0.0.1");
    const char *head = head_for("200 OK", sizeof body);
    char *all = malloc(strlen(head) + sizeof body);

    memcpy(all, head, strlen(head));
    memcpy(all + strlen(head), body, sizeof body);
    take_request(v);
    peer_send(v.fd, all, strlen(head) + sizeof body);
    free(all);
    expect_body(v, body, sizeof body,
                "The body holds NUL bytes. What recv() gives is bytes and a "
                "count, not a string.");
}

CASE("large-body", "a body of a mebibyte comes whole",
     READ("sending-and-reading-until-the-end"),
     HINTS("How large is your buffer, and how large may a page be?",
           "See RETURN VALUE in recv(2).",
           "Receive into the same buffer again and again; write each piece "
           "before the next."))
{
    static char body[1 << 20];
    struct visit v = arrive("127.0.0.1");

    chance_bytes(body, sizeof body);
    take_request(v);
    peer_send_text(v.fd, head_for("200 OK", sizeof body));
    let_it_wait(v);
    peer_send(v.fd, body, 1000); /* less than any buffer, and not the last */
    let_it_wait(v);
    peer_send(v.fd, body + 1000, sizeof body - 1000);
    expect_body(
        v, body, sizeof body,
        "The body is larger than any buffer: fill one and write it, until "
        "all of it has come.");
}

CASE("exact-length", "the body is as long as Content-Length says",
     READ("one-http-exchange-byte-by-byte"),
     HINTS("When is the body complete, if the server does not close?",
           "See RFC 1945, section 10.4.",
           "Count down from Content-Length and stop at 0; its name may be in "
           "letters of any case."))
{
    static const char why[] =
        "Five bytes were announced and five are the body. The server has not "
        "closed: whoever waits for that waits for ever.";
    struct visit v = arrive("127.0.0.1");

    take_request(v);
    peer_send_text(v.fd, "HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\n\r\n"
                         "12345 and more");
    expect_body(v, "12345", 5, why);

    v = arrive("127.0.0.1");
    take_request(v);
    peer_send_text(v.fd, text("%s123", head_for("200 OK", 5)));
    let_it_wait(v);
    peer_send_text(v.fd, "45 and more");
    expect_body(v, "12345", 5, why);
}

CASE("until-the-end", "without a length the body ends with the stream",
     READ("one-http-exchange-byte-by-byte"),
     HINTS("How does a body end when the head does not say its length?",
           "recv(2): 0 is the end of the stream.",
           "Without Content-Length go on until recv() returns 0; that is a "
           "whole body."))
{
    struct visit v = arrive("127.0.0.1");

    take_request(v);
    peer_send_text(v.fd, "HTTP/1.0 200 OK\r\n\r\nno length ");
    let_it_wait(v);
    peer_send_text(v.fd, "at all");
    peer_close(v.fd);
    expect_body(v, "no length at all", 16,
                "The head names no length, so the body is all that comes "
                "until the server closes.");
}

CASE("cut-short", "a body that is cut short is an error",
     READ("one-http-exchange-byte-by-byte"),
     HINTS("How does the program notice that bytes are missing?",
           "recv(2): 0 before the length is reached.",
           "When recv() returns 0 and bytes are missing, tell it and exit "
           "with status 1."))
{
    struct visit v = arrive("127.0.0.1");

    take_request(v);
    peer_send_text(v.fd, text("%s%s", head_for("200 OK", 10), "1234567"));
    peer_close(v.fd);
    expect_exit(v.s, 1,
                "Ten bytes were announced and seven came. The half of "
                "a page is no page, and the exit status is how a "
                "script learns of it.");
    expect_output(v.s, "1234567", 7, "What came is written all the same.");
}

/* A head of exactly so many bytes. */
static const char *long_head(size_t n)
{
    static const char start[] = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nX: ";

    return text("%s%s\r\n\r\n", start,
                chance_word(n - strlen(start) - strlen("\r\n\r\n")));
}

CASE("long-head", "a head of 16,384 bytes is read, a longer one refused",
     READ("sending-and-reading-until-the-end"),
     HINTS("How long may a head be, and what if it is longer?",
           "The contract at the head of the file has the number.",
           "Never give recv() more than the room that is left, and when none "
           "is left and the head is not whole, tell it."))
{
    struct visit v = arrive("127.0.0.1");

    take_request(v);
    peer_send_text(v.fd, text("%sx", long_head(16384)));
    expect_body(v, "x", 1, "A head of 16,384 bytes is as long as it may be.");

    v = arrive("127.0.0.1");
    take_request(v);
    const char *head = long_head(20000);
    peer_send(v.fd, head, 10000);
    let_it_wait(v);
    peer_send_text(v.fd, head + 10000);
    expect_exit(v.s, 1,
                "Whoever sends a head without end must not get more "
                "of your memory than you meant to give.");
    expect_complaint(v.s, NULL,
                     "A status says that it failed; a sentence on "
                     "stderr says why.");
}

CASE("head-cut-short", "a head that is cut short is an error",
     READ("sending-and-reading-until-the-end"),
     HINTS("What if the server closes before its head is whole?",
           "recv(2): 0 is the end of the stream.",
           "When recv() returns 0 and CR LF CR LF has not come, tell it and "
           "exit with status 1."))
{
    struct visit v = arrive("127.0.0.1");

    take_request(v);
    peer_send_text(v.fd, "HTTP/1.0 200 OK\r\nServer: che");
    peer_close(v.fd);
    expect_exit(v.s, 1,
                "The server closed in the middle of the head: recv() "
                "returns 0, now and for ever, and the empty line never "
                "comes.");
    expect_complaint(v.s, NULL,
                     "A status says that it failed; a sentence on "
                     "stderr says why.");
}

CASE("reset", "a connection that breaks is an error",
     READ("sending-and-reading-until-the-end"),
     HINTS("What does recv() return when the connection breaks?",
           "recv(2): -1, and errno has the reason.",
           "Look at n == -1 before you use n as a count: err(1, \"recv\")."))
{
    struct visit v = arrive("127.0.0.1");

    take_request(v);
    peer_send_text(v.fd, "HTTP/1.0 200 OK\r\n\r\nhalf of ");
    let_it_wait(v);
    peer_reset(v.fd);
    expect_exit(
        v.s, 1,
        "The server's machine broke the connection, and recv() said -1. "
        "That is no count of bytes, and no end of the stream either.");
    expect(strstr(errors(v.s, NULL), "Connection reset") != NULL,
           "a line on stderr that says \"Connection reset by peer\"",
           quoted(errors(v.s, NULL), strlen(errors(v.s, NULL)), 80),
           "errno has the reason: ECONNRESET.");
    expect_output(v.s, "half of ", 8,
                  "What came before is written, and nothing else.");
}

CASE("not-found", "a status that is not 2xx is a failure",
     READ("one-http-exchange-byte-by-byte"),
     HINTS("What does the number in the status line mean?",
           "See RFC 1945, section 6.1.1.",
           "Return 0 for 200 to 299 only; the body is written anyway."))
{
    struct visit v = arrive("127.0.0.1");

    answer(v, "404 Not Found", "no such page\n");
    expect_output(v.s, "no such page\n", 13,
                  "The body of an error is written like any other.");
    expect_exit(v.s, 1, "404 is not among 200 to 299.");
}

CASE("source", "the connection comes from the address that was asked for",
     READ("an-address-to-come-from"),
     HINTS("Which call gives a socket its local address?",
           "See bind(2), called before connect().",
           "bind() the socket to the source address with port 0, then "
           "connect() it."))
{
    struct visit v = {.lfd = peer_listen("127.0.0.1")};
    const char *from = text("127.0.0.%u", 2 + chance_below(200));

    v.s = start("--source", from, host, peer_port(v.lfd), "/path", NULL);
    give_hosts(v.s, text("127.0.0.1 %s\n", host));
    v.fd = peer_accept(v.lfd, "%s", call_why);
    expect(strcmp(peer_caller(v.fd), from) == 0, from, peer_caller(v.fd),
           "Without bind() the kernel chooses the local address.");
    answer(v, "200 OK", "x");
    expect_body(v, "x", 1, "The rest is as without --source.");
}

CASE("source-family", "only addresses of the source's family are tried",
     READ("an-address-to-come-from"),
     HINTS("Can an IPv4 socket call an IPv6 address?",
           "See ai_family in getaddrinfo(3).",
           "Look the host up with the family of the source address."))
{
    need_ipv6();
    struct visit v = {.lfd = peer_listen("127.0.0.1")};

    v.s = start("--source", "127.0.0.3", host, peer_port(v.lfd), "/", NULL);
    give_hosts(v.s, text("::1 %s\n127.0.0.1 %s\n", host, host));
    v.fd = peer_accept(v.lfd, "The source is an IPv4 address, so the IPv4 "
                              "address of the host is the one to call.");
    answer(v, "200 OK", "x");
    expect_body(v, "x", 1, "The rest is as without --source.");
}

CASE("foreign-source", "a source that is not ours is an error",
     READ("an-address-to-come-from"),
     HINTS("What does bind() say to an address of another machine?",
           "See EADDRNOTAVAIL in bind(2).",
           "When bind() says -1, this address has failed like one that "
           "refuses: close the socket and go on."))
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s =
        start("--source", "192.0.2.1", host, peer_port(lfd), "/", NULL);

    give_hosts(s, text("127.0.0.1 %s\n", host));
    expect_exit(s, 1,
                "192.0.2.1 is no address of this machine, so bind() "
                "fails. To connect all the same would be from another "
                "address than was asked for.");
    expect_complaint(s, "Cannot assign requested address",
                     "bind() failed with EADDRNOTAVAIL: say so.");
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start("127.0.0.1", "80", NULL);

    expect_usage(s, "A path is missing.");
}
