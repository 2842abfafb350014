/* What the checkers of upper, forked and threaded do alike: be a client. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

enum {
    WINDOW_MS = 100, /* for which a server is watched while it should wait */
    MOST_TRIES = 150 /* calls in that time: pauses of 2 ms are enough */
};

/* A server that waits for its first caller. */
static inline struct subject *serve(void)
{
    struct subject *s = start_listening("127.0.0.1", "0", NULL);

    wait_settled(s);
    return s;
}

/* Its first process stands still, whatever happens to it meanwhile.  First it
 * does what it is at: it might have a descriptor still to close. */
static inline void freeze(struct subject *s)
{
    wait_settled(s);
    send_signal(s, SIGSTOP);
    wait_settled(s);
}

static inline void thaw(struct subject *s)
{
    send_signal(s, SIGCONT);
}

/* What the server makes of these bytes. */
static inline void make_upper(char *to, const char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(from[i] >= 'a' && from[i] <= 'z' ? from[i] - 'a' + 'A'
                                                        : from[i]);
}

/* Sends a line and expects it back in capitals. */
static inline void expect_upper(int fd, const char *why)
{
    const char *line = text("%s\n", chance_word(8));
    char upper[32] = "";

    make_upper(upper, line, strlen(line));
    peer_send_text(fd, line);
    expect_text(fd, upper, "%s", why);
}

/* Ends the client's side and expects the end of the server's. */
static inline void expect_farewell(int fd)
{
    peer_end(fd);
    expect_end(fd, "The client has ended its side, so the server has nothing "
                   "left to do for it: it closes the connection, and the "
                   "client sees the end.");
    peer_close(fd);
}

/* A client that comes, is answered, ends, and sees the end.  Whatever the
 * server does beside, it has done before the client goes on. */
static inline void expect_visit(struct subject *s, const char *why)
{
    int fd = peer_connect(s);

    expect_upper(fd, why);
    wait_settled(s);
    expect_farewell(fd);
    wait_settled(s);
}

/* The next line tells of this caller. */
static inline void expect_caller(struct subject *s, const char *name)
{
    expect_prints(s, text("caller %s\n", name),
                  "Each caller is printed as soon as it has come, with its own "
                  "address. accept() fills that in, if it is told how much "
                  "room there is: the length goes in and comes out, so set it "
                  "before each call.");
}

/* Whether there is a shortage at the moment: for only_if(). */
static inline bool is_short(const struct call_record *r, void *data)
{
    (void)r;
    return *(bool *)data;
}

/* A client that has said all it will, and waits for the answer. */
static inline int call_and_end(struct subject *s)
{
    int fd = peer_connect(s);

    peer_send_text(fd, "hello\n");
    peer_end(fd);
    return fd;
}

/* For a while accept() says that something has run out.  The first caller may
 * come through all the same: the server was in accept() before. */
static inline void expect_outlasts_shortage(struct subject *s)
{
    bool shortage = true;
    static const int errors[] = {ENFILE, ENOBUFS, ENOMEM};
    struct fault *f = inject_errno(s, CALL_ACCEPT, FROM(4), EMFILE);

    only_if(f, is_short, &shortage);
    for (int i = 0; i < 3; i++)
        inject_errno(s, CALL_ACCEPT, NTH(i + 1), errors[i]);
    int fds[] = {call_and_end(s), call_and_end(s)};
    expect_calm(s, WINDOW_MS, MOST_TRIES,
                "The caller stays in the queue, so accept() fails again at "
                "once, thousands of times in a second: a server that spins. "
                "Sleep a little before you try again.");
    shortage = false;
    for (size_t i = 0; i < 2; i++)
        expect_text(fds[i], "HELLO\n",
                    "There was no descriptor for a while. The caller has "
                    "waited in the queue; now there is one, and it is served.");
}

#endif
