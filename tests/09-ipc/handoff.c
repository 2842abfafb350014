/* The checker of labs/09-ipc/handoff.c: a connection that changes hands.  It is
 * now the server to which one is handed, now the sender who hands one over,
 * and always the client who must notice nothing. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CALLERS = 3,
    FEW_FILES = 64, /* descriptors that the server may have */
    MANY = 100,     /* that come with one message */
    CALM_MS = 30,
    CALM_CALLS = 10
};

/* A connection of the checker's own: its client, and the other end, which is
 * to be handed over. */
struct line {
    int client, end;
};

static struct line make_call(void)
{
    int lfd = peer_listen("127.0.0.1");
    struct line c = {.client = peer_connect_to("127.0.0.1", peer_port(lfd))};

    c.end = peer_accept(lfd, "This is the checker's own connection.");
    peer_close(lfd);
    fcntl(c.end, F_SETFL, fcntl(c.end, F_GETFL) & ~O_NONBLOCK);
    return c;
}

/* `handoff serve`, and how many descriptors it has as long as it has no
 * client. */
struct office {
    struct subject *s;
    int descriptors;
};

static struct office open_server(void)
{
    struct office v = {.s = start("serve", "door", NULL)};

    expect_listening_at(v.s, "door");
    wait_settled(v.s);
    v.descriptors = count_descriptors(v.s);
    return v;
}

/* Hands the end over, as `send` should: nothing of it is left here. */
static void hand_over(struct subject *s, int end)
{
    int fd = peer_connect(s);

    peer_pass(fd, "!", 1, &end, 1);
    peer_close(fd);
    peer_close(end);
}

/* Whether a process of the subject has this number. */
static bool is_process_of(struct subject *s, long pid)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_ANY, r)) != NULL)
        if (r->tid == pid)
            return true;
    return false;
}

/* The line that greets a client; returns what stands behind it. */
static const char *judge_greeting(struct subject *s, const char *got)
{
    char *end = NULL;
    long pid = strncmp(got, "PID ", 4) == 0 ? strtol(got + 4, &end, 10) : 0;

    expect(pid > 0 && *end == '\n' && is_process_of(s, pid),
           "the server's own process id: \"PID N\\n\"",
           quoted(got, strlen(got), 40),
           "The client is greeted by the process that serves it now. Who it is "
           "shows that the connection has changed hands.");
    return end + 1;
}

static void expect_greeting(struct subject *s, int client, const char *why)
{
    const char *rest =
        judge_greeting(s, peer_read_until(client, "\n", "%s", why));

    expect(*rest == '\0', "the greeting and nothing else",
           quoted(rest, strlen(rest), 40),
           "The client has not said anything yet.");
}

/* The client says a word, and has it back in capitals. */
static void expect_answered(int client, const char *why)
{
    const char *word = chance_word(9);
    char upper[10] = "";

    for (int i = 0; i < 9; i++)
        upper[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 'a' + 'A'
                                                           : word[i]);
    peer_send_text(client, word);
    expect_text(client, upper, "%s", why);
}

/* The same with every byte that there is: a to z become A to Z, and no others
 * become anything. */
static void expect_all_bytes(int client)
{
    char bytes[256], upper[256];

    for (int i = 0; i < 256; i++) {
        bytes[i] = (char)i;
        upper[i] = (char)(i >= 'a' && i <= 'z' ? i - 'a' + 'A' : i);
    }
    expect_answer(client, bytes, sizeof bytes, upper, sizeof upper,
                  "a to z come back as A to Z, and each other byte as it is: "
                  "capitals, and a NUL, which ends a string and no message.");
}

/* Nobody is served, and nothing is left of those who were. */
static void expect_nothing_left(struct office v, const char *why)
{
    wait_settled(v.s);
    expect_alive(v.s, "%s", why);
    int now = count_descriptors(v.s);

    expect(now == v.descriptors, text("%d descriptors", v.descriptors),
           text("%d", now), "%s", why);
}

