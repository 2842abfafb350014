/* kinds: one list of rows is a macro, from which a case for each row comes.
 * The sockets are made close-on-exec, and stdio brings the lines out. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROWS(ROW)                                                              \
    ROW(AF_INET, SOCK_STREAM, 0)                                               \
    ROW(AF_INET, SOCK_STREAM, IPPROTO_TCP)                                     \
    ROW(AF_INET, SOCK_STREAM, IPPROTO_UDP)                                     \
    ROW(AF_INET, SOCK_DGRAM, 0)                                                \
    ROW(AF_INET, SOCK_DGRAM, IPPROTO_UDP)                                      \
    ROW(AF_INET, SOCK_DGRAM, IPPROTO_TCP)                                      \
    ROW(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)                                     \
    ROW(AF_INET, SOCK_RAW, 0)                                                  \
    ROW(AF_INET, SOCK_RAW, IPPROTO_ICMP)                                       \
    ROW(AF_INET, SOCK_SEQPACKET, 0)                                            \
    ROW(AF_INET, SOCK_RDM, 0)                                                  \
    ROW(AF_INET6, SOCK_STREAM, 0)                                              \
    ROW(AF_INET6, SOCK_DGRAM, 0)                                               \
    ROW(AF_UNIX, SOCK_STREAM, 0)                                               \
    ROW(AF_UNIX, SOCK_STREAM, IPPROTO_TCP)                                     \
    ROW(AF_UNIX, SOCK_DGRAM, 0)                                                \
    ROW(AF_UNIX, SOCK_SEQPACKET, 0)                                            \
    ROW(AF_UNIX, SOCK_RAW, 0)                                                  \
    ROW(AF_PACKET, SOCK_RAW, 0)                                                \
    ROW(AF_UNSPEC, SOCK_STREAM, 0)

#define ERRORS(ERROR)                                                          \
    ERROR(EACCES)                                                              \
    ERROR(EAFNOSUPPORT)                                                        \
    ERROR(EINVAL)                                                              \
    ERROR(EMFILE)                                                              \
    ERROR(ENFILE)                                                              \
    ERROR(ENOBUFS)                                                             \
    ERROR(ENOMEM)                                                              \
    ERROR(EPERM)                                                               \
    ERROR(EPROTONOSUPPORT)                                                     \
    ERROR(EPROTOTYPE)                                                          \
    ERROR(ESOCKTNOSUPPORT)

static void line(const char *row, int fd, int error)
{
    fputs(row, stdout);
    if (fd != -1) {
        puts("ok");
        close(fd);
        return;
    }
#define ERROR(name)                                                            \
    if (error == name) {                                                       \
        puts(#name);                                                           \
        return;                                                                \
    }
    ERRORS(ERROR)
    printf("errno %d\n", error);
}

int main(int argc, char *argv[])
{
    int fd;

    if (argc != 1) {
        fprintf(stderr, "usage: %s (without arguments)\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
#define ROW(family, type, protocol)                                            \
    fd = socket(family, (int)type | SOCK_CLOEXEC, protocol);                   \
    line(#family " " #type " " #protocol " ", fd, errno);
    ROWS(ROW)
    if (ferror(stdout) || fclose(stdout) == EOF) {
        perror("stdout");
        return 1;
    }
    return 0;
}
