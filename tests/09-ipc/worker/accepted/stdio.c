/* worker, accepted: stdin and stdout of the child are its end of the pair, and
 * it reads by getc(); the parent uses select() and waitid(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool put(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t did = write(fd, bytes, n);
        if (did == -1 && errno == EAGAIN) {
            fd_set w;
            FD_ZERO(&w);
            FD_SET(fd, &w);
            select(fd + 1, NULL, &w, NULL, NULL);
        } else if (did == -1 && errno != EINTR)
            return false;
        if (did > 0) {
            bytes += did;
            n -= (size_t)did;
        }
    }
    return true;
}

static int child(void)
{
    static char line[5000];
    size_t n = 0;
    bool fresh = true;
    unsigned long number = 0;

    for (;;) {
        int c = getc(stdin);
        if (c == EOF && ferror(stdin)) {
            if (errno != EINTR)
                return 9;
            clearerr(stdin);
            continue;
        }
        if (c == EOF && fresh)
            return put(1, line, n) ? 0 : 10;
        if (fresh)
            n += (size_t)sprintf(line + n, "%lu: ", ++number);
        fresh = c == '\n' || c == EOF;
        line[n++] = (char)(c == EOF ? '\n' : c);
        if (fresh || n > sizeof line - 100) {
            if (!put(1, line, n))
                return 10;
            n = 0;
        }
    }
}

int main(int argc, char **argv)
{
    static char in[40000], out[60000];
    size_t from = 0, n = 0;
    bool ended = false, told = false;
    int ends[2];
    siginfo_t si = {0};

    signal(SIGPIPE, SIG_IGN);
    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            open("/dev/null", O_RDONLY);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        err(1, "socketpair");
    pid_t pid = fork();
    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        if (dup2(ends[1], 0) == -1 || dup2(ends[1], 1) == -1)
            err(1, "dup2");
        close(ends[0]);
        close(ends[1]);
        _exit(child());
    }
    close(ends[1]);
    int fd = ends[0];
    for (;;) {
        fd_set r, w;
        FD_ZERO(&r);
        FD_ZERO(&w);
        FD_SET(fd, &r);
        if (n > 0)
            FD_SET(fd, &w);
        else if (!ended)
            FD_SET(0, &r);
        if (select(fd + 1, &r, &w, NULL, NULL) == -1) {
            if (errno == EINTR)
                continue;
            err(1, "select");
        }
        if (FD_ISSET(fd, &r)) {
            ssize_t got = recv(fd, out, sizeof out, MSG_DONTWAIT);
            if (got == 0 || (got == -1 && errno != EAGAIN && errno != EINTR))
                break;
            if (got > 0 && !put(1, out, (size_t)got))
                err(1, "stdout");
        }
        if (FD_ISSET(fd, &w)) {
            ssize_t did = send(fd, in + from, n, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (did > 0) {
                from += (size_t)did;
                n -= (size_t)did;
            }
        } else if (FD_ISSET(0, &r)) {
            ssize_t got = read(0, in, sizeof in);
            if (got == -1 && errno != EAGAIN && errno != EINTR)
                err(1, "stdin");
            ended = got == 0;
            if (got > 0)
                n = (size_t)got;
            from = 0;
        }
        if (ended && !told) {
            shutdown(fd, SHUT_WR);
            told = true;
        }
    }
    close(fd);
    while (waitid(P_PID, (id_t)pid, &si, WEXITED) == -1)
        if (errno != EINTR)
            err(1, "waitid");
    if (si.si_code == CLD_EXITED && si.si_status == 0 && told)
        return 0;
    errx(1, "the child %s %d",
         si.si_code == CLD_EXITED ? "ended before its time, with status"
                                  : "was killed by signal",
         si.si_status);
}
