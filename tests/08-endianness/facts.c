/* What chapters/08-endianness.md claims, proved on this machine, and on one of
 * the other byte order where it can be emulated. */
#define _GNU_SOURCE
#include "fact.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <math.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MANY = 100000, /* random numbers, where not all can be tried */
    FEWER = 20000, /* where each takes a while */
    COMPILING = 50 /* seconds: more than a compiler needs on a busy machine */
};

static bool is_little(void)
{
    const uint16_t one = 1;

    return *(const unsigned char *)&one == 1;
}

static void need_little_endian(void)
{
    if (!is_little())
        skip("this machine is big-endian");
}

/* Whether n bytes lie there as in the list that follows. */
#define LIES(object, ...)                                                      \
    (memcmp(object, (const unsigned char[]){__VA_ARGS__},                      \
            sizeof((const unsigned char[]){__VA_ARGS__})) == 0)

/* The first n bytes of an object, n <= 16, in hexadecimal. */
static const char *bytes_of(const void *object, size_t n)
{
    static char text[4][3 * 16 + 1];
    static unsigned turn;
    char *line = text[turn++ % 4];
    const unsigned char *p = object;

    *line = '\0';
    for (size_t i = 0; i < n; i++)
        sprintf(line + 3 * i, "%02x ", p[i]);
    return line;
}

/* The same numbers in each run. */
static uint64_t next_random(void)
{
    static uint64_t x = 88172645463325252;

    x ^= x << 13;
    x ^= x >> 7;
    return x ^= x << 17;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* --- Programs, for this machine and another ------------------------------ */

#define HEADS                                                                  \
    "#include <stdint.h>\n#include <stdio.h>\n#include <string.h>\n"           \
    "#include <arpa/inet.h>\n"                                                 \
    "static void show(const void *object, int n)\n"                            \
    "{\n"                                                                      \
    "    const unsigned char *p = object;\n"                                   \
    "    while (n-- > 0)\n"                                                    \
    "        printf(\"%02x \", *p++);\n"                                       \
    "    printf(\"\\n\");\n"                                                   \
    "}\n"

/* How a program has ended and what it has printed, on stderr too. */
struct outcome {
    int status;
    char said[16384];
};

/* Whether all programs that it is given are there. */
static const char on_path[] =
    "for name; do [ -z \"$name\" ] || command -v \"$name\" || exit; done";

/* Compiles a source, $1, by a command, $2, and runs what came of it by
 * another one, $3, which may be empty. */
static const char build_and_run[] =
    "dir=$(mktemp -d) && trap 'rm -rf \"$dir\"' EXIT && cd \"$dir\" || exit "
    "125\n"
    "printf '%s' \"$1\" >p.c\n"
    "$2 p.c -o p || exit 126\n"
    "$3 ./p\n";

static struct outcome run_script(const char *script, const char *one,
                                 const char *two, const char *three)
{
    struct outcome o = {0};
    size_t used = 0;
    ssize_t n;
    int ends[2];

    must(pipe(ends), "pipe");
    alarm(COMPILING);
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        setenv("LC_ALL", "C", 1);
        execl("/bin/sh", "sh", "-c", script, "sh", one, two, three,
              (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while ((n = read(ends[0], o.said + used, sizeof o.said - 1 - used)) > 0)
        used += (size_t)n;
    close(ends[0]);
    must(waitpid(pid, &o.status, 0), "waitpid");
    o.status = WIFEXITED(o.status) ? WEXITSTATUS(o.status) : -1;
    return o;
}

static void need_compiler(void)
{
    if (run_script(on_path, "cc", "", "").status != 0)
        skip("there is no cc here");
}

static void need_other_machine(void)
{
    if (run_script(on_path, "cc", "s390x-linux-gnu-gcc", "qemu-s390x").status !=
            0 ||
        access("/usr/s390x-linux-gnu/include/stdio.h", R_OK) == -1)
        skip("nothing emulates a big-endian machine here; apt install "
             "gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user");
}

static struct outcome try_program(const char *compiler, const char *source,
                                  const char *emulator)
{
    struct outcome o = run_script(build_and_run, source, compiler, emulator);

    if (o.status == 125 || o.status == 126)
        must(-1, o.said);
    return o;
}

/* A program with HEADS on this machine. */
static struct outcome here(const char *source)
{
    return try_program("cc -w", source, "");
}

/* The same source on a big-endian machine. */
static struct outcome there(const char *source)
{
    return try_program("s390x-linux-gnu-gcc -w -static", source, "qemu-s390x");
}

static void expect_said(struct outcome o, const char *wanted)
{
    HOLDS(o.status == 0 && strcmp(o.said, wanted) == 0,
          "it ended with %d and said %s", o.status, o.said);
}

/* Whether a compiler finds that a static assertion holds.  It needs no
 * library, so a machine can be asked for that is not there. */
static bool compiler_finds(const char *compiler, const char *source)
{
    struct outcome o =
        run_script("printf '%s' \"$1\" | $2 -w -fsyntax-only -x c -", source,
                   compiler, "");

    return o.status == 0;
}

static void need_32_bits(void)
{
    need_compiler();
    if (!compiler_finds("cc -m32", "int x;"))
        skip("cc cannot compile for 32 bits here");
}

/* --- Sockets -------------------------------------------------------------- */

static const char *last_error(void)
{
    return strerrorname_np(errno);
}

static int tcp_socket(void)
{
    return must(socket(AF_INET, SOCK_STREAM, 0), "socket");
}

/* An address whose port and host are what the caller puts there, as it is. */
static struct sockaddr_in raw_address(in_addr_t host, in_port_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = port, .sin_addr = {.s_addr = host}};
}

static struct sockaddr_in on_loopback(in_port_t port)
{
    return raw_address(htonl(INADDR_LOOPBACK), port);
}

static int bind_to(int fd, struct sockaddr_in addr)
{
    return bind(fd, (struct sockaddr *)&addr, sizeof addr);
}

static struct sockaddr_in local_address(int fd)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;

    must(getsockname(fd, (struct sockaddr *)&addr, &len), "getsockname");
    return addr;
}

/* The port of a socket, by a way that converts nothing itself. */
static const char *port_of(int fd)
{
    static char port[NI_MAXSERV];
    struct sockaddr_in addr = local_address(fd);

    if (getnameinfo((struct sockaddr *)&addr, sizeof addr, NULL, 0, port,
                    sizeof port, NI_NUMERICSERV) != 0)
        must(-1, "getnameinfo");
    return port;
}

static const char *text_of(in_addr_t host)
{
    static char text[2][INET_ADDRSTRLEN];
    static unsigned turn;
    char *line = text[turn++ % 2];

    inet_ntop(AF_INET, &host, line, INET_ADDRSTRLEN);
    return line;
}

static void need_private_network(void)
{
    if (!has_private_network())
        skip("needs a private network, where every port is free");
}

static void drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version =
                                                _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    must((int)syscall(SYS_capset, &head, none), "capset");
}

