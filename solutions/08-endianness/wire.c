/* wire: records between a line of text and their bytes
 *
 *     wire encode
 *     wire decode
 *
 * encode reads lines from stdin and writes a record to stdout for each; decode
 * reads records and writes their lines.  What decode has written, encode turns
 * into the same record again, and decode into the same line, on any machine.
 *
 * A line of text; the last one may lack its newline:
 *
 *     TYPE U16 U32 U64 I32 F64 "STRING"
 *     7 8080 2130706433 1234567890123456789 -2 0.5 "gr\xc3\xbc\xc3\x9fe"
 *
 * There is one space between two fields.  Integers have decimal digits only,
 * and I32 may have a minus in front; zeros in front change nothing, and -0 is
 * 0.  F64 is whatever strtod() takes, but for white space in front; a number
 * that is too large for a double is an error, of one that is too small the
 * nearest double is taken, be it 0.  decode writes it as printf("%.17g") does,
 * and nan for each NaN.  A line is at most 8191 bytes long, its newline not
 * counted.
 *
 * Between the quotes a byte stands for itself, except for \" and \\ and \xHH,
 * a byte in two hexadecimal digits; those of a quote, a backslash, a newline
 * and of 0 need it.  decode writes \" and \\, and \xhh for all bytes below
 * 0x20 and above 0x7e.
 *
 * A record has no padding, and its numbers are in network order:
 *
 *     offset 0  u8   the version of this format, 1
 *            1  u8   TYPE
 *            2  u16
 *            4  u32
 *            8  u64
 *           16  i32  two's complement
 *           20  f64  IEEE 754, binary64; each NaN as 0x7ff8000000000000
 *           28  u16  n, the length of the string in bytes, at most 1000
 *           30  n bytes
 *
 * Exits 0.  A line that is none of these, such as an empty one or one that is
 * longer, a number or a string that does not fit, a record of another version,
 * one whose length is beyond the limit or that ends early: that is told on
 * stderr in one sentence, which says where ("line 3: ..." or "record 3: ...",
 * counted from 1), and the status is 1.  What comes of the lines or records
 * before it is on stdout then, and no more.  Likewise it is told, with status
 * 1, when stdin cannot be read, whatever of the output is written by then, and
 * when stdout cannot be written: a disk is full, or the reader of a pipe has
 * gone, and no SIGPIPE ends it.
 *
 * EINTR from any call is retried, and what a write() has left over is written
 * by the next.  Without exactly one of the two words it prints its usage to
 * stderr and exits 2.
 *
 * Read chapters/08-endianness.md. */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VERSION = 1,
    HEAD = 30,          /* bytes of a record before its string */
    MOST_STRING = 1000, /* bytes */
    MOST_LINE = 8192    /* bytes; a line with such a string has less */
};

#define NAN_BITS UINT64_C(0x7ff8000000000000)

struct record {
    uint8_t type;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    int32_t i32;
    double f64;
    size_t n; /* bytes of string */
    unsigned char string[MOST_STRING];
};

static unsigned long number; /* of the line or record that is read, from 1 */

/* Puts the n low bytes of value at p, in network order.  Returns where the
 * next field begins. */
static unsigned char *put(unsigned char *p, uint64_t value, size_t n)
{
    /* TODO 1: the most significant byte comes first, whatever the order of
     * this machine. */
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(value >> 8 * (n - 1 - i));
    return p + n;
    /* END 1 */
}

/* Takes n bytes in network order from *p, and moves *p behind them. */
static uint64_t take(const unsigned char **p, size_t n)
{
    /* TODO 2: the way back. */
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++)
        value = value << 8 | (*p)[i];
    *p += n;
    return value;
    /* END 2 */
}

/* The bits of a double as a number, which has the same value on every machine
 * that keeps doubles as IEEE 754 has them. */
static uint64_t bits_of(double x)
{
    /* TODO 3: copy the bits; a conversion would round the value.  NaN has
     * many patterns, of which one is sent. */
    uint64_t bits;

    if (isnan(x))
        return NAN_BITS;
    memcpy(&bits, &x, sizeof bits);
    return bits;
    /* END 3 */
}

static double double_of(uint64_t bits)
{
    /* TODO 4: the way back. */
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
    /* END 4 */
}

