/* The checker of labs/09-ipc/worker.c: two processes and the pair of sockets
 * between them, each of which may be slow, full, ended or dead. */
#define _GNU_SOURCE
#include "harness.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MOST_KEPT = 64 << 10, /* that the contract allows */
    LINE = 100,           /* bytes of a line, of many */
    MANY = 3400,          /* lines: more than a queue, a pipe and the parent */
    SOME = 1000,          /* lines: more than a pipe holds */
    BLOCK = 40,           /* lines whose answers fill a queue, in pieces */
    NARROW = 120,         /* lines: more than both queues hold of small ones */
    FEW = 20,             /* bytes that a read gives, so that sends are small */
    FEWER = 5,            /* bytes that a send of the child takes, */
    QUEUE = 320,          /* times: more than a queue holds of either */
    PART = 4,             /* bytes that one send takes */
    LINK = 32,            /* a link in /proc/PID/fd as long as it matters */
    SPIN = 500,           /* calls, where some ten do the work */
    LONG = 70000,         /* bytes of one line */
    NAP_MS = 3,
    CALM_MS = 15,
    CALM_CALLS = 6
};

static bool is_childs(const struct call_record *r, void *data)
{
    (void)data;
    return strncmp(r->who, "child", strlen("child")) == 0;
}

static bool is_parents(const struct call_record *r, void *data)
{
    return !is_childs(r, data);
}

/* Bytes that have moved, in all calls of both. */
static size_t moved_by_all(struct subject *s)
{
    static const enum call calls[] = {CALL_READ, CALL_SEND, CALL_RECV,
                                      CALL_WRITE};
    const struct call_record *r;
    size_t bytes = 0;

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (r = NULL; (r = next_call(s, calls[i], r)) != NULL;)
            if (r->finished && r->result > 0)
                bytes += (size_t)r->result;
    return bytes;
}

/* It has done what there is to do, and sleeps.  On a busy machine that may
 * take long: who still moves bytes is at work. */
static void expect_rest(struct subject *s, const char *why)
{
    size_t before = 0, now = moved_by_all(s);

    while (!wait_settled(s)) {
        before = now;
        now = moved_by_all(s);
        expect(now > before, "a program that sleeps",
               "it goes on making calls, or computing", "%s", why);
    }
}

/* The same, though what was fed is given to its stdin as there is room. */
static void expect_stuck(struct subject *s, const char *why)
{
    size_t before;

    do {
        expect_rest(s, why);
        before = moved_by_all(s);
        let_run(NAP_MS);
        expect_rest(s, why);
    } while (moved_by_all(s) != before);
}

/* The same, and looks at nothing in vain. */
static void expect_calm_rest(struct subject *s, const char *why)
{
    expect_rest(s, why);
    expect_calm(s, CALM_MS, CALM_CALLS, "%s", why);
}

/* The call by which the child has answered the first line. */
static const struct call_record *find_answer(struct subject *s)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_SEND, r)) != NULL)
        if (is_childs(r, NULL) && r->headlen > 0 && r->head[0] == '1')
            return r;
    fail_case("an answer that a child has sent",
              "none: no child has sent \"1: \" through a socket",
              "The work is the child's: it receives the lines, and sends its "
              "answers through its end of the pair.");
}

static pid_t find_worker(struct subject *s)
{
    return find_answer(s)->tid;
}

/* The child's end, as a descriptor of the checker; -1 where the system does not
 * allow it. */
static int take_childs_end(struct subject *s)
{
    const struct call_record *r = find_answer(s);
    int process = (int)syscall(SYS_pidfd_open, r->tid, 0);

    if (process == -1)
        return -1;
    int fd = (int)syscall(SYS_pidfd_getfd, process, (int)r->args[0], 0);
    close(process);
    return fd;
}

/* What is done to this end, its process meets without having done it.  False
 * where the system does not allow it. */
static bool shut_childs_end(struct subject *s, int how)
{
    int fd = take_childs_end(s);
    bool is_done = fd != -1 && shutdown(fd, how) == 0;

    if (fd != -1)
        close(fd);
    return is_done;
}

