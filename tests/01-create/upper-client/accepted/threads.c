/* upper-client: two threads take turns.  The first reads stdin and sends, byte
 * by byte; the second receives and writes to stdout, and gives the turn back
 * when it has seen the newline. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
    int fd;
    bool over; /* nothing more will be sent */
    sem_t sent, answered;
    char failure[200];
} shared;

static bool failed(const char *what, const char *why)
{
    snprintf(shared.failure, sizeof shared.failure, "%s: %s", what, why);
    return false;
}

static void take(sem_t *turn)
{
    while (sem_wait(turn) == -1 && errno == EINTR)
        continue;
}

static bool receive_answer(void)
{
    static char bytes[512];
    struct iovec vector = {bytes, sizeof bytes};
    ssize_t n;

    do {
        n = readv(shared.fd, &vector, 1);
        if (n == -1)
            return failed("receiving", strerror(errno));
        if (n == 0)
            return failed("receiving", "the server ended before its answer");
        for (ssize_t done = 0, w; done < n; done += w) {
            w = write(STDOUT_FILENO, bytes + done, (size_t)(n - done));
            if (w == -1)
                return failed("writing", strerror(errno));
        }
    } while (memchr(bytes, '\n', (size_t)n) == NULL);
    return true;
}

static void *receiver(void *unused)
{
    bool good = true;

    while (good) {
        take(&shared.sent);
        if (shared.over)
            break;
        good = receive_answer();
        sem_post(&shared.answered);
    }
    return unused;
}

static bool send_bytes(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(shared.fd, p, n, MSG_NOSIGNAL);
        if (sent == -1)
            return failed("sending", strerror(errno));
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* Sends the lines of stdin, each when the one before is answered. */
static void sender(void)
{
    static char bytes[256];
    size_t n = 0;
    bool open_line = false;
    int c;

    while (shared.failure[0] == '\0') {
        c = getchar();
        if (c == EOF && ferror(stdin)) {
            failed("reading", strerror(errno));
            break;
        }
        if (c == EOF && !open_line)
            break;
        open_line = c != EOF && c != '\n';
        bytes[n++] = open_line ? (char)c : '\n';
        if (open_line && n < sizeof bytes)
            continue;
        if (!send_bytes(bytes, n))
            break;
        n = 0;
        if (!open_line) {
            sem_post(&shared.sent);
            take(&shared.answered);
        }
    }
}

static int connect_first(char *argv[])
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICSERV}, *list;

    hints.ai_socktype = SOCK_STREAM;
    int rc = getaddrinfo(argv[1], argv[2], &hints, &list);
    if (rc != 0) {
        failed(argv[1], rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
        return -1;
    }
    int fd = socket(list->ai_family, SOCK_STREAM, IPPROTO_TCP);
    if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen) < 0) {
        failed(argv[1], strerror(errno));
        close(fd);
        fd = -1;
    } else if (fd < 0) {
        failed("socket", strerror(errno));
    }
    freeaddrinfo(list);
    return fd;
}

static bool print_ends(void)
{
    struct sockaddr_storage end[2];
    socklen_t length[2] = {sizeof end[0], sizeof end[1]};
    char text[2][NI_MAXHOST + NI_MAXSERV + 4];

    if (getsockname(shared.fd, (struct sockaddr *)&end[0], &length[0]) < 0 ||
        getpeername(shared.fd, (struct sockaddr *)&end[1], &length[1]) < 0)
        return failed("addresses", strerror(errno));
    for (int i = 0; i < 2; i++) {
        char host[NI_MAXHOST], port[NI_MAXSERV];
        bool six = end[i].ss_family == AF_INET6;
        int rc = getnameinfo((struct sockaddr *)&end[i], length[i], host,
                             sizeof host, port, sizeof port,
                             NI_NUMERICHOST | NI_NUMERICSERV);
        if (rc != 0)
            return failed("addresses", gai_strerror(rc));
        snprintf(text[i], sizeof text[i], "%s%s%s:%s", six ? "[" : "", host,
                 six ? "]" : "", port);
    }
    fprintf(stderr, "connected from %s to %s\n", text[0], text[1]);
    return true;
}

static void talk(void)
{
    pthread_t thread;
    int rc;

    sem_init(&shared.sent, 0, 0);
    sem_init(&shared.answered, 0, 0);
    rc = pthread_create(&thread, NULL, receiver, NULL);
    if (rc != 0) {
        failed("thread", strerror(rc));
        return;
    }
    sender();
    shared.over = true;
    sem_post(&shared.sent);
    pthread_join(thread, NULL);
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fputs("usage: upper-client HOST PORT\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    size_t digits = strspn(argv[2], "0123456789");
    if (digits == 0 || digits > 5 || argv[2][digits] != '\0' ||
        atoi(argv[2]) > 65535) {
        failed(argv[2], "a port has at most five digits, and is up to 65535");
    } else {
        shared.fd = connect_first(argv);
        if (shared.fd != -1) {
            if (print_ends())
                talk();
            close(shared.fd);
        }
    }
    if (shared.failure[0] != '\0')
        fprintf(stderr, "%s\n", shared.failure);
    return shared.failure[0] != '\0';
}
