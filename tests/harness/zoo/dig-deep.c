/* dig-deep: builds a deep tree of directories without permissions, and
 * delivers: the tree must be gone afterwards.
 *
 * Fails: none
 */
#include "deliver.h"

#include <sys/stat.h>

int main(int argc, char **argv)
{
    (void)argc;
    for (int i = 0; i < 50; i++)
        if (mkdir("deeper", 0700) == -1 || chdir("deeper") == -1 ||
            chmod("../deeper", 0300) == -1 || (i > 0 && chmod("..", 0) == -1))
            return 3;
    if (symlink("/", "link") == -1)
        return 4;
    return deliver(argv);
}
