/** @file streams.h
 * The subject's stdin, stdout and stderr, from our end. */
#ifndef STREAMS_H
#define STREAMS_H

#include "subject.h"

#include <poll.h>

/** Makes the three pipes; theirs[] are the subject's ends of stdin, stdout
 * and stderr.  Ours never block. */
void open_streams(struct subject *s, int theirs[3]);
/** Moves what can be moved now, for all subjects. */
void move_streams(void);
/** Adds our ends to a poll set of room for `most`; how many were added. */
size_t poll_streams(struct pollfd *fds, size_t most);
/** The subject has ended: notes how it has left its streams, and reads what it
 * had still to say. */
void settle_streams(struct subject *s);
/** Whether stdout and stderr have both been closed by everybody. */
bool streams_ended(const struct subject *s);
void close_streams(struct subject *s);

#endif
