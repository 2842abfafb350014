#define _GNU_SOURCE
#include "terminal.h"
#include "../show.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* A screen of our own without a cursor, and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

enum {
    MOST_BYTES = 256 /* of keys, in one look */
};

static struct termios usual;
static int is_taken;
static unsigned taken;

int has_terminal(void)
{
    return isatty(STDIN_FILENO) && can_redraw();
}

void write_terminal(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, text, size);
        if (n == -1 && errno != EINTR)
            return; /* reading will tell that it is gone */
        text += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
}

/* Ctrl-C and Ctrl-Z go on being signals. */
void take_terminal(void)
{
    struct termios raw;

    if (is_taken || tcgetattr(STDIN_FILENO, &usual) == -1)
        return;
    raw = usual;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    write_terminal(ENTER, strlen(ENTER));
    is_taken = 1;
    taken++;
}

void give_terminal(void)
{
    if (!is_taken)
        return;
    write_terminal(LEAVE, strlen(LEAVE));
    tcsetattr(STDIN_FILENO, TCSADRAIN, &usual);
    is_taken = 0;
}

unsigned times_taken(void)
{
    return taken;
}

struct size terminal_size(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_row == 0 ||
        size.ws_col == 0)
        return (struct size){24, 80};
    return (struct size){size.ws_row, size.ws_col};
}

/* The keys that terminals send as more than one byte, behind ESC. */
static const struct {
    const char *bytes;
    int key;
} sequences[] = {
    {"[A", KEY_UP},   {"[B", KEY_DOWN},     {"OA", KEY_UP},
    {"OB", KEY_DOWN}, {"[5~", KEY_PAGE_UP}, {"[6~", KEY_PAGE_DOWN},
    {"[H", KEY_HOME}, {"[F", KEY_END},      {"OH", KEY_HOME},
    {"OF", KEY_END},  {"[1~", KEY_HOME},    {"[4~", KEY_END},
};

/* Parameters of a sequence and what may follow them: ECMA-48, 5.4. */
#define PARAMETERS "0123456789:;<=>?"
#define INTERMEDIATES " !\"#$%&'()*+,-./"

/* The length of a sequence that is not known, behind its ESC. */
static size_t skip_sequence(const char *bytes)
{
    size_t n = 1;

    if (bytes[0] != '[' && bytes[0] != 'O')
        return 0;
    n += strspn(bytes + n, PARAMETERS);
    n += strspn(bytes + n, INTERMEDIATES);
    return n + (bytes[n] != '\0');
}

/* Takes one key off the bytes; returns how many it was. */
static size_t take_key(const char *bytes, int *key)
{
    *key = (unsigned char)bytes[0];
    if (*key == '\n')
        *key = KEY_ENTER;
    if (*key == '\b')
        *key = KEY_ERASE;
    if (*key != KEY_ESCAPE)
        return 1;
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        size_t n = strlen(sequences[i].bytes);
        if (strncmp(bytes + 1, sequences[i].bytes, n) != 0)
            continue;
        *key = sequences[i].key;
        return 1 + n;
    }
    if (skip_sequence(bytes + 1) > 0)
        *key = KEY_NONE;
    return 1 + skip_sequence(bytes + 1);
}

int read_keys(int keys[], int most)
{
    char bytes[MOST_BYTES];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes - 1);
    int n = 0;

    if (size == -1)
        return errno == EINTR || errno == EAGAIN ? 0 : -1;
    bytes[size] = '\0';
    for (const char *p = bytes; *p && n < most; n++)
        p += take_key(p, &keys[n]);
    return n;
}
