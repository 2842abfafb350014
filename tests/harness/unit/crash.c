/* How crashes are explained: reports as gcc 12 and clang 14 write them. */
#include "crash.h"
#include "check.h"
#include "sanitizer.h"
#include "symbolize.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define EXITED(status) ((status) << 8)
#define NO_PROGRAM "/nonexistent/fetch"

static const char overflow[] =
    "fetch: what it said itself\n"
    "=================================================================\n"
    "==7==ERROR: AddressSanitizer: stack-buffer-overflow on address "
    "0x7ffc9a30 at pc 0x4013b5 bp 0x7ffc99f0 sp 0x7ffc99e8\n"
    "WRITE of size 1 at 0x7ffc9a30 thread T0\n"
    "    #0 0x4013b4  (/build/work/fetch+0x4013b4)\n"
    "    #1 0x7f4ac1845249  (/lib/libc.so.6+0x27249) (BuildId: 93ac)\n"
    "    #2 0x40110f  (/build/work/fetch+0x40110f) (BuildId: 048e)\n"
    "\n"
    "Address 0x7ffc9a30 is located in stack of thread T0 at offset 48 in "
    "frame\n"
    "    #0 0x401185  (/build/work/fetch+0x401185)\n"
    "\n"
    "  This frame has 2 object(s):\n"
    "    [32, 48) 'buf' (line 48)\n"
    "    [64, 68) 'n' (line 49) <== Memory access at offset 48 partially "
    "underflows this variable\n"
    "HINT: this may be a false positive if your program uses ...\n"
    "SUMMARY: AddressSanitizer: stack-buffer-overflow (/build/work/fetch)\n"
    "Shadow bytes around the buggy address:\n";

static const char double_free[] =
    "==7==ERROR: AddressSanitizer: attempting double-free on 0x602000000010 "
    "in thread T0:\n"
    "    #0 0x7f61ffcb76a8  (/lib/libasan.so.8+0xb76a8)\n"
    "    #1 0x4012da  (/build/fetch+0x4012da)\n"
    "0x602000000010 is located 0 bytes inside of 10-byte region "
    "[0x602000000010,0x60200000001a)\n"
    "freed by thread T0 here:\n"
    "    #1 0x4012ce  (/build/fetch+0x4012ce)\n"
    "previously allocated by thread T0 here:\n"
    "    #1 0x4011e3  (/build/fetch+0x4011e3)\n"
    "SUMMARY: AddressSanitizer: double-free (/lib/libasan.so.8+0xb76a8) \n";

static const char undefined[] =
    "/src/labs/fetch.c:52:7: runtime error: index 16 out of bounds for type "
    "'char [16]'\n"
    "    #0 0x401269  (/build/fetch+0x401269)\n";

static const char null_pointer[] =
    "AddressSanitizer:DEADLYSIGNAL\n"
    "==7==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000000 "
    "(pc 0x401234 bp 0x7ffd sp 0x7ffd T0)\n"
    "==7==The signal is caused by a WRITE memory access.\n"
    "==7==Hint: address points to the zero page.\n"
    "    #0 0x401234  (/build/fetch+0x401234)\n";

static const char global[] =
    "==7==ERROR: AddressSanitizer: global-buffer-overflow on address 0x5\n"
    "READ of size 4 at 0x000000512b70 thread T0\n"
    "    #0 0x4dcf8d  (/build/fetch+0x4dcf8d) (BuildId: 3700)\n"
    "0x000000512b70 is located 0 bytes after global variable 'table' "
    "defined in 'fetch.c:1' (0x512b60) of size 16\n";

static void test_reading(void)
{
    struct sanitizer_report r;

    CHECK_NUMBER("none", false,
                 read_sanitizer_report("fetch", "fetch: no route\n", &r));
    CHECK_NUMBER("an overflow", true,
                 read_sanitizer_report("/b/fetch", overflow, &r));
    CHECK_TEXT("kind", "stack-buffer-overflow", r.kind);
    CHECK_TEXT("access", "write", r.access);
    CHECK_NUMBER("size", 1, r.size);
    CHECK_NUMBER("own frames", 2, r.stack.n);
    CHECK_NUMBER("innermost", 0x4013b4, r.stack.at[0]);
    CHECK_TEXT("the object that ends there", "buf", r.variable);
    CHECK_NUMBER("declared", 48, r.declared);
    CHECK_NUMBER("side", SIDE_AFTER, r.side);

    CHECK_NUMBER("a double free", true,
                 read_sanitizer_report("/b/fetch", double_free, &r));
    CHECK_TEXT("kind", "double-free", r.kind);
    CHECK_NUMBER("region", 10, r.region);
    CHECK_NUMBER("stack", 0x4012da, r.stack.at[0]);
    CHECK_NUMBER("freed", 0x4012ce, r.freed.at[0]);
    CHECK_NUMBER("allocated", 0x4011e3, r.allocated.at[0]);
}

