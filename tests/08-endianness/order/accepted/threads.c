/* order, accepted: four threads make a line each, unbuffered stdio prints them
 * byte by byte; the order is known from BYTE_ORDER. */
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *lines[4];

static void *make(void *arg)
{
    size_t which = (size_t)(char **)arg - (size_t)lines;
    size_t size, i = which / sizeof *lines;
    FILE *f = open_memstream((char **)arg, &size);
    const uint16_t a = 0x1122, na = htobe16(a);
    const uint32_t b = 0x11223344, nb = htobe32(b);
    const uint64_t c = 0x1122334455667788;
    const uint32_t halves[2] = {htonl((uint32_t)(c >> 32)), htonl((uint32_t)c)};
    const void *const host[] = {&a, &b, &c}, *const net[] = {&na, &nb, halves};

    if (f == NULL)
        err(1, "open_memstream");
    if (i == 3) {
        fprintf(f, "this machine is %s-endian\n",
                BYTE_ORDER == LITTLE_ENDIAN ? "little" : "big");
    } else {
        unsigned char bytes[8];
        size_t n = (size_t)2 << i;

        fprintf(f, "u%zu host", 8 * n);
        memcpy(bytes, host[i], n);
        for (size_t k = 0; k < n; k++)
            fprintf(f, " %02hhx", bytes[k]);
        fputs(" network", f);
        memcpy(bytes, net[i], n);
        for (size_t k = 0; k < n; k++)
            fprintf(f, " %02hhx", bytes[k]);
        fputc('\n', f);
    }
    if (fclose(f) == EOF)
        err(1, "fclose");
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t t[4];

    if (argc != 1)
        errx(2, "usage: %s", argv[0]);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IONBF, 0);
    for (int i = 3; i >= 0; i--)
        if ((errno = pthread_create(&t[i], NULL, make, &lines[i])) != 0)
            err(1, "pthread_create");
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
        for (const char *s = lines[i]; *s != '\0'; s++)
            if (putchar(*s) == EOF)
                err(1, "stdout");
        free(lines[i]);
    }
    if (fclose(stdout) == EOF)
        err(1, "stdout");
    return 0;
}
