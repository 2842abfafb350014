/* write-outside: tries to leave a file beside its directory and in its
 * parent's; where the kernel has Landlock, both are refused.  It delivers.
 *
 * Fails: none
 */
#define _GNU_SOURCE
#include "deliver.h"

#include <fcntl.h>
#include <sys/syscall.h>

static int is_made(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd == -1)
        return 0;
    unlink(path);
    return 1;
}

int main(int argc, char **argv)
{
    (void)argc;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0 &&
        (is_made("../beside") || is_made("/tmp/workbook-trespass")))
        return 3;
    if (!is_made("inside") || open("/dev/null", O_WRONLY) == -1)
        return 4;
    return deliver(argv);
}
