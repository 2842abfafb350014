/* order, accepted: one text, one write(); htonl(1) tells the order. */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char all[512];

static void add(const char *words)
{
    strcat(all, words);
}

static void add_bytes(const void *at, size_t n)
{
    unsigned char bytes[8];
    char two[8];

    memcpy(bytes, at, n);
    for (size_t i = 0; i < n; i++) {
        snprintf(two, sizeof two, " %02x", bytes[i]);
        add(two);
    }
}

/* The same bytes the other way round, if this machine is little-endian. */
static void add_line(const char *name, const void *at, size_t n, int is_big)
{
    unsigned char network[8];
    const unsigned char *host = at;

    for (size_t i = 0; i < n; i++)
        network[i] = host[is_big ? i : n - 1 - i];
    add(name);
    add(" host");
    add_bytes(at, n);
    add(" network");
    add_bytes(network, n);
    add("\n");
}

int main(int argc, char *argv[])
{
    const uint16_t a = 0x1122;
    const uint32_t b = 0x11223344;
    const uint64_t c = 0x1122334455667788;
    int is_big = htonl(1) == 1;

    (void)argv;
    if (argc != 1) {
        fputs("usage: order\n", stderr);
        return 2;
    }
    add_line("u16", &a, sizeof a, is_big);
    add_line("u32", &b, sizeof b, is_big);
    add_line("u64", &c, sizeof c, is_big);
    add(is_big ? "this machine is big-endian\n"
               : "this machine is little-endian\n");
    if (write(STDOUT_FILENO, all, strlen(all)) != (ssize_t)strlen(all))
        err(1, "write");
    return 0;
}
