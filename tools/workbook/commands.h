/* The commands.  Each takes the whole command line, argv[1] being its own
 * name if it was given, and returns the exit status: 0; 1 when a lab fails;
 * 2 when something is wrong with the request or the machine. */
#ifndef WORKBOOK_COMMANDS_H
#define WORKBOOK_COMMANDS_H

#include "manifest.h"

/* check.c */
int check_command(struct course *course, int argc, char **argv);
/* docs.c */
int docs_command(struct course *course, int argc, char **argv);
/* hint.c */
int hint_command(struct course *course, int argc, char **argv);
/* list.c */
int list_command(struct course *course, int argc, char **argv);
/* merge.c */
int merge_command(struct course *course, int argc, char **argv);
/* reset.c */
int reset_command(struct course *course, int argc, char **argv);
/* solution.c */
int solution_command(struct course *course, int argc, char **argv);

#endif
