/* What chapters/05-nonblocking.md claims, proved on this machine. */
#define _GNU_SOURCE
#include "fact.h"

#include <fcntl.h>

FACT(one_flag_two_names, "O_NDELAY is another name of O_NONBLOCK here")
{
    HOLDS(O_NDELAY == O_NONBLOCK, "they are %#x and %#x", O_NDELAY, O_NONBLOCK);
}
