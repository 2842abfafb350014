/* The checker of labs/04-messages/command-server.c: programs that flood, hang,
 * stop, hide, look around and leave others behind. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MEBIBYTE = 1 << 20
};

/* No program of these cases ends by it, however slow the machine is. */
#define LONG_LIMIT "60000"

static const char end_why[] =
    "The answer is LENGTH bytes long, and then the server closes: the client "
    "learns from the end of the stream that nothing else is coming.";

/* Writes a file into the server's directory. */
static void write_file(struct subject *s, const char *name, const void *bytes,
                       size_t n, mode_t mode)
{
    int fd = open(text("%s/%s", subject_directory(s), name),
                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd == -1 || write(fd, bytes, n) != (ssize_t)n ||
        fchmod(fd, mode) == -1 || close(fd) == -1)
        skip_case("a program cannot be written: %s", strerror(errno));
}

static void write_script(struct subject *s, const char *name, const char *body)
{
    const char *all = text("#!/bin/sh\n%s\n", body);

    write_file(s, name, all, strlen(all), 0755);
}

static bool exists(struct subject *s, const char *name)
{
    return access(text("%s/%s", subject_directory(s), name), F_OK) == 0;
}

/* A program that prints itself: n bytes, of which most are chance. */
static char *write_cat(struct subject *s, const char *name, size_t n)
{
    static const char head[] = "#!/bin/cat\n";
    char *bytes = malloc(n);

    chance_bytes(bytes, n);
    memcpy(bytes, head, strlen(head));
    write_file(s, name, bytes, n, 0755);
    return bytes;
}

static struct subject *start_server(void)
{
    return start_listening("--limit", LONG_LIMIT, "127.0.0.1", "0", "go=./go",
                           "next=./next", NULL);
}

/* A server with one program, which it is to run. */
static struct subject *start_with(const char *script)
{
    struct subject *s = start_server();

    write_script(s, "go", script);
    return s;
}

static int ask(struct subject *s, const char *line)
{
    int fd = peer_connect(s);

    peer_send_text(fd, line);
    return fd;
}

static void expect_status(int fd, int status, const char *output,
                          const char *why)
{
    expect_text(fd, text("%d %zu\n%s", status, strlen(output), output), "%s",
                why);
    expect_end(fd, "%s", end_why);
}

/* A program that has nothing odd about it. */
static void expect_still_serves(struct subject *s, const char *why)
{
    write_script(s, "next", "echo next");
    expect_status(ask(s, "next\n"), 0, "next\n", why);
}

/* A FIFO by which a program waits for the checker. */
struct gate {
    struct subject *s;
    int fd; /* our end, once the program has opened the other */
};