/* A client that is handed over, served to its end, and gone. */
static void expect_served(struct office v, const char *why)
{
    struct line c = make_call();

    hand_over(v.s, c.end);
    expect_greeting(v.s, c.client, why);
    expect_answered(c.client, why);
    peer_end(c.client);
    expect_end(c.client,
               "The client has ended its side, and is answered: the server "
               "closes the connection, and nobody else has a descriptor of it. "
               "As long as one is open anywhere, the client sees no end.");
    peer_close(c.client);
}

/* It has said something on stderr. */
static void expect_told(struct subject *s, const char *why)
{
    size_t n;

    wait_settled(s);
    const char *said = errors(s, &n);
    expect(n > 0 && said[n - 1] == '\n', "a sentence on stderr",
           n > 0 ? quoted(said, n, 60) : "nothing", "%s", why);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("send", "door", "127.0.0.1", NULL), "PORT is missing.");
}

/* The name of the last call of a kind that has failed, and its error; NULL when
 * the last one has not. */
static const char *last_failure(struct subject *s, enum call call)
{
    size_t n = count_calls(s, call);
    const struct call_record *r = n > 0 ? nth_call(s, call, n) : NULL;

    return r != NULL && r->result < 0 ? strerrorname_np((int)-r->result) : NULL;
}

/* `handoff send` with a server that is the checker. */
struct sender {
    struct subject *s;
    int lfd;     /* at which the checker listens for it */
    int sockets; /* that it has as long as there is no caller */
};

static struct sender open_sender(void)
{
    struct sender v = {
        .s = start_listening("send", "door", "127.0.0.1", "0", NULL)};

    wait_settled(v.s);
    v.sockets = count_sockets(v.s);
    return v;
}

static void open_door(struct sender *v)
{
    v->lfd = peer_listen_at(v->s, "door", SOCK_STREAM);
}

/* Takes what it hands over: one byte and one descriptor. */
static int take_over(const struct sender *v)
{
    int fd = peer_accept(v->lfd, "A caller has come. It is handed to the "
                                 "server at PATH: connect().");
    struct passed p = peer_take_passed(
        fd, "It has connected to the server, and no message comes.");

    wait_settled(v->s);
    const char *failure = p.n == 0 ? last_failure(v->s, CALL_SEND) : NULL;
    expect(failure == NULL, "one byte with one descriptor",
           text("end of stream: the last call that sends was answered %s",
                failure),
           "%s",
           failure != NULL && strcmp(failure, "EINTR") == 0
               ? "EINTR: a signal came before anything was sent. Make the call "
                 "again."
               : "It has connected to the server and hung up, and nothing "
                 "came, for the message was refused. EINVAL is the answer to "
                 "control data that does not fit together: cmsg_len is "
                 "CMSG_LEN() of what is in it, and msg_controllen holds it.");
    expect(p.n > 0, "one byte with one descriptor", "end of stream",
           "It has connected to the server and hung up, and nothing came. A "
           "stream carries a descriptor only beside data: sendmsg() without a "
           "byte sends nothing at all, and returns 0, which is no error.");
    expect(p.count > 0, "one descriptor",
           text("none, beside the bytes %s", quoted(p.bytes, p.n, 24)),
           "A descriptor is a number in one process's table: sent as bytes it "
           "means nothing to another. The kernel passes the thing itself when "
           "a control message asks for it: SCM_RIGHTS.");
    expect(p.count == 1, "one descriptor", text("%zu", p.count),
           "cmsg_len says how many there are: CMSG_LEN() of the descriptors "
           "alone. CMSG_SPACE() is the room it takes, with padding, and what "
           "is padded is taken for a descriptor: 0 is your stdin.");
    expect(p.n == 1, "one byte", text("%zu bytes", p.n),
           "One byte goes with the descriptor; whoever receives it counts on "
           "that.");
    return p.fds[0];
}