/* A program whose child has answered one line. */
static struct subject *begin(void)
{
    struct subject *s = start_argv(no_arguments);

    feed_text(s, "first\n");
    expect_prints(s, "1: first\n",
                  "A line has come on stdin. It goes to the child at once, and "
                  "so does the answer to stdout: stdio keeps what goes into a "
                  "pipe until its buffer is full, or is flushed.");
    expect(wait_settled_within(s, SPIN), "a program that sleeps",
           "it goes on making calls",
           "A line is answered, and nobody speaks. Who asks again and again, "
           "by a recv() that does not wait or whether something can be "
           "written, computes for nothing: wait, in recv() or poll().");
    return s;
}

struct fewer {
    struct subject *s;
    int tasks;
};

static bool are_fewer(void *data)
{
    struct fewer *f = data;

    return count_tasks(f->s) < f->tasks;
}

/* What it is held at does not keep it from dying. */
static void kill_worker(struct subject *s)
{
    pid_t pid = find_worker(s);
    struct fewer f = {s, count_tasks(s)};

    note("kills the child (SIGKILL)");
    kill(pid, SIGKILL);
    wait_until(are_fewer, &f);
    wait_settled(s);
}

/* It ends with 0, and all that it has printed was this. */
static void expect_printed(struct subject *s, const void *bytes, size_t n,
                           const char *why)
{
    expect_output(s, bytes, n, "%s", why);
    expect_exit(s, 0, "%s", why);
}

/* What is on stderr, for a verdict. */
static const char *shown(const char *said)
{
    return *said == '\0' ? "nothing on stderr"
                         : quoted(said, strlen(said), 240);
}

/* It ends with 1 and says why on stderr, where the child may have said
 * something, too. */
static void expect_told(struct subject *s, const char *part, const char *why)
{
    expect_exit(s, 1, "%s", why);
    const char *said = errors(s, NULL);
    expect(strstr(said, part) != NULL,
           text("a sentence on stderr with \"%s\"", part), shown(said), "%s",
           why);
}

/* Whether a number of this range stands there, by itself. */
static bool has_number(const char *words, long from, long to)
{
    for (const char *p = words; *p != '\0';) {
        char *end;
        if (!isdigit((unsigned char)*p)) {
            p++;
            continue;
        }
        long n = strtol(p, &end, 10);
        if (n >= from && n <= to)
            return true;
        p = end;
    }
    return false;
}

static void expect_told_killed(struct subject *s, const char *why)
{
    static const char *const names[] = {"Killed", "killed", "KILL"};

    expect_exit(s, 1, "%s", why);
    const char *said = errors(s, NULL);
    bool is_told = has_number(said, SIGKILL, SIGKILL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        is_told |= strstr(said, names[i]) != NULL;
    expect(is_told,
           "a sentence on stderr with the signal: its number, 9, or its name, "
           "\"KILL\" or \"Killed\"",
           shown(said), "%s", why);
    expect_complaint(s, NULL, "%s", why);
}

CASE("usage", "wrong usage ends with status 2", READ("worker"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start("something", NULL), "It takes no arguments.");
}

/* The pair is one of stream sockets. */
static void expect_stream(struct subject *s)
{
    int fd = take_childs_end(s), type = SOCK_STREAM;
    socklen_t n = sizeof type;

    if (fd == -1)
        return;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n);
    close(fd);
    expect(type == SOCK_STREAM, "a pair of the type SOCK_STREAM",
           type == SOCK_SEQPACKET ? "SOCK_SEQPACKET" : "another type",
           "Sockets of this type send messages. What does not fit into the "
           "receiver's buffer is cut off, an empty message looks like an end, "
           "and a datagram socket has no end at all.");
}

CASE("first-line", "a line comes back with its number, at once",
     READ("socketpair"),
     HINTS("Which of the two ends is whose?", "See socketpair(2), fork(2).",
           "The parent sends on ends[0] and the child receives on ends[1]."))
{
    struct subject *s = begin();

    find_worker(s);
    expect_stream(s);
    expect_calm_rest(
        s, "Nobody speaks, and it asks again and again. Who asks whether "
           "a socket is writable is told so at once, nearly always: ask "
           "only while there is something to write.");
    feed_text(s, "\n");
    expect_prints(
        s, "2: \n",
        "The second line is empty, and is a line. It has come when the "
        "first one was answered: stdin has not ended before it says "
        "so, however little a read() brings.");
}

