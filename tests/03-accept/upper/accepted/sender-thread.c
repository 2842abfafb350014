/* upper, accepted: a thread sends and the first one receives, with two buffers
 * between them. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int port_ok(const char *s)
{
    int v = 0, n = 0;

    for (; *s != '\0'; s++, n++) {
        if (n == 5 || *s < '0' || *s > '9')
            return 0;
        v = v * 10 + (*s - '0');
    }
    return n > 0 && v <= 65535;
}

/* Writes "WORD ADDR:PORT" in one piece. */
static void tell(const char *word, const struct sockaddr *sa)
{
    char text[INET6_ADDRSTRLEN], line[128];
    int n;

    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 s;
        memcpy(&s, sa, sizeof s);
        inet_ntop(AF_INET6, &s.sin6_addr, text, sizeof text);
        n = snprintf(line, sizeof line, "%s [%s]:%d\n", word, text,
                     ntohs(s.sin6_port));
    } else {
        struct sockaddr_in s;
        memcpy(&s, sa, sizeof s);
        inet_ntop(AF_INET, &s.sin_addr, text, sizeof text);
        n = snprintf(line, sizeof line, "%s %s:%d\n", word, text,
                     ntohs(s.sin_port));
    }
    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        err(1, "stdout");
}

static int open_listener(const char *host, const char *port, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV},
                    *list;
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int fd = -1, on = 1, why = 0;

    if (!port_ok(port))
        errx(1, "%s: %s is no port", host, port);
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "%s port %s: %s", host, port, gai_strerror(rc));
    for (struct addrinfo *a = list; a != NULL && fd == -1; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | flags, 0);
        if (fd != -1 &&
            (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
             bind(fd, a->ai_addr, a->ai_addrlen) == -1 ||
             listen(fd, SOMAXCONN) == -1)) {
            why = errno;
            close(fd);
            fd = -1;
        } else if (fd == -1)
            why = errno;
    }
    freeaddrinfo(list);
    if (fd == -1)
        errx(1, "%s port %s: %s", host, port, strerror(why));
    if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
        err(1, "getsockname");
    tell("listening on", (struct sockaddr *)&ss);
    return fd;
}

static struct {
    char bytes[3000];
    size_t n;
} box[2];
static sem_t empty, full;
static int client, broken;

static void *sender(void *unused)
{
    for (int i = 0;; i ^= 1) {
        while (sem_wait(&full) == -1)
            ;
        if (box[i].n == 0)
            return unused;
        for (size_t done = 0; done < box[i].n && !broken;) {
            ssize_t n = write(client, box[i].bytes + done, box[i].n - done);
            if (n == -1 && errno != EINTR) {
                __atomic_store_n(&broken, 1, __ATOMIC_SEQ_CST);
                shutdown(client, SHUT_RD);
            } else if (n > 0)
                done += (size_t)n;
        }
        sem_post(&empty);
    }
}

static void serve(int fd)
{
    pthread_t t;
    ssize_t n;

    client = fd;
    broken = 0;
    sem_init(&empty, 0, 2);
    sem_init(&full, 0, 0);
    if ((errno = pthread_create(&t, NULL, sender, NULL)) != 0) {
        warn("pthread_create");
        return;
    }
    for (int i = 0;; i ^= 1) {
        while (sem_wait(&empty) == -1)
            ;
        do
            n = read(fd, box[i].bytes, sizeof box[i].bytes);
        while (n == -1 && errno == EINTR);
        for (ssize_t k = 0; k < n; k++)
            box[i].bytes[k] =
                (char)(box[i].bytes[k] -
                       (box[i].bytes[k] >= 'a' && box[i].bytes[k] <= 'z') *
                           ('a' - 'A'));
        box[i].n = n > 0 ? (size_t)n : 0;
        sem_post(&full);
        if (n <= 0)
            break;
    }
    pthread_join(t, NULL);
    sem_destroy(&empty);
    sem_destroy(&full);
}

int main(int argc, char **argv)
{
    sigset_t set;
    struct sockaddr_storage from;

    if (argc != 3)
        return fprintf(stderr, "usage: upper HOST PORT\n"), 2;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int lfd = open_listener(argv[1], argv[2], 0);
    for (;;) {
        socklen_t len = sizeof from;
        int fd = accept(lfd, (struct sockaddr *)&from, &len);
        if (fd == -1) {
            if (errno == EBADF || errno == EFAULT || errno == EINVAL ||
                errno == ENOTSOCK)
                err(1, "accept");
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                errno == ENOMEM)
                usleep(30000);
            continue;
        }
        tell("caller", (struct sockaddr *)&from);
        serve(fd);
        close(fd);
    }
}
