"""The files of the course, and the order in which they are read."""

import re
from functools import cached_property

from course import labs, results
from course.markdown import Document

OUTSIDE = {".git", "build", "work", "node_modules", "fixtures"}
CHAPTER = re.compile(r"\d\d-[a-z0-9-]+\.md$")


class CourseError(Exception):
    """The course cannot be read at all; the message says why."""


class Course:
    """The repository, seen as README, chapters and all other documents; and,
    where facts were tried, the folder with their results."""

    def __init__(self, root, proofs=None):
        self.root = root.resolve()
        self.proofs = proofs
        if not (self.root / "README.md").is_file():
            raise CourseError(f"{self.root}: there is no README.md")

    @cached_property
    def documents(self):
        """Every Markdown file of the repository, by path."""
        found = sorted(self.root.rglob("*.md"))
        return {path: Document(path) for path in found
                if not OUTSIDE & set(path.relative_to(self.root).parts)}

    @property
    def readme(self):
        return self.documents[self.root / "README.md"]

    @cached_property
    def chapters(self):
        """The chapters in the order in which README's table links them."""
        order = {}
        for table in self.readme.tree.find_all("table"):
            for a in table.find_all("a"):
                path = self.root / a.get("href").partition("#")[0]
                if is_chapter(path) and path in self.documents:
                    order[path] = self.documents[path]
        return list(order.values())

    def chapter(self, name):
        """The chapter of that name, which its file and its folders share."""
        return self.documents.get(self.root / "chapters" / f"{name}.md")

    @property
    def unlisted(self):
        """Chapters that exist and that README's table does not link."""
        return [d for path, d in self.documents.items()
                if is_chapter(path) and path.parent == self.root / "chapters"
                and d not in self.chapters]

    @cached_property
    def labs(self):
        """The labs in the order of the course."""
        return labs.read(self)

    def labs_of(self, document):
        """The labs of one chapter."""
        return [lab for lab in self.labs if lab.chapter == document.path.stem]

    @cached_property
    def results(self):
        """What the facts of which chapter said, see results.read()."""
        return results.read(self.proofs)

    def name(self, path):
        """A path as the reader knows it: from the root of the repository."""
        return path.resolve().relative_to(self.root).as_posix()

    def contains(self, path):
        return path.resolve().is_relative_to(self.root)


def is_chapter(path):
    return path.parent.name == "chapters" and CHAPTER.match(path.name)
