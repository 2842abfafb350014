/* ask with two processes: the child sends and half-closes, which is for both;
 * the parent receives. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LIMIT = 64 * 1024
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

/* Reads stdin to its end, or until it is longer than a question may be.
 * Returns how many bytes there are.  Ends the program on an error. */
static size_t read_question(char question[LIMIT + 1])
{
    size_t n = 0;

    while (n < LIMIT + 1) {
        ssize_t got = read(STDIN_FILENO, question + n, LIMIT + 1 - n);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "stdin");
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return n;
}

/* Writes all n bytes of buf to stdout.  Ends the program on an error. */
static void write_all(const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, buf, n);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            err(1, "stdout");
        buf += written;
        n -= (size_t)written;
    }
}

/* What the child does: its status says whether all was sent. */
static int send_question(int fd, const char *question, size_t n)
{
    signal(SIGPIPE, SIG_IGN);
    while (n > 0) {
        ssize_t sent = write(fd, question, n);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1) {
            warn("write");
            return 1;
        }
        question += sent;
        n -= (size_t)sent;
    }
    if (shutdown(fd, SHUT_WR) == -1) {
        warn("shutdown");
        return 1;
    }
    return 0;
}

int main(int argc, char *argv[])
{
    static char question[LIMIT + 1];

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    size_t n = read_question(question);
    if (n > LIMIT)
        errx(1, "more than %d bytes", LIMIT);
    int fd = connect_any(argv[1], argv[2]);
    pid_t child = fork();
    int status;
    char buf[5000];

    if (child == -1)
        err(1, "fork");
    if (child == 0)
        _exit(send_question(fd, question, n));
    for (;;) {
        ssize_t got = recv(fd, buf, sizeof buf, 0);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1) {
            warn("recv");
            return 1;
        }
        if (got == 0)
            break;
        write_all(buf, (size_t)got);
    }
    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            err(1, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