/* --- The bytes of a number ------------------------------------------------ */

FACT(a_number_has_an_order,
     "in memory the bytes of 0x11223344 lie from the least significant to the "
     "most on a little-endian machine, the other way on a big-endian one")
{
    const uint32_t n = 0x11223344;

    if (is_little())
        HOLDS(LIES(&n, 0x44, 0x33, 0x22, 0x11), "they lie %s", bytes_of(&n, 4));
    else
        HOLDS(LIES(&n, 0x11, 0x22, 0x33, 0x44), "they lie %s", bytes_of(&n, 4));
}

FACT(same_source_other_bytes,
     "the same source prints other bytes on a big-endian machine")
{
    static const char source[] = HEADS "int main(void)\n"
                                       "{\n"
                                       "    uint16_t a = 0x1122;\n"
                                       "    uint32_t b = 0x11223344;\n"
                                       "    uint64_t c = 0x1122334455667788;\n"
                                       "    show(&a, 2);\n"
                                       "    show(&b, 4);\n"
                                       "    show(&c, 8);\n"
                                       "}\n";

    need_other_machine();
    need_little_endian();
    expect_said(here(source),
                "22 11 \n44 33 22 11 \n88 77 66 55 44 33 22 11 \n");
    expect_said(there(source),
                "11 22 \n11 22 33 44 \n11 22 33 44 55 66 77 88 \n");
}

FACT(arithmetic_has_no_order,
     "shifts and masks give the same numbers on a big-endian machine")
{
    static const char source[] =
        HEADS "int main(void)\n"
              "{\n"
              "    uint32_t n = 0x11223344;\n"
              "    printf(\"%x %x %x\\n\", n >> 24, n << 8, n & 255);\n"
              "}\n";

    need_other_machine();
    expect_said(here(source), "11 22334400 44\n");
    expect_said(there(source), "11 22334400 44\n");
}

FACT(text_has_no_order,
     "a string and an array of bytes lie the same way on a big-endian machine")
{
    static const char source[] = HEADS "int main(void)\n"
                                       "{\n"
                                       "    show(\"hi, \\xc3\\xbc\", 7);\n"
                                       "}\n";

    need_other_machine();
    expect_said(here(source), "68 69 2c 20 c3 bc 00 \n");
    expect_said(there(source), "68 69 2c 20 c3 bc 00 \n");
}

FACT(plain_char_may_be_negative,
     "a byte 0x90 in a plain char is negative where char is signed, and not "
     "where it is unsigned")
{
    static const char source[] = HEADS "int main(void)\n"
                                       "{\n"
                                       "    char c = (char)0x90;\n"
                                       "    printf(\"%02x %d\\n\", c, c);\n"
                                       "}\n";

    need_compiler();
    expect_said(try_program("cc -w -fsigned-char", source, ""),
                "ffffff90 -112\n");
    expect_said(try_program("cc -w -funsigned-char", source, ""), "90 144\n");
}

FACT(other_machine_has_unsigned_char,
     "char is unsigned on s390x, and on x86-64 it is signed")
{
    need_other_machine();
#ifdef __x86_64__
    HOLDS(compiler_finds("cc", "_Static_assert((char)-1 < 0, \"\");"),
          "char is unsigned here");
#endif
    HOLDS(compiler_finds("s390x-linux-gnu-gcc",
                         "_Static_assert((char)-1 > 0, \"\");"),
          "char is signed there");
}

/* --- The order of the network --------------------------------------------- */

