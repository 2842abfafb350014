/* The checker of threaded: all callers are answered at once, no thread takes
 * what is another's, and nothing is left of them. */
#include "clients.h"
#include "harness.h"

#include <errno.h>
#include <string.h>

enum {
    TOGETHER = 64,         /* clients at the same time */
    FEW_FILES = 20,        /* descriptors that the server may have */
    SERVED = 6,            /* clients for whom they suffice in any case */
    CALLERS = 17,          /* clients for whom they do not */
    LATE_HELPERS = 3,      /* threads that accept or join, started late */
    AT_ONCE = 4,           /* that fill the C library's reserve of stacks */
    MOST_GROWTH = 24 << 20 /* three stacks of the usual size */
};

/* A visit, of which nothing goes on when the next client comes: what threads
 * do to each other is seen where it is sought. */
static void expect_visit_alone(struct subject *s, const char *why)
{
    expect_visit(s, why);
    wait_settled(s);
}

/* A client whose thread, if it has one, has come to rest. */
static int connect_alone(struct subject *s)
{
    int fd = peer_connect(s);

    wait_settled(s);
    return fd;
}

CASE("usage", "wrong usage ends with status 2", READ("threaded"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start("127.0.0.1", NULL);

    expect_usage(s, "Without exactly two arguments there is nothing to do.");
}

CASE("conversation", "a client is served until it ends its side",
     READ("a-thread-for-each"),
     HINTS("When is a client done?", "See recv(2) on a return value of 0.",
           "serve(fd) is there; the thread closes fd behind it."))
{
    int fd = peer_connect(serve());

    for (int i = 0; i < 3; i++)
        expect_upper(fd, "A client may say something more. It is done when "
                         "recv() returns 0, not before; and only its own "
                         "thread closes the connection.");
    expect_farewell(fd);
}

CASE("silent", "a silent client delays nobody", READ("a-thread-for-each"),
     HINTS("Who waits while one client is silent?", "See pthread_create(3).",
           "Serve in a thread, do not join it there and then, and go back to "
           "accept() at once."))
{
    struct subject *s = serve();
    int silent = connect_alone(s);

    expect_visit_alone(s,
                       "The first client says nothing yet. It has a thread to "
                       "itself, and the second one gets another: nobody waits "
                       "for anybody.");
    expect_upper(silent,
                 "The silent client was not forgotten. When another one is "
                 "done, its thread ends, and nothing else does.");
    expect_farewell(silent);
}

CASE("each-its-own", "each client has a thread, in one process",
     READ("a-thread-for-each"),
     HINTS("How many threads serve three clients?", "See pthread_create(3).",
           "Start a thread for each connection that accept() gives."))
{
    struct subject *s = serve();

    for (int i = 0; i < 3; i++)
        expect_upper(peer_connect(s), "Each client is answered.");
    int threads = count_threads(s), processes = count_tasks(s) - threads;
    expect(threads >= 3, "a thread for each of three clients",
           text("%d threads beside the first", threads),
           "Three clients are connected: each is served by a thread of its "
           "own, while the first one is in accept().");
    expect(processes == 1, "one process", text("%d processes", processes),
           "Threads are places in one program; a child is another program. "
           "The lab before this one was about children.");
}

CASE("late-thread", "a thread that starts late serves its own client",
     READ("an-argument-of-its-own"),
     HINTS("What does the argument point to when the thread looks there?",
           "pthread_create(3) returns before the thread has done anything.",
           "Give each thread memory of its own from malloc(), or the number "
           "itself: (void *)(intptr_t)fd."))
{
    struct subject *s = serve();

    hold_newborns(s);
    int first = peer_connect(s), second = peer_connect(s);
    wait_settled(s);
    release(s);
    const char *why =
        "The checker held each new thread before its first step, until two "
        "callers had come. A thread that looks into a variable of the loop, "
        "or a global one, finds the next client there, or what else is there "
        "by then; and what the loop has closed is closed for the thread as "
        "well.";
    expect_upper(first, why);
    expect_upper(second, why);
    expect_farewell(first);
    expect_farewell(second);
}

CASE("own-bytes", "what one client says does not get into another's answer",
     READ("what-threads-share"),
     HINTS("Whose is the buffer?",
           "What is static, or not in a function, is one for all threads.",
           "A local array in serve() is the thread's own."))
{
    struct subject *s = serve();
    int first = connect_alone(s), second = connect_alone(s);

    hold(s, CALL_SEND, NTH(1));
    peer_send_text(first, "who am i\n");
    wait_settled(s);
    expect_upper(second, "Another thread is about to send. That is no reason "
                         "to keep this client waiting.");
    release(s);
    expect_text(first, "WHO AM I\n",
                "Between recv() and send() of this client's thread, another "
                "thread received and answered. Each needs a buffer of its own, "
                "on its stack; a static one is shared by all.");
}

/* The first thread may close, too, if it sees to it that it is once. */
static bool is_of_thread(const struct call_record *r, void *data)
{
    (void)data;
    return strncmp(r->who, "thread", 6) == 0;
}

/* From now on a thread that has closed its connection stands still. */
static void hold_behind_close(struct subject *s)
{
    only_if(hold_after(s, CALL_CLOSE, NTH(1)), is_of_thread, NULL);
}

/* A thread stands still behind its close(), or there is none.  Callers come,
 * one of whom gets the number that is free now; then it goes on. */
static int call_in_between(struct subject *s, const char *why)
{
    wait_settled(s);
    connect_alone(s); /* accept() had a number for this one before */
    int fd = peer_connect(s);
    expect_upper(fd, why);
    release(s);
    wait_settled(s);
    expect_upper(fd,
                 "A thread closed its connection, the next caller got the same "
                 "number, and the thread closed that number again. All threads "
                 "have one table of descriptors: it hung up on a stranger.");
    return fd;
}

CASE("closed-once", "a connection is closed once", READ("what-threads-share"),
     HINTS("Who closes the connection, and how often?",
           "A number that is closed is free: accept(2) gives it to the next "
           "caller.",
           "close(fd) once, in the thread; not in serve() too, and not in the "
           "loop."))
{
    struct subject *s = serve();
    int first = peer_connect(s);

    expect_upper(first, "The client is served.");
    hold_behind_close(s);
    peer_end(first);
    int next = call_in_between(s, "A thread has just closed its connection. "
                                  "Others need not wait for it.");
    expect_end(first, "The client has ended its side, so its thread closes "
                      "the connection, and the client sees the end.");
    expect_farewell(next);
}

CASE("caller", "each caller is printed", READ("who-is-calling"),
     HINTS("Who knows where the client calls from?", "See accept(2).",
           "take_caller() prints it; call it once for each client."))
{
    struct subject *s = serve();

    for (int i = 0; i < 3; i++) {
        int fd = peer_connect(s);
        expect_caller(s, peer_name(fd));
        expect_upper(fd, "Each client is answered.");
        expect_farewell(fd);
        wait_settled(s);
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
    wait_settled(s);
    expect_visit_alone(
        s, "The caller has reset the connection while it waited. It "
           "comes out of accept() all the same, and recv() says "
           "ECONNRESET. That concerns nobody else.");
}

/* The client of one thread is gone, which the thread learns from a call that
 * fails.  It concerns nobody else. */
static void expect_other_unhurt(struct subject *s, int other, const char *call)
{
    const char *why = text("A client has gone, and %s of its thread failed. "
                           "That was one client's trouble: exit() and err() in "
                           "a thread end all of them.",
                           call);
    int next = call_in_between(s, why);

    expect_upper(other, why);
    expect_farewell(other);
    expect_farewell(next);
    wait_settled(s);
    expect(count_sockets(s) <= 2, "two sockets: the listener and a client",
           text("%d sockets", count_sockets(s)),
           "The connection is to be closed on every way out, also after an "
           "error of %s.",
           call);
}

CASE("reset", "a client that resets is no reason to end",
     READ("a-caller-who-has-left"),
     HINTS("What does recv() say when the client has reset?",
           "See ECONNRESET in recv(2), and exit(3) on what it ends.",
           "warn(), close the connection, and return from the thread."))
{
    struct subject *s = serve();
    int other = connect_alone(s), fd = connect_alone(s);

    expect_upper(fd, "The client is served.");
    hold_behind_close(s);
    peer_reset(fd);
    expect_other_unhurt(s, other, "recv()");
}

CASE("gone-unanswered", "nor is one that has gone before its answer",
     READ("a-caller-who-has-left"),
     HINTS("What does send() say when the client has reset?",
           "See ECONNRESET and EPIPE in send(2).",
           "warn(), close the connection, once, and return from the thread."))
{
    struct subject *s = serve();
    int other = connect_alone(s), fd = connect_alone(s);

    hold(s, CALL_SEND, NTH(1));
    peer_send_text(fd, "is anybody there?\n");
    wait_held(s, "A client has said something, and gets an answer.");
    hold_behind_close(s);
    peer_reset(fd);
    release(s);
    expect_other_unhurt(s, other, "send()");
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
    expect_visit_alone(s, "The server waits for callers.");
    expect_visit_alone(s, "accept() failed because a caller had left, or its "
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

CASE("full-table", "when its table of descriptors is full, callers wait",
     READ("when-descriptors-run-out"),
     HINTS("Who gives back a descriptor while the loop waits for one?",
           "See RLIMIT_NOFILE in getrlimit(2).",
           "Let the threads go on serving; sleep in the loop alone."))
{
    int fds[CALLERS];

    set_limits((struct limits){.files = FEW_FILES});
    struct subject *s = serve();
    for (int i = 0; i < CALLERS; i++) {
        fds[i] = connect_alone(s);
        if (i < SERVED)
            expect_upper(fds[i],
                         "There are descriptors for this client and the few "
                         "before it; each is served by a thread of its own.");
    }
    expect_calm(s, WINDOW_MS, MOST_TRIES,
                "All descriptors are in use, and callers are in the queue. "
                "accept() fails at once each time: sleep a little in between.");
    bool none_comes = true;
    only_if(hold(s, CALL_ACCEPT, ALWAYS), is_short, &none_comes);
    for (int i = 0; i < SERVED; i++)
        expect_farewell(fds[i]);
    wait_settled(s);
    none_comes = false;
    release(s);
    for (int i = SERVED; i < CALLERS; i++) {
        expect_upper(fds[i], "Each client that leaves gives its descriptor "
                             "back, and one who waits in the queue is served.");
        expect_farewell(fds[i]);
    }
}

CASE("no-thread", "when there can be no thread, the caller is let go",
     READ("a-thread-for-each"),
     HINTS("What does pthread_create() return when it fails?",
           "Not -1: see RETURN VALUE in pthread_create(3).",
           "if (rc != 0): tell strerror(rc), close the connection, take the "
           "next caller."))
{
    struct subject *s = serve();

    struct fault *f = inject_errno(s, CALL_FORK, NTH(1), EAGAIN);
    int fd = connect_alone(s);
    expect(times_done(f) == 1, "a thread started for the client", "none",
           "A client has come, and gets a thread of its own, that ends with "
           "it. Here the checker would have let pthread_create() fail.");
    expect_closed(fd, "pthread_create() returned EAGAIN: there is no thread, "
                      "so nobody will serve this client. Close its "
                      "connection, or it waits for ever.");
    expect_visit_alone(s,
                       "There was no thread for one client. The next one may "
                       "have more luck: the server goes on.");
    wait_settled(s);
    const char *said = errors(s, NULL);
    expect(*said != '\0' && strstr(said, "Success") == NULL,
           "a line on stderr, with the reason", quoted(said, strlen(said), 200),
           "A client was let go, and whoever runs the server will ask why. "
           "pthread_create() returns the number of its error, and promises "
           "nothing about errno: strerror(rc) has the words.");
}

CASE("hundred", "a hundred clients leave nothing behind",
     READ("a-thread-for-each"),
     HINTS("What is left of a thread that has ended?",
           "Its stack, until it is joined: see pthread_detach(3).",
           "pthread_detach(id) once the thread is started."))
{
    set_limits((struct limits){.tasks = 110, .cpu_ms = 10000});
    struct subject *s = serve();
    int helpers = count_threads(s) + LATE_HELPERS;

    int first[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++) {
        first[i] = peer_connect(s);
        expect_upper(first[i], "These stay for a while, so that as many stacks "
                               "are there as may be at once.");
    }
    for (int i = 0; i < AT_ONCE; i++)
        expect_farewell(first[i]);
    wait_settled(s);
    size_t before = address_space(s);
    for (int i = AT_ONCE; i < 100; i++)
        expect_visit_alone(
            s, "Each of a hundred clients is served like the first.");
    wait_settled(s);
    expect(count_sockets(s) == 1, "one socket, the listener",
           text("%d sockets", count_sockets(s)),
           "Each connection that is not closed keeps a descriptor, and when "
           "they are used up nobody is served any more.");
    expect(count_threads(s) <= helpers, "no thread that serves",
           text("%d threads", count_threads(s)),
           "A thread ends when its client has ended.");
    size_t now = address_space(s), more = now > before ? now - before : 0;
    note("it has %zu KiB more than after the first", more >> 10);
    expect(more < MOST_GROWTH, "the address space as it was after the first",
           text("%zu KiB more", more >> 10),
           "No thread is alive, but each has left its stack: that of a thread "
           "that can still be joined is kept until somebody does. Join it, or "
           "detach it.");
}

CASE("together", "sixty-four are served at once, and a silent one among them",
     READ("a-thread-for-each"),
     HINTS("How many clients does the server have at a time?",
           "The loop does nothing but accept() and start threads.",
           "No pthread_join() in the loop's way, no limit of your own."))
{
    int fds[TOGETHER];

    set_limits((struct limits){.tasks = TOGETHER + 16, .cpu_ms = 10000});
    struct subject *s = serve();
    int helpers = count_threads(s) + LATE_HELPERS;
    int silent = connect_alone(s);
    for (int i = 0; i < TOGETHER; i++) {
        fds[i] = peer_connect(s);
        expect_upper(fds[i], "Nobody leaves, and each is answered: a thread "
                             "for each client, however many they are.");
    }
    for (int i = 0; i < TOGETHER; i++)
        expect_farewell(fds[i]);
    expect_upper(silent, "The silent one has been here all the time.");
    expect_farewell(silent);
    wait_settled(s);
    int threads = count_threads(s);
    expect(threads <= helpers && count_sockets(s) == 1,
           "no thread that serves, and one socket, the listener",
           text("%d threads, %d sockets", threads, count_sockets(s)),
           "All have gone: nothing may be left of them.");
}

CASE("idle", "while nobody speaks, nothing is done", READ("a-thread-for-each"),
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
