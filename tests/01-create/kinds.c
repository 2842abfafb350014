/* The checker of labs/01-create/kinds.c.
 *
 * What this system answers is measured here, by a process with as few
 * privileges as the program under test; then some answers are changed. */
#define _GNU_SOURCE
#include "harness.h"

#include "sandbox.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct row {
    int family, type, protocol;
    const char *name;
};

#define ROW(family, type, protocol)                                            \
    {                                                                          \
        family, type, protocol, #family " " #type " " #protocol                \
    }

/* The table of the lab, in its order. */
static const struct row rows[] = {
    ROW(AF_INET, SOCK_STREAM, 0),
    ROW(AF_INET, SOCK_STREAM, IPPROTO_TCP),
    ROW(AF_INET, SOCK_STREAM, IPPROTO_UDP),
    ROW(AF_INET, SOCK_DGRAM, 0),
    ROW(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
    ROW(AF_INET, SOCK_DGRAM, IPPROTO_TCP),
    ROW(AF_INET, SOCK_DGRAM, IPPROTO_ICMP),
    ROW(AF_INET, SOCK_RAW, 0),
    ROW(AF_INET, SOCK_RAW, IPPROTO_ICMP),
    ROW(AF_INET, SOCK_SEQPACKET, 0),
    ROW(AF_INET, SOCK_RDM, 0),
    ROW(AF_INET6, SOCK_STREAM, 0),
    ROW(AF_INET6, SOCK_DGRAM, 0),
    ROW(AF_UNIX, SOCK_STREAM, 0),
    ROW(AF_UNIX, SOCK_STREAM, IPPROTO_TCP),
    ROW(AF_UNIX, SOCK_DGRAM, 0),
    ROW(AF_UNIX, SOCK_SEQPACKET, 0),
    ROW(AF_UNIX, SOCK_RAW, 0),
    ROW(AF_PACKET, SOCK_RAW, 0),
    ROW(AF_UNSPEC, SOCK_STREAM, 0),
};

enum {
    ROWS = sizeof rows / sizeof *rows
};

/* What socket() says to each row here: 0 or the errno. */
static int answers[ROWS];

static _Noreturn void measure_in_child(int to)
{
    int measured[ROWS];

    drop_privileges();
    for (int i = 0; i < ROWS; i++) {
        int fd = socket(rows[i].family, rows[i].type, rows[i].protocol);
        measured[i] = fd == -1 ? errno : 0;
        close(fd);
    }
    _exit(write(to, measured, sizeof measured) != sizeof measured);
}

static void measure(void)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) == -1)
        err(2, "pipe");
    pid_t pid = fork();
    if (pid == -1)
        err(2, "fork");
    if (pid == 0)
        measure_in_child(ends[1]);
    close(ends[1]);
    if (read(ends[0], answers, sizeof answers) != sizeof answers)
        errx(2, "the measurement failed");
    close(ends[0]);
    waitpid(pid, NULL, 0);
}

static const char *expected_line(int i)
{
    return text("%s %s", rows[i].name,
                answers[i] == 0 ? "ok" : strerrorname_np(answers[i]));
}

/* The i-th line of what was printed, without its newline; NULL when there
 * are fewer. */
static const char *printed_line(const char *printed, int i)
{
    for (; i > 0 && printed != NULL; i--) {
        printed = strchr(printed, '\n');
        printed = printed != NULL ? printed + 1 : NULL;
    }
    if (printed == NULL || *printed == '\0')
        return NULL;
    return text("%.*s", (int)strcspn(printed, "\n"), printed);
}

static void expect_line(const char *printed, int i, const char *why)
{
    const char *want = expected_line(i), *got = printed_line(printed, i);

    expect(got != NULL && strcmp(got, want) == 0,
           text("%s, line %d", want, i + 1), got != NULL ? got : "no line",
           "%s", why);
}

static void expect_rows(struct subject *s, const char *why)
{
    wait_exit(s);
    const char *printed = output(s, NULL);

    for (int i = 0; i < ROWS; i++)
        expect_line(printed, i, why);
    const char *more = printed_line(printed, ROWS);
    expect(more == NULL, text("%d lines", ROWS), more, "%s", why);
    expect_exit(s, 0,
                "A kind that cannot be had is a finding, not an error "
                "of this program.");
}

