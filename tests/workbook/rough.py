"""Programs of learners that a machine, or a terminal, would suffer from, if
they were not confined: for the lab of the real course."""

import time

from course import REAL
from terminal import PATIENCE, processes_below

_FRAME = """#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    static char bytes[1 << 16] = "rough";

    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_IGN);
    for (;;)
        %s;
    return bytes[0];
}
"""
PROGRAMS = {
    "hangs": "pause()",
    "spins": "bytes[1]++",
    "floods": "fwrite(bytes, 1, sizeof bytes, stdout)",
    "forks": "(void)!fork()",
    "leaves": "if (fork() == 0) setsid(), (void)!fork()",
}


def write_rough(course, name):
    course.write(REAL, _FRAME % PROGRAMS[name])


def wait_running(course, is_over=lambda: False):
    """Until the learner's program runs; or has run, if somebody can tell."""
    end = time.monotonic() + PATIENCE
    while not (processes_below(course.root / "build/learn/work") or is_over()):
        if time.monotonic() > end:
            raise AssertionError("the program does not run")