CASE("handed-over", "a caller's connection is handed to the server",
     READ("passing-a-descriptor"),
     HINTS("What of a descriptor means something to another process?",
           "See SCM_RIGHTS in unix(7) and CMSG_DATA in cmsg(3).",
           "One byte in msg_iov, one control message of SOL_SOCKET and "
           "SCM_RIGHTS with cmsg_len = CMSG_LEN(sizeof fd), and fd in "
           "CMSG_DATA."))
{
    struct sender v = open_sender();
    open_door(&v);
    int client = peer_connect(v.s);
    int fd = take_over(&v);

    expect(strcmp(peer_caller_port(fd), peer_port(client)) == 0,
           text("the connection of the caller from port %s", peer_port(client)),
           text("a socket connected to port \"%s\"", peer_caller_port(fd)),
           "Another descriptor was handed over than that which accept() has "
           "given for the caller.");
    expect(count_calls(v.s, CALL_SHUTDOWN) == 0, "close() and nothing more",
           "shutdown()",
           "shutdown() ends the connection itself, whoever else has a "
           "descriptor of it: the server, who was just given one, can neither "
           "send nor receive. close() gives up this descriptor only.");
    peer_send_text(fd, "from the server");
    expect_text(client, "from the server",
                "The server has a descriptor of the caller's connection now: "
                "what it sends goes to the client.");
    peer_send_text(client, "from the client");
    expect_text(fd, "from the client", "And what the client sends comes here.");
}

CASE("keeps-nothing", "whoever hands over keeps nothing",
     READ("the-same-description"),
     HINTS("Whose is the connection now?",
           "See unix(7): what is passed is as if by dup(2).",
           "close() the caller's descriptor and the one to PATH, behind "
           "sendmsg()."))
{
    struct sender v = open_sender();
    open_door(&v);

    for (int i = 0; i < CALLERS; i++) {
        int client = peer_connect(v.s);
        int fd = take_over(&v);
        wait_settled(v.s);
        expect(count_copies(v.s, fd) == 0,
               "no descriptor of the caller in the sender",
               text("%d", count_copies(v.s, fd)),
               "The descriptor that went over is a new one; the old one is "
               "still open. The connection ends when the last descriptor of "
               "it is closed: the server closes its own, and the client waits "
               "for an end that does not come.");
        expect(count_sockets(v.s) == v.sockets,
               text("%d open socket", v.sockets),
               text("%d", count_sockets(v.s)),
               "The caller is handed over, and the connection to PATH has "
               "served its turn. It costs a descriptor until it is closed.");
        peer_close(fd);
        expect_end(client, "The server has closed the connection, and so it "
                           "has ended: nobody else has it.");
    }
}

