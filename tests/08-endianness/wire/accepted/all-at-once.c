/* wire, accepted: takes in all of stdin before it looks at it; a table of the
 * fields does the work both ways. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned char *in;
static size_t size;
static FILE *out; /* to memory */
static char *made;
static size_t nmade;

static void slurp(void)
{
    size_t room = 0;
    ssize_t n = 1;

    while (n != 0) {
        if (room - size < 65536)
            in = realloc(in, room += 1 << 20);
        if (in == NULL)
            err(1, "memory");
        n = read(0, in + size, 65536);
        if (n == -1 && errno != EINTR)
            err(1, "read");
        size += n > 0 ? (size_t)n : 0;
    }
}

static void spill(void)
{
    size_t done = 0;

    fflush(out);
    while (done < nmade) {
        ssize_t n = write(1, made + done, nmade - done);
        if (n == -1 && errno != EINTR)
            err(1, "write");
        done += n > 0 ? (size_t)n : 0;
    }
}

static _Noreturn void give_up(const char *unit, unsigned long at,
                              const char *why)
{
    spill();
    errx(1, "%s %lu: %s", unit, at, why);
}

enum kind {
    UNSIGNED,
    SIGNED,
    DOUBLE
};

static const struct {
    int bytes;
    enum kind kind;
} fields[] = {{1, UNSIGNED}, {2, UNSIGNED}, {4, UNSIGNED},
              {8, UNSIGNED}, {4, SIGNED},   {8, DOUBLE}};

union pattern {
    uint64_t u;
    double d;
};

static void put(uint64_t value, int bytes)
{
    while (bytes-- > 0)
        fputc((int)(value >> 8 * bytes & 255), out);
}

static uint64_t read_number(const char *word, int i, unsigned long at)
{
    uint64_t most = UINT64_MAX >> (64 - 8 * fields[i].bytes);
    union pattern x;
    char *end = NULL;

    errno = 0;
    if (fields[i].kind == DOUBLE) {
        x.d = strtod(word, &end);
        if (errno == ERANGE && fabs(x.d) > 1)
            give_up("line", at, "no double is so large");
        if (isnan(x.d))
            x.u = 0x7ff8000000000000;
    } else if (fields[i].kind == SIGNED) {
        long value = strtol(word, &end, 10);
        if (value > INT32_MAX || value < INT32_MIN || *word == '+')
            give_up("line", at, "I32 is out of range");
        x.u = (uint32_t)value;
    } else {
        if (*word < '0' || *word > '9')
            give_up("line", at, "not a number");
        x.u = strtoull(word, &end, 10);
        if (errno == ERANGE || x.u > most)
            give_up("line", at, "out of range");
    }
    if (*word == '\0' || *end != '\0')
        give_up("line", at, "not a number");
    return x.u;
}

static size_t unescape(char *s, unsigned long at)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    char *to = s, *from = s, digits[3] = "";

    while (*from != '\0') {
        if (*from == '"')
            give_up("line", at, "a quote within the string");
        if (*from != '\\') {
            *to++ = *from++;
        } else if (from[1] == '\\' || from[1] == '"') {
            *to++ = from[1];
            from += 2;
        } else if (from[1] == 'x' && strspn(from + 2, hex) >= 2) {
            memcpy(digits, from + 2, 2);
            *to++ = (char)strtoul(digits, NULL, 16);
            from += 4;
        } else {
            give_up("line", at, "an escape that is none");
        }
    }
    return (size_t)(to - s);
}

/* The string is what stands between the first quote and the end. */
static void encode_line(char *line, unsigned long at)
{
    uint64_t values[6];
    char *quote = strstr(line, " \"");
    char *p = line;

    if (quote == NULL)
        give_up("line", at, "there is no string");
    *quote = '\0';
    for (int i = 0; i < 6; i++) {
        if (p == NULL)
            give_up("line", at, "there are too few numbers");
        values[i] = read_number(strsep(&p, " "), i, at);
    }
    if (p != NULL)
        give_up("line", at, "there are too many numbers");
    char *string = quote + 2;
    size_t n = strlen(string), slashes = 0;
    if (n == 0 || string[n - 1] != '"')
        give_up("line", at, "it does not end with a quote");
    string[n - 1] = '\0';
    while (slashes < n - 1 && string[n - 2 - slashes] == '\\')
        slashes++;
    if (slashes % 2 != 0)
        give_up("line", at, "its last quote belongs to the string");
    n = unescape(string, at);
    if (n > 1000)
        give_up("line", at, "too long a string");
    put(1, 1);
    for (int i = 0; i < 6; i++)
        put(values[i], fields[i].bytes);
    put(n, 2);
    fwrite(string, 1, n, out);
}

static void encode(void)
{
    size_t at = 0;

    for (unsigned long line = 1; at < size; line++) {
        unsigned char *end = memchr(in + at, '\n', size - at);
        size_t n = end != NULL ? (size_t)(end - in) - at : size - at;
        if (memchr(in + at, '\0', n) != NULL)
            give_up("line", line, "a byte 0");
        if (n > 8191)
            give_up("line", line, "too long a line");
        char *copy = strndup((char *)in + at, n);
        encode_line(copy, line);
        free(copy);
        at += n + 1;
    }
}

static uint64_t get(const unsigned char *p, int bytes)
{
    return bytes == 0 ? 0 : get(p, bytes - 1) * 256 + p[bytes - 1];
}

static size_t decode_record(const unsigned char *p, size_t left,
                            unsigned long record)
{
    size_t at = 1;

    if (p[0] != 1)
        give_up("record", record, "a version I do not know");
    if (left < 30)
        give_up("record", record, "its head is not whole");
    size_t n = get(p + 28, 2);
    if (n > 1000 || left - 30 < n)
        give_up("record", record, "its string is too long, or not whole");
    for (int i = 0; i < 6; i++) {
        union pattern x = {get(p + at, fields[i].bytes)};
        if (fields[i].kind == DOUBLE && isnan(x.d))
            fprintf(out, "nan ");
        else if (fields[i].kind == DOUBLE)
            fprintf(out, "%.17g ", x.d);
        else if (fields[i].kind == SIGNED)
            fprintf(out, "%" PRId64 " ",
                    (int64_t)x.u - (x.u >> 31 != 0 ? INT64_C(1) << 32 : 0));
        else
            fprintf(out, "%" PRIu64 " ", x.u);
        at += (size_t)fields[i].bytes;
    }
    fputc('"', out);
    for (size_t i = 30; i < 30 + n; i++)
        fprintf(out,
                p[i] == '"' || p[i] == '\\' ? "\\%c"
                : p[i] < 32 || p[i] > 126   ? "\\x%02x"
                                            : "%c",
                p[i]);
    fputs("\"\n", out);
    return 30 + n;
}

int main(int argc, char *argv[])
{
    size_t at = 0;

    signal(SIGPIPE, SIG_IGN);
    if (argc != 2 || (strcmp(argv[1], "encode") && strcmp(argv[1], "decode")))
        return fputs("usage: wire encode|decode\n", stderr), 2;
    out = open_memstream(&made, &nmade);
    slurp();
    if (argv[1][0] == 'e')
        encode();
    for (unsigned long record = 1; argv[1][0] == 'd' && at < size; record++)
        at += decode_record(in + at, size - at, record);
    spill();
    return 0;
}
