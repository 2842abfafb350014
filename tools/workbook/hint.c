#include "build.h"
#include "choose.h"
#include "commands.h"
#include "desk.h"
#include "judge.h"
#include "kept.h"
#include "result.h"
#include "root.h"
#include "show.h"
#include "state.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The hints of a case, as its checker lists them; NULL when it has none. */
static const cJSON *find_tiers(const cJSON *list, const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(list, "cases"))
    {
        if (strcmp(text_of(item, "id"), id) == 0)
            return cJSON_GetObjectItem(item, "hints");
    }
    return NULL;
}

static void print_tier(const cJSON *tiers, int i)
{
    const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(tiers, i));

    printf("  Hint %d of %d\n", i + 1, cJSON_GetArraySize(tiers));
    print_wrapped(stdout, 4, text ? text : "");
    putchar('\n');
}

/* Shows the first hint that was not given yet, or all when none is left.
 * Returns whether a new one was given. */
static int print_next(const cJSON *tiers, int given, const char *lab)
{
    int all = cJSON_GetArraySize(tiers), left = all - given - 1;

    if (given >= all) {
        printf("  You have had them all; here they are again.\n\n");
        for (int i = 0; i < all; i++)
            print_tier(tiers, i);
        return 0;
    }
    print_tier(tiers, given);
    if (left == 0) {
        printf("  That was the last one.\n");
        return 1;
    }
    printf("  %d more: ", left);
    print_way(stdout, 'h', "hint", lab);
    putchar('\n');
    return 1;
}

/* Gives the next hint for the case that fails.  Returns the exit status. */
static int give_hint(const struct lab *lab, const cJSON *failure)
{
    const char *id = text_of(failure, "id");
    cJSON *list = list_cases(lab);
    const cJSON *tiers = find_tiers(list, id);
    struct state state;
    int rc;

    printf("%s   %s: ", lab->name, id);
    print_cut(stdout, text_of(failure, "title"),
              strlen(text_of(failure, "title")),
              75 - strlen(lab->name) - strlen(id));
    printf("\n\n");
    if (cJSON_GetArraySize(tiers) == 0) {
        printf("  There is no hint for this case.\n");
        cJSON_Delete(list);
        return 0;
    }
    if (strcmp(text_of(failure, "cause"), "crash") == 0)
        printf("  It crashes, which comes first; this is for afterwards.\n\n");
    open_state(&state);
    if (print_next(tiers, count_hints(&state, lab->name, id), lab->name))
        note_hint(&state, lab->name, id);
    rc = close_state(&state);
    cJSON_Delete(list);
    return rc == -1 ? 2 : 0;
}

/* The verdict of the program as it stands: the last check's, if it was of
 * this one. */
static void judge_lab(struct trial *trial, char **argv)
{
    int lock = build_trials(trial, 1);

    follow_rebuild(argv);
    if (!trial->broken)
        trial->result = kept_verdict(trial->lab);
    if (!trial->result) {
        judge_trials(trial, 1, &(struct judging){.text = TEXT_NONE});
        keep_verdicts(trial, 1);
    }
    end_build(lock);
}

int hint_command(struct course *course, int argc, char **argv)
{
    struct trial trial = {.lab = want_only_lab(course, argc, argv)};
    int status = 0;

    prepare_desk(course);
    judge_lab(&trial, argv);
    if (trial.broken && is_watched())
        errx(1, "%s does not compile; Esc shows where", trial.lab->name);
    if (trial.broken)
        errx(1, "%s does not compile; ./workbook check %s shows where",
             trial.lab->name, trial.lab->name);
    if (passes(trial.result))
        printf("%s passes: it needs no hint.\n", trial.lab->name);
    else if (first_failure(trial.result))
        status = give_hint(trial.lab, first_failure(trial.result));
    else
        errx(2, "%s could not be judged; ./workbook check %s says why",
             trial.lab->name, trial.lab->name);
    free_trial(&trial);
    return status;
}