CASE("each-line", "each line has its number, however they come",
     READ("stream-datagram-seqpacket"),
     HINTS("How many lines does one recv() bring?",
           "A stream has no messages: see chapter 4.",
           "A number before each byte that begins a line, be it the first one "
           "that came or not."))
{
    struct subject *s = begin();

    feed_text(s, "two\nthree\nfour\n");
    expect_prints(
        s, "2: two\n3: three\n4: four\n",
        "Three lines have come at once, and one recv() brings them "
        "all. Each is a line, and has an answer. What stdio reads ahead "
        "poll() knows nothing of: lines that lie in a FILE's buffer "
        "wake nobody.");
    feed_text(s, "fi");
    wait_settled(s);
    feed_text(s, "ve\nsi");
    wait_settled(s);
    feed_text(s, "x\n");
    expect_prints(s, "5: five\n6: six\n",
                  "A line has come in two pieces. It is one line, with one "
                  "number.");
    only_if(inject_short(s, CALL_SEND, NTH(1), PART), is_parents, NULL);
    feed_text(s, "seven\neight\n");
    expect_prints(s, "7: seven\n8: eight\n",
                  "Two lines have come, and send() has taken 4 bytes of them: "
                  "it says how many. The rest is still to be sent, from where "
                  "it stopped.");
}

CASE("end", "at the end of stdin the child answers all, and both end",
     READ("the-end-you-do-not-use"),
     HINTS("How does the child learn that no more will come?",
           "See SHUT_WR in shutdown(2). Its recv() says 0, once nobody can "
           "write into the other end.",
           "Each process closes the end that is the other's; the parent "
           "half-closes when stdin has ended."))
{
    static const char all[] = "1: one\n2: two\n3: three\n";
    struct subject *s = start_argv(no_arguments);

    only_if(hold(s, CALL_SEND, NTH(1)), is_childs, NULL);
    feed_text(s, "one\ntwo\nthree\n");
    feed_end(s);
    wait_held(s, "The child has received lines, and answers.");
    bool is_calm = wait_settled_within(s, SPIN);
    expect(is_calm, "a program that sleeps while the child is at work",
           text("%zu calls, and it goes on", count_calls(s, CALL_ANY)),
           "stdin has ended, and it asks again and again. An end is readable "
           "for ever, and poll() tells it each time, that of a pipe by "
           "POLLHUP alone: take whatever revents has, read(), and do not ask "
           "any more when that has said 0.");
    release(s);
    expect_printed(s, all, strlen(all),
                   "stdin has ended. The parent half-closes, the child answers "
                   "what is left and ends, and the parent sees that and ends, "
                   "too. After close() or SHUT_RDWR in place of SHUT_WR no "
                   "answer can come any more. And an end of stream comes when "
                   "the last descriptor of the other side is closed: whoever "
                   "holds a copy of it himself waits for himself.");
    wait_settled(s);
    expect(count_tasks(s) == 0, "both have ended",
           text("%d still there", count_tasks(s)),
           "The parent has ended, and the child has not: nobody has told it "
           "that no more will come.");

    s = start_argv(no_arguments);
    feed_end(s);
    expect_printed(s, "", 0, "Nothing has come on stdin: no line, no answer.");
}

CASE("last-line", "a last line without a newline counts as well",
     READ("worker"),
     HINTS("What has come when recv() says 0?",
           "The last line may have no newline.",
           "If a line has begun and not ended by then, end its answer."))
{
    static const char all[] = "1: one\n2: tw\n";
    struct subject *s = start_argv(no_arguments);

    feed_text(s, "one\ntw");
    feed_end(s);
    expect_printed(s, all, strlen(all),
                   "The last line has no newline. Its answer is a line like "
                   "the others.");
}

