/* Whole files: read, compared, copied and replaced without a moment in which
 * half of one is there. */
#ifndef WORKBOOK_FILES_H
#define WORKBOOK_FILES_H

#include <stddef.h>

struct text {
    char *bytes; /* ends in '\0', which size does not count */
    size_t size;
};

/* Reads a whole file, or what was written to a descriptor.  Returns 0, or -1
 * with errno set.  The bytes are the caller's to free. */
int read_file(const char *path, struct text *text);
int read_descriptor(int fd, struct text *text);

/* Whether both files can be read and hold the same bytes. */
int same_content(const char *a, const char *b);

/* Makes the folder that a file is to lie in.  Returns 0, or -1 with errno. */
int make_parent(const char *path);

/* Copies a file to where none may be yet; that is EEXIST.  Returns 0, or -1
 * with errno set, and then nothing has changed. */
int copy_new(const char *from, const char *to);

/* Puts bytes in a file's place: on disk first, then renamed.  Returns 0, or
 * -1 with errno set, and then the old file is still there, whole. */
int replace_file(const char *path, const char *bytes, size_t size);

/* The same without waiting for the disk: for what can be found out again.
 * After a failure of the power the file may be there and empty. */
int replace_lightly(const char *path, const char *bytes, size_t size);

/* As replace_file(), with another file's content. */
int copy_over(const char *from, const char *to);

#endif
