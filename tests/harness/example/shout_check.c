/* The checker of shout.c: the server that hears it. */
#include "harness.h"

CASE("there-and-back", "what is said goes out, and the answer is printed",
     READ("sending-all"),
     HINTS("What does the other side do when it has read your line?",
           "See shutdown(2): how does a server learn that no more comes?",
           "Send stdin, then shutdown(fd, SHUT_WR), then receive until 0."))
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s = start("127.0.0.1", peer_port(lfd), NULL);
    int fd = peer_accept(lfd, "A client begins with connect().");

    feed_text(s, "hello\n");
    feed_end(s);
    expect_text(fd, "hello\n", "All of stdin goes out.");
    expect_end(fd, "stdin has ended, and the server waits for more until it "
                   "is told so: shutdown(fd, SHUT_WR).");
    peer_send_text(fd, "HELLO\n");
    peer_end(fd);
    expect_output(s, "HELLO\n", 6, "What comes back is printed, all of it.");
    expect_exit(s, 0, "All went well.");
}

CASE("short-write", "every byte goes out, however little send() takes",
     READ("sending-all"),
     HINTS("What does send() return, and what did you ask for?",
           "See send(2), RETURN VALUE.",
           "Call send() again with the bytes that it has not taken."))
{
    int lfd = peer_listen("127.0.0.1");
    struct subject *s = start("127.0.0.1", peer_port(lfd), NULL);

    inject_short(s, CALL_SEND, ALWAYS, 4);
    int fd = peer_accept(lfd, "A client begins with connect().");
    feed_text(s, "is anybody there?\n");
    feed_end(s);
    expect_text(fd, "is anybody there?\n",
                "send() took 4 bytes and said so. The rest is yours to send "
                "again, from where it stopped.");
}

CASE("nobody-listens", "who is refused says so", READ("when-nobody-listens"),
     HINTS("What does connect() return when nobody listens?",
           "See connect(2), ERRORS, and err(3).",
           "if (connect(...) == -1) err(1, \"connect\");"))
{
    int fd = peer_refuse("127.0.0.1");
    struct subject *s = start("127.0.0.1", peer_port(fd), NULL);

    expect_complaint(s, "Connection refused",
                     "connect() failed with ECONNREFUSED, and whoever typed "
                     "the command wants to read that.");
    expect_exit(s, 1, "The call failed: that is status 1.");
}