CASE("any-bytes", "a line may be long and hold any bytes", READ("worker"),
     HINTS("How long is a line? Which bytes does it have?",
           "recv() says how many bytes have come; they are no string.",
           "Pass on what has come, by its count, and wait for no newline."))
{
    static const char more[] = "\nb\0c\nd\n", others[] = "2: \n3: b\0c\n4: d\n";
    static char bytes[LONG + sizeof more], answer[LONG + 3 + sizeof others];

    memcpy(bytes, "\0a\0\xff", 4);
    memset(bytes + 4, 'x', LONG - 4);
    bytes[LONG] = '\n';
    memcpy(bytes + LONG + 1, more, sizeof more - 1);
    memcpy(answer, "1: ", 3);
    memcpy(answer + 3, bytes, LONG + 1);
    memcpy(answer + LONG + 4, others, sizeof others - 1);
    stdin_from_file(bytes, sizeof bytes);
    struct subject *s = start_argv(no_arguments);
    expect_printed(s, answer, sizeof answer,
                   "stdin is a file, whose first line has 70,000 bytes. NULs "
                   "are among them, and in a short line, too; a NUL ends "
                   "neither the line nor the search for its newline. Each line "
                   "comes back whole.");
}

/* The call by which the parent has sent the first line. */
static const struct call_record *find_question(struct subject *s)
{
    const struct call_record *r = NULL;

    while ((r = next_call(s, CALL_SEND, r)) != NULL)
        if (!is_childs(r, NULL) && r->headlen > 0 && r->head[0] == 'f')
            return r;
    fail_case("a line that the parent has sent",
              "none: the parent has sent no \"first\" through a socket",
              "The parent sends what has come on stdin, through its end of the "
              "pair.");
}

/* A process that holds the socket of somebody else's call; its descriptor, or
 * -1. */
static int find_copy(pid_t pid, const struct call_record *r)
{
    char wanted[LINK] = "", link[LINK];
    int found = -1;
    DIR *dir = opendir(text("/proc/%d/fd", (int)pid));

    if (dir == NULL ||
        readlink(text("/proc/%d/fd/%ld", (int)r->tid, r->args[0]), wanted,
                 LINK - 1) <= 0)
        skip_case("/proc cannot be read");
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        ssize_t n = readlinkat(dirfd(dir), e->d_name, link, LINK - 1);
        link[n > 0 ? n : 0] = '\0';
        if (strcmp(link, wanted) == 0)
            found = atoi(e->d_name);
    }
    closedir(dir);
    return found;
}

static void expect_none(pid_t pid, const struct call_record *r,
                        const char *wanted, const char *why)
{
    int fd = find_copy(pid, r);

    expect(fd == -1, wanted, text("descriptor %d", fd), "%s", why);
}

CASE("one-end-each", "each holds its own end, and no other",
     READ("the-end-you-do-not-use"),
     HINTS("Who has which descriptors behind fork()?",
           "fork() copies the table: both have both ends. See close(2).",
           "close(ends[1]) in the parent, close(ends[0]) in the child."))
{
    struct subject *s = begin();
    const struct call_record *asked = find_question(s);
    const struct call_record *answered = find_answer(s);

    expect_none(asked->tid, answered, "the parent holds no copy of it",
                "The child answers through its end, and the parent holds that "
                "as well: when the child has gone, it is still open, and the "
                "parent sees no end of stream.");
    expect_none(answered->tid, asked, "the child holds no copy of it",
                "The parent sends through its end, and the child holds that "
                "as well: when the parent has gone, it is still open, and the "
                "child sees no end of stream.");
}

CASE("parent-killed", "when the parent is killed, the child ends, too",
     READ("the-end-you-do-not-use"),
     HINTS("How does the child learn that the parent has gone?",
           "recv() says 0 when nobody holds the other end any more.",
           "close(ends[0]) is the first thing that the child does."))
{
    struct subject *s = begin();

    send_signal(s, SIGKILL);
    wait_exit(s);
    wait_settled(s);
    expect(count_tasks(s) == 0, "no process left",
           text("%d still there", count_tasks(s)),
           "The parent was killed, and its end of the pair is closed; the "
           "child waits for a line from nobody. Does it hold that end "
           "itself?");
}

