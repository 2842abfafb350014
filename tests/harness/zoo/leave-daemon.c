/* leave-daemon: delivers, and leaves a daemon behind: forked twice, in a
 * session of its own, out of the directory, deaf to SIGTERM.
 *
 * Fails: none
 */
#include "deliver.h"

#include <signal.h>

static void become_daemon(void)
{
    setsid();
    if (fork() != 0)
        _exit(0);
    if (chdir("/") == -1)
        err(1, "chdir");
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    (void)argc;
    if (fork() == 0)
        become_daemon();
    return deliver(argv);
}
