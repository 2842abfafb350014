"""What the checks find: one sentence each, `file:line: what`."""

import sys


class Problems:
    """Collects problems, and why some things could not be checked."""

    def __init__(self, root):
        self.root = root
        self.found = []
        self.skipped = []

    def add(self, path, line, what):
        self.found.append(self._sentence(path, line, what))

    def skip(self, path, line, what):
        self.skipped.append(self._sentence(path, line, "skipped: " + what))

    def _sentence(self, path, line, what):
        if path.is_relative_to(self.root):
            path = path.relative_to(self.root)
        return f"{path}:{line}: {what}" if line else f"{path}: {what}"

    def report(self):
        """Prints everything; returns the exit status that says it: 1 for a
        problem, 77 when nothing is wrong but something was skipped."""
        for sentence in self.skipped + self.found:
            print(sentence, file=sys.stderr)
        if self.found:
            return 1
        return 77 if self.skipped else 0
