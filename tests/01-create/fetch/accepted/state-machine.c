/* fetch: one byte after the other goes through a state machine, which knows
 * the line in the head and the place in the body.  The socket does not block:
 * poll() waits.  The sockets of the addresses that refused are closed together
 * once the search is over. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum state {
    IN_LINE,    /* within the head */
    AFTER_CR,   /* CR */
    LINE_ENDED, /* CR LF */
    LAST_CR,    /* CR LF CR */
    IN_BODY,    /* behind the head */
    COMPLETE    /* the body is whole */
};

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static struct {
    enum state state;
    char head[16384];
    size_t used;
    int status;
    bool counted;  /* the body's length is known */
    uint64_t left; /* of the body, if counted */
} answer;

static char output[8192];
static size_t waiting; /* bytes in output */

static void complain(const char *what, const char *why)
{
    dprintf(STDERR_FILENO, "fetch: %s: %s\n", what, why);
}

static void flush_output(void)
{
    size_t done = 0;

    while (done < waiting) {
        ssize_t n = write(STDOUT_FILENO, output + done, waiting - done);
        if (n == -1) {
            complain("stdout", strerror(errno));
            exit(1);
        }
        done += (size_t)n;
    }
    waiting = 0;
}

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
    flush_output();
    complain(what, why);
    exit(1);
}

static void await(int fd, short events)
{
    struct pollfd p = {fd, events, 0};

    if (poll(&p, 1, -1) == -1)
        give_up("poll", strerror(errno));
}

/* Reads a port; -1 if it is none. */
static int parse_port(const char *s)
{
    size_t n = strlen(s);
    int port = 0;

    if (n == 0 || n > 5)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)s[i]))
            return -1;
        port = port * 10 + s[i] - '0';
    }
    return port <= 65535 ? port : -1;
}

/* Fills in an address from digits; false if they are none. */
static bool parse_source(const char *s, union address *a)
{
    memset(a, 0, sizeof *a);
    a->any.sa_family = strchr(s, ':') != NULL ? AF_INET6 : AF_INET;
    if (a->any.sa_family == AF_INET6)
        return inet_pton(AF_INET6, s, &a->six.sin6_addr) == 1;
    return inet_pton(AF_INET, s, &a->four.sin_addr) == 1;
}

static socklen_t length_of(const union address *a)
{
    return a->any.sa_family == AF_INET6 ? sizeof a->six : sizeof a->four;
}

/* Returns 0 once the socket is connected, or the reason why it is not. */
static int try_address(int fd, const union address *to,
                       const union address *source)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (source != NULL && bind(fd, &source->any, length_of(source)) == -1)
        return errno;
    if (connect(fd, &to->any, length_of(to)) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    await(fd, POLLOUT);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
        return errno;
    return error;
}

static int find_server(const char *host, int port, const union address *source)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int tried[64], count = 0, reached = -1, error = 0;

    int rc = getaddrinfo(host, NULL, &hints, &list);
    if (rc != 0)
        give_up(host, rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    for (struct addrinfo *ai = list; ai != NULL && reached == -1;
         ai = ai->ai_next) {
        union address to;

        if (ai->ai_addrlen > sizeof to ||
            (source != NULL && ai->ai_family != source->any.sa_family))
            continue;
        memcpy(&to, ai->ai_addr, ai->ai_addrlen);
        if (to.any.sa_family == AF_INET6)
            to.six.sin6_port = htons((uint16_t)port);
        else
            to.four.sin_port = htons((uint16_t)port);

        int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (fd == -1) {
            error = errno;
            continue;
        }
        error = try_address(fd, &to, source);
        if (error == 0)
            reached = fd;
        else if (count < 64)
            tried[count++] = fd;
        else
            close(fd);
    }
    while (count > 0)
        close(tried[--count]);
    freeaddrinfo(list);
    if (reached == -1)
        give_up(host, error != 0 ? strerror(error)
                                 : "no address of the source's family");
    return reached;
}

static void send_text(int fd, const char *s)
{
    size_t left = strlen(s);

    while (left > 0) {
        await(fd, POLLOUT);
        ssize_t n = send(fd, s, left, MSG_NOSIGNAL);
        if (n == -1 && errno != EAGAIN)
            give_up("the request could not be sent", strerror(errno));
        if (n > 0) {
            s += n;
            left -= (size_t)n;
        }
    }
}

