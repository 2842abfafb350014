/* command-server: run a program for whoever names it
 *
 *     command-server [--limit MS] HOST PORT NAME=PROGRAM...
 *
 * Listens at the first address of HOST that it can bind, prints where
 * ("listening on 127.0.0.1:40001"), and serves one client after the other,
 * for ever.  A client sends a NAME and a newline.  It gets
 *
 *     STATUS LENGTH
 *
 * which are two decimal numbers with a space between them and a newline
 * behind, then LENGTH bytes, and the end of the stream.  These bytes are what
 * PROGRAM has written to stdout and stderr, in the order in which it has
 * written them.  STATUS is its exit status, or 128 + the number of the signal
 * that has ended it.
 *
 * A NAME is 1 to 32 letters, digits, "_" and "-".  Whoever sends another
 * line, however long, or a name that is not on the command line, gets
 * "127 0"; whoever leaves before the newline gets nothing.
 *
 * PROGRAM is the path of a program, started by execve() without a shell and
 * without arguments, with these descriptors and no others: 0 is /dev/null,
 * 1 and 2 are the output.  No signal is blocked or ignored.  When it cannot
 * be started, the reason is the output; STATUS is 127 if there is no such
 * file, else 126.
 *
 * The program leads a process group of its own.  All of that group is killed
 * with SIGKILL when the program has ended; when it has not ended after MS
 * milliseconds (1 to 99999; 2000 without --limit); and when it has written
 * more than 1,048,576 bytes: then just so many are sent, with STATUS 137.
 * What came before the end of the time is sent, with 137.  As soon as the
 * program has ended, the output is complete, whoever else could still write.
 *
 * EINTR from any call is retried.  A client that leaves or resets is told on
 * stderr at most; errors of accept() are outlasted as in upper.  HOST and PORT
 * are those of announce.  When it cannot listen, it tells that on stderr in
 * one sentence with the reason, and exits 1.  With wrong arguments it prints
 * its usage to stderr and exits 2.
 *
 * Read chapters/04-messages.md. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_NAME = 32,
    MAX_OUTPUT = 1 << 20,
    KILLED = 128 + SIGKILL /* the status of what was stopped */
};

static long limit_ms = 2000;

/* What the signal handlers need: the program that runs, and our end of the
 * pipe into which it writes. */
static volatile sig_atomic_t program_id, output_fd;

/* SIGALRM: the time is over.  SIGCHLD will follow. */
static void on_alarm(int signal)
{
    int saved = errno;

    (void)signal;
    kill(-program_id, SIGKILL);
    errno = saved;
}

/* SIGCHLD: the program has ended.  What it has left behind in its group ends
 * with it, and all it has written is in the pipe: from now on read() takes
 * what is there and does not wait for more.  EAGAIN then says that there is
 * no more, as 0 does (chapter 5 has the whole of it). */
static void on_child(int signal, siginfo_t *info, void *context)
{
    int saved = errno;

    (void)signal;
    (void)context;
    kill(-info->si_pid, SIGKILL);
    fcntl(output_fd, F_SETFL, O_NONBLOCK);
    errno = saved;
}

static void catch_signals(void)
{
    struct sigaction alarm = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct sigaction child = {.sa_sigaction = on_child,
                              .sa_flags =
                                  SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP};

    if (sigaction(SIGALRM, &alarm, NULL) == -1 ||
        sigaction(SIGCHLD, &child, NULL) == -1)
        err(1, "sigaction");
}

/* Whether s is a number of at most five decimal digits, from least to most. */
static bool is_number(const char *s, long least, long most)
{
    size_t n = strlen(s);

    if (n < 1 || n > 5 || strspn(s, "0123456789") != n)
        return false;
    return strtol(s, NULL, 10) >= least && strtol(s, NULL, 10) <= most;
}

/* Whether s is NAME=PROGRAM. */
static bool is_command(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "abcdefghijklmnopqrstuvwxyz0123456789_-");

    return n >= 1 && n <= MAX_NAME && s[n] == '=' && s[n + 1] != '\0';
}

/* Makes a socket that listens at one address.  Returns -1 with errno set when
 * it cannot. */
static int listen_at(const struct addrinfo *ai)
{
    int yes = 1;
    int fd =
        socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol);

    if (fd == -1)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
        bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
        listen(fd, SOMAXCONN) == -1) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Prints where a socket listens, an IPv6 address in brackets. */
static void print_address(int lfd)
{
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof ss;
    char addr[NI_MAXHOST], port[NI_MAXSERV];
    bool six;

    if (getsockname(lfd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    int rc = getnameinfo((const struct sockaddr *)&ss, len, addr, sizeof addr,
                         port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc != 0)
        errx(1, "getnameinfo: %s", gai_strerror(rc));
    six = ss.ss_family == AF_INET6;
    while (printf("listening on %s%s%s:%s\n", six ? "[" : "", addr,
                  six ? "]" : "", port) < 0)
        if (errno != EINTR)
            err(1, "stdout");
}

/* Listens at the first address of host that can be bound, and prints where.
 * Ends the program when there is none. */
static int open_door(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int lfd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && lfd == -1; ai = ai->ai_next)
        lfd = listen_at(ai);
    if (lfd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    print_address(lfd);
    return lfd;
}

/* Takes the next client, and outlasts the errors that do not come from this
 * program itself. */
static int take_client(int lfd)
{
    const struct timespec a_little = {.tv_nsec = 100 * 1000 * 1000};
    int cfd;

    while ((cfd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC)) == -1) {
        if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
            err(1, "accept");
        if (errno != EINTR)
            warn("accept");
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
            errno == ENOMEM)
            nanosleep(&a_little, NULL); /* until some are free again */
    }
    return cfd;
}

