/* flood-files: makes one small file after the other.
 *
 * Fails: delivers
 * Cause: resource_limit
 * Says: files in its directory
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char name[32];

    for (unsigned long i = 0;; i++) {
        snprintf(name, sizeof name, "file-%lu", i);
        close(open(name, O_WRONLY | O_CREAT, 0600));
    }
}
