/* What the checkers of fixed, lines and framed do alike: clients come to one
 * server, one behind the other, and look at what is left of the last one. */
#ifndef SERVER_H
#define SERVER_H

#include "harness.h"

enum {
    PAUSE_MS = 40,  /* for which a client is quiet in mid-message */
    MOST_LOOKS = 60 /* calls in that time: pauses of 2 ms are enough */
};

/* The server, and how many sockets it has while nobody is served. */
static struct subject *s;
static int sockets;

/* Starts the server and connects to it. */
static inline int first_client(void)
{
    s = start_listening("127.0.0.1", "0", NULL);
    wait_settled(s);
    sockets = count_sockets(s);
    return peer_connect(s);
}

/* The server still runs, and the next client connects to it. */
static inline int next_client(const char *why)
{
    expect_alive(s, "%s", why);
    return peer_connect(s);
}

/* The client ends its side and sees the end, and nothing is left of it. */
static inline void expect_farewell(int fd, const char *why)
{
    peer_end(fd);
    expect_end(fd, "%s", why);
    wait_settled(s);
    expect(count_sockets(s) == sockets, "only the socket that listens open",
           text("%d sockets open", count_sockets(s)),
           "A client that is done with costs a descriptor until you close "
           "it, and descriptors run out.");
    int zombies = count_zombies(s);
    expect(zombies == 0, "no zombie",
           text("%d zombie%s", zombies, zombies == 1 ? "" : "s"),
           "A process for each client is a way to serve. One that has ended "
           "stays in the list of processes until its parent has waited for "
           "it, and the list runs full.");
}

/* The client is quiet for a while, in the middle of a message. */
static inline void expect_patience(void)
{
    wait_settled(s); /* it has taken what was sent, byte by byte */
    expect_calm(s, PAUSE_MS, MOST_LOOKS,
                "The client has sent a part and is quiet for a while. Then "
                "there is nothing to do but to sleep until more comes: "
                "recv() does that, or poll(). To ask again and again costs "
                "the whole processor.");
}

/* From now on a few thousand bytes that nobody reads fill a connection. */
static inline void need_small_buffers(void)
{
    need_setting("net.ipv4.tcp_wmem", "4096 4096 4096");
    need_setting("net.ipv4.tcp_rmem", "4096 4096 4096");
}

#endif
