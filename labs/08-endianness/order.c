/* order: in which order this machine keeps the bytes of a number
 *
 *     order
 *
 * Prints three numbers, of 16, 32 and 64 bits, as their bytes lie in memory,
 * lowest address first: as this machine has them, and in network order, most
 * significant byte first.  Then it says what the machine is.  On a PC:
 *
 *     u16 host 22 11 network 11 22
 *     u32 host 44 33 22 11 network 11 22 33 44
 *     u64 host 88 77 66 55 44 33 22 11 network 11 22 33 44 55 66 77 88
 *     this machine is little-endian
 *
 * The numbers are 0x1122, 0x11223344 and 0x1122334455667788.  The same source,
 * built for a machine of the other order, prints that machine's bytes, and
 * "this machine is big-endian".
 *
 * Exits 0; 1 when stdout cannot be written, told on stderr in one sentence.
 * SIGPIPE is left as it is, and ends the program when its reader has gone.
 * With an argument it prints only its usage, to stderr, and exits 2.
 *
 * Read chapters/08-endianness.md. */
#include <arpa/inet.h>
#include <endian.h>
#include <err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Prints n bytes of memory, lowest address first, each as " 1f". */
static void print_bytes(const void *memory, size_t n)
{
    /* TODO 1: a byte is a number from 0 to 255. */
    const char *p = memory;

    for (size_t i = 0; i < n; i++)
        printf(" %02x", p[i]);
    /* END 1 */
}

/* Prints a line: the bytes of one number in two orders. */
static void print_line(const char *name, const void *host, const void *network,
                       size_t n)
{
    printf("%s host", name);
    print_bytes(host, n);
    printf(" network");
    print_bytes(network, n);
    printf("\n");
}

static void print_numbers(void)
{
    const uint16_t a = 0x1122;
    const uint32_t b = 0x11223344;
    const uint64_t c = 0x1122334455667788;

    /* TODO 2: the same numbers in network order. */
    const uint16_t net_a = a;
    const uint32_t net_b = b;
    const uint64_t net_c = c;
    /* END 2 */

    print_line("u16", &a, &net_a, sizeof a);
    print_line("u32", &b, &net_b, sizeof b);
    print_line("u64", &c, &net_c, sizeof c);
}

/* Whether this machine keeps the least significant byte of a number at the
 * lowest address. */
static bool is_little_endian(void)
{
    /* TODO 3: look, rather than know. */
    return true;
    /* END 3 */
}

int main(int argc, char *argv[])
{
    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    print_numbers();
    printf("this machine is %s-endian\n",
           is_little_endian() ? "little" : "big");
    if (fflush(stdout) == EOF || ferror(stdout))
        err(1, "stdout");
    return 0;
}
