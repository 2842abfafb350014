"""Documents that speak of a header of ours: those that lead to it.  In them
each name that the header makes leads to its reference."""

from course import cnames
from course.tree import Element
from page import names
from prose import links
from sitemap import REFERENCE


def headers_of(document, where):
    """The headers with a reference that a document leads to."""
    paths = {links.resolve(document, a.get("href"))[0]
             for a in document.links()}
    return [path for path in where.headers if path in paths]


def names_of(path):
    """What a header makes: `peer_send()`, `EXHAUSTIVE`."""
    text = path.read_text(encoding="utf-8")
    return cnames.declared_in(text) | cnames.defined_in(text)


def rules(document, where):
    """How a document that speaks of headers differs from others."""
    targets = {}
    for path in headers_of(document, where):
        page = REFERENCE + where.course.name(path)
        targets.update((name, f"{page}#{name.removesuffix('()')}")
                       for name in names_of(path))
    if not targets:
        return {}

    def name(code):
        target = targets.get(code.text())
        return Element("a", {"href": target}, [code]) if target else code

    return {"code": name}


def check(course, where, problems):
    """Every call that such a document names is made by its headers, or is
    explained by a chapter."""
    explained = {entry.name for entry in names.Index(course).entries}
    for document in course.documents.values():
        made = {name for path in headers_of(document, where)
                for name in names_of(path)}
        for code in document.tree.find_all("code") if made else ():
            name = code.text()
            if name.endswith("()") and name not in (explained | made
                                                    | cnames.NO_NAMES):
                problems.add(document.path, document.line_of(code, name),
                             f"nobody makes {name}")
