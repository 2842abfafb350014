/* The status flags of stdin and stdout, which are shared with the shell: what
 * the checkers of deadline and burst ask alike. */
#ifndef FLAGS_H
#define FLAGS_H

#include "harness.h"

#include <fcntl.h>

/* The next program's stdin and stdout have a status flag from the start: who
 * sets flags without having read them loses it. */
static inline void streams_with_flags(void)
{
    stdin_with_flags(O_APPEND);
    stdout_with_flags(O_APPEND);
}

/* They are as they were when it began; `when` says until when. */
static inline void expect_flags_kept(struct subject *s, const char *when)
{
    static const char *const names[] = {"stdin", "stdout"};

    for (int fd = 0; fd <= 1; fd++) {
        int flags = status_flags(s, fd);
        expect((flags & (O_NONBLOCK | O_ASYNC)) == 0,
               text("%s as it was, %s", names[fd], when),
               text("%s set on it",
                    (flags & O_NONBLOCK) != 0 ? "O_NONBLOCK" : "O_ASYNC"),
               "The flag belongs to the open file description, which the shell "
               "and other programs share: they find %s changed now.",
               names[fd]);
        expect((flags & O_APPEND) != 0,
               text("%s with O_APPEND, as it was", names[fd]),
               "O_APPEND cleared",
               "F_SETFL sets all the status flags, and clears those that are "
               "not named. Read them first with F_GETFL, and add what you "
               "want; but those of %s are not yours to change.",
               names[fd]);
    }
}

#endif
