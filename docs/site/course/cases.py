"""The cases that a checker plays, read from its C source, which the site can
do without building the course; `check` asks the built checkers."""

import ast
import json
import re
import subprocess
from collections import namedtuple

Case = namedtuple("Case", "id title")

STRINGS = r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*'
CASE = re.compile(rf"^CASE\(\s*({STRINGS}),\s*({STRINGS}),", re.M)


def read(checker):
    """The cases of a checker in the order of its file, as it plays them."""
    if not checker.is_file():
        return []
    text = checker.read_text(encoding="utf-8")
    return [Case(*map(joined, found)) for found in CASE.findall(text)]


def joined(strings):
    """What neighbouring string literals of C say together."""
    return ast.literal_eval(f"({strings})")


def check(course, problems, checkers):
    """The built checkers, in `checkers`, list the cases that the site shows,
    and the manifest's first unsolved case is one of them."""
    for lab in course.labs:
        if lab.unsolved not in [case.id for case in lab.cases]:
            problems.add(lab.checker, 0, f"has no case {lab.unsolved}")
        program = checkers / lab.chapter / f"{lab.name}.check"
        if not program.is_file():
            problems.skip(lab.checker, 0, "the checker is not built")
        elif listed(program) != lab.cases:
            problems.add(lab.checker, 0, "the built checker lists other cases"
                         " than are read from its source")


def listed(program):
    """The cases as a built checker names them."""
    said = subprocess.run([program, "--list", "--json"], check=True,
                          stdout=subprocess.PIPE).stdout
    return [Case(case["id"], case["title"])
            for case in json.loads(said)["cases"]]
