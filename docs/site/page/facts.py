"""The facts of a chapter: every proof that it points at exists, and none is
forgotten."""

import re
from collections import namedtuple

from page.lookup import Place
from prose import links

DEFINITION = re.compile(r"FACT\((\w+),", re.M)
WHOLE = re.compile(r"""^FACT\((\w+),\s*((?:"(?:\\.|[^"\\])*"\s*)+)\)\n"""
                   r"\{\n(.*?)^\}$", re.M | re.S)
INDENT = re.compile(r"^ {4}", re.M)
WORDS = re.compile(r'"((?:\\.|[^"\\])*)"')
TITLE = re.compile(r"fact (\w+)$")

# Its name and claim; the lines of its program, from the one numbered `line`.
Fact = namedtuple("Fact", "name claim line code")


def read(path):
    """Yields the facts of a file, in its order."""
    text = path.read_text(encoding="utf-8")
    for found in WHOLE.finditer(text):
        claim = "".join(WORDS.findall(found[2]))
        yield Fact(found[1], re.sub(r"\\(.)", r"\1", claim),
                   text.count("\n", 0, found.start()) + 1,
                   INDENT.sub("", found[3]))


def claims(document):
    """Yields (file, name, part, place) for each proof that a chapter points
    at; the part is the heading of the second level above it."""
    part = None
    for heading, parts in document.sections():
        if heading and heading.tag == "h2":
            part = heading
        for a in (a for block in parts for a in block.find_all("a")):
            fact = TITLE.match(a.get("title"))
            if fact:
                path, _ = links.resolve(document, a.get("href"))
                yield path, fact[1], part, Place(document, heading)


def file_of(course, document):
    """Where the facts of a chapter are."""
    return course.root / "tests" / document.path.stem / "facts.c"


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
        known = {fact.name for fact in read(path)}
        for name, line in facts_of(path).items():
            if name not in known:
                problems.add(path, line, f"{name} is not of the form "
                             'FACT(name, "claim"), { and } below it')
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
