/* thread-bomb: starts threads without end.
 *
 * Fails: delivers
 * Cause: resource_limit
 * Says: threads at once
 */
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static void *wait_for_signal(void *unused)
{
    pause();
    return unused;
}

int main(void)
{
    pthread_t thread;

    for (;;)
        pthread_create(&thread, NULL, wait_for_signal, NULL);
}
