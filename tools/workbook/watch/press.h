/* What each key does. */
#ifndef WATCH_PRESS_H
#define WATCH_PRESS_H

#include "session.h"

void press_key(struct session *session, int key, size_t window);

/* The line of keys at the bottom, and a shorter one. */
const char *told_keys(const struct session *session);
const char *told_few(const struct session *session);

#endif
