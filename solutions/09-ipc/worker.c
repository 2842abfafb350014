/* worker: a child that works, at the other end of a pair of sockets
 *
 *     worker
 *
 * Makes a pair of connected stream sockets and a child process.  One end is
 * the parent's, the other the child's, and all that they say to each other
 * goes through them.  The parent sends what comes on stdin; the child answers
 * each line with its number, from 1, and the line; the parent prints the
 * answers, in order:
 *
 *     1: the first line
 *     2: the second
 *
 * The child is made by fork(), and remains this program: no exec.
 *
 * All goes as it comes: who types a line sees the answer before the next one
 * is typed.  A line may be long, or empty, and may hold any bytes.  If the
 * last one has no newline, it counts all the same, and its answer has one.
 *
 * Parent and child never wait for each other in a circle, whatever comes on
 * stdin and however slowly stdout is taken from.  The parent keeps at most
 * 64 KiB of what it has read and not sent yet, and as much of what it has
 * received and not printed yet.  For stdout it may wait: while nobody takes
 * what it prints, it may do nothing else.  Both sleep while they have nothing
 * to do.
 *
 * At the end of stdin the parent half-closes, once all is sent, and prints what
 * the child still answers.  The child ends with status 0 when it has answered
 * all.  The parent waits for it, so that no zombie is left, and ends with 0.
 *
 * A child that is killed, or ends before the end of stdin, or with another
 * status, is noticed at once, though stdin may be open.  What it has answered
 * is printed; then a sentence on stderr says what became of it, with the number
 * or the name of the signal, or the number of the status; the status of the
 * parent is 1.  When the parent is killed, the child ends, too.  Neither holds
 * the other's end.
 *
 * An error of stdin or stdout (one that nobody reads any more is EPIPE) is
 * told on stderr in one sentence with the reason, and the status is 1.  A stdin
 * that is closed from the start is an empty one.  The status flags of stdin and
 * stdout stay as they are; both may be non-blocking.  EINTR from any call is
 * retried.  With arguments it prints its usage to stderr and exits 2.
 *
 * Read chapters/09-ipc.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What was read from stdin and is still to be sent. */
struct outgoing {
    bool ended;       /* no more is read from stdin */
    bool half_closed; /* the child knows */
    size_t from, n;   /* n bytes of buf, beginning at from */
    char buf[16384];
};

/* What the child has answered, and not sent yet. */
struct answers {
    int fd;
    size_t n;
    char buf[16384];
};

/* Sees to it that descriptors 0 to 2 are taken, lest a socket passes for
 * stdin: one that is closed gets something that ends at once, and that cannot
 * be written. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
            err(1, "/dev/null");
}

/* Sends all n bytes of buf.  Returns -1 with errno set when it cannot. */
static int send_all(int fd, const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, buf, n, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            return -1;
        buf += sent;
        n -= (size_t)sent;
    }
    return 0;
}

/* Writes all n bytes of buf to stdout, which may be non-blocking.  Ends the
 * program on an error. */
static void write_all(const char *buf, size_t n)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, buf, n);
        if (written == -1 && errno == EAGAIN)
            poll(&p, 1, -1);
        else if (written == -1 && errno != EINTR)
            err(1, "stdout");
        if (written > 0) {
            buf += written;
            n -= (size_t)written;
        }
    }
}

/* Sends the answers that are ready.  Ends the child when the parent has gone.
 */
static void flush_answers(struct answers *a)
{
    if (send_all(a->fd, a->buf, a->n) == -1)
        err(1, "the child: send");
    a->n = 0;
}

/* Adds n bytes to the answers. */
static void add_answer(struct answers *a, const char *bytes, size_t n)
{
    while (n > 0) {
        size_t room = sizeof a->buf - a->n, fits = n < room ? n : room;
        memcpy(a->buf + a->n, bytes, fits);
        a->n += fits;
        bytes += fits;
        n -= fits;
        if (a->n == sizeof a->buf)
            flush_answers(a);
    }
}

/* The child's work: numbers the lines that come until there are no more.
 * Returns its status. */
static int work(int fd)
{
    static struct answers a;
    unsigned long number = 0;
    bool in_line = false; /* its number is sent, and its newline is not */
    char bytes[4096], prefix[32];
    ssize_t got;

    a.fd = fd;
    while ((got = recv(fd, bytes, sizeof bytes, 0)) != 0) {
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "the child: recv");
        /* TODO 1: a recv() may bring many lines, or part of one.  A number goes
         * before each byte that begins a line, and before no other. */
        const char *end = bytes + got;
        for (const char *p = bytes; p < end;) {
            const char *newline = memchr(p, '\n', (size_t)(end - p));
            const char *next = newline != NULL ? newline + 1 : end;
            if (!in_line)
                add_answer(
                    &a, prefix,
                    (size_t)snprintf(prefix, sizeof prefix, "%lu: ", ++number));
            add_answer(&a, p, (size_t)(next - p));
            in_line = newline == NULL;
            p = next;
        }
        /* END 1 */
        flush_answers(&a);
    }
    if (in_line)
        add_answer(&a, "\n", 1);
    flush_answers(&a);
    return 0;
}

