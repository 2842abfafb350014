/* The checker of labs/08-endianness/wire.c: each byte of a record, whatever
 * does not fit or lies, and the way between two machines of different byte
 * order. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD = 30,
    MOST_STRING = 1000,
    LENGTH_AT = 28,
    MOST_RECORDS = 40,
    MOST_LINE = 8191, /* bytes, without the newline */
    MOST_BYTES = 1 << 16,
    WALL_MS = 10000
};

struct record {
    uint8_t type;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    int32_t i32;
    uint64_t f64; /* its bits */
    size_t n;
    char string[MOST_STRING + 1];
};

/* Where the fields lie: see the contract. */
static const struct field {
    const char *name;
    size_t at, size;
} fields[] = {
    {"the version", 0, 1}, {"TYPE", 1, 1}, {"U16", 2, 2},  {"U32", 4, 4},
    {"U64", 8, 8},         {"I32", 16, 4}, {"F64", 20, 8}, {"n", 28, 2},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    FIELDS = COUNT(fields)
};

/* A growing run of bytes: records, or their lines. */
struct run {
    size_t n;
    char bytes[MOST_BYTES];
};

static struct run *new_run(void)
{
    struct run *run = calloc(1, sizeof *run);

    if (run == NULL)
        abort();
    return run;
}

static void put(struct run *to, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to->bytes[to->n++] = (char)(value >> 8 * (n - 1 - i) & 0xff);
}

static void add_record(struct run *to, const struct record *r)
{
    put(to, 1, 1);
    put(to, r->type, 1);
    put(to, r->u16, 2);
    put(to, r->u32, 4);
    put(to, r->u64, 8);
    put(to, (uint32_t)r->i32, 4);
    put(to, r->f64, 8);
    put(to, r->n, 2);
    memcpy(to->bytes + to->n, r->string, r->n);
    to->n += r->n;
}

