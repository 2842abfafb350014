/* puppet: does what its arguments say, one call after the other.
 *
 *     puppet VERB[:WORD[:WORD]]...
 *
 * Each verb is one call on the newest socket, and prints one line: the verb,
 * then the result or the name of the errno, then bytes that came.  So a
 * checker can script any program it likes, and read what that program was
 * told. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fd = -1;  /* the newest socket */
static int lfd = -1; /* the one that listens */
static char bytes[1 << 18];

static long receive_bytes(size_t n)
{
    ssize_t got = recv(fd, bytes, n, 0);

    bytes[got > 0 ? got : 0] = '\0';
    return got;
}

static long read_pieces(size_t n)
{
    struct iovec pieces[2] = {{bytes, n}, {bytes + n, n}};
    ssize_t got = readv(fd, pieces, 2);

    bytes[got > 0 ? got : 0] = '\0';
    return got;
}

static long write_pieces(char *one, char *two)
{
    struct iovec pieces[2] = {{one, strlen(one)}, {two, strlen(two)}};

    return writev(fd, pieces, 2);
}

static long send_message(char *one)
{
    struct iovec piece = {one, strlen(one)};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};

    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* Passes its stdin. */
static long pass_stdin(void)
{
    const int in = STDIN_FILENO;
    struct iovec piece = {bytes, 1};
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof in)];
    } control = {.bytes = ""};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);

    bytes[0] = '!';
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof in);
    memcpy(CMSG_DATA(c), &in, sizeof in);
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* Takes what is passed, and keeps it open: how many there were. */
static long take_passed(int flags)
{
    struct iovec piece = {bytes, 1};
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};

    if (recvmsg(fd, &message, flags) == -1)
        return -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    return c == NULL ? 0 : (long)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
}

static long listen_here(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    lfd = socket(AF_INET, SOCK_STREAM, 0);
    if (lfd == -1 || bind(lfd, (struct sockaddr *)&a, sizeof a) == -1)
        return -1;
    return listen(lfd, 5);
}

/* Says that it listens, as servers do; whether it is true is another matter. */
static long claim(int port)
{
    printf("listening on 127.0.0.1:%d\n", port);
    return 0;
}

/* Listens and says so. */
static long serve(void)
{
    struct sockaddr_in a;
    socklen_t n = sizeof a;

    if (listen_here() == -1 ||
        getsockname(lfd, (struct sockaddr *)&a, &n) == -1)
        return -1;
    return claim(ntohs(a.sin_port));
}

/* Sends back what comes until there is no more. */
static long echo(void)
{
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
        if (send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n)
            return -1;
    bytes[0] = '\0'; /* they were no string */
    return close(fd);
}

static long connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    int rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0)
        errx(1, "%s", gai_strerror(rc));
    fd = socket(list->ai_family, SOCK_STREAM, 0);
    rc = connect(fd, list->ai_addr, list->ai_addrlen);
    freeaddrinfo(list);
    return rc;
}

static long connect_path(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    strncpy(un.sun_path, path, sizeof un.sun_path - 1);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&un, sizeof un);
}

/* Listens at a path, or at an abstract name behind "@", and says so. */
static long serve_at(const char *where)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t n = strnlen(where, sizeof un.sun_path);
    size_t len = offsetof(struct sockaddr_un, sun_path) + n + (*where != '@');

    memcpy(un.sun_path, where, n);
    if (*where == '@')
        un.sun_path[0] = '\0';
    lfd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(lfd, (struct sockaddr *)&un, (socklen_t)len) == -1 ||
        listen(lfd, 0) == -1)
        return -1;
    printf("listening on %s\n", where);
    return 0;
}

/* Who has called: the process; the user is printed behind it. */
static long identify_caller(void)
{
    struct ucred c;
    socklen_t n = sizeof c;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) == -1)
        return -1;
    snprintf(bytes, sizeof bytes, "%u", (unsigned)c.uid);
    return c.pid;
}

static long ask_datagram(const char *port, const char *words)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)atoi(port)),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (sendto(fd, words, strlen(words), 0, (struct sockaddr *)&a, sizeof a) ==
        -1)
        return -1;
    return receive_bytes(sizeof bytes - 1);
}

