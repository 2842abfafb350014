/* shout: what you say goes out, and what comes back is printed
 *
 *     shout ADDR PORT
 *
 * Connects to the numeric address ADDR, sends all of stdin and ends its side;
 * then prints what comes back, until the other side has ended.  Exit status 0;
 * 1 when a call fails, which is told on stderr; 2 for wrong usage. */
#include <err.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A socket that is connected to the server. */
static int call_server(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;

    int rc = getaddrinfo(address, port, &hints, &found);
    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    int fd = socket(found->ai_family, SOCK_STREAM, 0);
    if (fd == -1)
        err(1, "socket");
    if (connect(fd, found->ai_addr, found->ai_addrlen) == -1)
        err(1, "connect");
    freeaddrinfo(found);
    return fd;
}

/* Sends all n bytes of buf. */
static void send_all(int fd, const char *buf, size_t n)
{
    /* TODO 1: send them all, however few a call takes */
    while (n > 0) {
        ssize_t sent = send(fd, buf, n, MSG_NOSIGNAL);
        if (sent == -1)
            err(1, "send");
        buf += sent;
        n -= (size_t)sent;
    }
    /* END 1 */
}

int main(int argc, char **argv)
{
    char buf[4096];
    ssize_t n;

    if (argc != 3) {
        fprintf(stderr, "usage: shout ADDR PORT\n");
        return 2;
    }
    int fd = call_server(argv[1], argv[2]);
    while ((n = read(STDIN_FILENO, buf, sizeof buf)) > 0)
        send_all(fd, buf, (size_t)n);
    if (n == -1)
        err(1, "stdin");
    if (shutdown(fd, SHUT_WR) == -1)
        err(1, "shutdown");
    while ((n = recv(fd, buf, sizeof buf, 0)) > 0)
        fwrite(buf, 1, (size_t)n, stdout);
    if (n == -1)
        err(1, "recv");
    if (fflush(stdout) == EOF)
        err(1, "stdout");
    return 0;
}
