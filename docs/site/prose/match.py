"""Whether two outputs are the same but for what no two runs share.

Ports that the kernel chose, process ids, addresses of memory and numbers of
descriptors may differ, but only consistently: where the record says one
value twice, the new run must say one value twice.
"""

import difflib
import re

SKIP = "[...]"
EPHEMERAL = 32768

VALUES = [(kind, re.compile(pattern, re.M)) for kind, pattern in (
    ("port", r"(?:[\]\w*]:|\bport[ =]|\bhtons\()(\d{5})\b"),
    ("pid", r"\b(?:si_)?pid[= ] *(\d+)"),
    ("pid", r"\b(?:clone3?|v?fork|wait4|waitid|get\w*id)\(.*\)"
            r" += ([1-9]\d*)"),
    ("address", r"\b(0x[0-9a-f]{6,})\b"),
    ("fd", r"\bfd[= ](\d+)\b"),
    ("fd", r"\b[a-z]\w*\((\d+)[,)]"),
    ("fd", r"\b(?:socket|accept4?|open(?:at)?|dup[23]?|epoll_create1?)"
           r"\(.*\) += (\d+)"),
)]

TIMES = re.compile(r"\b\d\d:\d\d:\d\d(?:\.\d+)?\b|<\d+\.\d+>"
                   r"|\b\d+(?:\.\d+)? ?(?:ms|us|µs|s)\b")


class Bindings:
    """Which value of the record stands for which value of the run."""

    def __init__(self, forward=None, backward=None):
        self.forward = forward or {}
        self.backward = backward or {}

    def bind(self, recorded, seen):
        """Returns the bindings that make two lines equal, or None."""
        shape, values = dissect(recorded)
        seen_shape, seen_values = dissect(seen)
        if shape != seen_shape:
            return None
        forward, backward = dict(self.forward), dict(self.backward)
        for old, new in zip(values, seen_values):
            if (forward.setdefault(old, new) != new
                    or backward.setdefault(new, old) != old):
                return None
        return Bindings(forward, backward)

    def record(self, line):
        """The line with the recorded values for those of this run."""
        for (start, stop), kind in reversed(spans(line)):
            seen = (kind, line[start:stop])
            _, old = self.backward.get(seen, seen)
            line = line[:start] + old + line[stop:]
        return line

    def translate(self, command):
        """The command with the ports of this run for the recorded ones."""
        def port(word):
            return self.forward.get(("port", word[0]), (None, word[0]))[1]
        return re.sub(r"\b\d{5}\b", port, command)


def spans(line):
    """Where a line has values: [((start, stop), kind), ...], in order."""
    found = {}
    for kind, pattern in VALUES:
        for value in pattern.finditer(line):
            if kind != "port" or int(value[1]) >= EPHEMERAL:
                found.setdefault(value.span(1), kind)
    return sorted(found.items())


def dissect(line):
    """Splits a line into its shape and its values: [(kind, value), ...]."""
    values, shape, end = [], "", 0
    for (start, stop), kind in spans(line):
        values.append((kind, line[start:stop]))
        shape += f"{line[end:start]}<{kind}>"
        end = stop
    shape = TIMES.sub("T", shape + line[end:])
    return " ".join(shape.split()), values


def same(recorded, seen, bindings):
    """Returns the bindings under which two lists of lines are equal, or
    None; SKIP in the record stands for any number of lines."""
    if not recorded:
        return None if seen else bindings
    if recorded[0] == SKIP:
        tails = (seen[start:] for start in range(len(seen) + 1))
        tries = (same(recorded[1:], tail, bindings) for tail in tails)
        return next((t for t in tries if t is not None), None)
    if not seen:
        return None
    bound = bindings.bind(recorded[0], seen[0])
    return bound and same(recorded[1:], seen[1:], bound)


def renew(recorded, seen):
    """The new record: what was seen, abridged where the old one was."""
    if SKIP not in recorded:
        return seen
    head = recorded.index(SKIP)
    tail = recorded[::-1].index(SKIP)
    if head + tail >= len(seen):
        return seen
    return seen[:head] + [SKIP] + seen[len(seen) - tail:]


def difference(recorded, seen):
    """The lines that were lost (-) and that are new (+), indented."""
    lines = difflib.ndiff(recorded, seen)
    return "".join(f"\n    {line}" for line in lines if line[0] in "-+")
