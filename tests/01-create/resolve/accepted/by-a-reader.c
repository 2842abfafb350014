/* resolve: every address that a client should try
 *
 *     resolve HOST PORT
 *
 * Prints each address of HOST to which a stream socket can be connected, one
 * a line, in the order in which getaddrinfo() gives them:
 *
 *     [2001:db8::7]:80
 *     192.0.2.7:80
 *
 * HOST is a name or an address in digits, IPv4 or IPv6.  PORT is one to five
 * decimal digits, at most 65535, and nothing else: no sign, no blank, no name
 * of a service.
 *
 * Exits 0.  On any error it prints nothing to stdout, tells it on stderr in
 * one sentence with the reason, and exits 1; what the resolver has to say is
 * told in the words of gai_strerror().  Without exactly two arguments it
 * prints its usage to stderr and exits 2.
 *
 * Read chapters/01-create.md. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Looks up the addresses for a stream socket.  Ends the program when there
 * are none.  The list is to be freed with freeaddrinfo(). */
static struct addrinfo *lookup(const char *host, const char *port)
{
    struct addrinfo *list = NULL;

    /* TODO 1: ask for stream sockets only, or each address comes once for
     * every type.  Tell errors with errx() and gai_strerror(): the resolver
     * has its own, and only EAI_SYSTEM means errno. */
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        err(1, "%s", host);
    if (rc != 0)
        errx(1, "%s: %s", host, gai_strerror(rc));
    /* END 1 */
    return list;
}

/* Prints every address of the list as ADDR:PORT; an IPv6 address, which has
 * colons of its own, in brackets. */
static void print_addresses(const struct addrinfo *list)
{
    const int flags = NI_NUMERICHOST | NI_NUMERICSERV;
    char addr[NI_MAXHOST], port[NI_MAXSERV];

    /* TODO 2: print every address: walk along ai_next until it is
     * NULL.  Put brackets around those of the family AF_INET6. */
    while (list != NULL) {
        int rc = getnameinfo(list->ai_addr, list->ai_addrlen, addr, sizeof addr,
                             port, sizeof port, flags);
        if (rc != 0)
            errx(1, "getnameinfo: %s", gai_strerror(rc));
        if (list->ai_family == AF_INET6)
            printf("[%s]:%s\n", addr, port);
        else
            printf("%s:%s\n", addr, port);
        list = list->ai_next;
    }
    /* END 2 */
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (!is_port(argv[2]))
        errx(1, "port \"%s\" is not a number from 0 to 65535", argv[2]);

    struct addrinfo *list = lookup(argv[1], argv[2]);
    print_addresses(list);
    freeaddrinfo(list);

    if (fflush(stdout) == EOF || ferror(stdout))
        err(1, "stdout");
    return 0;
}
