/* burst, accepted: a blocking socket and MSG_DONTWAIT at each send(); select()
 * waits for it; small reads. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    unsigned long sent = 0, waits = 0;
    char buf[5000];
    ssize_t got;
    int fd = -1;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        if (ai->ai_next == NULL)
            err(1, "%s", argv[1]);
        close(fd);
    }
    while ((got = read(0, buf, sizeof buf)) != 0) {
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            err(1, "read");
        for (ssize_t done = 0; done < got;) {
            ssize_t n = send(fd, buf + done, (size_t)(got - done),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n >= 0) {
                done += n;
                sent += (unsigned long)n;
            } else if (errno == EAGAIN) {
                fd_set writable;
                waits++;
                do {
                    FD_ZERO(&writable);
                    FD_SET(fd, &writable);
                    n = select(fd + 1, NULL, &writable, NULL, NULL);
                } while (n == -1 && errno == EINTR);
            } else if (errno != EINTR) {
                err(1, "send");
            }
        }
    }
    printf("sent %lu bytes, waited %lu times\n", sent, waits);
    return 0;
}
