/* Where the course lies, and whether this program is still the one that its
 * sources describe. */
#ifndef WORKBOOK_ROOT_H
#define WORKBOOK_ROOT_H

#include "paths.h"

/* Goes to the course's root folder, found from where this program lies.  If
 * the folder was moved since it was built, hands over to ./workbook there,
 * which sets it up anew. */
void enter_root(char **argv);

/* If a build has replaced this program, starts the new one in its place, as
 * this one was started. */
void follow_rebuild(char **argv);

/* The absolute root with a slash at its end, as compilers print it. */
const char *root_prefix(void);

/* Opens a file that the learner named, seen from where they stand. */
int open_from_start(const char *path, int flags);

/* The same file's name for a program that stands elsewhere. */
struct path path_from_start(const char *path);

#endif
