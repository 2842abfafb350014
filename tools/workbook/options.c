#include "options.h"
#include "root.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* The checker's own options, and what follows. */
static const struct {
    const char *name;
    enum {
        NOTHING,
        VALUE,
        FILE_NAME
    } wants;
} passed_on[] = {
    {"--case", VALUE},      {"--seed", VALUE},     {"--trail", NOTHING},
    {"--exhaust", NOTHING}, {"--pcap", FILE_NAME}, {"--follow", NOTHING},
};

/* Takes an option for the checker.  Returns how many arguments it was. */
static int pass_on(struct options *options, char **argv)
{
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) {
        if (strcmp(argv[0], passed_on[i].name) != 0)
            continue;
        options->extra[options->nextra++] = argv[0];
        options->part |= strcmp(argv[0], "--case") == 0;
        if (passed_on[i].wants == NOTHING)
            return 1;
        if (!argv[1])
            errx(2, "%s wants a %s; see ./workbook help", argv[0],
                 passed_on[i].wants == VALUE ? "value" : "file");
        if (passed_on[i].wants == FILE_NAME)
            options->file = path_from_start(argv[1]);
        options->extra[options->nextra++] =
            passed_on[i].wants == VALUE ? argv[1] : options->file.text;
        return 2;
    }
    errx(2, "there is no option %s; see ./workbook help", argv[0]);
}

/* Takes one argument and what belongs to it.  Returns how many it was. */
static int read_option(struct options *options, char **argv)
{
    if (strcmp(argv[0], "--json") == 0) {
        options->json = 1;
        return 1;
    }
    if (strcmp(argv[0], "--problems") == 0) {
        options->problems = 1;
        return 1;
    }
    if (strcmp(argv[0], "--yes") == 0) /* the set-up's, done by now */
        return 1;
    if (strcmp(argv[0], "--junit") == 0) {
        options->junit = argv[1];
        if (!argv[1])
            errx(2, "--junit wants a file; see ./workbook help");
        return 2;
    }
    if (argv[0][0] == '-')
        return pass_on(options, argv);
    options->words[options->nwords++] = argv[0];
    return 1;
}

void read_options(struct options *options, int argc, char **argv)
{
    size_t room = (size_t)argc + 1;

    *options = (struct options){
        .words = calloc(room, sizeof *options->words),
        .extra = calloc(room, sizeof *options->extra),
    };
    if (!options->words || !options->extra)
        err(2, "out of memory");
    while (*argv && strcmp(*argv, "--") != 0)
        argv += read_option(options, argv);
    options->bare = *argv != NULL;
    for (argv += options->bare; *argv; argv++)
        options->extra[options->nextra++] = *argv;
}

void free_options(struct options *options)
{
    free(options->words);
    free(options->extra);
}
