"""Every link of every document leads somewhere, on any machine."""

import re
from urllib.parse import unquote

OUTWARD = re.compile(r"[a-z][a-z0-9+.-]*:", re.I)
MACHINE = re.compile(r"file:|/|~|[A-Za-z]:[\\/]")
LINE = re.compile(r"L(\d+)$")


def check(course, problems):
    for document in course.unlisted:
        problems.add(document.path, 0, "is not linked from README's table")
    for document in course.documents.values():
        for a in document.links():
            fault = fault_of(course, document, a.get("href"))
            if fault:
                line = document.line_of(a, a.get("href"))
                problems.add(document.path, line, fault)
        for image in document.images():
            fault = fault_of(course, document, image.get("src"))
            if fault or not image.get("alt"):
                problems.add(document.path, image.line,
                             fault or f"{image.get('src')} has no text")


def fault_of(course, document, href):
    """Says what is wrong with a link, or returns None."""
    if MACHINE.match(href):
        return f"{href} is a path of one machine"
    if OUTWARD.match(href):
        return None
    path, anchor = resolve(document, href)
    if not course.contains(path):
        return f"{href} leaves the repository"
    if not path.exists():
        return f"there is no file {href}"
    return anchor and anchor_fault(course, path, anchor)


def anchor_fault(course, path, anchor):
    target = course.documents.get(path)
    if target is not None:
        if anchor not in target.anchors:
            return f"{course.name(path)} has no heading #{anchor}"
        return None
    line = LINE.match(anchor)
    if path.is_dir() or not line:
        return f"{course.name(path)} has no anchor #{anchor}"
    if int(line[1]) > len(path.read_text(encoding="utf-8").splitlines()):
        return f"{course.name(path)} has no line {line[1]}"
    return None


def resolve(document, href):
    """Returns (path, anchor) of a relative link."""
    path, _, anchor = href.partition("#")
    if not path:
        return document.path, unquote(anchor)
    return (document.path.parent / unquote(path)).resolve(), unquote(anchor)
