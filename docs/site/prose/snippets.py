"""Quoted code is the code: each `file=` fence equals its source."""

import re

from course import csource

FILE = re.compile(r"file=([^\s#]+)(?:#([\w-]+))?$")


def check(course, problems, fix=False):
    for document in course.documents.values():
        changes = []
        for fence in document.fences():
            if not fence.meta.startswith("file="):
                continue
            try:
                wanted = source_of(course, fence.meta)[0]
            except csource.NotFound as error:
                problems.add(document.path, fence.first, str(error))
                continue
            if fence.code != wanted:
                changes.append((fence, wanted))
        settle(document, changes, problems, fix)


def settle(document, changes, problems, fix):
    if fix and changes:
        document.replace(changes)
        return
    for fence, _ in changes:
        problems.add(document.path, fence.first,
                     f"differs from {fence.meta[len('file='):]}")


def source_of(course, meta):
    """Returns (text, first line, path) of what `file=PATH#PART` quotes, or of
    the whole file where no part is named."""
    match = FILE.match(meta)
    if not match:
        raise csource.NotFound(f"`{meta}` is not file=PATH#PART")
    name, part = match.groups()
    path = course.root / name
    if not path.is_file():
        raise csource.NotFound(f"{name} does not exist")
    try:
        text, first = csource.quote(path, part)
    except csource.NotFound as error:
        raise csource.NotFound(f"{name} {error}") from None
    return text, first, path
