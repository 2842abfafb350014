/* use-threads: delivers from one of several threads, with the others about.
 *
 * Fails: none
 */
#include "deliver.h"

#include <pthread.h>

static void *wait_for_signal(void *unused)
{
    pause();
    return unused;
}

static void *deliver_in_thread(void *argv)
{
    int status = deliver(argv);

    if (status != 0)
        return NULL;
    exit(0);
}

int main(int argc, char **argv)
{
    pthread_t thread;

    (void)argc;
    for (int i = 0; i < 4; i++)
        if (pthread_create(&thread, NULL, wait_for_signal, NULL) != 0)
            errx(1, "pthread_create");
    if (pthread_create(&thread, NULL, deliver_in_thread, argv) != 0)
        errx(1, "pthread_create");
    pthread_exit(NULL);
}
