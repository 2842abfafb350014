/* The checker of upper: one caller after the other is answered in capitals,
 * whatever the callers before have done. */
#include "clients.h"
#include "harness.h"

#include <errno.h>

CASE("usage", "wrong usage ends with status 2", READ("upper"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start("127.0.0.1", NULL);

    expect_usage(s, "Without exactly two arguments there is nothing to do.");
}

CASE("one-line", "a line comes back in capitals", READ("a-whole-server"),
     HINTS("Which socket carries the bytes?", "See RETURN VALUE in accept(2).",
           "recv() and send() on what accept() returned, not on the listener."))
{
    int fd = peer_connect(serve());

    expect_upper(fd, "The line goes back as soon as it has come.");
}

CASE("conversation", "a client is served until it ends its side",
     READ("a-whole-server"),
     HINTS("When is a client done?", "See recv(2) on a return value of 0.",
           "Go on with recv() and send() until recv() returns 0, then close."))
{
    struct subject *s = serve();
    int fd = peer_connect(s);

    for (int i = 0; i < 3; i++)
        expect_upper(fd, "A client may say something more. It is done when "
                         "recv() returns 0, not before.");
    peer_send_text(fd, "half a line");
    expect_text(fd, "HALF A LINE",
                "The server knows of no lines: what has come goes back.");
    expect_farewell(fd);
}

CASE("next-caller", "when a client is done, the next one is served",
     READ("one-after-the-other"),
     HINTS("What does the program do when its first client has gone?",
           "The listener is still there: accept() gives the next caller.",
           "for (;;) around accept, serve and close."))
{
    struct subject *s = serve();

    for (int i = 0; i < 3; i++)
        expect_visit(s, "A server serves for ever: the listener stays open, "
                        "and accept() takes the next caller from it.");
}

CASE("waiting-caller", "who calls meanwhile waits, and is then served",
     READ("one-after-the-other"),
     HINTS("Where is a caller whom nobody has accepted yet?",
           "It is connected, in the listener's queue.",
           "Take it with accept() when the client before has ended."))
{
    struct subject *s = serve();
    int first = peer_connect(s);

    expect_upper(first, "The first client is served.");
    int second = peer_connect(s);
    peer_send_text(second, "me too\n");
    wait_settled(s);
    expect_upper(first, "The first client is not done, whoever else calls.");
    peer_end(first);
    expect_text(second, "ME TOO\n",
                "The second caller has waited in the queue, and so have its "
                "bytes.");
}

CASE("caller", "each caller is printed as it comes", READ("who-is-calling"),
     HINTS("Who has called?", "See accept(2): address and length are told.",
           "socklen_t len = sizeof ss; accept(lfd, (struct sockaddr *)&ss, "
           "&len), and print ss as the listener's address is printed."))
{
    struct subject *s = serve();

    for (int i = 0; i < 2; i++) {
        int fd = peer_connect(s);
        expect_caller(s, peer_name(fd));
        peer_close(fd);
    }
}

CASE("caller-gone", "a caller is printed, though it has gone by then",
     READ("who-is-calling"),
     HINTS("What does getpeername() say of a connection that was reset?",
           "accept() has told the address; nobody need be asked for it.",
           "Print the address that accept() has filled in."))
{
    struct subject *s = serve();

    freeze(s);
    int fd = peer_connect(s);
    const char *name = peer_name(fd);
    peer_reset(fd);
    thaw(s);
    expect_caller(s, name);
    expect_visit(s, "The caller has reset the connection while it waited. It "
                    "comes out of accept() all the same, and recv() says "
                    "ECONNRESET. That concerns nobody else.");
}

CASE("any-bytes", "a to z are changed, and no other byte", READ("upper"),
     HINTS("Which bytes are small letters?", "Compare with 'a' and 'z'.",
           "if (c >= 'a' && c <= 'z') c = c - 'a' + 'A', and send as many "
           "bytes as have come."))
{
    char bytes[256], upper[256];
    int fd = peer_connect(serve());

    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    make_upper(upper, bytes, sizeof bytes);
    peer_send(fd, bytes, sizeof bytes);
    expect_bytes(fd, upper, sizeof upper,
                 "Bytes are not text: there is a NUL among them, signs behind "
                 "'z', and bytes from 0x80 on, which are negative where char "
                 "is signed. All of them go back, a to z as capitals.");
}

CASE("much", "much goes through, both ways at once", READ("upper"),
     HINTS("How large is the buffer, and how much may come?",
           "recv() gives as much as there is room for.",
           "Send back what each recv() gave, then ask for more."))
{
    static char bytes[200000], upper[sizeof bytes];
    int fd = peer_connect(serve());

    chance_bytes(bytes, sizeof bytes);
    make_upper(upper, bytes, sizeof bytes);
    expect_answer(fd, bytes, sizeof bytes, upper, sizeof upper,
                  "200,000 bytes come in many pieces, and go back in as "
                  "many.");
}

CASE("reset", "a client that resets is no reason to end",
     READ("a-caller-who-has-left"),
     HINTS("What does recv() say when the client has reset?",
           "See ECONNRESET in recv(2).",
           "warn(), close the connection, and take the next caller."))
{
    struct subject *s = serve();
    int fd = peer_connect(s);

    expect_upper(fd, "The client is served.");
    peer_reset(fd);
    expect_visit(s, "A client has reset its connection: recv() says "
                    "ECONNRESET. It was one client's trouble; the next one "
                    "waits to be served.");
}

CASE("deaf", "a client that has gone before its answer is no reason to end",
     READ("a-caller-who-has-left"),
     HINTS("What does send() say when nobody is there?",
           "See EPIPE and ECONNRESET in send(2).",
           "warn(), close this connection, and take the next caller."))
{
    static char words[60000];
    struct subject *s = serve();

    memset(words, 'a', sizeof words);
    freeze(s);
    int fd = peer_connect(s);
    peer_send(fd, words, sizeof words);
    peer_close(fd);
    thaw(s);
    expect_visit(s, "A client has sent much and left without reading: send() "
                    "fails, with EPIPE or ECONNRESET. That is this client's "
                    "affair; the next one waits to be served.");
}

CASE("aborted", "an error that comes from a caller is outlasted",
     READ("errors-that-are-not-yours"),
     HINTS("Whose error is it when accept() fails?", "See ERRORS in accept(2).",
           "ECONNABORTED, EPROTO and the network's errors: warn() and call "
           "accept() again."))
{
    static const int errors[] = {ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH,
                                 EHOSTUNREACH};
    struct subject *s = serve();

    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        inject_errno(s, CALL_ACCEPT, NTH((int)i + 1), errors[i]);
    expect_visit(s, "The server waits for callers.");
    expect_visit(s, "accept() failed because a caller had left, or its "
                    "network had: there is no connection, and nothing is "
                    "wrong with the listener. Call accept() again.");
}

CASE("shortage", "without descriptors it waits, and then serves again",
     READ("when-descriptors-run-out"),
     HINTS("What happens when accept() fails and is called again at once?",
           "See EMFILE in accept(2): the caller stays in the queue.",
           "On EMFILE, ENFILE, ENOBUFS and ENOMEM sleep for some milliseconds "
           "before the next accept()."))
{
    expect_outlasts_shortage(serve());
}

CASE("hundred", "a hundred clients leave nothing behind",
     READ("one-after-the-other"),
     HINTS("What is left of a client that has been served?", "See close(2).",
           "close() what accept() gave, on every way out."))
{
    struct subject *s = serve();

    for (int i = 0; i < 100; i++)
        expect_visit(s, "Each of a hundred clients is served like the first.");
    wait_settled(s);
    expect(count_sockets(s) == 1, "one socket, the listener",
           text("%d sockets", count_sockets(s)),
           "Each connection that is not closed keeps a descriptor, and when "
           "they are used up nobody is served any more.");
}

CASE("idle", "while nobody speaks, nothing is done", READ("a-whole-server"),
     HINTS("What does the program do while nothing happens?",
           "accept() and recv() wait by themselves.",
           "Leave the sockets blocking, and call nothing in a loop that does "
           "not wait."))
{
    struct subject *s = serve();

    expect_idle(s, 50, "Nobody calls: accept() waits, and costs nothing.");
    int fd = peer_connect(s);
    expect_upper(fd, "The client is served.");
    expect_idle(s, 50,
                "The client is silent: recv() waits, and costs "
                "nothing.");
}

CASE("ipv6", "it listens and is called with IPv6 as well",
     READ("who-is-calling"),
     HINTS("How large is an address?", "See struct sockaddr_storage.",
           "Use sockaddr_storage and getnameinfo(); brackets around an IPv6 "
           "address."))
{
    need_ipv6();
    struct subject *s = start_listening("::1", "0", NULL);
    int fd = peer_connect(s);

    expect_caller(s, peer_name(fd));
    expect_upper(fd, "IPv6 differs in the address only.");
}