FACT(sockaddr_has_two_orders,
     "in a sockaddr_in the port and the address lie highest byte first, the "
     "family as the machine has it")
{
    struct addrinfo hints = {.ai_family = AF_INET,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *list;

    if (getaddrinfo("127.0.0.1", "8080", &hints, &list) != 0)
        must(-1, "getaddrinfo");
    const unsigned char *p = (const unsigned char *)list->ai_addr;
    HOLDS(LIES(p + 2, 0x1f, 0x90, 127, 0, 0, 1), "they lie %s", bytes_of(p, 8));
    if (is_little())
        HOLDS(LIES(p, AF_INET, 0), "the family lies %s", bytes_of(p, 2));
    else
        HOLDS(LIES(p, 0, AF_INET), "the family lies %s", bytes_of(p, 2));
}

FACT(scope_is_the_hosts,
     "sin6_scope_id is a number as the machine has it: the interface's index")
{
    struct addrinfo hints = {.ai_family = AF_INET6,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST};
    struct addrinfo *list;

    int rc = getaddrinfo("fe80::1%lo", "80", &hints, &list);
    if (rc != 0)
        skip("no such address here: %s", gai_strerror(rc));
    const struct sockaddr_in6 *addr =
        (const struct sockaddr_in6 *)(const void *)list->ai_addr;
    HOLDS(addr->sin6_scope_id == if_nametoindex("lo"),
          "it is %u, and that of lo is %u", addr->sin6_scope_id,
          if_nametoindex("lo"));
    HOLDS(ntohs(addr->sin6_port) == 80, "the port is %u",
          ntohs(addr->sin6_port));
}

FACT(nobody_converts,
     "what goes through a connection arrives as it lay in memory")
{
    uint32_t n = 0x11223344, got = 0;
    struct sockaddr_in addr;
    int lfd = tcp_socket(), client = tcp_socket();

    must(bind_to(lfd, on_loopback(0)), "bind");
    must(listen(lfd, 1), "listen");
    addr = local_address(lfd);
    must(connect(client, (struct sockaddr *)&addr, sizeof addr), "connect");
    int server = must(accept(lfd, NULL, NULL), "accept");
    must(send(client, &n, sizeof n, 0) == sizeof n ? 0 : -1, "send");
    must(recv(server, &got, sizeof got, MSG_WAITALL) == sizeof got ? 0 : -1,
         "recv");
    HOLDS(memcmp(&n, &got, sizeof n) == 0, "%s became %s",
          bytes_of(&n, sizeof n), bytes_of(&got, sizeof got));
}

FACT(l_is_32_bits,
     "htonl() takes and returns 32 bits, where a long has 64; what is above "
     "is lost")
{
    volatile uint64_t large = 0x100000005;

    HOLDS(sizeof htonl(1) == 4, "it returns %zu bytes", sizeof htonl(1));
    HOLDS(sizeof htons(1) == 2, "htons() returns %zu bytes", sizeof htons(1));
    HOLDS(ntohl(htonl((uint32_t)large)) == 5, "it is %u",
          ntohl(htonl((uint32_t)large)));
    if (sizeof(long) != 8)
        skip("a long has %zu bytes here", sizeof(long));
}

FACT(both_ways_are_one,
     "htons() and ntohs() do the same, htonl() and ntohl() too, and twice is "
     "not at all")
{
    for (uint32_t n = 0; n <= UINT16_MAX; n++) {
        uint16_t s = (uint16_t)n;
        HOLDS(htons(s) == ntohs(s), "htons(%u) is %u, ntohs() %u", s, htons(s),
              ntohs(s));
        HOLDS(htons(htons(s)) == s, "%u becomes %u", s, htons(htons(s)));
    }
    for (int i = 0; i < MANY; i++) {
        uint32_t n = (uint32_t)next_random();
        HOLDS(htonl(n) == ntohl(n), "htonl(%u) is %u, ntohl() %u", n, htonl(n),
              ntohl(n));
        HOLDS(htonl(htonl(n)) == n, "%u becomes %u", n, htonl(htonl(n)));
    }
}

FACT(big_endian_converts_nothing,
     "on a big-endian machine htons() and htonl() leave numbers as they are")
{
    static const char source[] =
        HEADS "int main(void)\n"
              "{\n"
              "    printf(\"%u %x\\n\", htons(8080), htonl(0x11223344));\n"
              "}\n";

    need_other_machine();
    expect_said(there(source), "8080 11223344\n");
}

FACT(raw_8080_is_36895, "8080 put into sin_port as it is binds port 36895")
{
    int fd = tcp_socket();

    need_little_endian();
    need_private_network();
    must(bind_to(fd, on_loopback(8080)), "bind");
    HOLDS(strcmp(port_of(fd), "36895") == 0, "it is %s", port_of(fd));
}

FACT(raw_80_is_free_to_all,
     "80 put into sin_port as it is binds port 20480, without any privilege")
{
    int fd = tcp_socket();

    need_little_endian();
    need_private_network();
    drop_capabilities();
    FAILS(bind_to(tcp_socket(), on_loopback(htons(80))), EACCES);
    HOLDS(bind_to(fd, on_loopback(80)) == 0, "bind() says %s", last_error());
    HOLDS(strcmp(port_of(fd), "20480") == 0, "it is %s", port_of(fd));
}

FACT(raw_loopback_is_1_0_0_127,
     "INADDR_LOOPBACK put into sin_addr as it is names 1.0.0.127, which no "
     "interface has")
{
    need_little_endian();
    HOLDS(strcmp(text_of(INADDR_LOOPBACK), "1.0.0.127") == 0, "it is %s",
          text_of(INADDR_LOOPBACK));
    FAILS(bind_to(tcp_socket(), raw_address(INADDR_LOOPBACK, 0)),
          EADDRNOTAVAIL);
}

FACT(htonl_makes_port_0,
     "htonl() of a port, put into sin_port, is 0: the kernel chooses a port")
{
    volatile uint32_t port = 8080;
    int fd = tcp_socket();

    need_little_endian();
    must(bind_to(fd, on_loopback((in_port_t)htonl(port))), "bind");
    HOLDS(strcmp(port_of(fd), "0") != 0 && strcmp(port_of(fd), "8080") != 0,
          "the port is %s", port_of(fd));
    for (uint32_t n = 1; n <= UINT16_MAX; n++)
        HOLDS((in_port_t)htonl(n) == 0, "%u becomes %u", n,
              (in_port_t)htonl(n));
}

FACT(some_numbers_hide_it,
     "256 ports are the same with htons() and without, 0 among them, and so "
     "are INADDR_ANY and INADDR_BROADCAST")
{
    int same = 0;

    need_little_endian();
    for (uint32_t n = 0; n <= UINT16_MAX; n++)
        same += htons((uint16_t)n) == n;
    HOLDS(same == 256, "there are %d", same);
    HOLDS(htons(0) == 0, "port 0 is %u", htons(0));
    HOLDS(htonl(INADDR_ANY) == INADDR_ANY, "it is %s",
          text_of(htonl(INADDR_ANY)));
    HOLDS(htonl(INADDR_BROADCAST) == INADDR_BROADCAST, "it is %s",
          text_of(htonl(INADDR_BROADCAST)));
}

FACT(raw_addresses_sort_wrongly,
     "10.0.0.1 is greater than 9.0.0.2, and as they lie in memory it is less")
{
    in_addr_t ten = inet_addr("10.0.0.1"), nine = inet_addr("9.0.0.2");

    need_little_endian();
    HOLDS(ten < nine, "%08x and %08x", ten, nine);
    HOLDS(ntohl(ten) > ntohl(nine), "%08x and %08x", ntohl(ten), ntohl(nine));
}

FACT(same_mistake_agrees,
     "21 written as it lies comes back as 21 on a machine of the same order, "
     "and as 5376 on one of the other")
{
    static const char reads_it[] =
        HEADS "int main(void)\n"
              "{\n"
              "    unsigned char came[2] = {21, 0};\n"
              "    uint16_t n;\n"
              "    memcpy(&n, came, sizeof n);\n"
              "    printf(\"%u\\n\", n);\n"
              "}\n";
    uint16_t n = 21, back;
    unsigned char sent[2];

    need_other_machine();
    need_little_endian();
    memcpy(sent, &n, sizeof n);
    HOLDS(LIES(sent, 21, 0), "it lies %s", bytes_of(sent, 2));
    memcpy(&back, sent, sizeof back);
    HOLDS(back == 21, "it is %u", back);
    expect_said(there(reads_it), "5376\n");
}

FACT(htobe64_puts_the_highest_first,
     "htobe64() puts the highest byte first and be64toh() reads it so, "
     "htole64() the lowest")
{
    const uint64_t n = 0x1122334455667788;
    uint64_t big = htobe64(n), little = htole64(n);

    HOLDS(LIES(&big, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88),
          "they lie %s", bytes_of(&big, 8));
    HOLDS(LIES(&little, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11),
          "they lie %s", bytes_of(&little, 8));
    HOLDS(be64toh(big) == n && le64toh(little) == n, "%" PRIx64 " and %" PRIx64,
          be64toh(big), le64toh(little));
}

FACT(halves_can_be_exchanged,
     "two htonl(), the low half first, put 55 66 77 88 before 11 22 33 44")
{
    const uint64_t n = 0x1122334455667788;
    uint32_t low = htonl((uint32_t)n), high = htonl((uint32_t)(n >> 32));
    unsigned char p[8];

    memcpy(p, &low, 4);
    memcpy(p + 4, &high, 4);
    HOLDS(LIES(p, 0x55, 0x66, 0x77, 0x88, 0x11, 0x22, 0x33, 0x44),
          "they lie %s", bytes_of(p, 8));
}

/* --- Shifts ----------------------------------------------------------------
 */

FACT(shifts_give_the_same_bytes,
     "bytes put by shifts are the same on both machines, and are read so")
{
    static const char source[] =
        HEADS "int main(void)\n"
              "{\n"
              "    uint32_t n = 0x11223344, m;\n"
              "    unsigned char p[4] = {n >> 24, n >> 16, n >> 8, n};\n"
              "    show(p, 4);\n"
              "    m = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];\n"
              "    printf(\"%x\\n\", m);\n"
              "}\n";

    need_other_machine();
    expect_said(here(source), "11 22 33 44 \n11223344\n");
    expect_said(there(source), "11 22 33 44 \n11223344\n");
}

FACT(shifts_become_one_instruction,
     "four shifts that read 32 bits become one load and one exchange of "
     "bytes, or one instruction that does both")
{
    static const char source[] =
        "unsigned get(const unsigned char *p)\n"
        "{\n"
        "    return (unsigned)p[0] << 24 | (unsigned)p[1] << 16 |\n"
        "           (unsigned)p[2] << 8 | p[3];\n"
        "}\n";

    need_compiler();
#ifndef __x86_64__
    skip("its name is known for x86-64 only");
#endif
    struct outcome o = run_script("printf '%s' \"$1\" | cc -O2 -S -x c - -o -",
                                  source, "", "");
    HOLDS(o.status == 0 && strstr(o.said, "bswap") != NULL, "it made %s",
          o.said);
    HOLDS(strstr(o.said, "sal") == NULL && strstr(o.said, "shl") == NULL,
          "it made %s", o.said);
}

FACT(both_names_are_defined,
     "<endian.h> defines LITTLE_ENDIAN and BIG_ENDIAN on every machine; "
     "BYTE_ORDER says which it is")
{
#if !defined LITTLE_ENDIAN || !defined BIG_ENDIAN
    HOLDS(false, "one of the two is not defined");
#endif
    HOLDS(BYTE_ORDER == (is_little() ? LITTLE_ENDIAN : BIG_ENDIAN), "it is %d",
          BYTE_ORDER);
}

FACT(shift_in_int_fills_with_ones,
     "a byte from 0x80 on, shifted by 24 in int, makes the upper half of 64 "
     "bits all ones, and the sanitizer tells")
{
    static const char source[] =
        HEADS "int main(void)\n"
              "{\n"
              "    unsigned char p[4] = {0x90, 0, 0, 1};\n"
              "    uint64_t n = p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];\n"
              "    uint64_t m = (uint32_t)p[0] << 24 | p[1] << 16 |\n"
              "                 p[2] << 8 | p[3];\n"
              "    printf(\"%016llx %016llx\\n\", (unsigned long long)n,\n"
              "           (unsigned long long)m);\n"
              "}\n";

    need_compiler();
    expect_said(here(source), "ffffffff90000001 0000000090000001\n");
    struct outcome o = try_program("cc -w -fsanitize=undefined", source, "");
    HOLDS(strstr(o.said, "left shift of 144 by 24 places cannot be represented "
                         "in type 'int'") != NULL,
          "it said %s", o.said);
}

FACT(signed_char_swallows_its_neighbour,
     "0x1f and 0x90 read through signed char give 65424, not 8080")
{
    const signed char p[2] = {0x1f, (signed char)0x90};
    unsigned right = (unsigned)(uint8_t)p[0] << 8 | (uint8_t)p[1];
    uint16_t wrong = (uint16_t)(p[0] << 8 | p[1]);

    HOLDS(right == 8080, "it is %u", right);
    HOLDS(wrong == 65424, "it is %u", wrong);
}

FACT(minus_one_needs_its_type,
     "ff ff read as 16 bits and put into an int is 65535; by way of int16_t "
     "it is -1")
{
    const unsigned char p[2] = {0xff, 0xff};
    uint16_t bits = (uint16_t)(p[0] << 8 | p[1]);
    int direct = bits, by_type = (int16_t)bits;

    HOLDS(direct == 65535, "it is %d", direct);
    HOLDS(by_type == -1, "it is %d", by_type);
}

FACT(unsigned_and_back,
     "a signed number converted to unsigned of its size, and back, is itself")
{
    static const int32_t ends[] = {INT32_MIN, -1, 0, 1, INT32_MAX};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        HOLDS((int32_t)(uint32_t)ends[i] == ends[i], "%d becomes %d", ends[i],
              (int32_t)(uint32_t)ends[i]);
    for (int i = 0; i < MANY; i++) {
        int32_t n = (int32_t)(next_random() >> 32);
        HOLDS((int32_t)(uint32_t)n == n, "%d becomes %d", n,
              (int32_t)(uint32_t)n);
    }
    HOLDS((uint32_t)-2 == 0xfffffffe, "-2 is %x", (uint32_t)-2);
}

/* --- Structs ----------------------------------------------------------------
 */

struct reading {
    uint8_t type;
    uint32_t station;
    uint16_t battery;
    double value;
};

FACT(a_struct_has_holes,
     "a struct of 1, 4, 2 and 8 bytes takes 24, and nine of these are holes")
{
    const size_t members = 1 + 4 + 2 + 8;

    if (sizeof(void *) != 8)
        skip("this is about machines of 64 bits");
    HOLDS(sizeof(struct reading) == 24, "it takes %zu", sizeof(struct reading));
    HOLDS(sizeof(struct reading) - members == 9, "%zu are holes",
          sizeof(struct reading) - members);
    HOLDS(offsetof(struct reading, station) == 4 &&
              offsetof(struct reading, battery) == 8 &&
              offsetof(struct reading, value) == 16,
          "they are at %zu, %zu and %zu", offsetof(struct reading, station),
          offsetof(struct reading, battery), offsetof(struct reading, value));
}

FACT(holes_keep_what_was_there,
     "what was in the memory before stays in the holes, and two structs with "
     "equal members compare as different")
{
    struct reading one, two;

    memset(&one, 'S', sizeof one);
    memset(&two, 0, sizeof two);
    one.type = two.type = 1;
    one.station = two.station = 7;
    one.battery = two.battery = 9;
    one.value = two.value = 21.5;
    const unsigned char *p = (const unsigned char *)&one;
    HOLDS(LIES(p + 1, 'S', 'S', 'S'), "behind the type lies %s",
          bytes_of(p + 1, 3));
    HOLDS(memcmp(p, (const unsigned char *)&two, sizeof two) != 0,
          "they compare as equal");
}

#define READING                                                                \
    "struct reading { unsigned char type; unsigned station;"                   \
    " unsigned short battery; double value; };"

FACT(another_compiler_has_other_holes,
     "the same struct takes 20 bytes where the program is built for 32 bits")
{
    need_32_bits();
    HOLDS(compiler_finds("cc -m32", READING
                         "_Static_assert(sizeof(struct reading) == 20, \"\");"),
          "it does not take 20 bytes");
}

FACT(packed_keeps_the_order,
     "a packed struct has no holes, and its numbers lie as the machine has "
     "them")
{
    struct __attribute__((packed)) {
        uint8_t type;
        uint32_t station;
        uint16_t battery;
        double value;
    } r = {.station = 7};
    unsigned char p[sizeof r];

    need_little_endian();
    memcpy(p, &r, sizeof r);
    HOLDS(sizeof r == 15, "it takes %zu", sizeof r);
    HOLDS(LIES(p + 1, 7, 0, 0, 0), "the number lies %s", bytes_of(p + 1, 4));
}

FACT(long_has_two_sizes,
     "a long takes 8 bytes in a program of 64 bits, 4 in one of 32, and an "
     "int takes 4 in both")
{
    need_32_bits();
    HOLDS(compiler_finds("cc -m64", "_Static_assert(sizeof(long) == 8, \"\");"
                                    "_Static_assert(sizeof(int) == 4, \"\");"),
          "with 64 bits they have other sizes");
    HOLDS(compiler_finds("cc -m32", "_Static_assert(sizeof(long) == 4, \"\");"
                                    "_Static_assert(sizeof(int) == 4, \"\");"),
          "with 32 bits they have other sizes");
}

FACT(misaligned_cast_is_told,
     "a number read through a cast at an odd address comes out right here, "
     "and the sanitizer tells")
{
    static const char source[] =
        HEADS "int main(void)\n"
              "{\n"
              "    _Alignas(8) unsigned char p[8] = {1, 0, 0, 0, 7};\n"
              "    printf(\"%u\\n\", ntohl(*(uint32_t *)(p + 1)));\n"
              "}\n";

    need_compiler();
#ifndef __x86_64__
    skip("other processors may refuse it");
#endif
    expect_said(here(source), "7\n");
    struct outcome o = try_program("cc -w -fsanitize=undefined", source, "");
    HOLDS(strstr(o.said, "load of misaligned address") != NULL, "it said %s",
          o.said);
}

FACT(a_processor_may_refuse_it,
     "an x86-64 that is told to check alignment ends a misaligned load by "
     "SIGBUS")
{
#ifdef __x86_64__
    static _Alignas(8) unsigned char p[16];
    int status;

    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        /* The flag AC is set for this one load. */
        __asm__ volatile("pushfq\n\torl $0x40000, (%%rsp)\n\tpopfq\n\t"
                         "movl 1(%0), %%eax\n\t"
                         "pushfq\n\tandl $~0x40000, (%%rsp)\n\tpopfq"
                         :
                         : "r"(p)
                         : "eax", "cc", "memory");
        _exit(0);
    }
    must(waitpid(pid, &status, 0), "waitpid");
    if (WIFEXITED(status))
        skip("this processor does not check, though it was told to");
    HOLDS(WTERMSIG(status) == SIGBUS, "signal %d ended it", WTERMSIG(status));
#else
    skip("this is about x86-64");
#endif
}

