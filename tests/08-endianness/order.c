/* The checker of labs/08-endianness/order.c: what this machine has in memory,
 * what the network wants, and what another machine makes of the same source.
 *
 * The program makes no call that a signal could interrupt: its lines are fewer
 * bytes than a pipe takes at once (pipe(7)). */
#define _GNU_SOURCE
#include "harness.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
    LINES = 4
};

static const struct number {
    const char *name;
    uint64_t value;
    size_t bytes;
} numbers[] = {
    {"u16", 0x1122, 2},
    {"u32", 0x11223344, 4},
    {"u64", 0x1122334455667788, 8},
};

/* The bytes of a number, each as " 1f". */
static const char *bytes_of(const struct number *x, bool is_big_endian)
{
    const char *bytes = "";

    for (size_t i = 0; i < x->bytes; i++) {
        size_t shift = 8 * (is_big_endian ? x->bytes - 1 - i : i);
        bytes = text("%s %02x", bytes, (unsigned)(x->value >> shift & 0xff));
    }
    return bytes;
}

/* What a machine of this order prints in its nth line. */
static const char *right_line(size_t n, bool is_big_endian)
{
    if (n == LINES - 1)
        return text("this machine is %s-endian",
                    is_big_endian ? "big" : "little");
    return text("%s host%s network%s", numbers[n].name,
                bytes_of(&numbers[n], is_big_endian),
                bytes_of(&numbers[n], true));
}

/* Whether two lines have the same letters and digits, but not the same bytes:
 * a blank too many, or capitals. */
static bool is_spelling(const char *a, const char *b)
{
    bool is_same = strcmp(a, b) == 0;

    for (;; a++, b++) {
        a += strspn(a, " ");
        b += strspn(b, " ");
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (*a == '\0')
            return !is_same;
    }
}

static bool is_here_big_endian(void)
{
    const uint16_t one = 1;

    return *(const unsigned char *)&one == 0;
}