CASE("untouched", "it is handed over as it is, with all that has come",
     READ("the-same-description"),
     HINTS("Does the sender need to know what the client says?",
           "See accept(2): the connection is there before anybody speaks.",
           "Between accept() and sendmsg() no recv(), no send()."))
{
    struct sender v = open_sender();
    open_door(&v);
    int client = peer_connect(v.s);

    int fd = take_over(&v);
    expect((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0,
           "the connection as accept() has given it", "O_NONBLOCK is set",
           "O_NONBLOCK belongs to the open file description, and that is what "
           "is handed over: the server finds it set, and has not asked for "
           "it.");
    peer_close(fd);
    expect_end(client, "A client that is silent is handed over as well.");

    client = peer_connect(v.s);
    peer_send_text(client, "said before anybody had answered\n");
    peer_end(client);
    fd = take_over(&v);
    expect_text(fd, "said before anybody had answered\n",
                "The client had spoken before it was handed over. What has "
                "come waits in the socket, which goes over with it, unless "
                "somebody takes it out before.");
    expect_end(fd, "The client's end has come as well.");
    peer_send_text(fd, "heard");
    peer_close(fd);
    expect_text(client, "heard",
                "The server can still answer: the sender has "
                "closed a descriptor, and not shut down the "
                "connection.");
}

CASE("each-caller", "each caller is handed over", READ("passing-a-descriptor"),
     HINTS("How many callers does the sender take?", "See accept(2).",
           "accept() again, as soon as the last one is handed over."))
{
    struct sender v = open_sender();
    open_door(&v);
    static const char why[] =
        "Each caller is handed over, with a connection to PATH of its own.";
    bool is_served[CALLERS] = {false};
    int clients[CALLERS];

    for (int i = 0; i < CALLERS; i++)
        clients[i] = peer_connect(v.s);
    for (int i = 0; i < CALLERS; i++) {
        int fd = take_over(&v), at = 0;
        while (at < CALLERS &&
               strcmp(peer_port(clients[at]), peer_caller_port(fd)) != 0)
            at++;
        if (at == CALLERS || is_served[at])
            fail_case("a caller who is waiting",
                      "one who was handed over before, or nobody", "%s", why);
        is_served[at] = true;
        peer_send_text(fd, text("number %d", at));
        expect_text(clients[at], text("number %d", at), "%s", why);
    }
}

/* A caller comes and is not handed over: that is told, and its connection
 * closed.  The next one is. */
static void expect_turned_away(struct sender v, int client, const char *why)
{
    expect_closed(client,
                  "The caller could not be handed over. It is closed: who "
                  "waits for an answer learns that none will come.");
    wait_settled(v.s);
    expect_alive(v.s, "%s", why);
    expect_told(v.s, "A caller was turned away. The reason is told on stderr.");
    expect(count_sockets(v.s) == v.sockets, text("%d open socket", v.sockets),
           text("%d", count_sockets(v.s)),
           "Handing over failed, and something of it is open still.");
}

CASE("no-server", "without a server the caller is turned away", READ("handoff"),
     HINTS("What does connect() say when there is nobody at PATH?",
           "See ENOENT and ECONNREFUSED in connect(2) and unix(7).",
           "warn(), close the caller, take the next one."))
{
    struct sender v = open_sender();
    int client = peer_connect(v.s);

    expect_turned_away(v, client,
                       "There was no server for one caller. One may be "
                       "started at any time: it goes on.");
    const char *said = errors(v.s, NULL);
    expect(strstr(said, strerror(ENOENT)) != NULL ||
               strstr(said, strerrorname_np(ENOENT)) != NULL,
           text("the reason: \"%s\"", strerror(ENOENT)),
           quoted(said, strlen(said), 60),
           "connect() has said why, in errno: warn() prints it. That nothing "
           "listens there, or that it may not be called, or that there are "
           "too many descriptors, are three different cures.");
    open_door(&v);
    client = peer_connect(v.s);
    peer_send_text(take_over(&v), "welcome");
    expect_text(client, "welcome",
                "By now there is a server at PATH: the next caller is handed "
                "to it.");
}

CASE("hangs-up", "a server that hangs up does not end the sender",
     READ("handoff"),
     HINTS("What does sendmsg() do when the other end is closed?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "sendmsg(fd, &message, MSG_NOSIGNAL), and look at what it "
           "returns."))
{
    struct sender v = open_sender();
    open_door(&v);
    hold(v.s, CALL_SEND, NTH(1));
    int client = peer_connect(v.s);
    int fd = peer_accept(v.lfd, "A caller has come: connect() to PATH.");

    wait_held(v.s, "It has connected and sends the descriptor.");
    peer_close(fd);
    release(v.s);
    expect_turned_away(v, client,
                       "The server has closed the connection before the "
                       "descriptor was sent: EPIPE, and a SIGPIPE which ends "
                       "the program that does not prevent it.");
    client = peer_connect(v.s);
    peer_send_text(take_over(&v), "welcome");
    expect_text(client, "welcome", "The next caller is handed over.");
}

CASE("stale", "a path at which nobody listens any more is replaced",
     READ("a-stale-path"),
     HINTS("What is left at the path when a server has ended?",
           "See EADDRINUSE in bind(2), and ECONNREFUSED in connect(2).",
           "This part is given: leave it as it is."))
{
    struct subject *s = start("serve", "door", NULL);

    leave_stale_path(s, "door");
    expect_listening_at(s, "door");
}

/* Why a client may be without a greeting: it depends on what the server has
 * received. */
static const char *why_ungreeted(struct subject *s)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_RECV, r)) != NULL) {
        if (r->is_cut && r->npassed == 0)
            return "recvmsg() had no room for a descriptor, and so it was "
                   "closed on its way: MSG_CTRUNC in msg_flags says so. "
                   "msg_control and msg_controllen are set before each call, "
                   "for it changes them.";
        if (r->result == 1 && r->npassed == 0 && r->head[0] == '!')
            return "The byte was received without the descriptor that came "
                   "with it, and that was closed, without a word: recv() and "
                   "read() have no room for one. Take the byte by recvmsg().";
    }
    return "A connection was handed over. Its client is greeted.";
}

