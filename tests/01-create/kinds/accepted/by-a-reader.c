/* kinds: which kinds of socket this system makes
 *
 *     kinds
 *
 * Asks socket() for each family, type and protocol of the table below, in the
 * table's order, and prints a line for each:
 *
 *     AF_INET SOCK_STREAM 0 ok
 *     AF_INET SOCK_RDM 0 ESOCKTNOSUPPORT
 *
 * A line ends in "ok" or in the name of the errno; an errno that the second
 * table does not name is printed as a number: "errno 5".  Each socket is
 * closed before the next one is asked for.  Being refused a socket is a
 * finding, no failure.
 *
 * Exits 0; 1 when stdout cannot be written, told on stderr in one sentence; 2
 * when there is an argument.
 *
 * Read chapters/01-create.md. */
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define KIND(family, type, protocol)                                           \
    family, type, protocol, #family " " #type " " #protocol

static const struct kind {
    int family, type, protocol;
    const char *name;
} kinds[] = {
    {KIND(AF_INET, SOCK_STREAM, 0)},
    {KIND(AF_INET, SOCK_STREAM, IPPROTO_TCP)},
    {KIND(AF_INET, SOCK_STREAM, IPPROTO_UDP)},
    {KIND(AF_INET, SOCK_DGRAM, 0)},
    {KIND(AF_INET, SOCK_DGRAM, IPPROTO_UDP)},
    {KIND(AF_INET, SOCK_DGRAM, IPPROTO_TCP)},
    {KIND(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)},
    {KIND(AF_INET, SOCK_RAW, 0)},
    {KIND(AF_INET, SOCK_RAW, IPPROTO_ICMP)},
    {KIND(AF_INET, SOCK_SEQPACKET, 0)},
    {KIND(AF_INET, SOCK_RDM, 0)},
    {KIND(AF_INET6, SOCK_STREAM, 0)},
    {KIND(AF_INET6, SOCK_DGRAM, 0)},
    {KIND(AF_UNIX, SOCK_STREAM, 0)},
    {KIND(AF_UNIX, SOCK_STREAM, IPPROTO_TCP)},
    {KIND(AF_UNIX, SOCK_DGRAM, 0)},
    {KIND(AF_UNIX, SOCK_SEQPACKET, 0)},
    {KIND(AF_UNIX, SOCK_RAW, 0)},
    {KIND(AF_PACKET, SOCK_RAW, 0)},
    {KIND(AF_UNSPEC, SOCK_STREAM, 0)},
};

static const struct error {
    int number;
    const char *name;
} errors[] = {
    {EACCES, "EACCES"},
    {EAFNOSUPPORT, "EAFNOSUPPORT"},
    {EINVAL, "EINVAL"},
    {EMFILE, "EMFILE"},
    {ENFILE, "ENFILE"},
    {ENOBUFS, "ENOBUFS"},
    {ENOMEM, "ENOMEM"},
    {EPERM, "EPERM"},
    {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
    {EPROTOTYPE, "EPROTOTYPE"},
    {ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Makes a socket of this kind and closes it again.  Returns 0, or the errno
 * with which socket() failed. */
static int try_kind(const struct kind *kind)
{
    /* TODO 1: ask socket() for the type and the protocol too, not for the
     * family alone, and close what it gives. */
    int fd = socket(kind->family, kind->type, kind->protocol);
    if (fd == -1)
        return errno;
    close(fd);
    return 0;
    /* END 1 */
}

/* Prints how it went: "ok", the name of the errno, or its number. */
static void print_result(const struct kind *kind, int error)
{
    if (error == 0) {
        printf("%s ok\n", kind->name);
        return;
    }
    for (size_t i = 0; i < COUNT(errors); i++) {
        if (errors[i].number == error) {
            printf("%s %s\n", kind->name, errors[i].name);
            return;
        }
    }
    printf("%s errno %d\n", kind->name, error);
}

int main(int argc, char *argv[])
{
    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < COUNT(kinds); i++)
        print_result(&kinds[i], try_kind(&kinds[i]));
    if (fflush(stdout) == EOF || ferror(stdout))
        err(1, "stdout");
    return 0;
}
