/* wire, accepted: no bit is copied or shifted.  Numbers are divided, doubles
 * taken apart by frexp(); one writev() for each record or line. */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

static char buffer[32768]; /* the line, or the string of the record */
static unsigned long count = 1;

static int get_char(void)
{
    for (;;) {
        errno = 0;
        int c = fgetc(stdin);
        if (c != EOF || !ferror(stdin))
            return c;
        if (errno != EINTR)
            err(1, "cannot read");
        clearerr(stdin);
    }
}

static void emit(void *one, size_t n, void *other, size_t m)
{
    struct iovec v[2] = {{one, n}, {other, m}};

    while (v[0].iov_len + v[1].iov_len > 0) {
        ssize_t done = writev(1, v, 2);
        if (done == -1 && errno == EINTR)
            continue;
        if (done == -1)
            err(1, "cannot write");
        for (int i = 0; i < 2; i++) {
            size_t part =
                (size_t)done < v[i].iov_len ? (size_t)done : v[i].iov_len;
            v[i].iov_base = (char *)v[i].iov_base + part;
            v[i].iov_len -= part;
            done -= (ssize_t)part;
        }
    }
}

static void put_number(uint8_t *p, int n, uint64_t value)
{
    while (n-- > 0) {
        p[n] = (uint8_t)(value % 256);
        value /= 256;
    }
}

static uint64_t get_number(const uint8_t *p, int n)
{
    uint64_t value = 0;

    while (n-- > 0)
        value = value * 256 + *p++;
    return value;
}

static uint64_t pack_double(double x)
{
    uint64_t sign = signbit(x) ? UINT64_C(1) << 63 : 0;
    int e;

    if (isnan(x))
        return UINT64_C(0x7ff8) << 48;
    x = fabs(x);
    if (isinf(x))
        return sign + (UINT64_C(2047) << 52);
    double m = frexp(x, &e);
    if (x == 0 || e < -1021)
        return sign + (uint64_t)ldexp(x, 1074);
    return sign + ((uint64_t)(e + 1021) << 52) + (uint64_t)ldexp(m, 53);
}

static double unpack_double(uint64_t bits)
{
    double sign = bits >> 63 != 0 ? -1 : 1;
    int e = (int)(bits >> 52 & 2047);
    uint64_t m = bits & ((UINT64_C(1) << 52) - 1);

    if (e == 2047)
        return m != 0 ? (double)NAN : sign * (double)INFINITY;
    if (e == 0)
        return sign * ldexp((double)m, -1074);
    return sign * ldexp((double)(m + (UINT64_C(1) << 52)), e - 1075);
}

static _Noreturn void bad_line(void)
{
    errx(1, "line %lu: this is no record", count);
}

/* Digits up to a space, as a number that is at most `most`. */
static uint64_t next_number(char **p, uint64_t most)
{
    char *word = strsep(p, " ");
    size_t n = strlen(word), zeros = strspn(word, "0");
    char largest[32];

    if (*p == NULL || n == 0 || strspn(word, "0123456789") != n)
        bad_line();
    sprintf(largest, "%" PRIu64, most);
    if (n - zeros > strlen(largest) ||
        (n - zeros == strlen(largest) && strcmp(word + zeros, largest) > 0))
        bad_line();
    return strtoumax(word, NULL, 10);
}

static double next_double(char **p)
{
    char *word = strsep(p, " "), *end;
    double x = strtod(word, &end);

    if (*p == NULL || end == word || *end != '\0' ||
        (isinf(x) && strcasestr(word, "inf") == NULL))
        bad_line();
    return x;
}