CASE("greets", "a client that was handed over is greeted and served",
     READ("passing-a-descriptor"),
     HINTS("Where does the descriptor stand when recvmsg() has returned?",
           "See CMSG_FIRSTHDR and CMSG_DATA in cmsg(3).",
           "Set msg_control and msg_controllen before the call; copy the int "
           "out of CMSG_DATA() after it."))
{
    struct office v = open_server();
    struct line c = make_call();
    int fd = peer_connect(v.s);

    peer_pass(fd, "!", 1, &c.end, 1);
    peer_close(c.end);
    wait_settled(v.s);
    expect_greeting(v.s, c.client, why_ungreeted(v.s));
    expect_closed(fd, "The client is being served, and its sender has nothing "
                      "more to say: the connection from PATH is closed first. "
                      "Else each client costs two descriptors, and a sender "
                      "who waits for the end waits for a stranger.");
    for (int i = 0; i < 3; i++)
        expect_answered(c.client,
                        "The client is served until it ends its side.");
    expect_all_bytes(c.client);
}

CASE("said-before", "what the client said before is answered",
     READ("the-same-description"),
     HINTS("Where are bytes that have come and that nobody has received?",
           "See unix(7): what is passed is the open file description.",
           "Nothing to be done: recv() gives them."))
{
    struct office v = open_server();
    struct line c = make_call();

    peer_send_text(c.client, "early\n");
    peer_end(c.client);
    hand_over(v.s, c.end);
    const char *got = peer_read_until(
        c.client, "EARLY\n",
        "The client spoke, and ended its side, before its connection was "
        "handed over. It does not know of that, and wants its answer.");
    got = judge_greeting(v.s, got);
    expect(strcmp(got, "EARLY\n") == 0, "\"EARLY\\n\" behind the greeting",
           quoted(got, strlen(got), 40), "Each byte is answered once.");
    expect_end(c.client, "All is answered: the connection is closed, and "
                         "nobody has a descriptor of it any more.");
}

CASE("nothing-left", "when a client has ended, nothing of it is left",
     READ("what-really-came"),
     HINTS("Who closes a descriptor that was received?",
           "It is open in this process since recvmsg(): see unix(7).",
           "close() it when the client is served; and the connection over "
           "which it came."))
{
    struct office v = open_server();

    for (int i = 0; i < CALLERS; i++) {
        expect_served(v, "One client after the other is handed over, and "
                         "served.");
        expect_nothing_left(
            v, "A client was served and has gone. What was received belongs "
               "to the process like any other descriptor, and costs one until "
               "it is closed; so does the connection over which it came.");
    }
    int zombies = count_zombies(v.s);
    expect(zombies <= 1, "at most one child that has just ended",
           text("%d that nobody has waited for", zombies),
           "A child that has ended stays a zombie until its parent waits for "
           "it, or ignores SIGCHLD.");
}

