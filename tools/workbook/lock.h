/* Locks between several runners in one tree. */
#ifndef WORKBOOK_LOCK_H
#define WORKBOOK_LOCK_H

/* Takes the lock of that file, waiting for its holder, and says so on stderr
 * if `waiting` is not NULL.  Returns a descriptor; exits when the file cannot
 * be made.  Where the file system knows no locks, none is taken. */
int take_lock(const char *path, const char *waiting);

/* Lets others in who only look; a checker runs under it. */
void share_lock(int lock);
void drop_lock(int lock);

#endif
