/** @file redirect.h
 * Name lookup in a world of the case's own. */
#ifndef REDIRECT_H
#define REDIRECT_H

#include "tracer.h"

/** At the entry of open() or openat(): has /etc/hosts and /etc/nsswitch.conf
 * opened from where the case put its own. */
void redirect_open(struct task *task, const struct syscall_stop *stop);
/** Whether the call is a connect to the name service cache, which would
 * answer in the place of /etc/hosts. */
bool is_name_cache(const struct call_record *r);

#endif