CASE("close-on-exec", "what was received is close-on-exec",
     READ("what-really-came"),
     HINTS("What would a program inherit that the server starts?",
           "See MSG_CMSG_CLOEXEC in recvmsg(2).",
           "recvmsg(fd, &message, MSG_CMSG_CLOEXEC)."))
{
    struct office v = open_server();
    struct line c = make_call();
    int fd = peer_connect(v.s);

    peer_pass(fd, "!", 1, &c.end, 1);
    expect_greeting(v.s, c.client, "A connection was handed over.");
    wait_settled(v.s);
    expect(count_copies(v.s, c.end) > 0, "a descriptor of the connection",
           "none", "It serves the client.");
    expect(count_inheritable_copies(v.s, c.end) == 0,
           "close-on-exec set on what was received", "it is not set",
           "The flag close-on-exec belongs to the descriptor, not to what is "
           "passed: whatever it was at the sender, it is off here unless "
           "recvmsg() is asked for it. Each program that is started from here "
           "would keep the client's connection open.");
}

CASE("non-blocking", "a connection that is non-blocking is served as well",
     READ("the-same-description"),
     HINTS("What does recv() say when nothing has come yet?",
           "O_NONBLOCK belongs to the open file description: see open(2). It "
           "came along.",
           "fcntl(fd, F_SETFL, ...) without O_NONBLOCK, or poll()."))
{
    struct office v = open_server();
    struct line c = make_call();

    fcntl(c.end, F_SETFL, fcntl(c.end, F_GETFL) | O_NONBLOCK);
    hand_over(v.s, c.end);
    expect_greeting(v.s, c.client, "A connection was handed over.");
    expect_calm(v.s, CALM_MS, CALM_CALLS,
                "The client is silent, and recv() says EAGAIN, for O_NONBLOCK "
                "was set where the connection comes from, and goes with it. "
                "Wait by poll(), or have recv() wait again.");
    expect_answered(c.client,
                    "The sender had set O_NONBLOCK, and that is a flag of the "
                    "open file description, which was passed. EAGAIN says "
                    "that nothing has come yet, and neither the end nor an "
                    "error.");
}

/* Passes count descriptors in one message, which is refused: the sender is
 * hung up on. */
static void expect_refused(struct office v, const int *fds, size_t count,
                           const char *why)
{
    int fd = peer_connect(v.s);

    peer_pass(fd, "!", 1, fds, count);
    expect_closed(fd, "%s", why);
    peer_close(fd);
    wait_settled(v.s);
    expect_alive(v.s, "A message was refused. That concerns this sender only: "
                      "the server goes on.");
}

/* What was refused is closed, and nobody is greeted. */
static void expect_unserved(struct line c)
{
    peer_close(c.end);
    expect_closed(c.client,
                  "The message was refused, so this client is nobody's: its "
                  "connection is closed, without a word.");
}

/* It goes on, and tells that something was refused. */
static void expect_recovered(struct office v)
{
    expect_told(v.s, "A message was refused. That is told on stderr.");
    expect_nothing_left(v, "A message was refused, and all is as before.");
    expect_served(v, "One sender was refused. The next one is not.");
}

CASE("no-descriptor", "a message without a descriptor is refused",
     READ("what-really-came"),
     HINTS("What does CMSG_FIRSTHDR() say when nothing came along?",
           "See cmsg(3): it may be NULL.",
           "Without a control message of SCM_RIGHTS: warnx(), close, take "
           "the next sender."))
{
    struct office v = open_server();

    expect_refused(v, NULL, 0,
                   "A byte came, and no descriptor with it. Nothing can be "
                   "served: the sender is hung up on.");
    expect_recovered(v);
}

