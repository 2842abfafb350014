/* wire, accepted: a thread reads, single bytes into a ring; stdio on a cookie
 * writes; a packed struct and htobe64() make the head. */
#define _GNU_SOURCE
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct head {
    uint8_t version, type;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    uint32_t i32;
    uint64_t f64;
    uint16_t n;
} __attribute__((packed));
_Static_assert(sizeof(struct head) == 30, "there is a hole");

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned char bytes[64];
    size_t first, n;
    int error;
    bool ended;
} ring = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .changed = PTHREAD_COND_INITIALIZER};

static void *reader(void *unused)
{
    (void)unused;
    for (;;) {
        unsigned char c;
        ssize_t n = read(STDIN_FILENO, &c, 1);

        if (n == -1 && errno == EINTR)
            continue;
        int error = n == -1 ? errno : 0;
        pthread_mutex_lock(&ring.lock);
        if (n == 1) {
            while (ring.n == sizeof ring.bytes)
                pthread_cond_wait(&ring.changed, &ring.lock);
            ring.bytes[(ring.first + ring.n++) % sizeof ring.bytes] = c;
        } else {
            ring.error = error;
            ring.ended = true;
        }
        pthread_cond_signal(&ring.changed);
        pthread_mutex_unlock(&ring.lock);
        if (n != 1)
            return NULL;
    }
}

static FILE *out;

static _Noreturn void give_up(const char *what, unsigned long number,
                              const char *why)
{
    if (fflush(out) == EOF)
        err(1, "stdout");
    errx(1, "%s %lu: %s", what, number, why);
}

static int next(void)
{
    int c = -1, error = 0;

    pthread_mutex_lock(&ring.lock);
    while (ring.n == 0 && !ring.ended)
        pthread_cond_wait(&ring.changed, &ring.lock);
    if (ring.n > 0) {
        c = ring.bytes[ring.first];
        ring.first = (ring.first + 1) % sizeof ring.bytes;
        ring.n--;
        pthread_cond_signal(&ring.changed);
    } else {
        error = ring.error;
    }
    pthread_mutex_unlock(&ring.lock);
    if (error != 0) {
        fflush(out);
        errno = error;
        err(1, "stdin");
    }
    return c;
}

static ssize_t put_all(void *unused, const char *p, size_t n)
{
    (void)unused;
    for (size_t done = 0; done < n;) {
        ssize_t k = write(STDOUT_FILENO, p + done, n - done);
        if (k == -1 && errno != EINTR)
            return 0;
        done += k > 0 ? (size_t)k : 0;
    }
    return (ssize_t)n;
}

union number {
    uint64_t bits;
    double value;
};