static double double_of(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void add_text(struct run *to, const char *words)
{
    size_t n = strlen(words);

    memcpy(to->bytes + to->n, words, n);
    to->n += n;
}

static void add_quoted(struct run *to, const struct record *r)
{
    add_text(to, "\"");
    for (size_t i = 0; i < r->n; i++) {
        unsigned char c = (unsigned char)r->string[i];
        if (c == '"' || c == '\\')
            add_text(to, text("\\%c", c));
        else if (c < 0x20 || c > 0x7e)
            add_text(to, text("\\x%02x", c));
        else
            to->bytes[to->n++] = (char)c;
    }
    add_text(to, "\"\n");
}

static void add_line(struct run *to, const struct record *r)
{
    double x = double_of(r->f64);

    add_text(to, text("%u %u %" PRIu32 " %" PRIu64 " %" PRId32 " ", r->type,
                      r->u16, r->u32, r->u64, r->i32));
    add_text(to, isnan(x) ? "nan " : text("%.17g ", x));
    add_quoted(to, r);
}

/* A record whose bytes can be told apart. */
static struct record plain_record(const char *string)
{
    struct record r = {.type = 0x12,
                       .u16 = 0x3456,
                       .u32 = 0x789abcde,
                       .u64 = 0xf1e2d3c4b5a69788,
                       .i32 = -2,
                       .f64 = bits_of(1.1),
                       .n = strlen(string)};

    memcpy(r.string, string, r.n);
    return r;
}

/* A record that is the same in every byte order. */
static struct record neutral_record(void)
{
    return (struct record){.type = 1};
}

/* Bytes as "12 34". */
static const char *hex(const char *bytes, size_t n)
{
    const char *all = "";

    for (size_t i = 0; i < n; i++)
        all = text("%s%s%02x", all, i > 0 ? " " : "", (unsigned char)bytes[i]);
    return all;
}

/* A place in a run of records. */
struct place {
    size_t nth, at, size; /* of which record, from which byte of the run on */
    const struct field *field; /* NULL: its string */
    size_t skipped;            /* so many bytes of that are right */
};

/* A string is long: goes to the byte at which the two part. */
static void skip_equal(struct place *p, const struct run *want, const char *got,
                       size_t n)
{
    while (p->size > 0 && p->at < n && got[p->at] == want->bytes[p->at]) {
        p->at++;
        p->size--;
        p->skipped++;
    }
}

/* Where two runs of records part: at which field, or in which string.  False
 * when one is the other and more. */
static bool find_fault(const struct run *want, const char *got, size_t n,
                       struct place *place)
{
    for (size_t at = 0, nth = 1; at < want->n; nth++) {
        const char *w = want->bytes + at;
        size_t length = (unsigned char)w[LENGTH_AT] * 256u +
                        (unsigned char)w[LENGTH_AT + 1];
        for (size_t i = 0; i <= FIELDS; i++) {
            const struct field *f = i < FIELDS ? &fields[i] : NULL;
            *place = (struct place){.nth = nth,
                                    .at = at + (f != NULL ? f->at : HEAD),
                                    .size = f != NULL ? f->size : length,
                                    .field = f};
            if (n < place->at + place->size ||
                memcmp(got + place->at, want->bytes + place->at, place->size) !=
                    0) {
                if (f == NULL)
                    skip_equal(place, want, got, n);
                return true;
            }
        }
        at += HEAD + length;
    }
    return false;
}

/* Which bytes are there, for a reader. */
static const char *show_place(const char *bytes, size_t n, struct place p)
{
    size_t left = n > p.at ? n - p.at : 0;
    const char *end = left < p.size ? ", then nothing" : "";

    left = left < p.size ? left : p.size;
    if (left == 0)
        return p.size > 0 ? "nothing" : "no bytes";
    if (p.field == NULL)
        return text("%s%s", quoted(bytes + p.at, left, 60), end);
    return text("%s%s", hex(bytes + p.at, left), end);
}

static const char *name_place(struct place p)
{
    if (p.field == NULL)
        return text("record %zu, from byte %zu on, its string%s", p.nth,
                    HEAD + p.skipped,
                    p.skipped > 0 ? text(" from byte %zu on", p.skipped) : "");
    if (p.size == 1)
        return text("record %zu, byte %zu, %s", p.nth, p.field->at,
                    p.field->name);
    return text("record %zu, bytes %zu to %zu, %s", p.nth, p.field->at,
                p.field->at + p.size - 1, p.field->name);
}

/* What to read of a field: it may be another heading than the case's. */
static const char *lead_to(const char *field)
{
    static const char *const headings[][2] = {
        {"the version", "Versions"},
        {"I32", "Signed numbers"},
        {"F64", "Floating point"},
        {"n", "Strings and their length"},
    };

    for (size_t i = 0; i < COUNT(headings); i++)
        if (strcmp(field, headings[i][0]) == 0)
            return text(" Of this field the chapter speaks under \"%s\".",
                        headings[i][1]);
    return "";
}

static bool is_begin(const char *got, size_t n, const struct run *of)
{
    return n < of->n && memcmp(got, of->bytes, n) == 0;
}

/* It ends well, and these records are its output.  `here` is what the same
 * source has made on this machine, if it ran on another one. */
static void expect_records(struct subject *s, const struct run *want,
                           struct subject *here, const char *why)
{
    struct place place;
    size_t n;
    int status = wait_exit(s);
    const char *got = output(s, &n);

    if (status != 0 && is_begin(got, n, want))
        expect_exit(s, 0, "%s", why);
    if (find_fault(want, got, n, &place)) {
        const char *is = show_place(got, n, place);
        const char *name = place.field != NULL ? place.field->name : "";
        if (place.at >= n && place.field == fields)
            fail_case(text("record %zu", place.nth), "no more records",
                      "Each line makes a record, the last one as well, with a "
                      "newline or without.");
        if (here != NULL) {
            size_t m;
            const char *made = output(here, &m);
            is = text("%s on s390x, and %s here, from the same source", is,
                      show_place(made, m, place));
        }
        fail_case(text("%s: %s", name_place(place),
                       show_place(want->bytes, want->n, place)),
                  is, "%s%s", why, here == NULL ? lead_to(name) : "");
    }
    expect(n == want->n, text("%zu bytes", want->n), text("%zu bytes", n), "%s",
           why);
    expect_exit(s, 0, "%s", why);
}

/* A piece of a line for a reader, up to what would not be seen. */
static const char *show_text(const char *bytes, size_t n)
{
    enum {
        MOST = 60
    };
    size_t m = 0;

    while (m < n && m < MOST && bytes[m] >= ' ' && bytes[m] <= '~')
        m++;
    if (n == 0)
        return "nothing";
    if (m == 0)
        return text("the byte 0x%02x itself", (unsigned char)*bytes);
    return text("%.*s%s", (int)m, bytes, n > m ? "..." : "");
}

/* Where the nth field of a line begins, from 0. */
static size_t find_field(const char *line, size_t n, size_t nth)
{
    size_t at = 0;

    for (; nth > 0 && at < n && line[at] != '\n'; at++)
        nth -= line[at] == ' ';
    return at;
}

/* A field of a line; the last one is the string, in which spaces are bytes like
 * others. */
static const char *field_of(const char *line, size_t n, size_t nth)
{
    size_t from = find_field(line, n, nth), to;

    for (to = from; to < n && line[to] != '\n'; to++)
        if (line[to] == ' ' && line[from] != '"')
            break;
    return show_text(line + from, to - from);
}

/* How many bytes of a line spell one of a string. */
static size_t spelled_in(const char *p)
{
    return *p != '\\' ? 1 : p[1] == 'x' ? 4 : 2;
}

/* Which byte of a string is spelled here. */
static unsigned spelled_by(const char *p)
{
    if (spelled_in(p) == 4)
        return (unsigned)strtoul(text("%.2s", p + 2), NULL, 16);
    return (unsigned char)p[spelled_in(p) - 1];
}

static size_t rest_of_line(const char *p, size_t n)
{
    const char *end = memchr(p, '\n', n);

    return end != NULL ? (size_t)(end - p) : n;
}

/* Two lines, of which one is right, part within the string, at `at`. */
static _Noreturn void fail_string(const char *want, size_t nwant,
                                  const char *got, size_t n, size_t at,
                                  size_t nth, const char *where)
{
    const size_t begin = find_field(want, nwant, 6) + 1;
    size_t from = begin, byte = 0;

    while (from < at && from + spelled_in(want + from) <= at) {
        from += spelled_in(want + from);
        byte++;
    }
    from = from < at ? from : at;
    const char *left =
        show_text(want + from, rest_of_line(want + from, nwant - from));
    const char *is = show_text(got + from, rest_of_line(got + from, n - from));
    const char *place = from < begin ? "from its quote on"
                        : want[from] == '"'
                            ? "behind its last byte"
                            : text("from its byte %zu (0x%02x) "
                                   "on",
                                   byte, spelled_by(want + from));
    fail_case(text("line %zu, STRING, %s: %s", nth, place, left),
              text("%s%s", from < n ? is : "nothing", where),
              "Before this byte the two are the same. decode writes \\\" and "
              "\\\\, and \\xhh, with small letters, for each byte below 0x20 "
              "and above 0x7e, 0 among them, and all others as they are: then "
              "the same record makes the same line everywhere. How many bytes "
              "there are says n.");
}

/* The field in which two runs of lines part at byte `at`, in both. */
static _Noreturn void fail_field(const struct run *want, const char *got,
                                 size_t n, size_t at, const char *where,
                                 const char *why)
{
    static const char *const names[] = {"TYPE", "U16", "U32",   "U64",
                                        "I32",  "F64", "STRING"};
    size_t from = at, nth = 0, line = 1;

    while (from > 0 && want->bytes[from - 1] != '\n')
        from--;
    for (size_t i = from; i < at && nth < COUNT(names) - 1; i++)
        nth += want->bytes[i] == ' ';
    for (size_t i = 0; i < from; i++)
        line += want->bytes[i] == '\n';
    if (from >= want->n)
        fail_case(text("%zu lines", line - 1),
                  text("more: %s%s", quoted(got + from, n - from, 60), where),
                  "%s", why);
    if (from >= n)
        fail_case(text("line %zu", line), text("no more lines%s", where),
                  "Each record makes a line, the last one as well.");
    if (nth == COUNT(names) - 1)
        fail_string(want->bytes + from, want->n - from, got + from, n - from,
                    at - from, line, where);
    fail_case(text("line %zu, %s: %s", line, names[nth],
                   field_of(want->bytes + from, want->n - from, nth)),
              text("%s%s", field_of(got + from, n - from, nth), where), "%s%s",
              why, *where == '\0' ? lead_to(names[nth]) : "");
}

/* It ends well, and these lines are its output; `where` says of them where
 * they were made. */
static void expect_lines(struct subject *s, const struct run *want,
                         const char *where, const char *why)
{
    size_t n, at = 0;
    int status = wait_exit(s);
    const char *got = output(s, &n);

    if (status != 0 && is_begin(got, n, want))
        expect_exit(s, 0, "%s", why);
    while (at < n && at < want->n && got[at] == want->bytes[at])
        at++;
    if (at < n || at < want->n)
        fail_field(want, got, n, at, where, why);
    expect_exit(s, 0, "%s", why);
}

/* The program, with all of its stdin in a file: nothing is cut. */
static struct subject *run_program(const char *what, const struct run *in)
{
    stdin_from_file(in->bytes, in->n);
    return start(what, NULL);
}

static struct subject *run_there(const char *what, const struct run *in)
{
    need_big_endian();
    stdin_from_file(in->bytes, in->n);
    return start_big_endian(what, NULL);
}

/* Some records in both of their forms. */
struct both {
    struct run *records, *lines;
};

static struct both no_records(void)
{
    return (struct both){new_run(), new_run()};
}

static void add_both(struct both *to, const struct record *r)
{
    add_record(to->records, r);
    add_line(to->lines, r);
}

static void expect_both_ways(const struct both *b, const char *why)
{
    expect_records(run_program("encode", b->lines), b->records, NULL, why);
    expect_lines(run_program("decode", b->records), b->lines, "", why);
}

CASE("there-and-back", "what encode makes of a line, decode understands",
     READ("bytes-by-shifts"),
     HINTS("The program runs as it is: try it, with a pipe between the two.",
           "wire encode | wire decode", "decode(encode(line)) is the line."))
{
    /* The same bytes in every order, so that one half can be right alone. */
    static const char line[] = "7 257 16843009 72340172838076673 0 0 \"\"\n";
    struct run *in = new_run(), *record = new_run();
    static const char why[] =
        "encode and decode are one program on one machine here, and have to "
        "understand each other at least. The bytes of each of these numbers "
        "are the same in both orders.";

    add_text(in, line);
    struct subject *s = run_program("encode", in);
    wait_exit(s);
    const char *bytes = output(s, &record->n);
    expect(record->n > 0 && record->n <= MOST_BYTES, "a record",
           text("%zu bytes", record->n), "%s", why);
    memcpy(record->bytes, bytes, record->n);
    expect_lines(run_program("decode", record), in, "", why);
}

/* Numbers without a sign or a fraction, which have headings of their own. */
static struct record whole_numbers(void)
{
    struct record r = plain_record("byte");

    r.i32 = 0x01020304;
    r.f64 = 0;
    return r;
}

CASE("encoded", "each field of a record lies where the format has it",
     READ("bytes-by-shifts"),
     HINTS("Look at the record: wire encode | od -An -tx1",
           "The most significant byte comes first: value >> 8 * (n - 1).",
           "p[i] = value >> 8 * (n - 1 - i) for each of the n bytes, whatever "
           "this machine does."))
{
    struct both b = no_records();
    const struct record r = whole_numbers();

    add_both(&b, &r);
    expect_records(run_program("encode", b.lines), b.records, NULL,
                   "A format says of each byte where it lies, so that another "
                   "program on another machine can read it. Numbers are in "
                   "network order, most significant byte first, and between "
                   "the fields is nothing.");
}

CASE("decoded", "a record from elsewhere becomes its line",
     READ("bytes-by-shifts"),
     HINTS("Here are bytes that another program has made.",
           "value << 8 | byte, from the first byte on.",
           "value = value << 8 | p[i] for each of the n bytes, with p a "
           "pointer to unsigned char."))
{
    struct both b = no_records();
    const struct record r = whole_numbers();

    add_both(&b, &r);
    expect_lines(run_program("decode", b.records), b.lines, "",
                 "These bytes are as the format has them: each number begins "
                 "with its most significant byte. If only those numbers are "
                 "wrong in which a byte is 0x80 or more, see \"Before you "
                 "shift\" in the chapter.");
}

CASE("extremes", "the smallest and the largest number of each field",
     READ("signed-numbers"),
     HINTS("Which numbers fit into 32 bits with a sign?",
           "int32_t goes from -2147483648 on; a conversion to uint32_t and "
           "back keeps its bits.",
           "Shift unsigned numbers only: 0x80 << 24 does not fit into an int, "
           "which is what an unsigned char becomes."))
{
    static const int32_t signed_ones[] = {INT32_MIN, INT32_MAX, -1,
                                          0,         -129,      128};
    struct both b = no_records();

    for (size_t i = 0; i < COUNT(signed_ones); i++) {
        struct record r = {.i32 = signed_ones[i], .n = 1, .string = "x"};
        if (i % 2 == 0)
            r = (struct record){.type = UINT8_MAX,
                                .u16 = UINT16_MAX,
                                .u32 = UINT32_MAX,
                                .u64 = UINT64_MAX,
                                .i32 = signed_ones[i]};
        add_both(&b, &r);
    }
    expect_both_ways(&b, "All of these fit. A byte from 0x80 on must not be "
                         "taken for a negative number on its way, nor a bit be "
                         "lost.");
}

CASE("doubles", "a double comes back bit by bit", READ("floating-point"),
     HINTS("Which bits has -0.0? And how many digits has 0.1?",
           "memcpy() between double and uint64_t; %.17g tells two neighbours "
           "apart, %g does not.",
           "strtod() sets ERANGE for results that are tiny as well, and these "
           "are right: only one that is infinite was too large."))
{
    const double some[] = {0.1,       -0.0,        1.0 / 3,  DBL_MAX,
                           -DBL_MAX,  DBL_MIN,     INFINITY, -INFINITY,
                           0x1p-1074, 0x1.8p-1060, 1e23,     -2.5};
    struct both b = no_records();

    for (size_t i = 0; i < COUNT(some); i++) {
        struct record r = {.f64 = bits_of(some[i])};
        add_both(&b, &r);
    }
    expect_both_ways(&b,
                     "What travels is the pattern of bits (IEEE 754), not a "
                     "value that was converted on the way. 17 digits are as "
                     "many as text needs to name one double and no other. "
                     "The smallest ones are numbers like any others, though "
                     "strtod() says ERANGE when it has to round to them.");
}

CASE("nan", "there is one NaN on the wire, and each is read",
     READ("floating-point"),
     HINTS("How many patterns of bits are a NaN?",
           "See isnan(3). printf() writes the sign of a NaN as well.",
           "Send 0x7ff8000000000000 for each NaN, and write nan for each."))
{
    static const uint64_t nans[] = {0x7ff8000000000000, 0xfff8000000000000,
                                    0x7ff8000000000001, 0xffffffffffffffff};
    static const char others[] = "0 0 0 0 0 -nan \"\"\n"
                                 "0 0 0 0 0 nan(7) \"\"\n";
    struct both b = no_records(), sent = no_records();

    for (size_t i = 0; i < COUNT(nans); i++) {
        struct record r = {.f64 = nans[i]};
        add_both(&b, &r);
        r.f64 = nans[0];
        add_both(&sent, &r);
    }
    add_text(b.lines, others);
    add_both(&sent, &(struct record){.f64 = nans[0]});
    add_both(&sent, &(struct record){.f64 = nans[0]});
    expect_records(run_program("encode", b.lines), sent.records, NULL,
                   "2^53 - 2 patterns of bits are a NaN, and which of them a "
                   "machine makes is its own affair, so the format has chosen "
                   "one. A NaN is not equal to itself: ask isnan().");
    b.lines->n -= strlen(others);
    expect_lines(run_program("decode", b.records), b.lines, "",
                 "Whoever has sent it may have chosen another pattern, and its "
                 "sign means nothing: each NaN is nan.");
}

/* All bytes, in a string. */
static struct record every_byte(void)
{
    struct record r = plain_record("");

    for (r.n = 0; r.n < 256; r.n++)
        r.string[r.n] = (char)(255 - r.n);
    return r;
}

CASE("strings", "a string may be empty or long, and hold any bytes",
     READ("strings-and-their-length"),
     HINTS("Where does a string end that has a NUL in it?",
           "The length is in front: strlen() and %s have no business here.",
           "Where char is signed, printf(\"%02x\", c) prints ffffffc3: make it "
           "an unsigned char first."))
{
    struct both b = no_records();
    struct record r = plain_record(""), all = every_byte();

    add_both(&b, &r);
    add_both(&b, &all);
    r = plain_record("say \"\\x41\\\"");
    add_both(&b, &r);
    expect_both_ways(&b, "The length in front says where a string ends, so it "
                         "may hold each of the 256 bytes, 0 among them, and "
                         "no byte at all.");
}

CASE("longest", "a string may have as many bytes as the format allows",
     READ("strings-and-their-length"),
     HINTS("How long is the line of a string of 1000 bytes?",
           "Each byte may become four: \\xe4.",
           "Room for 1000 bytes of string, and for more than 4000 of its "
           "line."))
{
    struct both b = no_records();
    struct record r = plain_record("");

    r.n = MOST_STRING;
    memset(r.string, '\xe4', r.n);
    add_both(&b, &r);
    memset(r.string, 'x', r.n);
    add_both(&b, &r);
    expect_both_ways(&b, "A string of 1000 bytes is within the limit, and so "
                         "is its line, in which each byte may take four.");
}

CASE("raw-bytes", "text in UTF-8 may be typed as it is",
     READ("strings-and-their-length"),
     HINTS("Which bytes has the letter e with an accent in UTF-8?",
           "See isprint(3): it is not for bytes from 0x80 on, nor for a "
           "negative char.",
           "Only the quote and the backslash end what stands for itself."))
{
    struct run *in = new_run(), *want = new_run();
    struct record r = plain_record("caf\xc3\xa9 \xe2\x98\x95");

    add_line(in, &r);
    in->n = (size_t)(strchr(in->bytes, '"') - in->bytes);
    add_text(in, text("\"%s\"", r.string)); /* the last newline is missing */
    add_record(want, &r);
    expect_records(run_program("encode", in), want, NULL,
                   "Between the quotes a byte stands for itself, and counts "
                   "as one: a length in bytes, not in letters. The last line "
                   "has no newline; it is a line all the same.");
}

/* A line of n bytes, without its newline: F64 is 0.5 and many zeros. */
static const char *line_of(size_t n)
{
    static const char begin[] = "1 0 0 0 0 0.5", end[] = " \"\"";

    return text("%s%0*d%s\n", begin, (int)(n - strlen(begin) - strlen(end)), 0,
                end);
}

CASE("spellings", "a line may be spelled in other ways than decode's",
     READ("wire"),
     HINTS("Which line is it? The verdict shows them, with their numbers.",
           "strtod() takes hexadecimal digits, inf, infinity and nan in "
           "letters of any size, and a plus.",
           "Ten digits for integers, zeros in front or not; strtod() for F64; "
           "in the string all bytes but four, and \\x with digits of any "
           "size."))
{
    static const struct {
        const char *line;
        struct record r;
    } some[] = {
        {"010 007 00 0 -0 0 \"\"\n", {.type = 10, .u16 = 7}},
        {"0 0 0 0 -0010 0x1.8p+1 \"\"\n", {.i32 = -10, .f64 = 0x4008ull << 48}},
        {"0 0 0 0 0 +1. \"\"\n", {.f64 = 0x3ff0ull << 48}},
        {"0 0 0 0 0 .5 \"\"\n", {.f64 = 0x3fe0ull << 48}},
        {"0 0 0 0 0 5E-1 \"\"\n", {.f64 = 0x3fe0ull << 48}},
        {"0 0 0 0 0 infinity \"\"\n", {.f64 = 0x7ff0ull << 48}},
        {"0 0 0 0 0 -INF \"\"\n", {.f64 = 0xfff0ull << 48}},
        {"0 0 0 0 0 NAN \"\"\n", {.f64 = 0x7ff8ull << 48}},
        {"0 0 0 0 0 0 \"\\xaB\t\x01\r \x7f\"\n",
         {.n = 6, .string = "\xab\t\x01\r \x7f"}},
    };
    struct run *in = new_run(), *want = new_run();

    for (size_t i = 0; i < COUNT(some); i++) {
        add_text(in, some[i].line);
        add_record(want, &some[i].r);
        note("line %zu is %s", i + 1,
             quoted(some[i].line, strlen(some[i].line), 40));
    }
    const struct record longest = {.type = 1, .f64 = 0x3fe0ull << 48};
    add_text(in, line_of(MOST_LINE));
    add_record(want, &longest);
    note("line %zu has %d bytes: F64 is 0.5 and many zeros", COUNT(some) + 1,
         MOST_LINE);
    expect_records(run_program("encode", in), want, NULL,
                   "Each of these lines is within the contract: what decode "
                   "writes is one spelling of several. Whoever types lines, or "
                   "makes them in another language, may take another.");
}

static uint64_t chance_bits(void)
{
    uint64_t bits;

    chance_bytes(&bits, sizeof bits);
    /* Often small, as numbers are. */
    return bits >> (chance_below(2) == 0 ? 0 : chance_below(64));
}

/* Any byte, but often one that is something special. */
static char chance_char(void)
{
    static const char special[] = {'\0', '"', '\\', '\n', '\x7f', '\xff'};
    char c;

    chance_bytes(&c, 1);
    return chance_below(4) == 0 ? special[chance_below(sizeof special)] : c;
}

static struct record random_record(void)
{
    struct record r = {.type = (uint8_t)chance_bits(),
                       .u16 = (uint16_t)chance_bits(),
                       .u32 = (uint32_t)chance_bits(),
                       .u64 = chance_bits(),
                       .i32 = (int32_t)(uint32_t)chance_bits(),
                       .f64 = chance_bits(),
                       .n = chance_below(24)};

    if (isnan(double_of(r.f64)))
        r.f64 = 0x7ff8000000000000;
    for (size_t i = 0; i < r.n; i++)
        r.string[i] = chance_char();
    return r;
}

static struct both random_records(void)
{
    struct both b = no_records();

    for (int i = 0; i < MOST_RECORDS; i++) {
        struct record r = random_record();
        add_both(&b, &r);
    }
    return b;
}

CASE("random", "any record can be told and told again", READ("a-record"),
     HINTS("Look at the field that differs, and at its value.",
           "The seed in the verdict repeats the records: --seed.",
           "Compare with od -An -tx1 what encode writes."))
{
    struct both b = random_records();

    expect_both_ways(&b, "Forty records at random. Each byte follows from the "
                         "format.");
}

/* It refuses the second line or record, and has done the first.  Some cases do
 * this many times: each time has a case's time on the clock. */
static void expect_refused(const char *what, const struct run *in,
                           const struct run *before, const char *why)
{
    set_limits((struct limits){.wall_ms = WALL_MS});
    struct subject *s = run_program(what, in);
    const char *place = strcmp(what, "encode") == 0 ? "line 2" : "record 2";
    size_t n;

    expect_exit(s, 1, "%s", why);
    expect_complaint(s, place,
                     "%s What is wrong has to be told, and where: %s.", why,
                     place);
    const char *got = output(s, &n);
    expect(n == before->n && memcmp(got, before->bytes, n) == 0,
           text("what came before, %zu bytes", before->n),
           n > 0 ? text("%zu bytes: %s", n, quoted(got, n, 60))
                 : "nothing on stdout",
           "The one before it is whole and right: it is written, and nothing "
           "of what is wrong.");
}

static void refuse_line_of(const char *line, size_t n, const char *why)
{
    struct both b = no_records();
    const struct record r = neutral_record();

    add_both(&b, &r);
    memcpy(b.lines->bytes + b.lines->n, line, n);
    b.lines->n += n;
    note("the second line is %s", quoted(line, n, 40));
    expect_refused("encode", b.lines, b.records, why);
}

static void refuse_line(const char *line, const char *why)
{
    refuse_line_of(line, strlen(line), why);
}

CASE("no-room", "a number that does not fit is refused", READ("sizes"),
     HINTS("Which is the largest number of 16 bits?",
           "strtoul() takes \"-1\" for a very large number, without a word, "
           "and 65536 in a uint16_t is 0.",
           "Compare with UINT16_MAX before you convert."))
{
    static const char why[] =
        "The field has no room for this number. To send what is left of it "
        "when the high bits are cut off is to send another number.";

    refuse_line("256 0 0 0 0 0 \"\"\n", why);
    refuse_line("0 65536 0 0 0 0 \"\"\n", why);
    refuse_line("0 0 4294967296 0 0 0 \"\"\n", why);
    refuse_line("0 0 0 18446744073709551616 0 0 \"\"\n", why);
    refuse_line("0 0 0 0 2147483648 0 \"\"\n", why);
    refuse_line("0 0 0 0 -2147483649 0 \"\"\n", why);
    refuse_line("0 0 0 0 0 1e309 \"\"\n", why);
    refuse_line("0 0 0 -1 0 0 \"\"\n",
                "U64 has no sign, so -1 is none of its numbers. strtoull() "
                "takes it for the largest of them, and says nothing.");
}

CASE("no-record", "a line that is no record is refused", READ("wire"),
     HINTS("What stands behind what was understood?",
           "strtol() stops at the first byte that is no digit: look there.",
           "Compare what stands behind each field, and behind the last quote."))
{
    static const struct {
        const char *line, *why;
    } bad[] = {
        {"\n", "An empty line has no field, so it is no record. It is not the "
               "end either."},
        {"0 0 0 0 0 0\n", "This line has no string."},
        {"0 0x10 0 0 0 0 \"\"\n", "The digits of an integer are decimal ones."},
        {"0 0 0 0 +1 0 \"\"\n", "I32 may have a minus, and no plus."},
        {"0  0 0 0 0 \"\"\n", "Between two spaces is no number, and not 0."},
        {" 0 0 0 0 0 0 \"\"\n", "One space is between two fields; in front of "
                                "the first is none."},
        {"0 0 0 0 0  0 \"\"\n", "One space is between two fields, not two. "
                                "strtod() passes over white space in front."},
        {"0 0 0 0 0 1.5.2 \"\"\n", "1.5.2 is no number."},
        {"0 0 0 0 0 0 \"\" \n",
         "Something follows the string, if only a space. What is not looked at "
         "there would be lost."},
        {"0 0 0 0 0 0 \"\"\r\n", "A carriage return follows the string: the "
                                 "line is of another system."},
        {"0 0 0 0 0 0 \"open\n", "The string does not end."},
        {"0 0 0 0 0 0 \"\\x1\"\n", "\\x has two digits, and here one."},
        {"0 0 0 0 0 0 \"\\n\"\n", "Behind a backslash come \", \\ or xHH: \\n "
                                  "is C's, and not in this format."},
    };
    static const char within[] = "0 0 0 0 0 0 \"a\0b\"\n",
                      behind[] = "0 0 0 0 0 0 \"\"\0more\n";

    for (size_t i = 0; i < COUNT(bad); i++)
        refuse_line(bad[i].line, bad[i].why);
    refuse_line_of(within, sizeof within - 1, "A byte 0 has to be spelled.");
    refuse_line_of(behind, sizeof behind - 1,
                   "Something follows the string, though C's functions for "
                   "strings see nothing of it: it begins with a byte 0.");
    refuse_line(text("0 0 0 0 0 0 \"%0*d\"\n", MOST_STRING + 1, 0),
                "A string of 1001 bytes: no reader would take it.");
    refuse_line(line_of(MOST_LINE + 1),
                "This line has 8192 bytes, one more than the contract allows. "
                "A limit keeps a stranger from filling the memory.");
}

static void refuse_bytes(const struct run *bad, size_t n, const char *why)
{
    struct both b = no_records();
    const struct record r = neutral_record();

    add_both(&b, &r);
    memcpy(b.records->bytes + b.records->n, bad->bytes, n);
    b.records->n += n;
    expect_refused("decode", b.records, b.lines, why);
}

CASE("truncated", "a record that ends early is refused, wherever it ends",
     READ("a-record-that-ends-early"),
     HINTS("When is the end of stdin no error?",
           "It may come between two records: after 0 bytes of the next.",
           "Fewer bytes than the head has, or than the length says, and not "
           "0: a sentence, and status 1."))
{
    /* Behind each field, within some, and within the string. */
    static const size_t ends[] = {1, 2, 5, 8, 20, 28, 29, 30, 31};
    struct run *whole = new_run();
    const struct record r = plain_record("ab");

    add_record(whole, &r);
    for (size_t i = 0; i < COUNT(ends); i++) {
        size_t n = ends[i];
        note("the second record ends after %zu of %zu bytes", n, whole->n);
        refuse_bytes(whole, n,
                     text("Only %zu of its %zu bytes have come: whoever sent "
                          "it has not come to its end. To take that for the "
                          "end of all is to lose a record without a word, and "
                          "to print it is to make up what is missing.",
                          n, whole->n));
    }
}

CASE("lying-length", "a length that cannot be is not believed",
     READ("strings-and-their-length"),
     HINTS("Who says how long the string is? And how long is your buffer?",
           "The length has 16 bits, and may be 65535.",
           "Compare it with the limit before a byte of the string is read."))
{
    static const size_t lengths[] = {MOST_STRING + 1, 0x8000, 0xffff};
    struct record r = neutral_record();

    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct run *bad = new_run();
        add_record(bad, &r);
        bad->n = LENGTH_AT;
        put(bad, lengths[i], 2);
        if (lengths[i] < 0xffff) { /* as many bytes as it says */
            memset(bad->bytes + bad->n, 'x', lengths[i]);
            bad->n += lengths[i];
        }
        note("its length is %zu", lengths[i]);
        refuse_bytes(bad, bad->n,
                     text("A string of %zu bytes: the format has 1000 at "
                          "most. The length is what a stranger says, and the "
                          "first thing to be checked: who believes it writes "
                          "behind the end of his buffer, or waits for bytes "
                          "that nobody sends.",
                          lengths[i]));
    }
}

