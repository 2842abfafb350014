"""The labs, in the order of the course's manifest, and where their files are:
the same path in four trees."""

import re

MANIFEST = "CMakeLists.txt"
LINE = re.compile(r"^add_lab\(([\w-]+) ([\w-]+)", re.M)
HEAD = re.compile(r"/\* [\w-]+: (.*?)(?: \*/)?$", re.M)


class Lab:
    """One lab, by the name of its chapter's files and its own."""

    def __init__(self, root, chapter, name):
        self.chapter = chapter
        self.name = name
        self.starter = root / "labs" / chapter / f"{name}.c"
        self.solution = root / "solutions" / chapter / f"{name}.c"
        self.checker = root / "tests" / chapter / f"{name}.c"
        self.mutants = root / "tests" / chapter / name / "mutants"
        self.accepted = root / "tests" / chapter / name / "accepted"

    @property
    def title(self):
        """What the first line of its program says that it does."""
        with self.solution.open(encoding="utf-8") as source:
            said = HEAD.match(source.readline())
        return said[1] if said else ""


def read(root):
    """The labs that a course has."""
    manifest = root / MANIFEST
    if not manifest.is_file():
        return []
    lines = LINE.findall(manifest.read_text(encoding="utf-8"))
    return [Lab(root, chapter, name) for chapter, name in lines]
