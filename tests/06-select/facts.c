/* What chapters/06-select.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/select.h>
#include <sys/time.h>

static void do_nothing(int signal)
{
    (void)signal;
}

FACT(select_is_not_restarted,
     "select() says EINTR, also after a handler with SA_RESTART")
{
    struct sigaction action = {.sa_handler = do_nothing,
                               .sa_flags = SA_RESTART};
    struct itimerval soon = {.it_value = {.tv_usec = 20 * 1000}};
    struct timeval late = {.tv_sec = 8};

    must(sigaction(SIGALRM, &action, NULL), "sigaction");
    must(setitimer(ITIMER_REAL, &soon, NULL), "setitimer");
    FAILS(select(0, NULL, NULL, NULL, &late), EINTR);
}