FACT(memcpy_asks_for_no_alignment,
     "memcpy() reads a number at an odd address, the sanitizer is silent, and "
     "it becomes one load")
{
    static const char source[] =
        HEADS "unsigned get(const unsigned char *p)\n"
              "{\n"
              "    unsigned n;\n"
              "    memcpy(&n, p, sizeof n);\n"
              "    return n;\n"
              "}\n"
              "int main(void)\n"
              "{\n"
              "    _Alignas(8) unsigned char p[8] = {1, 0, 0, 0, 7};\n"
              "    printf(\"%u\\n\", ntohl(get(p + 1)));\n"
              "}\n";

    need_compiler();
    expect_said(try_program("cc -w -fsanitize=undefined", source, ""), "7\n");
    struct outcome o =
        run_script("printf '%s' \"$1\" | cc -w -O2 -S -x c - -o - | "
                   "sed -n '/^get:/,/ret/p'",
                   source, "", "");
    HOLDS(o.status == 0 && strstr(o.said, "get:") != NULL &&
              strstr(o.said, "memcpy") == NULL,
          "it made %s", o.said);
}

FACT(bit_fields_turn_round,
     "two bit-fields of four bits, 1 and 2, make the byte 21 on x86-64 and 12 "
     "on s390x")
{
    static const char source[] =
        HEADS "int main(void)\n"
              "{\n"
              "    struct { unsigned char a : 4, b : 4; } f = {1, 2};\n"
              "    show(&f, 1);\n"
              "}\n";

    need_other_machine();
    need_little_endian();
    expect_said(here(source), "21 \n");
    expect_said(there(source), "12 \n");
}

