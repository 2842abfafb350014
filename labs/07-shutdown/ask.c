/* ask: a question that ends, and the whole answer
 *
 *     ask HOST PORT
 *
 * Reads a question of at most 64 KiB from stdin, to its end.  Then it connects
 * to the addresses of HOST in turn until one accepts, sends the question, and
 * half-closes: the server sees the end of the question, and the connection
 * stays open for the answer.  The answer goes to stdout as it comes, however
 * long it is and however long it takes, until the server ends its side; then
 * the status is 0.  An empty question, and an empty answer, are legal.  While
 * it waits, it sleeps.
 *
 * A question of more than 64 KiB is an error as soon as they are exceeded, be
 * stdin at its end or not, and nothing is sent.  An error of stdin is one, too.
 *
 * A server may answer before it has read all of the question, or any of it:
 * the kernel has room for the whole question, so neither waits for the other.
 * What the kernel has taken reaches a server that reads it late, even when ask
 * has ended.
 *
 * A reset, or any other error of the connection, is told on stderr in one
 * sentence with the reason, and the status is 1; what the server has answered
 * before is printed all the same, be the error met while sending or while
 * receiving.  (If sending fails and yet the answer ends as it should, either
 * may be told: the error with 1, or the end with 0.)  A stdout that takes no
 * more is an error, too.
 *
 * The status flags of stdin and stdout stay as they are.  EINTR from any call
 * but connect() is retried.  HOST and PORT are those of resolve.  Without
 * exactly two arguments it prints its usage to stderr and exits 2.
 *
 * Read chapters/07-shutdown.md. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LIMIT = 64 * 1024 /* bytes of a question */
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

/* Has the kernel keep room for a whole question: then send() need not wait for
 * a server that reads nothing before it has answered. */
static void make_room(int fd)
{
    int room = LIMIT;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == -1)
        err(1, "setsockopt");
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

/* Sends the question, and then says that this was all of it.  Returns 0, or
 * why that cannot be done, as errno has it. */
static int put_question(int fd, const char *question, size_t n)
{
    /* TODO 1: send all of it, be send() interrupted or content with a part.
     * Then half-close: shutdown().  An error does not end the program here,
     * for there may be an answer already: return errno. */
    return send(fd, question, n, 0) == -1 ? errno : 0;
    /* END 1 */
}

/* Prints what the server sends, until it ends.  Ends the program on an
 * error. */
static void print_answer(int fd)
{
    char buf[16384];

    /* TODO 2: recv() and write_all(), until recv() says that the server has
     * ended its side. */
    ssize_t got = recv(fd, buf, sizeof buf, 0);

    if (got == -1)
        err(1, "recv");
    write_all(buf, (size_t)got);
    /* END 2 */
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
        errx(1, "the question is longer than %d bytes", LIMIT);
    int fd = connect_any(argv[1], argv[2]);
    make_room(fd);
    int error = put_question(fd, question, n);
    print_answer(fd);
    close(fd);
    if (error != 0) {
        errno = error;
        err(1, "send");
    }
    return 0;
}
