"""What a program must do, as the comment at its head says it: prose, and what
stands indented in it."""

import re
from collections import namedtuple

# A paragraph as one line, or, if `indented`, lines as they stand.
Block = namedtuple("Block", "indented text")

HEAD = re.compile(r"/\* (?:[\w-]+: )?(.*?)\n(.*?)\*/", re.S)
LAST = re.compile(r"Read chapters/[\w-]+\.md\.$")
INDENT = "    "


def head(text):
    """Returns (what the program is about, its contract) from the comment that
    a C file begins with; where to read is left out, being no duty."""
    found = HEAD.match(text)
    if not found:
        return "", []
    lines = [line.strip().removeprefix("*").removeprefix(" ").rstrip()
             for line in found[2].splitlines()]
    blocks = [block for block in read(lines) if not LAST.match(block.text)]
    return found[1].removesuffix(" */"), blocks


def read(lines):
    """Cuts the lines of a comment into blocks.  What is indented stays
    together over an empty line."""
    done = []
    for part in parts(lines):
        if not part[0].startswith(INDENT):
            done.append(Block(False, " ".join(map(str.strip, part))))
        elif done and done[-1].indented:
            done[-1] = Block(True, f"{done[-1].text}\n\n{as_it_stands(part)}")
        else:
            done.append(Block(True, as_it_stands(part)))
    return done


def parts(lines):
    """Yields lists of lines that belong together: an empty line ends one, and
    so does a change of the indent."""
    part = []
    for line in lines:
        turns = part and line.startswith(INDENT) != part[0].startswith(INDENT)
        if part and (turns or not line):
            yield part
            part = []
        if line:
            part.append(line)
    if part:
        yield part


def as_it_stands(part):
    return "\n".join(line.removeprefix(INDENT) for line in part)
