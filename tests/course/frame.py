"""frame.py STARTER SOLUTION: starter and solution of a lab are the same but
for the inside of their TODO regions, and those are numbered 1, 2, ...

    /* TODO 1: connect to each address in turn */
    ...
    /* END 1 */

Exit status 1 after saying where they differ."""

import difflib
import re
import sys

OPEN = re.compile(r"\s*/\* TODO (\d+): ")
CLOSE = re.compile(r"\s*/\* END (\d+) \*/$")


class FrameError(Exception):
    """A file's regions do not add up."""


def outside(lines, name):
    """The lines outside the regions, with the lines that open and close
    them.  A region's opening comment may go on over several lines; it is
    part of the frame up to its end."""
    frame = []
    inside = False
    comment = False
    number = 0
    for at, line in enumerate(lines, 1):
        opens, closes = OPEN.match(line), CLOSE.match(line)
        if opens:
            number += 1
            if inside or int(opens[1]) != number:
                raise FrameError(f"{name}:{at}: TODO {opens[1]} out of turn")
            inside = comment = True
        if closes:
            if not inside or int(closes[1]) != number:
                raise FrameError(f"{name}:{at}: END {closes[1]} out of turn")
            inside = False
        if comment or not inside:
            frame.append(line)
        if comment and line.rstrip().endswith("*/"):
            comment = False
    if inside:
        raise FrameError(f"{name}: TODO {number} has no END")
    if number == 0:
        raise FrameError(f"{name}: there is no TODO region")
    return frame


def compare(starter, solution, names):
    """The differences, as lines of a diff."""
    frames = [outside(lines, name)
              for lines, name in zip((starter, solution), names)]
    return list(difflib.unified_diff(*frames, *names, lineterm="", n=1))


def main(names):
    files = []
    for name in names:
        with open(name, encoding="utf-8") as file:
            files.append(file.read().splitlines())
    try:
        found = compare(*files, names)
    except FrameError as problem:
        found = [str(problem)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:3]))