/* Takes the quotes away, in place. */
static size_t next_string(char *p)
{
    char *from = p + 1, *to = p;
    unsigned byte;

    if (*p != '"')
        bad_line();
    for (; *from != '"'; from++) {
        if (*from == '\0')
            bad_line();
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        from++;
        if (*from == 'x' && isxdigit((unsigned char)from[1]) &&
            isxdigit((unsigned char)from[2]) &&
            sscanf(from + 1, "%2x", &byte) == 1) {
            *to++ = (char)byte;
            from += 2;
        } else if (*from == '"' || *from == '\\') {
            *to++ = *from;
        } else {
            bad_line();
        }
    }
    if (from[1] != '\0' || to - p > 1000)
        bad_line();
    return (size_t)(to - p);
}

static void encode_line(void)
{
    uint8_t head[30] = {1};
    char *p = buffer;

    put_number(head + 1, 1, next_number(&p, UINT8_MAX));
    put_number(head + 2, 2, next_number(&p, UINT16_MAX));
    put_number(head + 4, 4, next_number(&p, UINT32_MAX));
    put_number(head + 8, 8, next_number(&p, UINT64_MAX));
    if (*p == '-') {
        p++;
        uint64_t size = next_number(&p, UINT64_C(1) << 31);
        put_number(head + 16, 4, (UINT64_C(1) << 32) - size);
    } else {
        put_number(head + 16, 4, next_number(&p, INT32_MAX));
    }
    put_number(head + 20, 8, pack_double(next_double(&p)));
    size_t n = next_string(p);
    put_number(head + 28, 2, n);
    emit(head, sizeof head, p, n);
}

static void encode(void)
{
    size_t n = 0;
    int c;

    do {
        c = get_char();
        if (n == sizeof buffer - 1)
            bad_line();
        if (c == 0 || (n == 8191 && c != '\n' && c != EOF))
            bad_line();
        if (c != '\n' && c != EOF)
            buffer[n++] = (char)c;
        if (c == '\n' || (c == EOF && n > 0)) {
            buffer[n] = '\0';
            encode_line();
            count++;
            n = 0;
        }
    } while (c != EOF);
}

static int fill(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int c = get_char();
        if (c == EOF && i == 0 && n == 30)
            return 0;
        if (c == EOF)
            errx(1, "record %lu: the end has come too early", count);
        p[i] = (uint8_t)c;
    }
    return 1;
}

static void print_record(const uint8_t *head, const uint8_t *string, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    static char text[4096];
    double x = unpack_double(get_number(head + 20, 8));
    int64_t i32 = (int64_t)get_number(head + 16, 4);
    char *p = text;

    int m = sprintf(buffer, "%u %u %u %" PRIu64 " %" PRId64 " ", head[1],
                    (unsigned)get_number(head + 2, 2),
                    (unsigned)get_number(head + 4, 4), get_number(head + 8, 8),
                    i32 > INT32_MAX ? i32 - (INT64_C(1) << 32) : i32);
    m += isnan(x) ? sprintf(buffer + m, "nan ")
                  : sprintf(buffer + m, "%.17g ", x);
    *p++ = '"';
    for (; n > 0; n--, string++) {
        if (*string < ' ' || *string > '~') {
            *p++ = '\\';
            *p++ = 'x';
            *p++ = hex[*string / 16];
            *p++ = hex[*string % 16];
            continue;
        }
        if (*string == '"' || *string == '\\')
            *p++ = '\\';
        *p++ = (char)*string;
    }
    *p++ = '"';
    *p++ = '\n';
    emit(buffer, (size_t)m, text, (size_t)(p - text));
}

static void decode(void)
{
    uint8_t head[30], string[1000];

    for (; fill(head, sizeof head); count++) {
        size_t n = get_number(head + 28, 2);
        if (head[0] != 1)
            errx(1, "record %lu: not of version 1", count);
        if (n > sizeof string)
            errx(1, "record %lu: too long a string", count);
        fill(string, n);
        print_record(head, string, n);
    }
}

int main(int argc, char *argv[])
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "encode") == 0)
        return encode(), 0;
    if (argc == 2 && strcmp(argv[1], "decode") == 0)
        return decode(), 0;
    fprintf(stderr, "usage: %s encode|decode\n", argv[0]);
    return 2;
}
