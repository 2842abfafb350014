/* The checker of backlog: its numbers are those of the kernel it runs on, and
 * change when the kernel's do. */
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MORE = 4 /* more callers than a queue of its backlog holds */
};

/* A listener of the checker's own and its callers, all calling at once. */
struct queue {
    int backlog;
    int n;
    struct pollfd *callers;
};

/* Asks the kernel the same question as the subject, at the same time. */
static struct queue fill_queue(int backlog)
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    socklen_t len = sizeof where;
    int lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct queue q = {backlog, backlog + MORE, NULL};

    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (lfd == -1 || bind(lfd, (struct sockaddr *)&where, len) == -1 ||
        listen(lfd, backlog) == -1 ||
        getsockname(lfd, (struct sockaddr *)&where, &len) == -1)
        skip_case("the checker cannot listen: %s", strerror(errno));
    q.callers = calloc((size_t)q.n, sizeof *q.callers);
    for (int i = 0; i < q.n; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (connect(fd, (struct sockaddr *)&where, len) == -1 &&
            errno != EINPROGRESS)
            skip_case("the checker cannot call: %s", strerror(errno));
        q.callers[i] = (struct pollfd){fd, POLLOUT, 0};
    }
    return q;
}

/* How many of them have been answered by now. */
static int count_answered(struct queue q)
{
    int n = poll(q.callers, (nfds_t)q.n, 0);

    note("its own listener, backlog %d: %d answered", q.backlog, n);
    free(q.callers);
    return n;
}

static const char *line(int backlog, int n)
{
    return text("backlog %d: %d connection%s\n", backlog, n, n == 1 ? "" : "s");
}

