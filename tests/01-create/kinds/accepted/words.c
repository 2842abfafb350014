/* kinds: the table is a text; its words are looked up in one dictionary while
 * the program walks over it.  Each socket is wrapped by fdopen() and given
 * back by fclose(), and each line leaves by write(2) at once. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char table[] = "AF_INET SOCK_STREAM 0\n"
                      "AF_INET SOCK_STREAM IPPROTO_TCP\n"
                      "AF_INET SOCK_STREAM IPPROTO_UDP\n"
                      "AF_INET SOCK_DGRAM 0\n"
                      "AF_INET SOCK_DGRAM IPPROTO_UDP\n"
                      "AF_INET SOCK_DGRAM IPPROTO_TCP\n"
                      "AF_INET SOCK_DGRAM IPPROTO_ICMP\n"
                      "AF_INET SOCK_RAW 0\n"
                      "AF_INET SOCK_RAW IPPROTO_ICMP\n"
                      "AF_INET SOCK_SEQPACKET 0\n"
                      "AF_INET SOCK_RDM 0\n"
                      "AF_INET6 SOCK_STREAM 0\n"
                      "AF_INET6 SOCK_DGRAM 0\n"
                      "AF_UNIX SOCK_STREAM 0\n"
                      "AF_UNIX SOCK_STREAM IPPROTO_TCP\n"
                      "AF_UNIX SOCK_DGRAM 0\n"
                      "AF_UNIX SOCK_SEQPACKET 0\n"
                      "AF_UNIX SOCK_RAW 0\n"
                      "AF_PACKET SOCK_RAW 0\n"
                      "AF_UNSPEC SOCK_STREAM 0";

struct word {
    const char *text;
    int value;
};

static const struct word dictionary[] = {
    {"0", 0},
    {"AF_INET", AF_INET},
    {"AF_INET6", AF_INET6},
    {"AF_PACKET", AF_PACKET},
    {"AF_UNIX", AF_UNIX},
    {"AF_UNSPEC", AF_UNSPEC},
    {"IPPROTO_ICMP", IPPROTO_ICMP},
    {"IPPROTO_TCP", IPPROTO_TCP},
    {"IPPROTO_UDP", IPPROTO_UDP},
    {"SOCK_DGRAM", SOCK_DGRAM},
    {"SOCK_RAW", SOCK_RAW},
    {"SOCK_RDM", SOCK_RDM},
    {"SOCK_SEQPACKET", SOCK_SEQPACKET},
    {"SOCK_STREAM", SOCK_STREAM},
};

#define NAME(e) [e] = #e
static const char *const error_name[] = {
    NAME(EACCES),     NAME(EAFNOSUPPORT),    NAME(EINVAL),
    NAME(EMFILE),     NAME(ENFILE),          NAME(ENOBUFS),
    NAME(ENOMEM),     NAME(EPERM),           NAME(EPROTONOSUPPORT),
    NAME(EPROTOTYPE), NAME(ESOCKTNOSUPPORT),
};

static int compare(const void *key, const void *element)
{
    return strcmp(key, ((const struct word *)element)->text);
}

static int value_of(const char *text)
{
    const size_t count = sizeof dictionary / sizeof dictionary[0];
    const struct word *w =
        bsearch(text, dictionary, count, sizeof dictionary[0], compare);

    return w == NULL ? -1 : w->value;
}

static void give_back(int s)
{
    FILE *stream = fdopen(s, "r+");

    if (stream == NULL)
        close(s);
    else
        fclose(stream);
}

int main(int argc, char *argv[])
{
    const size_t names = sizeof error_name / sizeof error_name[0];
    char *rows = table, *row;

    if (argc > 1) {
        fprintf(stderr, "%s takes no argument\n", argv[0]);
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN);

    while ((row = strsep(&rows, "\n")) != NULL) {
        char copy[64], *save;

        strcpy(copy, row);
        const char *family = strtok_r(copy, " ", &save);
        const char *type = strtok_r(NULL, " ", &save);
        const char *protocol = strtok_r(NULL, " ", &save);

        char line[96];
        int n, s;

        s = socket(value_of(family), value_of(type), value_of(protocol));
        if (s != -1) {
            give_back(s);
            n = snprintf(line, sizeof line, "%s ok\n", row);
        } else if (errno >= 0 && (size_t)errno < names &&
                   error_name[errno] != NULL) {
            n = snprintf(line, sizeof line, "%s %s\n", row, error_name[errno]);
        } else {
            n = snprintf(line, sizeof line, "%s errno %d\n", row, errno);
        }
        if (write(1, line, (size_t)n) != n) {
            perror("the table could not be written");
            exit(1);
        }
    }
    exit(0);
}
