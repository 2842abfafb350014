"""Courses that are only there to test the runner.  One has two chapters,
three labs, and a checker that takes no time; the other has one lab of the real
course, and the real harness.  Each is built once for all tests of a file."""

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LABS = {"alpha": "01-first", "beta": "01-first", "gamma": "02-second"}
LINES = """
add_chapter(01-first "The first chapter")
add_lab(01-first alpha UNSOLVED two)
add_lab(01-first beta UNSOLVED two)
add_chapter(02-second "The second, which has a title so long that it is cut")
add_lab(02-second gamma UNSOLVED two BIG_ENDIAN)

finish_labs()
"""
HARNESS = """add_library(harness STATIC fake.c)
"""
REAL_LINES = """
add_chapter(01-create "A socket is a file descriptor")
add_lab(01-create kinds UNSOLVED every-row)

finish_labs()
"""
REAL = "work/01-create/kinds.c"


def solution(lab):
    text = (HERE / "fake/solution.c").read_text(encoding="utf-8")
    return text.replace("NAME", lab)


def starter(lab):
    return solution(lab).replace("i <= n", "i <= 1")


class Course:
    """A tree of its own, with the real runner and shell entry."""

    def __init__(self, place):
        self.root = Path(place) / "a course"
        self.root.mkdir()
        for tree in ("cmake", "tools/workbook"):
            shutil.copytree(ROOT / tree, self.root / tree)
        for file in ("workbook", "CMakePresets.json"):
            shutil.copy(ROOT / file, self.root / file)
        self.write_content()

    def write_content(self):
        self.write_manifest(LINES)
        self.write("tests/harness/CMakeLists.txt", HARNESS)
        shutil.copy(HERE / "fake/fake.c", self.root / "tests/harness")
        for lab in LABS:
            self.write_lab(lab)

    def write_manifest(self, lines):
        """The real CMakeLists.txt, but for the course's own lines."""
        text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        text = re.sub(r"\nadd_chapter.*?\nfinish_labs\(\)\n",
                      lambda _: lines, text, flags=re.DOTALL)
        self.write("CMakeLists.txt", text)

    def write_lab(self, lab, chapter=None):
        path = f"{chapter or LABS[lab]}/{lab}.c"
        self.write(f"labs/{path}", starter(lab))
        self.write(f"solutions/{path}", solution(lab))
        self.write(f"tests/{path}", "/* its cases are the harness's */\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def work(self, lab):
        return f"work/{LABS[lab]}/{lab}.c"

    def solve(self, lab):
        self.write(self.work(lab), solution(lab))

    def clear_desk(self):
        desk = self.root / "work"
        if desk.is_dir() and not desk.is_symlink():
            shutil.rmtree(desk)
        elif desk.exists():
            desk.unlink()

    def run(self, *args, **options):
        """Runs ./workbook without a terminal."""
        environ = dict(os.environ, LC_ALL="C.UTF-8")
        environ.pop("MAKEFLAGS", None)
        environ.update(options.pop("env", {}))
        return subprocess.run(
            options.pop("prefix", []) + [self.root / "workbook", *args],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env=environ, timeout=120, **options)


class RealCourse(Course):
    """A tree with the real harness, and of the real labs the first one."""

    def write_content(self):
        self.write_manifest(REAL_LINES)
        shutil.copytree(ROOT / "tests/harness", self.root / "tests/harness")
        for tree in ("labs", "solutions", "tests"):
            path = self.root / tree / "01-create/kinds.c"
            path.parent.mkdir(parents=True)
            shutil.copy(ROOT / tree / "01-create/kinds.c", path)


def junit_complaints(path):
    """What is wrong with a file of JUnit's results; "" when nothing is."""
    done = subprocess.run(
        ["xmllint", "--noout", "--schema", ROOT / "docs/junit.xsd", path],
        capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr


_places = []


@functools.cache
def shared_course(kind=Course):
    """The tree that tests share; it is built when first asked for."""
    _places.append(tempfile.TemporaryDirectory())
    course = kind(_places[-1].name)
    done = course.run("--yes", "check")
    if done.returncode != 1:
        raise RuntimeError(done.stdout + done.stderr)
    return course
