/* wire, accepted: a state machine that is given one byte after the other,
 * writev() of a record's parts, a timer whose signals interrupt all calls. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned long count = 1;
static int encoding;

static void tick(int number)
{
    (void)number;
}

static void say(const char *why)
{
    char text[300];
    struct itimerval off = {.it_value.tv_sec = 0};

    setitimer(ITIMER_REAL, &off, NULL);
    snprintf(text, sizeof text, "%s %lu: %s\n", encoding ? "line" : "record",
             count, why);
    fputs(text, stderr);
    exit(1);
}

static void fail(const char *what)
{
    fprintf(stderr, "wire: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void send_parts(const void *a, size_t n, const void *b, size_t m)
{
    char *all[2] = {(char *)(uintptr_t)a, (char *)(uintptr_t)b};
    size_t left[2] = {n, m};

    while (left[0] + left[1] > 0) {
        struct iovec v[2] = {{all[0], left[0]}, {all[1], left[1]}};
        ssize_t k = writev(STDOUT_FILENO, v, 2);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            fail("stdout");
        for (int i = 0; i < 2; i++) {
            size_t part = (size_t)k < left[i] ? (size_t)k : left[i];
            all[i] += part;
            left[i] -= part;
            k -= (ssize_t)part;
        }
    }
}

/* The machine of encode. */
static enum {
    NUMBER,
    QUOTE,
    INSIDE,
    BACKSLASH,
    HIGH,
    LOW,
    AFTER
} state;
static unsigned field;
static char word[8200];
static size_t letters, line_bytes;
static unsigned char head[30], string[1000];
static size_t at_head, at_string, high;

static const unsigned width[] = {1, 2, 4, 8, 4, 8};

static void end_word(void)
{
    uint64_t value = 0;
    unsigned bits = 8 * width[field];
    const char *p = word;

    word[letters] = '\0';
    if (letters == 0 || strlen(word) != letters)
        say("an empty field");
    if (field == 5) {
        char *end;
        double x = strtod(word, &end);

        if (*end != '\0' || (word[0] > 0 && word[0] <= ' '))
            say("no number");
        if (isinf(x) && !strpbrk(word, "iI"))
            say("too large");
        if (isnan(x))
            value = 0x7ff8000000000000;
        else
            memcpy(&value, &x, sizeof value);
    } else {
        int minus = field == 4 && *p == '-';
        uint64_t most = field == 4 ? INT32_MAX + (uint64_t)minus
                                   : UINT64_MAX >> (64 - bits);
        p += minus;
        if (*p == '\0')
            say("no digits");
        for (; *p != '\0'; p++) {
            if (*p < '0' || *p > '9')
                say("no digit");
            if (__builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value) ||
                value > most)
                say("too large");
        }
        if (minus)
            value = -value;
    }
    for (unsigned i = bits; i > 0; i -= 8)
        head[at_head++] = (unsigned char)(value >> (i - 8));
    letters = 0;
    if (++field == 6)
        state = QUOTE;
}

static void keep(size_t c)
{
    if (at_string == sizeof string)
        say("a long string");
    string[at_string++] = (unsigned char)c;
    state = INSIDE;
}

static size_t nibble(int c)
{
    static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
    const char *p = c > 0 ? strchr(digits, c) : NULL;

    if (p == NULL)
        say("no hexadecimal digit");
    return (size_t)(p - digits) / 2;
}

static void start_line(void)
{
    state = NUMBER;
    field = 0;
    letters = line_bytes = at_string = 0;
    head[0] = 1;
    at_head = 1;
}

static void end_line(void)
{
    if (state != AFTER)
        say("the line ends early");
    head[28] = (unsigned char)(at_string >> 8);
    head[29] = (unsigned char)at_string;
    send_parts(head, sizeof head, string, at_string);
    count++;
    start_line();
}

static void encode_byte(int c)
{
    if (c == '\n') {
        end_line();
        return;
    }
    if (++line_bytes > 8191)
        say("the line is too long");
    switch (state) {
    case NUMBER:
        if (c == ' ')
            end_word();
        else
            word[letters++] = (char)c;
        break;
    case QUOTE:
        if (c != '"')
            say("no quote");
        state = INSIDE;
        break;
    case INSIDE:
        if (c == '"')
            state = AFTER;
        else if (c == '\\')
            state = BACKSLASH;
        else if (c == 0)
            say("a NUL");
        else
            keep((size_t)c);
        break;
    case BACKSLASH:
        if (c == 'x')
            state = HIGH;
        else if (c == '"' || c == '\\')
            keep((size_t)c);
        else
            say("a strange escape");
        break;
    case HIGH:
        high = nibble(c);
        state = LOW;
        break;
    case LOW:
        keep(high << 4 | nibble(c));
        break;
    case AFTER:
        say("more than a record");
    }
}

/* The machine of decode. */
static void end_record(void)
{
    uint64_t v[6];
    double x;
    static char line[4200];
    int n;
    const unsigned char *p = head + 1;

    for (int i = 0; i < 6; i++) {
        v[i] = 0;
        for (unsigned k = 0; k < width[i]; k++)
            v[i] = v[i] * 256 + *p++;
    }
    memcpy(&x, &v[5], sizeof x);
    n = sprintf(
        line, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s%" PRIu64 " ",
        v[0], v[1], v[2], v[3], v[4] >> 31 ? "-" : "",
        v[4] >> 31 ? (UINT64_C(1) << 32) - v[4] : v[4]);
    n += isnan(x) ? sprintf(line + n, "nan \"")
                  : sprintf(line + n, "%.17g \"", x);
    size_t numbers = (size_t)n;
    char *q = line + n;
    for (size_t i = 0; i < at_string; i++) {
        if (string[i] < 0x20 || string[i] > 0x7e) {
            q += sprintf(q, "\\x%02x", string[i]);
            continue;
        }
        if (string[i] == '"' || string[i] == '\\')
            *q++ = '\\';
        *q++ = (char)string[i];
    }
    *q++ = '"';
    *q++ = '\n';
    send_parts(line, numbers, line + numbers, (size_t)(q - line) - numbers);
    count++;
    at_head = at_string = 0;
}

static void decode_byte(int c)
{
    if (at_head < sizeof head)
        head[at_head++] = (unsigned char)c;
    else
        string[at_string++] = (unsigned char)c;
    if (head[0] != 1)
        say("a version from elsewhere");
    if (at_head == sizeof head) {
        size_t n = (size_t)head[28] * 256 + head[29];
        if (n > sizeof string)
            say("a length beyond the limit");
        if (at_string == n)
            end_record();
    }
}

int main(int argc, char **argv)
{
    unsigned char bytes[11];
    ssize_t n;

    if (argc != 2 || !(encoding = !strcmp(argv[1], "encode")) ==
                         !!strcmp(argv[1], "decode")) {
        fprintf(stderr, "usage: %s encode\n       %s decode\n", argv[0],
                argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = tick}, NULL);
    setitimer(ITIMER_REAL,
              &(struct itimerval){.it_interval.tv_usec = 3000,
                                  .it_value.tv_usec = 3000},
              NULL);
    if (encoding)
        start_line();
    while ((n = read(STDIN_FILENO, bytes, sizeof bytes)) != 0) {
        if (n == -1 && errno != EINTR)
            fail("stdin");
        for (ssize_t i = 0; i < n; i++)
            (encoding ? encode_byte : decode_byte)(bytes[i]);
    }
    if (encoding ? line_bytes > 0 : at_head > 0) {
        if (!encoding)
            say("it ends early");
        end_line();
    }
    return 0;
}