static bool is_open(void *data)
{
    struct gate *gate = data;

    gate->fd = open(text("%s/gate", subject_directory(gate->s)),
                    O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return gate->fd != -1;
}

static void make_fifo(struct subject *s, const char *name)
{
    if (mkfifo(text("%s/%s", subject_directory(s), name), 0600) == -1)
        skip_case("no FIFO can be made: %s", strerror(errno));
}

/* Who opens it waits for ever: nobody writes into it. */
static void make_never(struct subject *s)
{
    make_fifo(s, "never");
}

static struct gate make_gate(struct subject *s)
{
    make_fifo(s, "gate");
    return (struct gate){s, -1};
}

/* The program has come to "read x < gate", and its server to rest. */
static void wait_at_gate(struct gate *gate, const char *why)
{
    if (!wait_until(is_open, gate))
        fail_case("the program runs until the checker lets it go on",
                  "it has ended before that, or has not begun", "%s", why);
    wait_settled(gate->s);
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    static const char *const wrong[][7] = {
        {"127.0.0.1", "0"},
        {"127.0.0.1", "0", "go=./go", "no name=./go"},
        {"--limit", "0", "127.0.0.1", "0", "go=./go"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct subject *s = start_argv(wrong[i]);
        expect_usage(s, "At least one NAME=PROGRAM is wanted, a NAME has "
                        "only letters, digits, \"_\" and \"-\", and a limit "
                        "is at least 1 ms.");
    }
}

CASE("unknown-name", "a name that it does not know is answered 127 0",
     READ("command-server"),
     HINTS("Which names are on the command line?", "See find_program().",
           "127, a space, 0, a newline: and then the connection is closed."))
{
    struct subject *s = start_server();

    expect_status(ask(s, "nothing\n"), 127, "",
                  "Only the names on the command line can be run. 127 is what "
                  "a shell says of a command that it does not find.");
}

CASE("runs", "a program is run, and its output follows its length",
     READ("running-programs-for-others"),
     HINTS("Where does the program write to, and who reads it?",
           "See dup2(2) and execve(2).",
           "In the child: dup2(out, STDOUT_FILENO), then execve(). In the "
           "parent: read() from the other end of the pipe."))
{
    const char *word = chance_word(9);
    struct subject *s = start_with(text("echo %s $#", word));

    expect_status(ask(s, "go\n"), 0, text("%s 0\n", word),
                  "The program wrote this to stdout, which is the pipe's "
                  "write end in the child. Its status was 0, and it was given "
                  "no arguments.");
    const struct call_record *r = nth_call(s, CALL_EXEC, 1);
    expect(r != NULL && r->path != NULL && strcmp(r->path, "./go") == 0,
           "execve(\"./go\")",
           r != NULL && r->path != NULL ? text("execve(\"%s\")", r->path)
                                        : "no execve()",
           "The program itself is executed. Between it and the client there "
           "is no shell, which would read words of its own into its path.");
}

CASE("status", "the status is the program's own, or 128 and its signal",
     READ("running-programs-for-others"),
     HINTS("What does waitpid() store?",
           "See WIFEXITED and WIFSIGNALED in waitpid(2).",
           "WIFSIGNALED(status) ? 128 + WTERMSIG(status) : "
           "WEXITSTATUS(status)"))
{
    struct subject *s = start_with("exit 3");

    expect_status(ask(s, "go\n"), 3, "",
                  "It ended with status 3. What waitpid() stores holds more "
                  "than that: WEXITSTATUS() takes the status out of it.");
    write_script(s, "next", "kill -TERM $$");
    expect_status(ask(s, "next\n"), 128 + 15, "",
                  "SIGTERM, number 15, has ended it. It has no exit status "
                  "then; 128 + 15 is what a shell makes of it.");
}

CASE("merged", "stdout and stderr come in the order of writing",
     READ("its-output"),
     HINTS("How many pipes are there?", "See dup2(2).",
           "Copy the same write end to 1 and to 2."))
{
    static const char why[] =
        "Two descriptors of one pipe: what is written first comes first, by "
        "whichever it was written. Here the program waited after the first "
        "line; what comes later belongs to the output as well.";
    struct subject *s = start_with("echo a; read x < gate\n"
                                   "echo b >&2; echo c; echo d >&2");
    struct gate gate = make_gate(s);
    int fd = ask(s, "go\n");

    wait_at_gate(&gate, why);
    close(gate.fd); /* the program goes on */
    expect_status(fd, 0, "a\nb\nc\nd\n", why);
}

CASE("flood", "more than a pipe holds is no trouble", READ("its-output"),
     HINTS("Who empties the pipe while the program writes?",
           "See pipe(7): a pipe holds 65,536 bytes, then write() waits.",
           "Read until the end of the output first; wait for the program "
           "after that."))
{
    enum {
        FLOOD = 150000
    };
    struct subject *s = start_server();
    const char *bytes = write_cat(s, "flood", FLOOD);

    write_script(s, "go", "./flood >&2; exec ./flood");
    int fd = ask(s, "go\n");
    expect_text(fd, text("0 %d\n", 2 * FLOOD),
                "A pipe holds 65,536 bytes. The program has written more and "
                "waits until somebody reads; so the server has to read before "
                "it waits for the program's end.");
    for (int i = 0; i < 2; i++)
        expect_bytes(fd, bytes, FLOOD,
                     "read() gives what is in the pipe, not all there will "
                     "be: go on until 0.");
    expect_end(fd, "%s", end_why);
}

CASE("any-bytes", "output may hold any bytes", READ("bytes-are-not-a-string"),
     HINTS("How long is the output?",
           "read(2) returns a count; strlen(3) stops at a NUL.",
           "Add up what read() has returned, and send so many bytes."))
{
    static const char program[] = "#!/bin/cat\n\0a\0\0\xff\n\0";
    struct subject *s = start_server();

    write_file(s, "go", program, sizeof program - 1, 0755);
    int fd = ask(s, "go\n");
    const char *head = text("0 %zu\n", sizeof program - 1);
    expect_text(fd, head, "The output holds NUL bytes, and they count.");
    expect_bytes(fd, program, sizeof program - 1,
                 "The output holds NUL bytes. It is bytes and a count, not a "
                 "string.");
    expect_end(fd, "%s", end_why);
}

CASE("mebibyte", "1,048,576 bytes come whole, also to a slow reader",
     READ("send-may-take-less"),
     HINTS("How many bytes may the output have?", "See send(2).",
           "Send from where the last call stopped until all is taken."))
{
    struct subject *s = start_server();
    const char *bytes = write_cat(s, "go", MEBIBYTE);
    int fd = ask(s, "go\n");

    /* Until the buffers on both sides are full. */
    wait_settled(s);
    expect_text(fd, "0 1048576\n",
                "1,048,576 bytes are allowed, and the program ended with 0.");
    expect_bytes(fd, bytes, MEBIBYTE,
                 "The client did not read for a while. What the kernel has no "
                 "room for is still to be sent.");
    expect_end(fd, "%s", end_why);
}

CASE("too-much", "of more than that, just so much is sent", READ("ceilings"),
     HINTS("When do you know that there is more?", "See read(2), kill(2).",
           "Read up to one byte more than is allowed. If it comes: kill the "
           "group, send what is allowed, with 137."))
{
    static const char zeros[] = "#!/bin/cat /dev/zero\n";
    static char nothing[MEBIBYTE];
    struct subject *s = start_server();
    const char *bytes = write_cat(s, "go", MEBIBYTE + 1);

    int fd = ask(s, "go\n");
    expect_text(fd, "137 1048576\n",
                "The program has written 1,048,577 bytes, one more than is "
                "allowed. Its output is cut, and 137 says so, even if it had "
                "ended before it could be killed.");
    expect_bytes(fd, bytes, MEBIBYTE, "The first 1,048,576 are sent.");
    expect_end(fd, "%s", end_why);

    write_file(s, "next", zeros, strlen(zeros), 0755);
    fd = ask(s, "next\n");
    expect_text(fd, "137 1048576\n",
                "This program writes for ever. It is killed as soon as it has "
                "written too much.");
    expect_bytes(fd, nothing, MEBIBYTE, "The first 1,048,576 are sent.");
    expect_end(fd, "%s", end_why);
}

/* The program cannot be started: why stands in the output. */
static void expect_reason(int fd, int status, int error, const char *why)
{
    const char *head = peer_read_until(
        fd, "\n",
        "execve() has failed and has returned, in the child. It has to end "
        "there, by _exit(): as a second server it holds the pipe open.");
    const char *want = text("%d ", status), *newline = strchr(head, '\n');

    expect(strncmp(head, want, strlen(want)) == 0,
           text("\"%d LENGTH\"", status), quoted(head, strlen(head), 40),
           "%s execve() has failed: %s. 127 is for a file that is not there, "
           "126 for one that cannot be executed.",
           why, strerror(error));
    const char *said = newline[1] != '\0'
                           ? newline + 1
                           : peer_read_until(fd, "\n",
                                             "The output is the reason: a "
                                             "line of text on stderr.");
    expect(strstr(said, strerror(error)) != NULL,
           quoted(strerror(error), strlen(strerror(error)), 60),
           quoted(said, strlen(said), 60),
           "%s The output is the reason, as errno has it after execve().", why);
}

CASE("cannot-start", "a program that cannot be started says why",
     READ("no-shell"),
     HINTS("What follows execve() in the child?",
           "See ERRORS in execve(2), and _exit(2).",
           "Keep errno, warn(), then _exit(127) for ENOENT and _exit(126) for "
           "the rest."))
{
    struct subject *s = start_server();

    expect_reason(ask(s, "go\n"), 127, ENOENT, "There is no such file.");
    write_file(s, "next", "#!/bin/sh\n", 10, 0644);
    expect_reason(ask(s, "next\n"), 126, EACCES,
                  "The file may not be executed.");
    wait_settled(s);
    expect(count_listeners(s) == 1, "one process that listens",
           text("%d", count_listeners(s)),
           "When execve() fails, the child is still there and is a second "
           "server: it has to end.");
}

CASE("no-shell", "a path is a path, whatever letters are in it",
     READ("no-shell"),
     HINTS("Who reads the path of the program?",
           "See execve(2). system(3), popen(3) and execvp(3) may start a "
           "shell.",
           "execve(program, (char *[]){program, NULL}, environ)"))
{
    struct subject *s =
        start_listening("--limit", LONG_LIMIT, "127.0.0.1", "0",
                        "odd=./it's $HOME; exit 9", "plain=./plain", NULL);

    write_script(s, "it's $HOME; exit 9", "echo found");
    expect_status(ask(s, "odd\n"), 0, "found\n",
                  "The program's file has spaces, a quote, a dollar and a "
                  "semicolon in its name. execve() takes the path as it is; "
                  "a shell would read it as a line of its language.");
    write_file(s, "plain", "echo a shell reads this\n", 24, 0755);
    expect_reason(
        ask(s, "plain\n"), 126, ENOEXEC,
        "This file has no \"#!\" and is no program. execvp() would give "
        "it to a shell.");
}

CASE("stdin", "the program's stdin is empty", READ("what-it-inherits"),
     HINTS("Which descriptor 0 does the program have?", "See dup2(2), null(4).",
           "Open /dev/null in the child and dup2() it to STDIN_FILENO."))
{
    /* dd says on stderr what read() has said: 0 is no record. */
    struct subject *s =
        start_with("[ -c /dev/stdin ] || echo no device\n"
                   "dd bs=1 count=1 2>said >&2 && echo end || cat said");

    feed_text(s, "this is the server's own\n");
    expect_status(ask(s, "go\n"), 0, "end\n",
                  "Descriptor 0 is inherited: without anything else the "
                  "program reads what is meant for the server, or waits for "
                  "ever. /dev/null, opened for reading, is at its end at "
                  "once: read() gives 0, and no error.");
}

CASE(
    "descriptors", "the program gets three descriptors and no other",
    READ("what-it-inherits"),
    HINTS("What is open in the child when it calls execve()?",
          "See O_CLOEXEC in open(2), SOCK_CLOEXEC in socket(2) and accept4(2), "
          "pipe2(2).",
          "Make the listener, the connection and the pipe close on exec."))
{
    struct subject *s =
        start_with("for n in 3 4 5 6 7 8 9; do f=/proc/self/fd/$n\n"
                   "[ -S $f ] && echo \"$n is a socket\" && continue\n"
                   "[ -p $f ] && echo \"$n is a pipe\" && continue\n"
                   "[ -e $f ] && echo \"$n is open\"\n"
                   "done; exit 0");

    expect_status(ask(s, "go\n"), 0, "",
                  "execve() keeps descriptors open. A program that holds the "
                  "connection could write into it, and while it lives the "
                  "client sees no end of the stream; one that holds the "
                  "listener keeps the port.");
}

/* The signals of a mask as /proc/self/status has it, by name; without 32 and
 * 33, of which the C library disposes. */
static const char *names_of(const char *status, const char *mask)
{
    const char *at = strstr(status, mask), *names = "";
    unsigned long long bits =
        at != NULL ? strtoull(at + strlen(mask), NULL, 16) : 0;

    for (int n = 1; n < 32; n++)
        if (bits >> (n - 1) & 1)
            names = text("%s SIG%s", names, sigabbrev_np(n));
    return names;
}

CASE("signals", "no signal is ignored or blocked in the program",
     READ("what-it-inherits"),
     HINTS("What of the server's signals does the program inherit?",
           "See signal(7): ignored signals and the mask survive execve().",
           "Use MSG_NOSIGNAL, or set SIGPIPE to SIG_DFL in the child; and "
           "unblock what you have blocked."))
{
    static const char program[] = "#!/bin/cat /proc/self/status\n";
    struct subject *s = start_server();

    write_file(s, "go", program, strlen(program), 0755);
    const char *status = peer_read_until(
        ask(s, "go\n"),
        "SigCgt:", "The program prints what the kernel says of it.");
    const char *blocked = names_of(status, "SigBlk:");
    const char *ignored = names_of(status, "SigIgn:");
    expect(*blocked == '\0', "no signal blocked in the program",
           text("blocked:%s", blocked),
           "The mask goes through fork() and through execve(). To the "
           "program a signal that is blocked never comes: unblock it in the "
           "child before execve().");
    expect(*ignored == '\0', "no signal ignored in the program",
           text("ignored:%s", ignored),
           "Handlers end with execve(), but a signal that is ignored stays "
           "so. Programs rely on being ended by SIGPIPE when nobody reads "
           "their output.");
}

CASE("closed-output", "a program that closes its output may still be running",
     READ("its-output"),
     HINTS("Does the end of the output mean that the program has ended?",
           "See waitpid(2).",
           "After the end of the output, wait for the program; do not kill "
           "it before that."))
{
    static const char why[] =
        "read() returned 0 because the program had closed its output, not "
        "because it had ended. It goes on and ends with status 5, which comes "
        "from waitpid().";
    struct subject *s =
        start_with("echo said\nexec >&- 2>&-\nread x < gate\nexit 5");
    struct gate gate = make_gate(s);
    int fd = ask(s, "go\n");

    wait_at_gate(&gate, why);
    close(gate.fd); /* the program goes on */
    expect_status(fd, 5, "said\n", why);
}

CASE("left-behind", "what a program leaves behind ends with it",
     READ("groups-and-limits"),
     HINTS("Who else can write into the pipe?", "See setpgid(2), kill(2).",
           "setpgid(0, 0) in the child, setpgid(pid, pid) in the parent; when "
           "the program has ended, kill(-pid, SIGKILL)."))
{
    struct subject *s = start_with("cat never & echo started");

    make_never(s);
    expect_still_serves(s, "This is a program like any other.");
    wait_settled(s);
    int before = count_tasks(s);
    expect_status(ask(s, "go\n"), 0, "started\n",
                  "The program has ended with 0. Its child has not: it holds "
                  "the write end of the pipe, and whoever reads until the end "
                  "waits for it, too.");
    wait_settled(s);
    int now = count_tasks(s);
    expect(now <= before, "no process left behind",
           text("%d processes, where there were %d", now, before),
           "The program's child is in its process group, and so a signal to "
           "the group reaches it: kill() with the negative number.");
}

CASE("outsider", "the end of the program is the end of the output",
     READ("its-output"),
     HINTS("What if somebody outside the group holds the pipe?",
           "See on_child().",
           "read() until EAGAIN: when the program has ended, what is in the "
           "pipe is all."))
{
    struct subject *s =
        start_with("setsid sh -c ': > away; exec cat never' &\n"
                   "until [ -e away ]; do :; done; echo started");

    make_never(s);
    expect_status(ask(s, "go\n"), 0, "started\n",
                  "The program has ended. What holds the pipe now has a "
                  "session of its own: its end is not to be awaited, and the "
                  "end of the pipe does not come.");
}

static bool has_printed(void *s)
{
    return exists(s, "printed");
}

/* Asks for a program that hangs once it has made the file "printed".  Should
 * the limit have come before that, and before the server had taken note of
 * it, it is tried with a longer one. */
static void expect_limit(const char *script, const char *output,
                         const char *why)
{
    for (int ms = 20;; ms *= 4) {
        struct subject *s = start_listening("--limit", text("%d", ms),
                                            "127.0.0.1", "0", "go=./go", NULL);
        write_script(s, "go", script);
        make_never(s);
        int before = count_tasks(s), fd = ask(s, "go\n");
        bool in_time = wait_until(has_printed, s) && wait_settled(s) &&
                       count_calls(s, CALL_SIGNAL) == 0;
        const char *head = peer_read_until(fd, "\n", "%s", why);
        if (!in_time && ms < 3000)
            continue; /* a slow machine */
        size_t n = strlen(head);
        const char *want = text("137 %zu\n%s", strlen(output), output);
        expect(strncmp(head, want, n) == 0, quoted(want, strlen(want), 60),
               quoted(head, n, 60), "%s", why);
        expect_text(fd, want + n, "%s", why);
        expect_end(fd, "%s", end_why);
        wait_settled(s);
        int now = count_tasks(s);
        expect(now <= before, "no process left behind",
               text("%d processes, where there were %d", now, before),
               "The limit is the group's, too: what the program has started "
               "is killed with it.");
        return;
    }
}

CASE("limit", "a program that hangs is killed when the time is over",
     READ("groups-and-limits"),
     HINTS("Who watches the clock while the server reads?",
           "See setitimer(2) and on_alarm().",
           "Kill the group by SIGKILL, read what is in the pipe, and the "
           "status will be 128 + 9."))
{
    expect_limit("trap '' TERM\ncat never &\necho so far\n"
                 ": > printed\nexec cat never",
                 "so far\n",
                 "The program hangs and ignores SIGTERM. After the limit it "
                 "is killed by SIGKILL, which nobody can ignore, together "
                 "with its child; what it has written so far is sent.");
}

CASE("limit-closed", "the limit holds for one that has closed its output",
     READ("groups-and-limits"),
     HINTS("What does the server wait for after the end of the output?",
           "See waitpid(2).",
           "Stop the clock only when the program has ended."))
{
    expect_limit("exec >&- 2>&-\n: > printed\nread x < never", "",
                 "The program has closed its output and hangs. The server "
                 "waits in waitpid() now, and the limit holds there as well.");
}

CASE("stopped", "a program that has stopped itself has not ended",
     READ("groups-and-limits"),
     HINTS("Which changes of a child does your waitpid() tell?",
           "See WUNTRACED in waitpid(2), SA_NOCLDSTOP in sigaction(2).",
           "Do not ask for children that stop; the limit ends them."))
{
    expect_limit("echo so far\nexec >&- 2>&-\n: > printed\nkill -STOP $$",
                 "so far\n",
                 "The program has closed its output and sent SIGSTOP to "
                 "itself. It may be continued "
                 "and has not ended; when the time is over, SIGKILL ends it, "
                 "for that needs nobody to be running.");
}

CASE("name-in-pieces", "a name may come in any pieces", READ("a-delimiter"),
     HINTS("What does one recv() return?", "See recv(2).",
           "Receive behind what is there until the newline has come."))
{
    static const char name[] = "go\n";
    struct subject *s = start_with("echo here");
    int fd = peer_connect(s);

    for (size_t i = 0; i < strlen(name); i++) {
        peer_send(fd, name + i, 1);
        wait_settled(s);
    }
    expect_status(fd, 0, "here\n",
                  "The name came one byte at a time. recv() gives what has "
                  "come; the newline says when it is whole.");
}

CASE("odd-lines", "whatever the line, only a whole name is a name",
     READ("a-delimiter"),
     HINTS("Which bytes are compared, and how many?",
           "See memcmp(3), and strlen(3) beside a NUL.",
           "The lengths are equal, and then the bytes are. What is too long "
           "is skipped to its newline."))
{
    static char line[5001];
    set_limits((struct limits){.wall_ms = 60000}); /* byte by byte */
    const char *longest = chance_word(32);
    struct subject *s =
        start_listening("--limit", LONG_LIMIT, "127.0.0.1", "0", "go=./go",
                        text("%s=./next", longest), NULL);
    static const struct {
        const char *bytes;
        size_t n;
    } odd[] = {{"\n", 1},
               {"g\n", 2},
               {"go2\n", 4},
               {"go\r\n", 4},
               {"go\0\n", 4},
               {"go=\n", 4},
               {"go=./go\n", 8},
               {" go\n", 4},
               {"./go\n", 5},
               {"../go\n", 6},
               {"GO\n", 3},
               {"go go\n", 6},
               {"go;touch y\n", 11},
               {"$(touch y)\n", 11},
               {"touch y\n", 8}};

    write_script(s, "go", "echo wrong");
    write_script(s, "next", "echo longest");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        int fd = peer_connect(s);
        peer_send(fd, odd[i].bytes, odd[i].n);
        expect_status(fd, 127, "",
                      "This is not the name \"go\", though it begins like it "
                      "or looks like it: compare the lengths, then all bytes.");
    }
    expect(!exists(s, "y"), "no file \"y\"", "it is there",
           "Somebody has sent \"touch y\" for a name, and a shell has read "
           "it. What comes from a client is never part of a command.");
    expect_status(ask(s, text("%s\n", longest)), 0, "longest\n",
                  "A name may have 32 characters, and this one has.");
    expect_status(ask(s, text("%s2\n", longest)), 127, "",
                  "This line has 33 characters, and the first 32 of them are "
                  "a name. Whoever keeps 32 bytes and does not count the "
                  "others runs the program of another name.");
    memset(line, 'g', sizeof line);
    line[sizeof line - 1] = '\n';
    int fd = peer_connect(s);
    peer_send(fd, line, sizeof line);
    expect_text(fd, "127 0\n", "A line of 5,000 bytes is no name.");
    expect_end(fd, "A line of 5,000 bytes is no name. It is read to its end "
                   "all the same: closing a socket that has unread bytes "
                   "resets the connection, and the answer may be lost.");
}

CASE("short-write", "every byte goes out, however little send() takes",
     READ("send-may-take-less"),
     HINTS("What does send() return?", "See RETURN VALUE in send(2).",
           "Send again from where it stopped."))
{
    struct subject *s = start_with("echo a longer output");

    inject_short(s, CALL_SEND, ALWAYS, 3);
    expect_status(ask(s, "go\n"), 0, "a longer output\n",
                  "send() took 3 bytes and said so. The rest is yours to send "
                  "again, from where it stopped.");
}

CASE("half-a-name", "a client that leaves before the newline gets nothing",
     READ("a-delimiter"),
     HINTS("What does recv() return when the client has ended?", "See recv(2).",
           "0 before the newline: close, and take the next."))
{
    struct subject *s = start_with("touch ran");
    int fd = ask(s, "go");

    peer_end(fd);
    expect_end(fd, "The client has ended its side without a newline. There is "
                   "no name, so there is no answer.");
    fd = ask(s, chance_word(1001));
    peer_end(fd);
    expect_end(fd, "1,000 bytes came without a newline, and then the end of "
                   "the stream. That is no name either.");
    fd = ask(s, "go");
    wait_settled(s);
    peer_reset(fd);
    expect_still_serves(s, "The client before has reset the connection, and "
                           "recv() said ECONNRESET. That is its trouble, not "
                           "the next one's.");
    expect(!exists(s, "ran"), "no program is run", "it has run",
           "A name without its newline may be the beginning of another.");
}

CASE("client-leaves", "a client that leaves too early ends nothing",
     READ("when-the-peer-has-left"),
     HINTS("What happens at send() when the client is gone?",
           "See EPIPE in send(2), and SIGPIPE in signal(7).",
           "MSG_NOSIGNAL at each send(); -1 ends this client only."))
{
    struct subject *s = start_with("read x < gate; echo too late");
    struct gate gate = make_gate(s);
    int fd = ask(s, "go\n");

    wait_at_gate(&gate, "The client has sent its name and waits.");
    peer_end(fd);
    peer_reset(fd);
    close(gate.fd); /* the program goes on */
    expect_still_serves(s, "The first client left while its program ran. "
                           "send() on its connection makes the kernel send "
                           "SIGPIPE, which ends a program that does not "
                           "expect it.");
}

/* Takes the answer about a program that is not there, whatever it says. */
static void take_reason(int fd)
{
    static const char why[] =
        "The program is not there, and execve() has returned in the child. It "
        "has to end there: as a second server it holds the pipe open.";
    const char *head = peer_read_until(fd, "\n", "%s", why);
    const char *length = strchr(head, ' '), *newline = strchr(head, '\n');

    if (newline[1] == '\0' && length != NULL && atoi(length) > 0)
        peer_read_until(fd, "\n", "%s", why);
}

CASE("nothing-left", "many clients leave nothing behind",
     READ("command-server"),
     HINTS("What is left of a child that has ended?", "See waitpid(2).",
           "waitpid() each child; close the connection and the pipe."))
{
    struct subject *s = start_server();
    int before = 0, sockets = 0;

    for (int i = 0; i < 3; i++) {
        expect_still_serves(s, "One client after the other is served.");
        take_reason(ask(s, "go\n"));
        wait_settled(s);
        if (i == 0) {
            before = count_descriptors(s);
            sockets = count_sockets(s);
        }
    }
    expect(count_zombies(s) <= 1, "no zombie", text("%d", count_zombies(s)),
           "A child that has ended stays in the table of processes until "
           "waitpid() has fetched its status.");
    int more = count_descriptors(s) - before;
    int more_sockets = count_sockets(s) - sockets;
    expect(more <= 0,
           text("%d descriptors, as many as after two clients", before),
           text("%d: %d sockets and %d others more", before + more,
                more_sockets, more - more_sockets),
           "Four more clients were served, two of them with a program that is "
           "not there. After each, both ends of "
           "the pipe and the connection are closed; else none is free one "
           "day, and accept() fails.");
}

CASE("every-call", "no interruption and no short call changes the answer",
     READ("eintr"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    static const char program[] = "#!/bin/cat\n";
    struct subject *s = start_server();

    write_file(s, "go", program, strlen(program), 0755);
    expect_status(ask(s, "go\n"), 0, program,
                  "A call was interrupted or moved less than was asked for. "
                  "Nothing is lost by that: make it again, from where it "
                  "stopped.");
}