/* The nth line of what it has printed, "" when there are fewer. */
static const char *printed_line(struct subject *s, size_t n)
{
    const char *p = output(s, NULL);

    for (; n > 0; n--) {
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return text("%.*s", (int)strcspn(p, "\n"), p);
}

/* Compares a line from the word `from` on, or all of it, with what a machine of
 * this order prints, up to the word `to`. */
static void expect_part(struct subject *s, size_t n, bool is_big_endian,
                        const char *from, const char *to, const char *why)
{
    const char *want = right_line(n, is_big_endian), *got = printed_line(s, n);
    const char *begin = strstr(want, from), *end = strstr(want, to);
    size_t at = (size_t)(begin - want);
    size_t length = *to != '\0' ? (size_t)(end - begin) : strlen(begin);
    const char *part = strlen(got) > at ? got + at : "";

    if (is_spelling(got, want))
        why = "The bytes are right, and so is their order. The line is not "
              "written as the contract has it: one blank in front of each "
              "byte and each word, none at the end, and small letters.";
    expect(strncmp(part, begin, length) == 0 &&
               (*to != '\0' || part[length] == '\0'),
           text("\"%.*s\" in line %zu", (int)length, begin, n + 1),
           *got != '\0' ? text("the line \"%s\"", got) : "no such line", "%s",
           why);
}

static struct subject *run(void)
{
    struct subject *s = start_argv(no_arguments);

    expect_exit(s, 0, "It has printed its lines, and has nothing else to do.");
    return s;
}

CASE("two-bytes", "the bytes of 0x1122 are printed as they lie in memory",
     READ("the-bytes-of-a-number"),
     HINTS("The program runs as it is. What does its first line say?",
           "A pointer to unsigned char goes through any object byte by byte.",
           "print_bytes(&a, sizeof a) prints what lies at the address of a, "
           "lowest address first."))
{
    expect_part(run(), 0, is_here_big_endian(), "u16 host", " network",
                "A number of two bytes has two places in memory. The lower "
                "address comes first in this line, whatever byte lies there.");
}

CASE("network", "behind \"network\" the most significant byte comes first",
     READ("four-functions"),
     HINTS("Which of the two bytes of 0x1122 does the network send first?",
           "See byteorder(3): htons() is for 16 bits, htonl() for 32.",
           "net_a = htons(a) and net_b = htonl(b) are other numbers, whose "
           "bytes lie in memory as the network wants them."))
{
    static const char why[] =
        "Network order puts the most significant byte first (RFC 791, appendix "
        "B), so "
        "this part of a line is the same on every machine. htons() is for 16 "
        "bits and htonl() for 32, whatever is short or long on a machine.";
    struct subject *s = run();

    expect_part(s, 0, is_here_big_endian(), "network", "", why);
    expect_part(s, 1, is_here_big_endian(), "network", "", why);
}

CASE("bytes", "a byte from 0x80 on is two digits like any other",
     READ("before-you-shift"),
     HINTS("Look at the bytes 80 and above of the third number.",
           "Which values has a char here? And what does printf() make of it?",
           "const unsigned char *p: where char is signed, 0x88 is -120, which "
           "becomes an int of the same value: ffffff88."))
{
    expect_part(run(), 2, is_here_big_endian(), "u64 host", " network",
                "Eight bytes, each a number from 0 to 255. A plain char may be "
                "signed, as it is on x86: 0x88 is -120 then, and what %x "
                "shows of the int that it becomes is ffffff88.");
}

/* What has been done to 64 bits, by the look of their bytes. */
static const char *explain_eight(const char *got)
{
    static const struct {
        const char *bytes, *why;
    } known[] = {
        {" 88 77 66 55 44 33 22 11",
         "The first byte is 0x88, the least significant one. That is not "
         "network order, but that of a little-endian machine: the number as "
         "such a machine has it, or as htole64() makes it."},
        {" 44 33 22 11 88 77 66 55",
         "Each half lies as this machine has it, and the halves are in the "
         "right order. All eight bytes have to be turned."},
        {" 55 66 77 88 11 22 33 44",
         "Each half has been turned, but the first byte of eight is the most "
         "significant one, 0x11: each half has to go to the place of the "
         "other as well."},
        {" 55 66 77 88 00 00 00 00", NULL},
        {" 00 00 00 00 55 66 77 88", NULL},
        {" 88 77 66 55 00 00 00 00", NULL},
        {" 00 00 00 00 88 77 66 55", NULL},
        {" 55 66 77 88 55 66 77 88",
         "The lower half is there twice, and the upper one is lost. In 32 bits "
         "there is no upper half, and no place 32 to shift to: make it 64 bits "
         "before you shift."},
    };
    const char *at = strstr(got, "network");

    for (size_t i = 0; at != NULL && i < sizeof known / sizeof *known; i++)
        if (strcmp(at + strlen("network"), known[i].bytes) == 0)
            return known[i].why != NULL
                       ? known[i].why
                       : "Half of the number is lost: it went through "
                         "something of 32 bits, an int or htonl(), whose l is "
                         "no long of today.";
    return "The first byte of eight is the most significant one, 0x11, and the "
           "last one 0x88. Each has to change places with one of the other "
           "half.";
}

CASE("eight-bytes", "all of the 64 bits are turned", READ("64-bits"),
     HINTS("Compare the third line with the others.",
           "htonl() takes 32 bits. See endian(3) for 64.",
           "net_c = htobe64(c), from <endian.h>."))
{
    struct subject *s = run();

    expect_part(s, 2, is_here_big_endian(), "network", "",
                explain_eight(printed_line(s, 2)));
}

CASE("which", "the last line says what this machine is",
     READ("the-bytes-of-a-number"),
     HINTS("It prints four lines, and the fourth is a verdict.",
           "A number whose lowest byte you know tells it: look at its first "
           "byte in memory.",
           "const uint16_t one = 1; its first byte is 1 where the least "
           "significant comes first."))
{
    struct subject *s = run();
    const char *lines = "";

    expect_part(s, LINES - 1, is_here_big_endian(), "this", "",
                "The bytes above say it: little-endian is who keeps the least "
                "significant byte at the lowest address.");
    for (size_t i = 0; i < LINES; i++)
        lines = text("%s%s\n", lines, right_line(i, is_here_big_endian()));
    if (strcmp(printed_line(s, LINES), "") != 0)
        expect_output(s, lines, strlen(lines), "Four lines, and no more.");
    const char *all = output(s, NULL);
    expect(all[strlen(all) - 1] == '\n', "a newline at the end",
           text("\"%s\", and nothing behind it", printed_line(s, LINES - 1)),
           "A newline ends each line, and the last one is a line as well.");
}

/* Why a line is wrong on s390x, by what is in its place here. */
static const char *explain_there(struct subject *here, size_t n)
{
    if (strcmp(printed_line(here, n), right_line(n, is_here_big_endian())) != 0)
        return "This is the same source, built for a machine that keeps the "
               "most significant byte first. The line is wrong on your own "
               "machine as well: mend it here first.";
    return "This is the same source, built for a machine that keeps the most "
           "significant byte first. Its memory has the order of the network "
           "already. The line is right on your machine, and on it alone: bytes "
           "were exchanged, or an answer given, without a look at the machine.";
}

CASE("other-machine", "the same source tells the truth on s390x, too",
     READ("a-machine-of-the-other-order"),
     HINTS("Nothing in the program may know the order: it has to look.",
           "See htons(), htonl(), htobe64(): where the order is the network's "
           "already, they change nothing. A macro such as LITTLE_ENDIAN is "
           "defined everywhere: it is what __BYTE_ORDER is compared with.",
           "Turn bytes only by functions named after the network, and find "
           "the order by the first byte of a uint16_t that is 1."))
{
    struct subject *here = run(), *there = start_big_endian_argv(no_arguments);

    expect_exit(there, 0, "The same source, on a big-endian machine.");
    for (size_t i = 0; i < LINES; i++) {
        const char *want = right_line(i, true), *got = printed_line(there, i);
        expect(
            strcmp(got, want) == 0, text("\"%s\" on s390x", want),
            text("\"%s\" there, and here \"%s\"", got, printed_line(here, i)),
            "%s", explain_there(here, i));
    }
}

CASE("usage", "an argument is one too many", READ("order"),
     HINTS("It takes none.", "See argc.", "argc is 1 without arguments."))
{
    struct subject *s = start("little", NULL);

    expect_usage(s, "It takes no argument.");
    expect_output(s, "", 0, "It was called wrongly, and does nothing.");
}

static bool is_to_stdout(const struct call_record *r, void *unused)
{
    (void)unused;
    return r->args[0] == 1;
}

CASE("full", "a disk that is full is told", READ("order"),
     HINTS("printf() only fills a buffer. When does it reach the disk?",
           "See fflush(3) and ferror(3).",
           "if (fflush(stdout) == EOF || ferror(stdout)) err(1, \"stdout\");"))
{
    struct subject *s = start_argv(no_arguments);

    only_if(inject_errno(s, CALL_WRITE, ALWAYS, ENOSPC), is_to_stdout, NULL);
    expect_complaint(s, NULL,
                     "write() said ENOSPC: nothing of what you printed is "
                     "there. Who sees nothing on stderr believes that it is.");
    expect_exit(s, 1, "The lines are lost, so status 0 would not be true.");
}
