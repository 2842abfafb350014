"""Every proof that a chapter points at exists, and none is forgotten."""

import re

import links

DEFINITION = re.compile(r"FACT\((\w+),", re.M)
TITLE = re.compile(r"fact (\w+)$")


def check(course, problems):
    claimed = {}
    for document in course.documents.values():
        for a in document.links():
            match = TITLE.match(a.get("title"))
            if match:
                path, _ = links.resolve(document, a.get("href"))
                claimed.setdefault(path, set()).add(match[1])
                check_claim(course, document, a, path, match[1], problems)
    for path in sorted((course.root / "tests").glob("*/facts.c")):
        for name, line in facts_of(path).items():
            if name not in claimed.get(path, ()):
                problems.add(path, line, f"no chapter claims {name}")


def check_claim(course, document, a, path, name, problems):
    line = document.line_of(a, a.get("title"))
    if path.name != "facts.c" or not path.is_file():
        problems.add(document.path, line,
                     f"{a.get('href')} is not a file of facts")
    elif name not in facts_of(path):
        problems.add(document.path, line,
                     f"{course.name(path)} does not prove {name}")


def facts_of(path):
    """Returns {name: line} of the facts that a file proves."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = ((DEFINITION.match(line), number)
             for number, line in enumerate(lines, 1))
    return {match[1]: number for match, number in found if match}
