/* The checker of labs/01-create/upper-client.c: a server that turns small
 * letters into capitals, and sometimes does not. */
#define _GNU_SOURCE
#include "harness.h"

#include <string.h>

/* A client of this server, and our end of its connection. */
struct pair {
    struct subject *s;
    int fd;
};

static struct pair meet(const char *where)
{
    int lfd = peer_listen(where);
    struct pair p = {.s = start(where, peer_port(lfd), NULL)};

    p.fd = peer_accept(lfd, "A client's socket is joined to its server by "
                            "connect(), with the address and the length that "
                            "getaddrinfo() gave.");
    return p;
}

static const char *upper(const char *line)
{
    char *u = strdup(line);

    for (char *c = u; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return u;
}

/* One line there and back. */
static void exchange(struct pair p, const char *line, const char *why)
{
    feed_text(p.s, line);
    expect_text(p.fd, line, "%s", why);
    peer_send_text(p.fd, upper(line));
    expect_prints(p.s, upper(line),
                  "What came back is printed at once, before the next line is "
                  "read: a person may be waiting for it.");
}

static const char *word_line(void)
{
    return text("%s\n", chance_word(4 + chance_below(12)));
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start("127.0.0.1", NULL);

    expect_usage(s, "Without exactly two arguments there is nothing to do.");
}

CASE("one-line", "a line goes out, and what comes back is printed",
     READ("connecting"),
     HINTS("To whom is the socket connected when the first line is sent?",
           "See connect(2): a descriptor, an address and its length.",
           "connect(fd, ai->ai_addr, ai->ai_addrlen), and -1 means that errno "
           "has the reason."))
{
    struct pair p = meet("127.0.0.1");

    exchange(p, word_line(),
             "The line goes out as it was read, with its "
             "newline.");
}

CASE("both-ends", "it says who is connected with whom",
     READ("the-two-addresses-of-a-client"),
     HINTS("Which end is yours, and which is the server's?",
           "See getsockname(2) and getpeername(2).",
           "getsockname() tells your own end, getpeername() the other one."))
{
    /* Two addresses that differ: it calls 127.0.0.2 from 127.0.0.1. */
    int lfd = peer_listen("127.0.0.2");
    const char *port = peer_port(lfd);
    struct subject *s = start("127.0.0.2", port, NULL);
    int fd = peer_accept(lfd, "A client begins with connect().");

    feed_end(s);
    expect_exit(s, 0, "No line, no work: the end of stdin is a good end.");
    const char *want = text("connected from %s:%s to 127.0.0.2:%s\n",
                            peer_caller(fd), peer_caller_port(fd), port);
    expect(strstr(errors(s, NULL), want) != NULL,
           quoted(want, strlen(want), 80),
           quoted(errors(s, NULL), strlen(errors(s, NULL)), 80),
           "The kernel chose your port when you connected; the server sees "
           "the same two addresses, the other way round.");
}

CASE("no-server", "a server that is not there is told, with the reason",
     READ("connecting"),
     HINTS("What does connect() return when nobody listens?",
           "See connect(2): ECONNREFUSED.",
           "When connect() returns -1, the function returns -1 with errno as "
           "connect() left it."))
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s = start("127.0.0.1", peer_port(fd), NULL);

    expect_exit(s, 1, "Nobody listens there, so there is nobody to talk to.");
    expect_complaint(s, "Connection refused",
                     "connect() failed with ECONNREFUSED. Say so while errno "
                     "still holds it: close() and others may change it.");
}

CASE("each-line", "line after line, until stdin ends",
     READ("sending-and-reading-until-the-end"),
     HINTS("What happens after the first line?", "See getline(3).",
           "while ((n = getline(&line, &size, stdin)) != -1)"))
{
    struct pair p = meet("127.0.0.1");

    for (int i = 0; i < 3; i++)
        exchange(p, word_line(), "Each line of stdin goes out in turn.");
    feed_end(p.s);
    expect_end(p.fd, "At the end of stdin the client has nothing more to say "
                     "and closes.");
    expect_exit(p.s, 0, "The end of stdin is a good end.");
}

CASE("empty-line", "an empty line is sent as a newline",
     READ("sending-and-reading-until-the-end"),
     HINTS("What arrives at the server when you press Enter on an empty line?",
           "See send(2), and think of a length of 0.",
           "Send the newline with the line: then an empty line is one byte."))
{
    struct pair p = meet("127.0.0.1");

    exchange(p, "\n",
             "An empty line is one byte, its newline. Sending "
             "nothing sends nothing, and the server would wait for "
             "ever.");
    exchange(p, word_line(), "After an empty line the next one follows.");
}

