/* burst, accepted: a thread reads stdin into two buffers of 16 KiB in turn,
 * another sends them, with a poll() that comes back once a second. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    char bytes[16384];
    size_t n;
} buffers[2];
static sem_t empty, full;
static int fd = -1;
static long long total;
static int waited;

static void *read_all(void *unused)
{
    for (int i = 0;; i = !i) {
        ssize_t n;
        while (sem_wait(&empty) == -1)
            continue;
        do
            n = read(0, buffers[i].bytes, sizeof buffers[i].bytes);
        while (n == -1 && errno == EINTR);
        if (n == -1)
            err(1, "stdin");
        buffers[i].n = (size_t)n;
        sem_post(&full);
        if (n == 0)
            return unused;
    }
}

static void send_buffer(const char *at, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent >= 0) {
            at += sent;
            n -= (size_t)sent;
            total += sent;
        } else if (errno == EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            waited++;
            while (poll(&p, 1, 1000) <= 0)
                continue;
        } else if (errno != EINTR) {
            err(1, "send");
        }
    }
}

int main(int argc, char *argv[])
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    pthread_t reader;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0)
        errx(1, "no address for %s", argv[1]);
    for (; list != NULL; list = list->ai_next) {
        fd = socket(list->ai_family, SOCK_STREAM, 0);
        if (connect(fd, list->ai_addr, list->ai_addrlen) == 0)
            break;
        int saved = errno;
        close(fd);
        errno = saved;
    }
    if (list == NULL)
        err(1, "connect");
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    sem_init(&empty, 0, 2);
    sem_init(&full, 0, 0);
    if (pthread_create(&reader, NULL, read_all, NULL) != 0)
        errx(1, "no thread");
    for (int i = 0;; i = !i) {
        while (sem_wait(&full) == -1)
            continue;
        if (buffers[i].n == 0)
            break;
        send_buffer(buffers[i].bytes, buffers[i].n);
        sem_post(&empty);
    }
    pthread_join(reader, NULL);
    close(fd);
    printf("sent %lld bytes, waited %d times\n", total, waited);
    return 0;
}
