/* Where things lie, seen from the course's root folder. */
#ifndef WORKBOOK_PATHS_H
#define WORKBOOK_PATHS_H

#include "manifest.h"

#define BUILD_DIR "build/learn"
#define STARTERS "labs"
#define SOLUTIONS "solutions"
#define DESK "work"
#define DESK_BASE "work/.base"
#define DESK_BACKUP "work/.backup"

struct path {
    char text[512];
};

/* A path from a format; exits when it would not fit. */
struct path make_path(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* TREE/CHAPTER/NAME.c */
struct path source_path(const char *tree, const struct lab *lab);

/* The program that was made of the learner's file, and its checker. */
struct path program_path(const struct lab *lab);
struct path checker_path(const struct lab *lab);

#endif