CASE("other-version", "a record of another version is refused",
     READ("versions"),
     HINTS("What is the first byte for?",
           "What a later version has behind it, nobody knows today.",
           "if (version != 1): a sentence, and status 1."))
{
    static const char versions[] = {2, 0};
    const struct record r = neutral_record();

    for (size_t i = 0; i < sizeof versions; i++) {
        struct run *bad = new_run();
        add_record(bad, &r);
        bad->bytes[0] = versions[i];
        refuse_bytes(bad, bad->n,
                     text("The first byte says version %d, and you know "
                          "version 1. Its fields may lie elsewhere: to read "
                          "on is to guess.",
                          versions[i]));
    }
}

CASE("in-pieces", "a record may come in pieces",
     READ("a-record-that-ends-early"),
     HINTS("read() may give fewer bytes than a record has.",
           "Only 0 is the end.",
           "Read on until the head is whole, and then until the string is."))
{
    struct both b = no_records();
    struct record r = plain_record("one"), more = plain_record("two");

    add_both(&b, &r);
    add_both(&b, &more);
    for (int i = 0; i < 2; i++) {
        struct run *in = i == 0 ? b.records : b.lines;
        struct subject *s = start(i == 0 ? "decode" : "encode", NULL);
        inject_short(s, CALL_READ, ALWAYS, 7);
        feed(s, in->bytes, in->n);
        feed_end(s);
        if (i == 0)
            expect_lines(s, b.lines, "",
                         "read() has given 7 bytes at a time. That is all "
                         "that had come: no record ends there.");
        else
            expect_records(s, b.records, NULL,
                           "read() has given 7 bytes at a time. That is all "
                           "that had come: no line ends there.");
    }
}