CASE("two", "two descriptors are refused, and both are closed",
     READ("what-really-came"),
     HINTS("How many descriptors are in one control message?",
           "See cmsg_len in cmsg(3): CMSG_LEN(0) is what it takes without "
           "any.",
           "(cmsg_len - CMSG_LEN(0)) / sizeof(int) of them: close them all."))
{
    struct office v = open_server();
    struct line a = make_call(), b = make_call();

    expect_refused(v, (int[]){a.end, b.end}, 2,
                   "Two descriptors came with one message. It is refused.");
    int open = count_copies(v.s, a.end) + count_copies(v.s, b.end);
    expect(open == 0, "both closed",
           open == 1 ? "one of them is open still" : "both are open still",
           "Two descriptors came, though there was room for one: CMSG_SPACE() "
           "of one int is 24 bytes where pointers have 8, and that holds two. "
           "They are open in the process, whether anybody has asked for them "
           "or not.");
    expect_unserved(a);
    expect_unserved(b);
    expect_recovered(v);
}

CASE("too-many", "more descriptors than there is room for are refused",
     READ("what-really-came"),
     HINTS("How does recvmsg() tell that something was left out?",
           "See MSG_CTRUNC in recvmsg(2): it is in msg_flags.",
           "When it is set, close what has come, and refuse."))
{
    int fds[MANY];

    set_limits((struct limits){.files = FEW_FILES});
    struct office v = open_server();
    struct line c = make_call();
    for (int i = 0; i < MANY; i++)
        fds[i] = c.end;
    expect_refused(v, fds, MANY,
                   "A hundred descriptors came with one message, more than "
                   "the process may have. It is refused.");
    expect(count_copies(v.s, c.end) == 0, "all closed",
           text("%d descriptors of them", count_copies(v.s, c.end)),
           "As many came as there was room for in msg_control and in the "
           "process; the others were left out, and MSG_CTRUNC in msg_flags "
           "says so. Those that came are open.");
    expect_unserved(c);
    expect_recovered(v);
}

/* From now on its first process may open so many descriptors more, and no
 * others; -1: as many as before. */
static void let_open(struct subject *s, int more)
{
    const struct call_record *first = nth_call(s, CALL_ANY, 1);
    struct rlimit limit;

    if (prlimit(first->tid, RLIMIT_NOFILE, NULL, &limit) == -1)
        skip_case("its limits cannot be seen: %s", strerror(errno));
    limit.rlim_cur = limit.rlim_max;
    for (int fd = 0; more > 0; fd++) {
        struct stat st;
        if (lstat(text("/proc/%d/fd/%d", (int)first->tid, fd), &st) == 0)
            continue;
        limit.rlim_cur = (rlim_t)fd + 1;
        more--;
    }
    if (prlimit(first->tid, RLIMIT_NOFILE, &limit, NULL) == -1)
        skip_case("its limits cannot be set: %s", strerror(errno));
}

CASE("truncated", "one of several is not taken for the only one",
     READ("what-really-came"),
     HINTS("One descriptor came. Was that all?",
           "See MSG_CTRUNC in recvmsg(2): it is in msg_flags.",
           "Look at msg_flags behind recvmsg(), before you believe the rest."))
{
    struct office v = open_server();
    struct line c = make_call();
    int fd = peer_connect(v.s);

    wait_settled(v.s);
    let_open(v.s, 1);
    note("lets it open one descriptor more");
    peer_pass(fd, "!", 1, (int[]){c.end, c.end, c.end}, 3);
    expect_closed(fd, "A message is refused: the sender is hung up on.");
    peer_close(fd);
    peer_close(c.end);
    expect_closed(
        c.client,
        "Three descriptors were sent, and its table had room for one "
        "more: that came, and MSG_CTRUNC in msg_flags says that something was "
        "left out. What was left out nobody knows, so the message is "
        "refused, and what came of it is closed.");
    wait_settled(v.s);
    expect_alive(v.s, "A message was refused: the server goes on.");
    let_open(v.s, -1);
    expect_recovered(v);
}

CASE("sender-leaves", "a sender that leaves hurts nobody", READ("handoff"),
     HINTS("What does recvmsg() return when the sender has closed?",
           "See recvmsg(2): 0.", "Close it, and take the next one."))
{
    struct office v = open_server();

    for (int i = 0; i < 2; i++)
        peer_close(peer_connect(v.s));
    expect_nothing_left(v, "Two senders have left without a message: 0 is the "
                           "end of the stream, and nothing came with it.");
    expect_served(v, "The next sender hands something over.");
}