CASE("usage", "wrong usage ends with status 2", READ("backlog"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start_argv(no_arguments);

    expect_usage(s, "At least one number is wanted.");
    s = start("5", "5x", NULL);
    expect_exit(s, 2, "\"5x\" is not a number.");
}

CASE("counts", "it counts those whom this kernel lets in",
     READ("what-the-backlog-counts"),
     HINTS("Where does the listener listen, and do the callers call there?",
           "See listen(2), and getsockname(2) for the port.",
           "while (n < MOST_CALLERS && (callers[n] = call(where)) != -1) n++;"))
{
    int some = 3 + (int)chance_below(8);
    struct subject *s = start("0", text("%d", some), NULL);
    struct queue none = fill_queue(0), q = fill_queue(some);

    expect_exit(s, 0, "It measures, prints, and is done.");
    const struct call_record *r = nth_call(s, CALL_CONNECT, 1);
    if (r != NULL && r->result == -ECONNREFUSED)
        fail_case("calls that are answered", "ECONNREFUSED at the first",
                  "Nobody listens where you call: has listen() succeeded, and "
                  "is the port the one that getsockname() tells?");
    expect(count_calls(s, CALL_ACCEPT) == 0, "no accept()", "accept()",
           "Whoever is accepted has left the queue. To count those who wait, "
           "let them wait.");
    expect_prints(s, line(0, count_answered(none)),
                  "This is what the checker has measured: connect() succeeds "
                  "as long as there is room in the queue, and nobody accepts.");
    expect_prints(s, line(some, count_answered(q)),
                  "This is what the checker has measured, with a listener of "
                  "its own and the same backlog.");
}

CASE("where", "it listens on loopback, at a port that is free",
     READ("port-0-and-getsockname"),
     HINTS("Who may call your listener, and who has the port already?",
           "See bind(2) and ip(7): sin_addr and sin_port.",
           "Bind 127.0.0.1, INADDR_LOOPBACK, with port 0."))
{
    struct subject *s = start("1", NULL);

    expect_exit(s, 0, "It measures, prints, and is done.");
    const struct call_record *r = nth_call(s, CALL_BIND, 1);
    const struct sockaddr_in *in = r != NULL ? (const void *)r->addr : NULL;
    expect(in != NULL && in->sin_family == AF_INET && in->sin_port == 0 &&
               in->sin_addr.s_addr == htonl(INADDR_LOOPBACK),
           "bind(127.0.0.1:0)",
           in != NULL ? text("bind(%s:%d)", inet_ntoa(in->sin_addr),
                             ntohs(in->sin_port))
                      : "no bind()",
           "Any other address lets strangers into the count, and a port of "
           "your own choice is somebody else's one day.");
}

CASE("first-unanswered", "the first call that is not answered ends the count",
     READ("when-the-queue-is-full"),
     HINTS("What does call() return for a call that was not answered?",
           "It is -1, and there is no socket to keep.",
           "Leave the loop on the first -1, and do not count it."))
{
    struct subject *s = start("9", NULL);

    inject_errno(s, CALL_CONNECT, FROM(4), ETIMEDOUT);
    expect_exit(s, 0, "It measures, prints, and is done.");
    expect_prints(s, line(9, 3),
                  "Three calls were answered, and the fourth was not "
                  "(ETIMEDOUT). The number is what was seen, whatever the "
                  "backlog promises.");
}

CASE("afresh", "each measurement begins with nothing left of the last",
     READ("at-close"),
     HINTS("Who still stands in the queue, and which sockets are open?",
           "See close(2): a queue goes when its listener is closed.",
           "Make a new listener for each N; close it and all callers before "
           "the next."))
{
    struct subject *s = start("5", "5", NULL);

    inject_errno(s, CALL_CONNECT, NTH(6), ETIMEDOUT);
    inject_errno(s, CALL_CONNECT, FROM(12), ETIMEDOUT);
    hold(s, CALL_LISTEN, NTH(2));
    wait_held(s, "It listens once for each N.");
    int n = count_sockets_of_all(s);
    expect(n == 1, "one socket as it listens for the second time",
           text("%d sockets", n),
           "The first listener and its callers are of no use any more. "
           "Left open, they make a long list of numbers end with \"Too many "
           "open files\".");
    release(s);
    expect_exit(s, 0, "It measures, prints, and is done.");
    expect_prints(s, text("%s%s", line(5, 5), line(5, 5)),
                  "In both rounds the sixth call was not answered. A caller "
                  "who has closed still stands in the queue: only a new "
                  "listener has an empty one.");
}

CASE("enough", "after 100 callers it stops", READ("how-long-a-queue"),
     HINTS("How many fit into the array?", "See MOST_CALLERS.",
           "while (n < MOST_CALLERS && ...)"))
{
    struct subject *s = start("300", NULL);

    expect_exit(s, 0, "It measures, prints, and is done.");
    expect_prints(s, "backlog 300: at least 100 connections\n",
                  "All were answered, and nobody knows how many more would "
                  "have been.");
}

CASE("somaxconn", "the system's own limit shows in the numbers",
     READ("how-long-a-queue"),
     HINTS("Who decides how long a queue is?",
           "See net.core.somaxconn in listen(2).",
           "Pass N to listen() as it is, and print what you have counted."))
{
    need_setting("net.core.somaxconn", "2");
    struct subject *s = start("100", "-1", NULL);

    expect_exit(s, 0, "It measures, prints, and is done.");
    expect_prints(s, line(100, 3),
                  "In this network net.core.somaxconn is 2, and no queue is "
                  "longer, whatever was asked for.");
    expect_prints(s, line(-1, 3),
                  "A negative backlog asks for the longest queue there is, "
                  "and in this network that is 2.");
}

CASE("listen-fails", "an error of listen() is told", READ("listen"),
     HINTS("Can listen() fail?", "See ERRORS in listen(2).",
           "if (listen(lfd, backlog) == -1) err(1, \"listen\");"))
{
    struct subject *s = start("5", NULL);

    inject_errno(s, CALL_LISTEN, ALWAYS, EADDRINUSE);
    expect_exit(s, 1,
                "listen() said EADDRINUSE. Then nobody is in any queue, and a "
                "number would be wrong.");
    expect_complaint(s, "Address already in use", "Tell the reason.");
}