static const char other_why[] =
    "This is the same source, built for a machine that keeps the most "
    "significant byte first. If it does here what it should, then something in "
    "it depends on the machine: bytes that are exchanged whatever the machine, "
    "a number that is copied as it lies in memory, a char that is taken to "
    "have a sign. Shifts, and functions such as htonl(), know no machine.";

CASE("other-machine", "the same source makes the same bytes on s390x",
     READ("a-machine-of-the-other-order"),
     HINTS("Which line of the program knows how this machine keeps its bytes?",
           "htonl() changes nothing where the order is the network's already. "
           "A function that always exchanges bytes does.",
           "Shifts say what they mean: the most significant byte first, on "
           "every machine."))
{
    struct both b = no_records();
    struct record r = plain_record("byte"), all = every_byte();

    need_big_endian();
    add_both(&b, &r);
    add_both(&b, &all);
    struct subject *here = run_program("encode", b.lines);
    wait_exit(here);
    expect_records(run_there("encode", b.lines), b.records, here, other_why);
    expect_lines(run_there("decode", b.records), b.lines, " on s390x",
                 other_why);
}

/* What one machine has encoded, the other decodes. */
static void send_across(const struct both *b, bool to_there)
{
    struct run *between = new_run();
    struct place place;
    struct subject *s = to_there ? run_program("encode", b->lines)
                                 : run_there("encode", b->lines);

    expect_exit(s, 0, "Each line can be encoded, on every machine.");
    const char *bytes = output(s, &between->n);
    expect(between->n <= MOST_BYTES, text("%zu bytes", b->records->n),
           text("%zu bytes", between->n), "These are no records.");
    memcpy(between->bytes, bytes, between->n);
    if (find_fault(b->records, between->bytes, between->n, &place))
        note("record %zu: %s is not as the format has it", place.nth,
             place.field != NULL ? place.field->name : "its string");
    s = to_there ? run_there("decode", between)
                 : run_program("decode", between);
    expect_lines(s, b->lines,
                 to_there ? ", decoded on s390x from what was encoded here"
                          : ", decoded here from what was encoded on s390x",
                 other_why);
}

