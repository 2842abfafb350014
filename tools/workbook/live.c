#include "live.h"
#include "report.h"
#include "result.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

enum {
    MOST_TEXT = 80
};

/* The labs whose checkers are at work, with commas between. */
static void name_running(const struct live *live, char text[MOST_TEXT])
{
    size_t used = 0;

    *text = '\0';
    for (size_t i = 0; i < live->n; i++) {
        const struct trial *trial = &live->trials[i];
        if (!trial->runs || used + strlen(trial->lab->name) + 2 >= MOST_TEXT)
            continue;
        used += (size_t)snprintf(text + used, MOST_TEXT - used, "%s%s",
                                 used > 0 ? ", " : "", trial->lab->name);
    }
}

static size_t count_judged(const struct live *live)
{
    size_t judged = 0;

    for (size_t i = 0; i < live->n; i++)
        judged += live->trials[i].result != NULL;
    return judged;
}

/* A line that the next words are written over. */
static void print_line(const struct live *live)
{
    char running[MOST_TEXT];
    size_t judged = count_judged(live);

    if (judged == live->n)
        return;
    name_running(live, running);
    printf("  %zu of %zu judged; now ", judged, live->n);
    print_cut(stdout, running, strlen(running), 40);
    putchar('\r');
}

void show_live(void *data)
{
    struct live *live = data;
    int is_terminal = can_redraw();

    if (is_terminal)
        printf("\033[K");
    live->printed =
        print_chapters(live->course, live->printed, live->trials, live->n);
    if (is_terminal)
        print_line(live);
    fflush(stdout); /* also for who watches through a pipe */
}
