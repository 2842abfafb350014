/* echo: sends back what comes, carefully or carelessly.
 *
 *     echo careful|careless|no-signals|polling|surprised|edges
 *
 * The careful one survives every fault that the kernel may give to it; the
 * careless one takes each call to do all that it was asked for.  One does not
 * know of EINTR.  Two of them do not wait in the calls themselves but in
 * poll(), and of these one takes EAGAIN for an error.  The last one is told by
 * edge-triggered epoll when there is something, and then there is. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_careful, knows_eintr, polls, knows_eagain, has_edges;

static void read_manner(const char *manner)
{
    polls = strcmp(manner, "polling") == 0 || strcmp(manner, "surprised") == 0;
    knows_eagain = strcmp(manner, "polling") == 0;
    has_edges = strcmp(manner, "edges") == 0;
    is_careful = strcmp(manner, "careless") != 0;
    knows_eintr = is_careful && strcmp(manner, "no-signals") != 0;
}

static int listen_somewhere(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int lfd = socket(AF_INET, SOCK_STREAM | (polls ? SOCK_NONBLOCK : 0), 0);

    if (bind(lfd, (struct sockaddr *)&a, sizeof a) == -1 ||
        listen(lfd, 5) == -1)
        return -1;
    return lfd;
}

/* Whether a call that failed is to be made again. */
static bool is_worth_again(void)
{
    return (knows_eintr && errno == EINTR) ||
           (is_careful && errno == ECONNABORTED) ||
           (knows_eagain && errno == EAGAIN);
}

/* Waits, if it is not the next call that does. */
static void wait_ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    while (polls && poll(&p, 1, -1) == -1 && errno == EINTR)
        continue;
}

static bool send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        wait_ready(fd, POLLOUT);
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
        wait_ready(fd, POLLIN);
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n == -1 && is_worth_again())
            continue;
        if (n <= 0 || !send_all(fd, bytes, (size_t)n))
            break;
    }
    close(fd);
}

/* When a count is short there is no more, and the next edge will come. */
static void serve_edges(int fd)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
    char bytes[256];
    int epfd = epoll_create1(0);
    bool is_over = epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e) == -1;

    while (!is_over) {
        if (epoll_wait(epfd, &e, 1, -1) == -1)
            continue;
        ssize_t n;
        do
            n = recv(fd, bytes, sizeof bytes, 0);
        while (n == -1 && errno == EINTR);
        if (n > 0 && !send_all(fd, bytes, (size_t)n))
            break;
        is_over = n == 0 || (e.events & EPOLLRDHUP) != 0;
    }
    close(epfd);
    close(fd);
}

int main(int argc, char **argv)
{
    read_manner(argc > 1 ? argv[1] : "careful");
    int lfd = listen_somewhere();
    for (;;) {
        wait_ready(lfd, POLLIN);
        int fd =
            accept4(lfd, NULL, NULL, polls || has_edges ? SOCK_NONBLOCK : 0);
        if (fd != -1)
            (has_edges ? serve_edges : serve)(fd);
        else if (!is_worth_again())
            return 1;
    }
}
