/* kinds: first asks for all sockets and keeps the answers in
 * an array; then makes one text of them and gives it to write(2). */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ROWS = 20,
    ROOM = 80
};

static const int family[ROWS] = {
    AF_INET, AF_INET, AF_INET, AF_INET, AF_INET,   AF_INET,   AF_INET,
    AF_INET, AF_INET, AF_INET, AF_INET, AF_INET6,  AF_INET6,  AF_UNIX,
    AF_UNIX, AF_UNIX, AF_UNIX, AF_UNIX, AF_PACKET, AF_UNSPEC,
};

static const int type[ROWS] = {
    SOCK_STREAM, SOCK_STREAM,    SOCK_STREAM, SOCK_DGRAM,  SOCK_DGRAM,
    SOCK_DGRAM,  SOCK_DGRAM,     SOCK_RAW,    SOCK_RAW,    SOCK_SEQPACKET,
    SOCK_RDM,    SOCK_STREAM,    SOCK_DGRAM,  SOCK_STREAM, SOCK_STREAM,
    SOCK_DGRAM,  SOCK_SEQPACKET, SOCK_RAW,    SOCK_RAW,    SOCK_STREAM,
};

static const int protocol[ROWS] = {
    0,
    IPPROTO_TCP,
    IPPROTO_UDP,
    0,
    IPPROTO_UDP,
    IPPROTO_TCP,
    IPPROTO_ICMP,
    0,
    IPPROTO_ICMP,
    0,
    0,
    0,
    0,
    0,
    IPPROTO_TCP,
    0,
    0,
    0,
    0,
    0,
};

static int answer[ROWS];
static char text[ROWS * ROOM];

static const char *family_name(int value)
{
    switch (value) {
    case AF_INET:
        return "AF_INET";
    case AF_INET6:
        return "AF_INET6";
    case AF_UNIX:
        return "AF_UNIX";
    case AF_PACKET:
        return "AF_PACKET";
    default:
        return "AF_UNSPEC";
    }
}

static const char *type_name(int value)
{
    switch (value) {
    case SOCK_STREAM:
        return "SOCK_STREAM";
    case SOCK_DGRAM:
        return "SOCK_DGRAM";
    case SOCK_RAW:
        return "SOCK_RAW";
    case SOCK_SEQPACKET:
        return "SOCK_SEQPACKET";
    default:
        return "SOCK_RDM";
    }
}

static const char *protocol_name(int value)
{
    switch (value) {
    case IPPROTO_TCP:
        return "IPPROTO_TCP";
    case IPPROTO_UDP:
        return "IPPROTO_UDP";
    case IPPROTO_ICMP:
        return "IPPROTO_ICMP";
    default:
        return "0";
    }
}

/* The word for an answer, made in buf when it has no name. */
static const char *answer_name(int value, char *buf, size_t size)
{
    switch (value) {
    case 0:
        return "ok";
    case EACCES:
        return "EACCES";
    case EAFNOSUPPORT:
        return "EAFNOSUPPORT";
    case EINVAL:
        return "EINVAL";
    case EMFILE:
        return "EMFILE";
    case ENFILE:
        return "ENFILE";
    case ENOBUFS:
        return "ENOBUFS";
    case ENOMEM:
        return "ENOMEM";
    case EPERM:
        return "EPERM";
    case EPROTONOSUPPORT:
        return "EPROTONOSUPPORT";
    case EPROTOTYPE:
        return "EPROTOTYPE";
    case ESOCKTNOSUPPORT:
        return "ESOCKTNOSUPPORT";
    default:
        snprintf(buf, size, "errno %d", value);
        return buf;
    }
}

static bool write_all(const char *p, size_t left)
{
    while (left > 0) {
        ssize_t n = write(STDOUT_FILENO, p, left);
        if (n == -1 && errno != EINTR)
            return false;
        if (n > 0) {
            p += n;
            left -= (size_t)n;
        }
    }
    return true;
}

int main(int argc, char *argv[])
{
    size_t used = 0;
    char buf[32];

    (void)argv;
    if (argc != 1)
        return 2;
    signal(SIGPIPE, SIG_IGN);

    for (int i = 0; i < ROWS; i++) {
        int s = socket(family[i], type[i], protocol[i]);
        answer[i] = s >= 0 ? 0 : errno;
        if (s >= 0)
            close(s);
    }

    for (int i = 0; i < ROWS; i++) {
        int n = snprintf(text + used, sizeof text - used, "%s %s %s %s\n",
                         family_name(family[i]), type_name(type[i]),
                         protocol_name(protocol[i]),
                         answer_name(answer[i], buf, sizeof buf));
        used += (size_t)n;
    }
    if (!write_all(text, used)) {
        dprintf(STDERR_FILENO, "cannot write to stdout: %s\n", strerror(errno));
        return 1;
    }
    return 0;
}