static volatile sig_atomic_t handled; /* signals */

static void on_signal(int signal)
{
    (void)signal;
    handled++;
}

static long handle_signal(int signal, int flags)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};

    return sigaction(signal, &action, NULL);
}

static long sleep_ms(long milliseconds, int times)
{
    struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    long rc = nanosleep(&t, NULL);

    for (int i = 1; i < times; i++)
        rc = nanosleep(&t, NULL);
    return rc;
}

static long fork_child(int milliseconds)
{
    pid_t pid = fork();

    if (pid == 0) {
        sleep_ms(milliseconds, 1);
        _exit(0);
    }
    return pid > 0 ? 0 : -1;
}

/* The kernel kills this process then: no call of anybody's does. */
static void die_after(long microseconds)
{
    struct sigevent kill = {.sigev_notify = SIGEV_SIGNAL,
                            .sigev_signo = SIGKILL};
    struct itimerspec t = {.it_value.tv_nsec = microseconds * 1000};
    timer_t timer;

    if (timer_create(CLOCK_MONOTONIC, &kill, &timer) == -1 ||
        timer_settime(timer, 0, &t, NULL) == -1)
        err(1, "timer");
}

static void *end_at_once(void *nothing)
{
    return nothing;
}

static void have_thread(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, end_at_once, NULL) == 0)
        pthread_join(thread, NULL);
}

static void have_child(void)
{
    if (fork() == 0)
        _exit(0);
    wait(NULL);
}

/* Has children or threads, one after the other, until it is killed. */
static _Noreturn void breed(void (*have_one)(void), long microseconds)
{
    die_after(microseconds);
    for (int i = 0; i < 1000; i++)
        have_one();
    _exit(0);
}

/* So many times: a child is killed while it is busy having children or threads,
 * and the last of these has ended. */
static long kill_breeders(int times)
{
    char c;
    int alive[2];

    for (int i = 0; i < times; i++) {
        if (pipe(alive) == -1)
            return -1;
        pid_t pid = fork();
        if (pid == 0)
            breed(i % 2 == 0 ? have_child : have_thread, 300 + 17 * i);
        close(alive[1]);
        if (pid == -1 || waitpid(pid, NULL, 0) == -1 ||
            read(alive[0], &c, 1) != 0)
            return -1;
        close(alive[0]);
    }
    return times;
}

static long become(char *path)
{
    char *argv[] = {path, NULL};
    pid_t pid = fork();

    if (pid == 0) {
        execv(path, argv);
        _exit(127);
    }
    return pid == -1 || waitpid(pid, NULL, 0) == -1 ? -1 : 0;
}

static long start_thread(intptr_t more);

/* Starts so many others, and waits for ever. */
static void *be_thread(void *more)
{
    for (intptr_t i = (intptr_t)more; i > 0; i--)
        start_thread(0);
    pause();
    return NULL;
}

static long start_thread(intptr_t more)
{
    pthread_t thread;

    errno = pthread_create(&thread, NULL, be_thread, (void *)more);
    return errno == 0 ? 0 : -1;
}

static long burn(long milliseconds)
{
    clock_t end = clock() + milliseconds * (CLOCKS_PER_SEC / 1000);

    while (clock() < end)
        continue;
    return 0;
}

static long read_stdin(void)
{
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes - 1);

    bytes[n > 0 ? n : 0] = '\0';
    return n;
}

/* How long TCP tries to get through. */
static long lose_patience(int milliseconds)
{
    return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
                      sizeof milliseconds);
}

static long flood(void)
{
    ssize_t n;

    while ((n = send(fd, bytes, sizeof bytes, MSG_NOSIGNAL)) > 0)
        continue;
    return n;
}

static long take_error(void)
{
    int error = 0;
    socklen_t n = sizeof error;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == -1 ? -1 : error;
}

static long print_many(int n)
{
    for (int i = 0; i < n; i++)
        putchar('x');
    return n;
}

static long accept_one(void)
{
    fd = accept(lfd, NULL, NULL);
    return fd == -1 ? -1 : 0;
}

static long open_socket(void)
{
    fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}

