/* kinds: a child process asks for each socket and sends back the answer by a
 * pipe.  The socket is closed when the child ends, for which the parent waits
 * before it starts the next. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMED(value) value, #value

struct row {
    int family;
    const char *family_name;
    int type;
    const char *type_name;
    int protocol;
    const char *protocol_name;
};

static const struct row rows[] = {
    {NAMED(AF_INET), NAMED(SOCK_STREAM), NAMED(0)},
    {NAMED(AF_INET), NAMED(SOCK_STREAM), NAMED(IPPROTO_TCP)},
    {NAMED(AF_INET), NAMED(SOCK_STREAM), NAMED(IPPROTO_UDP)},
    {NAMED(AF_INET), NAMED(SOCK_DGRAM), NAMED(0)},
    {NAMED(AF_INET), NAMED(SOCK_DGRAM), NAMED(IPPROTO_UDP)},
    {NAMED(AF_INET), NAMED(SOCK_DGRAM), NAMED(IPPROTO_TCP)},
    {NAMED(AF_INET), NAMED(SOCK_DGRAM), NAMED(IPPROTO_ICMP)},
    {NAMED(AF_INET), NAMED(SOCK_RAW), NAMED(0)},
    {NAMED(AF_INET), NAMED(SOCK_RAW), NAMED(IPPROTO_ICMP)},
    {NAMED(AF_INET), NAMED(SOCK_SEQPACKET), NAMED(0)},
    {NAMED(AF_INET), NAMED(SOCK_RDM), NAMED(0)},
    {NAMED(AF_INET6), NAMED(SOCK_STREAM), NAMED(0)},
    {NAMED(AF_INET6), NAMED(SOCK_DGRAM), NAMED(0)},
    {NAMED(AF_UNIX), NAMED(SOCK_STREAM), NAMED(0)},
    {NAMED(AF_UNIX), NAMED(SOCK_STREAM), NAMED(IPPROTO_TCP)},
    {NAMED(AF_UNIX), NAMED(SOCK_DGRAM), NAMED(0)},
    {NAMED(AF_UNIX), NAMED(SOCK_SEQPACKET), NAMED(0)},
    {NAMED(AF_UNIX), NAMED(SOCK_RAW), NAMED(0)},
    {NAMED(AF_PACKET), NAMED(SOCK_RAW), NAMED(0)},
    {NAMED(AF_UNSPEC), NAMED(SOCK_STREAM), NAMED(0)},
};

static const struct {
    int number;
    const char *name;
} errors[] = {
    {0, "ok"},
    {NAMED(EACCES)},
    {NAMED(EAFNOSUPPORT)},
    {NAMED(EINVAL)},
    {NAMED(EMFILE)},
    {NAMED(ENFILE)},
    {NAMED(ENOBUFS)},
    {NAMED(ENOMEM)},
    {NAMED(EPERM)},
    {NAMED(EPROTONOSUPPORT)},
    {NAMED(EPROTOTYPE)},
    {NAMED(ESOCKTNOSUPPORT)},
};

static void quit(const char *what)
{
    perror(what);
    exit(1);
}

/* Returns 0, or the errno with which socket() failed in the child. */
static int ask_in_child(const struct row *row)
{
    int answer = 0, ends[2];

    if (pipe(ends) == -1)
        quit("pipe");
    pid_t child = fork();
    if (child == -1)
        quit("fork");
    if (child == 0) {
        if (socket(row->family, row->type, row->protocol) == -1)
            answer = errno;
        _exit(write(ends[1], &answer, sizeof answer) != sizeof answer);
    }
    close(ends[1]);
    if (read(ends[0], &answer, sizeof answer) != sizeof answer)
        quit("pipe");
    close(ends[0]);
    if (waitpid(child, NULL, 0) == -1)
        quit("waitpid");
    return answer;
}

int main(int argc, char *argv[])
{
    const size_t known = sizeof errors / sizeof errors[0];

    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int answer = ask_in_child(&rows[i]);
        size_t e = 0;

        while (e < known && errors[e].number != answer)
            e++;
        printf("%s %s %s ", rows[i].family_name, rows[i].type_name,
               rows[i].protocol_name);
        if (e < known)
            printf("%s\n", errors[e].name);
        else
            printf("errno %d\n", answer);
        if (fflush(stdout) == EOF)
            quit("stdout");
    }
    return 0;
}
