"""Cuts the quotable parts out of a C file: functions, TODO regions, and the
cases of a checker."""

import re
import textwrap


class NotFound(Exception):
    """The file has no such part; the message says which."""


def quote(path, part):
    """Returns (text, first line) of a part of a C file: the function `part`
    with its comment, the region of `/* TODO n: */` when it is a number, or
    the case of which it is the id; all of it when `part` is None."""
    text = path.read_text(encoding="utf-8")
    if part is None:
        return text, 1
    lines = text.splitlines()
    find_part = region if part.isdigit() else case if "-" in part else function
    first, last = find_part(lines, part)
    text = textwrap.dedent("\n".join(lines[first:last]))
    return text + "\n", first + 1


def region(lines, number):
    """The lines between the two markers, without them."""
    start = find(lines, rf"\s*/\* TODO {number}:", f"TODO {number}")
    while "*/" not in lines[start]:
        start += 1
    length = find(lines[start:], rf"\s*/\* END {number} \*/", f"END {number}")
    return start + 1, start + length


def case(lines, identity):
    """A checker's case, from CASE("id" to the closing brace in column 0; one
    without a hyphen in its id is not told from a function."""
    start = find(lines, rf'CASE\("{identity}",', f"case {identity}")
    return start, start + find(lines[start:], r"\}", "end of it") + 1


def function(lines, name):
    """A definition in column 0, from the comment that stands directly above
    it to the closing brace in column 0."""
    pattern = rf"(?!#|typedef\b)\w[\w\s*]*\b{name}\("
    for start, line in enumerate(lines):
        if re.match(pattern, line) and is_definition(lines, start):
            end = find(lines[start:], r"\}", f"end of {name}()")
            return comment_above(lines, start), start + end + 1
    raise NotFound(f"has no function {name}()")


def is_definition(lines, start):
    """Whether a brace comes before the semicolon of a mere declaration."""
    for line in lines[start:]:
        if line.startswith("{") or line.endswith("{"):
            return True
        if line.endswith(";"):
            return False
    return False


def comment_above(lines, start):
    above = start
    if above and lines[above - 1].endswith("*/"):
        above -= 1
        while above and not lines[above].startswith("/*"):
            above -= 1
    return above


def find(lines, pattern, what):
    for index, line in enumerate(lines):
        if re.match(pattern, line):
            return index
    raise NotFound(f"has no {what}")