/* Does one verb; its words may be empty strings. */
static long act(const char *verb, char *one, char *two)
{
    if (strcmp(verb, "socket") == 0)
        return open_socket();
    if (strcmp(verb, "error") == 0)
        return take_error();
    if (strcmp(verb, "listen") == 0)
        return listen_here();
    if (strcmp(verb, "serve") == 0)
        return serve();
    if (strcmp(verb, "serve-at") == 0)
        return serve_at(one);
    if (strcmp(verb, "caller") == 0)
        return identify_caller();
    if (strcmp(verb, "claim") == 0)
        return claim(atoi(one));
    if (strcmp(verb, "echo") == 0)
        return echo();
    if (strcmp(verb, "exec") == 0)
        return become(one);
    if (strcmp(verb, "accept") == 0)
        return accept_one();
    if (strcmp(verb, "connect") == 0)
        return connect_to(one, two);
    if (strcmp(verb, "connect-path") == 0)
        return connect_path(one);
    if (strcmp(verb, "ask") == 0)
        return ask_datagram(one, two);
    if (strcmp(verb, "recv") == 0)
        return receive_bytes((size_t)atoi(one));
    if (strcmp(verb, "readv") == 0)
        return read_pieces((size_t)atoi(one));
    if (strcmp(verb, "send") == 0)
        return send(fd, one, strlen(one), MSG_NOSIGNAL);
    if (strcmp(verb, "write") == 0)
        return write(fd, one, strlen(one));
    if (strcmp(verb, "writev") == 0)
        return write_pieces(one, two);
    if (strcmp(verb, "sendmsg") == 0)
        return send_message(one);
    if (strcmp(verb, "pass-stdin") == 0)
        return pass_stdin();
    if (strcmp(verb, "take") == 0)
        return take_passed(*one != '\0' ? MSG_CMSG_CLOEXEC : 0);
    if (strcmp(verb, "end") == 0)
        return shutdown(fd, SHUT_WR);
    if (strcmp(verb, "close") == 0)
        return close(fd);
    if (strcmp(verb, "stdin") == 0)
        return read_stdin();
    if (strcmp(verb, "nonblock") == 0)
        return fcntl(atoi(one), F_SETFL, O_NONBLOCK);
    if (strcmp(verb, "patience") == 0)
        return lose_patience(atoi(one));
    if (strcmp(verb, "flood") == 0)
        return flood();
    if (strcmp(verb, "print") == 0)
        return print_many(atoi(one));
    if (strcmp(verb, "handle") == 0)
        return handle_signal(atoi(one), *two != '\0' ? SA_RESTART : 0);
    if (strcmp(verb, "handled") == 0)
        return handled;
    if (strcmp(verb, "kill-breeders") == 0)
        return kill_breeders(atoi(one));
    if (strcmp(verb, "fork") == 0)
        return fork_child(atoi(one));
    if (strcmp(verb, "thread") == 0)
        return start_thread(atoi(one));
    if (strcmp(verb, "leave") == 0)
        pthread_exit(NULL);
    if (strcmp(verb, "burn") == 0)
        return burn(atoi(one));
    if (strcmp(verb, "sleep") == 0)
        return sleep_ms(atoi(one), atoi(two));
    if (strcmp(verb, "alarm") == 0)
        return alarm((unsigned)atoi(one));
    if (strcmp(verb, "pause") == 0)
        return pause();
    if (strcmp(verb, "complain") == 0)
        return fprintf(stderr, "%s\n", one);
    if (strcmp(verb, "exit") == 0)
        exit(atoi(one));
    errx(2, "no verb %s", verb);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        char none[] = "", *one = none, *two = none, *rest = argv[i];
        const char *verb = strsep(&rest, ":");

        if (rest != NULL)
            one = strsep(&rest, ":");
        if (rest != NULL)
            two = rest;
        bytes[0] = '\0';
        long result = act(verb, one, two);
        if (strncmp(verb, "serve", strlen("serve")) == 0 && result == 0)
            continue; /* it has said it in a server's words */
        if (result == -1)
            printf("%s %s\n", verb, strerrorname_np(errno));
        else
            printf("%s %ld%s%s\n", verb, result, *bytes ? " " : "", bytes);
    }
    return 0;
}