CASE("across", "what one machine has encoded, the other decodes",
     READ("a-machine-of-the-other-order"),
     HINTS("encode and decode agree on your machine. Do they agree with "
           "another one?",
           "Two mistakes cancel each other out, as long as both are made on "
           "the same machine.",
           "Look at the bytes of each field: wire encode | od -An -tx1"))
{
    struct both b = random_records();

    need_big_endian();
    send_across(&b, true);
    send_across(&b, false);
}

CASE("usage", "it is told what to do: encode or decode", READ("wire"),
     HINTS("Which arguments does it take?", "See argc and strcmp(3).",
           "Exactly one, and one of the two words."))
{
    expect_usage(start_argv(no_arguments), "It takes one argument.");
    expect_usage(start("encoded", NULL), "encoded is none of the two words.");
    expect_usage(start("encode", "decode", NULL), "It takes one argument.");
}

static bool is_to_stdout(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 1;
}

CASE("full", "a disk that is full is told", READ("wire"),
     HINTS("Has all that you wrote been written?",
           "See ENOSPC in write(2). With stdio, fflush(3) tells it.",
           "Compare what the last write() or fflush() says, before the end."))
{
    struct both b = no_records();
    const struct record r = neutral_record();

    add_both(&b, &r);
    for (int i = 0; i < 2; i++) {
        struct subject *s = run_program(i == 0 ? "encode" : "decode",
                                        i == 0 ? b.lines : b.records);
        only_if(inject_errno(s, CALL_WRITE, ALWAYS, ENOSPC), is_to_stdout,
                NULL);
        expect_complaint(s, NULL,
                         "write() said ENOSPC: the output is not there. Who "
                         "sees nothing on stderr believes that it is.");
        expect_exit(s, 1, "The output is lost, so status 0 would not be true.");
    }
}