CASE("killed", "a child that is killed is noticed at once, and told",
     READ("a-child-that-dies"),
     HINTS("The child has gone, and stdin is silent. Who notices?",
           "The socket is readable, and recv() says 0. waitpid(2) says why.",
           "Wait for stdin and for the socket together, and end when the child "
           "has."))
{
    struct subject *s = begin();

    kill_worker(s);
    expect_told_killed(
        s, "The child was killed while stdin was silent. Its end of the pair "
           "is closed by that, so recv() of the parent's says 0; waitpid() "
           "tells what has become of it, WIFSIGNALED() and WTERMSIG() which "
           "signal it was.");
}

/* Bytes of its answers, some of which nobody has received yet. */
static int sent_by_child(struct subject *s)
{
    const struct call_record *r = NULL;
    int bytes = 0;

    while ((r = next_call(s, CALL_SEND, r)) != NULL)
        if (is_childs(r, NULL) && r->finished && r->result > 0)
            bytes += (int)r->result;
    return bytes;
}

CASE("killed-at-work",
     "what it had answered is printed, and no SIGPIPE ends it",
     READ("a-child-that-dies"),
     HINTS("What does send() say when the child has gone?",
           "See EPIPE in send(2), and MSG_NOSIGNAL.",
           "After an error of sending go on receiving until there is no more; "
           "then waitpid()."))
{
    static const char answers[] = "2: second\n3: third\n";
    struct subject *s = begin();

    /* It is held twice at its answer: before it, and behind it. */
    only_if(hold_after(s, CALL_SEND, NTH(1)), is_childs, NULL);
    only_if(hold(s, CALL_SEND, NTH(1)), is_childs, NULL);
    feed_text(s, "second\n");
    wait_held(s, "The child has received a line, and answers.");
    feed_text(s, "third\n");
    wait_settled(s);
    only_if(hold(s, CALL_RECV, NTH(1)), is_parents, NULL);
    release(s);
    wait_settled(s);
    kill_worker(s);
    feed_text(s, "fourth\n");
    release(s);
    expect_prints(
        s, text("%.*s", sent_by_child(s) - (int)strlen("1: first\n"), answers),
        "The child has answered this, and was killed then. Its "
        "answer was in the parent's socket by that time.");
    expect_told_killed(
        s, "The child was killed while the parent had more for it. send() says "
           "EPIPE then, and SIGPIPE comes with it, which ends a program that "
           "does not expect it, without a word. What the child has left unread "
           "makes recv() say ECONNRESET, behind its last answer.");
}

CASE("killed-late", "a child that is killed before its own end is told, too",
     READ("a-child-that-dies"),
     HINTS("Is an end of stream a success?",
           "See waitpid(2): the status says how it has ended.",
           "WIFEXITED() and WEXITSTATUS() == 0, or it is told."))
{
    struct subject *s = begin();

    only_if(hold(s, CALL_SEND, NTH(1)), is_childs, NULL);
    feed_text(s, "second\n");
    feed_end(s);
    wait_held(s, "The child has received a line, and answers.");
    wait_settled(s);
    expect_alive(s, "stdin has ended, and the child has not: it may still "
                    "answer.");
    expect_calm_rest(
        s, "stdin has ended, and the child is at work. The end of stdin "
           "is readable for ever: who asks poll() about it still is told "
           "so each time.");
    if (shut_childs_end(s, SHUT_WR)) {
        note("ends the child's side; the child is held, and has not ended");
        expect_alive(
            s, "The child's side has ended, and the child has not: a process "
               "closes what it has first, and has a status after that. "
               "waitpid() waits for it; with WNOHANG it says 0, and has "
               "nothing to tell.");
    }
    kill_worker(s);
    expect_told_killed(
        s, "stdin had ended, and the child was killed before it had ended by "
           "itself. The end of stream is the same; what it would have answered "
           "is lost. Only waitpid() knows.");
}

