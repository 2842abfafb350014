/* The checker of labs/01-create/resolve.c: names from a hosts file of its
 * own, so that it knows what must come out. */
#define _GNU_SOURCE
#include "harness.h"

#include <string.h>

/* IPv4 addresses that the resolver keeps in the order of the file: none is
 * nearer to this host than another (RFC 6724, rule 9). */
static const char hosts[] = "127.0.0.9 one.test\n"
                            "127.0.0.12 three.test\n"
                            "127.0.0.10 three.test\n"
                            "127.0.0.14 three.test\n"
                            "::1 six.test\n"
                            "127.0.0.9 both.test\n"
                            "::1 both.test\n";

static struct subject *start_resolve(const char *host, const char *port)
{
    struct subject *s = start(host, port, NULL);

    give_hosts(s, hosts);
    return s;
}

static void expect_lines(struct subject *s, const char *lines, const char *why)
{
    expect_output(s, lines, strlen(lines), "%s", why);
    expect_exit(s, 0, "When the addresses are printed, all is well.");
}

/* Nothing on stdout, one sentence on stderr, status 1. */
static void expect_refusal(struct subject *s, const char *part, const char *why)
{
    expect_exit(s, 1, "%s", why);
    expect_output(s, "", 0, "%s", why);
    expect_complaint(s, part, "%s", why);
}

CASE("once-each", "each address comes once", READ("what-you-ask-for"),
     HINTS("How often does the same address come, and why as often as that?",
           "See ai_socktype in getaddrinfo(3).",
           "Set hints.ai_socktype to SOCK_STREAM."))
{
    expect_lines(start_resolve("one.test", "7"), "127.0.0.9:7\n",
                 "The name has one address. Without a type in the hints the "
                 "list holds it once for each type of socket.");
}

CASE("digits", "an address in digits is printed with its port",
     READ("and-back-to-text"),
     HINTS("The program runs as it is. What does it print for 127.0.0.1 80?",
           "See getnameinfo(3), NI_NUMERICHOST and NI_NUMERICSERV.",
           "getnameinfo() turns the socket address back into digits; print "
           "them as ADDR:PORT."))
{
    /* Two bytes that differ, so that their order shows. */
    const char *port = text("%u", 256 * (1 + chance_below(200)) + 250);

    expect_lines(start_resolve("127.0.0.1", port), text("127.0.0.1:%s\n", port),
                 "An address in digits needs no look-up: the list has this "
                 "one address.");
}

CASE("no-such-name", "a resolver's error is told in the resolver's words",
     READ("it-has-errors-of-its-own"),
     HINTS("Does the sentence on stderr tell why there is no address?",
           "See gai_strerror(3) and the return value of getaddrinfo(3).",
           "errx(1, \"%s: %s\", host, gai_strerror(rc)) when rc is not 0: "
           "errno has nothing to say, except for EAI_SYSTEM."))
{
    expect_refusal(start_resolve("nobody.test", "80"),
                   "Name or service not known",
                   "getaddrinfo() returns its error and leaves errno alone, "
                   "so perror() and err() tell something else. Its words "
                   "come from gai_strerror().");
}

CASE("all-addresses", "every address is printed, in the resolver's order",
     READ("from-a-name-to-addresses"),
     HINTS("How many addresses may a name have?",
           "See ai_next in getaddrinfo(3).",
           "for (ai = list; ai != NULL; ai = ai->ai_next)"))
{
    expect_lines(start_resolve("three.test", "7"),
                 "127.0.0.12:7\n127.0.0.10:7\n127.0.0.14:7\n",
                 "The name has three addresses. getaddrinfo() gives a linked "
                 "list in the order in which a client should try them.");
}

CASE("ipv6", "an IPv6 address stands in brackets", READ("and-back-to-text"),
     HINTS("Where does the address end and the port begin in ::1:80?",
           "See ai_family in getaddrinfo(3).",
           "When ai->ai_family is AF_INET6, print \"[%s]:%s\"."))
{
    need_ipv6();
    expect_lines(start_resolve("six.test", "443"), "[::1]:443\n",
                 "An IPv6 address has colons of its own, so brackets mark "
                 "where it ends (RFC 3986).");
    expect_lines(start_resolve("both.test", "80"), "[::1]:80\n127.0.0.9:80\n",
                 "This name has an address of each family. Each entry of the "
                 "list has its own family and length: ask the entry, not the "
                 "head of the list.");
}

CASE("bad-ports", "what is no port is refused", READ("the-port-is-not-checked"),
     HINTS("Which strings does is_port() let through?",
           "getaddrinfo(3) checks less than one thinks; see the chapter.",
           "One to five digits and nothing else, and no more than 65535."))
{
    static const char *const bad[] = {"65536", "+80", " 80"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refusal(start_resolve("127.0.0.1", bad[i]), NULL,
                       text("%s is no port. getaddrinfo() would take some of "
                            "these, and wrap what is too large: look at the "
                            "string yourself.",
                            quoted(bad[i], strlen(bad[i]), 20)));
}

CASE("usage", "wrong usage ends with status 2", READ("the-labs"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    struct subject *s = start("127.0.0.1", NULL);

    expect_usage(s, "Without exactly two arguments there is nothing to do.");
}
