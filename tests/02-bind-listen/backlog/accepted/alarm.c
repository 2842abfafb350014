/* backlog, accepted: a timer's signal ends the call that is not answered, and
 * callers hang up at once, which leaves them in the queue. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void wake(int signal)
{
    (void)signal;
}

/* Again after the first time, should the first come before connect(). */
static void set_timer(long us)
{
    struct itimerval t = {{0, us / 10}, {0, us}};

    if (setitimer(ITIMER_REAL, &t, NULL) == -1)
        err(1, "setitimer");
}

/* Whether the call is answered after all: the timer may go off before connect()
 * has begun, if others have the processor. */
static int is_answered(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t len = sizeof error;

    return poll(&p, 1, 50) == 1 &&
           getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
           error == 0;
}

static int call(const struct sockaddr *where, socklen_t len)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd == -1)
        err(1, "socket");
    set_timer(50000);
    int rc = connect(fd, where, len);
    set_timer(0);
    if (rc == -1 && errno == EINTR && is_answered(fd))
        rc = 0;
    close(fd);
    return rc;
}

static int measure(int backlog)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof a;
    int lfd = socket(AF_INET, SOCK_STREAM, 0), n = 0;

    if (lfd == -1)
        err(1, "socket");
    if (bind(lfd, (struct sockaddr *)&a, len) == -1)
        err(1, "bind");
    if (listen(lfd, backlog) == -1)
        err(1, "listen");
    if (getsockname(lfd, (struct sockaddr *)&a, &len) == -1)
        err(1, "getsockname");
    while (n < 100 && call((struct sockaddr *)&a, len) == 0)
        n++;
    close(lfd);
    return n;
}

int main(int argc, char **argv)
{
    struct sigaction sa = {.sa_handler = wake};

    if (argc < 2)
        errx(2, "usage: backlog N...");
    for (int i = 1; i < argc; i++)
        if (argv[i][strspn(argv[i], "-0123456789")] != '\0')
            errx(2, "usage: backlog N...");
    sigaction(SIGALRM, &sa, NULL);
    for (int i = 1; i < argc; i++) {
        int n = measure(atoi(argv[i]));

        printf("backlog %d: %s%d connection%s\n", atoi(argv[i]),
               n == 100 ? "at least " : "", n, n == 1 ? "" : "s");
    }
    return 0;
}
