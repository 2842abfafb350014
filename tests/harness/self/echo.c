/* echo: sends back what comes, carefully or carelessly.
 *
 *     echo careful|careless
 *
 * The careful one survives every fault that the kernel may give to it; the
 * careless one takes each call to do all that it was asked for. */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_careful;

static int listen_somewhere(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int lfd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(lfd, (struct sockaddr *)&a, sizeof a) == -1 ||
        listen(lfd, 5) == -1)
        return -1;
    return lfd;
}

/* Whether a call that failed is to be made again. */
static bool is_worth_again(void)
{
    return is_careful && (errno == EINTR || errno == ECONNABORTED);
}

static bool send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent == -1 && is_worth_again())
            continue;
        if (sent == -1)
            return false;
        if (!is_careful)
            return true;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void serve(int fd)
{
    char bytes[256];

    for (;;) {
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n == -1 && is_worth_again())
            continue;
        if (n <= 0 || !send_all(fd, bytes, (size_t)n))
            break;
    }
    close(fd);
}

int main(int argc, char **argv)
{
    int lfd = listen_somewhere();

    is_careful = argc > 1 && strcmp(argv[1], "careful") == 0;
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd != -1)
            serve(fd);
        else if (!is_worth_again())
            return 1;
    }
}