/* It ends with 1 and names the child's status, which was no good one. */
static void expect_told_status(struct subject *s, const char *why)
{
    expect_exit(s, 1, "%s", why);
    const char *said = errors(s, NULL);

    expect(has_number(said, 1, 255),
           "a sentence on stderr with the child's status, 1 to 255",
           shown(said),
           "%s What waitpid() fills in is more than that: WIFEXITED() says "
           "whether it has ended by itself, WEXITSTATUS() with which status.",
           why);
}

CASE("child-fails", "a child that fails, or ends too early, is told",
     READ("a-child-that-dies"),
     HINTS("What is the child's status when a call of its own has failed?",
           "See WEXITSTATUS() in waitpid(2).",
           "err(1, ...) in the child, and errx(1, ...) in the parent, which "
           "names the status; a 0 before all was sent is no good one."))
{
    struct subject *s = begin();

    only_if(inject_errno(s, CALL_RECV, ALWAYS, ENOMEM), is_childs, NULL);
    feed_text(s, "second\n");
    expect_told_status(
        s, "recv() of the child has failed, and that is no end of stdin: the "
           "child ends with another status than 0, and the parent tells that "
           "status.");

    s = begin();
    only_if(inject_errno(s, CALL_SEND, ALWAYS, ENOMEM), is_childs, NULL);
    feed_text(s, "second\n");
    expect_told_status(
        s, "send() of the child has failed, and its answer is lost. It has not "
           "answered all, so its status is another than 0; the parent tells "
           "that status.");

    s = begin();
    if (!shut_childs_end(s, SHUT_RD))
        return;
    note("has the child see an end of stream");
    static const char early[] =
        "The child has ended by itself, with status 0, and stdin has not "
        "ended: nobody will answer what else may come. Whether it was early "
        "only the parent can know, who has not half-closed.";
    expect_exit(s, 1, early);
    expect_complaint(s, NULL, early);
}

/* n lines of LINE bytes and what is to come back, from this number on. */
static size_t make_lines(char *lines, char *answers, int n, int first)
{
    char line[LINE + 1];
    size_t at = 0;

    for (int i = 0; i < n; i++) {
        snprintf(line, sizeof line, "%0*d\n", LINE - 1, i);
        memcpy(lines + i * LINE, line, LINE);
        at += (size_t)sprintf(answers + at, "%d: %s", i + first, line);
    }
    return at;
}

static char lines[MANY * LINE], answers[MANY * (LINE + 8)];

static bool is_from_stdin(const struct call_record *r, void *data)
{
    (void)data;
    return r->args[0] == STDIN_FILENO;
}

CASE("both-full", "parent and child do not wait for each other in a circle",
     READ("both-directions-full"),
     HINTS("Both wait in send(). Who is to receive?",
           "See MSG_DONTWAIT in send(2), and POLLOUT in poll(2).",
           "The parent never waits in send(): it waits in poll(), for room and "
           "for answers at once."))
{
    const struct times many = {1, QUEUE};
    struct subject *s = begin();

    make_lines(lines, answers, NARROW, 2);
    only_if(inject_short(s, CALL_SEND, many, FEWER), is_childs, NULL);
    only_if(hold(s, CALL_SEND, NTH(1)), is_childs, NULL);
    feed(s, lines, BLOCK * LINE);
    wait_held(s, "The child has received some lines, and answers.");
    wait_settled(s);
    /* Each piece takes as much of a queue as a much larger one.  It is read()
     * that makes them small: a send() that is cut would not wait. */
    only_if(inject_short(s, CALL_READ, many, FEW), is_from_stdin, NULL);
    feed(s, lines + BLOCK * LINE, (NARROW - BLOCK) * LINE);
    wait_settled(s);
    release(s);
    expect_prints(s, answers,
                  "Much has come on stdin. The child's answers fill the "
                  "parent's queue, so the child waits in send(), and receives "
                  "nothing; its own queue is full, too, and a parent that "
                  "waits in send() as well waits for ever. What does not fit "
                  "stays where it is: nothing is read over it.");
    feed_end(s);
    expect_exit(s, 0, "stdin has ended, and all is answered.");
}