static bool is_from_stdin(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 0;
}

CASE("unreadable", "a stdin that cannot be read is told", READ("wire"),
     HINTS("What does read() return when it has failed?",
           "-1 is not 0. With stdio, see ferror(3).",
           "if (n == -1 && errno != EINTR): a sentence, and status 1."))
{
    static const int errors[] = {EIO, EISDIR};

    for (int i = 0; i < 2; i++) {
        struct subject *s = start(i == 0 ? "encode" : "decode", NULL);
        only_if(inject_errno(s, CALL_READ, ALWAYS, errors[i]), is_from_stdin,
                NULL);
        feed_end(s);
        expect_complaint(s, NULL,
                         "read() has failed. That is not the end of stdin: "
                         "there may be more, and nobody will know.");
        expect_exit(s, 1,
                    "Not all has been read, so status 0 would not be "
                    "true.");
    }
}

CASE("gone", "a reader who has gone is told", READ("wire"),
     HINTS("What happens to who writes into a pipe that nobody reads?",
           "See SIGPIPE in signal(7) and EPIPE in write(2).",
           "signal(SIGPIPE, SIG_IGN) once, and write() says EPIPE, which is "
           "an error like others."))
{
    struct both b = no_records();
    const struct record r = neutral_record();

    add_both(&b, &r);
    for (int i = 0; i < 2; i++) {
        struct subject *s = run_program(i == 0 ? "encode" : "decode",
                                        i == 0 ? b.lines : b.records);
        close_output(s);
        expect_exit(s, 1,
                    "Nobody reads its stdout any more. The contract wants that "
                    "told, with status 1, but the signal SIGPIPE ends a "
                    "program before write() can say EPIPE.");
        expect_complaint(s, NULL,
                         "write() said EPIPE: what was written is lost. Who "
                         "sees nothing on stderr believes that it is not.");
    }
}

