/* wire, accepted: a packed struct, functions named after the network, stdio;
 * getc() is asked again when it was interrupted, and what is printed goes
 * through a function that is (fopencookie). */
#define _GNU_SOURCE
#include <ctype.h>
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
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

static int get(void)
{
    int c;

    while ((c = getc(stdin)) == EOF && ferror(stdin)) {
        if (errno != EINTR)
            err(1, "reading");
        clearerr(stdin);
    }
    return c;
}

static FILE *out;

static ssize_t write_out(void *unused, const char *p, size_t n)
{
    size_t done = 0;

    (void)unused;
    while (done < n) {
        ssize_t m = write(1, p + done, n - done);
        if (m == -1 && errno != EINTR)
            return 0;
        done += m > 0 ? (size_t)m : 0;
    }
    return (ssize_t)n;
}

static void check_output(void)
{
    if (fflush(out) == EOF)
        err(1, "writing");
}

static unsigned long long number(char **p, unsigned long long most,
                                 unsigned long at)
{
    char *end;

    if (**p < '0' || **p > '9')
        errx(1, "line %lu: \"%s\" does not begin with a number", at, *p);
    errno = 0;
    unsigned long long x = strtoull(*p, &end, 10);
    if (errno == ERANGE || x > most)
        errx(1, "line %lu: more than %llu", at, most);
    if (*end != ' ')
        errx(1, "line %lu: no space behind a number", at);
    *p = end + 1;
    return x;
}

static size_t unquote(char *to, char *p, const char *end, unsigned long at)
{
    size_t n = 0;
    unsigned byte;

    if (*p++ != '"')
        errx(1, "line %lu: no string", at);
    while (*p != '"') {
        if (*p == '\0')
            errx(1, "line %lu: no end of the string", at);
        if (n == 1000)
            errx(1, "line %lu: more than 1000 bytes", at);
        if (*p != '\\') {
            to[n++] = *p++;
        } else if (p[1] == '"' || p[1] == '\\') {
            to[n++] = p[1];
            p += 2;
        } else if (p[1] == 'x' && isxdigit((unsigned char)p[2]) &&
                   isxdigit((unsigned char)p[3]) &&
                   sscanf(p + 2, "%2x", &byte) == 1) {
            to[n++] = (char)byte;
            p += 4;
        } else {
            errx(1, "line %lu: what is \\%c?", at, p[1]);
        }
    }
    if (p + 1 != end)
        errx(1, "line %lu: and what is \"%s\"?", at, p + 1);
    return n;
}

static void encode_line(char *p, const char *last, unsigned long at)
{
    struct head h = {.version = 1};
    char string[1000], *end;

    h.type = (uint8_t)number(&p, 255, at);
    h.u16 = htobe16((uint16_t)number(&p, 65535, at));
    h.u32 = htobe32((uint32_t)number(&p, UINT32_MAX, at));
    h.u64 = htobe64(number(&p, UINT64_MAX, at));
    bool minus = *p == '-';
    p += minus;
    uint32_t size = (uint32_t)number(&p, minus ? 1u << 31 : INT32_MAX, at);
    h.i32 = htobe32(minus ? 0u - size : size);
    double x = strtod(p, &end);
    if (end == p || *end != ' ' || isspace((unsigned char)*p))
        errx(1, "line %lu: no double", at);
    if (isinf(x) && *p != 'i' && *p != 'I' && p[1] != 'i' && p[1] != 'I')
        errx(1, "line %lu: too large a double", at);
    uint64_t bits = 0x7ff8000000000000;
    if (!isnan(x))
        memcpy(&bits, &x, 8);
    h.f64 = htobe64(bits);
    size_t n = unquote(string, end + 1, last, at);
    h.n = htobe16((uint16_t)n);
    fwrite(&h, sizeof h, 1, out);
    fwrite(string, 1, n, out);
    check_output();
}

static void encode(void)
{
    static char line[8193];
    size_t n = 0;
    int c;

    for (unsigned long at = 1; (c = get()) != EOF || n > 0; n++) {
        if (n == sizeof line - 1)
            errx(1, "line %lu: it is too long", at);
        line[n] = (char)c;
        if (c != '\n' && c != EOF)
            continue;
        line[n] = '\0';
        encode_line(line, line + n, at++);
        n = (size_t)-1;
        if (c == EOF)
            break;
    }
}

static size_t take(void *to, size_t n)
{
    char *p = to;
    int c;
    size_t got = 0;

    while (got < n && (c = get()) != EOF)
        p[got++] = (char)c;
    return got;
}

static void print_record(const struct head *h, const char *string, size_t n)
{
    uint64_t bits = be64toh(h->f64);
    double x;

    memcpy(&x, &bits, 8);
    fprintf(out, "%d %d %" PRIu32 " %" PRIu64 " %" PRId32 " ", h->type,
            be16toh(h->u16), be32toh(h->u32), be64toh(h->u64),
            (int32_t)be32toh(h->i32));
    if (isnan(x))
        fprintf(out, "nan \"");
    else
        fprintf(out, "%.17g \"", x);
    for (size_t i = 0; i < n; i++) {
        if (string[i] == '"' || string[i] == '\\')
            putc('\\', out);
        if (string[i] >= ' ' && string[i] < 0x7f)
            putc(string[i], out);
        else
            fprintf(out, "\\x%02hhx", (unsigned char)string[i]);
    }
    fputs("\"\n", out);
    check_output();
}

static void decode(void)
{
    struct head h;
    char string[1000];
    size_t got;

    for (unsigned long at = 1; (got = take(&h, sizeof h)) > 0; at++) {
        if (h.version != 1)
            errx(1, "record %lu: version %d is unknown", at, h.version);
        if (got < sizeof h)
            errx(1, "record %lu: no whole head", at);
        size_t n = be16toh(h.n);
        if (n > sizeof string)
            errx(1, "record %lu: %zu bytes of string", at, n);
        if (take(string, n) < n)
            errx(1, "record %lu: no whole string", at);
        print_record(&h, string, n);
    }
}

int main(int argc, char *argv[])
{
    cookie_io_functions_t functions = {.write = write_out};

    signal(SIGPIPE, SIG_IGN);
    out = fopencookie(NULL, "w", functions);
    if (out == NULL)
        err(1, "fopencookie");
    if (argc == 2 && strcmp(argv[1], "encode") == 0)
        encode();
    else if (argc == 2 && strcmp(argv[1], "decode") == 0)
        decode();
    else {
        fprintf(stderr, "usage: wire encode | wire decode\n");
        return 2;
    }
    return 0;
}
