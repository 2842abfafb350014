#define _GNU_SOURCE
#include "streams.h"

#include "trail.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static int next_stdin = -1;  /* a file for the next subject */
static int next_stdin_flags; /* status flags besides those of its opening */
static int next_stdout_flags;
static int next_stdin_room; /* bytes that its pipe holds; 0: the usual ones */
static bool next_stdout_is_file, next_stdout_is_stdin;

static void make_pipe(int *ours, int *theirs, bool we_write)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) == -1)
        err(2, "pipe");
    *ours = ends[we_write];
    *theirs = ends[!we_write];
    if (fcntl(*ours, F_SETFL, O_NONBLOCK) == -1)
        err(2, "fcntl");
}

/* A file that is stdin, opened for reading as a shell does. */
static int open_file(int file)
{
    int fd = open(text("/proc/self/fd/%d", file), O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        err(2, "open");
    close(file);
    return fd;
}

void stdin_from_file(const void *bytes, size_t n)
{
    next_stdin = memfd_create("stdin", MFD_CLOEXEC);
    if (next_stdin == -1 || write(next_stdin, bytes, n) != (ssize_t)n)
        err(2, "memfd");
}

void stdin_with_flags(int flags)
{
    next_stdin_flags = flags;
}

void stdout_with_flags(int flags)
{
    next_stdout_flags = flags;
}

void stdin_holds(int bytes)
{
    next_stdin_room = bytes;
}

static int keep(int theirs)
{
    return fcntl(theirs, F_DUPFD_CLOEXEC, 0);
}

void stdout_to_file(void)
{
    next_stdout_is_file = true;
}

void stdout_is_stdin(void)
{
    next_stdout_is_stdin = true;
}

static void open_stdin(struct subject *s, int theirs[3])
{
    if (next_stdin != -1) {
        s->in.fd = -1;
        theirs[0] = open_file(next_stdin);
        next_stdin = -1;
    } else {
        make_pipe(&s->in.fd, &theirs[0], true);
    }
    if (fcntl(theirs[0], F_SETFL, next_stdin_flags) == -1)
        err(2, "fcntl");
    if (next_stdin_room > 0)
        fcntl(theirs[0], F_SETPIPE_SZ, next_stdin_room); /* may be refused */
    next_stdin_flags = 0;
    next_stdin_room = 0;
}

static void open_stdout_file(struct subject *s, int theirs[3])
{
    theirs[1] = memfd_create("stdout", MFD_CLOEXEC);
    if (theirs[1] == -1)
        err(2, "memfd");
    s->out.fd = open(text("/proc/self/fd/%d", theirs[1]), O_RDONLY | O_CLOEXEC);
    if (s->out.fd == -1)
        err(2, "open");
    s->out.is_file = true;
}

static void open_stdout(struct subject *s, int theirs[3])
{
    if (next_stdout_is_file)
        open_stdout_file(s, theirs);
    else
        make_pipe(&s->out.fd, &theirs[1], false);
    if (fcntl(theirs[1], F_SETFL, next_stdout_flags) == -1)
        err(2, "fcntl");
    next_stdout_is_file = false;
    next_stdout_flags = 0;
}

static void open_both_as_one(struct subject *s, int theirs[3])
{
    int ends[2];

    next_stdout_is_stdin = false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        err(2, "socketpair");
    s->in.fd = ends[0];
    s->out.fd = keep(ends[0]);
    theirs[0] = ends[1];
    theirs[1] = keep(ends[1]);
    if (s->out.fd == -1 || theirs[1] == -1 ||
        fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1)
        err(2, "fcntl");
}

void open_streams(struct subject *s, int theirs[3])
{
    if (next_stdout_is_stdin) {
        open_both_as_one(s, theirs);
    } else {
        open_stdin(s, theirs);
        open_stdout(s, theirs);
    }
    make_pipe(&s->err.fd, &theirs[2], false);
    s->in.theirs = keep(theirs[0]);
    s->out.theirs = keep(theirs[1]);
    s->err.theirs = -1;
}

static void close_stream(struct stream *stream)
{
    if (stream->fd != -1)
        close(stream->fd);
    stream->fd = -1;
}

/* Their end is no longer ours as well. */
static void let_go(struct stream *stream)
{
    if (stream->theirs == -1)
        return;
    stream->flags = fcntl(stream->theirs, F_GETFL);
    close(stream->theirs);
    stream->theirs = -1;
}

void close_streams(struct subject *s)
{
    close_stream(&s->in);
    close_stream(&s->out);
    close_stream(&s->err);
    let_go(&s->in);
    let_go(&s->out);
}

static void read_stream(struct subject *s, struct stream *stream)
{
    char bytes[65536];

    if (stream->fd == -1 || stream->is_left)
        return;
    ssize_t n = read(stream->fd, bytes, sizeof bytes);
    if ((n == -1 && errno == EAGAIN) || (n == 0 && stream->is_file))
        return;
    if (n <= 0)
        close_stream(stream);
    else if (stream->bytes.n < MOST_OUTPUT)
        buffer_add(&stream->bytes, bytes, (size_t)n);
    else
        stop_trespass(s, CAUSE_OUTPUT_LIMIT, "it printed more than %d MiB",
                      MOST_OUTPUT >> 20);
}

static void write_stream(struct stream *stream)
{
    if (stream->fd == -1)
        return;
    size_t left = stream->bytes.n - stream->used;
    ssize_t n =
        left > 0 ? write(stream->fd, stream->bytes.bytes + stream->used, left)
                 : 0;
    if (n > 0)
        stream->used += (size_t)n;
    bool is_given = stream->used == stream->bytes.n;
    if (is_given && stream->end_wanted)
        shutdown(stream->fd, SHUT_WR); /* if it is their stdout as well */
    if ((n == -1 && errno != EAGAIN) || (is_given && stream->end_wanted))
        close_stream(stream);
}

void move_streams(void)
{
    for (struct subject *s = subjects; s != NULL; s = s->next) {
        read_stream(s, &s->out);
        read_stream(s, &s->err);
        write_stream(&s->in);
    }
}

static size_t add_fd(struct pollfd *fds, size_t n, size_t most, int fd,
                     short events)
{
    if (fd == -1 || n == most)
        return n;
    fds[n] = (struct pollfd){.fd = fd, .events = events};
    return n + 1;
}

size_t poll_streams(struct pollfd *fds, size_t most)
{
    size_t n = 0;

    for (struct subject *s = subjects; s != NULL; s = s->next) {
        if (!s->out.is_left && !s->out.is_file)
            n = add_fd(fds, n, most, s->out.fd, POLLIN);
        n = add_fd(fds, n, most, s->err.fd, POLLIN);
        if (s->in.used < s->in.bytes.n)
            n = add_fd(fds, n, most, s->in.fd, POLLOUT);
    }
    return n;
}

void settle_streams(struct subject *s)
{
    let_go(&s->in);
    let_go(&s->out);
    s->out.is_left = false;
    while (s->out.is_file && s->out.fd != -1) {
        size_t before = s->out.bytes.n;
        read_stream(s, &s->out);
        if (s->out.bytes.n == before)
            close_stream(&s->out);
    }
    move_streams();
}

bool streams_ended(const struct subject *s)
{
    return s->out.fd == -1 && s->err.fd == -1;
}

void feed(struct subject *s, const void *bytes, size_t n)
{
    buffer_add(&s->in.bytes, bytes, n);
    say_checker(text("gives %s to your stdin", quoted(bytes, n, 24)));
    write_stream(&s->in);
}

void feed_text(struct subject *s, const char *string)
{
    feed(s, string, strlen(string));
}

void feed_end(struct subject *s)
{
    s->in.end_wanted = true;
    say_checker("ends your stdin");
    write_stream(&s->in);
}

void leave_output(struct subject *s)
{
    say_checker("reads your stdout no more");
    s->out.is_left = true;
}

void take_output(struct subject *s)
{
    say_checker("reads your stdout again");
    s->out.is_left = false;
}

void close_output(struct subject *s)
{
    say_checker("closes its end of your stdout");
    close_stream(&s->out);
}

int status_flags(struct subject *s, int fd)
{
    const struct stream *stream = fd == STDIN_FILENO ? &s->in : &s->out;

    return stream->theirs != -1 ? fcntl(stream->theirs, F_GETFL)
                                : stream->flags;
}
