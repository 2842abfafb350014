/* pump with a process for each direction, each of which may block. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Copies until the end.  Returns 0, 'r' when reading and 'w' when writing has
 * failed; then errno says why. */
static int copy(int from, int to)
{
    char buf[20000];

    for (;;) {
        ssize_t got = read(from, buf, sizeof buf);
        if (got == 0)
            return 0;
        if (got == -1 && errno == EAGAIN) {
            struct pollfd p = {.fd = from, .events = POLLIN};
            poll(&p, 1, -1);
        } else if (got == -1 && errno != EINTR) {
            return 'r';
        }
        for (ssize_t at = 0; at < got;) {
            ssize_t put = write(to, buf + at, (size_t)(got - at));
            if (put == -1 && errno == EAGAIN) {
                struct pollfd p = {.fd = to, .events = POLLOUT};
                poll(&p, 1, -1);
            } else if (put == -1 && errno != EINTR) {
                return 'w';
            }
            at += put > 0 ? put : 0;
        }
    }
}

/* The child's work.  It tells of stdin only: the parent tells of the rest. */
static int send_stdin(int fd)
{
    switch (copy(STDIN_FILENO, fd)) {
    case 'r':
        warn("stdin");
        return 1;
    case 'w':
        return 2;
    default:
        return shutdown(fd, SHUT_WR) == -1 ? 2 : 0;
    }
}

/* A child that has failed with stdin ends the parent. */
static void on_child(int sig)
{
    siginfo_t info = {0};

    (void)sig;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_code == CLD_EXITED && info.si_status == 1)
        _exit(1);
}

int main(int argc, char *argv[])
{
    struct sigaction sa = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    int status;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);
    signal(SIGPIPE, SIG_IGN);
    open_standard_streams();
    int fd = connect_any(argv[1], argv[2]);
    sigaction(SIGCHLD, &sa, NULL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(send_stdin(fd));
    }
    int how = copy(fd, STDOUT_FILENO);
    if (how != 0) {
        int saved = errno;
        kill(child, SIGKILL);
        errno = saved;
        err(1, how == 'r' ? "recv" : "stdout");
    }
    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            err(1, "waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
        errx(1, "connection: %s", strerror(EPIPE));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