CASE("last-line", "a last line without a newline is sent with one",
     READ("sending-and-reading-until-the-end"),
     HINTS("What does getline() give when stdin ends in the middle of a line?",
           "See getline(3).",
           "When the last byte is no newline, put one behind it before you "
           "send."))
{
    struct pair p = meet("127.0.0.1");
    const char *line = chance_word(9);

    feed_text(p.s, line);
    feed_end(p.s);
    expect_text(p.fd, text("%s\n", line),
                "The server answers whole lines. Without the newline it waits "
                "for the rest, and the client waits for the server.");
    peer_send_text(p.fd, text("%s\n", upper(line)));
    expect_exit(p.s, 0, "All was sent and all was answered.");
    expect_prints(p.s, text("%s\n", upper(line)),
                  "The answer to the last line is printed as well.");
}

CASE("any-bytes", "a line may hold any bytes",
     READ("sending-and-reading-until-the-end"),
     HINTS("How does the program know how long a line is?",
           "getline(3) returns the length; strlen(3) stops at the first NUL.",
           "Send as many bytes as getline() returned, and print as many as "
           "recv() returned."))
{
    static const char line[] = "a\0b\xff\n", answer[] = "A\0B\xff\n";
    struct pair p = meet("127.0.0.1");

    feed(p.s, line, sizeof line - 1);
    expect_bytes(p.fd, line, sizeof line - 1,
                 "The line holds a NUL. Its length is what getline() "
                 "returned; strlen() counts to the NUL only.");
    peer_send(p.fd, answer, sizeof answer - 1);
    feed(p.s, line, 3);
    feed_end(p.s);
    expect_bytes(p.fd, "a\0b\n", 4,
                 "The last line holds a NUL and has no newline. The newline "
                 "belongs behind its last byte, where strcat() does not find "
                 "it.");
    peer_send(p.fd, "A\0B\n", 4);
    expect_exit(p.s, 0, "All was sent and all was answered.");
    expect_output(p.s, "A\0B\xff\nA\0B\n", 9,
                  "The answer holds a NUL. recv() does not end its bytes with "
                  "a NUL and does not count them for you: it returns how many "
                  "there are.");
}

CASE("long-line", "a line may be longer than any buffer",
     READ("sending-and-reading-until-the-end"),
     HINTS("How long may a line be?",
           "See getline(3): it makes room for as much as there is.",
           "Let getline() hold the line, and send all of its bytes."))
{
    struct pair p = meet("127.0.0.1");
    const char *line = text("%s\n", chance_word(100000));

    exchange(p, line, "The line has 100,001 bytes and goes out whole.");
}

CASE("server-leaves", "a server that ends too early is an error",
     READ("sending-and-reading-until-the-end"),
     HINTS("What does recv() return when the server has closed?",
           "See RETURN VALUE in recv(2).",
           "0 is the end of the stream: tell it, and exit with status 1."))
{
    struct pair p = meet("127.0.0.1");

    feed_text(p.s, "hello\n");
    expect_text(p.fd, "hello\n", "The line goes out as it was read.");
    peer_close(p.fd);
    expect_exit(p.s, 1,
                "The line was never answered: the server closed, so "
                "recv() returned 0. That is no answer, and no "
                "success.");
    expect(strchr(errors(p.s, NULL), '\n') != NULL &&
               strlen(strchr(errors(p.s, NULL), '\n')) > 1,
           "a second line on stderr, which tells that",
           quoted(errors(p.s, NULL), strlen(errors(p.s, NULL)), 80),
           "A status says that it failed; a sentence on stderr says why.");
    expect(strstr(errors(p.s, NULL), ": Success") == NULL,
           "the reason on stderr", "Success",
           "recv() returned 0, which is no error: errno was not set. Say in "
           "your own words that the server has ended.");
}

CASE("ipv6", "a server may have an IPv6 address", READ("connecting"),
     HINTS("Where does the program name a family or a length of an address?",
           "See struct addrinfo in getaddrinfo(3).",
           "Family, address and length all come from the list: ai->ai_family, "
           "ai->ai_addr, ai->ai_addrlen."))
{
    need_ipv6();
    struct pair p = meet("::1");

    exchange(p, word_line(), "IPv6 differs in the address only.");
    feed_end(p.s);
    expect_exit(p.s, 0, "The end of stdin is a good end.");
}