/* --- Floating point ---------------------------------------------------------
 */

static uint64_t bits_of(double d)
{
    uint64_t bits;

    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof d);
    return d;
}

FACT(a_cast_converts_the_value,
     "(uint64_t)1.5 is 1; the bits of 1.5, copied, are 3ff8000000000000")
{
    HOLDS((uint64_t)1.5 == 1, "it is %" PRIu64, (uint64_t)1.5);
    HOLDS(bits_of(1.5) == 0x3ff8000000000000, "they are %" PRIx64,
          bits_of(1.5));
}

FACT(floats_have_the_same_order,
     "the bytes of a double lie in the order of the machine's other numbers, "
     "and its bits are the same on both machines")
{
    static const char source[] =
        HEADS "int main(void)\n"
              "{\n"
              "    double d = 21.5;\n"
              "    uint64_t n;\n"
              "    memcpy(&n, &d, 8);\n"
              "    show(&d, 8);\n"
              "    printf(\"%llx\\n\", (unsigned long long)n);\n"
              "}\n";

    need_other_machine();
    need_little_endian();
    expect_said(here(source), "00 00 00 00 00 80 35 40 \n4035800000000000\n");
    expect_said(there(source), "40 35 80 00 00 00 00 00 \n4035800000000000\n");
}

FACT(every_bit_comes_back,
     "a double that goes by its bits comes back bit by bit: -0.0, infinity, "
     "NaN and whatever else")
{
    static const uint64_t special[] = {0x8000000000000000, 0x7ff0000000000000,
                                       0xfff0000000000000, 0x7ff8000000000000,
                                       0xfff8000000000001, 1};

    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        HOLDS(bits_of(from_bits(special[i])) == special[i],
              "%" PRIx64 " becomes %" PRIx64, special[i],
              bits_of(from_bits(special[i])));
    for (int i = 0; i < MANY; i++) {
        uint64_t bits = next_random();
        HOLDS(bits_of(from_bits(bits)) == bits, "%" PRIx64 " becomes %" PRIx64,
              bits, bits_of(from_bits(bits)));
    }
}

