"""What the tests share: the fixture course, and copies of it to spoil."""

import shutil
import tempfile
import unittest
from pathlib import Path

from course.course import Course
from problems import Problems

if not shutil.which("cmark-gfm"):
    raise unittest.SkipTest("cmark-gfm is not installed")

COURSE = Path(__file__).resolve().parent / "fixtures" / "course"


class CourseTest(unittest.TestCase):
    """A test with a course of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve() / "course"
        shutil.copytree(COURSE, self.root)

    def spoil(self, name, old, new):
        """Replaces words in a file of the course."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def at(self, name, words):
        """`name:line` of the first line that holds the words."""
        lines = (self.root / name).read_text(encoding="utf-8").splitlines()
        number = next(n for n, line in enumerate(lines, 1) if words in line)
        return f"{name}:{number}"

    def found(self, check, *more):
        """What a check says of the course."""
        problems = Problems(self.root)
        check(Course(self.root), problems, *more)
        return problems.found