static void encode(void)
{
    static char line[8193];

    for (unsigned long number = 1;; number++) {
        size_t n = 0;
        int c;
        bool saw = false;

        while ((c = next()) != -1 && c != '\n') {
            saw = true;
            if (n == 8191)
                give_up("line", number, "it is too long");
            line[n++] = (char)c;
        }
        if (c == -1 && !saw)
            return;
        line[n] = '\0';

        uint64_t v[5];
        static const uint64_t most[5] = {0xff, 0xffff, 0xffffffff, UINT64_MAX,
                                         0x7fffffff};
        char *p = line, *end;
        bool minus = false;

        for (int i = 0; i < 5; i++) {
            if (i == 4 && (minus = *p == '-'))
                p++;
            if (*p < '0' || *p > '9')
                give_up("line", number, "a digit is missing");
            errno = 0;
            uintmax_t u = strtoumax(p, &end, 10);
            if (errno == ERANGE || u > most[i] + (i == 4 && minus))
                give_up("line", number, "a number is too large");
            v[i] = u;
            if (*end != ' ')
                give_up("line", number, "a space is missing");
            p = end + 1;
        }
        if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
            give_up("line", number, "a space too many");
        union number f;
        errno = 0;
        f.value = strtod(p, &end);
        if (end == p || *end != ' ')
            give_up("line", number, "F64 is no number");
        if (errno == ERANGE && fabs(f.value) > DBL_MAX)
            give_up("line", number, "F64 is too large");
        if (f.value != f.value)
            f.bits = UINT64_C(0x7ff8000000000000);
        p = end + 1;
        if (*p++ != '"')
            give_up("line", number, "a quote is missing");

        char *string = p, *to = p; /* the string is made in its place */
        while (*p != '"') {
            if (*p == '\0')
                give_up("line", number, "the string has no end");
            if (*p != '\\') {
                *to++ = *p++;
            } else if (p[1] == '"' || p[1] == '\\') {
                *to++ = p[1];
                p += 2;
            } else if (p[1] == 'x' && p[2] != '\0' &&
                       strspn(p + 2, "0123456789abcdefABCDEF") >= 2) {
                unsigned byte;
                sscanf(p + 2, "%2x", &byte);
                *to++ = (char)byte;
                p += 4;
            } else {
                give_up("line", number, "a backslash too many");
            }
        }
        if (to - string > 1000)
            give_up("line", number, "the string is too long");
        if (p + 1 != line + n)
            give_up("line", number, "the string is not the last");

        const struct head h = {
            .version = 1,
            .type = (uint8_t)v[0],
            .u16 = htobe16((uint16_t)v[1]),
            .u32 = htobe32((uint32_t)v[2]),
            .u64 = htobe64(v[3]),
            .i32 = htobe32((uint32_t)(minus ? 0 - v[4] : v[4])),
            .f64 = htobe64(f.bits),
            .n = htobe16((uint16_t)(to - string)),
        };
        if (fwrite(&h, sizeof h, 1, out) != 1 ||
            fwrite(string, 1, (size_t)(to - string), out) !=
                (size_t)(to - string))
            err(1, "stdout");
    }
}

static void decode(void)
{
    for (unsigned long number = 1;; number++) {
        struct head h;
        unsigned char raw[sizeof h + 1000], *p = raw;
        size_t want = sizeof h;
        int c;

        for (; want > 0 && (c = next()) != -1; want--) {
            *p++ = (unsigned char)c;
            if (raw[0] != 1)
                give_up("record", number, "another version");
            if (p == raw + sizeof h) {
                memcpy(&h, raw, sizeof h);
                if (be16toh(h.n) > 1000)
                    give_up("record", number, "the string is too long");
                want += be16toh(h.n);
            }
        }
        if (p == raw)
            return;
        if (want > 0)
            give_up("record", number, "it ends early");

        union number f = {.bits = be64toh(h.f64)};
        uint32_t u = be32toh(h.i32);
        int32_t i = u <= INT32_MAX ? (int32_t)u : -1 - (int32_t)~u;
        fprintf(out, "%d %d %" PRIu32 " %" PRIu64 " %" PRId32 " ", h.type,
                be16toh(h.u16), be32toh(h.u32), be64toh(h.u64), i);
        if (isnan(f.value))
            fputs("nan", out);
        else
            fprintf(out, "%.17g", f.value);
        fputs(" \"", out);
        for (const unsigned char *s = raw + sizeof h; s < p; s++)
            if (*s == '"' || *s == '\\')
                fprintf(out, "\\%c", *s);
            else if (*s >= ' ' && *s <= '~')
                putc(*s, out);
            else
                fprintf(out, "\\x%02x", *s);
        fputs("\"\n", out);
        if (ferror(out))
            err(1, "stdout");
    }
}

int main(int argc, char **argv)
{
    pthread_t t;

    if (argc != 2 || (strcmp(argv[1], "encode") && strcmp(argv[1], "decode")))
        errx(2, "usage: %s encode|decode", argv[0]);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    out = fopencookie(NULL, "w", (cookie_io_functions_t){.write = put_all});
    if (out == NULL)
        err(1, "fopencookie");
    if ((errno = pthread_create(&t, NULL, reader, NULL)) != 0)
        err(1, "pthread_create");
    (argv[1][0] == 'e' ? encode : decode)();
    pthread_join(t, NULL);
    if (fclose(out) == EOF)
        err(1, "stdout");
    return 0;
}