FACT(equal_is_not_the_same_bits,
     "-0.0 and 0.0 are equal and have other bits; a NaN has the bits it has "
     "and is not equal to itself")
{
    volatile double nan = NAN;

    HOLDS(-0.0 == 0.0 && bits_of(-0.0) != bits_of(0.0),
          "the bits are %" PRIx64 " and %" PRIx64, bits_of(-0.0), bits_of(0.0));
    HOLDS(!(nan == nan) && bits_of(nan) == bits_of(nan), "it is equal");
}

/* A random double that is a number. */
static double random_double(void)
{
    double d;

    do {
        d = from_bits(next_random());
    } while (!isfinite(d));
    return d;
}

/* Whether a double printed so is read back as another one. */
#define IS_LOST(format, d)                                                     \
    (snprintf(text, sizeof text, format, d),                                   \
     bits_of(strtod(text, NULL)) != bits_of(d))

FACT(seventeen_digits_come_back,
     "every double printed by %.17g or %a is read back bit by bit; by %g or "
     "%f most are not, nor is each by %.16g")
{
    int by_17 = 0, by_a = 0, by_16 = 0, by_g = 0;
    char text[512];

    for (int i = 0; i < FEWER; i++) {
        double d = random_double();
        by_17 += IS_LOST("%.17g", d);
        by_a += IS_LOST("%a", d);
        by_16 += IS_LOST("%.16g", d);
        by_g += IS_LOST("%g", d);
    }
    HOLDS(by_17 == 0 && by_a == 0, "%d and %d are lost", by_17, by_a);
    HOLDS(by_16 > 0, "by %%.16g none is lost");
    HOLDS(by_g > FEWER / 2, "by %%g %d are lost", by_g);
    HOLDS(!IS_LOST("%.17g", -0.0) && !IS_LOST("%a", -0.0), "-0.0 is lost");
    HOLDS(IS_LOST("%f", 1e-9), "by %%f a thousand-millionth comes back");
}