static const char *explain(int status, const char *errors)
{
    return explain_crash(NO_PROGRAM, status, errors, 0);
}

static void test_reports(void)
{
    CHECK_TEXT("overflow",
               "AddressSanitizer: stack-buffer-overflow: write of 1 byte, "
               "past the end of 'buf' (line 48)",
               explain(EXITED(99), overflow));
    CHECK_TEXT("double free", "AddressSanitizer: double-free, inside 10 bytes",
               explain(EXITED(99), double_free));
    CHECK_TEXT("undefined behaviour",
               "UndefinedBehaviorSanitizer: index 16 out of bounds for type "
               "'char [16]' at fetch.c:52",
               explain(EXITED(99), undefined));
    CHECK_TEXT("null pointer",
               "AddressSanitizer: SEGV: write through a null pointer",
               explain(EXITED(99), null_pointer));
    CHECK_TEXT("global",
               "AddressSanitizer: global-buffer-overflow: read of 4 bytes, "
               "past the end of 'table'",
               explain(EXITED(99), global));
    CHECK_TEXT("a report, but it exited as it wished", NULL,
               explain(EXITED(1), overflow));
    CHECK_TEXT("cut off", "AddressSanitizer: SEGV",
               explain(EXITED(99), "==7==ERROR: AddressSanitizer: SEGV"));
    CHECK_TEXT(
        "made safe", "AddressSanitizer: \\x1b[31m",
        explain(EXITED(99), "==7==ERROR: AddressSanitizer: \033[31m on\n"));
}

static void test_aborts(void)
{
    CHECK_TEXT("assert",
               "aborted in main() at fetch.c:9: the assertion 'n > 0' failed",
               explain(SIGABRT,
                       "fetch: labs/fetch.c:9: main: Assertion `n > 0' "
                       "failed.\n"));
    CHECK_TEXT("assert, by clang",
               "aborted in main() at fetch.c:9: the assertion 'n > 0' failed",
               explain(SIGABRT, "fetch: fetch.c:9: int main(int, char **): "
                                "Assertion `n > 0' failed.\n"));
    CHECK_TEXT(
        "fortify", "aborted: the C library saw a buffer overflow",
        explain(SIGABRT, "*** buffer overflow detected ***: terminated\n"));
    CHECK_TEXT("allocator",
               "aborted: the C library's allocator found its memory damaged "
               "(free(): invalid pointer)",
               explain(SIGABRT, "hello\nfree(): invalid pointer\n"));
    CHECK_TEXT("bare", "aborted: it called abort()", explain(SIGABRT, ""));
}

static void test_signals(void)
{
    CHECK_TEXT("exit", NULL, explain(EXITED(0), ""));
    CHECK_TEXT("99, and no report", NULL, explain(EXITED(99), "sorry\n"));
    CHECK_TEXT("SIGKILL", NULL, explain(SIGKILL, ""));
    CHECK_TEXT("SIGTERM", NULL, explain(SIGTERM, ""));
    CHECK_TEXT("SIGSEGV, with a core",
               "killed by SIGSEGV: it used memory that it does not have: a "
               "null or stray pointer, or an index out of range",
               explain(SIGSEGV | 0x80, ""));
    CHECK_TEXT("SIGUSR1",
               "killed by SIGUSR1: it has no handler for this signal",
               explain(SIGUSR1, ""));
}

static void test_places(void)
{
    struct place p;

    CHECK_TEXT("rest", "next\n",
               read_place("read_head\n/src/labs/fetch.c:52\nnext\n", &p));
    CHECK_TEXT("function", "read_head", p.function);
    CHECK_TEXT("file", "fetch.c", p.file);
    CHECK_NUMBER("line", 52, p.line);
    read_place("main\nfetch.c:9 (discriminator 2)\n", &p);
    CHECK_NUMBER("discriminator", 9, p.line);
    read_place("??\n??:?\n", &p);
    CHECK_TEXT("function", NULL, p.function);
    CHECK_TEXT("file", NULL, p.file);
    CHECK_TEXT("too short", NULL, read_place("main", &p));
    CHECK_TEXT("too short", NULL, read_place("", &p));
}

/* A function whose line addr2line should know. */
static void test_symbols(const char *self)
{
    uint64_t addresses[2] = {(uint64_t)(uintptr_t)test_places, 1};
    struct place p[2];

    name_places(self, addresses, p, 2);
    if (p[0].file != NULL) { /* not so where we were loaded elsewhere */
        CHECK_TEXT("function", "test_places", p[0].function);
        CHECK_TEXT("file", "crash.c", p[0].file);
    }
    CHECK_TEXT("no such address", NULL, p[1].file);
    setenv("PATH", "/nonexistent", 1);
    name_places(self, addresses, p, 2);
    CHECK_TEXT("without addr2line", NULL, p[0].function);
}

int main(int argc, char **argv)
{
    (void)argc;
    test_reading();
    test_reports();
    test_aborts();
    test_signals();
    test_places();
    test_symbols(argv[0]);
    return failures != 0;
}
