/* order, accepted: unions show the bytes, a macro of the compiler's the order,
 * shifts make the network's. */
#include <err.h>
#include <stdint.h>
#include <stdio.h>

union any {
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    uint8_t bytes[8];
};

static void show(const char *word, const union any *x, int n)
{
    printf(" %s", word);
    for (int i = 0; i < n; i++)
        printf(" %02hhx", x->bytes[i]);
}

static union any to_network(uint64_t value, int n)
{
    union any x;

    for (int i = n - 1; i >= 0; i--, value >>= 8)
        x.bytes[i] = (uint8_t)value;
    return x;
}

static void print(const char *name, union any x, uint64_t value, int n)
{
    union any network = to_network(value, n);

    fputs(name, stdout);
    show("host", &x, n);
    show("network", &network, n);
    putchar('\n');
}

int main(int argc, char *argv[])
{
    if (argc > 1) {
        fprintf(stderr, "usage: %s (without arguments)\n", argv[0]);
        return 2;
    }
    print("u16", (union any){.u16 = 0x1122}, 0x1122, 2);
    print("u32", (union any){.u32 = 0x11223344}, 0x11223344, 4);
    print("u64", (union any){.u64 = 0x1122334455667788}, 0x1122334455667788, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    puts("this machine is little-endian");
#else
    puts("this machine is big-endian");
#endif
    if (fclose(stdout) == EOF)
        err(1, "cannot write");
    return 0;
}