/* Its stdin and stdout are one socket, as inetd would have it: a write() into
 * that may be interrupted, or take a part only. */
static struct subject *run_connected(const char *what, const struct run *in)
{
    stdout_is_stdin();
    struct subject *s = start(what, NULL);

    feed(s, in->bytes, in->n);
    feed_end(s);
    return s;
}

static struct both one_record(void)
{
    struct both b = no_records();
    const struct record r = plain_record("each");

    add_both(&b, &r);
    return b;
}

static const char every_why[] =
    "A call that was interrupted is made again, and one that moved fewer bytes "
    "is followed by another for the rest, be it read() or write(): nothing of "
    "that is the end. stdio goes on with the rest, but gives up at EINTR.";

CASE("every-line", "no call that is interrupted or cut short loses a line",
     READ("a-record-that-ends-early"),
     HINTS("The last lines of the verdict say which call was disturbed.",
           "See EINTR and RETURN VALUE in read(2) and write(2).",
           "if (n == -1 && errno == EINTR) the call is made again; if write() "
           "took fewer bytes, the rest is written behind them."),
     EXHAUSTIVE, RETRIES_EINTR)
{
    struct both b = one_record();

    expect_records(run_connected("encode", b.lines), b.records, NULL,
                   every_why);
}

CASE("every-call", "no call that is interrupted or cut short loses a record",
     READ("a-record-that-ends-early"),
     HINTS("The last lines of the verdict say which call was disturbed.",
           "See EINTR and RETURN VALUE in read(2) and write(2).",
           "if (n == -1 && errno == EINTR) the call is made again; if write() "
           "took fewer bytes, the rest is written behind them."),
     EXHAUSTIVE, RETRIES_EINTR)
{
    struct both b = one_record();

    expect_lines(run_connected("decode", b.records), b.lines, "", every_why);
}
