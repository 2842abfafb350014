/* wire, accepted: all of stdin is read first, by poll() and readv(), the output
 * is one buffer that is written at the end; a table of fields. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct buffer {
    unsigned char *p;
    size_t n, room;
};

static struct buffer in, out;
static char trouble[200]; /* what to say at the end */

static const struct {
    unsigned char width;
    enum {
        U,
        I,
        F
    } kind;
} fields[] = {{1, U}, {2, U}, {4, U}, {8, U}, {4, I}, {8, F}};
enum {
    FIELDS = sizeof fields / sizeof *fields,
    HEAD = 30,
    MOST = 1000
};

static bool trouble_is(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static bool trouble_is(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsnprintf(trouble, sizeof trouble, format, ap);
    va_end(ap);
    return false;
}

static void make_room(struct buffer *b, size_t n)
{
    while (b->room - b->n < n) {
        b->room = b->room * 2 + 64;
        b->p = realloc(b->p, b->room);
        if (b->p == NULL) {
            fputs("wire: no memory\n", stderr);
            exit(1);
        }
    }
}

static void add(const void *p, size_t n)
{
    make_room(&out, n);
    memcpy(out.p + out.n, p, n);
    out.n += n;
}

static void add_number(uint64_t value, unsigned width)
{
    while (width-- > 0)
        add(&(unsigned char){(unsigned char)(value >> 8 * width & 0xff)}, 1);
}

static void slurp(void)
{
    for (;;) {
        unsigned char small[3];
        struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};

        if (poll(&pfd, 1, -1) == -1 && errno == EINTR)
            continue;
        make_room(&in, 2000);
        struct iovec v[2] = {{small, sizeof small}, {in.p + in.n + 3, 1500}};
        ssize_t n = readv(STDIN_FILENO, v, 2);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            trouble_is("stdin: %s", strerror(errno));
        if (n <= 0)
            return;
        memcpy(in.p + in.n, small, n < 3 ? (size_t)n : 3);
        in.n += (size_t)n;
    }
}

/* Decimal digits only, up to most. */
static bool digits(const char **s, uint64_t most, uint64_t *value)
{
    size_t n = strspn(*s, "0123456789");
    char *end;

    if (n == 0)
        return false;
    errno = 0;
    *value = strtoull(*s, &end, 10);
    *s = end;
    return errno == 0 && *value <= most;
}

