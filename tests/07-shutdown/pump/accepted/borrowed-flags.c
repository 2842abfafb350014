/* pump by select(), which makes stdin and stdout non-blocking, and gives their
 * flags back on each way out. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int borrowed[2];

struct way {
    int from, to;
    bool ended;
    size_t at, n;
    char buf[60000];
};

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Connects to the first address of host that accepts.  Ends the program when
 * there is none. */
static int connect_any(const char *host, const char *port)
{
    struct addrinfo *list,
        hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int fd = -1;

    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd == -1)
            continue;
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
            int saved = errno;
            close(fd);
            errno = saved;
            fd = -1;
        }
    }
    if (fd == -1)
        err(1, "%s port %s", host, port);
    freeaddrinfo(list);
    return fd;
}

/* Sees to it that descriptors 0 to 2 are taken, lest a socket passes for
 * stdin: one that is closed gets something that ends at once, and that cannot
 * be written. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
            err(1, "/dev/null");
}

/* From now on no call on fd waits. */
static void set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        err(1, "fcntl");
}

static void give_back(void)
{
    fcntl(0, F_SETFL, borrowed[0]);
    fcntl(1, F_SETFL, borrowed[1]);
}

static void on_signal(int sig)
{
    give_back();
    signal(sig, SIG_DFL);
    raise(sig);
}

static void borrow(void)
{
    static const int sigs[] = {SIGINT, SIGTERM, SIGHUP};

    for (int fd = 0; fd < 2; fd++)
        borrowed[fd] = fcntl(fd, F_GETFL);
    atexit(give_back);
    for (size_t i = 0; i < 3; i++)
        if (signal(sigs[i], on_signal) == SIG_IGN)
            signal(sigs[i], SIG_IGN);
    set_nonblocking(0);
    set_nonblocking(1);
}

/* Moves what can be moved.  Returns the errno of a failure; *reading says of
 * which end. */
static int move(struct way *w, bool *reading)
{
    *reading = w->n == 0;
    if (*reading) {
        ssize_t got = read(w->from, w->buf, sizeof w->buf);
        if (got == -1 && (errno == EAGAIN || errno == EINTR))
            return 0;
        w->at = 0;
        w->n = got > 0 ? (size_t)got : 0;
        w->ended = got <= 0;
        return got == -1 ? errno : 0;
    }
    ssize_t put = write(w->to, w->buf + w->at, w->n);
    if (put == -1 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (put == -1) {
        w->ended = true;
        w->n = 0;
        return errno;
    }
    w->at += (size_t)put;
    w->n -= (size_t)put;
    return 0;
}

static void name(const struct way *w, fd_set *reads, fd_set *writes)
{
    if (w->n > 0)
        FD_SET(w->to, writes);
    else if (!w->ended)
        FD_SET(w->from, reads);
}

static bool is_ready(const struct way *w, const fd_set *r, const fd_set *wr)
{
    return w->n > 0 ? FD_ISSET(w->to, wr) : !w->ended && FD_ISSET(w->from, r);
}

int main(int argc, char *argv[])
{
    static struct way up, down;
    int broken = 0;
    bool told = false, reading;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    signal(SIGPIPE, SIG_IGN);
    open_standard_streams();
    up.to = down.from = connect_any(argv[1], argv[2]);
    down.to = 1;
    set_nonblocking(up.to);
    borrow();
    while (!told || !down.ended || down.n > 0) {
        fd_set reads, writes;
        FD_ZERO(&reads);
        FD_ZERO(&writes);
        name(&up, &reads, &writes);
        name(&down, &reads, &writes);
        if (select(up.to + 1, &reads, &writes, NULL, NULL) == -1)
            continue;
        if (is_ready(&down, &reads, &writes)) {
            int error = move(&down, &reading);
            if (error != 0 && !reading) {
                errno = error;
                err(1, "standard output");
            }
            if (error != 0) {
                broken = error;
                up.ended = true;
                up.n = 0;
            }
        }
        if (is_ready(&up, &reads, &writes)) {
            int error = move(&up, &reading);
            if (error != 0 && reading) {
                errno = error;
                err(1, "standard input");
            }
            broken = broken != 0 ? broken : error;
        }
        if (up.ended && up.n == 0 && !told) {
            if (shutdown(up.to, SHUT_WR) == -1 && broken == 0)
                broken = errno;
            told = true;
        }
    }
    if (broken != 0)
        errx(1, "lost the connection: %s", strerror(broken));
    return 0;
}
