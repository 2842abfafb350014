/* foreign: does one thing, and is built for another machine as well.
 *
 *     foreign order|echo|spin|flood|overflow|stray|fork
 *
 * What a checker may meet when it runs a program by an emulator. */
#include <err.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int show_order(void)
{
    const uint16_t number = 0x1122;
    unsigned char bytes[2];

    memcpy(bytes, &number, sizeof bytes);
    printf("%02x %02x\n", bytes[0], bytes[1]);
    return 7;
}

static int echo(void)
{
    int c;

    while ((c = getchar()) != EOF)
        putchar(c);
    fprintf(stderr, "that was all\n");
    return 0;
}

static int overflow(void)
{
    volatile int most = INT_MAX;

    most++; /* UBSan sees it */
    return 0;
}

static int go_astray(void)
{
    const volatile char *volatile nowhere = (const char *)16;

    return *nowhere; /* no null pointer, of which UBSan would know */
}

/* A child that outlives it. */
static int leave_child(void)
{
    pid_t pid = fork();

    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        for (;;)
            pause();
    }
    return 0;
}

int main(int argc, char *argv[])
{
    const char *what = argc == 2 ? argv[1] : "";

    if (strcmp(what, "order") == 0)
        return show_order();
    if (strcmp(what, "echo") == 0)
        return echo();
    if (strcmp(what, "overflow") == 0)
        return overflow();
    if (strcmp(what, "stray") == 0)
        return go_astray();
    if (strcmp(what, "fork") == 0)
        return leave_child();
    while (strcmp(what, "spin") == 0)
        ;
    while (strcmp(what, "flood") == 0)
        puts("and more of it");
    return 2;
}
