#include "commands.h"
#include "files.h"
#include "paths.h"
#include "process.h"
#include "root.h"
#include "site.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDEX SITE "/index.html"
#define BOOK DOCS_DIR "/book"
#define TRYING "Trying what " /* as cmake/AddLab.cmake says it */

/* Runs a step; when it fails, shows all that it wrote. */
static int run_step(const char *const argv[])
{
    int fd = open_scratch("docs"), status = run(argv, fd, fd);
    struct text text;

    if (status != 0 && read_descriptor(fd, &text) == 0) {
        fputs(text.bytes, stderr);
        free(text.bytes);
    }
    close(fd);
    return status;
}

/* Says what takes long before it does: claims that are new, or were not tried
 * here before.  An error that ninja has now it has again, and is told then. */
static void announce_facts(void)
{
    static const char *const renew[] = {"ninja", "-C", DOCS_DIR, "build.ninja",
                                        NULL};
    static const char *const plan[] = {"ninja", "-C",   DOCS_DIR,
                                       "-n",    "docs", NULL};
    int fd = open_scratch("plan"), n = 0;
    struct text text;

    run(renew, fd, fd); /* a plan that is out of date has no claims */
    if (run(plan, fd, fd) == 0 && read_descriptor(fd, &text) == 0) {
        for (const char *p = text.bytes; (p = strstr(p, TRYING)) != NULL; p++)
            n++;
        free(text.bytes);
    }
    close(fd);
    if (n > 0)
        printf("First, what %d chapter%s is tried on this machine.\n"
               "That takes up to a minute, once.\n",
               n, n == 1 ? " claims" : "s claim");
    fflush(stdout);
}

/* New pages know nothing of the learner yet. */
static void show_progress(void)
{
    struct state state;

    open_state(&state);
    tell_site(&state);
    close_state(&state);
}

static void build_site(void)
{
    static const char *const build[] = {"ninja",   "-C",   DOCS_DIR,
                                        "--quiet", "docs", NULL};

    announce_facts();
    if (run_step(build) != 0)
        errx(2, "the site could not be built");
    show_progress();
    printf("The site is built: file://%s%s\n", root_prefix(), INDEX);
}

static void build_book(void)
{
    static const char *const build[] = {"ninja",   "-C",   DOCS_DIR,
                                        "--quiet", "book", NULL};

    puts("Setting the pages takes about a minute.");
    fflush(stdout);
    if (run_step(build) != 0)
        errx(2, "the book could not be made");
    printf("The book is in %s%s: workbook.pdf, workbook.epub, and\n"
           "workbook.html, one page for printing.\n",
           root_prefix(), BOOK);
}

int docs_command(struct course *course, int argc, char **argv)
{
    static const char *const configure[] = {"cmake", "--preset", "docs", NULL};
    int book = argc == 3 && strcmp(argv[2], "--book") == 0;

    (void)course;
    if (argc > 2 && !book)
        errx(2, "usage: ./workbook docs [--book]");
    if (access(DOCS_DIR "/build.ninja", F_OK) == -1 && run_step(configure) != 0)
        errx(2, "the site could not be prepared");
    if (book)
        build_book();
    else
        build_site();
    return 0;
}