/* Sends all n bytes of buf.  Returns 0, or -1 with errno set; bytes may have
 * been sent even then. */
static int send_all(int fd, const void *buf, size_t n)
{
    const char *p = buf;

    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            return -1;
        p += sent;
        n -= (size_t)sent;
    }
    return 0;
}

/* Receives a line and keeps at most MAX_NAME + 1 bytes of it, which are too
 * many for a name.  Returns how many, without the newline; -1 when the client
 * has left before the newline, or on an error, which is told. */
static ssize_t recv_name(int fd, char name[MAX_NAME + 1])
{
    /* TODO 1: receive until the newline has come, in however many pieces,
     * and skip what is too long.  Any byte may come, NUL too. */
    ssize_t got = recv(fd, name, MAX_NAME + 1, 0);
    if (got <= 0)
        return -1;
    return got - 1;
    /* END 1 */
}

/* The PROGRAM of a name of n bytes, or NULL. */
static char *find_program(char *const *commands, const char *name, size_t n)
{
    for (; *commands != NULL; commands++)
        if (strcspn(*commands, "=") == n && memcmp(*commands, name, n) == 0)
            return *commands + n + 1;
    return NULL;
}

/* The child's half: becomes the program, whose stdout and stderr are `out`.
 * All other descriptors of this server close at its execve(), for they were
 * made with O_CLOEXEC or SOCK_CLOEXEC; the copies that dup2() makes do not. */
static _Noreturn void become_program(char *program, int out)
{
    /* TODO 2: lead a process group of your own, see setpgid(2).  Copy
     * /dev/null to descriptor 0 and `out` to 1 and 2.  Then execve(), with
     * the program's path as its only argument and with `environ`.  It
     * returns only if it has failed: warn() writes the reason to stderr,
     * which is the output by now.  End by _exit(): exit() would run what the
     * server has left for its own end, and flush its buffers once more. */
    (void)out;
    execve(program, (char *[]){program, NULL}, environ);
    _exit(127);
    /* END 2 */
}

/* Reads what the program writes into the pipe, until no more can come, or
 * more than fits has come.  Returns how many bytes are in buf. */
static size_t read_output(int fd, char *buf, size_t size)
{
    size_t n = 0;

    /* TODO 3: read until 0 says that nobody can write any more, or EAGAIN
     * that the program has ended and all it has written is read; see
     * on_child() above. */
    ssize_t got = read(fd, buf, size);
    if (got > 0)
        n = (size_t)got;
    /* END 3 */
    return n;
}

/* Starts the clock for the program, or stops it with 0. */
static void set_alarm(long ms)
{
    struct itimerval t = {
        .it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};

    setitimer(ITIMER_REAL, &t, NULL);
}

/* Waits until the program has ended, by itself or by on_alarm(), and stops the
 * clock.  Returns its status. */
static int end_program(pid_t pid)
{
    int status = 0;

    /* TODO 4: wait for the program, stop the clock, and only then fetch its
     * status: until that is done, the kernel gives its number to no other
     * process, which on_alarm() and on_child() would kill.  waitid() with
     * WEXITED | WNOWAIT waits and fetches nothing.  Return the exit status,
     * or 128 + the signal. */
    waitpid(pid, &status, 0);
    return status;
    /* END 4 */
}

/* Runs a program.  Its output goes into buf, which has room for one byte more
 * than is allowed, and *n says how long it is.  Returns its status. */
static int run(char *program, char *buf, size_t *n)
{
    int out[2];

    if (pipe2(out, O_CLOEXEC) == -1) {
        warn("pipe");
        return 126;
    }
    output_fd = out[0];
    pid_t pid = fork();
    if (pid == 0)
        become_program(program, out[1]);
    close(out[1]); /* else the pipe would have a writer for ever */
    int status = 126;
    if (pid == -1) {
        warn("fork");
    } else {
        setpgid(pid, pid); /* here too: who knows which of the two is first */
        program_id = pid;
        set_alarm(limit_ms);
        *n = read_output(out[0], buf, MAX_OUTPUT + 1);
        if (*n > MAX_OUTPUT)
            kill(-pid, SIGKILL);
        status = end_program(pid);
    }
    close(out[0]);
    if (*n <= MAX_OUTPUT)
        return status;
    *n = MAX_OUTPUT;
    return KILLED;
}

/* Serves one client: a name, and what its program says. */
static void serve(int cfd, char *const *commands)
{
    static char output[MAX_OUTPUT + 1];
    char name[MAX_NAME + 1], head[32];
    size_t n = 0;
    int status = 127;

    ssize_t length = recv_name(cfd, name);
    if (length == -1)
        return;
    char *program = find_program(commands, name, (size_t)length);
    if (program != NULL)
        status = run(program, output, &n);
    int headlen = snprintf(head, sizeof head, "%d %zu\n", status, n);
    if (send_all(cfd, head, (size_t)headlen) == -1 ||
        send_all(cfd, output, n) == -1)
        warn("send");
}

int main(int argc, char *argv[])
{
    bool ok = true;
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "--limit") == 0) {
        ok = is_number(argv[2], 1, 99999);
        limit_ms = strtol(argv[2], NULL, 10);
        first = 3;
    }
    for (int i = first + 2; i < argc; i++)
        ok = ok && is_command(argv[i]);
    if (!ok || argc < first + 3) {
        fprintf(stderr, "usage: %s [--limit MS] HOST PORT NAME=PROGRAM...\n",
                argv[0]);
        return 2;
    }
    if (!is_number(argv[first + 1], 0, 65535))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[first + 1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line goes out when it is whole */
    catch_signals();

    int lfd = open_door(argv[first], argv[first + 1]);
    for (;;) {
        int cfd = take_client(lfd);
        serve(cfd, argv + first + 2);
        close(cfd);
    }
}
