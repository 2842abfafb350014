/* The checker of forked: all callers are answered at once, and no descriptor
 * or process is left of them. */
#include "clients.h"
#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum {
    TOGETHER = 64, /* clients at the same time */
    MERGED = 8     /* children that end while the parent stands still */
};

/* What a server has while it has no client. */
struct possessions {
    int tasks, sockets;
};

static struct possessions count_possessions(struct subject *s)
{
    return (struct possessions){count_tasks(s), count_sockets(s)};
}

static void expect_no_zombie(struct subject *s, const char *why)
{
    int n = count_zombies(s);

    expect(n == 0, "no zombie", text("%d zombie%s", n, n == 1 ? "" : "s"), "%s",
           why);
}

/* All clients have gone, and the server is what it was before they came. */
static void expect_nothing_left(struct subject *s, struct possessions before)
{
    wait_settled(s);
    expect_no_zombie(s, "A child that has ended stays in the list of processes "
                        "until its parent has waited for it. A server that "
                        "never does fills the list, and then fork() fails.");
    struct possessions now = count_possessions(s);
    expect(now.tasks == before.tasks,
           before.tasks == 1 ? "one process, the parent" : "as many as before",
           text("%d processes", now.tasks),
           "A child ends when its client has ended. What goes on instead is "
           "one more server.");
    expect(now.sockets == before.sockets,
           before.sockets == 1 ? "one socket, the listener"
                               : "as many as before",
           text("%d sockets", now.sockets),
           "Each connection that is not closed keeps a descriptor, and when "
           "they are used up nobody is served any more.");
}

