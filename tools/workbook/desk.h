/* The learner's desk: work/, made from labs/ file by file. */
#ifndef WORKBOOK_DESK_H
#define WORKBOOK_DESK_H

#include "manifest.h"
#include "paths.h"

/* Puts every file that is missing on the desk.  What is there is never
 * overwritten; where each copy came from is kept in work/.base/.  Exits with
 * a sentence when the desk cannot be written. */
void prepare_desk(const struct course *course);

/* Lets a file that the learner has not touched follow an update of the
 * course, and says so when they have touched it. */
void follow_update(const struct lab *lab);

/* Whether the learner's file is the starter as it came. */
int is_untouched(const struct lab *lab);

/* Whether the starter has changed since the learner began to. */
int has_update(const struct lab *lab);

/* Keeps a copy of the learner's file, and returns its name. */
struct path keep_copy(const struct lab *lab);

#endif