CASE("end-full", "the last answers are received before the child is waited for",
     READ("a-child-that-dies"),
     HINTS("The parent waits for the child. What does the child wait for?",
           "A child that has something to send cannot end: see waitpid(2).",
           "Receive until 0; then waitpid()."))
{
    const struct times many = {1, QUEUE};
    struct subject *s = begin();

    make_lines(lines, answers, NARROW, 2);
    only_if(hold(s, CALL_RECV, NTH(1)), is_childs, NULL);
    feed(s, lines, NARROW * LINE);
    wait_held(s, "The child answers what it has, and asks for more.");
    feed_end(s);
    wait_settled(s);
    only_if(inject_short(s, CALL_SEND, many, FEWER), is_childs, NULL);
    release(s);
    expect_prints(s, answers,
                  "stdin had ended while the child had much to answer. There "
                  "is no room for all of it, so it waits in send(); a parent "
                  "that waits for its end then waits for ever.");
    expect_exit(s, 0, "stdin has ended, and all is answered.");
}

/* Bytes that the parent has moved in calls of one kind. */
static size_t moved(struct subject *s, enum call call)
{
    const struct call_record *r = NULL;
    size_t bytes = 0;

    while ((r = next_call(s, call, r)) != NULL)
        if (!is_childs(r, NULL) && r->finished && r->result > 0)
            bytes += (size_t)r->result;
    return bytes;
}

static void expect_kept(struct subject *s, enum call in, enum call out,
                        const char *what)
{
    size_t came = moved(s, in), went = moved(s, out);
    size_t n = came > went ? came - went : 0;

    expect(
        n <= MOST_KEPT,
        text("at most %d bytes of %s taken and not passed on", MOST_KEPT, what),
        text("%zu bytes", n),
        "It goes on reading what it cannot pass on, and has to keep it, or "
        "loses it. "
        "Child and stdout can be slow for ever, and no memory is large "
        "enough: do not read while something is still to be written.");
}

CASE("slow", "who is slow is waited for, and nothing is lost or piled up",
     READ("both-directions-full"),
     HINTS("What does the parent do with what it cannot pass on?",
           "poll(2) need not be asked about a descriptor that is not wanted.",
           "Read no more from stdin than fits, and receive no more than is "
           "printed."))
{
    struct subject *s = begin();

    make_lines(lines, answers, MANY, 2);
    only_if(hold(s, CALL_RECV, NTH(1)), is_childs, NULL);
    feed(s, lines, sizeof lines);
    wait_held(s, "The child answers what it has, and asks for more.");
    expect_stuck(s, "The child is busy: there is nothing to do.");
    expect_kept(s, CALL_READ, CALL_SEND, "stdin");
    leave_output(s);
    release(s);
    expect_stuck(s, "Nobody takes from stdout: there is nothing to do.");
    expect_kept(s, CALL_RECV, CALL_WRITE, "what the child has answered");
    take_output(s);
    expect_prints(s, answers,
                  "The child was busy for a while, and then nobody took from "
                  "stdout. Each line has its answer all the same.");
    feed_end(s);
    expect_exit(s, 0, "stdin has ended, and all is answered.");
}

/* stdin and stdout are as they were when it began. */
static void expect_flags_kept(struct subject *s, int flags, const char *how)
{
    for (int fd = 0; fd <= 1; fd++)
        expect((status_flags(s, fd) & O_NONBLOCK) == flags,
               text("O_NONBLOCK of descriptor %d as it was", fd), "another",
               "It has ended %s. The flags belong to the open file "
               "description, which the shell has as well: leave them alone.",
               how);
}

