/* order, accepted: a call for each byte that is printed, bswap only where the
 * macro of <endian.h> says so. */
#include <byteswap.h>
#include <endian.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>

static int failed;

static void print_bytes(const uint8_t *p, const uint8_t *end)
{
    while (p < end)
        failed |= printf(" %x%x", *p >> 4, *p & 15) < 0, p++;
}

#if __BYTE_ORDER == __BIG_ENDIAN
#define NETWORK(bits, x) (x)
#define NAME "big"
#else
#define NETWORK(bits, x) bswap_##bits(x)
#define NAME "little"
#endif

#define PRINT(bits, x)                                                         \
    do {                                                                       \
        const uint##bits##_t host = x, network = NETWORK(bits, host);          \
        failed |= printf("u" #bits " host") < 0;                               \
        print_bytes((const uint8_t *)&host, (const uint8_t *)(&host + 1));     \
        failed |= printf(" network") < 0;                                      \
        print_bytes((const uint8_t *)&network,                                 \
                    (const uint8_t *)(&network + 1));                          \
        failed |= printf("\n") < 0;                                            \
    } while (0)

int main(int argc, char *argv[])
{
    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    PRINT(16, 0x1122);
    PRINT(32, 0x11223344);
    PRINT(64, 0x1122334455667788);
    failed |= printf("this machine is %s-endian\n", NAME) < 0;
    if (failed)
        err(1, "standard output");
    return 0;
}
