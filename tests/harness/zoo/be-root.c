/* be-root: tries what only root may, in vain, and delivers.
 *
 * Fails: none
 */
#define _GNU_SOURCE
#include "deliver.h"

#include <errno.h>

int main(int argc, char **argv)
{
    (void)argc;
    if (socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) != -1 || errno != EPERM)
        return 3;
    if (setuid(12345) == 0 || chroot(".") == 0)
        return 4;
    return deliver(argv);
}