CASE("flags", "stdin and stdout may be non-blocking, and stay as they are",
     READ("worker"),
     HINTS("What does read() say when nothing has come yet?",
           "EAGAIN is neither the end nor an error.",
           "Back to poll(); leave the flags alone."))
{
    struct subject *s = begin();

    make_lines(lines, answers, SOME, 1);
    feed_end(s);
    expect_exit(s, 0, "stdin has ended.");
    expect_flags_kept(s, 0, "at the end of stdin");

    s = begin();
    kill_worker(s);
    wait_exit(s);
    expect_flags_kept(s, 0, "because its child was killed");

    stdin_with_flags(O_NONBLOCK);
    stdout_with_flags(O_NONBLOCK);
    s = start_argv(no_arguments);
    inject_errno(s, CALL_READ, NTH(1), EAGAIN);
    wait_settled(s);
    leave_output(s);
    feed(s, lines, SOME * LINE);
    wait_settled(s);
    take_output(s);
    expect_prints(s, answers,
                  "stdin and stdout are non-blocking, as another program may "
                  "have left them. EAGAIN says that nothing is there yet, or "
                  "that nothing fits: wait for it.");
    feed_end(s);
    expect_exit(s, 0, "stdin has ended.");
    expect_flags_kept(s, O_NONBLOCK, "at the end of stdin");
}

CASE("no-stdin", "an end of the pair is not taken for stdin", READ("worker"),
     HINTS("stdin is closed. Which descriptors does socketpair() give?",
           "The lowest that are free: see open(2).",
           "open_standard_streams() sees to it, before start_child()."))
{
    without_stdin();
    struct subject *s = start_argv(no_arguments);

    expect_printed(s, "", 0,
                   "It was started without a stdin (as by `<&-' in a shell): "
                   "that counts as an empty one. The lowest free descriptor is "
                   "0, and an end of the pair gets it when nothing else has.");
}

static bool is_to_stdout(const struct call_record *r, void *data)
{
    (void)data;
    return r->args[0] == STDOUT_FILENO;
}

CASE("bad-streams", "an error of stdin or stdout is told", READ("worker"),
     HINTS("What does read() return when it fails?",
           "See read(2) and write(2): -1. EPIPE comes with SIGPIPE.",
           "err(1, \"stdin\"), err(1, \"stdout\")."))
{
    struct subject *s = begin();

    inject_errno(s, CALL_READ, ALWAYS, EIO);
    feed_text(s, "second\n");
    expect_told(s, "Input/output error",
                "read() of stdin said -1 with EIO. That is not its end: nobody "
                "knows what else was to come.");

    s = begin();
    only_if(inject_errno(s, CALL_WRITE, ALWAYS, ENOSPC), is_to_stdout, NULL);
    feed_text(s, "second\n");
    expect_told(s, "No space left",
                "The disk is full: write() to stdout says ENOSPC.");

    s = begin();
    close_output(s);
    feed_text(s, "second\n");
    expect_told(s, "Broken pipe",
                "Nobody reads stdout any more. write() says EPIPE, with the "
                "signal SIGPIPE, which ends a program that does not expect it, "
                "without a word.");
    wait_settled(s);
    expect(count_tasks(s) == 0, "no process left",
           text("%d still there", count_tasks(s)),
           "When the parent has ended, the child sees the end of the stream.");
}

CASE("any-weather", "random faults change nothing", READ("worker"),
     RANDOM_FAULTS, RETRIES_EINTR,
     HINTS("Which call was cut, refused or interrupted before it went wrong?",
           "See poll(2), recv(2), send(2), waitpid(2).",
           "One step at a time, each from where the last one stopped."))
{
    static const char why[] =
        "Calls were interrupted, cut short, or refused with EAGAIN, at random. "
        "Each line is answered once, in order.";
    struct subject *s = start_argv(no_arguments);
    size_t n = make_lines(lines, answers, 20, 1);

    feed(s, lines, LINE * 10);
    wait_settled(s);
    feed(s, lines + LINE * 10, LINE * 10);
    feed_end(s);
    expect_printed(s, answers, n, why);
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("worker"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls. poll() is never "
           "restarted.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    static const char all[] = "1: one\n2: two\n";
    struct subject *s = start_argv(no_arguments);

    feed_text(s, "one\ntwo");
    feed_end(s);
    expect_printed(s, all, strlen(all),
                   "A call was interrupted, or moved less than was asked for. "
                   "Nothing is lost by that: make it again, from where it "
                   "stopped.");
}