FACT(a_third_needs_seventeen,
     "0.1 + 0.2 printed by %.15g is 0.3, which is another number")
{
    volatile double tenth = 0.1;
    double sum = tenth + 0.2;
    char text[64];

    snprintf(text, sizeof text, "%.15g", sum);
    HOLDS(strcmp(text, "0.3") == 0, "it is %s", text);
    HOLDS(bits_of(strtod(text, NULL)) != bits_of(sum), "it comes back");
}

FACT(tiny_is_no_error,
     "strtod() says ERANGE for most doubles below the smallest normal one, and "
     "reads each of them bit by bit; too large is infinity, and ERANGE as well")
{
    int told = 0;
    char text[64];

    for (int i = 0; i < FEWER; i++) {
        uint64_t bits = next_random() >> 12; /* no exponent */
        snprintf(text, sizeof text, "%.17g", from_bits(bits));
        errno = 0;
        double d = strtod(text, NULL);
        told += errno == ERANGE;
        HOLDS(bits_of(d) == bits, "%s becomes %.17g", text, d);
    }
    HOLDS(told > FEWER / 2, "it said so of %d", told);
    errno = 0;
    HOLDS(isinf(strtod("1e309", NULL)) && errno == ERANGE, "errno is %d",
          errno);
}

FACT(long_double_differs,
     "a long double has 64 bits of precision on x86-64 and 113 on s390x, in "
     "16 bytes both")
{
    need_other_machine();
#ifdef __x86_64__
    HOLDS(compiler_finds("cc", "_Static_assert(__LDBL_MANT_DIG__ == 64 &&"
                               " sizeof(long double) == 16, \"\");"),
          "it is another one here");
#endif
    HOLDS(compiler_finds("s390x-linux-gnu-gcc",
                         "_Static_assert(__LDBL_MANT_DIG__ == 113 &&"
                         " sizeof(long double) == 16, \"\");"),
          "it is another one there");
}

