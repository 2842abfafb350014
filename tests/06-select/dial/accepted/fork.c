/* dial with a process for each target. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_TARGETS = 1000,
    US_PER_S = 1000 * 1000
};

struct target {
    const char *name;
    struct addrinfo *where;
    int fd;
};

static struct target targets[MAX_TARGETS];
static int ntargets, nopen;
static long long begun, end;

/* Whether s is a port: one to five decimal digits, at most 65535. */
static bool is_port(const char *s)
{
    size_t n = strlen(s);

    return n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
           strtol(s, NULL, 10) <= 65535;
}

/* Whether s is a number of seconds: digits, perhaps a point and more digits;
 * more than 0, and at most 3600. */
static bool is_seconds(const char *s)
{
    size_t n = strspn(s, "0123456789");

    if (n == 0)
        return false;
    if (s[n] == '.') {
        size_t fraction = strspn(s + n + 1, "0123456789");
        if (fraction == 0)
            return false;
        n += 1 + fraction;
    }
    return s[n] == '\0' && strtod(s, NULL) > 0 && strtod(s, NULL) <= 3600;
}

/* Microseconds on the clock that nobody sets. */
static long long now_us(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        err(1, "clock_gettime");
    return (long long)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

/* Splits "HOST:PORT" or "[HOST]:PORT" at its last colon: *host, which is to be
 * freed, and *port.  Ends the program when it is of another form. */
static void split_name(const char *name, char **host, const char **port)
{
    const char *colon = strrchr(name, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - name);
    bool brackets = n > 2 && name[0] == '[' && name[n - 1] == ']';

    *host = brackets ? strndup(name + 1, n - 2) : strndup(name, n);
    if (*host == NULL)
        err(1, "strndup");
    if (n == 0 || !is_port(colon + 1) || (!brackets && strchr(*host, ':')))
        errx(1, "\"%s\" is not of the form HOST:PORT", name);
    *port = colon + 1;
}

static const char *word_of(int reason)
{
    switch (reason) {
    case 0:
        return "open";
    case ECONNREFUSED:
        return "refused";
    case ETIMEDOUT:
        return "timed out";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "unreachable";
    default:
        return "failed";
    }
}

static void look_up(struct target *t, const char *name)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const char *port;
    char *host;

    split_name(name, &host, &port);
    *t = (struct target){.name = name, .fd = -1};
    int rc = getaddrinfo(host, port, &hints, &t->where);
    free(host);
    if (rc != 0) {
        warnx("%s: %s", name, gai_strerror(rc));
        t->where = NULL;
    }
}

static void prepare(int argc, char *argv[])
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s SECONDS HOST:PORT...\n", argv[0]);
        exit(2);
    }
    if (!is_seconds(argv[1]))
        errx(1, "\"%s\" is no limit", argv[1]);
    if (argc - 2 > MAX_TARGETS)
        errx(1, "more than %d targets", MAX_TARGETS);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 2; i < argc; i++)
        look_up(&targets[ntargets++], argv[i]);
    begun = now_us();
    end = begun + (long long)(strtod(argv[1], NULL) * US_PER_S);
}

static int finish(void)
{
    printf("total %lld ms\n", (now_us() - begun) / 1000);
    return nopen == ntargets ? 0 : 1;
}

/* A child dials, and its status is the reason. */
static int call_target(struct target *t)
{
    struct pollfd p;
    int reason, ready;
    socklen_t len = sizeof reason;

    if (t->where == NULL)
        return EINVAL;
    t->fd = socket(t->where->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (t->fd == -1)
        return errno;
    if (connect(t->fd, t->where->ai_addr, t->where->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    p = (struct pollfd){.fd = t->fd, .events = POLLOUT};
    do {
        long long left = end - now_us();
        ready = poll(&p, 1, left <= 0 ? 0 : (int)((left + 999) / 1000));
    } while (ready == -1 && errno == EINTR);
    if (ready == 0)
        return ETIMEDOUT;
    if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &reason, &len) == -1)
        return errno;
    return reason;
}

int main(int argc, char *argv[])
{
    static pid_t child[MAX_TARGETS];
    int status;

    prepare(argc, argv);
    for (int i = 0; i < ntargets; i++) {
        fflush(stdout);
        child[i] = fork();
        if (child[i] == 0)
            _exit(call_target(&targets[i]));
        if (child[i] == -1)
            err(1, "fork");
    }
    for (int left = ntargets; left > 0;) {
        pid_t pid = waitpid(-1, &status, 0);
        if (pid == -1 && errno == EINTR)
            continue;
        if (pid == -1)
            err(1, "wait");
        for (int i = 0; i < ntargets; i++)
            if (child[i] == pid) {
                int reason = WEXITSTATUS(status);
                if (strcmp(word_of(reason), "failed") == 0)
                    warnx("%s: %s", targets[i].name, strerror(reason));
                printf("%s %s\n", targets[i].name, word_of(reason));
                nopen += reason == 0;
                left--;
            }
    }
    return finish();
}
