"""The labs, in the order of the course's manifest, and where their files are:
the same path in four trees."""

import re
from collections import namedtuple
from functools import cached_property

from course import cases, contract, csource
from page import gallery

MANIFEST = "CMakeLists.txt"
LINE = re.compile(r"^add_lab\(([\w-]+) ([\w-]+) UNSOLVED ([\w-]+)", re.M)
TODO = re.compile(r"^\s*/\* TODO (\d+): (.*?)\s*\*/", re.M | re.S)
CONTINUED = re.compile(r"\s*\n\s*\*\s*")

# A part that is to be written: its number, what the file says of it, and how
# the solution has it, which begins at that line.
Task = namedtuple("Task", "number words code line")


class Lab:
    """One lab, by the name of its chapter's files and its own."""

    def __init__(self, course, chapter, name, unsolved):
        root = course.root
        self.course = course
        self.chapter = chapter
        self.name = name
        self.unsolved = unsolved
        self.starter = root / "labs" / chapter / f"{name}.c"
        self.solution = root / "solutions" / chapter / f"{name}.c"
        self.checker = root / "tests" / chapter / f"{name}.c"
        self.mutants = root / "tests" / chapter / name / "mutants"
        self.accepted = root / "tests" / chapter / name / "accepted"

    @property
    def document(self):
        """The chapter that the lab belongs to."""
        return self.course.chapter(self.chapter)

    @cached_property
    def _head(self):
        return contract.head(self.solution.read_text(encoding="utf-8"))

    @property
    def title(self):
        """What the first line of its program says that it does."""
        return self._head[0]

    @property
    def contract(self):
        """What the program must do: the blocks of the comment at its head,
        see contract.Block."""
        return self._head[1]

    @cached_property
    def cases(self):
        """What the checker plays: cases.Case, in order."""
        return cases.read(self.checker)

    @cached_property
    def bugs(self):
        """The wrong programs that the checker must refuse, see gallery."""
        return gallery.bugs(self)

    @cached_property
    def tasks(self):
        """What is to be written, part by part."""
        text = self.solution.read_text(encoding="utf-8")
        return [Task(number, CONTINUED.sub(" ", words),
                     *csource.quote(self.solution, number))
                for number, words in TODO.findall(text)]

    @property
    def lines_to_write(self):
        """How many lines the solution has where the starter has none; empty
        ones do not count."""
        return sum(bool(line.strip()) for task in self.tasks
                   for line in task.code.splitlines())


def read(course):
    """The labs that a course has."""
    manifest = course.root / MANIFEST
    if not manifest.is_file():
        return []
    lines = LINE.findall(manifest.read_text(encoding="utf-8"))
    return [Lab(course, *line) for line in lines]
