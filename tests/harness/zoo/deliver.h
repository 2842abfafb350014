/** @file deliver.h
 * The well-behaved half of the zoo's programs: the contract in ../zoo.c. */
#ifndef DELIVER_H
#define DELIVER_H

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** A connected socket. */
static inline int reach(const char *host, const char *port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port =
                                   htons((in_port_t)strtoul(port, NULL, 10))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd == -1 || inet_pton(AF_INET, host, &addr.sin_addr) != 1)
        err(1, "socket");
    if (connect(fd, (struct sockaddr *)&addr, sizeof addr) == -1)
        err(1, "connect");
    return fd;
}

/** All of `PROGRAM deliver HOST PORT`, up to its exit status. */
static inline int deliver(char **argv)
{
    char line[100];
    int fd = reach(argv[2], argv[3]);

    if (fgets(line, sizeof line, stdin) == NULL)
        errx(1, "no line on stdin");
    if (send(fd, line, strlen(line), 0) == -1)
        err(1, "send");
    close(fd);
    puts("done");
    return 0;
}

#endif