/* Packs a record into bytes.  Returns how many they are. */
static size_t pack(const struct record *r, unsigned char *bytes)
{
    unsigned char *p = bytes;

    p = put(p, VERSION, 1);
    p = put(p, r->type, 1);
    p = put(p, r->u16, 2);
    p = put(p, r->u32, 4);
    p = put(p, r->u64, 8);
    p = put(p, (uint32_t)r->i32, 4);
    p = put(p, bits_of(r->f64), 8);
    p = put(p, r->n, 2);
    memcpy(p, r->string, r->n);
    return HEAD + r->n;
}

/* Unpacks all but the string from the first HEAD bytes of a record, and how
 * long that is.  Ends the program when they are no record. */
static void unpack(struct record *r, const unsigned char *p)
{
    /* TODO 5: believe no byte of it before it is checked; errx() tells of a
     * record that is refused, with its number in front. */
    unsigned version = (unsigned)take(&p, 1);

    if (version != VERSION)
        errx(1, "record %lu: its version is %u, not %d", number, version,
             VERSION);
    r->type = (uint8_t)take(&p, 1);
    r->u16 = (uint16_t)take(&p, 2);
    r->u32 = (uint32_t)take(&p, 4);
    r->u64 = take(&p, 8);
    r->i32 = (int32_t)(uint32_t)take(&p, 4);
    r->f64 = double_of(take(&p, 8));
    r->n = take(&p, 2);
    if (r->n > MOST_STRING)
        errx(1, "record %lu: a string of %zu bytes is longer than %d", number,
             r->n, MOST_STRING);
    /* END 5 */
}

/* The next byte of stdin, or -1 at its end. */
static int next_byte(void)
{
    static unsigned char buf[4096];
    static size_t at, n;

    if (at == n) {
        ssize_t got;
        do
            got = read(STDIN_FILENO, buf, sizeof buf);
        while (got == -1 && errno == EINTR);
        if (got == -1)
            err(1, "stdin");
        if (got == 0)
            return -1;
        at = 0;
        n = (size_t)got;
    }
    return buf[at++];
}

/* Reads n bytes.  Returns how many there were: fewer at the end only. */
static size_t read_bytes(unsigned char *p, size_t n)
{
    size_t got = 0;

    for (int c; got < n && (c = next_byte()) != -1; got++)
        p[got] = (unsigned char)c;
    return got;
}

static void write_all(const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n > 0) {
        ssize_t put = write(STDOUT_FILENO, p, n);
        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1)
            err(1, "stdout");
        p += put;
        n -= (size_t)put;
    }
}

/* Reads the next record.  Returns false at the end of stdin. */
static bool read_record(struct record *r)
{
    unsigned char head[HEAD];

    /* TODO 6: stdin may end between two records, but not within one, which is
     * told as above. */
    size_t got = read_bytes(head, sizeof head), want = sizeof head;

    if (got == 0)
        return false;
    if (got == want) {
        unpack(r, head);
        want += r->n;
        got += read_bytes(r->string, r->n);
    }
    if (got < want)
        errx(1, "record %lu: it ends after %zu of %zu bytes", number, got,
             want);
    return true;
    /* END 6 */
}

/* Reads a line without its newline; a NUL ends it.  Returns its length, or -1
 * at the end of stdin. */
static ssize_t read_line(char line[MOST_LINE])
{
    size_t n = 0;
    int c;

    while ((c = next_byte()) != -1 && c != '\n') {
        if (n == MOST_LINE - 1)
            errx(1, "line %lu: it is longer than %d bytes", number,
                 MOST_LINE - 1);
        line[n++] = (char)c;
    }
    line[n] = '\0';
    return n == 0 && c == -1 ? -1 : (ssize_t)n;
}

static _Noreturn void refuse_line(const char *why)
{
    errx(1, "line %lu: %s", number, why);
}

/* The parsers take what stands at *p, and move *p behind it.  What they cannot
 * take ends the program. */

static void parse_char(const char **p, char c)
{
    if (**p != c)
        refuse_line(c == ' ' ? "a field does not end where it should"
                             : "the string is not in quotes");
    ++*p;
}

