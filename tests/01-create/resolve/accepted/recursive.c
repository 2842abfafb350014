/* resolve: asks for addresses of any type, in a thread of its own, and leaves
 * out those that are for no stream.  A function that calls itself along the
 * list prints into an open_memstream(), and writev(2) brings it out. */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static const char *program, *host, *service;
static struct addrinfo *found;
static int result, system_error;

static int fail(const char *what, const char *reason)
{
    fprintf(stderr, "%s: %s: %s\n", program, what, reason);
    return 1;
}

static void *ask(void *unused)
{
    result = getaddrinfo(host, service, NULL, &found);
    system_error = errno;
    return unused;
}

/* Prints this entry and all behind it.  Returns a code of the resolver. */
static int print_from(const struct addrinfo *entry, FILE *out)
{
    char digits[NI_MAXHOST], number[NI_MAXSERV];

    if (entry == NULL)
        return 0;
    if (entry->ai_socktype == SOCK_STREAM) {
        int rc = getnameinfo(entry->ai_addr, entry->ai_addrlen, digits,
                             sizeof digits, number, sizeof number,
                             NI_NUMERICHOST | NI_NUMERICSERV);
        if (rc != 0)
            return rc;
        fprintf(out, strchr(digits, ':') != NULL ? "[%s]:%s\n" : "%s:%s\n",
                digits, number);
    }
    return print_from(entry->ai_next, out);
}

int main(int argc, char *argv[])
{
    struct iovec piece = {NULL, 0};
    char *text = NULL, *rest;
    pthread_t thread;
    size_t size = 0;

    program = argv[0];
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", program);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    host = argv[1];
    service = argv[2];
    unsigned long port = strtoul(service, &rest, 10);
    if (service[0] < '0' || service[0] > '9' || *rest != '\0' ||
        rest - service > 5 || port > 65535)
        return fail(service, "no number from 0 to 65535");

    int rc = pthread_create(&thread, NULL, ask, NULL);
    if (rc != 0)
        return fail("thread", strerror(rc));
    pthread_join(thread, NULL);
    if (result == EAI_SYSTEM) {
        fprintf(stderr, "%s: %s: %s: %s\n", program, host, gai_strerror(result),
                strerror(system_error));
        return 1;
    }
    if (result != 0)
        return fail(host, gai_strerror(result));

    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return fail("memory", strerror(errno));
    rc = print_from(found, out);
    freeaddrinfo(found);
    if (fclose(out) == EOF)
        return fail("memory", strerror(errno));
    if (rc != 0) {
        free(text);
        return fail("getnameinfo", gai_strerror(rc));
    }

    piece.iov_base = text;
    piece.iov_len = size;
    while (piece.iov_len > 0) {
        ssize_t n = writev(1, &piece, 1);
        if (n == -1)
            return fail("stdout", strerror(errno));
        piece.iov_base = (char *)piece.iov_base + n;
        piece.iov_len -= (size_t)n;
    }
    free(text);
    return 0;
}