CASE("client-gone", "a client that is gone hurts nobody", READ("handoff"),
     HINTS("What does send() do when the client has gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "MSG_NOSIGNAL; close the client, and take the next sender."))
{
    struct office v = open_server();
    struct line c = make_call();

    peer_end(c.client);
    peer_reset(c.client);
    hand_over(v.s, c.end);
    expect_nothing_left(v, "The client had gone before its connection was "
                           "handed over. Nothing of it is left.");
    expect_alive(v.s, "send() to a client that has gone says EPIPE, and there "
                      "is a SIGPIPE which ends the program that does not "
                      "prevent it.");
    c = make_call();
    hand_over(v.s, c.end);
    expect_greeting(v.s, c.client, "The next one is there.");
    peer_reset(c.client);
    expect_nothing_left(v, "The client has reset its connection: ECONNRESET "
                           "is the end of this client and of nobody else.");
    expect_served(v, "Two clients have left in disorder. The next one is "
                     "served.");
}

CASE("no-connection", "a descriptor that cannot be served hurts nobody",
     READ("handoff"),
     HINTS("What may a descriptor be?",
           "See ENOTSOCK in send(2) and EBADF in write(2).",
           "An error of send() or recv() ends this client only."))
{
    struct office v = open_server();
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) == -1)
        skip_case("no pipe: %s", strerror(errno));
    int fd = peer_connect(v.s);
    peer_pass(fd, "!", 1, &fds[0], 1);
    peer_close(fd);
    close(fds[1]);
    close(fds[0]);
    expect_nothing_left(v, "The end of a pipe was handed over, from which one "
                           "can only read. Nobody can be greeted there; but "
                           "it is open here since recvmsg(), and so it is "
                           "closed all the same.");
    expect_served(v, "Something was handed over that is no connection. The "
                     "next one is.");
}

CASE("both", "from the sender to the server, the client notices nothing",
     READ("handoff"),
     HINTS("Does each half work alone?",
           "The cases before this one try them apart.",
           "See which of them fails."))
{
    struct office v = open_server();
    const char *door = text("%s/door", subject_directory(v.s));
    struct subject *sender =
        start_listening("send", door, "127.0.0.1", "0", NULL);
    int clients[2] = {peer_connect(sender)};

    expect_greeting(v.s, clients[0],
                    "The first caller is handed to the server.");
    wait_settled(sender);
    clients[1] = peer_connect(sender);
    peer_send_text(clients[1], "early\n");
    expect_answered(clients[0], "The first caller is served.");
    expect_answered(clients[0], "It is served on, whoever comes meanwhile.");
    peer_end(clients[0]);
    expect_end(clients[0], "Neither process has a descriptor of it any more.");
    const char *got =
        peer_read_until(clients[1], "EARLY\n",
                        "The second caller has waited for its turn, and has "
                        "spoken before.");
    judge_greeting(v.s, got);
    peer_end(clients[1]);
    expect_end(clients[1], "Neither process has a descriptor of it any more.");
    expect_nothing_left(v, "All clients have gone.");
}

CASE("every-send", "no interruption changes what is handed over",
     READ("handoff"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    struct sender v = open_sender();
    open_door(&v);
    int client = peer_connect(v.s);

    int fd = take_over(&v);
    peer_send_text(fd, "welcome");
    peer_close(fd);
    expect_text(client, "welcome",
                "A call was interrupted. Nothing has been "
                "done by then: make it again.");
    expect_end(client, "Nobody else has the connection.");
}

CASE("every-serve", "no interruption and no short call changes what is served",
     READ("handoff"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR, and send "
           "the rest when send() took a part."))
{
    struct office v = open_server();

    expect_served(v, "A call was interrupted, or moved less than was asked "
                     "for. Make it again, from where it stopped.");
    expect_nothing_left(v, "A call was interrupted. Nothing is left open by "
                           "that.");
}