/* --- A record ----------------------------------------------------------------
 */

FACT(a_length_wraps, "the length 65541 put into 16 bits is 5")
{
    volatile size_t length = 65541;

    HOLDS((uint16_t)length == 5, "it is %u", (uint16_t)length);
}

FACT(a_sum_wraps,
     "a position and a length of 32 bits can add up to less than the end, "
     "where the length is beyond all that is left")
{
    volatile uint32_t at = 16, length = 0xfffffff4, end = 64;

    HOLDS(at + length <= end, "the sum is %u", at + length);
    HOLDS(length > end - at, "%u are left", end - at);
}

FACT(bytes_are_not_characters,
     "strlen() counts bytes: it says 7 of five letters, two of which are not "
     "ASCII")
{
    HOLDS(strlen("Gr\xc3\xbc\xc3\x9f"
                 "e") == 7,
          "it says %zu",
          strlen("Gr\xc3\xbc\xc3\x9f"
                 "e"));
}

/* --- Text or binary
 * ----------------------------------------------------------- */

static unsigned count_digits(uint64_t n)
{
    unsigned digits = 1;

    while (n >= 10) {
        n /= 10;
        digits++;
    }
    return digits;
}

/* The mean number of decimal digits of all numbers from 0 to `last`. */
static double mean_digits(uint64_t last)
{
    double sum = 0;
    uint64_t from = 0, power = 10;

    for (unsigned digits = 1;; digits++, from = power, power *= 10) {
        bool is_end = last < power || power > UINT64_MAX / 10;
        uint64_t to = is_end ? last : power - 1;
        sum += ((double)(to - from) + 1) * digits;
        if (is_end)
            break;
    }
    return sum / ((double)last + 1);
}

FACT(random_numbers_have_9_7_digits,
     "32 random bits take 9.7 decimal digits on average")
{
    double mean = mean_digits(UINT32_MAX), sum = 0;

    HOLDS(mean > 9.7 && mean < 9.8, "they take %f", mean);
    for (int i = 0; i < MANY; i++)
        sum += count_digits((uint32_t)(next_random() >> 32));
    HOLDS(fabs(sum / MANY - mean) < 0.02, "%d of them take %f", MANY,
          sum / MANY);
}

FACT(small_numbers_are_shorter_as_text,
     "a number and a blank take fewer than 4 bytes below 100, more from 1000 "
     "on; fewer than 8 below a million, more from ten million on")
{
    HOLDS(count_digits(99) + 1 < 4 && count_digits(100) + 1 == 4 &&
              count_digits(999) + 1 == 4 && count_digits(1000) + 1 > 4,
          "99 takes %u", count_digits(99) + 1);
    HOLDS(count_digits(999999) + 1 < 8 && count_digits(9999999) + 1 == 8 &&
              count_digits(10000000) + 1 > 8,
          "999999 takes %u", count_digits(999999) + 1);
}

/* The bytes of a number with seven bits in each. */
static unsigned count_sevens(uint64_t n)
{
    unsigned bytes = 1;

    while (n >>= 7)
        bytes++;
    return bytes;
}

FACT(seven_bits_a_byte,
     "with seven bits in a byte a number takes one byte below 128, five at 32 "
     "bits, ten at 64")
{
    HOLDS(count_sevens(127) == 1 && count_sevens(128) == 2, "%u and %u",
          count_sevens(127), count_sevens(128));
    HOLDS(count_sevens(UINT32_MAX) == 5, "%u", count_sevens(UINT32_MAX));
    HOLDS(count_sevens(UINT64_MAX) == 10, "%u", count_sevens(UINT64_MAX));
}

static double least(double one, double other)
{
    return one < other ? one : other;
}

static void put_64(unsigned char *p, uint64_t n)
{
    for (int i = 7; i >= 0; i--, n >>= 8)
        p[i] = (unsigned char)n;
}

static uint64_t get_64(const unsigned char *p)
{
    uint64_t n = 0;

    for (int i = 0; i < 8; i++)
        n = n << 8 | p[i];
    return n;
}

FACT(text_takes_longer,
     "to print doubles by %.17g and read them by strtod() takes at least ten "
     "times as long as their bytes by shifts")
{
    static double numbers[FEWER];
    volatile uint64_t sum = 0;
    unsigned char bytes[8];
    char text[64];
    double by_text = 1e9, by_shifts = 1e9;

    for (int i = 0; i < FEWER; i++)
        numbers[i] = random_double();
    for (int round = 0; round < 5; round++) {
        double start = now();
        for (int i = 0; i < FEWER; i++) {
            snprintf(text, sizeof text, "%.17g", numbers[i]);
            sum = sum + bits_of(strtod(text, NULL));
        }
        by_text = least(by_text, now() - start);
        start = now();
        for (int i = 0; i < FEWER; i++) {
            put_64(bytes, bits_of(numbers[i]));
            __asm__ volatile("" : : "r"(bytes) : "memory"); /* really there */
            sum = sum + get_64(bytes);
        }
        by_shifts = least(by_shifts, now() - start);
    }
    HOLDS(by_text > 10 * by_shifts, "%.0f ns and %.1f ns",
          by_text * 1e6 / FEWER, by_shifts * 1e6 / FEWER);
}