CASE("usage", "wrong usage ends with status 2", READ("forked"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start("127.0.0.1", NULL);

    expect_usage(s, "Without exactly two arguments there is nothing to do.");
}

static void expect_no_accept_in_child(struct subject *s)
{
    const struct call_record *r;

    for (size_t i = 1; (r = nth_call(s, CALL_ACCEPT, i)) != NULL; i++)
        expect(strncmp(r->who, "child", 5) != 0,
               "a child that ends when its client has", "accept() in a child",
               "Whoever returns from the child's part comes into the parent's "
               "loop, and is one more server, or one that complains of a "
               "listener which it has closed. End the child with _exit().");
}

CASE("conversation", "a client is served until it ends its side",
     READ("a-process-for-each"),
     HINTS("When is a client done?", "See recv(2) on a return value of 0.",
           "serve(fd) is there; close fd behind it, in both processes."))
{
    struct subject *s = serve();
    int fd = peer_connect(s);

    for (int i = 0; i < 3; i++)
        expect_upper(fd, "A client may say something more. It is done when "
                         "recv() returns 0, not before.");
    peer_end(fd);
    expect_end(fd, "The client has ended its side. FIN goes to it when the "
                   "last descriptor of the connection is closed: the child's "
                   "and the parent's.");
    wait_settled(s);
    expect_no_accept_in_child(s);
}

CASE("silent", "a silent client delays nobody", READ("a-process-for-each"),
     HINTS("Who waits while one client is silent?",
           "See fork(2): two processes can wait in two calls.",
           "Serve in the child; let the parent go back to accept() at once."))
{
    struct subject *s = serve();
    int silent = peer_connect(s);

    expect_visit(s, "The first client says nothing yet. It has a process to "
                    "itself, and the second one gets another: nobody waits "
                    "for anybody.");
    wait_settled(s);
    expect_visit(s, "The second client is done, and its child has ended. The "
                    "parent buries it, and does not wait for the child that "
                    "serves on.");
    expect_upper(silent, "The silent client was not forgotten.");
    expect_farewell(silent);
}

CASE("each-its-own", "each client has a process", READ("fork"),
     HINTS("How many processes serve three clients?", "See fork(2).",
           "fork() once for each connection that accept() gives."))
{
    struct subject *s = serve();

    for (int i = 0; i < 3; i++)
        expect_upper(peer_connect(s), "Each client is answered.");
    int n = count_tasks(s) - count_threads(s);
    expect(n >= 4, "a parent and three children", text("%d processes", n),
           "Three clients are connected: each is served by a child of its "
           "own, and the parent is in accept().");
}

CASE("who-closes", "nobody keeps a descriptor that is another's",
     READ("who-closes-what"),
     HINTS("Which descriptors does a child have that it never uses?",
           "fork() copies the table of descriptors; see close(2).",
           "In the child close the listener, in the parent close the "
           "connection."))
{
    struct subject *s = serve();

    for (int i = 0; i < 3; i++)
        expect_upper(peer_connect(s), "Each client is answered.");
    wait_settled(s);
    expect(count_sockets(s) == 1, "one socket in the parent, the listener",
           text("%d sockets", count_sockets(s)),
           "The connection is the child's business. As long as the parent "
           "has it open too, the client sees no end, and later children "
           "inherit it.");
    int holders = count_listeners(s);
    expect(holders == 1, "one process that holds the listener",
           text("%d processes", holders),
           "A child never accepts. While it holds the listener, the port "
           "stays open when the parent has gone, and callers are connected "
           "whom nobody will answer.");
}

CASE("parent-gone", "when the server is gone, callers are refused",
     READ("who-closes-what"),
     HINTS("Who holds the listener when the parent has ended?",
           "See close(2) on descriptors that refer to the same thing.",
           "close(lfd) is the first thing a child does."))
{
    struct subject *s = serve();
    int fd = peer_connect(s);

    expect_upper(fd, "The client is served by a child.");
    const char *address = listening_address(s), *port = listening_port(s);
    send_signal(s, SIGKILL);
    wait_exit(s);
    int rc = peer_connect_to(address, port);
    expect(rc == -ECONNREFUSED, "the connection refused",
           rc >= 0 ? "a connection that nobody accepts" : strerror(-rc),
           "The server has ended, but a child still holds the listener. So "
           "the kernel goes on taking callers for a server that is no more, "
           "and a new one finds the port in use.");
}

CASE("caller", "each caller is printed once, and nothing else twice",
     READ("copies-and-what-is-shared"),
     HINTS("What does a child have in its copy of stdio's buffer?",
           "exit() flushes it, _exit(2) does not.",
           "End the child with _exit()."))
{
    struct subject *s = serve();
    const char *names[3];

    for (int i = 0; i < 3; i++) {
        int fd = peer_connect(s);
        names[i] = peer_name(fd);
        expect_upper(fd, "Each client is answered.");
        wait_settled(s);
        expect_farewell(fd);
        wait_settled(s);
    }
    wait_settled(s);
    const char *all = output(s, NULL);
    int lines = 0;
    for (const char *p = all; *p != '\0'; p++)
        lines += *p == '\n';
    expect(lines <= 4, "a line where it listens, and one for each of 3 callers",
           quoted(all, strlen(all), 200),
           "A child is a copy of its parent, with what stands in stdio's "
           "buffers and was not flushed: what ends with exit() prints it "
           "again.");
    for (int i = 0; i < 3; i++)
        expect_caller(s, names[i]);
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
    wait_settled(s);
    expect_visit(s, "The caller has reset the connection while it waited. It "
                    "comes out of accept() all the same, and recv() says "
                    "ECONNRESET. That concerns nobody else.");
}

CASE("reset", "a client that resets is no reason to end",
     READ("a-caller-who-has-left"),
     HINTS("What does recv() say when the client has reset?",
           "See ECONNRESET in recv(2).",
           "warn(), and end the child: the parent need not know."))
{
    struct subject *s = serve();
    struct possessions before = count_possessions(s);
    int fd = peer_connect(s);

    expect_upper(fd, "The client is served.");
    peer_reset(fd);
    expect_visit(s, "A client has reset its connection: recv() says "
                    "ECONNRESET. It was one client's trouble; the next one "
                    "waits to be served.");
    expect_nothing_left(s, before);
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

static bool has_complained(void *s)
{
    return *errors(s, NULL) != '\0';
}

CASE("no-process", "when there can be no child, the caller is let go",
     READ("fork"),
     HINTS("What are the three things that fork() may return?",
           "See EAGAIN in fork(2).",
           "At -1 tell it, close the connection, and take the next caller."))
{
    struct subject *s = serve();

    inject_errno(s, CALL_FORK, NTH(1), EAGAIN);
    int fd = peer_connect(s);
    expect_end(fd, "fork() said EAGAIN: there is no child, so nobody will "
                   "serve this client. Close its connection, or it waits for "
                   "ever.");
    expect_visit(s, "There was no process for one client. The next one may "
                    "have more luck: the server goes on.");
    expect(wait_until(has_complained, s), "a line on stderr", "nothing",
           "A client was sent away, and whoever runs the server should hear "
           "why.");
}

CASE("hundred", "a hundred clients leave nothing behind",
     READ("children-who-have-ended"),
     HINTS("What is left of a child that has ended?",
           "It is a zombie until somebody waits for it: see waitpid(2).",
           "On SIGCHLD: while (waitpid(-1, NULL, WNOHANG) > 0) continue;"))
{
    set_limits((struct limits){.tasks = 110, .cpu_ms = 10000});
    struct subject *s = serve();
    struct possessions before = count_possessions(s);

    for (int i = 0; i < 100; i++)
        expect_visit(s, "Each of a hundred clients is served like the first.");
    expect_nothing_left(s, before);
}

CASE("merged", "children that end together are all waited for",
     READ("children-who-have-ended"),
     HINTS("How many signals come when eight children end at once?",
           "See signal(7): a signal that is pending is not counted.",
           "Call waitpid(-1, NULL, WNOHANG) until it returns 0 or -1."))
{
    struct subject *s = serve();
    struct possessions before = count_possessions(s);
    int fds[MERGED];

    for (int i = 0; i < MERGED; i++) {
        fds[i] = peer_connect(s);
        expect_upper(fds[i], "Each client is answered.");
    }
    freeze(s);
    for (int i = 0; i < MERGED; i++)
        expect_farewell(fds[i]);
    thaw(s);
    expect_visit(s, "Signals have come, and the server goes on.");
    expect_no_zombie(s, "Eight children ended while the parent was stopped: "
                        "eight times the same signal, of which one is kept. "
                        "Whoever waits for one child for each signal leaves "
                        "the others.");
    expect_nothing_left(s, before);
}

CASE("together", "sixty-four are served at once, and a silent one among them",
     READ("a-process-for-each"),
     HINTS("How many clients does the server have at a time?",
           "The parent does nothing but accept(), fork() and close().",
           "No wait() in the parent's way, no limit of your own."))
{
    int fds[TOGETHER];

    set_limits((struct limits){.tasks = TOGETHER + 8, .cpu_ms = 10000});
    struct subject *s = serve();
    struct possessions before = count_possessions(s);
    int silent = peer_connect(s);
    for (int i = 0; i < TOGETHER; i++) {
        fds[i] = peer_connect(s);
        expect_upper(fds[i], "Each of them is answered, and stays.");
    }
    for (int i = 0; i < TOGETHER; i++)
        expect_farewell(fds[i]);
    expect_upper(silent, "The silent one has been here all the time.");
    expect_farewell(silent);
    expect_nothing_left(s, before);
}

CASE("idle", "while nobody speaks, nothing is done", READ("a-process-for-each"),
     HINTS("What does the program do while nothing happens?",
           "accept() and recv() wait by themselves.",
           "Leave the sockets blocking, and call nothing in a loop that does "
           "not wait."))
{
    struct subject *s = serve();

    expect_upper(peer_connect(s), "The client is served.");
    expect_idle(s, 50,
                "The client is silent, and nobody calls: recv() and "
                "accept() wait, and cost nothing.");
}

CASE("any-bytes", "a to z are changed, and no other byte", READ("upper"),
     HINTS("Which bytes are small letters?", "Compare with 'a' and 'z'.",
           "Carry make_upper() along from upper."))
{
    static char bytes[20000], upper[sizeof bytes];
    int fd = peer_connect(serve());

    chance_bytes(bytes, sizeof bytes);
    make_upper(upper, bytes, sizeof bytes);
    expect_answer(fd, bytes, sizeof bytes, upper, sizeof upper,
                  "Bytes are not text: all of them go back, a to z as "
                  "capitals.");
}