static uint64_t parse_digits(const char **p, uint64_t most)
{
    uint64_t value = 0;

    if (**p < '0' || **p > '9')
        refuse_line("a field is no decimal number");
    for (; **p >= '0' && **p <= '9'; ++*p) {
        unsigned digit = (unsigned)(**p - '0');
        if (value > (most - digit) / 10)
            refuse_line("a number is too large for its field");
        value = 10 * value + digit;
    }
    parse_char(p, ' ');
    return value;
}

static int32_t parse_i32(const char **p)
{
    bool is_negative = **p == '-';

    *p += is_negative;
    int64_t value =
        (int64_t)parse_digits(p, UINT64_C(0x7fffffff) + is_negative);
    return (int32_t)(is_negative ? -value : value);
}

static double parse_double(const char **p)
{
    char *end;

    errno = 0;
    double x = strtod(*p, &end);
    if (end == *p || isspace((unsigned char)**p))
        refuse_line("F64 is no number");
    if (errno == ERANGE && isinf(x)) /* it says so of tiny numbers as well */
        refuse_line("F64 is too large for a double");
    *p = end;
    parse_char(p, ' ');
    return x;
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at =
        c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* What stands behind a backslash. */
static unsigned char parse_escape(const char **p)
{
    char c = *(*p)++;

    if (c == '"' || c == '\\')
        return (unsigned char)c;
    int high = c == 'x' ? hex_value(**p) : -1;
    int low = high != -1 ? hex_value((*p)[1]) : -1;
    if (low == -1)
        refuse_line("a backslash is followed by something else than \", \\ or "
                    "xHH");
    *p += 2;
    return (unsigned char)(high << 4 | low);
}

static void parse_string(const char **p, struct record *r)
{
    parse_char(p, '"');
    for (r->n = 0; **p != '"'; r->n++) {
        if (**p == '\0')
            refuse_line("the string does not end");
        if (r->n == MOST_STRING)
            refuse_line("the string is too long");
        unsigned char c = (unsigned char)*(*p)++;
        r->string[r->n] = c == '\\' ? parse_escape(p) : c;
    }
    ++*p;
}

static void parse_line(struct record *r, const char *line, size_t n)
{
    const char *p = line;

    r->type = (uint8_t)parse_digits(&p, UINT8_MAX);
    r->u16 = (uint16_t)parse_digits(&p, UINT16_MAX);
    r->u32 = (uint32_t)parse_digits(&p, UINT32_MAX);
    r->u64 = parse_digits(&p, UINT64_MAX);
    r->i32 = parse_i32(&p);
    r->f64 = parse_double(&p);
    parse_string(&p, r);
    if (p != line + n)
        refuse_line("something follows the string");
}

/* Writes a record as a line. */
static void write_line(const struct record *r)
{
    char line[MOST_LINE], *p = line;

    p += sprintf(p, "%u %u %" PRIu32 " %" PRIu64 " %" PRId32, r->type, r->u16,
                 r->u32, r->u64, r->i32);
    p += isnan(r->f64) ? sprintf(p, " nan \"") /* some would say -nan */
                       : sprintf(p, " %.17g \"", r->f64);
    for (size_t i = 0; i < r->n; i++) {
        unsigned char c = r->string[i];
        if (c == '"' || c == '\\')
            p += sprintf(p, "\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            p += sprintf(p, "\\x%02x", c);
        else
            *p++ = (char)c;
    }
    p += sprintf(p, "\"\n");
    write_all(line, (size_t)(p - line));
}

static void encode(void)
{
    unsigned char bytes[HEAD + MOST_STRING];
    static struct record r;
    char line[MOST_LINE];
    ssize_t n;

    for (number = 1; (n = read_line(line)) != -1; number++) {
        parse_line(&r, line, (size_t)n);
        write_all(bytes, pack(&r, bytes));
    }
}

static void decode(void)
{
    static struct record r;

    for (number = 1; read_record(&r); number++)
        write_line(&r);
}

int main(int argc, char *argv[])
{
    bool is_encoder = argc == 2 && strcmp(argv[1], "encode") == 0;

    if (argc != 2 || (!is_encoder && strcmp(argv[1], "decode") != 0)) {
        fprintf(stderr, "usage: %s encode|decode\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* write() says EPIPE */
    if (is_encoder)
        encode();
    else
        decode();
    return 0;
}
