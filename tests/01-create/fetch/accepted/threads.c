/* fetch: a thread receives into one growing buffer and says how far it has
 * come; the first thread sleeps on a condition and takes the answer out of it,
 * the head as soon as it is whole, the body as it grows. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_LIMIT = 16384,
    CHUNK = 2048
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t grown = PTHREAD_COND_INITIALIZER;
static char *received;
static size_t size;
static bool ended;
static int failure; /* the errno with which receiving ended */

static int problem(const char *what, const char *reason)
{
    fprintf(stderr, "fetch: %s: %s.\n", what, reason);
    return 1;
}

static void *receive(void *arg)
{
    const int *fd = arg;
    char chunk[CHUNK];
    ssize_t n;

    do {
        n = recv(*fd, chunk, sizeof chunk, 0);
        int error = errno;
        pthread_mutex_lock(&lock);
        if (n > 0) {
            char *more = realloc(received, size + (size_t)n);
            if (more != NULL) {
                received = more;
                memcpy(received + size, chunk, (size_t)n);
                size += (size_t)n;
            } else {
                error = errno;
                n = -1;
            }
        }
        failure = n == -1 ? error : 0;
        ended = n <= 0;
        pthread_cond_signal(&grown);
        pthread_mutex_unlock(&lock);
    } while (n > 0);
    return NULL;
}

/* Waits until more than n bytes have come.  False if no more will come. */
static bool more_than(size_t n)
{
    while (size <= n && !ended)
        pthread_cond_wait(&grown, &lock);
    return size > n;
}

static const char *why_ended(void)
{
    return failure != 0 ? strerror(failure) : "the server closed too early";
}

/* Finds a field of the head.  NULL if there is none. */
static const char *field(const char *head, const char *name)
{
    size_t n = strlen(name);

    while ((head = strstr(head, "\r\n")) != NULL) {
        head += 2;
        if (strncasecmp(head, name, n) == 0 && head[n] == ':')
            return head + n + 1;
    }
    return NULL;
}

/* Writes the body, which begins at `begin`.  Called with the lock. */
static int write_body(size_t begin, bool limited, uint64_t length)
{
    uint64_t done = 0;

    while ((!limited || done < length) && more_than(begin + (size_t)done)) {
        char copy[CHUNK];
        size_t n = size - begin - (size_t)done;

        if (n > sizeof copy)
            n = sizeof copy;
        if (limited && n > length - done)
            n = (size_t)(length - done);
        memcpy(copy, received + begin + done, n);
        pthread_mutex_unlock(&lock);
        ssize_t written = write(STDOUT_FILENO, copy, n);
        int error = errno;
        pthread_mutex_lock(&lock);
        if (written == -1)
            return problem("stdout", strerror(error));
        done += (uint64_t)written;
    }
    if ((limited && done < length) || (!limited && failure != 0))
        return problem("the body is not whole", why_ended());
    return 0;
}

/* Takes the answer.  Returns the exit status.  Called with the lock. */
static int take_answer(void)
{
    const char *end = NULL;
    size_t looked = 0;
    uint64_t length = 0;

    while (end == NULL) {
        if (looked >= HEAD_LIMIT)
            return problem("the head", "it has no end within 16,384 bytes");
        if (!more_than(looked))
            return problem("the head is not whole", why_ended());
        looked = size < HEAD_LIMIT ? size : HEAD_LIMIT;
        end = memmem(received, looked, "\r\n\r\n", 4);
    }

    size_t begin = (size_t)(end - received) + 4;
    char *head = strndup(received, begin - 4);
    if (head == NULL)
        return problem("the head", strerror(errno));
    int status = 0, used = 0;
    sscanf(head, "HTTP/1.%*1[0-9] %3d%n", &status, &used);
    if (used != 12 || isdigit((unsigned char)head[12])) {
        free(head);
        return problem("the answer", "it is not HTTP/1");
    }
    fprintf(stderr, "%.*s\n", (int)strcspn(head, "\r"), head);
    const char *value = field(head, "Content-Length");
    bool limited = value != NULL;
    if (limited) {
        int digits = 0;
        value += strspn(value, " \t");
        sscanf(value, "%18[0-9]%n", (char[20]){0}, &digits);
        length = strtoull(value, NULL, 10);
        value += digits;
        value += strspn(value, " \t");
        if (digits == 0 || (*value != '\r' && *value != '\0')) {
            free(head);
            return problem("Content-Length", "it is not a number");
        }
    }
    free(head);
    int rc = write_body(begin, limited, length);
    return rc != 0 || status < 200 || status > 299;
}

static int talk(int fd, const char *host, const char *port, const char *path)
{
    pthread_t thread;
    char *request = NULL;
    size_t n;

    FILE *memory = open_memstream(&request, &n);
    if (memory == NULL)
        return problem("the request", strerror(errno));
    fprintf(memory, "GET %s HTTP/1.0\r\nHost: ", path);
    fprintf(memory, strchr(host, ':') == NULL ? "%s" : "[%s]", host);
    fprintf(memory, ":%s\r\n\r\n", port);
    fclose(memory);
    for (size_t done = 0; done < n;) {
        ssize_t written = write(fd, request + done, n - done);
        if (written == -1) {
            free(request);
            return problem("the request", strerror(errno));
        }
        done += (size_t)written;
    }
    free(request);

    int rc = pthread_create(&thread, NULL, receive, &fd);
    if (rc != 0)
        return problem("thread", strerror(rc));
    pthread_mutex_lock(&lock);
    rc = take_answer();
    pthread_mutex_unlock(&lock);
    shutdown(fd, SHUT_RDWR); /* so that the thread ends */
    pthread_join(thread, NULL);
    free(received);
    return rc;
}

int main(int argc, char *argv[])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list, *source = NULL;
    int fd = -1, error = 0, rc;

    if (argc != 4 && (argc != 6 || strcmp(argv[1], "--source") != 0)) {
        fprintf(stderr, "Usage: %s [--source ADDR] HOST PORT PATH\n", argv[0]);
        return 2;
    }
    char **arg = argv + argc - 3;
    size_t digits = strspn(arg[1], "0123456789");
    if (digits < 1 || digits > 5 || arg[1][digits] != '\0' ||
        strtol(arg[1], NULL, 10) > 65535)
        return problem(arg[1], "not a number from 0 to 65535");
    signal(SIGPIPE, SIG_IGN);
    if (argc == 6) {
        hints.ai_flags = AI_NUMERICHOST;
        rc = getaddrinfo(argv[2], "0", &hints, &source);
        if (rc != 0)
            return problem(argv[2], gai_strerror(rc));
        hints.ai_flags = 0;
        hints.ai_family = source->ai_family;
    }
    rc = getaddrinfo(arg[0], arg[1], &hints, &list);
    if (rc == EAI_SYSTEM)
        return problem(arg[0], strerror(errno));
    if (rc != 0)
        return problem(arg[0], gai_strerror(rc));

    for (struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (fd != -1 && ((source != NULL && bind(fd, source->ai_addr,
                                                 source->ai_addrlen) == -1) ||
                         connect(fd, ai->ai_addr, ai->ai_addrlen) == -1)) {
            error = errno;
            close(fd);
            fd = -1;
        } else if (fd == -1) {
            error = errno;
        }
    }
    freeaddrinfo(list);
    if (source != NULL)
        freeaddrinfo(source);
    if (fd == -1)
        return problem(arg[0], strerror(error));
    rc = talk(fd, arg[0], arg[1], arg[2]);
    close(fd);
    return rc;
}
