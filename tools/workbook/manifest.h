/* What the course consists of: the chapters and labs that CMake wrote into
 * build/learn/, in course order. */
#ifndef WORKBOOK_MANIFEST_H
#define WORKBOOK_MANIFEST_H

#include <stddef.h>

struct chapter {
    char *name;  /* 01-create */
    char *title; /* A socket is a file descriptor */
};

struct lab {
    char *chapter;  /* 01-create */
    char *name;     /* fetch: unique in the course */
    char *unsolved; /* the first case that the starter fails */
    char *title;    /* what it is about, from the starter's head */
};

struct course {
    struct chapter *chapters;
    size_t nchapters;
    struct lab *labs;
    size_t nlabs;
};

/* Reads the manifest; exits with a sentence when it cannot. */
void load_course(struct course *course);
void free_course(struct course *course);

/* The lab that a learner's word names: "fetch", "fetch.c",
 * "01-create/fetch", "work/01-create/fetch.c".  NULL when there is none. */
const struct lab *find_lab(const struct course *course, const char *word);

/* The chapter of that name, or NULL. */
const struct chapter *find_chapter(const struct course *course,
                                   const char *word);

#endif