static int nibble(unsigned char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool encode_line(const char *s, size_t length, unsigned long number)
{
    size_t start = out.n, n = 0;
    const char *const line = s;

    if (length > 8191)
        return trouble_is("line %lu: too long", number);
    add_number(1, 1);
    for (size_t i = 0; i < FIELDS; i++) {
        uint64_t most = UINT64_MAX >> (64 - 8 * fields[i].width), value;
        if (fields[i].kind == F) {
            char *end;
            double d;

            if (strchr(" \t\n\v\f\r", *s) != NULL)
                goto bad;
            d = strtod(s, &end);
            if (end == s)
                goto bad;
            /* infinite, but not spelt so: too large */
            if (isinf(d) && strcspn(s, "iI") >= (size_t)(end - s))
                return trouble_is("line %lu: F64 is too large", number);
            s = end;
            memcpy(&value, &d, 8);
            if ((value & ~(UINT64_C(1) << 63)) > UINT64_C(0x7ff0) << 48)
                value = UINT64_C(0x7ff8) << 48;
        } else if (fields[i].kind == I) {
            bool minus = *s == '-';
            s += minus;
            if (!digits(&s, most / 2 + minus, &value))
                goto bad;
            if (minus)
                value = ~value + 1;
        } else if (!digits(&s, most, &value)) {
            goto bad;
        }
        if (*s++ != ' ')
            goto bad;
        add_number(value, fields[i].width);
    }
    if (*s++ != '"')
        goto bad;
    add_number(0, 2);
    for (; *s != '"'; n++) {
        unsigned char c = (unsigned char)*s++;
        if (c == '\0' || n == MOST)
            goto bad;
        if (c == '\\') {
            c = (unsigned char)*s++;
            if (c == 'x') {
                int high = nibble((unsigned char)s[0]);
                int low = high < 0 ? -1 : nibble((unsigned char)s[1]);
                if (low < 0)
                    goto bad;
                c = (unsigned char)(16 * high + low);
                s += 2;
            } else if (c != '"' && c != '\\') {
                goto bad;
            }
        }
        add(&c, 1);
    }
    if ((size_t)(s + 1 - line) != length)
        goto bad;
    out.p[start + 28] = (unsigned char)(n / 256);
    out.p[start + 29] = (unsigned char)(n % 256);
    return true;
bad:
    out.n = start;
    return trouble_is("line %lu: it is no record, after %td bytes", number,
                      s - line);
}

static void encode(void)
{
    unsigned long number = 0;

    for (size_t at = 0; at < in.n;) {
        unsigned char *nl = memchr(in.p + at, '\n', in.n - at);
        size_t n = nl == NULL ? in.n - at : (size_t)(nl - (in.p + at));
        char *line = malloc(n + 1);

        if (line == NULL)
            abort();
        if (nl == NULL && trouble[0] != '\0') { /* the rest was not read */
            free(line);
            return;
        }
        memcpy(line, in.p + at, n);
        line[n] = '\0';
        size_t before = out.n;
        bool ok = encode_line(line, n, ++number);
        free(line);
        if (!ok) {
            out.n = before;
            return;
        }
        at += n + 1;
    }
}

static uint64_t get(const unsigned char *p, unsigned width)
{
    return width == 0 ? 0 : get(p, width - 1) << 8 | p[width - 1];
}

static void decode(void)
{
    unsigned long number = 1;

    for (size_t at = 0; at < in.n; number++) {
        const unsigned char *p = in.p + at;
        size_t left = in.n - at, n;

        if (*p != 1) {
            trouble_is("record %lu: version %d", number, *p);
            return;
        }
        if (left >= HEAD && (n = get(p + 28, 2)) > MOST) {
            trouble_is("record %lu: a length of %zu", number, n);
            return;
        }
        if (left < HEAD || left < HEAD + n) {
            if (trouble[0] == '\0')
                trouble_is("record %lu: %zu bytes are not enough", number,
                           left);
            return;
        }
        at += HEAD + n;
        p++;
        for (size_t i = 0; i < FIELDS; p += fields[i++].width) {
            uint64_t value = get(p, fields[i].width);
            char text[64];
            double d;

            memcpy(&d, &value, 8);
            if (fields[i].kind == U)
                sprintf(text, "%" PRIu64 " ", value);
            else if (fields[i].kind == I)
                sprintf(text, "%" PRId64 " ",
                        (int64_t)value - (value >> 31 ? INT64_C(1) << 32 : 0));
            else if (d != d)
                strcpy(text, "nan ");
            else
                sprintf(text, "%.17g ", d);
            add(text, strlen(text));
        }
        add("\"", 1);
        for (p += 2; n > 0; n--, p++) {
            char text[8];
            add(text, (size_t)sprintf(text,
                                      *p < 0x20 || *p > 0x7e    ? "\\x%02x"
                                      : *p == '"' || *p == '\\' ? "\\%c"
                                                                : "%c",
                                      *p));
        }
        add("\"\n", 2);
    }
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc != 2 || (strcmp(argv[1], "encode") && strcmp(argv[1], "decode"))) {
        fputs("usage: wire encode\n       wire decode\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    slurp();
    (argv[1][0] == 'e' ? encode : decode)();
    for (size_t at = 0; at < out.n;) {
        ssize_t n = write(STDOUT_FILENO, out.p + at, out.n - at);
        if (n > 0)
            at += (size_t)n;
        else if (errno != EINTR) {
            trouble_is("stdout: %s", strerror(errno));
            break;
        }
    }
    if (trouble[0] != '\0') {
        fprintf(stderr, "wire: %s\n", trouble);
        status = 1;
    }
    free(in.p);
    free(out.p);
    return status;
}