/* Makes the child, which never returns from here.  Returns the parent's end of
 * the pair. */
static int start_child(pid_t *pid)
{
    int ends[2]; /* the parent's and the child's */

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        err(1, "socketpair");
    *pid = fork();
    if (*pid == -1)
        err(1, "fork");
    /* TODO 2: both processes have both ends now.  Each closes the one that is
     * the other's. */
    close(ends[*pid == 0 ? 0 : 1]);
    /* END 2 */
    if (*pid == 0)
        _exit(work(ends[1]));
    return ends[0];
}

/* Waits until there is something to do: p[0] is for stdin, p[1] for the
 * child. */
static void wait_ready(int fd, const struct outgoing *out, struct pollfd p[2])
{
    /* TODO 3: the child may answer, or end, at any time.  Wait for stdin only
     * while nothing is to be sent, and for room only while something is. */
    bool can_read = out->n == 0 && !out->ended;

    p[0] =
        (struct pollfd){.fd = can_read ? STDIN_FILENO : -1, .events = POLLIN};
    p[1] = (struct pollfd){
        .fd = fd, .events = (short)(POLLIN | (out->n > 0 ? POLLOUT : 0))};
    while (poll(p, 2, -1) == -1)
        if (errno != EINTR)
            err(1, "poll");
    /* END 3 */
}

/* Reads what has come on stdin.  Ends the program on an error. */
static void read_some(struct outgoing *out)
{
    ssize_t got = read(STDIN_FILENO, out->buf, sizeof out->buf);

    if (got == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got == -1)
        err(1, "stdin");
    out->from = 0;
    out->n = (size_t)got;
    out->ended = got == 0;
}

/* Sends as much as fits of what is still to be sent. */
static void send_some(int fd, struct outgoing *out)
{
    /* TODO 4: one send() that waits for nothing: the child may be waiting for
     * us.  What it did not take stays.  So it does on an error, which is no
     * reason to end: the child may have gone, and nobody will take it any more,
     * but its answers are still to be printed. */
    ssize_t sent =
        send(fd, out->buf + out->from, out->n, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent > 0) {
        out->from += (size_t)sent;
        out->n -= (size_t)sent;
    }
    /* END 4 */
}

/* Prints what the child has answered.  Returns false at its end. */
static bool print_some(int fd)
{
    char buf[16384];
    ssize_t got = recv(fd, buf, sizeof buf, MSG_DONTWAIT);

    if (got == -1 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got > 0)
        write_all(buf, (size_t)got);
    return got > 0; /* a child that has left bytes unread: ECONNRESET */
}

/* The parent's work: stdin to the child, and its answers to stdout, until the
 * child has ended its side.  Returns whether all was sent by then. */
static bool pass_on(int fd)
{
    static struct outgoing out;
    struct pollfd p[2];

    do {
        wait_ready(fd, &out, p);
        if (p[0].revents != 0)
            read_some(&out);
        if (out.n > 0)
            send_some(fd, &out);
        /* TODO 5: at the end of stdin the child is to know, once. */
        if (out.ended && !out.half_closed) {
            shutdown(fd, SHUT_WR);
            out.half_closed = true;
        }
        /* END 5 */
    } while (p[1].revents == 0 || print_some(fd));
    return out.half_closed;
}

/* Waits for the child's end, and tells what was wrong with it.  Returns the
 * parent's status. */
static int bury(pid_t pid, bool all_sent)
{
    /* TODO 6: waitpid(), and what <sys/wait.h> has to look at the status. */
    int status;

    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            err(1, "waitpid");
    if (WIFSIGNALED(status))
        errx(1, "the child was killed by signal %d (%s)", WTERMSIG(status),
             strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0 || !all_sent)
        errx(1, "the child ended early, with status %d", WEXITSTATUS(status));
    return 0;
    /* END 6 */
}

int main(int argc, char *argv[])
{
    pid_t pid;

    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* errors are told by the calls */
    open_standard_streams();
    int fd = start_child(&pid);
    bool all_sent = pass_on(fd);
    close(fd);
    return bury(pid, all_sent);
}