CASE("first-row", "the first row is asked for and printed",
     READ("family-type-and-protocol"),
     HINTS("The program runs as it is. Look at its first line of output.",
           "See socket(2), and printf(3) for the line.",
           "Each line is the row's name, a space, and \"ok\" or the name of "
           "the errno."))
{
    measure();
    struct subject *s = start_argv(no_arguments);

    wait_exit(s);
    expect_line(output(s, NULL), 0,
                "The first row is a TCP socket, which every Linux system has.");
}

CASE("every-row", "each family, type and protocol is asked for as it stands",
     READ("family-type-and-protocol"),
     HINTS("Which of the row's three numbers reach socket()?",
           "socket(2): the second argument is the type, the third the "
           "protocol.",
           "socket(kind->family, kind->type, kind->protocol), and the errno "
           "when it says -1."))
{
    measure();
    expect_rows(start_argv(no_arguments),
                "This is what socket() answers here when it is asked for the "
                "row's family, type and protocol. When it answers -1, and "
                "only then, errno has the reason: read it before any other "
                "call.");
}

static bool is_row(const struct call_record *r, void *data)
{
    const struct row *row = data;

    /* Flags beside the type (SOCK_CLOEXEC) are the program's own affair. */
    return r->args[0] == row->family && (r->args[1] & 0xf) == row->type &&
           r->args[2] == row->protocol;
}

/* Has one row that would be granted answered otherwise. */
static void change_answer(struct subject *s, int error)
{
    static struct row changed[8];
    static int n;
    int i;

    do
        i = (int)chance_below(ROWS - 1) + 1;
    while (answers[i] != 0);
    answers[i] = error;
    struct row *row = &changed[n++ % 8];
    *row = rows[i];
    only_if(inject_errno(s, CALL_SOCKET, ALWAYS, error), is_row, row);
}

CASE("other-answers", "another answer of the kernel changes that line alone",
     READ("when-it-fails"),
     HINTS("Where does the word at the end of each line come from?",
           "socket(2) returns -1 and sets errno; see errno(3).",
           "Keep errno from right after socket() failed until the line is "
           "printed."))
{
    measure();
    struct subject *s = start_argv(no_arguments);

    change_answer(s, EMFILE);
    change_answer(s, ENOBUFS);
    change_answer(s, EACCES);
    expect_rows(s, "This time the checker answered three of the calls with "
                   "another errno. Only those lines may change, and each "
                   "must name the errno that its own call was given.");
}

/* How many sockets the maker of this one had open after it; what a child had
 * is gone with the child. */
static int count_open(struct subject *s, const struct call_record *newest)
{
    int open = 0;
    const struct call_record *r = NULL;

    for (size_t i = 1; r != newest; i++) {
        r = nth_call(s, CALL_ANY, i);
        if (r->tid == newest->tid) {
            open += r->call == CALL_SOCKET && r->result >= 0;
            open -= r->call == CALL_CLOSE && r->result == 0;
        }
    }
    return open;
}

CASE("each-closed", "each socket is closed before the next is asked for",
     READ("close-and-what-happens-at-exit"),
     HINTS("What becomes of a socket when nobody needs it any more?",
           "See close(2).",
           "close(fd) after socket() succeeded, in the same function."))
{
    struct subject *s = start_argv(no_arguments);

    wait_exit(s);
    int most = 0;
    const struct call_record *r;
    for (size_t i = 1; (r = nth_call(s, CALL_SOCKET, i)) != NULL; i++)
        most = count_open(s, r) > most ? count_open(s, r) : most;
    expect(most <= 1 && sockets_at_exit(s) == 0, "one open socket at a time",
           text("%d open at once, %d at the end", most, sockets_at_exit(s)),
           "A descriptor stays taken until close(). A program that runs for "
           "weeks and forgets one each time comes to a stop with EMFILE.");
}

CASE("descriptor-zero", "a socket may be descriptor 0",
     READ("what-a-socket-is"),
     HINTS("Which value of socket() is the only one that means failure?",
           "See RETURN VALUE in socket(2).",
           "Compare with -1: 0 is a descriptor like any other, and free "
           "when stdin is closed."))
{
    measure();
    without_stdin();
    struct subject *s = start_argv(no_arguments);

    expect_rows(s, "stdin is closed this time, so descriptor 0 is free and "
                   "socket() returns it: a good socket. Only -1 is a "
                   "failure.");
    expect(sockets_at_exit(s) == 0, "no open socket at the end",
           text("%d", sockets_at_exit(s)),
           "stdin is closed this time, so the sockets are descriptor 0. It "
           "has to be closed like any other.");
}