static void request(int fd, char *host, char *port, char *path)
{
    const char *piece[] = {
        "GET ", path,      " HTTP/1.0\r\nHost: ", "[", host, "]", ":",
        port,   "\r\n\r\n"};
    char *whole, *end;
    size_t size = 1;

    if (strchr(host, ':') == NULL)
        piece[3] = piece[5] = "";
    for (size_t i = 0; i < sizeof piece / sizeof piece[0]; i++)
        size += strlen(piece[i]);
    whole = end = malloc(size);
    if (whole == NULL)
        give_up("the request", strerror(errno));
    for (size_t i = 0; i < sizeof piece / sizeof piece[0]; i++)
        end = stpcpy(end, piece[i]);
    send_text(fd, whole);
    free(whole);
}

/* One line of the head, without its CR LF. */
static void take_field(const char *line)
{
    const char *colon = strchr(line, ':');
    uint64_t value = 0;

    if (answer.counted || colon == NULL || colon - line != 14 ||
        strncasecmp(line, "content-length", 14) != 0)
        return;
    const char *s = colon + 1 + strspn(colon + 1, " \t");
    const char *first = s;
    for (; isdigit((unsigned char)*s); s++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
            give_up("Content-Length", "the number is too large");
    }
    if (s == first || s[strspn(s, " \t")] != '\0')
        give_up("Content-Length", "this is not a number");
    answer.left = value;
    answer.counted = true;
}

/* The head is whole: tells the status, and looks for the length. */
static void take_head(void)
{
    char *line = answer.head;
    const char form[] = "HTTP/1.# ###";

    line[strcspn(line, "\r")] = '\0';
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == '#' ? !isdigit((unsigned char)line[i])
                           : line[i] != form[i])
            give_up("the head", "it begins with no status line");
    }
    if (line[12] != ' ' && line[12] != '\0')
        give_up("the head", "its status is no number of three digits");
    answer.status = atoi(line + 9);
    dprintf(STDERR_FILENO, "%s\n", line);

    /* Each line ends with CR LF; an empty one is the last. */
    for (line += strlen(line) + 2; *line != '\r';) {
        char *end = strstr(line, "\r\n");
        if (end == NULL)
            break;
        *end = '\0';
        take_field(line);
        line = end + 2;
    }
    answer.state = answer.counted && answer.left == 0 ? COMPLETE : IN_BODY;
}

static void take_byte(char c)
{
    if (answer.state == COMPLETE)
        return;
    if (answer.state == IN_BODY) {
        if (waiting == sizeof output)
            flush_output();
        output[waiting++] = c;
        if (answer.counted && --answer.left == 0)
            answer.state = COMPLETE;
        return;
    }

    if (answer.used == sizeof answer.head)
        give_up("the head", "longer than 16,384 bytes");
    answer.head[answer.used++] = c;
    if (c == '\r')
        answer.state = answer.state == LINE_ENDED ? LAST_CR : AFTER_CR;
    else if (c == '\n' && answer.state == AFTER_CR)
        answer.state = LINE_ENDED;
    else if (c == '\n' && answer.state == LAST_CR)
        take_head();
    else
        answer.state = IN_LINE;
}

static void receive(int fd)
{
    char bytes[4096];

    while (answer.state != COMPLETE) {
        await(fd, POLLIN);
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n == -1 && errno == EAGAIN)
            continue;
        if (n == -1)
            give_up("receiving", strerror(errno));
        if (n == 0)
            break;
        for (ssize_t i = 0; i < n; i++)
            take_byte(bytes[i]);
    }
    if (answer.state < IN_BODY)
        give_up("the head", "it is cut short");
    if (answer.state == IN_BODY && answer.counted)
        give_up("the body", "it is cut short");
    flush_output();
}

int main(int argc, char *argv[])
{
    union address source;
    bool from = argc == 6 && strcmp(argv[1], "--source") == 0;
    char **arg = from ? argv + 3 : argv + 1;

    if (argc != 4 && !from) {
        dprintf(STDERR_FILENO, "Usage: fetch [--source ADDR] HOST PORT PATH\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int port = parse_port(arg[1]);
    if (port == -1)
        give_up(arg[1], "this is no port");
    if (from && !parse_source(argv[2], &source))
        give_up(argv[2], "this is no address in digits");

    int fd = find_server(arg[0], port, from ? &source : NULL);
    request(fd, arg[0], arg[1], arg[2]);
    receive(fd);
    close(fd);
    return answer.status / 100 == 2 ? 0 : 1;
}
